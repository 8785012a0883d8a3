"""Project Wycheproof (C2SP): the cases that broke other libraries, through the functions that the program calls.

Its files (testvectors_v1) are read from `vectors/wycheproof` of the shared folder. Where they are not, the page of
proofs says so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.crypto import identity
from fieldapp.crypto.age_x25519 import shared_secret
from fieldapp.errors import KeyRefusedError, SignatureError
from tests import figures
from tests.vectors.counting import all_hold

FOLDER = Path(os.environ.get("FIELDAPP_SHARED") or Path(__file__).parents[3] / "shared") / "vectors" / "wycheproof"

Case = dict[str, Any]


def is_valid(case: Case) -> bool:
    return bool(case["result"] == "valid")


def ed25519(group: Case, case: Case) -> bool:
    """We verify as strictly as they ask; a key that we refuse verifies nothing."""
    try:
        identity.verify_ed25519(
            bytes.fromhex(group["publicKey"]["pk"]), bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
        )
    except (SignatureError, KeyRefusedError):
        return not is_valid(case)
    return is_valid(case)


def mldsa65(group: Case, case: Case) -> bool:
    try:
        identity.verify_mldsa65(
            bytes.fromhex(group["publicKey"]),
            bytes.fromhex(case["sig"]),
            bytes.fromhex(case["msg"]),
            bytes.fromhex(case.get("ctx", "")),
        )
    except (SignatureError, KeyRefusedError):
        return not is_valid(case)
    return is_valid(case)


def x25519(_group: Case, case: Case) -> bool:
    """A shared secret of zeros is none; all others are as they say."""
    secret = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["private"]))
    expected = bytes.fromhex(case["shared"])
    return shared_secret(secret, bytes.fromhex(case["public"])) == (expected if any(expected) else None)


def chacha20_poly1305(_group: Case, case: Case) -> bool:
    key, nonce, aad, message, sealed, tag = (
        bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
    )
    try:
        opened = ChaCha20Poly1305(key).decrypt(nonce, sealed + tag, aad)
    except (InvalidTag, ValueError):  # ValueError: a nonce of another length
        return not is_valid(case)
    return is_valid(case) and opened == message


def hkdf(_group: Case, case: Case) -> bool:
    ikm, salt, info, okm = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info", "okm"))
    try:
        derived = HKDF(SHA256(), case["size"], salt=salt, info=info).derive(ikm)
    except ValueError:
        return not is_valid(case)
    return is_valid(case) and derived == okm


def mlkem768(_group: Case, case: Case) -> bool:
    try:
        key = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(case["seed"]))
        agreed = key.decapsulate(bytes.fromhex(case["c"]))
    except ValueError:
        return not is_valid(case)
    same_key = key.public_key().public_bytes_raw() == bytes.fromhex(case["ek"])
    return is_valid(case) == (same_key and agreed == bytes.fromhex(case["K"]))


FAMILIES: dict[str, tuple[str, Callable[[Case, Case], bool]]] = {
    "Ed25519": ("ed25519_test.json", ed25519),
    "ML-DSA-65": ("mldsa_65_verify_test.json", mldsa65),
    "X25519": ("x25519_test.json", x25519),
    "ML-KEM-768": ("mlkem_768_test.json", mlkem768),
    "ChaCha20-Poly1305": ("chacha20_poly1305_test.json", chacha20_poly1305),
    "HKDF-SHA-256": ("hkdf_sha256_test.json", hkdf),
}


def cases(file: Path) -> list[tuple[Case, Case]]:
    """Every case with its group. A context that is too long for ML-DSA is a mistake of ours and not of a sender."""
    groups = json.loads(file.read_text(encoding="utf-8"))["testGroups"]
    return [(group, case) for group in groups for case in group["tests"] if "InvalidContext" not in case["flags"]]


def test_every_case_at_hand_has_the_outcome_that_it_should_have() -> None:
    for name, (file, holds) in FAMILIES.items():
        if (FOLDER / file).is_file():
            tried = all_hold(f"Wycheproof, {name}", cases(FOLDER / file), lambda pair, holds=holds: holds(*pair))  # type: ignore[misc]  # a lambda with a default
            assert tried > 50
        else:
            figures.note("vectors", f"Wycheproof, {name}", vectors=0, failures=0, note="not at hand")
