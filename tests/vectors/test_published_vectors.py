"""Known answers that others published, through the functions that the program calls; each family is counted.

They come from the package `cryptography-vectors`: RFC 8032, RFC 7748, RFC 8439, RFC 5869, RFC 9106, RFC 9180 and its
post-quantum draft, FIPS 203 and 204.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import cryptography_vectors
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.crypto import identity, keyslots, recovery
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.crypto.age_x25519 import shared_secret
from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.crypto.words import english
from fieldapp.errors import ExpectedError
from tests.vectors.counting import all_hold

Case = dict[str, str]

XWING, HKDF_SHA256, CHACHA20_POLY1305 = 0x647A, 1, 3
"""The one suite of bundles, by its numbers in RFC 9180 and its post-quantum draft."""


def lines(name: str) -> Iterator[str]:
    with cryptography_vectors.open_vector_file(name, "r") as file:
        yield from (line.strip() for line in file)


def cases(name: str, first: str) -> list[Case]:
    """The cases of a file of `name = value` lines, each of which begins with `first`; names in lower case."""
    found: list[Case] = []
    for line in lines(name):
        key, mark, value = line.partition("=")
        if not mark or line.startswith(("#", "[")):
            continue
        key = key.strip().lower()
        if key == first:
            found.append({})
        if found:
            found[-1][key] = value.strip()
    return found


def test_ed25519_signs_and_verifies_as_in_rfc_8032_and_its_authors_file() -> None:
    def holds(line: str) -> bool:
        secret, public, message, signed = map(bytes.fromhex, line.split(":")[:4])
        identity.verify_ed25519(public, signed[:64], message)
        seed = secret[:32]
        return identity.ed25519_public(seed) == public and identity.sign_ed25519(seed, message) == signed[:64]

    assert all_hold("Ed25519 (RFC 8032)", filter(None, lines("asymmetric/Ed25519/sign.input")), holds) == 1024


def test_x25519_agrees_as_in_rfc_7748() -> None:
    def holds(case: Case) -> bool:
        secret = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["input_scalar"]))
        return shared_secret(secret, bytes.fromhex(case["input_u"])) == bytes.fromhex(case["output_u"])

    assert all_hold("X25519 (RFC 7748)", cases("asymmetric/X25519/rfc7748.txt", "count"), holds) >= 3


def _given(text: str) -> bytes:
    """Bytes as hex, or as text in quotes."""
    return text[1:-1].encode() if text.startswith('"') else bytes.fromhex(text)


def test_chacha20_poly1305_seals_and_refuses_as_in_rfc_8439_and_by_openssl_and_boringssl() -> None:
    files = [("openssl", ("iv", "aad", "plaintext", "ciphertext")), ("boringssl", ("nonce", "ad", "in", "ct"))]
    given = [
        (case, tuple(map(_given, (case["key"], *(case.get(name, "") for name in names), case["tag"]))))
        for file, names in files
        for case in cases(f"ciphers/ChaCha20Poly1305/{file}.txt", "count")
        if len(_given(case[names[0]])) == 12  # other nonces are no ChaCha20-Poly1305 of RFC 8439
    ]

    def holds(case: tuple[Case, tuple[bytes, ...]]) -> bool:
        facts, (key, nonce, aad, plain, sealed, tag) = case
        try:
            opened = ChaCha20Poly1305(key).decrypt(nonce, sealed + tag, aad)
        except InvalidTag:
            return facts.get("result") == "CIPHERFINAL_ERROR"
        return opened == plain and "result" not in facts

    assert all_hold("ChaCha20-Poly1305 (RFC 8439)", given, holds) >= 30


def test_hkdf_gives_the_keys_of_rfc_5869() -> None:
    given = cases("KDF/rfc-5869-HKDF-SHA256.txt", "count") + cases("KDF/hkdf-generated.txt", "count")

    def holds(case: Case) -> bool:
        ikm, salt, info, okm = (bytes.fromhex(case.get(name, "")) for name in ("ikm", "salt", "info", "okm"))
        return HKDF(SHA256(), int(case["l"]), salt=salt or None, info=info or None).derive(ikm) == okm

    assert all_hold("HKDF-SHA-256 (RFC 5869)", given, holds) >= 4


def test_argon2id_gives_the_keys_of_rfc_9106_and_of_its_reference_tool() -> None:
    def holds(case: Case) -> bool:
        facts = {name: bytes.fromhex(case.get(name, "")) for name in ("pass", "salt", "secret", "ad", "output")}
        costs = {"iterations": int(case["iter"]), "lanes": int(case["lanes"]), "memory_cost": int(case["memcost"])}
        derived = Argon2id(
            salt=facts["salt"],
            length=int(case["length"]),
            ad=facts["ad"] or None,
            secret=facts["secret"] or None,
            **costs,
        ).derive(facts["pass"])
        if len(facts["salt"]) == keyslots.SALT_SIZE and len(derived) == 32 and not facts["secret"] and not facts["ad"]:
            parameters = KdfParameters(costs["memory_cost"], costs["iterations"], costs["lanes"])
            assert keyslots.derive_root(facts["pass"], facts["salt"], parameters) == derived
        return derived == facts["output"]

    assert all_hold("Argon2id (RFC 9106)", cases("KDF/argon2id.txt", "count"), holds) >= 4


def _opened(suite: hpke.Suite, case: dict[str, Any], secret: Any) -> bool:
    """Whether the first message opens. The vectors bind bytes to it, which the library takes in its own tests only."""
    first = {name: bytes.fromhex(value) for name, value in case["encryptions"][0].items()}
    sealed, info = bytes.fromhex(case["enc"]) + first["ct"], bytes.fromhex(case["info"])
    return bool(openssl.hpke._decrypt_with_aad(suite, sealed, secret, info, first["aad"]) == first["pt"])


def _hpke(name: str) -> list[dict[str, Any]]:
    with cryptography_vectors.open_vector_file(f"HPKE/{name}", "r") as file:
        read: list[dict[str, Any]] = json.load(file)
    return read


def test_hpke_opens_the_base_mode_vectors_of_rfc_9180() -> None:
    kdfs = {1: hpke.KDF.HKDF_SHA256, 3: hpke.KDF.HKDF_SHA512}
    aeads = {1: hpke.AEAD.AES_128_GCM, 2: hpke.AEAD.AES_256_GCM, 3: hpke.AEAD.CHACHA20_POLY1305}
    given = [
        case
        for case in _hpke("test-vectors.json")
        if (case["mode"], case["kem_id"]) == (0, 0x20) and case["kdf_id"] in kdfs and case["aead_id"] in aeads
    ]

    def holds(case: dict[str, Any]) -> bool:
        suite = hpke.Suite(hpke.KEM.X25519, kdfs[case["kdf_id"]], aeads[case["aead_id"]])
        return _opened(suite, case, X25519PrivateKey.from_private_bytes(bytes.fromhex(case["skRm"])))

    assert all_hold("HPKE (RFC 9180), base mode, X25519", given, holds) == 6


def test_hpke_with_mlkem768_x25519_opens_the_vector_of_its_draft() -> None:
    given = [case for case in _hpke("hpke-pq-test-vectors.json") if case["kem_id"] == XWING and case["kdf_id"] == 1]
    assert {(case["kdf_id"], case["aead_id"]) for case in given} == {(HKDF_SHA256, CHACHA20_POLY1305)}

    def holds(case: dict[str, Any]) -> bool:
        ours = HybridIdentity(bytes.fromhex(case["skRm"]))
        mlkem, x25519 = ours._keys()
        suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        same = ours.recipient.public == bytes.fromhex(case["pkRm"])
        return same and _opened(suite, case, hpke.MLKEM768X25519PrivateKey(mlkem, x25519))

    assert all_hold("HPKE with MLKEM768-X25519 (draft), our suite", given, holds) == 1


def test_mlkem768_opens_the_known_answers_of_fips_203() -> None:
    def holds(case: Case) -> bool:
        key = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(case["d"] + case["z"]))
        secret = {name: bytes.fromhex(case[name]) for name in ("pk", "ct", "ss", "ct_n", "ss_n")}
        return (
            key.public_key().public_bytes_raw() == secret["pk"]
            and key.decapsulate(secret["ct"]) == secret["ss"]
            and key.decapsulate(secret["ct_n"]) == secret["ss_n"]
        )

    assert all_hold("ML-KEM-768 (FIPS 203)", cases("asymmetric/MLKEM/kat_MLKEM_768.rsp", "count"), holds) == 1000


def test_mldsa65_verifies_the_known_answers_of_fips_204_and_no_changed_one() -> None:
    def holds(case: Case) -> bool:
        seed, public, message, signed, context = (
            bytes.fromhex(case[name]) for name in ("xi", "pk", "msg", "sm", "ctx")
        )
        signature = signed[: identity.MLDSA65_SIGNATURE_SIZE]
        identity.verify_mldsa65(public, signature, message, context)
        try:
            identity.verify_mldsa65(public, signature, message + b"x", context)
        except ExpectedError:
            return identity.mldsa65_public(seed) == public
        return False

    assert all_hold("ML-DSA-65 (FIPS 204)", cases("asymmetric/MLDSA/kat_MLDSA_65_det_pure.rsp", "count"), holds) == 100


PHRASES = {
    "00" * 16: "abandon " * 11 + "about",
    "7f" * 16: "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "80" * 16: "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
    "ff" * 16: "zoo " * 11 + "wrong",
    "9e885d952ad362caeb4efe34a8e91bd2": "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
    "c0ba5a8e914111210f2bd131f3d5e08d": "scheme spot photo card baby mountain device kick cradle pact join borrow",
    "23db8160a31d3e0dca3688ed941adbf3": "cat swing flag economy stadium alone churn speed unique patch report train",
    "f30f8c1da665478f49b001d94c5fc452": (
        "vessel ladder alter error federal sibling chat ability sun glass valve picture"
    ),
}
"""Those of the published vectors of BIP39 that have twelve words."""


def test_recovery_phrases_are_those_of_bip39_and_its_list_of_words() -> None:
    def holds(case: tuple[str, str]) -> bool:
        entropy, phrase = case
        return recovery.phrase_of(bytes.fromhex(entropy)) == phrase and recovery.to_secret(phrase).hex() == entropy

    assert all_hold("BIP39, twelve words", PHRASES.items(), holds) == 8
    listed = "".join(f"{word}\n" for word in english().wordlist).encode()
    assert hashlib.sha256(listed).hexdigest() == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
