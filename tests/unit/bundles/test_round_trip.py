"""What one person writes for another arrives, whole, in order and from them."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.bundles.bag import Have, Recipient
from fieldapp.bundles.journal import read_segment, write_segments
from fieldapp.bundles.read import BundleReader, IncomingObject, JournalSegment
from fieldapp.bundles.write import write_bundle_file
from fieldapp.crypto.age import open_with
from fieldapp.crypto.padding import padded_object_size
from fieldapp.errors import BugError
from fieldapp.values import EntryId, LogId
from tests.unit.bundles.peers import BUNDLE_ID, all_of, content, opened, peer, plan, received, written

SIZES = (0, 1, 511, 512, 513, 65535, 65536, 65537, 2**20 - 1, 2**20, 2**20 + 1)


@pytest.mark.parametrize("sizes", [(), (0,), (1,), SIZES, tuple(range(300))])
def test_what_is_written_arrives(sizes: tuple[int, ...]) -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    objects = [content(size) for size in sizes]

    got = received(bek, written(ainura, plan(ainura, [bek], objects=objects)))

    assert got.objects == sorted(objects, key=lambda each: hashlib.sha256(each).digest())
    assert [entry for each in got.segments for entry in read_segment(each)] == [ainura.opening]
    assert got.reader.card == ainura.card


def test_a_bundle_may_hold_only_objects_or_only_journal() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")

    assert received(bek, written(ainura, plan(ainura, [bek], segments=[], objects=[b"photo"]))).objects == [b"photo"]
    assert received(bek, written(ainura, plan(ainura, [bek], segments=[b"one", b"two"]))).segments == [b"one", b"two"]


def test_every_recipient_opens_it() -> None:
    ainura, bek, chinara = peer("Ainura"), peer("Bek"), peer("Chinara")

    bundle = written(ainura, plan(ainura, [bek, chinara], objects=[b"photo"]))

    assert received(bek, bundle).objects == received(chinara, bundle).objects == [b"photo"]


def test_a_reader_says_all_about_a_bundle_before_its_payload() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    have = (Have(LogId(b"z" * 16), 7, EntryId(b"y" * 32)), Have(ainura.card.log, 0, EntryId(b"x" * 32)))
    third = Recipient(bek.card.fingerprint, 3, b"p" * 32, 2)
    made = plan(ainura, [bek], objects=[b"photo"], have=have)
    made = replace(made, info=replace(made.info, recipients=(third,)))

    reader = opened(bek, written(ainura, made))

    assert reader.info == made.info
    assert reader.addressed == third
    assert reader.info.bundle_id == BUNDLE_ID
    assert [each.log for each in reader.info.have] == sorted(each.log for each in have)
    assert reader.object_hashes == [hashlib.sha256(b"photo").digest()]
    assert reader.payload_bytes == made.journal[0].size + len(b"photo")
    assert list(reader.manifest) == ["data/journal/000001.cbor", f"data/objects/{hashlib.sha256(b'photo').hexdigest()}"]


def test_the_digest_is_the_same_for_writer_and_reader(tmp_path: Path) -> None:
    ainura, bek = peer("Ainura"), peer("Bek")

    digest = write_bundle_file(plan(ainura, [bek]), ainura.secrets, tmp_path / "bundle")

    assert opened(bek, (tmp_path / "bundle").read_bytes()).digest == digest


@pytest.mark.parametrize("size", [0, 40_000, 200_000, 300_001])
def test_the_archive_has_a_padded_size(size: int) -> None:
    ainura, bek = peer("Ainura"), peer("Bek")

    archive = open_with(
        [bek.identity], io.BytesIO(written(ainura, plan(ainura, [bek], objects=[content(size)])))
    ).read()

    assert len(archive) == padded_object_size(len(archive.rstrip(b"\0")) + 1024)


def test_skipped_and_unread_objects_are_checked_and_passed() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    bundle = written(ainura, plan(ainura, [bek], objects=[content(size) for size in (1, 100_000, 200_000, 0)]))
    seen = []

    for number, member in enumerate(opened(bek, bundle).members()):
        if isinstance(member, JournalSegment):
            continue
        if number % 2:
            member.skip()
        seen.append(member.sha256)

    assert seen == opened(bek, bundle).object_hashes


def test_an_object_that_was_passed_cannot_be_taken_for_an_empty_one() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    members = list(opened(bek, written(ainura, plan(ainura, [bek], objects=[b"photo"]))).members())
    assert isinstance(members[1], IncomingObject)

    with pytest.raises(BugError):
        all_of(members[1])


def test_a_bundle_is_read_once() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    reader = opened(bek, written(ainura, plan(ainura, [bek])))
    list(reader.members())

    with pytest.raises(BugError):
        list(reader.members())


def test_progress_counts_the_payload_on_both_sides() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    told: list[tuple[int, int]] = []
    bundle = written(ainura, plan(ainura, [bek], objects=[content(200_000)]))

    reader = BundleReader(
        io.BytesIO(bundle),
        [bek.identity],
        me=[bek.card.fingerprint],
        progress=lambda done, total: told.append((done, total)),
    )
    for _ in reader.members():
        pass

    assert told[-1] == (reader.payload_bytes, reader.payload_bytes)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_entries_fill_segments_up_to_the_limit() -> None:
    opening = peer("Ainura").opening

    segments = list(write_segments([opening] * 10, limit=3000))

    assert all(len(segment) <= 3000 for segment in segments) and 1 < len(segments) < 10
    assert [entry for segment in segments for entry in read_segment(segment)] == [opening] * 10
    assert list(write_segments([])) == []
