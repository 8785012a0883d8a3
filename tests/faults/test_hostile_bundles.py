"""Bundles that a hostile sender made with good keys, by names, headers, order and size: refused with our own error."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable

import pytest

from fieldapp.bundles.bag import read_manifest
from fieldapp.bundles.read import IncomingObject
from fieldapp.errors import BundleDamagedError, BundleTruncatedError, NotABundleError
from tests.faults.forging import AINURA, BEK, FIRST_PAYLOAD, OBJECTS, SEGMENT, forgery, where_of
from tests.unit.bundles.forge import (
    JOURNAL,
    TAGS,
    TOP,
    Forgery,
    header,
    manifest,
    member,
    object_of,
    objects_of,
    padded,
    sealed,
)
from tests.unit.bundles.peers import all_of, content, opened, received


def test_the_forger_can_also_make_a_good_bundle() -> None:
    """So that what follows is refused for the one thing that is changed in it."""
    got = received(BEK, forgery().bundle())

    assert got.segments == [SEGMENT]
    assert got.objects == [each for _, each in OBJECTS]


# --- names ---------------------------------------------------------------------------------------

NAMES = [
    "../../etc/passwd",
    "data/../../secret",
    "data/objects/../../../x",
    "/etc/passwd",
    "//host/share",
    "C:\\Windows\\x",
    "data\\journal\\000001.cbor",
    "data/journal/000001.cbor/",
    "data/journal/000001.cbor ",
    "data/journal/000001.CBOR",
    "data/journal/1.cbor",
    "data/journal/000000.cbor",
    "data/journal/000002.cbor",
    "data/journal/0000001.cbor",
    "data/journal/00000١.cbor",
    "data/journal/000001.cbor\0.txt",
    "data/journal/\u202e100000.cbor",
    "data/journal/000001.cbor\n",
    "data/journal/000001%0A.cbor",
    "data/objects/" + "0" * 64,
    "data/objects/" + "A" * 64,
    "data/objects/" + "0" * 63,
    "data/objects/con",
    "data//journal/000001.cbor",
    "./data/journal/000001.cbor",
    "~/x",
    "-rf",
    "data/" + "x" * 90,
    "bagit.txt",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_the_manifest_that_is_not_ours_is_refused(name: str) -> None:
    with pytest.raises(BundleDamagedError):
        opened(BEK, Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], listed=[(name, SEGMENT)]).bundle())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_the_archive_that_is_not_the_one_due_is_refused(name: str) -> None:
    forged = Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)])
    forged.change_blocks = lambda blocks: [*blocks[:-1], member(f"{TOP}/{name}".encode()[-200:], SEGMENT)]

    assert where_of(forged.bundle()) == "tar"


@pytest.mark.parametrize("place", range(len(TAGS)))
def test_tag_files_in_another_order_missing_or_twice_are_refused(place: int) -> None:
    def without(blocks: list[bytes]) -> list[bytes]:
        return [*blocks[:place], *blocks[place + 1 :]]

    def twice(blocks: list[bytes]) -> list[bytes]:
        return [*blocks[: place + 1], *blocks[place:]]

    def swapped(blocks: list[bytes]) -> list[bytes]:
        return [*blocks[:place], blocks[place + 1], blocks[place], *blocks[place + 2 :]]

    for change in (without, twice, swapped):
        forged = forgery()
        forged.change_blocks = change
        with pytest.raises((BundleDamagedError, NotABundleError)):
            opened(BEK, forged.bundle()) if place + 1 < len(TAGS) else received(BEK, forged.bundle())


# --- the archive ---------------------------------------------------------------------------------

FIELDS: list[dict[str, bytes]] = [
    *({"type": kind} for kind in (b"\0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"L", b"K", b"x", b"g", b"S", b"V")),
    {"type": b"2", "link": b"/etc/passwd".ljust(100, b"\0")},
    {"link": b"x".ljust(100, b"\0")},
    {"mode": b"0000777\0"},
    {"mode": b"0004600\0"},
    {"uid": b"0001750\0"},
    {"gid": b"0001750\0"},
    {"mtime": b"14000000000\0"},
    {"magic": b"ustar  \0"},
    {"magic": bytes(8)},
    {"user": b"root".ljust(32, b"\0")},
    {"group": b"root".ljust(32, b"\0")},
    {"major": b"0000001\0"},
    {"minor": b"0000000\0"},
    {"prefix": b"../..".ljust(155, b"\0")},
    {"prefix": b"x" * 155},
    {"rest": b"x" * 12},
    {"size": b"\x80" + bytes(10) + b"\7"},
    {"size": b"          7\0"},
    {"size": b"0000000007 \0"},
    {"size": b"-0000000007\0"},
    {"size": b"00000000008\0"},
    {"size": b"000000000077"},
    {"size": b"77777777777\0"},
    {"size": bytes(12)},
    {"name": f"{TOP}/{JOURNAL}".encode().ljust(99, b"\0") + b"x"},
    {"name": f"{TOP}/{JOURNAL}".encode().ljust(99, b" ") + b"\0"},
    {"name": bytes(100)},
    {"checksum": b"000000\0 "},
    {"checksum": b"        "},
]


@pytest.mark.parametrize("fields", FIELDS, ids="-".join)
def test_a_header_that_is_not_exactly_ours_is_refused(fields: dict[str, bytes]) -> None:
    forged = Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)])
    forged.change_blocks = lambda blocks: [*blocks[:-1], member(f"{TOP}/{JOURNAL}", SEGMENT, **fields)]

    assert where_of(forged.bundle()) == "tar"


def _extra(place: int, block: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda blocks: [*blocks[:place], block, *blocks[place:]]


@pytest.mark.parametrize("place", [1, FIRST_PAYLOAD, FIRST_PAYLOAD + 1, FIRST_PAYLOAD + 4])
@pytest.mark.parametrize(
    "block",
    [
        member("././@LongLink", b"x" * 300, type=b"L"),
        member(f"{TOP}/PaxHeaders/x", b"30 path=../../x\n", type=b"x"),
        member("pax_global_header", b"30 path=../../x\n", type=b"g"),
        header(f"{TOP}/link".encode(), 0, type=b"2", link=b"/etc/passwd".ljust(100, b"\0")),
        header(f"{TOP}/tty".encode(), 0, type=b"3", major=b"0000004\0"),
        header(f"{TOP}/data/".encode(), 0, type=b"5"),
        member(f"{TOP}/data/objects/{hashlib.sha256(b'more').hexdigest()}", b"more"),
        member(f"{TOP}/{JOURNAL}", SEGMENT),
        bytes(512),
        bytes(1024),
    ],
)
def test_one_more_thing_in_the_archive_is_refused(place: int, block: bytes) -> None:
    forged = forgery()
    forged.change_blocks = _extra(place, block)

    with pytest.raises(BundleDamagedError):
        received(BEK, forged.bundle())


def test_members_that_are_missing_or_in_another_order_are_refused() -> None:
    count = FIRST_PAYLOAD + len(forgery().payload)
    for place in range(FIRST_PAYLOAD, count):
        forged = forgery()
        forged.change_blocks = lambda blocks, place=place: [*blocks[:place], *blocks[place + 1 :]]  # type: ignore[misc]  # a loop's variable bound by its default
        with pytest.raises(BundleDamagedError):
            received(BEK, forged.bundle())
    for place in range(FIRST_PAYLOAD, count - 1):
        forged = forgery()
        forged.change_blocks = (
            lambda blocks, place=place: [  # type: ignore[misc]  # as above
                *blocks[:place],
                blocks[place + 1],
                blocks[place],
                *blocks[place + 2 :],
            ]
        )
        assert where_of(forged.bundle()) == "tar"


def test_content_under_the_hash_of_another_is_refused() -> None:
    for place, where in ((0, "journal"), (1, "object"), (2, "object"), (3, "object")):
        payload = list(forgery().payload)
        name, old = payload[place]
        payload[place] = (name, bytes([old[0] ^ 1]) + old[1:])
        forged = Forgery(AINURA, [BEK], payload, listed=list(forgery().payload))
        assert where_of(forged.bundle()) == where


def test_the_end_of_an_object_with_another_hash_is_never_given_out() -> None:
    name, _ = object_of(b"true")
    forged = Forgery(AINURA, [BEK], [(name, b"lies")], listed=[(name, b"true")])
    incoming = next(opened(BEK, forged.bundle()).members())
    assert isinstance(incoming, IncomingObject)

    for _ in range(3):
        with pytest.raises(BundleDamagedError):
            all_of(incoming)


def test_an_empty_object_with_another_hash_is_refused() -> None:
    name, _ = object_of(b"true")

    assert where_of(Forgery(AINURA, [BEK], [(name, b"")], listed=[(name, b"true")]).bundle()) == "object"


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [(JOURNAL, SEGMENT), (JOURNAL, SEGMENT)],
        [OBJECTS[0], (JOURNAL, SEGMENT)],
        [(JOURNAL, SEGMENT), OBJECTS[1], OBJECTS[0]],
        [(JOURNAL, SEGMENT), OBJECTS[0], OBJECTS[0]],
        [("data/journal/000002.cbor", SEGMENT)],
        [(JOURNAL, SEGMENT), ("data/journal/000003.cbor", SEGMENT)],
        [(OBJECTS[0][0], b"another hash than its name")],
        [(JOURNAL, SEGMENT), *OBJECTS, ("data/objects/" + "f" * 64, b"")],
    ],
)
def test_a_manifest_that_no_writer_makes_is_refused(listed: list[tuple[str, bytes]]) -> None:
    assert where_of(Forgery(AINURA, [BEK], forgery().payload, listed=listed).bundle()) == "bag"
    with pytest.raises(BundleDamagedError):
        read_manifest(manifest(listed))


def test_a_manifest_with_more_or_less_than_the_payload_is_refused() -> None:
    payload = forgery().payload
    more = [(JOURNAL, SEGMENT), *objects_of(b"one", b"two", content(70_000), b"three")]
    oxum = {"Payload-Oxum": f"{sum(len(each) for _, each in payload)}.5"}

    assert where_of(Forgery(AINURA, [BEK], payload, listed=more, info_changes=oxum).bundle()) in {"tar", "end"}
    assert where_of(Forgery(AINURA, [BEK], payload, listed=more).bundle()) == "bag"
    assert where_of(Forgery(AINURA, [BEK], payload, listed=payload[:-1]).bundle()) == "bag"


@pytest.mark.parametrize("spelling", [b"\n%s", b"%s\n", b"%s\r\n", b"\xef\xbb\xbf%s", b"# %s", b"%s\0"])
def test_another_spelling_of_the_manifest_is_refused(spelling: bytes) -> None:
    forged = Forgery(AINURA, [BEK], forgery().payload)
    forged.tags = {"manifest-sha256.txt": spelling % manifest(forged.payload)}

    assert where_of(forged.bundle()) == "bag"


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "oxum", ["70012.4", "70014.4", "70013.3", "70013.5", "0.0", "1000000000000.4", "70013.1000000"]
)
def test_a_payload_of_another_size_than_announced_is_refused(oxum: str) -> None:
    total = sum(len(each) for _, each in forgery().payload)
    assert total == 70_013

    with pytest.raises(BundleDamagedError):
        received(BEK, Forgery(AINURA, [BEK], forgery().payload, info_changes={"Payload-Oxum": oxum}).bundle())


def test_a_terabyte_that_is_only_announced_is_called_cut_before_anything_is_read() -> None:
    changes = {"Payload-Oxum": "1000000000000.4"}
    bundle = Forgery(AINURA, [BEK], forgery().payload, info_changes=changes).bundle()

    with pytest.raises(BundleTruncatedError):
        opened(BEK, bundle, source_bytes=len(bundle))


@pytest.mark.parametrize("name", [*TAGS[1:], JOURNAL, OBJECTS[0][0]])
def test_a_member_that_announces_gigabytes_costs_no_memory(name: str) -> None:
    forged = Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT), OBJECTS[0]], info_changes={"Payload-Oxum": "9999999999.2"})
    place = [*TAGS, JOURNAL, OBJECTS[0][0]].index(name)
    giant = header(f"{TOP}/{name}".encode(), 8 * 1024**3 - 1)
    forged.change_blocks = lambda blocks: [*blocks[:place], giant + blocks[place][512:], *blocks[place + 1 :]]

    tracemalloc.start()
    try:
        assert where_of(forged.bundle()) in {"tar", "end"}
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_the_largest_manifest_costs_bounded_memory_and_a_larger_one_is_not_read() -> None:
    hashes = sorted(hashlib.sha256(number.to_bytes(4, "big")).hexdigest().encode() for number in range(200_001))
    lines = [digest + b"  data/objects/" + digest + b"\n" for digest in hashes]
    changes = {"Payload-Oxum": f"{10**12}.200000"}
    largest = Forgery(
        AINURA, [BEK], [], info_changes=changes, tags={"manifest-sha256.txt": b"".join(lines[:-1])}
    ).bundle()
    larger = Forgery(AINURA, [BEK], [], info_changes=changes, tags={"manifest-sha256.txt": b"".join(lines)}).bundle()

    tracemalloc.start()
    try:
        assert where_of(largest) == "tar"
        assert tracemalloc.get_traced_memory()[1] < 250 * 1024 * 1024
        tracemalloc.reset_peak()
        with pytest.raises(BundleDamagedError):
            opened(BEK, larger)
    finally:
        tracemalloc.stop()


def test_padding_is_zero_and_has_exactly_its_size() -> None:
    archive = Forgery(AINURA, [BEK], objects_of(content(114_000))).archive()
    due = padded(archive)
    assert len(due) > len(archive) + 2048

    for inside in (
        due[:-512],
        due[: len(archive) + 1024],
        due[: len(archive) + 512],
        due[: len(archive)],
        due + bytes(512),
        due + bytes(10**6),
        due[:-1] + b"x",
        due[: len(archive)] + b"x" + due[len(archive) + 1 :],
        due[: len(archive) + 1024] + member("more", b"x") + due[len(archive) + 2048 :],
    ):
        assert where_of(sealed(inside, [BEK])) == "end"


def test_filler_after_a_member_is_zero() -> None:
    for place in (1, FIRST_PAYLOAD, FIRST_PAYLOAD + 1):
        forged = forgery()
        forged.change_blocks = lambda blocks, place=place: [
            *blocks[:place],
            blocks[place][:-1] + b"x",
            *blocks[place + 1 :],
        ]  # type: ignore[misc]  # as above
        assert where_of(forged.bundle()) == "tar"
