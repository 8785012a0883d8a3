"""resources/docs/command-line.md tells every command, every option that a script needs, and every key of the JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from fieldapp.cli import bundle, files, identity, quarantine, reading, records, vaults
from tests.unit.cli.calling import Desk, MakeDesk

HOLDING_CHOSEN_KEYS = {"fields", "facts", "records"}


@pytest.fixture(scope="module")
def told(root: Path) -> str:
    return (root / "resources" / "docs" / "command-line.md").read_text(encoding="utf-8")


def keys_of(value: object) -> Iterator[str]:
    """Every key at any depth, but not the names of fields and types."""
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            chosen = key in HOLDING_CHOSEN_KEYS and isinstance(item, dict)
            yield from keys_of(list(item.values()) if chosen else item)


def test_every_command_and_option_is_told(told: str) -> None:
    for app in (vaults.app, records.app, reading.app, files.app, identity.app, bundle.app, quarantine.app):
        group = get_command(app)
        assert isinstance(group, TyperGroup)
        for name, command in group.commands.items():
            assert re.search(rf"`[^`]*\b{name}\b[^`]*`", told), name
            for parameter in command.params:
                option = next((word for word in parameter.opts if word.startswith("--")), "")
                assert option in told or option in {"--help", "--output", "--note"}, option


def test_every_key_of_the_json_is_told(told: str, make_desk: MakeDesk, tmp_path: Path) -> None:
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    outcomes = list(everything(amina, nodira, tmp_path))

    keys = {key for outcome in outcomes for key in keys_of(outcome)}

    assert len(keys) > 60
    assert sorted(key for key in keys if f"`{key}`" not in told) == []


def everything(amina: Desk, nodira: Desk, folder: Path) -> Iterator[object]:
    """The JSON of all commands that print something of their own."""
    made = amina("new", "testimony", "--set", "title=Call", "--set", "date=2026-03", "--json").json
    yield made
    (folder / "a.txt").write_text("x", encoding="utf-8")
    attached = amina("attach", made["id"], folder / "a.txt", "--json").json
    yield attached
    yield amina("extract", attached[0]["id"], "-o", folder / "b.txt", "--yes", "--json").json
    yield amina("show", made["id"], "--json").json
    yield amina("history", made["id"], "--json").json
    yield amina("list", "--json").json
    yield amina("search", "call", "--json").json
    yield amina("rebuild", "--json").json
    yield amina("identity show", "--json").json
    nodira("identity card", "-o", folder / "nodira.card")
    yield amina("identity trust", folder / "nodira.card", "--words-match", "--json").json
    yield amina("bundle export", "--to", "Nodira", "-o", folder / "x.bundle", "--json").json
    yield nodira("bundle inspect", folder / "x.bundle", "--json").json
    yield nodira("bundle import", folder / "x.bundle", folder / "missing", "--json").outcomes
    yield nodira("bundle waiting", "--json").json
    yield nodira("quarantine list", "--json").json
    yield nodira("quarantine look", "--bundle", 1, "--json").json
    yield amina("identity revoke", "Nodira", "--yes", "--json").json
    yield amina("identity revocations", "--json").json
    yield nodira("alarms", "--json").json
    yield amina("show", "ffff", "--json").error
