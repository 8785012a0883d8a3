"""Bundles that are cut or changed, other files, wrong signatures: each is refused with our own error."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.bundles.card import write_card
from fieldapp.crypto import sshsig
from fieldapp.crypto.age import HybridIdentity, ScryptRecipient, X25519Identity, open_with, seal_to
from fieldapp.crypto.identity import sign_mldsa65
from fieldapp.errors import (
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
from tests.faults.forging import AINURA, BEK, CHINARA, SEGMENT, forgery, where_of, whole
from tests.unit.bundles.forge import JOURNAL, TOP, Forgery, member, padded, sealed
from tests.unit.bundles.peers import content, opened, peer, plan, received, written

# --- cut and changed -----------------------------------------------------------------------------


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


# --- other things --------------------------------------------------------------------------------


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


# --- signatures ----------------------------------------------------------------------------------


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


# --- anything ------------------------------------------------------------------------------------


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
