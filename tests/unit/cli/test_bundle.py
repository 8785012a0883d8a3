"""Two vaults: cards, trust, bundles there and back, and everything that must be refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.cli.calling import Desk, MakeDesk


@dataclass(frozen=True)
class Two:
    """Amina in the field, Nodira in the office, and a folder between them."""

    amina: Desk
    nodira: Desk
    stick: Path

    def trust(self, who: Desk, whom: Desk) -> None:
        card = self.stick / f"{whom.folder.name}.card"
        if not card.exists():
            assert whom("identity card", "-o", card).status == 0
        assert who("identity trust", card, "--words-match").status == 0

    def sealed(self, name: str = "june.bundle") -> Path:
        done = self.amina("bundle export", "--to", "Nodira", "-o", self.stick / name)
        assert done.status == 0, done.err
        return self.stick / name


@pytest.fixture
def two(make_desk: MakeDesk, tmp_path: Path) -> Two:
    (tmp_path / "stick").mkdir()
    made = Two(make_desk("Amina"), make_desk("Nodira"), tmp_path / "stick")
    made.trust(made.amina, made.nodira)
    return made


def bytes_of(folder: Path) -> dict[str, str]:
    """Every file of a vault with the hash of its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_card_says_the_same_on_both_sides(two: Two) -> None:
    own = two.nodira("identity show", "--json").json
    known = two.amina("identity list", "--json").json

    assert [(peer["name"], peer["fingerprint"], peer["words"]) for peer in known] == [
        ("Nodira", own["fingerprint"], own["words"])
    ]
    assert own["recipient"].startswith("age1pq1")
    assert " ".join(own["words"]) in two.nodira("identity show").out


def test_without_a_terminal_a_card_is_trusted_only_where_the_words_were_compared(two: Two) -> None:
    assert two.amina("identity card", "-o", two.stick / "Amina.card").status == 0

    done = two.nodira("identity trust", two.stick / "Amina.card")

    assert done.status == 2
    assert "--words-match" in done.err
    assert two.nodira("identity list").out == ""


def test_a_bundle_goes_over_and_a_second_time_changes_nothing(two: Two) -> None:
    record = two.amina("new", "person", "--set", "name=Амина Каримова").out.strip()
    two.trust(two.nodira, two.amina)
    sealed = two.sealed()

    tried = two.nodira("bundle import", sealed, "--dry-run", "--json").json
    assert two.nodira("list").out == ""
    came = two.nodira("bundle import", sealed, "--json").json
    before = two.nodira("show", record, "--json").json
    again = two.nodira("bundle import", sealed, "--json").json

    assert (tried[0]["state"], tried[0]["dry_run"]) == ("imported", True)
    assert [(each["id"], each["type"], each["title"], each["what"]) for each in came[0]["records"]] == [
        (record, "person", "Амина Каримова", "new")
    ]
    assert (came[0]["state"], came[0]["sender"], came[0]["number"], came[0]["error"]) == ("imported", "Amina", 1, None)
    assert again[0]["state"] == "nothing_new"
    assert two.nodira("show", record, "--json").json == before
    assert [hit["id"] for hit in two.nodira("search", "амин", "--json").json] == [record]


def test_only_the_records_named_go(two: Two) -> None:
    first = two.amina("new", "person", "--set", "name=One").out.strip()
    two.amina("new", "person", "--set", "name=Two")

    done = two.amina(
        "bundle export", "--to", "Nodira", "--record", first[:8], "-o", two.stick / "one.bundle", "--json"
    ).json
    two.trust(two.nodira, two.amina)
    two.nodira("bundle import", two.stick / "one.bundle")

    assert done["records"] == {"person": 1}
    assert [peer["name"] for peer in done["recipients"]] == ["Nodira"]
    assert done["size"] == (two.stick / "one.bundle").stat().st_size
    assert [row["title"] for row in two.nodira("list", "--json").json] == ["One"]


def test_what_a_bundle_removes_from_the_lists_is_told(two: Two) -> None:
    record = two.amina("new", "person", "--set", "name=Amina").out.strip()
    two.trust(two.nodira, two.amina)
    two.nodira("bundle import", two.sealed())
    two.amina("hide", record)
    two.amina("bundle export", "--to", "Nodira", "-o", two.stick / "later.bundle")

    words = two.nodira("bundle import", two.stick / "later.bundle", "--dry-run").out
    came = two.nodira("bundle import", two.stick / "later.bundle", "--json").json

    assert "Removed from lists: 1" in words and "list --hidden" in words
    assert [(each["id"], each["what"]) for each in came[0]["records"]] == [(record, "hidden")]


def test_what_a_stranger_sends_waits_until_they_are_trusted(two: Two) -> None:
    record = two.amina("new", "person", "--set", "name=Amina").out.strip()
    sealed = two.sealed()

    looked = two.nodira("bundle inspect", sealed, "--json").json
    came = two.nodira("bundle import", sealed, "--json").json
    waiting = two.nodira("bundle waiting", "--json").json

    assert (looked[0]["trusted"], looked[0]["person"], looked[0]["sender"]) == (False, "Amina", None)
    assert came[0]["state"] == "quarantined"
    assert came[0]["words"] == waiting[0]["words"] == two.amina("identity show", "--json").json["words"]
    assert two.nodira("list").out == ""
    assert two.nodira("bundle import", "--quarantine", "--json").json == []

    two.trust(two.nodira, two.amina)
    released = two.nodira("bundle import", "--quarantine", "--json").json

    assert [each["state"] for each in released] == ["imported"]
    assert [row["id"] for row in two.nodira("list", "--json").json] == [record]
    assert two.nodira("bundle waiting").out == ""


def test_what_waits_can_be_refused(two: Two) -> None:
    two.amina("new", "person", "--set", "name=Amina")
    two.nodira("bundle import", two.sealed())
    number = two.nodira("bundle waiting", "--json").json[0]["number"]

    assert two.nodira("bundle refuse", number + 1).status == 2
    assert two.nodira("bundle refuse", number).status == 0
    assert two.nodira("bundle waiting", "--json").json == []


def test_a_damaged_bundle_is_refused_the_vault_stays_byte_for_byte_and_the_next_is_taken_in(two: Two) -> None:
    two.trust(two.nodira, two.amina)
    two.amina("new", "person", "--set", "name=Amina")
    sealed = two.sealed()
    content = bytearray(sealed.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = two.stick / "damaged.bundle"
    damaged.write_bytes(content)
    before = bytes_of(two.nodira.folder)

    alone = two.nodira("bundle import", damaged)
    after = bytes_of(two.nodira.folder)
    both = two.nodira("bundle import", damaged, two.stick / "missing.bundle", sealed, "--json")

    assert (alone.status, alone.out, alone.err.count("\n")) == (1, "", 1)
    assert alone.err.startswith(str(damaged))
    assert after == before
    assert both.status == 1
    outcomes = both.outcomes
    assert [each["state"] for each in outcomes] == ["refused", "refused", "imported"]
    assert outcomes[1]["error"]["facts"] == {"reason": "missing"}
    assert [line["file"] for line in both.errors] == [str(damaged), str(two.stick / "missing.bundle")]


def test_nothing_is_sealed_for_somebody_unknown_and_nothing_is_overwritten(two: Two) -> None:
    two.amina("new", "person", "--set", "name=Amina")
    there = two.stick / "there.bundle"
    there.write_bytes(b"mine")

    unknown = two.amina("bundle export", "--to", "Karim", "-o", two.stick / "x.bundle", "--json")
    taken = two.amina("bundle export", "--to", "Nodira", "-o", there, "--json")

    assert (unknown.status, unknown.error["error"], unknown.error["facts"]) == (
        1,
        "PeerNotFound",
        {"known": ["Nodira"]},
    )
    assert not (two.stick / "x.bundle").exists()
    assert (taken.status, taken.error["error"]) == (1, "PlaceTaken")
    assert there.read_bytes() == b"mine"


def test_who_is_no_longer_trusted_gets_nothing(two: Two) -> None:
    two.amina("new", "person", "--set", "name=Amina")

    assert two.amina("identity distrust", "Nodira", "--json").json["name"] == "Nodira"
    assert two.amina("bundle export", "--to", "Nodira", "-o", two.stick / "x.bundle").status == 1


@pytest.mark.parametrize(
    "command", ["bundle import", "bundle inspect", "bundle export", "identity trust", "bundle", "identity"]
)
def test_a_command_without_what_it_needs_is_wrong_usage(command: str, desk: Desk) -> None:
    done = desk(command)

    assert done.status == 2
    assert done.err.count("\n") == 1
