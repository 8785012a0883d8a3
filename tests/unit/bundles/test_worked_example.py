"""The worked example of card.md and bundle.md: made again from its seeds, and a card and a bundle that were kept.

ML-DSA signatures and the seal are others each time, so what is compared with the documents is all the rest; and the
kept files must read for ever.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import cbor2
import pytest

from fieldapp.bundles import bag
from fieldapp.bundles.bag import BundleInfo, Have, Recipient
from fieldapp.bundles.card import CARD_MAGIC, Card, read_card, write_card
from fieldapp.bundles.journal import write_segments
from fieldapp.bundles.read import BundleReader
from fieldapp.bundles.write import BundlePlan, member_of, write_bundle
from fieldapp.crypto.age import HybridIdentity, open_with
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.crypto.sshsig import allowed_signers_line
from fieldapp.vault.entry import read_entry
from tests.unit.bundles.peers import opening_of, received_by

KEPT = Path(__file__).parent / "worked"
PHOTO = b"not really a photo\n"


def seeds(first: int) -> IdentitySecrets:
    """Three seeds of consecutive bytes."""
    return IdentitySecrets(*(bytearray(range(start, start + 32)) for start in (first, first + 32, first + 64)))


AINURA, BEK = seeds(0), seeds(96)
OPENING = opening_of(AINURA)


def kept_card(name: str) -> Card:
    return read_card((KEPT / f"{name}.card").read_bytes())


def the_plan() -> BundlePlan:
    ainura, bek = kept_card("ainura"), kept_card("bek")
    entry = read_entry(OPENING.header_bytes, OPENING.signature)
    info = BundleInfo(
        bundle_id=bytes(range(16)),
        sender=ainura.fingerprint,
        recipients=(Recipient(bek.fingerprint, 1),),
        have=(Have(ainura.log, 0, entry.id),),
    )
    segments = [member_of(segment) for segment in write_segments([OPENING])]
    return BundlePlan(info, kept_card("ainura").file, [bek], segments, [member_of(PHOTO)])


@pytest.fixture(scope="module")
def card_text(root: Path) -> str:
    return _bare((root / "resources/docs/formats/card.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def bundle_text(root: Path) -> str:
    return _bare((root / "resources/docs/formats/bundle.md").read_text(encoding="utf-8"))


def _bare(text: str) -> str:
    return "".join(text.split())


def test_the_card_of_the_document_is_made_from_its_seeds(card_text: str) -> None:
    made = write_card(AINURA, person="Айнура", device="laptop", opening=OPENING)
    card, ed25519, _ = cbor2.loads(made[len(CARD_MAGIC) :])
    read = read_card(made)

    assert len(made) == 6942
    for value in (
        OPENING.header_bytes.hex(),
        OPENING.signature.hex(),
        read.log.hex(),
        read.public.ed25519.hex(),
        hashlib.sha256(read.public.mldsa65).hexdigest(),
        hashlib.sha256(read.age).hexdigest(),
        hashlib.sha256(card).hexdigest(),
        ed25519.hex(),
        read.fingerprint.hex(),
        " ".join(read.words),
    ):
        assert _bare(value) in card_text


def test_the_kept_cards_read() -> None:
    ainura, bek = kept_card("ainura"), kept_card("bek")

    assert (ainura.person, bek.person) == ("Айнура", "Bek")
    assert ainura.public == AINURA.public()
    assert bek.recipient == HybridIdentity(bytes(BEK.age)).recipient


def test_the_bundle_of_the_document_is_made_from_its_seeds(bundle_text: str) -> None:
    out = io.BytesIO()

    digest = write_bundle(the_plan(), AINURA, out)

    assert digest == read_kept().digest
    archive, kept = unsealed(out.getvalue()), unsealed((KEPT / "first.bundle").read_bytes())
    signature = kept.index(b"tagmanifest-sha256.txt.mldsa65\0") // 512 * 512
    assert archive[: signature + 512] == kept[: signature + 512]
    assert archive[signature + 4096 :] == kept[signature + 4096 :]
    for value in (archive[:512].rstrip(b"\0").hex(), str(len(archive)), digest.hex()):
        assert value in bundle_text


def test_every_text_of_the_kept_bundle_is_in_the_document(bundle_text: str) -> None:
    archive = unsealed((KEPT / "first.bundle").read_bytes())
    texts = {}
    for name in (bag.BAGIT, bag.INFO, bag.MANIFEST, bag.TAG_MANIFEST, bag.SSH_SIGNATURE):
        start = archive.index(f"/{name}\0".encode()) // 512 * 512
        texts[name] = archive[start + 512 : start + 512 + int(archive[start + 124 : start + 135], 8)].decode()

    for text in texts.values():
        assert _bare(text) in bundle_text
    assert _bare(allowed_signers_line("ainura", kept_card("ainura").public.ed25519)) in bundle_text
    assert HybridIdentity(bytes(BEK.age)).to_text().lower() in bundle_text.lower()


def unsealed(bundle: bytes) -> bytes:
    return open_with([HybridIdentity(bytes(BEK.age))], io.BytesIO(bundle)).read()


def read_kept() -> BundleReader:
    bek = kept_card("bek")
    source = io.BytesIO((KEPT / "first.bundle").read_bytes())
    return BundleReader(source, [HybridIdentity(bytes(BEK.age))], me=[bek.fingerprint])


def test_the_kept_bundle_reads() -> None:
    got = received_by(read_kept())

    assert got.objects == [PHOTO]
    assert got.segments == list(write_segments([OPENING]))
    assert got.reader.info == the_plan().info
    assert got.reader.card == kept_card("ainura")
