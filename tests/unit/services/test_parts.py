"""Parts that come in any order, doubled, damaged, forged or never: complete they are one bundle, else they wait."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.bundles.parts import HEAD_BYTES, MOST_OVERHEAD_BYTES, Head, read_head, set_id_of, write_head
from fieldapp.errors import (
    BundleDamagedError,
    BundleNewerError,
    BundleNotForYouError,
    BundleTruncatedError,
    CancelledError,
    DiskFullError,
    FileUnreadableError,
    NotABundleError,
    PartDamagedError,
    PartMalformedError,
    TooManyPartsError,
    TooManySetsError,
    WaitingRoomFullError,
)
from fieldapp.media.preview import DecoderProcess
from fieldapp.services import arrivals, documents, handover, in_parts, part_files, parts, trust, vaults
from fieldapp.services.arrivals import Arrival, Outcome
from fieldapp.services.parts import WaitingSet
from tests.unit.services.people import PASSPHRASE, Someone, tree

SLICE = 20_000
PHOTO = random.Random(1).randbytes(150_000)


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    ainura.trusts(bek)
    bek.trusts(ainura)
    return ainura, bek


@pytest.fixture
def sent(pair: tuple[Someone, Someone]) -> list[Path]:
    """A testimony with a photo, in parts, from Ainura to Bek."""
    ainura, bek = pair
    ainura.attach(ainura.new("testimony", title="T"), PHOTO)
    return in_slices(ainura, bek)


def in_slices(sender: Someone, *recipients: Someone, slice_bytes: int = SLICE) -> list[Path]:
    peers = [trust.find_peer(sender.archive, each.name) for each in recipients]
    place = sender.folder / f"{sender.name}-{next(sender.made)} in parts"
    selection = handover.select(sender.archive)
    _made, written = in_parts.export(
        sender.archive, peers, selection, place, part_bytes=slice_bytes + MOST_OVERHEAD_BYTES
    )
    return list(written.paths)


def inbox_of(who: Someone) -> Path:
    return who.vault.folder / "inbox"


def keep(who: Someone, path: Path) -> WaitingSet:
    return parts.note(who.archive, parts.keep(inbox_of(who), path))


def keep_all(who: Someone, paths: Sequence[Path]) -> WaitingSet:
    return [keep(who, path) for path in paths][-1]


def take_in(who: Someone, waiting: WaitingSet, *, dry_run: bool = False) -> Outcome:
    return arrivals.import_file(who.archive, waiting, dry_run=dry_run)


def inbox_names(who: Someone) -> list[str]:
    inbox = inbox_of(who)
    return sorted(str(path.relative_to(inbox)) for path in inbox.rglob("*"))


def test_parts_in_any_order_doubled_and_renamed_are_one_bundle(
    pair: tuple[Someone, Someone], sent: list[Path], tmp_path: Path
) -> None:
    _ainura, bek = pair
    shuffled = [*sent, *sent[:3]]
    random.Random(7).shuffle(shuffled)
    renamed = [Path(shutil.copy(path, tmp_path / f"IMG_{at}.jpg")) for at, path in enumerate(shuffled)]

    sets = [keep(bek, path) for path in renamed]

    assert len({each.id for each in sets}) == 1
    assert sets[-1].is_complete
    assert not sets[0].is_complete
    outcome = take_in(bek, sets[-1])
    assert (outcome.state, outcome.new_objects) == (Arrival.IMPORTED, 1)
    assert inbox_names(bek) == []
    assert parts.waiting(bek.archive) == []


def test_what_waits_tells_what_is_missing_and_when_it_came(pair: tuple[Someone, Someone], sent: list[Path]) -> None:
    _ainura, bek = pair
    last = len(sent)
    first = keep(bek, sent[2])

    again = keep(bek, sent[last - 1])

    (shown,) = parts.waiting(bek.archive)
    assert shown == again
    assert (shown.here, shown.count) == ((3, last), last)
    assert shown.missing == tuple(each for each in range(1, last) if each != 3)
    assert shown.first_ms == first.first_ms == first.latest_ms
    assert shown.first_ms is not None
    assert shown.latest_ms is not None
    assert shown.latest_ms > shown.first_ms
    assert shown.bytes_here == sum(path.stat().st_size for path in (sent[2], sent[last - 1]))
    doubled = parts.keep(inbox_of(bek), sent[2])
    assert doubled.was_here
    assert parts.note(bek.archive, doubled).latest_ms == shown.latest_ms


def test_what_waits_is_there_after_the_vault_was_closed(pair: tuple[Someone, Someone], sent: list[Path]) -> None:
    _ainura, bek = pair
    before = keep_all(bek, sent[1:])
    (inbox_of(bek) / f"{'a' * 32}.part").write_bytes(b"being copied when the lights went out")
    (inbox_of(bek) / f"{'b' * 32}.dropped").mkdir()
    (inbox_of(bek) / f"{'b' * 32}.dropped" / "0001").write_bytes(b"on its way out")
    (inbox_of(bek) / ("c" * 64)).mkdir()
    bek.archive.close()

    bek.archive = vaults.unlock(bek.vault.folder, PASSPHRASE)

    assert parts.waiting(bek.archive) == [before]
    assert {name.split("/")[0] for name in inbox_names(bek)} == {before.id.hex()}
    assert take_in(bek, keep(bek, sent[0])).state is Arrival.IMPORTED


def test_no_file_tells_when_it_came_and_none_holds_plain_text(pair: tuple[Someone, Someone], sent: list[Path]) -> None:
    _ainura, bek = pair
    keep_all(bek, sent)

    files = [path for path in inbox_of(bek).rglob("*") if path.is_file()]

    assert {path.stat().st_mtime for path in files} == {946_684_800}
    assert not any(PHOTO[:1000] in path.read_bytes() for path in files)


def test_a_dry_run_keeps_nothing(pair: tuple[Someone, Someone], sent: list[Path]) -> None:
    _ainura, bek = pair
    told = [parts.keep(inbox_of(bek), path, dry_run=True) for path in sent]
    assert [kept.waiting.here for kept in told] == [(number,) for number in range(1, len(sent) + 1)]
    assert inbox_names(bek) == []

    waiting = keep_all(bek, sent)
    before = tree(inbox_of(bek))
    assert take_in(bek, waiting, dry_run=True).state is Arrival.IMPORTED

    assert tree(inbox_of(bek)) == before
    assert take_in(bek, waiting).state is Arrival.IMPORTED


def test_a_set_is_dropped_whole(pair: tuple[Someone, Someone], sent: list[Path]) -> None:
    ainura, bek = pair
    one = keep_all(bek, sent[1:])
    ainura.new("person", name="P")
    other = keep(bek, in_slices(ainura, bek)[0])

    parts.drop(bek.archive, one)

    assert parts.waiting(bek.archive) == [other]
    assert not one.folder.exists()
    assert {name.split("/")[0] for name in inbox_names(bek)} == {other.id.hex()}


@pytest.mark.parametrize("damage", ["changed", "cut", "longer", "list", "list cut"])
def test_a_damaged_part_is_named_and_not_kept(
    pair: tuple[Someone, Someone], sent: list[Path], damage: str, tmp_path: Path
) -> None:
    _ainura, bek = pair
    keep(bek, sent[0])
    before = tree(inbox_of(bek))
    whole = sent[2].read_bytes()
    at = HEAD_BYTES + 1000
    own = HEAD_BYTES + SLICE + 2 * 32
    bad = tmp_path / "bad.part"
    bad.write_bytes({
        "changed": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "cut": whole[: len(whole) // 2],
        "longer": whole + b"\0",
        "list": whole[:own] + bytes([whole[own] ^ 1]) + whole[own + 1 :],
        "list cut": whole[:-1],
    }[damage])  # fmt: skip

    with pytest.raises(PartDamagedError) as caught:
        keep(bek, bad)

    assert (caught.value.numbers, caught.value.count) == ((3,), len(sent))
    assert tree(inbox_of(bek)) == before


def test_a_part_that_is_damaged_while_it_waits_is_named_and_comes_again(
    pair: tuple[Someone, Someone], sent: list[Path]
) -> None:
    _ainura, bek = pair
    waiting = keep_all(bek, sent)
    hurt(waiting.folder / "0002")
    hurt(waiting.folder / "0005")
    with pytest.raises(PartDamagedError):
        take_in(bek, waiting, dry_run=True)
    assert parts.waiting(bek.archive)[0].is_complete

    with pytest.raises(PartDamagedError) as caught:
        take_in(bek, waiting)

    assert caught.value.numbers == (2, 5)
    (shown,) = parts.waiting(bek.archive)
    assert shown.missing == (2, 5)
    assert take_in(bek, keep_all(bek, [sent[4], sent[1]])).state is Arrival.IMPORTED


def test_a_part_that_comes_again_heals_the_one_that_was_damaged_here(
    pair: tuple[Someone, Someone], sent: list[Path]
) -> None:
    _ainura, bek = pair
    waiting = keep_all(bek, sent)
    hurt(waiting.folder / "0002")
    assert parts.damaged(waiting) == (2,)

    again = parts.keep(inbox_of(bek), sent[1])

    assert not again.was_here
    assert parts.damaged(waiting) == ()
    assert take_in(bek, again.waiting).state is Arrival.IMPORTED


@pytest.mark.parametrize("loss", ["gone", "cut", "symlink", "pipe", "folder", "other"])
def test_what_is_done_to_the_inbox_by_others_is_noticed(
    pair: tuple[Someone, Someone], sent: list[Path], loss: str
) -> None:
    _ainura, bek = pair
    waiting = keep_all(bek, sent)
    victim = waiting.folder / "0003"
    whole = victim.read_bytes()
    victim.unlink()
    if loss == "cut":
        victim.write_bytes(whole[:-1])
    elif loss == "symlink":
        victim.symlink_to("/dev/zero")
    elif loss == "pipe":
        os.mkfifo(victim)
    elif loss == "folder":
        victim.mkdir()
    elif loss == "other":
        shutil.copy(sent[4], victim)

    with pytest.raises(PartDamagedError) as caught:
        arrivals.inspect(arrivals.receiving(bek.archive), waiting)
    assert caught.value.numbers == (3,)
    with pytest.raises(PartDamagedError):
        take_in(bek, waiting)

    if loss != "folder":
        assert parts.waiting(bek.archive)[0].missing == (3,)
        assert take_in(bek, keep(bek, sent[2])).state is Arrival.IMPORTED


def hurt(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[HEAD_BYTES + 77] ^= 1
    path.write_bytes(content)


def forged(number: int, slices: Sequence[bytes]) -> bytes:
    """A part as anybody could make it, whose slices are equally long."""
    listed = b"".join(hashlib.sha256(each).digest() for each in slices)
    count, size = len(slices), len(slices[0])
    head = Head(number, count, size, size * count, set_id_of(count, size, size * count, listed))
    return write_head(head) + slices[number - 1] + listed


def test_a_forged_part_cannot_get_into_a_set(pair: tuple[Someone, Someone], sent: list[Path], tmp_path: Path) -> None:
    """Somebody who saw the parts makes their own number 2: with the true list it is damaged, else it is another set."""
    _ainura, bek = pair
    waiting = keep_all(bek, [*sent[:1], *sent[2:]])
    true = sent[1].read_bytes()
    lie = bytes(SLICE)
    listed = true[HEAD_BYTES + SLICE :]
    with_true_list, with_own_list = tmp_path / "a", tmp_path / "b"
    with_true_list.write_bytes(true[:HEAD_BYTES] + lie + listed)
    own = listed[:32] + hashlib.sha256(lie).digest() + listed[64:]
    head = read_head(true[:HEAD_BYTES])
    another = replace(head, set_id=set_id_of(head.count, head.slice_bytes, head.total_bytes, own))
    with_own_list.write_bytes(write_head(another) + lie + own)

    with pytest.raises(PartDamagedError):
        keep(bek, with_true_list)
    other = keep(bek, with_own_list)

    assert other.id != waiting.id
    assert other.here == (2,)
    assert take_in(bek, keep(bek, sent[1])).state is Arrival.IMPORTED
    assert parts.waiting(bek.archive) == [other]


def test_a_whole_forged_set_is_no_bundle_and_goes_on_waiting_until_dropped(bek: Someone, tmp_path: Path) -> None:
    slices = [bytes([each]) * 100 for each in range(3)]
    for number in (1, 2, 3):
        (tmp_path / f"{number}").write_bytes(forged(number, slices))
    waiting = keep_all(bek, [tmp_path / "3", tmp_path / "1", tmp_path / "2"])

    with pytest.raises(NotABundleError):
        take_in(bek, waiting)

    assert parts.waiting(bek.archive) == [waiting]
    parts.drop(bek.archive, waiting)
    assert inbox_names(bek) == []


def test_parts_of_two_bundles_mixed_are_two_bundles(pair: tuple[Someone, Someone], sent: list[Path]) -> None:
    ainura, bek = pair
    ainura.new("person", name="P")
    second = in_slices(ainura, bek)
    mixed = [path for both in zip(sent, second, strict=False) for path in both]

    keep_all(bek, [*mixed, *sent, *second])

    both = parts.waiting(bek.archive)
    assert [each.is_complete for each in both] == [True, True]
    assert {take_in(bek, each).state for each in both} <= {Arrival.IMPORTED, Arrival.NOTHING_NEW}


@pytest.mark.parametrize(
    "head",
    [
        Head(1, 10**6, 1, 10**6, bytes(32)),
        Head(1, 2, 2**63, 2**63 + 1, bytes(32)),
        Head(1, 2, 2**40, 2**40 + 1, bytes(32)),
        Head(0, 2, 10, 20, bytes(32)),
        Head(3, 2, 10, 20, bytes(32)),
        Head(1, 2, 10, 21, bytes(32)),
    ],
)
def test_lies_about_numbers_and_sizes_cost_nothing(bek: Someone, tmp_path: Path, head: Head) -> None:
    liar = tmp_path / "liar"
    liar.write_bytes(write_head(head) + bytes(1000))

    with pytest.raises((PartMalformedError, PartDamagedError)):
        keep(bek, liar)

    assert inbox_names(bek) == []


def test_a_newer_part_is_told_as_newer(bek: Someone, sent: list[Path], tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.write_bytes(sent[0].read_bytes().replace(b"part\r\n\x01", b"part\r\n\x02", 1))

    with pytest.raises(BundleNewerError):
        keep(bek, newer)


def test_what_is_no_ordinary_file_is_never_waited_for(bek: Someone, sent: list[Path], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(sent[0])

    for odd in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "none"):
        with pytest.raises(FileUnreadableError):
            parts.is_part(odd)
        with pytest.raises(FileUnreadableError):
            keep(bek, odd)
    assert keep(bek, tmp_path / "link").here == (1,)


def test_a_part_is_told_from_other_files(ainura: Someone, bek: Someone, sent: list[Path], tmp_path: Path) -> None:
    ainura.new("person", name="P")
    (tmp_path / "empty").write_bytes(b"")

    assert parts.is_part(sent[0])
    assert not parts.is_part(ainura.bundle(bek))
    assert not parts.is_part(tmp_path / "empty")
    label = part_files.look(sent[1])
    assert (label.head.number, label.head.count) == (2, len(sent))


def test_no_more_sets_and_bytes_wait_than_there_is_room_for(
    bek: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_SETS", 2)
    monkeypatch.setattr(parts, "MOST_BYTES", 3 * 400)
    for at in range(4):
        for number in (1, 2):
            (tmp_path / f"{at}.{number}").write_bytes(forged(number, [bytes([at]) * 250, bytes([at + 9]) * 250]))
    keep(bek, tmp_path / "0.1")
    keep(bek, tmp_path / "1.1")
    before = tree(inbox_of(bek))

    with pytest.raises(TooManySetsError):
        keep(bek, tmp_path / "2.1")
    keep(bek, tmp_path / "0.2")
    with pytest.raises(WaitingRoomFullError):
        keep(bek, tmp_path / "1.2")

    assert keep(bek, tmp_path / "0.1").is_complete  # one that is here takes no room
    assert set(before) < set(tree(inbox_of(bek)))
    parts.drop(bek.archive, parts.waiting(bek.archive)[0])
    assert keep(bek, tmp_path / "1.2").is_complete


def test_an_unknown_sender_in_parts_goes_to_quarantine(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    ainura.new("person", name="P")

    outcome = take_in(bek, keep_all(bek, in_slices(ainura, bek)))

    assert outcome.state is Arrival.QUARANTINED
    assert parts.waiting(bek.archive) == []
    (waiting,) = arrivals.quarantined(bek.archive)
    bek.trusts(ainura)
    assert arrivals.release(bek.archive, waiting).state is Arrival.IMPORTED


def test_a_set_for_others_is_refused_and_stays(
    ainura: Someone, bek: Someone, chinara: Someone, sent: list[Path]
) -> None:
    waiting = keep_all(chinara, sent)

    with pytest.raises(BundleNotForYouError):
        take_in(chinara, waiting)

    assert parts.waiting(chinara.archive) == [waiting]


def test_a_set_whose_bundle_is_cut_before_it_was_cut_into_parts_is_refused(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, bek = pair
    ainura.new("person", name="P")
    sealed = ainura.bundle(bek).read_bytes()[:90_000]
    slices = [sealed[:45_000], sealed[45_000:90_000]]
    slices = [each.ljust(45_000, b"\0") for each in slices]
    for number in (1, 2):
        (tmp_path / str(number)).write_bytes(forged(number, slices))

    with pytest.raises((BundleTruncatedError, BundleDamagedError)):
        take_in(bek, keep_all(bek, [tmp_path / "1", tmp_path / "2"]))


def test_stopping_leaves_no_copy(bek: Someone, sent: list[Path]) -> None:
    def stop(done_bytes: int, total_bytes: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        parts.keep(inbox_of(bek), sent[0], stop)

    assert inbox_names(bek) == []


def test_parts_too_small_for_so_much_are_refused(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.attach(ainura.new("testimony", title="T"), PHOTO)

    with pytest.raises(TooManyPartsError):
        in_slices(ainura, bek, slice_bytes=10)

    assert handover.pending(ainura.archive) == 2


def test_parts_of_a_bundle_that_could_not_be_recorded_are_removed(
    pair: tuple[Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, bek = pair
    ainura.new("person", name="P")
    before = sorted(ainura.folder.iterdir())

    def failing(*_given: Any) -> None:
        raise DiskFullError

    monkeypatch.setattr(handover, "record", failing)
    with pytest.raises(DiskFullError):
        in_slices(ainura, bek)

    assert sorted(ainura.folder.iterdir()) == before


def test_every_preset_leaves_room_for_a_slice() -> None:
    sizes = [*parts.PRESETS.values(), parts.LEAST_PART_BYTES]

    assert all(parts.slice_bytes_of(each) > each * 4 // 5 for each in sizes)
    assert parts.DEFAULT_PART_BYTES == 8 * 1024 * 1024


Fate = st.sampled_from(["comes", "comes twice", "is lost", "is cut", "is changed"])


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_complete_parts_are_taken_in_once_and_incomplete_ones_named(
    pair: tuple[Someone, Someone], sent: list[Path], tmp_path: Path, data: st.DataObject
) -> None:
    _ainura, bek = pair
    for each in parts.waiting(bek.archive):
        parts.drop(bek.archive, each)
    fates = [data.draw(Fate) for _ in sent]
    road = [path for path, fate in zip(sent, fates, strict=True) for _ in range(1 + (fate == "comes twice"))]
    whole = {number for number, fate in enumerate(fates, 1) if fate in {"comes", "comes twice"}}
    bad = {number for number, fate in enumerate(fates, 1) if fate in {"is cut", "is changed"}}
    lost = {sent[number - 1] for number, fate in enumerate(fates, 1) if fate == "is lost"}
    mail = tmp_path / "mail.bin"

    for path in data.draw(st.permutations([each for each in road if each not in lost])):
        mail.write_bytes(path.read_bytes())
        if sent.index(path) + 1 in bad:
            content = mail.read_bytes()
            at = data.draw(st.integers(16, len(content) - 1))
            cut = fates[sent.index(path)] == "is cut"
            mail.write_bytes(content[:at] + (b"" if cut else bytes([content[at] ^ 0x80]) + content[at + 1 :]))
        try:
            keep(bek, mail)
        except (PartMalformedError, PartDamagedError, BundleNewerError):
            assert sent.index(path) + 1 in bad

    waiting = parts.waiting(bek.archive)
    if not whole:
        assert waiting == []
        return
    (one,) = waiting
    assert set(one.here) == whole
    assert set(one.missing) == set(range(1, len(sent) + 1)) - whole
    if one.is_complete:
        assert take_in(bek, one).state in {Arrival.IMPORTED, Arrival.NOTHING_NEW}
        assert not [each for each in parts.waiting(bek.archive) if each.id == one.id]
        assert take_in(bek, keep_all(bek, sent)).state is Arrival.NOTHING_NEW
    else:
        with pytest.raises(PartDamagedError):
            take_in(bek, replace(one))


@pytest.mark.slow
def test_two_gigabytes_go_over_in_parts_with_little_memory(pair: tuple[Someone, Someone], tmp_path: Path) -> None:
    """Two parts of more than 1 GiB: neither making, keeping nor reading them holds a slice in memory."""
    ainura, bek = pair
    video = tmp_path / "video.mp4"
    with video.open("wb") as file:
        file.truncate(2 * 1024**3)
    record = ainura.new("testimony", title="T")
    with DecoderProcess() as decoder:
        staged = documents.stage(ainura.vault.objects, video, decoder)
    documents.attach(ainura.archive, [staged], owner=record)
    tracemalloc.start()
    try:
        sent = in_slices(ainura, bek, slice_bytes=1100 * 1024**2)
        waiting = keep_all(bek, sent)
        outcome = take_in(bek, waiting)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(sent) == 2
    assert (outcome.state, outcome.new_objects) == (Arrival.IMPORTED, 1)
    assert peak < 48 * 1024**2
