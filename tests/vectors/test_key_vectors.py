"""Known answers: the worked bytes of resources/docs/formats/keys.md, computed here a second way.

The second way is the format written down once more with `hmac` alone, so that a change of the code cannot move both.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from mnemonic import Mnemonic

from fieldapp.crypto import identity, keyslots, recovery, sshsig, words
from fieldapp.crypto.keyed_names import object_name
from fieldapp.crypto.keyslots import KdfParameters, Purpose, SlotKind
from fieldapp.crypto.padding import padded_body_size, padded_object_size, padme
from tests import figures

DOCUMENT = Path(__file__).parents[2] / "resources/docs/formats/keys.md"

SALT = bytes(range(16))
SEED_OF_SLOT = bytes(range(16, 32))
MASTER_KEY = bytes(range(100, 132))
PARAMETERS = KdfParameters(memory_kib=32, passes=3, lanes=4)
CONTEXT = keyslots.slot_context(1, SALT, PARAMETERS)
PHRASE = "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic"
SEED = bytes(range(32))
PUBLIC = identity.ed25519_public(SEED)


def the_document_says(value: bytes | str) -> bool:
    text = value if isinstance(value, str) else value.hex()
    return "".join(text.split()) in "".join(DOCUMENT.read_text(encoding="utf-8").split())


def root_of(secret: bytes) -> bytes:
    return bytes(keyslots.derive_root(secret, SALT, PARAMETERS))


def hkdf(key: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869, by hand."""
    prk = hmac.new(salt, key, hashlib.sha256).digest()
    block, out = b"", b""
    for count in range(1, 1 + math.ceil(size / 32)):
        block = hmac.new(prk, block + info + bytes([count]), hashlib.sha256).digest()
        out += block
    return out[:size]


def test_argon2id_gives_the_answer_of_openssl_and_the_argon2_tool() -> None:
    root = keyslots.derive_root(b"\1" * 32, b"\2" * 16, KdfParameters(memory_kib=32, passes=3, lanes=4))

    assert root.hex() == "03aab965c12001c9d7d0d2de33192c0494b684bb148196d73c1df1acaf6d0c2e"


def test_hkdf_by_hand_gives_the_answer_of_rfc_5869() -> None:
    okm = hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42)

    assert okm.hex() == ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")


def test_the_slot_of_the_document_is_made_and_opened_as_the_format_says() -> None:
    root = root_of(b"seven dry apricots")
    slot = keyslots.seal_slot_with(root, 3, MASTER_KEY, SlotKind.PASSPHRASE, CONTEXT, seed=SEED_OF_SLOT)

    context = b"fieldapp/header\0" + struct.pack(">HIII", 1, 32, 3, 4) + SALT
    label = b"fieldapp/slot/v1\0\3"
    keys = hkdf(root, SEED_OF_SLOT, label, 64)
    content = b"\1\1" + MASTER_KEY + bytes(94)
    assert context == CONTEXT
    assert slot == SEED_OF_SLOT + keys[:32] + ChaCha20Poly1305(keys[32:]).encrypt(bytes(12), content, label + context)
    for value in (CONTEXT, root, keys[:32], slot):
        assert the_document_says(value)


@pytest.mark.parametrize("purpose", Purpose)
def test_subkeys_are_made_as_the_format_says(purpose: Purpose) -> None:
    derived = bytes(keyslots.subkey(MASTER_KEY, purpose))

    assert derived == hkdf(MASTER_KEY, bytes(32), b"fieldapp/subkey/v1\0" + purpose.encode(), 32)
    assert the_document_says(f"{purpose.value} {derived.hex()}")


def test_names_and_macs_are_made_as_the_format_says() -> None:
    name_key = keyslots.subkey(MASTER_KEY, Purpose.OBJECT_NAMES)
    mac_key = keyslots.subkey(MASTER_KEY, Purpose.HEADER_MAC)
    digest = hashlib.sha256(b"a photo").digest()

    assert object_name(name_key, digest) == hmac.new(name_key, digest, "sha256").hexdigest()
    assert keyslots.header_mac(mac_key, b"a header") == hmac.new(mac_key, b"a header", "sha256").digest()
    assert the_document_says(object_name(name_key, digest))
    assert the_document_says(keyslots.header_mac(mac_key, b"a header"))


def test_the_word_list_is_that_of_bip39() -> None:
    text = "".join(f"{word}\n" for word in Mnemonic("english").wordlist)

    assert hashlib.sha256(text.encode()).hexdigest() == (
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )


def test_the_recovery_phrase_of_the_document_gives_the_root_it_says() -> None:
    assert the_document_says(PHRASE)
    assert the_document_says(root_of(bytes(recovery.to_secret(PHRASE))))


def test_the_pair_of_shares_of_the_document_gives_the_root_it_says() -> None:
    one, other = bytes(range(16)), bytes(recovery.to_secret(PHRASE))
    for secret in (recovery.shares_secret(one, other), recovery.shares_secret(other, one)):
        assert the_document_says(bytes(secret))
        assert the_document_says(root_of(bytes(secret)))


def test_the_identity_of_the_document() -> None:
    assert the_document_says(PUBLIC)
    assert the_document_says(hashlib.sha256(identity.mldsa65_public(SEED)).digest())
    assert the_document_says(identity.sign_ed25519(SEED, b"an entry"))
    assert the_document_says(sshsig.public_line(PUBLIC))
    assert the_document_says(sshsig.allowed_signers_line("sender", PUBLIC))
    assert the_document_says(
        sshsig.sign(SEED, hashlib.sha512(b"a tag manifest\n").digest(), "bundle@fieldapp").decode()
    )


def test_the_fingerprint_of_the_document() -> None:
    mark = words.fingerprint(b"public keys")

    assert mark == hashlib.sha256(b"fieldapp/fingerprint/v1\0public keys").digest()
    assert the_document_says(mark)
    assert the_document_says(" ".join(words.compare_words(mark)))
    assert the_document_says(f"`{words.short_hex(mark)}`")


@pytest.mark.parametrize(
    ("size", "padded"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (8, 8), (9, 10), (33, 36), (100, 104), (1000, 1024), (65537, 67584),
     (1_000_000, 1_015_808), (10_000_001, 10_223_616), (2**32, 2**32), (2**32 + 1, 2**32 + 2**26)],
)  # fmt: skip
def test_padme_gives_what_the_paper_defines(size: int, padded: int) -> None:
    if size > 1:  # algorithm 1, as printed
        exponent = math.floor(math.log2(size))
        last_bits = exponent - (math.floor(math.log2(exponent)) + 1 if exponent else 0)
        mask = 2**last_bits - 1
        assert (size + mask) & ~mask == padded
    figures.note("vectors", "Padmé (PoPETs 2019)", vectors=1, failures=int(padme(size) != padded))
    assert padme(size) == padded


def test_padme_is_the_algorithm_of_its_paper() -> None:
    """Algorithm 1 once more, with logarithms as the paper has it."""
    sizes = [*range(2, 5000), *(2**power + more for power in range(13, 48) for more in (-1, 0, 1, 12345))]
    wrong = []
    for size in sizes:
        exponent = math.floor(math.log2(size)) if size < 2**40 else size.bit_length() - 1
        last = exponent - (math.floor(math.log2(exponent)) + 1)
        mask = 2**last - 1 if last > 0 else 0
        if padme(size) != (size + mask) - (size + mask) % (mask + 1):
            wrong.append(size)

    figures.note("vectors", "Padmé, computed a second way", vectors=len(sizes), failures=len(wrong))
    assert wrong == []


def test_the_padded_sizes_of_the_document() -> None:
    for size in (0, 1, 600, 65_537, 1_000_000, 10_000_001):
        assert the_document_says(
            f"| {size:,} | {padme(size):,} | {padded_object_size(size):,} | {padded_body_size(size):,} |"
        )
