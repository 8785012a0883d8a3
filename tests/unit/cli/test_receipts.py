"""Receipts on the command line: what was acknowledged does not go again, and what never came is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.calling import PASSPHRASE, Call, Desk, MakeDesk


@pytest.fixture
def two(make_desk: MakeDesk, tmp_path: Path) -> tuple[Desk, Desk]:
    """Amina in the field, and Nodira, her coordinator."""
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    for one, other in ((amina, nodira), (nodira, amina)):
        card = tmp_path / f"{other.folder.name}.card"
        assert other("identity card", "-o", card).status == 0
        role = "coordinator" if other is nodira else "field"
        assert one("identity trust", card, "--words-match", "--role", role).status == 0
    return amina, nodira


def test_a_receipt_goes_back_and_nothing_goes_again(two: tuple[Desk, Desk], tmp_path: Path) -> None:
    amina, nodira = two
    amina("new testimony", "--set", "title=one")
    first, back, second = (tmp_path / name for name in ("first", "back.receipt", "second"))
    sent = amina("bundle export", "--to", "Nodira", "-o", first, "--json").json
    assert [each["number"] for each in sent["recipients"]] == [1]
    nodira("bundle import", first)

    made = nodira("bundle receipt", "--to", "Amina", "-o", back, "--json").json
    taken = amina("bundle import", back, "--json").json
    again = amina("bundle import", back, "--json").json

    assert (made["name"], made["number"]) == ("Amina", 1)
    assert [(each["state"], each["sender"], each["news"]) for each in taken + again] == [
        ("receipt", "Nodira", True),
        ("receipt", "Nodira", False),
    ]
    assert amina("bundle export", "--to", "Nodira", "-o", second, "--json").error["error"] == "NothingToSend"
    whole = amina("bundle export", "--to", "Nodira", "--basis", "everything", "-o", second, "--json").json
    assert whole["records"] == {"testimony": 1}


def test_a_vault_is_made_for_coordination_when_it_is_asked_for(call: Call, tmp_path: Path) -> None:
    asked = ("--person", "Nodira", "--kdf-memory-mib", 64, "--json")
    made = call("init", tmp_path / "office", "--coordinator", *asked, secrets={"--passphrase-fd": PASSPHRASE})

    assert made.json["keeps_for_others"] is True
    assert Desk(tmp_path / "office", call)("identity show", "--json").json["keeps_for_others"] is True


def test_a_coordinator_whose_device_keeps_nothing_is_named_until_she_says_that_it_does(
    two: tuple[Desk, Desk], tmp_path: Path
) -> None:
    amina, nodira = two
    amina("new testimony", "--set", "title=one")
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "first")
    nodira("bundle import", tmp_path / "first")
    assert nodira("identity keeps", "--json").json == {"keeps_for_others": False, "relying": 0}
    nodira("bundle receipt", "--to", "Amina", "-o", tmp_path / "field.receipt")

    said = amina("bundle import", tmp_path / "field.receipt").out
    assert "The device of Nodira is not set to keep things for others" in said
    (uncounted,) = amina("light", "--copies", 1, "--dry-run", "--json").json["uncounted"]
    assert (uncounted["name"], uncounted["doubt"]) == ("Nodira", "keeps_nothing")
    assert "The device of Nodira" in amina("light", "--dry-run").out
    assert nodira("identity keeps on").out == "This device keeps what others hand over, and they may rely on it.\n"
    nodira("bundle receipt", "--to", "Amina", "-o", tmp_path / "office.receipt")
    (taken,) = amina("bundle import", tmp_path / "office.receipt", "--json").json
    assert taken["doubt"] is None
    assert len(amina("light", "--dry-run", "--json").json["records"]) == 1
    told = nodira("identity keeps off").out
    assert "1 person was told to rely on it: what came until then stays here." in told
    assert nodira("identity keeps maybe").status == 2


def test_what_never_came_is_listed_until_it_is_dismissed(two: tuple[Desk, Desk], tmp_path: Path) -> None:
    amina, nodira = two
    kept = amina("new testimony", "--set", "title=one", "--json").json["id"]
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "lost")
    amina("new testimony", "--set", "title=two")
    sent = amina("bundle export", "--to", "Nodira", "--withhold", kept, "-o", tmp_path / "second", "--json").json
    assert sent["records"] == {"testimony": 1}
    nodira("bundle import", tmp_path / "second")

    (listed,) = nodira("bundle missing", "--json").json

    assert (listed["sender"], listed["numbers"], listed["count"], listed["last"]) == ("Amina", [1], 1, 2)
    assert "Amina" in nodira("bundle missing", "--dismiss", "Amina").out
    assert nodira("bundle missing", "--json").json == []
