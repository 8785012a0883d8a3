"""Words of others cannot command the terminal."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.cli import terminal
from tests.unit.cli.calling import Desk

HOSTILE = "[red]red[/red] \x1b[2J \x9b31m \u202egnp.exe \u2066x \u200b \x07 \u2028 \ue000 \U000e0041"


def test_commands_are_written_as_escapes() -> None:
    shown = terminal.visible(HOSTILE)

    assert shown == (
        "[red]red[/red] \\x1b[2J \\x9b31m \\u202egnp.exe \\u2066x \\u200b \\x07 \\u2028 \\ue000 \\U000e0041"
    )


@pytest.mark.parametrize("word", ["Амина", "नेपाली क\u094d\u200dष", "نمی\u200cخواهم", "বাংলা", "Ўзбекча 👍", "e\u0301"])
def test_words_of_all_scripts_stay_as_they_are(word: str) -> None:
    assert terminal.visible(word) == word
    assert json.loads(terminal.visible_json(word)) == word
    assert word in terminal.visible_json(word)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_json_for_a_terminal_reads_back_as_what_it_was(text: str) -> None:
    shown = terminal.visible_json({"text": text})

    assert json.loads(shown) == {"text": text}
    assert terminal.visible(shown) == shown


def test_lines_are_kept_apart_and_tabs_are_spaces() -> None:
    assert terminal.visible_lines("a\tb\nc\rd\x1b") == ["a    b", "c\\x0dd\\x1b"]


def test_a_hostile_record_is_shown_escaped_by_every_command_that_shows_it(desk: Desk) -> None:
    hostile = HOSTILE.replace("\x1b", "").replace("\x9b", "").replace("\x07", "")  # these the model refuses itself
    record = desk(
        "new", "testimony", "--set", f"title={hostile}", "--set", f"narrative=a\nTitle: fake {hostile}"
    ).out.strip()

    for command in (("show", record), ("history", record), ("list",), ("search", "exe"), ("show", record, "--json")):
        done = desk(*command)
        assert done.status == 0
        assert "exe" in done.out
        assert terminal.visible(done.out.replace("\n", "")) == done.out.replace("\n", "")
        assert "[red]red[/red]" in done.out
        assert "\nTitle: fake" not in done.out


HALF = os.fsdecode(b"\xff")


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["search", HALF], 2),
        (["new", f"per{HALF}"], 2),
        (["new", "person", "--set", f"{HALF}=x"], 2),
        (["new", "person", "--set", f"name={HALF}"], 2),
        (["new", "person", "--source", f"x{HALF}"], 2),
        (["new", "person", "--source", "\x1b[2J"], 2),
        (["new", "person", "--from", HALF], 1),
        (["show", HALF], 2),
        (["identity trust", HALF], 1),
        (["bundle import", HALF], 1),
        (["--" + HALF], 2),
    ],
)
def test_arguments_that_are_no_text_are_refused_like_others(command: list[str], status: int, desk: Desk) -> None:
    line, as_json = desk(command[0], *command[1:]), desk(command[0], *command[1:], "--json")

    assert (line.status, as_json.status) == (status, status)
    assert line.err.count("\n") == 1
    assert as_json.error["error"] != "Bug"


def test_control_characters_in_arguments_come_back_escaped(desk: Desk) -> None:
    done = desk("new", "per\x1b[2Json")
    wrong = desk("new", "person", "--s\x1b[2Jet", "x")

    assert done.status == wrong.status == 2
    assert "\x1b" not in done.err + wrong.err
