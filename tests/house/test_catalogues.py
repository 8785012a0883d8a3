"""Message catalogues: complete and in step with the code, and the check that says so sees each way they can lag."""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
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


_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z]|\{\w*(?:![rsa])?\}")
_CODE = re.compile(r"`[^`]*`|--set '[^']*'")
_NAME_AND_STOP = re.compile(r"%\((?:name|other|person)\)s\.")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


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


def russian(root: Path) -> list[tuple[str, str]]:
    """Each message id of the Russian catalogue with each of its translations; plural forms one by one."""
    catalogue = read_po(io.BytesIO(po_file(root).read_bytes()), locale="ru")
    pairs: list[tuple[str, str]] = []
    for message in catalogue:
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        pairs += [(ids[-1], str(form)) for form in forms if ids[0]]
    return pairs


def facts_lost(english: str, told: str) -> bool:
    """Whether a translation has other placeholders than its message; their order is free."""
    return Counter(_PLACEHOLDER.findall(english)) != Counter(_PLACEHOLDER.findall(told))


def left_in_english(english: str, told: str) -> bool:
    """Whether a sentence was copied instead of translated."""
    return told == english and len(_LATIN_WORD.findall(english)) > 3


def wrong_quotes(told: str) -> list[str]:
    """Quotation marks that are not Russian, code aside. Russian has «these», and „these“ inside them."""
    words = _CODE.sub("", told)
    return [mark for mark in "\"'”‘’" if mark in words] + (["“"] if words.count("“") != words.count("„") else [])


def test_every_fact_of_a_message_is_in_its_translation(root: Path) -> None:
    assert [pair for pair in russian(root) if facts_lost(*pair)] == []


def test_no_sentence_was_left_in_english(root: Path) -> None:
    assert [english for english, told in russian(root) if left_in_english(english, told)] == []


def test_russian_has_russian_quotation_marks(root: Path) -> None:
    assert [told for _english, told in russian(root) if wrong_quotes(told)] == []


def test_a_translation_ends_as_its_message_does(root: Path) -> None:
    ends = ("…", ":", ".")

    assert [
        (english, told)
        for english, told in russian(root)
        if next(filter(english.endswith, ends), "") != next(filter(told.endswith, ends), "")
    ] == []


def before_a_full_stop(told: str) -> bool:
    """Whether a name stands before a full stop: many end in an initial, and then there would be two."""
    return bool(_NAME_AND_STOP.search(told))


def test_no_name_stands_before_a_full_stop_in_russian(root: Path) -> None:
    parameters = {"Missing: %(name)s.", "No such option: %(name)s."}

    assert [told for msgid, told in russian(root) if before_a_full_stop(told) and msgid not in parameters] == []


def test_translations_that_are_wrong_are_caught() -> None:
    assert facts_lost("%(count)d of %(all)d", "%(count)d")
    assert facts_lost("%d calls", "%s звонков")
    assert facts_lost("No such command {name!r}.", "Такой команды нет.")
    assert not facts_lost("%(a)s on %(b)s", "%(b)s, %(a)s")
    assert left_in_english("Ask the sender again.", "Ask the sender again.")
    assert not left_in_english("Field App %s", "Field App %s")
    assert before_a_full_stop("Снова может войти: %(name)s.")
    assert not before_a_full_stop("%(name)s снова может войти.")
    assert wrong_quotes('слово "мир"')
    assert wrong_quotes("слово “мир”")
    assert not wrong_quotes('«слово „мир“», `fieldapp "x"`')


def called_messages(code: str) -> set[str]:
    """The texts that stand in calls of _, N_ and pgettext, and the plurals in those of ngettext, however nested."""
    at = {"_": 0, "N_": 0, "ngettext": 1, "pgettext": 1}
    return {
        given.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in at and node.args
        if isinstance(given := node.args[at[node.func.id]], ast.Constant) and isinstance(given.value, str)  # type: ignore[attr-defined]  # has an id, seen a line above
    }


def test_every_message_in_the_code_is_extracted(root: Path) -> None:
    found = {message.id[1] if isinstance(message.id, tuple) else message.id for message in catalogues.template(root)}
    missed = {
        str(path.relative_to(root)): called_messages(path.read_text(encoding="utf-8")) - found
        for path in (root / "fieldapp").rglob("*.py")
    }

    assert {name: texts for name, texts in missed.items() if texts} == {}


def test_a_message_hidden_in_an_f_string_is_seen() -> None:
    assert called_messages("""print(f"{_('Account of')} {who}", ngettext("%d call", "%d calls", n))""") == {
        "Account of",
        "%d calls",
    }
