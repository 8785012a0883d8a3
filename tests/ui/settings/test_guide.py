"""Our own documents, read without any reader of markup."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.i18n import LANGUAGES, use_language
from fieldapp.ui.settings.guide import DOCUMENTS, GuideSheet, documents
from fieldapp.ui.settings.page_of_text import TextPage
from fieldapp.ui.settings.reading import Kind, Look, blocks_of, line_of


def test_a_document_becomes_blocks() -> None:
    text = (
        "# Title\n\nA line\nand more.\n\n- one\n  goes on\n- two\n3. three\n\n"
        "| a | b |\n|---|---|\n| c | d |\n\n```\nx\n  y\n```\n"
    )

    blocks = blocks_of(text)

    assert [(block.kind, block.text, block.mark) for block in blocks] == [
        (Kind.HEADING, "Title", ""),
        (Kind.PARAGRAPH, "A line and more.", ""),
        (Kind.ITEM, "one goes on", "•"),
        (Kind.ITEM, "two", "•"),
        (Kind.ITEM, "three", "3."),
        (Kind.ROW, "", ""),
        (Kind.ROW, "", ""),
        (Kind.CODE, "x\n  y", ""),
    ]
    assert [[span.text for cell in block.cells for span in cell] for block in blocks[5:7]] == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("plain", [("plain", Look.PLAIN)]),
        ("a **b** c", [("a ", Look.PLAIN), ("b", Look.BOLD), (" c", Look.PLAIN)]),
        ("`x`", [("x", Look.CODE)]),
        ("so *much* more", [("so ", Look.PLAIN), ("much", Look.PLAIN), (" more", Look.PLAIN)]),
        ("[words](file.md) and ![picture](x.png)", [("words and", Look.PLAIN)]),
        ("2 * 3 * 4", [("2 * 3 * 4", Look.PLAIN)]),
    ],
)
def test_a_line_keeps_its_words_and_what_is_bold(text: str, spans: list[tuple[str, Look]]) -> None:
    assert [(span.text, span.look) for span in line_of(text)] == spans


def test_what_looks_like_markup_is_shown_as_it_is(qtbot: QtBot) -> None:
    page = TextPage()
    qtbot.addWidget(page)

    page.show_text("# <img src=x>\n\n<b>not bold</b> &amp;")

    assert page.toPlainText() == "<img src=x>\n<b>not bold</b> &amp;"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_document_of_ours_is_shown_whole(qtbot: QtBot, language: str) -> None:
    use_language(language)
    try:
        page = TextPage()
        qtbot.addWidget(page)
        found = documents()
        assert len(found) == 2
        for path in found.values():
            text = path.read_text(encoding="utf-8")
            page.show_text(text)
            shown = page.toPlainText()
            assert "**" not in shown
            for block in blocks_of(text):
                assert all(span.text.replace("\n", "") in shown.replace("\n", "") for span in block.line)
    finally:
        use_language("en")


def test_the_guide_is_in_the_persons_language() -> None:
    use_language("ru")
    try:
        assert next(iter(documents().values())) == DOCUMENTS / "guide" / "ru.md"
    finally:
        use_language("en")


def test_help_opens_with_the_guide_and_leads_to_the_limits(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPushButton, QWidget

    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(1024, 640)
    sheet = GuideSheet(parent)
    assert sheet.minimumHeight() <= 640
    assert "guide" in sheet.view.toPlainText()[:100].lower()

    chips = [button for button in sheet.findChildren(QPushButton) if button.isCheckable()]
    chips[1].click()

    assert "Threat model" in sheet.view.toPlainText()[:100]
