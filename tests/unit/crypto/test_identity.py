"""Keys of a person: what they sign, what verifies, and which keys are refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import identity
from fieldapp.errors import BugError, KeyRefusedError, SignatureError

P = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
SEED = bytes(range(32))
PUBLIC = identity.ed25519_public(SEED)
PQ_PUBLIC = identity.mldsa65_public(SEED)
Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022


def encoded(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


LOW_ORDER = [encoded(y, sign) for y in (0, 1, P - 1, Y8, P - Y8, P, P + 1) for sign in (0, 1)]


def flipped(value: bytes, bit: int) -> bytes:
    broken = bytearray(value)
    broken[bit // 8] ^= 1 << bit % 8
    return bytes(broken)


def test_what_a_person_signs_verifies_under_their_public_keys() -> None:
    secrets = identity.new_identity()
    public = secrets.public()

    identity.verify_ed25519(public.ed25519, identity.sign_ed25519(secrets.ed25519, b"entry"), b"entry")
    identity.verify_mldsa65(public.mldsa65, identity.sign_mldsa65(secrets.mldsa65, b"bag", b"for"), b"bag", b"for")


def test_the_three_seeds_of_a_new_identity_are_independent() -> None:
    one, other = identity.new_identity(), identity.new_identity()

    assert len({bytes(seed) for who in (one, other) for seed in (who.ed25519, who.mldsa65, who.age)}) == 6


def test_secrets_come_back_from_storage_and_are_wiped_in_place() -> None:
    secrets = identity.new_identity()
    stored = secrets.to_bytes()

    assert len(stored) == identity.STORED_SIZE
    assert identity.identity_from_bytes(stored) == secrets
    secrets.wipe()
    assert secrets.ed25519 == secrets.mldsa65 == secrets.age == bytes(32)
    assert identity.identity_from_bytes(stored) != secrets


@given(st.binary(max_size=120))
def test_any_stored_bytes_are_an_identity_or_a_typed_error(stored: bytes) -> None:
    try:
        secrets = identity.identity_from_bytes(stored)
    except KeyRefusedError:
        assert len(stored) != identity.STORED_SIZE or stored[0] != 1
    else:
        assert secrets.to_bytes() == stored


def test_stored_secrets_of_another_version_are_refused() -> None:
    with pytest.raises(KeyRefusedError) as refused:
        identity.identity_from_bytes(b"\2" + bytes(96))
    assert refused.value.reason == "version"


def test_no_secret_is_in_the_text_of_an_identity() -> None:
    secrets = identity.identity_from_bytes(b"\1" + b"A" * 96)

    assert "A" * 4 not in repr(secrets)


def test_no_flipped_bit_of_an_ed25519_signature_key_or_message_verifies() -> None:
    signature = identity.sign_ed25519(SEED, b"entry")
    verifier = identity.Verifier(PUBLIC)

    for bit in range(512):
        with pytest.raises(SignatureError):
            verifier.verify(flipped(signature, bit), b"entry")
    for bit in range(40):
        with pytest.raises(SignatureError):
            verifier.verify(signature, flipped(b"entry", bit))
    for bit in range(256):
        with pytest.raises((SignatureError, KeyRefusedError)):
            identity.verify_ed25519(flipped(PUBLIC, bit), signature, b"entry")


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65, 128])
def test_signatures_of_another_size_do_not_verify(size: int) -> None:
    signature = (identity.sign_ed25519(SEED, b"entry") * 2)[:size]

    with pytest.raises(SignatureError):
        identity.verify_ed25519(PUBLIC, signature, b"entry")


@pytest.mark.parametrize("times", range(1, 16))
def test_a_second_form_of_s_does_not_verify(times: int) -> None:
    signature = identity.sign_ed25519(SEED, b"entry")
    s = int.from_bytes(signature[32:], "little") + times * GROUP_ORDER
    if s >= 2**256:
        pytest.fail("the test wants sums that fit")

    with pytest.raises(SignatureError):
        identity.verify_ed25519(PUBLIC, signature[:32] + s.to_bytes(32, "little"), b"entry")


@pytest.mark.parametrize("key", LOW_ORDER, ids=bytes.hex)
def test_each_of_the_fourteen_encodings_of_low_order_is_refused(key: bytes) -> None:
    with pytest.raises(KeyRefusedError) as refused:
        identity.Verifier(key)

    assert refused.value.reason == ("encoding" if int.from_bytes(key, "little") & (2**255 - 1) >= P else "order")


def test_the_fourteen_encodings_are_all_there_are() -> None:
    assert len(set(LOW_ORDER)) == 14


def test_the_signature_that_a_low_order_key_makes_for_every_message_is_refused() -> None:
    identity_point = encoded(1, 0)

    with pytest.raises(KeyRefusedError):
        identity.verify_ed25519(identity_point, identity_point + bytes(32), b"never signed")


@pytest.mark.parametrize("point", LOW_ORDER, ids=bytes.hex)
def test_an_honest_key_does_not_verify_a_signature_of_a_low_order_point(point: bytes) -> None:
    with pytest.raises(SignatureError):
        identity.verify_ed25519(PUBLIC, point + bytes(32), b"entry")


@pytest.mark.parametrize("r", [encoded(1, 1), encoded(P + 1, 0), encoded(P + 1, 1)], ids=bytes.hex)
def test_a_signature_whose_r_is_written_in_a_second_way_does_not_verify(r: bytes) -> None:
    """Who knows the secret scalar can sign with R = 0; in its canonical form that is a signature, in no other."""
    clamped = bytearray(hashlib.sha512(SEED).digest()[:32])
    clamped[0] &= 248
    clamped[31] = clamped[31] & 127 | 64
    scalar = int.from_bytes(clamped, "little")

    def signed_with(r: bytes) -> bytes:
        challenge = int.from_bytes(hashlib.sha512(r + PUBLIC + b"entry").digest(), "little")
        return r + (challenge * scalar % GROUP_ORDER).to_bytes(32, "little")

    identity.verify_ed25519(PUBLIC, signed_with(encoded(1, 0)), b"entry")
    with pytest.raises(SignatureError):
        identity.verify_ed25519(PUBLIC, signed_with(r), b"entry")


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", range(P, 2**255))
def test_every_y_that_is_not_below_p_is_refused(y: int, sign: int) -> None:
    with pytest.raises(KeyRefusedError) as refused:
        identity.check_ed25519_public(encoded(y, sign))
    assert refused.value.reason == "encoding"


def test_a_y_off_the_curve_is_refused() -> None:
    with pytest.raises(KeyRefusedError) as refused:
        identity.check_ed25519_public(encoded(2, 0))
    assert refused.value.reason == "point"


@given(st.binary(min_size=32, max_size=32))
def test_every_honest_key_is_accepted(seed: bytes) -> None:
    identity.check_ed25519_public(identity.ed25519_public(seed))


@given(st.binary(max_size=40), st.binary(max_size=70), st.binary(max_size=40))
def test_any_bytes_as_key_and_signature_give_a_typed_error(key: bytes, signature: bytes, message: bytes) -> None:
    with pytest.raises((KeyRefusedError, SignatureError)):
        identity.verify_ed25519(key, signature, message)


@given(st.binary(min_size=64, max_size=64))
def test_any_64_bytes_are_no_signature_of_an_honest_key(signature: bytes) -> None:
    with pytest.raises(SignatureError):
        identity.verify_ed25519(PUBLIC, signature, b"entry")


def test_no_flipped_bit_of_an_mldsa_signature_verifies() -> None:
    signature = identity.sign_mldsa65(SEED, b"bag", b"for")

    for bit in range(0, len(signature) * 8, 41):
        with pytest.raises(SignatureError):
            identity.verify_mldsa65(PQ_PUBLIC, flipped(signature, bit), b"bag", b"for")


def test_an_mldsa_signature_holds_for_one_message_key_and_context_only() -> None:
    signature = identity.sign_mldsa65(SEED, b"bag", b"for")
    other_key = identity.mldsa65_public(bytes(32))

    for public, message, context in (
        (PQ_PUBLIC, b"bat", b"for"),
        (PQ_PUBLIC, b"bag", b"fot"),
        (PQ_PUBLIC, b"bag", b""),
        (PQ_PUBLIC, b"forbag", b""),
        (other_key, b"bag", b"for"),
        (flipped(PQ_PUBLIC, 8000), b"bag", b"for"),
    ):
        with pytest.raises(SignatureError):
            identity.verify_mldsa65(public, signature, message, context)


@pytest.mark.parametrize("size", [0, 1, 3308, 3310, 6618])
def test_mldsa_signatures_of_another_size_do_not_verify(size: int) -> None:
    signature = (identity.sign_mldsa65(SEED, b"bag", b"for") * 2)[:size]

    with pytest.raises(SignatureError):
        identity.verify_mldsa65(PQ_PUBLIC, signature, b"bag", b"for")


@pytest.mark.parametrize("size", [0, 32, 1951, 1953, 2592])
def test_mldsa_keys_of_another_size_are_refused(size: int) -> None:
    with pytest.raises(KeyRefusedError):
        identity.verify_mldsa65(bytes(size), bytes(3309), b"bag", b"for")


def test_public_keys_are_checked_when_they_are_put_together() -> None:
    identity.IdentityPublic(PUBLIC, PQ_PUBLIC)
    with pytest.raises(KeyRefusedError):
        identity.IdentityPublic(LOW_ORDER[0], PQ_PUBLIC)
    with pytest.raises(KeyRefusedError):
        identity.IdentityPublic(PUBLIC, PQ_PUBLIC[:-1])


def test_seeds_of_a_wrong_size_and_endless_contexts_are_our_mistake() -> None:
    with pytest.raises(BugError):
        identity.sign_ed25519(SEED[:-1], b"entry")
    with pytest.raises(BugError):
        identity.sign_mldsa65(SEED + b"\0", b"bag", b"for")
    with pytest.raises(BugError):
        identity.sign_mldsa65(SEED, b"bag", bytes(256))
    with pytest.raises(BugError):
        identity.verify_mldsa65(PQ_PUBLIC, bytes(3309), b"bag", bytes(256))
