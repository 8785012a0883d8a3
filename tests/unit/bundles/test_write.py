"""What cannot become a bundle is refused before anything is written, and a file is there whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import stat
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fieldapp.bundles.bag import BundleInfo, Have, Recipient
from fieldapp.bundles.journal import MAX_SEGMENT_BYTES
from fieldapp.bundles.tar import MAX_FILE_BYTES
from fieldapp.bundles.write import BundlePlan, Member, check_size, member_of, write_bundle, write_bundle_file
from fieldapp.errors import (
    AgeRecipientsError,
    BugError,
    BundleTruncatedError,
    CancelledError,
    DiskFullError,
    FileTooLargeForBundleError,
    PlaceTakenError,
    PlaceUnwritableError,
    VaultDamagedError,
)
from fieldapp.values import EntryId, LogId
from tests.unit.bundles.peers import content, opened, peer, plan, received, written

AINURA, BEK, CHINARA = peer("Ainura"), peer("Bek"), peer("Chinara")


@dataclass
class Giving:
    """A source that gives so many zero bytes, and remembers that it was closed."""

    size: int
    closed: bool = False

    def readinto(self, buffer: memoryview, /) -> int:
        count = min(len(buffer), self.size)
        buffer[:count] = bytes(count)
        self.size -= count
        return count

    def close(self) -> None:
        self.closed = True


def with_object(member: Member) -> BundlePlan:
    return replace(plan(AINURA, [BEK]), objects=[member])


def zeros_of(size: int) -> bytes:
    return hashlib.sha256(bytes(size)).digest()


def test_a_file_over_the_limit_is_refused_before_anything_is_written() -> None:
    out = io.BytesIO()

    with pytest.raises(FileTooLargeForBundleError) as refused:
        write_bundle(with_object(Member(b"h" * 32, MAX_FILE_BYTES + 1, lambda: Giving(0))), AINURA.secrets, out)

    assert (refused.value.size_bytes, refused.value.sha256) == (8 * 1024**3, b"h" * 32)
    assert out.getvalue() == b""
    check_size(b"h" * 32, MAX_FILE_BYTES)


@pytest.mark.parametrize("given", [0, 99, 101, 2_000_000])
def test_a_member_that_gives_another_size_is_noticed_and_closed(given: int) -> None:
    source = Giving(given)

    with pytest.raises(BugError):
        write_bundle(with_object(Member(zeros_of(100), 100, lambda: source)), AINURA.secrets, io.BytesIO())

    assert source.closed


def test_a_segment_that_changed_since_it_was_counted_is_noticed() -> None:
    segment = replace(member_of(b"counted"), open=lambda: io.BytesIO(b"changed"))

    with pytest.raises(BugError):
        write_bundle(replace(plan(AINURA, [BEK]), journal=[segment]), AINURA.secrets, io.BytesIO())


@pytest.mark.parametrize(
    "change",
    [
        lambda made: replace(made, recipients=[CHINARA.card]),
        lambda made: replace(made, recipients=[BEK.card, BEK.card]),
        lambda made: replace(made, recipients=[]),
        lambda made: replace(made, card_bytes=BEK.card.file),
        lambda made: replace(made, journal=[]),
        lambda made: replace(made, objects=[member_of(b"photo"), member_of(b"photo")]),
        lambda made: replace(made, journal=[Member(b"h" * 32, MAX_SEGMENT_BYTES + 1, lambda: Giving(0))]),
        lambda made: replace(made, journal=made.journal * 100_001),
        lambda made: replace(made, info=replace(made.info, have=tuple(
            Have(LogId(number.to_bytes(16, "big")), 1, EntryId(bytes(32))) for number in range(40_000)
        ))),
    ],
)  # fmt: skip
def test_a_plan_that_contradicts_itself_is_our_own_mistake(change: Callable[[BundlePlan], BundlePlan]) -> None:
    out = io.BytesIO()

    with pytest.raises(BugError):
        write_bundle(change(plan(AINURA, [BEK])), AINURA.secrets, out)

    assert out.getvalue() == b""


def test_nobody_signs_for_another() -> None:
    with pytest.raises(BugError):
        write_bundle(plan(AINURA, [BEK]), BEK.secrets, io.BytesIO())


def test_a_bundle_has_at_most_as_many_recipients_as_age_reads() -> None:
    people = [peer(f"person {number}") for number in range(129)]

    with pytest.raises(AgeRecipientsError):
        write_bundle(plan(AINURA, people), AINURA.secrets, io.BytesIO())
    assert received(people[127], written(AINURA, plan(AINURA, people[:128]))).segments


@pytest.mark.parametrize(
    "facts",
    [
        {"recipients": ()},
        {"recipients": (Recipient(b"r" * 32, 1), Recipient(b"r" * 32, 2, b"p" * 32))},
        {"recipients": (Recipient(b"r", 1),)},
        {"recipients": (Recipient(b"r" * 32, 0),)},
        {"recipients": (Recipient(b"r" * 32, 2**53 + 1, b"p" * 32),)},
        {"recipients": (Recipient(b"r" * 32, 2, b""),)},
        {"recipients": (Recipient(b"r" * 32, 2),)},
        {"recipients": (Recipient(b"r" * 32, 1, b"p" * 32),)},
        {"recipients": (Recipient(b"r" * 32, 2, b"p" * 32, 2),)},
        {"recipients": (Recipient(b"r" * 32, 2, b"p" * 32, -1),)},
        {"bundle_id": b""},
        {"sender": b""},
        {"have": (Have(LogId(b"x" * 16), -1, EntryId(b"y" * 32)),)},
        {"have": (Have(LogId(b"x"), 1, EntryId(b"y" * 32)),)},
        {"have": (Have(LogId(b"x" * 16), 1, EntryId(b"y" * 32)), Have(LogId(b"x" * 16), 2, EntryId(b"y" * 32)))},
    ],
)
def test_facts_that_no_bundle_has_cannot_be_made(facts: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "bundle_id": bytes(16),
        "sender": b"s" * 32,
        "recipients": (Recipient(b"r" * 32, 1),),
    }
    BundleInfo(**good)

    with pytest.raises(BugError):
        BundleInfo(**good | facts)


def test_a_large_bundle_takes_little_memory() -> None:
    size = 40_000_000
    made = with_object(Member(zeros_of(size), size, lambda: Giving(size)))

    class Nowhere:
        size = 0

        def write(self, data: memoryview, /) -> int:
            self.size += len(data)
            return len(data)

    out = Nowhere()
    tracemalloc.start()
    try:
        write_bundle(made, AINURA.secrets, out)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert out.size > size


# --- files -----------------------------------------------------------------------------------------


def test_a_file_is_private_and_alone(tmp_path: Path) -> None:
    digest = write_bundle_file(plan(AINURA, [BEK], objects=[b"photo"]), AINURA.secrets, tmp_path / "bundle")

    assert list(tmp_path.iterdir()) == [tmp_path / "bundle"]
    assert stat.S_IMODE((tmp_path / "bundle").stat().st_mode) == 0o600
    assert received(BEK, (tmp_path / "bundle").read_bytes()).reader.digest == digest


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(b"something else")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")

    for name in ("bundle", "dangling"):
        with pytest.raises(PlaceTakenError):
            write_bundle_file(plan(AINURA, [BEK]), AINURA.secrets, tmp_path / name)

    assert (tmp_path / "bundle").read_bytes() == b"something else"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "dangling"]


def test_a_file_that_appears_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    def appear() -> Giving:
        (tmp_path / "bundle").write_bytes(b"something else")
        return Giving(5)

    with pytest.raises(PlaceTakenError):
        write_bundle_file(with_object(Member(zeros_of(5), 5, appear)), AINURA.secrets, tmp_path / "bundle")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"something else"]


def test_nothing_is_left_when_the_person_stops(tmp_path: Path) -> None:
    def stop(done_bytes: int, total_bytes: int) -> None:
        if done_bytes > 1_500_000:
            raise CancelledError

    with pytest.raises(CancelledError):
        write_bundle_file(plan(AINURA, [BEK], objects=[content(3_000_000)]), AINURA.secrets, tmp_path / "bundle", stop)

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_when_a_member_cannot_be_read(tmp_path: Path) -> None:
    def damaged() -> Giving:
        raise VaultDamagedError("object")

    with pytest.raises(VaultDamagedError):
        write_bundle_file(with_object(Member(zeros_of(5), 5, damaged)), AINURA.secrets, tmp_path / "bundle")

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_there_is_called_unwritable(tmp_path: Path) -> None:
    with pytest.raises(PlaceUnwritableError):
        write_bundle_file(plan(AINURA, [BEK]), AINURA.secrets, tmp_path / "missing" / "bundle")


@pytest.mark.parametrize(("call", "number"), [("os.fsync", errno.ENOSPC), ("sync_folder", errno.EIO)])
def test_nothing_is_left_when_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    named_when_asked = []

    def fail(_: object) -> None:
        named_when_asked.append((tmp_path / "bundle").exists())
        raise OSError(number, "the disk")

    monkeypatch.setattr(f"fieldapp.bundles.write.{call}", fail)

    with pytest.raises(DiskFullError if number == errno.ENOSPC else PlaceUnwritableError):
        write_bundle_file(plan(AINURA, [BEK]), AINURA.secrets, tmp_path / "bundle")

    assert named_when_asked == [call == "sync_folder"]
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_before_an_error_reads_as_cut() -> None:
    out = io.BytesIO()
    with pytest.raises(BugError):
        write_bundle(with_object(Member(zeros_of(10**6), 10**6, lambda: Giving(500_000))), AINURA.secrets, out)

    with pytest.raises(BundleTruncatedError):
        received(BEK, out.getvalue())
    assert opened(BEK, out.getvalue()).addressed.number == 1
