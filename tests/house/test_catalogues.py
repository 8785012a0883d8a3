"""Message catalogues: complete and in step with the code, and the check that says so sees each way they can lag."""

from __future__ import annotations

from pathlib import Path

import pytest
from devtool import catalogues

CODE = """
from fieldapp.i18n import N_, _, ngettext, pgettext
a = _("Lock now")
b = ngettext("%(n)d call", "%(n)d calls", 2)
c = pgettext("of a person", "Name")
d = N_("Later")
"""

TRANSLATIONS = {
    'msgid "Lock now"\nmsgstr ""': 'msgid "Lock now"\nmsgstr "Закрыть"',
    'msgid "Later"\nmsgstr ""': 'msgid "Later"\nmsgstr "Потом"',
    'msgid "Name"\nmsgstr ""': 'msgid "Name"\nmsgstr "Имя"',
    'msgstr[0] ""': 'msgstr[0] "%(n)d звонок"',
    'msgstr[1] ""': 'msgstr[1] "%(n)d звонка"',
    'msgstr[2] ""': 'msgstr[2] "%(n)d звонков"',
}


def po_file(root: Path) -> Path:
    return root / "resources" / "locale" / "ru" / "LC_MESSAGES" / "fieldapp.po"


def translated(root: Path) -> Path:
    """A tree with code and a complete Russian catalogue."""
    (root / "fieldapp").mkdir()
    (root / "fieldapp" / "words.py").write_text(CODE, encoding="utf-8")
    catalogues.update(root)
    text = po_file(root).read_text(encoding="utf-8")
    for empty, full in TRANSLATIONS.items():
        assert empty in text
        text = text.replace(empty, full)
    po_file(root).write_text(text, encoding="utf-8")
    catalogues.update(root)
    return root


def test_our_catalogues_are_complete_and_in_step(root: Path) -> None:
    assert list(catalogues.troubles(root)) == []


def test_a_complete_catalogue_has_no_troubles_and_writing_it_again_changes_nothing(tmp_path: Path) -> None:
    root = translated(tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}

    catalogues.update(root)

    assert list(catalogues.troubles(root)) == []
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("find", "put", "trouble"),
    [
        ("Закрыть", "", "not translated"),
        ("%(n)d звонков", "", "not translated"),
        ('msgid "Later"', '#, fuzzy\nmsgid "Later"', "guess"),
        ('msgid "Later"', 'msgid "Sooner"', "no longer in the code"),
        ("%(n)d звонок", "%(k)d звонок", "placeholder"),
        ("Потом", "Позже", ".mo file is older"),
    ],
)
def test_a_lagging_catalogue_is_seen(find: str, put: str, trouble: str, tmp_path: Path) -> None:
    root = translated(tmp_path)
    text = po_file(root).read_text(encoding="utf-8")
    assert find in text

    po_file(root).write_text(text.replace(find, put), encoding="utf-8")

    assert any(trouble in line for line in catalogues.troubles(root)), list(catalogues.troubles(root))


def test_a_message_new_in_the_code_is_seen_and_taken_in_without_guessing(tmp_path: Path) -> None:
    root = translated(tmp_path)
    (root / "fieldapp" / "more.py").write_text('x = _("Lock now!")\n', encoding="utf-8")
    assert any("not in the catalogue yet" in line for line in catalogues.troubles(root))

    catalogues.update(root)

    assert list(catalogues.troubles(root)) == ["ru: not translated: 'Lock now!'"]


def test_a_missing_mo_file_is_seen(tmp_path: Path) -> None:
    root = translated(tmp_path)
    po_file(root).with_suffix(".mo").unlink()

    assert list(catalogues.troubles(root)) == ["ru: the .po or .mo file is missing"]
