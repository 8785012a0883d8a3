"""Ways into a vault from the command line: several people, shares with coordinators, a new key."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.errors import DiskFullError
from fieldapp.services.safety import rekeying
from tests.unit.cli.calling import PASSPHRASE, Call, Desk, Done, MakeDesk

OTHER, NEW = "another four words of nobody", "a new passphrase of nobody"


@pytest.fixture
def team(make_desk: MakeDesk, tmp_path: Path) -> tuple[Desk, Desk, Desk]:
    """Amina in the field, and two coordinators of hers."""
    desks = make_desk("Amina"), make_desk("Nodira"), make_desk("Karim")
    amina, *others = desks
    for other in others:
        for one, that in ((amina, other), (other, amina)):
            card = tmp_path / f"{that.folder.name}.card"
            if not card.exists():
                assert that("identity card", "-o", card).status == 0
            role = "coordinator" if that is other else "field"
            assert one("identity trust", card, "--words-match", "--role", role).status == 0
    return desks


def shared_out(team: tuple[Desk, Desk, Desk], folder: Path) -> list[str]:
    """Shares are written, taken in, and read aloud."""
    amina, *others = team
    words = []
    for other, name in zip(others, ("Nodira", "Karim"), strict=True):
        file = folder / f"{name}-{len(list(folder.glob('*.share')))}.share"
        assert amina("escrow write", name, "-o", file, "--json").json["written"] is not None
        (taken,) = other("bundle import", file, "--json").json
        assert (taken["state"], taken["sender"], taken["news"]) == ("share", "Amina", True)
        words.append(other("escrow words", "Amina", "--yes", "--json").json["words"])
    return words


def test_two_coordinators_help_in_who_forgot_the_passphrase(team: tuple[Desk, Desk, Desk], tmp_path: Path) -> None:
    amina, nodira, karim = team
    chosen = amina("escrow choose", "--holder", "Nodira", "--holder", "Karim", "--json").json
    assert [each["name"] for each in chosen["holders"]] == ["Karim", "Nodira"]
    assert "Next: write a file" in amina("escrow choose", "--holder", "Nodira", "--holder", "Karim").out
    assert amina("escrow show", "--json").json["help"] == "phrase"

    words = shared_out(team, tmp_path)

    assert amina("escrow show", "--json").json["help"] == "written"
    for other, name in ((nodira, "Nodira"), (karim, "Karim")):
        shown = other("escrow rehearsal-words", "Amina", "--json").json["words"]
        assert shown not in words
        secrets = {"--passphrase-fd": PASSPHRASE, "--words-fd": shown}
        tried = amina.call("escrow", amina.folder, "rehearse", "--json", secrets=secrets)
        assert tried.json["name"] == name
    assert "rehearsed" in amina("escrow show").out
    (held,) = nodira("escrow held", "--json").json
    assert (held["person"], held["others"]) == ("Amina", ["Karim"])
    assert held["told"] is not None
    assert "Amina" in nodira("escrow held").out

    recovered = amina.call(
        "recover", amina.folder, "--shares", "--json",
        secrets={"--phrase-fd": "\n".join(words), "--new-passphrase-fd": NEW},
    )  # fmt: skip

    assert recovered.json == {"done": True}
    told = amina("escrow show", "--json", passphrase=NEW).json
    assert (told["should_rotate"], told["spoken"] is not None) == (True, True)
    assert "fieldapp rekey" in amina("escrow show", passphrase=NEW).out
    assert amina("list").status == 1


@pytest.mark.parametrize("as_json", [True, False])
def test_the_new_phrase_is_told_also_where_sealing_files_anew_fails(
    team: tuple[Desk, Desk, Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    def fail(*_: object) -> int:
        raise DiskFullError

    amina, *_others = team
    photo = tmp_path / "photo.txt"
    photo.write_bytes(b"a document" * 5000)
    amina("attach", amina("new testimony", "--set", "title=one", "--json").json["id"], photo)
    secrets = {"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": NEW}
    with monkeypatch.context() as patched:
        patched.setattr(rekeying, "continue_rekey", fail)
        done = amina.call("rekey", amina.folder, *(["--json"] if as_json else []), secrets=secrets)

    assert done.status == 0
    if as_json:
        assert (done.json["left"], done.json["error"]) == (None, "DiskFull")
        phrase = done.json["recovery_phrase"]
    else:
        assert "The new key is in place" in done.out
        assert "--continue" in done.err
        (phrase,) = (line.strip() for line in done.out.splitlines() if len(line.split()) == 12 and line[0] == " ")
    again = {"--phrase-fd": phrase, "--new-passphrase-fd": OTHER}
    assert amina.call("recover", amina.folder, secrets=again).status == 0
    assert amina("rekey", "--continue", "--json", passphrase=OTHER).json["left"] == 0


def test_a_new_key_ends_what_was_seen_and_spoken(team: tuple[Desk, Desk, Desk], tmp_path: Path) -> None:
    amina, *_others = team
    photo = tmp_path / "photo.txt"
    photo.write_bytes(b"a document" * 5000)
    record = amina("new testimony", "--set", "title=one", "--json").json["id"]
    (document,) = amina("attach", record, photo, "--json").json
    amina("escrow choose", "--holder", "Nodira", "--holder", "Karim")
    before = shared_out(team, tmp_path)

    done = amina.call(
        "rekey", amina.folder, "--holder", "Nodira", "--holder", "Karim", "--json",
        secrets={"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": NEW},
    ).json  # fmt: skip

    assert (done["left_out"], done["left"]) == ([], 0)
    assert len(done["recovery_phrase"].split()) == 12
    assert amina("list").status == 1
    refused = amina.call(
        "recover", amina.folder, "--shares", "--json",
        secrets={"--phrase-fd": "\n".join(before), "--new-passphrase-fd": PASSPHRASE},
    )  # fmt: skip
    assert refused.error["error"] == "WrongShares"
    out = tmp_path / "out.txt"
    assert amina("extract", document["id"], "-o", out, "--yes", passphrase=NEW).status == 0
    assert out.read_bytes() == photo.read_bytes()
    assert amina("escrow show", "--json", passphrase=NEW).json["help"] == "phrase"
    assert amina("rekey", "--continue", "--json", passphrase=NEW).json["left"] == 0


def test_without_a_phrase_nothing_is_on_paper_and_it_says_that_nobody_can_help(call: Call, tmp_path: Path) -> None:
    asked = ("--person", "Amina", "--no-phrase", "--kdf-memory-mib", 64)
    made = call("init", tmp_path / "one", *asked, secrets={"--passphrase-fd": PASSPHRASE})
    assert "Nobody can help you in yet" in made.err
    as_json = call("init", tmp_path / "two", *asked, "--json", secrets={"--passphrase-fd": PASSPHRASE})
    assert as_json.json["recovery_phrase"] is None
    assert "Nobody can help you in" in Desk(tmp_path / "one", call)("escrow show").out


def test_two_people_write_in_one_vault_and_one_of_them_is_removed(make_desk: MakeDesk) -> None:
    amina = make_desk("Amina")
    added = amina.call(
        "writer", amina.folder, "add", "--person", "Daniyar", "--json",
        secrets={"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": OTHER},
    ).json  # fmt: skip
    assert (added["name"], added["can_open"], added["me"]) == ("Daniyar", True, False)
    record = amina("new testimony", "--set", "title=one", "--json", passphrase=OTHER).json["id"]
    (entry,) = amina("history", record, "--json").json
    assert (entry["author"], entry["own"]) == ("Daniyar", True)
    assert [each["name"] for each in amina("writer list", "--json").json] == ["Amina", "Daniyar"]
    assert "you" in amina("writer list").out

    unclear = amina.call(
        "recover",
        amina.folder,
        "--json",
        secrets={"--phrase-fd": "abandon " * 11 + "about", "--new-passphrase-fd": NEW},
    )
    assert unclear.error["error"] == "WrongPassphrase"
    done = amina.call(
        "rekey", amina.folder, "--no-phrase", "--writer-fd", "Daniyar=9",
        secrets={"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": NEW},
    )  # fmt: skip
    assert done.status == 2, "that descriptor is not there"
    new_key = {"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": NEW}
    done = amina.call("rekey", amina.folder, "--no-phrase", "--json", secrets=new_key)
    assert done.status == 2, "nobody is left out without being named"
    assert "Daniyar" in done.err
    done = amina.call(
        "rekey", amina.folder, "--no-phrase", "--leave-out", "--json",
        secrets={"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": NEW},
    )  # fmt: skip
    assert done.json == {"recovery_phrase": None, "left_out": ["Daniyar"], "left": 0}
    assert amina("list", passphrase=OTHER).status == 1
    let_in = amina.call(
        "writer", amina.folder, "let-in", "Daniyar", "--json",
        secrets={"--passphrase-fd": NEW, "--new-passphrase-fd": OTHER},
    )  # fmt: skip
    assert let_in.json["fingerprint"] == added["fingerprint"]

    assert amina("writer remove", "Daniyar", passphrase=NEW).status == 2, "nobody is asked without a terminal"
    gone = amina("writer remove", "Daniyar", "--yes", "--json", passphrase=NEW).json
    assert gone["removed"] is not None
    assert (gone["phrase_opens"], gone["shares_open"]) == (False, False)
    assert amina("list", passphrase=OTHER).status == 1
    assert amina("writer remove", "Daniyar", "--yes", "--json", passphrase=NEW).error["error"] == "WriterNotFound"


def test_who_removes_somebody_is_told_what_still_opens(make_desk: MakeDesk) -> None:
    amina = make_desk("Amina")
    secrets = {"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": OTHER}
    amina.call("writer", amina.folder, "add", "--person", "Daniyar", secrets=secrets)

    told = amina("writer remove", "Daniyar", "--yes").out

    assert "recovery phrase still comes in" in told
    assert "fieldapp rekey" in told


def test_a_backup_opens_with_the_paper_and_with_shares_where_the_passphrase_is_forgotten(
    team: tuple[Desk, Desk, Desk], tmp_path: Path
) -> None:
    amina, *_others = team
    amina("new testimony", "--set", "title=one")
    amina("escrow choose", "--holder", "Nodira", "--holder", "Karim")
    words = shared_out(team, tmp_path)
    new_key = {"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": OTHER}
    assert amina("backup", tmp_path / "of-shares.backup").status == 0
    phrase = amina.call("rekey", amina.folder, "--json", secrets=new_key).json["recovery_phrase"]
    assert amina("backup", tmp_path / "of-paper.backup", passphrase=OTHER).status == 0

    def restored(name: str, way: str, typed: str) -> Done:
        secrets = {"--phrase-fd": typed, "--new-passphrase-fd": NEW}
        return amina.call("restore", tmp_path / f"{name}.backup", tmp_path / name, way, secrets=secrets)

    assert restored("of-paper", "--shares", "\n".join(words)).status == 1
    assert not (tmp_path / "of-paper").exists()
    assert restored("of-paper", "--phrase", phrase).status == 0
    spoken = restored("of-shares", "--shares", "\n".join(words))
    assert spoken.status == 0
    assert "Shares were spoken" in spoken.err
    for name in ("of-paper", "of-shares"):
        listed = amina.call("list", tmp_path / name, "--json", secrets={"--passphrase-fd": NEW}).json
        assert [each["title"] for each in listed] == ["one"]


def test_a_damaged_vault_is_repaired_with_the_paper(make_desk: MakeDesk, tmp_path: Path) -> None:
    amina = make_desk("Amina")
    amina("new testimony", "--set", "title=one")
    rekeyed = {"--passphrase-fd": PASSPHRASE, "--new-passphrase-fd": OTHER}
    phrase = amina.call("rekey", amina.folder, "--json", secrets=rekeyed).json["recovery_phrase"]
    header = amina.folder / "header.a"
    header.write_bytes(header.read_bytes()[:-1] + b"x")
    secrets = {"--phrase-fd": phrase, "--new-passphrase-fd": NEW}

    done = amina.call("repair", amina.folder, tmp_path / "new", "--device", "x", "--phrase", "--json", secrets=secrets)

    assert done.json["entries_lost"] == 0
    assert len(amina.call("list", tmp_path / "new", "--json", secrets={"--passphrase-fd": NEW}).json) == 1
