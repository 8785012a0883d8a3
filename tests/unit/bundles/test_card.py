"""An identity card: one piece, signed by both of its keys, bound to the log that it names."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldapp.bundles.card import CARD_MAGIC, MAX_CARD_BYTES, check_card_text, read_card, write_card
from fieldapp.crypto.age import HybridIdentity
from fieldapp.crypto.identity import sign_ed25519, sign_mldsa65
from fieldapp.crypto.words import compare_words, fingerprint
from fieldapp.errors import BugError, CardDamagedError, CardError, CardNewerError, CardTextError
from fieldapp.values import EntryId
from tests.unit.bundles.peers import Peer, opening_of, peer


def fields_of(someone: Peer) -> dict[str, object]:
    card: dict[str, object] = cbor2.loads(cbor2.loads(someone.card.file[len(CARD_MAGIC) :])[0])
    return card


def signed(someone: Peer, fields: dict[str, object]) -> bytes:
    """A card of these fields, with good signatures, as only the person themself can make it."""
    card = cbor2.dumps(fields, canonical=True)
    ed25519 = sign_ed25519(someone.secrets.ed25519, b"fieldapp card 1\0" + card)
    return framed([card, ed25519, sign_mldsa65(someone.secrets.mldsa65, card, b"fieldapp card 1")])


def framed(parts: object) -> bytes:
    return CARD_MAGIC + cbor2.dumps(parts, canonical=True)


def reason_of(file: bytes) -> str:
    with pytest.raises(CardDamagedError) as refused:
        read_card(file)
    return refused.value.reason


def test_a_card_says_who_it_is_of() -> None:
    ainura = peer("Ainura")

    card = read_card(ainura.card.file)

    assert (card.person, card.device) == ("Ainura", "laptop")
    assert card.public == ainura.secrets.public()
    assert card.recipient == HybridIdentity(bytes(ainura.secrets.age)).recipient
    assert card.opening == replace(ainura.opening, body_bytes=None)
    assert card.fingerprint == fingerprint(card.public.ed25519 + card.public.mldsa65 + card.age + card.log)
    assert card.words == compare_words(card.fingerprint)


def test_another_name_is_the_same_person_and_another_log_is_not() -> None:
    ainura = peer("Ainura")

    renamed = read_card(write_card(ainura.secrets, person="Айнура", device="стол", opening=ainura.opening))
    restored = read_card(write_card(ainura.secrets, person="A", device="B", opening=opening_of(ainura.secrets, tick=9)))

    assert renamed.fingerprint == ainura.card.fingerprint
    assert restored.fingerprint != ainura.card.fingerprint


def test_what_a_later_version_adds_is_kept() -> None:
    ainura = peer("Ainura")
    file = signed(ainura, fields_of(ainura) | {"later": [1, "two"]})

    assert read_card(file).file == file
    assert read_card(file).fingerprint == ainura.card.fingerprint


def test_a_later_version_is_called_newer_whatever_else_it_changes() -> None:
    file = framed([cbor2.dumps({"v": 2, "new": 1}, canonical=True), b"another signature", b"and", b"another"])

    with pytest.raises(CardNewerError) as refused:
        read_card(file)
    assert (refused.value.found, refused.value.known) == (2, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \u3000", "empty"),
        ("x" * 101, "long"),
        ("a\nb", "control"),
        ("a\0", "control"),
        ("a\x85b", "control"),
        ("safe\u202egnp.exe", "control"),
        ("a\u200bb", "control"),
        ("a\u2066b", "control"),
        ("a\u2028b", "control"),
        ("\ue000", "control"),
    ],
)
def test_names_that_could_mislead_are_refused_by_writer_and_reader(text: str, reason: str) -> None:
    ainura = peer("Ainura")

    with pytest.raises(CardTextError) as refused:
        write_card(ainura.secrets, person="Ainura", device=text, opening=ainura.opening)

    assert refused.value.reason == reason
    assert reason_of(signed(ainura, fields_of(ainura) | {"person": text})) in {"text", "encoding"}


@pytest.mark.parametrize("text", ["A", "Айнура Ў.", "x" * 100, "ハナ 花", "O'zbekiston ‘ayn’"])
def test_names_of_people_are_taken(text: str) -> None:
    check_card_text(text)


def test_no_card_is_made_with_an_opening_entry_that_is_not_of_its_keys() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")

    with pytest.raises(BugError):
        write_card(ainura.secrets, person="Ainura", device="laptop", opening=bek.opening)


def test_a_card_with_the_log_or_the_opening_of_another_is_refused() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    fields, of_bek = fields_of(ainura), fields_of(bek)

    assert reason_of(signed(ainura, fields | {"log": of_bek["log"]})) == "opening"
    assert reason_of(signed(ainura, fields | {"opening": of_bek["opening"], "log": of_bek["log"]})) == "opening"
    header, unsigned = ainura.opening.header_bytes, bytes(64)
    log = hashlib.sha256(header + unsigned).digest()[:16]
    assert reason_of(signed(ainura, fields | {"opening": [header, unsigned], "log": log})) == "opening"
    later = opening_of(ainura.secrets, seq=1, key=None, log=ainura.card.log, prev=EntryId(bytes([1]) * 32))
    opening = [later.header_bytes, later.signature]
    assert reason_of(signed(ainura, fields | {"opening": opening})) == "opening"


@pytest.mark.parametrize(("name", "size"), [("ed25519", 32), ("mldsa65", 1952), ("age", 1216)])
def test_keys_that_are_none_are_refused(name: str, size: int) -> None:
    ainura = peer("Ainura")

    assert reason_of(signed(ainura, fields_of(ainura) | {name: bytes(size - 1)})) == "key"
    if name != "mldsa65":  # each string of that length is an ML-DSA key
        assert reason_of(signed(ainura, fields_of(ainura) | {name: bytes(size)})) == "key"


def test_each_signature_is_needed_and_cannot_come_from_elsewhere() -> None:
    ainura, bek = peer("Ainura"), peer("Bek")
    card, ed25519, mldsa65 = cbor2.loads(ainura.card.file[len(CARD_MAGIC) :])
    _, other_ed25519, other_mldsa65 = cbor2.loads(bek.card.file[len(CARD_MAGIC) :])

    assert reason_of(framed([card, other_ed25519, mldsa65])) == "signature"
    assert reason_of(framed([card, ed25519, other_mldsa65])) == "signature"
    assert reason_of(framed([card, sign_ed25519(ainura.secrets.ed25519, card), mldsa65])) == "signature"
    assert reason_of(framed([card, ed25519, sign_mldsa65(ainura.secrets.mldsa65, card, b"")])) == "signature"
    assert reason_of(framed([card, ed25519])) == "encoding"
    assert reason_of(framed([card, ed25519, mldsa65, b""])) == "encoding"
    assert reason_of(framed([card, ed25519, mldsa65[:-1]])) == "encoding"


@pytest.mark.parametrize("missing", ["v", "person", "device", "log", "ed25519", "mldsa65", "age", "opening"])
def test_every_field_is_needed(missing: str) -> None:
    fields = fields_of(peer("Ainura"))
    del fields[missing]

    assert reason_of(signed(peer("Ainura"), fields)) == "encoding"


def test_a_file_over_the_limit_is_not_looked_at() -> None:
    assert reason_of(peer("Ainura").card.file.ljust(MAX_CARD_BYTES + 1, b"\0")) == "size"


def test_no_changed_byte_and_no_cut_is_accepted() -> None:
    file = peer("Ainura").card.file

    for place in range(0, len(file), 7):
        changed = bytearray(file)
        changed[place] ^= 1 << place % 8
        with pytest.raises(CardError):
            read_card(bytes(changed))
        with pytest.raises(CardDamagedError):
            read_card(file[:place])
    assert reason_of(file + b"\0") == "encoding"


@given(st.binary(max_size=300))
@example(b"")
@example(framed([]))
@example(framed({}))
@example(framed([1]))
@example(framed([b"\xa0"]))
@example(framed([cbor2.dumps({"v": True})]))
@example(framed([cbor2.dumps({"v": 0})]))
@example(b"\x9f" * 300)
def test_any_bytes_are_refused_with_our_own_error(content: bytes) -> None:
    for file in (content, CARD_MAGIC + content):
        with pytest.raises(CardError):
            read_card(file)
