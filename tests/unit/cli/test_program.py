"""The real program, started as people and scripts start it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp import __version__
from fieldapp.cli.commands import COMMANDS, opens_window
from fieldapp.crypto import recovery
from tests.unit.cli.calling import PASSPHRASE, Call

FROM_INPUT = ("--passphrase-fd", "0")


def test_a_vault_from_its_first_day(program: Call, tmp_path: Path) -> None:
    photo = tmp_path / "photo.txt"
    photo.write_text("not really a photo", encoding="utf-8")

    made = program("init", "v", *FROM_INPUT, "--kdf-memory-mib", 64, "--json").json
    record = program("new", "v", "testimony", "--set", "narrative=У них забрали паспорта", *FROM_INPUT, "--json").json[
        "id"
    ]
    file = program("attach", "v", record[:8], photo, *FROM_INPUT, "--json").json[0]["id"]
    shown = program("show", "v", record[:8], *FROM_INPUT, "--json").json
    rebuilt = program("rebuild", "v", *FROM_INPUT, "--json").json
    found = program("search", "v", "паспорт", *FROM_INPUT, "--json").json
    copied = program("extract", "v", file[:8], "-o", "copy.txt", "--yes", *FROM_INPUT)

    assert recovery.to_secret(made["recovery_phrase"])
    assert {"recovery_phrase", "log", "fingerprint", "words", "person", "device", "keeps_for_others"} == set(made)
    assert (made["person"], made["device"]) == ("Field worker", "This computer")
    assert shown["fields"]["narrative"]["value"] == "У них забрали паспорта"
    assert rebuilt == {"records": 3}
    assert [hit["id"] for hit in found] == [record]
    assert copied.status == 0
    assert (tmp_path / "copy.txt").read_text(encoding="utf-8") == "not really a photo"


def test_the_phrase_opens_the_vault_and_gives_it_a_new_passphrase(program: Call) -> None:
    phrase = program("init", "v", *FROM_INPUT, "--kdf-memory-mib", 64, "--json").json["recovery_phrase"]
    both = ("--phrase-fd", "0", "--new-passphrase-fd", "0")

    wrong = program(
        "recover", "v", *both, "--json", given=phrase.rsplit(" ", 1)[0] + " abandan\nfive words that are new\n"
    )
    right = program("recover", "v", *both, given=phrase.upper() + "\nfive words that are new\n")

    assert (wrong.status, wrong.error["error"]) == (1, "PhraseWord")
    assert (wrong.error["facts"]["position"], "abandon" in wrong.error["facts"]["suggestions"]) == (12, True)
    assert right.status == 0, right.err
    assert program("list", "v", *FROM_INPUT).status == 1
    assert program("list", "v", *FROM_INPUT, given="five words that are new").status == 0


def test_the_passphrase_is_changed_and_the_one_before_stops_working(program: Call) -> None:
    program("init", "v", *FROM_INPUT, "--kdf-memory-mib", 64)
    change = ("passphrase", "v", *FROM_INPUT, "--new-passphrase-fd", "0")

    short = program(*change, "--json", given=f"{PASSPHRASE}\nshort\n")
    right = program(*change, "--json", given=f"{PASSPHRASE}\nfive words that are new\n")

    assert (short.status, short.error["error"]) == (1, "PassphraseTooShort")
    assert right.json == {"done": True}
    assert program("list", "v", *FROM_INPUT).status == 1
    assert program("list", "v", *FROM_INPUT, given="five words that are new").status == 0


def test_a_wrong_passphrase_is_refused_with_one_line(program: Call) -> None:
    program("init", "v", *FROM_INPUT, "--kdf-memory-mib", 64)

    done = program("list", "v", *FROM_INPUT, given="something else\n")

    assert (done.status, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "something else" not in done.err


@pytest.mark.parametrize(
    ("given", "words"),
    [("x" * 1025 + "\n", "1 KiB"), ("\udcff\n".encode("utf-8", "surrogateescape").decode("latin-1"), "")],
)
def test_a_line_that_is_no_passphrase_is_refused(given: str, words: str, program: Call) -> None:
    done = program("init", "v", *FROM_INPUT, given=given)

    assert done.status in {1, 2}
    assert words in done.err


def test_without_a_terminal_nothing_is_asked(program: Call, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    made = program("init", "w", *FROM_INPUT, "--kdf-memory-mib", 64)

    unasked = program("init", "v")
    unopened = program("list", "w")

    assert made.status == 0
    assert unasked.status == unopened.status == 2
    assert "--passphrase-fd" in unasked.err
    assert not list((tmp_path / "v").iterdir())


def test_a_weak_vault_cannot_be_asked_for(program: Call) -> None:
    assert program("init", "v", *FROM_INPUT, "--kdf-memory-mib", 63).status == 2
    assert program("init", "v", *FROM_INPUT, "--person", " ", "--json").error["error"] == "CardText"
    assert program("init", "v", *FROM_INPUT, given="short\n").status == 1


def test_help_lists_every_command_and_every_command_has_an_example(program: Call) -> None:
    listed = program("--help").out

    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", listed, re.MULTILINE)] == []
    assert program("--version").out == f"Field App {__version__}\n"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself_with_an_example(name: str, call: Call) -> None:
    done = call(name, "--help")

    assert done.status == 0, done.err
    assert f"Example:\n    fieldapp {name} field-vault" in done.out


@pytest.mark.parametrize(
    "words",
    [
        "identity show",
        "identity card",
        "identity trust",
        "identity list",
        "identity distrust",
        "identity role",
        "identity revoke",
        "identity revocations",
        "quarantine list",
        "quarantine look",
        "quarantine accept",
        "quarantine refuse",
        "bundle export",
        "bundle import",
        "bundle inspect",
        "bundle waiting",
        "bundle refuse",
    ],
)
def test_every_command_of_a_group_explains_itself_with_an_example(words: str, call: Call) -> None:
    group, name = words.split()

    done = call(group, "field-vault", name, "--help")

    assert done.status == 0, done.err
    assert f"Example:\n    fieldapp {group} field-vault {name}" in done.out


def test_a_near_miss_gets_a_hint(call: Call) -> None:
    done = call("serach", "v", "x")

    assert done.status == 2
    assert "Near to it: search" in done.err


@pytest.mark.parametrize(
    ("arguments", "window"),
    [([], True), (["my-vault"], True), (["list"], False), (["--help"], False), (["my-vault", "x"], False)],
)
def test_one_word_that_is_no_command_opens_the_window(arguments: list[str], window: bool) -> None:
    assert opens_window(arguments) is window


def loaded_by(code: str, root: Path) -> set[str]:
    """The modules that are loaded after `code` ran."""
    asked = [sys.executable, "-c", f"{code}\nimport sys; print('\\n'.join(sys.modules), file=sys.stderr)"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return set(subprocess.run(asked, capture_output=True, text=True, check=True, env=environment).stderr.split())


def test_help_loads_no_service_and_a_command_no_qt(root: Path) -> None:
    for_help = loaded_by("from fieldapp.cli import main; main.run(['--help'])", root)
    for_command = loaded_by("from fieldapp.cli import main; main.run(['list', '--help'])", root)
    at_start = loaded_by("import fieldapp.__main__", root)

    assert "fieldapp.cli.main" in for_help
    assert not [
        name
        for name in for_help
        if name.startswith(("fieldapp.services", "rich", "PySide6", "cryptography", "msgspec"))
    ]
    assert "fieldapp.services.views" in for_command
    assert not [name for name in for_command if name.startswith(("rich", "PySide6"))]
    assert not [name for name in at_start if name.startswith(("typer", "rich", "PySide6", "fieldapp.services"))]


def test_a_reader_that_goes_away_is_no_error(program: Call, root: Path, tmp_path: Path) -> None:
    program("init", "v", *FROM_INPUT, "--kdf-memory-mib", 64)
    reader, writer = os.pipe()
    os.close(reader)
    asked = [sys.executable, "-m", "fieldapp", "identity", "v", "show", *FROM_INPUT]
    done = subprocess.run(
        asked,
        input=f"{PASSPHRASE}\n".encode(),
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_mistake_of_ours_is_one_line_with_a_code_and_no_traceback(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_folder: Path) -> None:
        raise KeyError("Amina")

    monkeypatch.setattr("fieldapp.services.vaults.check", broken)

    line, as_json = call("list", "v"), call("list", "v", "--json")

    assert line.status == as_json.status == 1
    assert line.err.count("\n") == 1
    assert "Amina" not in line.err + as_json.err
    assert json.loads(as_json.err)["error"] == "Bug"
    assert json.loads(as_json.err)["facts"]["code"].startswith("KeyError@cli/opening.py:")


def test_the_language_of_the_environment_is_spoken(program: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "xx")

    assert "Usage" in program("--help").out
