"""The age key copied out on purpose, and a contested field settled."""

from __future__ import annotations

import stat
from pathlib import Path

from fieldapp.crypto.age import HybridIdentity, open_with
from tests.unit.cli.calling import MakeDesk


def test_the_key_that_was_copied_out_opens_what_was_sealed_for_the_vault(make_desk: MakeDesk, tmp_path: Path) -> None:
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    nodira("identity card", "-o", tmp_path / "nodira.card")
    amina("identity trust", tmp_path / "nodira.card", "--words-match")
    amina("new", "person", "--set", "name=Амина")
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "x.bundle")

    done = nodira("identity key", "-o", tmp_path / "nodira.key", "--yes", "--json")

    key = (tmp_path / "nodira.key").read_text()
    with (tmp_path / "x.bundle").open("rb") as sealed:
        assert open_with([HybridIdentity.from_text(key.strip())], sealed).read(9) == b"fieldapp-"
    assert stat.S_IMODE((tmp_path / "nodira.key").stat().st_mode) == 0o600
    assert done.json["recipient"].startswith("age1pq1")
    assert key.startswith("AGE-SECRET-KEY-PQ-1")
    assert key.strip() not in done.out + done.err


def test_the_key_is_not_copied_without_a_yes(make_desk: MakeDesk, tmp_path: Path) -> None:
    done = make_desk("Nodira")("identity key", "-o", tmp_path / "nodira.key")

    assert done.status == 2
    assert not (tmp_path / "nodira.key").exists()


def test_a_file_that_is_there_is_not_replaced_by_the_key(make_desk: MakeDesk, tmp_path: Path) -> None:
    (tmp_path / "nodira.key").write_text("mine")

    assert make_desk("Nodira")("identity key", "-o", tmp_path / "nodira.key", "--yes").status == 1
    assert (tmp_path / "nodira.key").read_text() == "mine"


def test_that_the_key_was_copied_does_not_travel(make_desk: MakeDesk, tmp_path: Path) -> None:
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    for one, other in ((amina, nodira), (nodira, amina)):
        other("identity card", "-o", tmp_path / f"{other.folder.name}.card")
        one("identity trust", tmp_path / f"{other.folder.name}.card", "--words-match")
    amina("new", "person", "--set", "name=Амина")
    amina("identity key", "-o", tmp_path / "amina.key", "--yes")

    exported = amina("bundle export", "--to", "Nodira", "-o", tmp_path / "x.bundle", "--json").json

    assert exported["withheld_entries"] == 2  # the trust, and the key


def test_a_contested_field_is_settled_by_naming_an_entry(make_desk: MakeDesk, tmp_path: Path) -> None:
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    for one, other in ((amina, nodira), (nodira, amina)):
        other("identity card", "-o", tmp_path / f"{other.folder.name}.card")
        one("identity trust", tmp_path / f"{other.folder.name}.card", "--words-match")
    record = amina("new", "person", "--set", "name=Маруфжон").out.strip()
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "1.bundle")
    nodira("bundle import", tmp_path / "1.bundle")
    amina("edit", record, "--set", "occupation=каменщик")
    nodira("edit", record, "--set", "occupation=повар")
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "2.bundle")
    nodira("bundle import", tmp_path / "2.bundle")
    contested = nodira("show", record, "--json").json["fields"]["occupation"]

    wrong = nodira("resolve", record, "name", "00")
    done = nodira("resolve", record, "occupation", contested["accounts"][1]["entry"][:12], "--json")

    assert contested["contested"]
    assert wrong.status == 2
    assert done.json["changed"] == [record]
    settled = nodira("show", record, "--json").json["fields"]["occupation"]
    assert not settled["contested"]
    assert settled["value"] == contested["accounts"][1]["value"]
