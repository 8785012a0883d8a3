"""A bundle in parts: cut while it is sealed, each part proving by itself where it belongs."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fieldapp.bundles import parts
from fieldapp.bundles.parts import (
    HEAD_BYTES,
    MAX_PARTS,
    Head,
    PartsWritten,
    read_head,
    read_label,
    set_id_of,
    write_head,
)
from fieldapp.bundles.write import write_bundle_file
from fieldapp.errors import (
    BundleNewerError,
    CancelledError,
    DiskFullError,
    PartDamagedError,
    PartMalformedError,
    PlaceTakenError,
    PlaceUnwritableError,
    TooManyPartsError,
)
from tests.unit.bundles.peers import content, peer, plan, received

AINURA, BEK = peer("Ainura"), peer("Bek")
SLICE = 50_000


@dataclass
class Countdown:
    """A function that fails once."""

    real: Callable[..., Any]
    left: int
    code: int

    def __call__(self, *given: Any, **more: Any) -> Any:
        self.left -= 1
        if self.left == -1:
            raise OSError(self.code, "injected")
        return self.real(*given, **more)


def cut(place: Path, slice_bytes: int = SLICE, **more: Any) -> PartsWritten:
    """A bundle with a photo, in parts."""
    made = plan(AINURA, [BEK], objects=[content(300_000)])
    return parts.write_parts(made, AINURA.secrets, place, slice_bytes, **more)


def slice_of(path: Path) -> tuple[parts.Label, bytes]:
    """What a part says, and its slice; read by the format's own words."""
    whole = path.read_bytes()
    head = read_head(whole[:HEAD_BYTES])
    assert len(whole) == head.file_bytes
    label = read_label(head, whole[HEAD_BYTES + head.length :])
    return label, whole[HEAD_BYTES : HEAD_BYTES + head.length]


def test_the_slices_together_are_the_sealed_bundle(tmp_path: Path) -> None:
    written = cut(tmp_path / "june")

    told = [slice_of(path) for path in written.paths]

    assert [label.head.number for label, _ in told] == list(range(1, len(told) + 1))
    assert {label.head.count for label, _ in told} == {len(told)}
    assert {len(part) for _, part in told[:-1]} == {SLICE}
    assert len({label.head.set_id for label, _ in told}) == 1
    assert all(hashlib.sha256(part).digest() == label.sha256 for label, part in told)
    sealed = b"".join(part for _, part in told)
    assert len(sealed) == told[0][0].head.total_bytes
    back = received(BEK, sealed)
    assert back.objects == [content(300_000)]
    assert back.reader.digest == written.digest


def test_names_say_nothing_and_only_the_owner_reads(tmp_path: Path) -> None:
    one, two = cut(tmp_path / "one"), cut(tmp_path / "two")

    names = {path.name for path in (*one.paths, *two.paths)}

    assert len(names) == len(one.paths) + len(two.paths)
    assert all(len(name) == len("0123456789abcdef.part") for name in names)
    assert {stat.S_IMODE(path.stat().st_mode) for path in one.paths} == {0o600}
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(path.name for path in one.paths)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_parts_go_into_a_folder_that_is_there_and_leave_its_files_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")

    written = cut(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["holiday.jpg", *(path.name for path in written.paths)]
    )
    parts.remove_parts(written)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_parts_that_were_not_recorded_are_removed_with_their_folder(tmp_path: Path) -> None:
    parts.remove_parts(cut(tmp_path / "june"))

    assert list(tmp_path.iterdir()) == []


def test_a_file_of_that_name_stays(tmp_path: Path) -> None:
    (tmp_path / "june").write_bytes(b"mine")

    with pytest.raises(PlaceTakenError):
        cut(tmp_path / "june")

    assert (tmp_path / "june").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["june"]


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlaceUnwritableError):
        cut(tmp_path / "no stick" / "june")


@pytest.mark.parametrize("into", [".", "june"])
def test_stopping_leaves_no_file(tmp_path: Path, into: str) -> None:
    def stop(done_bytes: int, total_bytes: int) -> None:
        if done_bytes > total_bytes // 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        cut(tmp_path / into, progress=stop)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("into", "name", "calls"), [
    (".", "make_private_file", 3), (".", "sync_folder", 2), (".", "write_full", 5), (".", "fsync", 3),
    (".", "rename", 3), (".", "rmdir", 1), ("june", "make_private_file", 1), ("june", "sync_folder", 2),
    ("june", "rename", 1),
])  # fmt: skip
def test_a_failing_disk_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, into: str, name: str, calls: int
) -> None:
    """Each call that writes fails at its first, second… time."""
    owner: Any = {"fsync": os, "rename": Path, "rmdir": Path}.get(name, parts)
    real = getattr(owner, name)
    for fatal in range(calls):
        countdown = Countdown(real, fatal, errno.EIO if fatal % 2 else errno.ENOSPC)
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, lambda *given, countdown=countdown, **more: countdown(*given, **more))
            with pytest.raises(PlaceUnwritableError if fatal % 2 else DiskFullError):
                cut(tmp_path / into)

        assert list(tmp_path.iterdir()) == []


def test_too_many_parts_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TooManyPartsError):
        cut(tmp_path / "june", slice_bytes=300_000 // MAX_PARTS)
    assert list(tmp_path.iterdir()) == []

    with pytest.raises(TooManyPartsError):  # the payload fits, and what is around it does not
        cut(tmp_path / "june", slice_bytes=300_000 // MAX_PARTS + 1)
    assert list(tmp_path.iterdir()) == []


def test_one_slice_is_a_part_too(tmp_path: Path) -> None:
    written = cut(tmp_path / "june", slice_bytes=10_000_000)

    label, sealed = slice_of(written.paths[0])

    assert (len(written.paths), label.head.count) == (1, 1)
    assert received(BEK, sealed).objects == [content(300_000)]


def test_memory_does_not_grow_with_slices(tmp_path: Path) -> None:
    whole = plan(AINURA, [BEK], objects=[content(20_000_000)])
    tracemalloc.start()
    try:
        write_bundle_file(whole, AINURA.secrets, tmp_path / "one")
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        parts.write_parts(whole, AINURA.secrets, tmp_path / "many", 10_000_000)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()

    assert peak < 6_000_000


GOOD = Head(3, 9, 1000, 8500, bytes(32))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GOOD, number=0),
        replace(GOOD, number=10),
        replace(GOOD, count=0),
        replace(GOOD, count=10**6),
        replace(GOOD, count=MAX_PARTS + 1, total_bytes=MAX_PARTS * 1000 + 1),
        replace(GOOD, count=8),
        replace(GOOD, count=10),
        replace(GOOD, slice_bytes=0),
        replace(GOOD, slice_bytes=2**64 - 1),
        replace(GOOD, total_bytes=0),
        replace(GOOD, total_bytes=8000),
        replace(GOOD, total_bytes=9001),
        replace(GOOD, total_bytes=2**64 - 1),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(wrong: Head) -> None:
    assert read_head(write_head(GOOD)) == GOOD

    with pytest.raises(PartMalformedError):
        read_head(write_head(wrong))


def test_a_head_that_is_cut_or_another_or_newer_is_told_apart() -> None:
    head = write_head(GOOD)

    for wrong in (head[:-1], head + b"x", b"", head.replace(b"part", b"cart"), head[:15] + b"\0" + head[16:]):
        with pytest.raises(PartMalformedError):
            read_head(wrong)
    with pytest.raises(BundleNewerError) as caught:
        read_head(head[:15] + b"\x02" + head[16:])
    assert (caught.value.found, caught.value.known) == (2, 1)
    with pytest.raises(PartDamagedError) as cut_off:
        read_label(GOOD, bytes(9 * 32 - 1))
    assert (cut_off.value.numbers, cut_off.value.count) == ((3,), 9)


def test_the_id_of_a_set_depends_on_all_it_says_and_on_no_number() -> None:
    listed = hashlib.sha512(b"").digest() * 2
    ids = [
        set_id_of(4, 1000, 3500, listed),
        set_id_of(4, 1000, 3501, listed),
        set_id_of(4, 1001, 3500, listed),
        set_id_of(3, 1000, 3500, listed),
        set_id_of(4, 1000, 3500, listed[::-1]),
        set_id_of(4, 1000, 3500, listed + bytes(32)),
    ]

    assert len(set(ids)) == len(ids)
    head = Head(2, 4, 1000, 3500, ids[0])
    assert read_label(head, listed) == parts.Label(head, (listed[:32], listed[32:64]) * 2)
    with pytest.raises(PartDamagedError) as caught:
        read_label(replace(head, total_bytes=3501), listed)
    assert (caught.value.numbers, caught.value.count) == ((2,), 4)


def test_the_worked_example_of_the_format() -> None:
    """resources/docs/formats/parts.md shows these values."""
    slices = [b"abcd", b"ef"]
    listed = b"".join(hashlib.sha256(each).digest() for each in slices)
    head = Head(2, 2, 4, 6, set_id_of(2, 4, 6, listed))
    document = Path(__file__).parents[3].joinpath("resources/docs/formats/parts.md").read_text("utf-8")

    whole = write_head(head) + slices[1] + listed

    shown = "".join(document.split("```text")[1].split("```")[0].split())
    assert shown == whole.hex()
    assert head.set_id.hex() in document
