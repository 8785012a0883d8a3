"""Bundles in parts, from the command line of one vault to that of another."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from fieldapp.cli.parts import numbers_shown, part_bytes_of
from tests.unit.cli.calling import Desk, MakeDesk
from tests.unit.cli.test_bundle import Two, bytes_of

MIB = 1024 * 1024


@pytest.fixture
def two(make_desk: MakeDesk, tmp_path: Path) -> Two:
    (tmp_path / "stick").mkdir()
    made = Two(make_desk("Amina"), make_desk("Nodira"), tmp_path / "stick")
    made.trust(made.amina, made.nodira)
    return made


@pytest.fixture
def sent(two: Two) -> list[Path]:
    """A testimony with a large video from Amina for Nodira, in four parts, in the order of their numbers."""
    two.trust(two.nodira, two.amina)
    record = two.amina("new", "testimony", "--set", "title=Call").out.strip()
    video = two.stick / "video.mp4"
    video.write_bytes(random.Random(1).randbytes(3 * MIB))
    assert two.amina("attach", record, video).status == 0
    done = two.amina("bundle export", "--to", "Nodira", "--part-size", 1, "-o", two.stick / "june", "--json").json
    files = sorted((two.stick / "june").iterdir(), key=number_of)
    assert done["parts"] == len(files) == 4
    assert done["size"] == sum(file.stat().st_size for file in files)
    assert all(file.stat().st_size <= MIB for file in files)
    return files


def number_of(part: Path) -> int:
    return int.from_bytes(part.read_bytes()[16:20], "big")


def take(desk: Desk, *files: Path, flags: tuple[str, ...] = ()) -> Any:
    return desk("bundle import", *files, *flags, "--json").outcomes


def test_parts_come_in_two_deliveries_and_what_is_missing_is_told(two: Two, sent: list[Path], tmp_path: Path) -> None:
    renamed = Path(shutil.copy(sent[2], tmp_path / "IMG_0001.jpg"))

    first = two.nodira("bundle import", renamed, sent[0], renamed)

    assert first.status == 0
    assert first.out.splitlines() == [
        f"{renamed}: Part 3 of 4; still missing: 1, 2, 4.",
        f"{sent[0]}: Part 1 of 4; still missing: 2, 4.",
        f"{renamed}: Part 3 of 4 was here already; still missing: 2, 4.",
    ]
    (waiting,) = two.nodira("bundle parts", "--json").json
    assert (waiting["here"], waiting["missing"], waiting["parts"]) == ([1, 3], [2, 4], 4)
    assert waiting["first"] <= waiting["latest"]
    assert two.nodira("list").out == ""
    assert "2 of 4 parts  missing: 2, 4" in two.nodira("bundle parts").out

    outcomes = take(two.nodira, sent[3], sent[1])

    assert [(each["state"], each["part"], each["missing"]) for each in outcomes] == [
        ("part", 4, [2]),
        ("imported", 2, []),
    ]
    assert outcomes[1]["sender"] == "Amina"
    assert outcomes[1]["taken_objects"] == 1
    assert two.nodira("bundle parts").out == ""
    assert list((two.nodira.folder / "inbox").iterdir()) == []


def test_parts_other_bundles_and_strange_files_come_in_one_command(two: Two, sent: list[Path], tmp_path: Path) -> None:
    two.amina("new", "person", "--set", "name=P")
    whole = two.sealed()
    os.mkfifo(tmp_path / "pipe")
    torn = tmp_path / "torn.part"
    torn.write_bytes(sent[1].read_bytes()[:-5])

    done = two.nodira("bundle import", sent[0], tmp_path / "pipe", torn, sent[3], sent[2], sent[1], whole, "--json")

    assert done.status == 1
    assert [each["state"] for each in done.outcomes] == [
        "part", "refused", "refused", "part", "part", "imported", "imported",
    ]  # fmt: skip
    assert done.outcomes[2]["error"]["facts"] == {"numbers": [2], "count": 4}
    assert "part 2" in done.outcomes[2]["error"]["what"]


def test_a_dry_run_and_an_inspection_change_nothing(two: Two, sent: list[Path]) -> None:
    before = bytes_of(two.nodira.folder)

    tried = take(two.nodira, *sent, flags=("--dry-run",))
    seen = two.nodira("bundle inspect", sent[1], "--json").json

    assert [each["missing"] for each in tried] == [[2, 3, 4], [1, 3, 4], [1, 2, 4], [1, 2, 3]]
    assert (seen[0]["state"], seen[0]["part"], seen[0]["missing"]) == ("part", 2, [1, 3, 4])
    assert bytes_of(two.nodira.folder) == before


def test_a_set_is_removed_by_the_beginning_of_its_id(two: Two, sent: list[Path]) -> None:
    take(two.nodira, *sent[:2])
    (waiting,) = two.nodira("bundle parts", "--json").json
    for wrong in ("beef" * 16, waiting["set"][:3], ""):
        refused = two.nodira("bundle parts", "--drop", wrong)
        assert refused.status == 2
    assert two.nodira("bundle parts", "--json").json == [waiting]

    removed = two.nodira("bundle parts", "--drop", waiting["set"][:8])

    assert removed.status == 0
    assert waiting["set"][:8] in removed.out
    assert two.nodira("bundle parts", "--json").json == []


def test_a_complete_set_that_was_refused_is_tried_again(two: Two, sent: list[Path], tmp_path: Path) -> None:
    """It is for Nodira; Amina made it herself, and can only drop it."""
    done = two.amina("bundle import", *sent, "--json")
    assert done.status == 1
    assert [each["state"] for each in done.outcomes] == ["part", "part", "part", "refused"]
    again = two.amina("bundle import", "--parts", "--json")
    assert [each["state"] for each in again.outcomes] == ["refused"]
    assert again.outcomes[0]["file"] == two.amina("bundle parts", "--json").json[0]["set"][:8]
    assert "4 of 4 parts  none is missing" in two.amina("bundle parts").out


def test_an_unknown_sender_in_parts_waits_unopened(two: Two, sent: list[Path]) -> None:
    assert two.nodira("identity distrust", "Amina").status == 0

    outcomes = take(two.nodira, *sent)

    assert outcomes[-1]["state"] == "quarantined"
    assert two.nodira("bundle parts").out == ""
    assert len(two.nodira("bundle waiting", "--json").json) == 1


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "huge", "9999999", "", "٣"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    with pytest.raises(typer.BadParameter):
        part_bytes_of(size)


def test_sizes_have_names() -> None:
    names = ["messenger", "messenger-16", "messenger-25", "mail", "stick", "3"]

    assert [part_bytes_of(name) for name in names] == [each * MIB for each in (8, 16, 25, 10, 2048, 3)]
    assert part_bytes_of(None) is None


def test_long_lists_of_numbers_are_told_shortly() -> None:
    assert numbers_shown(()) == ""
    assert numbers_shown((1,)) == "1"
    assert numbers_shown((1, 2, 4, 5, 6, 7, 9)) == "1, 2, 4–7, 9"
