"""Help and complaints in Russian: typer's own words too, in the real program."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator

import pytest

from fieldapp.cli import typer_words
from fieldapp.i18n import language, use_language
from tests.unit.cli.calling import Call

_ENGLISH = re.compile(r"\b[A-Za-z]?[a-z]{2,} [a-z]{2,}\b")


@pytest.fixture
def russian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "ru")


@pytest.fixture
def languages_given_back() -> Iterator[None]:
    before = language()
    yield
    use_language(before)
    typer_words.lend_words()


def english_in(text: str) -> list[str]:
    """Two English words side by side, in lines that are no example."""
    lines = [line for line in text.splitlines() if not line.startswith(("    fieldapp", "Вызов: fieldapp"))]
    return [found for line in lines for found in _ENGLISH.findall(re.sub(r"`[^`]*`", "", line))]


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("command", [(), ("new",), ("init",), ("identity", "v"), ("bundle", "v", "export")])
def test_the_help_is_russian_to_the_last_word(program: Call, command: tuple[str, ...]) -> None:
    shown = program(*command, "--help")

    assert shown.status == 0
    assert shown.out.startswith("Вызов: fieldapp")
    assert "Параметры:" in shown.out
    assert "Показать эту справку." in shown.out
    assert english_in(shown.out) == []


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("new",), "Не хватает: VAULT."),
        (("new", "v"), "Не хватает: TYPE."),
        (("nwe", "v"), "Команды 'nwe' нет. Похожи: new."),
        (("identity", "v", "nothing"), "Команды 'nothing' нет."),
        (("new", "v", "person", "--sett"), "Такого параметра нет: --sett. Похожи: --set."),
        (("edit", "v", "abcd"), "Менять нечего: дайте --set, --from или --clear."),
    ],
)
def test_what_is_wrong_is_said_in_russian(program: Call, command: tuple[str, ...], told: str) -> None:
    done = program(*command)

    assert done.status == 2
    assert done.err.startswith(f"{told} Как это делается, скажет `fieldapp")


def test_help_in_english_shows_that_the_check_sees_english(program: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")

    shown = program("new", "--help")

    assert shown.out.startswith("Usage: fieldapp new")
    assert "Show this help." in shown.out
    assert english_in(shown.out)


@pytest.mark.usefixtures("languages_given_back", "russian")
def test_a_person_who_chose_english_does_not_get_half_of_the_help_in_russian() -> None:
    use_language("ru")
    typer_words.lend_words()
    assert gettext.gettext("Options") == "Параметры"

    use_language("en")
    typer_words.lend_words()
    assert gettext.gettext("Options") == "Options"
