"""Bundles that are cut, changed, or made by a hostile sender with good keys: each is refused with our own error."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.bundles.bag import read_manifest
from fieldapp.bundles.card import write_card
from fieldapp.bundles.read import IncomingObject
from fieldapp.crypto import sshsig
from fieldapp.crypto.age import HybridIdentity, ScryptRecipient, X25519Identity, open_with, seal_to
from fieldapp.crypto.identity import sign_mldsa65
from fieldapp.errors import (
    BundleDamagedError,
    BundleError,
    BundleForwardedError,
    BundleNewerError,
    BundleNotForYouError,
    BundleSignatureError,
    BundleTruncatedError,
    CardDamagedError,
    ExpectedError,
    NotABundleError,
)
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
from tests.unit.bundles.peers import all_of, content, opened, peer, plan, received, written

AINURA, BEK, CHINARA = peer("Ainura"), peer("Bek"), peer("Chinara")
SEGMENT = b"segment"
OBJECTS = objects_of(b"one", b"two", content(70_000))
FIRST_PAYLOAD = len(TAGS)


def forgery() -> Forgery:
    return Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT), *OBJECTS])


def whole() -> bytes:
    return written(AINURA, plan(AINURA, [BEK], objects=[each for _, each in OBJECTS]))


def where_of(bundle: bytes) -> str:
    with pytest.raises(BundleDamagedError) as refused:
        received(BEK, bundle)
    return refused.value.where


def test_the_forger_can_also_make_a_good_bundle() -> None:
    """So that what follows is refused for the one thing that is changed in it."""
    got = received(BEK, forgery().bundle())

    assert got.segments == [SEGMENT]
    assert got.objects == [each for _, each in OBJECTS]


# --- cut and changed -------------------------------------------------------------------------------


def _cuts(bundle: bytes) -> list[int]:
    payload = bundle.index(b"\n--- ") + 5 + 43 + 1
    chunks = range(payload + 16, len(bundle), 65536 + 16)
    boundaries = [0, 1, 21, 22, 23, payload - 1, payload, payload + 15, payload + 16, *chunks, len(bundle) - 1]
    near = {place + step for place in boundaries for step in (-17, -16, -1, 0, 1, 15, 16, 17)}
    return sorted(place for place in near | set(range(0, len(bundle), len(bundle) // 50)) if 0 <= place < len(bundle))


def test_a_cut_bundle_is_called_cut_wherever_it_ends() -> None:
    bundle = whole()

    for place in _cuts(bundle):
        with pytest.raises(BundleTruncatedError if place > 21 else NotABundleError):
            received(BEK, bundle[:place])


def test_a_cut_shows_before_the_payload_where_the_size_is_known() -> None:
    bundle = written(AINURA, plan(AINURA, [BEK], objects=[content(10**6)]))
    cut = bundle[: len(bundle) // 2]

    opened(BEK, bundle, source_bytes=len(bundle))
    opened(BEK, cut)
    with pytest.raises(BundleTruncatedError):
        opened(BEK, cut, source_bytes=len(cut))


def test_a_changed_bit_anywhere_is_refused() -> None:
    bundle = whole()

    for number, place in enumerate([*range(0, 2200, 11), *range(2200, len(bundle), 1009), len(bundle) - 1]):
        changed = bytearray(bundle)
        changed[place] ^= 1 << number % 8
        with pytest.raises(BundleError):
            received(BEK, bytes(changed))


def test_a_changed_byte_in_any_part_of_the_archive_is_refused_though_sealed_anew() -> None:
    """Who can open a bundle can seal another for the same people: only the signature is in the way."""
    archive = open_with([BEK.identity], io.BytesIO(whole())).read()

    for place in [*range(0, 24_000, 53), *range(24_000, len(archive), 701), len(archive) - 1]:
        changed = bytearray(archive)
        changed[place] ^= 0x20
        with pytest.raises(ExpectedError) as refused:
            received(BEK, sealed(bytes(changed), [BEK]))
        assert isinstance(refused.value, BundleError | CardDamagedError)


def test_bytes_after_the_end_are_refused() -> None:
    bundle = written(AINURA, plan(AINURA, [BEK], objects=[content(45_000)]))

    for tail in (b"\0", b"x" * 20, bytes(65536), bundle):
        with pytest.raises(BundleError):
            received(BEK, bundle + tail)


def test_chunks_in_another_order_are_refused() -> None:
    bundle = written(AINURA, plan(AINURA, [BEK], objects=[content(300_000)]))
    start = bundle.index(b"\n--- ") + 49 + 16
    one, two = (bundle[start + 65552 * number : start + 65552 * (number + 1)] for number in (1, 2))

    assert where_of(bundle.replace(one + two, two + one)) == "seal"


# --- other things ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        b"a letter",
        bytes(512),
        bytes(100_000),
        b"\xff" * 2048,
        padded(member("bagit.txt", b"")),
        padded(member("fieldapp-00/bagit.txt", b"")),
        padded(member(f"{TOP}/bagit.txt", b"")),
        padded(member(f"{TOP}x/bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")),
        padded(member(f"{TOP}/other.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")),
        padded(member(f"../{TOP}/bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")),
    ],
)
def test_an_age_file_with_something_else_inside_is_not_a_bundle(inside: bytes) -> None:
    with pytest.raises(NotABundleError):
        received(BEK, sealed(inside, [BEK]))


@pytest.mark.parametrize("file", [b"", b"age", b"\xff\xd8\xff\xe0JFIF", b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"\n"])
def test_other_files_are_not_bundles(file: bytes) -> None:
    with pytest.raises(NotABundleError):
        received(BEK, file)


def test_a_bundle_for_others_is_not_for_you() -> None:
    others: list[bytes] = [written(AINURA, plan(AINURA, [CHINARA]))]
    for recipient in (X25519Identity(bytes(range(32))).recipient, ScryptRecipient(b"passphrase", log_n=4)):
        out = io.BytesIO()
        with seal_to([recipient], out) as writer:
            writer.write(forgery().archive())
        others.append(out.getvalue())

    for bundle in others:
        with pytest.raises(BundleNotForYouError):
            received(BEK, bundle)


def test_a_bundle_that_a_recipient_sealed_again_for_others_is_called_forwarded() -> None:
    archive = open_with([BEK.identity], io.BytesIO(whole())).read()

    with pytest.raises(BundleForwardedError) as refused:
        received(CHINARA, sealed(archive, [CHINARA, BEK]))

    assert refused.value.sender == AINURA.card.fingerprint
    assert received(BEK, sealed(archive, [CHINARA, BEK])).reader.card == AINURA.card


def test_a_later_version_is_called_newer() -> None:
    for changes in ({"Fieldapp-Version": "2"}, {"Fieldapp-Version": "12", "Payload-Oxum": "all of it"}):
        with pytest.raises(BundleNewerError) as refused:
            received(BEK, Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], info_changes=changes).bundle())
        assert refused.value.found == int(changes["Fieldapp-Version"])


# --- signatures ------------------------------------------------------------------------------------


def _other_tags() -> dict[str, bytes]:
    return Forgery(AINURA, [BEK], [(JOURNAL, b"another bundle")]).tag_files()


@pytest.mark.parametrize("name", ["tagmanifest-sha256.txt.sig", "tagmanifest-sha256.txt.mldsa65"])
def test_each_signature_is_needed(name: str) -> None:
    bek = Forgery(BEK, [BEK], []).tag_files()
    own = forgery().tag_files()["tagmanifest-sha256.txt"]
    digest = hashlib.sha512(own).digest()
    wrong = {
        "tagmanifest-sha256.txt.sig": [
            b"",
            b"none",
            sshsig.sign(AINURA.secrets.ed25519, digest, "file"),
            sshsig.sign(BEK.secrets.ed25519, digest, "bundle@fieldapp"),
        ],
        "tagmanifest-sha256.txt.mldsa65": [
            b"",
            bytes(3309),
            sign_mldsa65(AINURA.secrets.mldsa65, own, b"fieldapp card 1"),
            sign_mldsa65(BEK.secrets.mldsa65, own, b"fieldapp bundle 1"),
        ],
    }

    for signature in (*wrong[name], _other_tags()[name], bek[name]):
        forged = forgery()
        forged.tags = {name: signature}
        with pytest.raises(BundleSignatureError):
            opened(BEK, forged.bundle())


def test_both_signatures_of_another_bundle_are_refused() -> None:
    forged = forgery()
    forged.tags = {name: text for name, text in _other_tags().items() if name.startswith("tagmanifest-sha256.txt.")}

    with pytest.raises(BundleSignatureError):
        opened(BEK, forged.bundle())


def test_a_sender_cannot_put_on_the_card_of_another() -> None:
    forged = Forgery(CHINARA, [BEK], [(JOURNAL, SEGMENT)], tags={"sender.card": AINURA.card.file})

    with pytest.raises(BundleSignatureError):
        opened(BEK, forged.bundle())


def test_a_sender_cannot_name_another_as_sender() -> None:
    changes = {"Fieldapp-Sender": AINURA.card.fingerprint.hex()}

    with pytest.raises(BundleSignatureError):
        opened(BEK, Forgery(CHINARA, [BEK], [(JOURNAL, SEGMENT)], info_changes=changes).bundle())


def test_a_broken_card_is_called_that() -> None:
    with pytest.raises(CardDamagedError):
        opened(BEK, Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], tags={"sender.card": b"card"}).bundle())


def test_tag_files_of_another_bundle_under_a_good_signature_are_refused() -> None:
    good = _other_tags()
    for name in ("bag-info.txt", "manifest-sha256.txt"):
        forged = forgery()
        forged.tags = {
            "tagmanifest-sha256.txt": forgery().tag_files()["tagmanifest-sha256.txt"],
            name: good[name],
        }
        assert where_of(forged.bundle()) == "bag"


@pytest.mark.parametrize("name", ["bag-info.txt", "sender.card"])
def test_a_tag_file_changed_after_signing_is_refused_though_it_would_do_by_itself(name: str) -> None:
    renamed = write_card(AINURA.secrets, person="Police", device="laptop", opening=AINURA.opening)
    others = {
        "bag-info.txt": forgery().info().replace(b" 1 none 0", b" 2 " + b"11" * 32 + b" 0"),
        "sender.card": renamed,
    }
    forged = forgery()
    forged.tags = {"tagmanifest-sha256.txt": forgery().tag_files()["tagmanifest-sha256.txt"], name: others[name]}

    assert where_of(forged.bundle()) == "bag"


# --- names -----------------------------------------------------------------------------------------

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


# --- the archive -----------------------------------------------------------------------------------

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


# --- sizes -----------------------------------------------------------------------------------------


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


# --- bag-info --------------------------------------------------------------------------------------


ELEVEN = "11" * 32
RECIPIENTS = [
    "00",
    ELEVEN,
    f"{ELEVEN} 1",
    f"{ELEVEN} 1 none",
    f"{ELEVEN} 1 none 0 0",
    f"{ELEVEN}  1 none 0",
    f"{ELEVEN[2:]} 1 none 0",
    f"{ELEVEN} 0 none 0",
    f"{ELEVEN} 01 none 0",
    f"{ELEVEN} -1 none 0",
    f"{ELEVEN} ٣ {ELEVEN} 0",
    f"{ELEVEN} {'9' * 18} {ELEVEN} 0",
    f"{ELEVEN} 1 None 0",
    f"{ELEVEN} 1 {ELEVEN} 0",
    f"{ELEVEN} 2 none 0",
    f"{ELEVEN} 2 00 0",
    f"{ELEVEN} 2 {ELEVEN} 2",
    f"{ELEVEN} 2 {ELEVEN} 00",
    f"{ELEVEN} 2 {ELEVEN} -1",
    f"{'AA' * 32} 1 none 0",
]
"""What stands in place of a recipient and is none."""


@pytest.mark.parametrize(
    "changes",
    [
        {"Bag-Software-Agent": "another"},
        {"External-Identifier": "00" * 16},
        {"External-Identifier": "xx"},
        {"External-Identifier": bytes(range(16)).hex().upper()},
        {"Fieldapp-Version": "0"},
        {"Fieldapp-Version": "01"},
        {"Fieldapp-Version": "one"},
        {"Fieldapp-Sender": "00"},
        *({"Fieldapp-Recipient": value} for value in RECIPIENTS),
        {"Fieldapp-Have": "00 1 00"},
        {"Fieldapp-Have": f"{'00' * 16} 1"},
        {"Fieldapp-Have": f"{'00' * 16} 1 {'00' * 32}\nFieldapp-Have: {'00' * 16} 1 {'00' * 32}"},
        {"Fieldapp-Have": f"{'01' * 16} 1 {'00' * 32}\nFieldapp-Have: {'00' * 16} 1 {'00' * 32}"},
        {"fieldapp-sender": "00" * 32},
        {"FIELDAPP-VERSION": "2"},
        {"Payload-Oxum": "7"},
        {"Payload-Oxum": "7.1.1"},
        {"Payload-Oxum": "07.1"},
        {"Comment": "folded\n  line"},
        {"Comment": "a\rb"},
        {"Comment": "\x1b[2J"},
        {"Comment": ""},
        {"Comment": "x" * 1001},
        {"Two words": "x"},
        {"Fieldapp-Recipient": f"{ELEVEN} 1 none 0\nFieldapp-Recipient: {ELEVEN} 1 none 0"},
        {"Fieldapp-Recipient": f"{ELEVEN} 1 none 0\nFieldapp-Recipient: {ELEVEN} 2 {ELEVEN} 0"},
        {"Fieldapp-Recipient": f"{'22' * 32} 1 none 0\nFieldapp-Recipient: {ELEVEN} 1 none 0"},
    ],
    ids="-".join,
)
def test_facts_that_no_writer_states_are_refused(changes: dict[str, str]) -> None:
    assert where_of(Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], info_changes=changes).bundle()) == "bag"


@pytest.mark.parametrize("text", [b"", b"\n", b"\xff\xfe\n", b"x: y", b"x: y\n"])
def test_other_texts_in_place_of_the_facts_are_refused(text: bytes) -> None:
    forged = Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], tags={"bag-info.txt": text})

    assert where_of(forged.bundle()) == "bag"


def test_labels_of_a_later_version_are_passed_over() -> None:
    changes = {"Fieldapp-Later": "значение", "Contact-Name": "x"}

    assert received(BEK, Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], info_changes=changes).bundle()).segments


# --- anything --------------------------------------------------------------------------------------


@given(st.binary(max_size=3000))
def test_any_bytes_are_refused_with_our_own_error(file: bytes) -> None:
    for bundle in (file, b"age-encryption.org/v1\n" + file, sealed(file, [BEK])):
        with pytest.raises(BundleError):
            received(BEK, bundle)


@given(st.data())
def test_any_bytes_put_over_a_part_of_an_archive_are_refused_with_our_own_error(data: st.DataObject) -> None:
    archive = padded(forgery().archive())
    place = data.draw(st.integers(0, len(archive) - 1))
    over = data.draw(st.binary(min_size=1, max_size=600))
    changed = (archive[:place] + over + archive[place + len(over) :])[: len(archive)]

    try:
        got = received(BEK, sealed(changed, [BEK]))
    except (BundleError, CardDamagedError):
        return
    assert changed == archive
    assert got.segments == [SEGMENT]


def test_no_identity_opens_nothing() -> None:
    with pytest.raises(BundleNotForYouError):
        received(peer("Dilnoza"), whole())
    assert HybridIdentity.generate().seed != BEK.identity.seed
