"""Roles, lost devices, quarantine, alarms and restored copies, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.calling import PASSPHRASE, Call, Desk, MakeDesk


@pytest.fixture
def three(make_desk: MakeDesk, tmp_path: Path) -> tuple[Desk, Desk]:
    """Nodira coordinates, Amina works in the field; they trust each other."""
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    for who, whom, role in ((amina, nodira, "coordinator"), (nodira, amina, "field")):
        card = tmp_path / f"{whom.folder.name}.card"
        assert whom("identity card", "-o", card).status == 0
        trusted = who("identity trust", card, "--words-match", "--role", role, "--json").json
        assert (trusted["role"], trusted["revoked"], trusted["trusted"]) == (role, False, True)
    return amina, nodira


def test_a_lost_device_is_revoked_looked_into_and_accepted(three: tuple[Desk, Desk], tmp_path: Path) -> None:
    amina, nodira = three
    amina("new", "person", "--set", "name=After")
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "late.bundle")

    unsure = nodira("identity revoke", "Amina")
    assert unsure.status == 2 and "`fieldapp identity VAULT revoke --help`" in unsure.err
    assert nodira("identity revoke", "Amina", "--yes", "--before", "2026-01-01", "--nothing-stands").status == 2
    done = nodira("identity revoke", "Amina", "--yes", "--reason", "lost", "--before", "2026-01-01", "--json").json
    came = nodira("bundle import", tmp_path / "late.bundle", "--json").json

    assert done["fingerprint"] and came[0]["state"] == "quarantined"
    (revocation,) = nodira("identity revocations", "--json").json
    assert (revocation["name"], revocation["reason"], revocation["counts"]) == ("Amina", "lost", True)
    assert revocation["stands_until"] == -1
    assert "Amina" not in nodira("identity list").out
    assert "revoked" in nodira("identity list", "--all").out
    (sender,) = nodira("quarantine list", "--json").json
    assert (sender["name"], sender["revoked"], len(sender["bundles"])) == ("Amina", True, 1)
    assert "revoked" in nodira("quarantine list").out
    look = nodira("quarantine look", "Amina", "--json").json
    assert [each["title"] for each in look["records"]] == ["After"]
    assert nodira("list").out == ""
    accepted = nodira("quarantine accept", "Amina", "--json").json
    assert [each["state"] for each in accepted["bundles"]] == ["imported"]
    assert [each["title"] for each in nodira("list", "--json").json] == ["After"]
    assert nodira("quarantine list").out == ""
    assert nodira("quarantine look", "Amina").status == 2
    assert nodira("quarantine look").status == 2


def test_roles_change_and_alarms_are_told_and_dismissed(three: tuple[Desk, Desk], tmp_path: Path) -> None:
    amina, nodira = three
    assert nodira("identity role", "Amina", "coordinator", "--json").json["role"] == "coordinator"
    assert "coordinator" in nodira("identity list").out
    assert nodira("identity role", "Amina", "queen").status == 2
    assert amina("identity revoke", "Nodira", "--yes").status == 0
    card = tmp_path / "again.card"
    nodira("identity card", "-o", card)
    amina("identity trust", card, "--words-match")
    amina("new", "person", "--set", "name=A")
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "x.bundle")

    came = nodira("bundle import", tmp_path / "x.bundle", "--json").json

    assert [each["kind"] for each in came[0]["alarms"]] == ["revoked_me"]
    (alarm,) = nodira("alarms", "--json").json
    assert "Amina has revoked this device" in alarm["what"]
    assert alarm["key"][:8] in nodira("alarms").out
    assert nodira("alarms", "--dismiss", "ffff").status == 2
    assert nodira("alarms", "--dismiss", alarm["key"][:8]).out == ""
    assert [each["dismissed"] for each in nodira("alarms", "--all", "--json").json] == [True]


def test_a_copy_goes_on_under_a_new_card(make_desk: MakeDesk, call: Call, tmp_path: Path) -> None:
    amina = make_desk("Amina")
    amina("new", "person", "--set", "name=A")
    before = amina("identity show", "--json").json

    made = call(
        "restore",
        amina.folder,
        tmp_path / "again",
        "--device",
        "new laptop",
        "--json",
        secrets={"--passphrase-fd": PASSPHRASE},
    ).json

    again = Desk(tmp_path / "again", call)
    assert made["device"] == "new laptop" and made["fingerprint"] != before["fingerprint"]
    assert [each["title"] for each in again("list", "--json").json] == ["A"]
    anew = amina("anew", "--device", "old laptop", "--json").json
    assert len({anew["fingerprint"], made["fingerprint"], before["fingerprint"]}) == 3
    assert anew["words"] == amina("identity show", "--json").json["words"]
