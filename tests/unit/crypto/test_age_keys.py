"""Keys of age as text, and what each kind of recipient makes of a file key."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import bech32
from fieldapp.crypto.age import HybridIdentity, HybridRecipient, Identity, ScryptIdentity, ScryptRecipient
from fieldapp.crypto.age import X25519Identity as ClassicIdentity
from fieldapp.crypto.age import X25519Recipient as ClassicRecipient
from fieldapp.crypto.age_header import Stanza, encode_base64
from fieldapp.errors import AgeHeaderError, AgeKeyMalformedError

FILE_KEY = b"sixteen bytes ok"
# C2SP age.md, "The X25519 recipient type".
SPEC_IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
SPEC_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
# C2SP age.md, "The MLKEM768-X25519 … recipient type": the identity, and both ends of its recipient.
SPEC_HYBRID_IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
SPEC_HYBRID_BEGIN = "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6caq5aapdmwjjqpj"
SPEC_HYBRID_END = "yyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k"
LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
]


def test_the_keys_of_the_specification_read_and_write() -> None:
    identity = ClassicIdentity.from_text(SPEC_IDENTITY)
    hybrid = HybridIdentity.from_text(SPEC_HYBRID_IDENTITY)

    assert identity.secret == b"B" * 32
    assert identity.recipient.to_text() == SPEC_RECIPIENT
    assert identity.recipient == ClassicRecipient.from_text(SPEC_RECIPIENT)
    assert identity.to_text() == SPEC_IDENTITY
    assert hybrid.to_text() == SPEC_HYBRID_IDENTITY
    assert hybrid.recipient.to_text().startswith(SPEC_HYBRID_BEGIN)
    assert hybrid.recipient.to_text().endswith(SPEC_HYBRID_END)
    assert HybridRecipient.from_text(hybrid.recipient.to_text()) == hybrid.recipient


@given(content=st.binary(max_size=1300), prefix=st.sampled_from(["age", "AGE-SECRET-KEY-", "a1b"]))
def test_bech32_gives_back_what_it_took(content: bytes, prefix: str) -> None:
    assert bech32.from_text(bech32.to_text(prefix, content)) == (prefix, content)


def test_every_mistyped_character_of_a_key_is_noticed() -> None:
    for place in range(len(SPEC_RECIPIENT)):
        for char in "qpzx9b1A ж":
            typed = SPEC_RECIPIENT[:place] + char + SPEC_RECIPIENT[place + 1 :]
            if typed != SPEC_RECIPIENT:
                with pytest.raises(AgeKeyMalformedError):
                    ClassicRecipient.from_text(typed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "age",
        "age1",
        "1qqqqqqq",
        SPEC_RECIPIENT[:-1],
        SPEC_RECIPIENT + "q",
        SPEC_RECIPIENT.upper(),
        "a1" + "q" * 9999,
    ],
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(AgeKeyMalformedError) as caught:
        ClassicRecipient.from_text(text)

    assert text == "" or text not in str(caught.value) or len(text) < 4


def test_bits_that_carry_nothing_must_be_zero() -> None:
    values = [bech32.ALPHABET.index(char) for char in bech32.to_text("age", b"\xff")[4:6]]
    for last in range(32):
        text = _with_checksum("age", [values[0], last])
        if last & 0b11:
            with pytest.raises(ValueError, match="padding"):
                bech32.from_text(text)
        else:
            assert len(bech32.from_text(text)[1]) == 1
    with pytest.raises(ValueError, match="padding"):
        bech32.from_text(_with_checksum("age", [0]))


def _with_checksum(prefix: str, values: list[int]) -> str:
    """The Bech32 text of 5-bit values, by trying the whole checksum out of the module's own parts."""
    mod = bech32._polymod(bech32._expand(prefix) + values + [0] * 6) ^ 1
    symbols = values + [mod >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(bech32.ALPHABET[value] for value in symbols)


def test_a_text_longer_than_any_key_costs_no_work() -> None:
    with pytest.raises(ValueError, match="length"):
        bech32.from_text(bech32.to_text("age", bytes(2600)))


def test_one_kind_of_key_is_not_taken_for_another() -> None:
    hybrid = HybridIdentity(bytes(32))
    for read, text in (
        (ClassicIdentity.from_text, hybrid.to_text()),
        (HybridIdentity.from_text, SPEC_IDENTITY),
        (ClassicRecipient.from_text, hybrid.recipient.to_text()),
        (HybridRecipient.from_text, SPEC_RECIPIENT),
        (ClassicIdentity.from_text, SPEC_IDENTITY.lower()),
    ):
        with pytest.raises(AgeKeyMalformedError, match="kind"):
            read(text)


@pytest.mark.parametrize("low", LOW_ORDER)
def test_a_recipient_of_low_order_is_refused(low: bytes) -> None:
    hybrid = HybridIdentity(bytes(32)).recipient.public

    with pytest.raises(AgeKeyMalformedError, match="low order"):
        ClassicRecipient(low)
    with pytest.raises(AgeKeyMalformedError, match="low order"):
        HybridRecipient(hybrid[:-32] + low)


def test_a_hybrid_recipient_with_no_valid_ml_kem_key_is_refused() -> None:
    hybrid = HybridIdentity(bytes(32)).recipient.public

    with pytest.raises(AgeKeyMalformedError, match="ML-KEM"):
        HybridRecipient(b"\xff" * 1184 + hybrid[-32:])


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_length_are_refused(size: int) -> None:
    for kind in (ClassicRecipient, ClassicIdentity, HybridIdentity, HybridRecipient):
        with pytest.raises(AgeKeyMalformedError, match="length"):
            kind(bytes(size))


def test_no_secret_shows_when_an_identity_is_printed() -> None:
    secret = b"SECRETSECRETSECRETSECRETSECRET!!"

    for value in (ClassicIdentity(secret), HybridIdentity(secret), ScryptIdentity(secret), ScryptRecipient(secret)):
        assert not re.search("SECRET", repr(value) + str(value))


def test_new_identities_differ() -> None:
    assert HybridIdentity.generate() != HybridIdentity.generate()
    assert ClassicIdentity.generate() != ClassicIdentity.generate()


def test_each_recipient_wraps_for_its_own_identity_only() -> None:
    hybrid, classic = HybridIdentity.generate(), ClassicIdentity.generate()
    spoken = ScryptIdentity(b"rain")
    others: list[Identity] = [HybridIdentity.generate(), ClassicIdentity.generate(), ScryptIdentity(b"sun")]
    pairs: list[tuple[Identity, Stanza]] = [
        (hybrid, hybrid.recipient.wrap(FILE_KEY)),
        (classic, classic.recipient.wrap(FILE_KEY)),
        (spoken, ScryptRecipient(b"rain", log_n=4).wrap(FILE_KEY)),
    ]

    for identity, stanza in pairs:
        assert identity.unwrap(stanza) == FILE_KEY
        assert all(other.unwrap(stanza) is None for other in others)


def test_two_wraps_never_agree() -> None:
    recipient = HybridIdentity(bytes(32)).recipient

    assert recipient.wrap(FILE_KEY) != recipient.wrap(FILE_KEY)


@pytest.mark.parametrize("log_n", ["0", "-1", "+4", "04", "4 ", "23", "99", "100", "9" * 5000, "٤", "4\n"])
def test_a_work_factor_out_of_form_or_range_is_refused_before_the_work(log_n: str) -> None:
    stanza = Stanza("scrypt", (encode_base64(bytes(16)), log_n), bytes(32))

    with pytest.raises(AgeHeaderError):
        ScryptIdentity(b"rain").unwrap(stanza)


def test_the_limit_of_work_can_be_lower() -> None:
    stanza = ScryptRecipient(b"rain", log_n=5).wrap(FILE_KEY)

    assert ScryptIdentity(b"rain", log_n_limit=5).unwrap(stanza) == FILE_KEY
    with pytest.raises(AgeHeaderError):
        ScryptIdentity(b"rain", log_n_limit=4).unwrap(stanza)
