"""The worked bytes in the documents of vault and journal are made again from their inputs, and looked for there."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from fieldapp.crypto import envelope, keyslots
from fieldapp.crypto.identity import ed25519_public, sign_ed25519
from fieldapp.crypto.keyslots import KdfParameters, Purpose, SlotKind
from fieldapp.values import EntryId, LogId
from fieldapp.vault import closing, schema
from fieldapp.vault import header as headers
from fieldapp.vault.chains import continuation_message
from fieldapp.vault.encoding import Plain, encode
from fieldapp.vault.entry import NO_ENTRY, NO_LOG, Body, Entry, Header, write_body, write_header
from fieldapp.vault.header import Head, State
from tests.conformance import independent_reader as reader

SALT = bytes(range(16))
MASTER = bytes(range(100, 132))
PARAMETERS = KdfParameters(32, 3, 4)
PASSPHRASE = "seven dry apricots"
SEED = bytes(range(32, 64))
NEW_SEED = bytes(range(64, 96))
MOMENT = (1_790_000_000_000, 300)


@pytest.fixture(scope="module")
def vault_document(root: Path) -> str:
    return squeezed(root, "vault.md")


@pytest.fixture(scope="module")
def journal_document(root: Path) -> str:
    return squeezed(root, "journal.md")


def squeezed(root: Path, name: str) -> str:
    return re.sub(r"\s+", "", (root / "resources" / "docs" / "formats" / name).read_text(encoding="utf-8"))


def entry_of(header: Header, seed: bytes = SEED) -> Entry:
    header_bytes = write_header(header)
    unsigned = Entry(header, header_bytes, b"")
    return Entry(header, header_bytes, sign_ed25519(seed, unsigned.signed_bytes))


def opening() -> tuple[Entry, bytes]:
    body = write_body(Body("open", bytes(16), {"device": "laptop", "person": "Amina"}), bytes(range(16)))
    digest = hashlib.sha256(body).digest()
    return entry_of(Header(NO_LOG, 0, NO_ENTRY, 1, *MOMENT, digest, len(body), ed25519_public(SEED))), body


def second() -> tuple[Entry, bytes]:
    first, _ = opening()
    body = write_body(Body("note", b"\x11" * 16, {"text": "салом"}), bytes(range(16, 32)))
    header = Header(LogId(first.id[:16]), 1, first.id, 2, *MOMENT, hashlib.sha256(body).digest(), len(body))
    return entry_of(header), body


def continuing() -> tuple[Entry, bytes, bytes]:
    """The opening of a log that goes on from the one above, its body, and what the key of that one signs."""
    before, _ = second()
    key = ed25519_public(NEW_SEED)
    message = continuation_message(before.header.log, key)
    signature = sign_ed25519(SEED, message)
    after: dict[str, Plain] = {"log": before.header.log, "seq": 1, "head": before.id, "signature": signature}
    payload: dict[str, Plain] = {"device": "laptop", "person": "Amina", "after": after}
    body = write_body(Body("open", bytes(16), payload), bytes(range(32, 48)))
    digest = hashlib.sha256(body).digest()
    return entry_of(Header(NO_LOG, 0, NO_ENTRY, 3, *MOMENT, digest, len(body), key), NEW_SEED), body, message


def header_file() -> tuple[bytes, bytes]:
    """The whole file, and its state before sealing."""
    context = keyslots.slot_context(headers.VERSION, SALT, PARAMETERS)
    root = keyslots.derive_root(PASSPHRASE.encode(), SALT, PARAMETERS)
    slots = [bytes([index]) * 192 for index in range(8)]
    slots[3] = keyslots.seal_slot_with(root, 3, MASTER, SlotKind.PASSPHRASE, context, seed=bytes(range(16, 32)))
    header = headers.Header(PARAMETERS, SALT, tuple(slots), b"")
    entry, _ = second()
    state = headers._encode_state(State(5, {LogId(entry.header.log): Head(1, EntryId(entry.id))}))
    key = keyslots.subkey(MASTER, Purpose.HEADER_MAC)
    return header.open_part + envelope.seal_with(key, state, header.open_part, seed=bytes(range(48, 64))), state


def test_the_header_in_the_document_is_made_again(vault_document: str) -> None:
    raw, state = header_file()

    assert len(raw) == headers.SIZE == 2638
    assert raw[:46].hex() in vault_document
    assert state[: state.index(bytes(64))].hex() in vault_document
    assert state[state.index(bytes(64)) :].lstrip(b"\0").hex() in vault_document
    assert raw[46 + 1536 : 46 + 1536 + 64].hex() in vault_document
    assert raw[-16:].hex() in vault_document
    assert hashlib.sha256(raw).hexdigest() in vault_document


def test_the_header_in_the_document_is_opened_by_both_readers() -> None:
    raw, _state = header_file()
    entry, _ = second()
    opened = headers.open_copies([headers.parse(raw)], PASSPHRASE.encode())
    other = reader.open_header(raw, PASSPHRASE.encode())

    assert other is not None
    assert opened.slot.master_key == other.master_key == MASTER
    assert opened.state.epoch == other.epoch == 5
    assert other.heads == {entry.header.log: (1, entry.id)}


def test_a_header_that_says_what_the_pages_were_is_read_by_both_readers(tmp_path: Path) -> None:
    header, _places = headers.make(MASTER, PARAMETERS, [(SlotKind.SHARES, PASSPHRASE.encode())])
    (tmp_path / "records.db").write_bytes(bytes(range(256)) * 48)
    digest = closing.digest_of(tmp_path / "records.db")
    raw = headers.sealed(header, MASTER, State(5, {}, digest))
    opened = headers.open_copies([headers.parse(raw)], PASSPHRASE.encode())
    other = reader.open_header(raw, PASSPHRASE.encode())

    assert len(raw) == headers.SIZE
    assert other is not None
    assert opened.slot.kind is SlotKind.SHARES
    assert opened.state.closed == other.closed == digest == reader.closed_digest(bytes(range(256)) * 48)


def test_a_reader_passes_over_what_it_does_not_know_of_a_state() -> None:
    state = headers._decode_state(encode({"epoch": 7, "heads": {}, "pad": b"", "later": [1, 2]}))
    assert state == State(7, {})


def test_keys_of_the_database_and_names_of_objects_are_in_the_document(vault_document: str) -> None:
    salt = keyslots.subkey(MASTER, Purpose.DATABASE_SALT, 16)
    key = keyslots.subkey(MASTER, Purpose.DATABASE_KEY)
    mac_salt = bytes(byte ^ 0x3A for byte in salt)
    mac_key = hashlib.pbkdf2_hmac("sha512", key, mac_salt, 2, 32)

    for value in (key, salt, mac_key):
        assert value.hex() in vault_document


def test_every_table_of_the_database_is_in_the_document(vault_document: str) -> None:
    for statement in schema.statements():
        assert re.sub(r"\s+", "", statement) in vault_document


def test_the_entries_in_the_document_are_made_again(journal_document: str) -> None:
    for entry, body in (opening(), second(), continuing()[:2]):
        assert entry.header_bytes.hex() in journal_document
        assert entry.signature.hex() in journal_document
        assert entry.id.hex() in journal_document
        assert hashlib.sha256(body).hexdigest() in journal_document
        assert len(body) == 512
        start = body.index(b"cpad") + 4
        end = start + 3 + int.from_bytes(body[start + 1 : start + 3])
        assert body[: start + 3].hex() in journal_document
        assert body[end:].hex() in journal_document
    assert ed25519_public(SEED).hex() in journal_document
    assert opening()[0].id[:16].hex() in journal_document


def test_a_log_that_goes_on_from_another_is_made_again(journal_document: str) -> None:
    entry, body, message = continuing()
    said = reader.read_body({"hash": entry.header.body_hash, "len": len(body)}, body)

    assert said is not None
    assert message.hex() in journal_document
    assert ed25519_public(NEW_SEED).hex() in journal_document
    assert encode(said["payload"]["after"]).hex() in journal_document


def test_a_canonical_map_is_in_the_order_of_the_document(journal_document: str) -> None:
    assert encode({"zone": 1, "v": 1, "aa": 2}).hex() in journal_document
