"""Signatures that are checked ahead, in another process: it saves work, and lets nothing in that is not signed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fieldapp.crypto.checking import Checks, Signed, checks_beside
from fieldapp.crypto.identity import ed25519_public, sign_ed25519, verify_ed25519
from fieldapp.errors import EntrySignatureError, SignatureError
from fieldapp.values import LogId
from fieldapp.vault import connection as database
from fieldapp.vault import schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.entry import NO_ENTRY, NO_LOG, Body, Entry, Header, write_body, write_header
from fieldapp.vault.journal import Receiver, SealedEntry

MANY = 1600
SEED = bytes(range(32))


def a_log(count: int) -> list[SealedEntry]:
    """A log of so many entries, without their bodies but for the first."""
    body = write_body(Body("open", bytes(16), {}), bytes(16))
    log, prev, sealed = NO_LOG, NO_ENTRY, []
    for seq in range(count):
        key = ed25519_public(SEED) if seq == 0 else None
        header = Header(log, seq, prev, seq + 1, 0, 0, hashlib.sha256(body).digest(), len(body), key)
        unsigned = Entry(header, write_header(header), b"")
        entry = replace(unsigned, signature=sign_ed25519(SEED, unsigned.signed_bytes))
        prev = entry.id
        log = log if seq else LogId(entry.id[:16])
        sealed.append(SealedEntry(entry.header_bytes, entry.signature, None if seq else body))
    return sealed


LOG = a_log(MANY)
SPOILED = [*LOG[:-1], replace(LOG[-1], signature=bytes(64))]


@dataclass
class Questions:
    """`Checks` in this process: notes what it is asked, and says of so many that they are valid."""

    says: Callable[[Sequence[Signed]], int]
    asked: list[Signed] = field(default_factory=list)

    def __call__(self, signed: Sequence[Signed]) -> Callable[[], int]:
        self.asked += signed
        return lambda: self.says(signed)


def honest(signed: Sequence[Signed]) -> int:
    for place, each in enumerate(signed):
        try:
            verify_ed25519(each.key, each.signature, each.message)
        except SignatureError:
            return place
    return len(signed)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    made = database.create(tmp_path / "records.db", bytearray(secrets.token_bytes(database.KEY_SIZE)))
    schema.create(made)
    made.execute("INSERT INTO arrival VALUES (1, x'00', x'00', 1, x'00', 0, NULL)")
    yield made
    made.close()


def receive(connection: Connection, log: Sequence[SealedEntry], checks: Checks) -> int:
    with connection.transaction():
        return len(list(Receiver(connection, 1, checks).receive_all(log)))


def test_many_entries_are_asked_about_under_the_key_of_their_log_and_all_come_in(connection: Connection) -> None:
    questions = Questions(honest)

    assert receive(connection, LOG, questions) == MANY
    assert 0 < len(questions.asked) < MANY
    assert {each.key for each in questions.asked} == {ed25519_public(SEED)}


def test_what_is_signed_wrongly_is_refused_though_all_were_asked_about(connection: Connection) -> None:
    for says in (honest, lambda _: 0, lambda _: 1):
        with pytest.raises(EntrySignatureError):
            receive(connection, SPOILED, Questions(says))
    assert connection.value("SELECT count(*) FROM entry") == 0


def test_what_was_called_valid_is_not_checked_again(connection: Connection) -> None:
    assert receive(connection, SPOILED, Questions(len)) == MANY


def test_being_valid_under_another_key_is_no_proof(connection: Connection) -> None:
    """The key that counts is the one that is here, whatever key an opening names."""
    receive(connection, LOG[:1], Questions(len))
    connection.execute("UPDATE log SET key = ?", (ed25519_public(bytes(32)),))

    with pytest.raises(EntrySignatureError):
        receive(connection, LOG, Questions(honest))


def test_few_entries_start_nothing_and_known_ones_are_not_asked_about(connection: Connection) -> None:
    questions = Questions(honest)
    receive(connection, LOG[:1000], questions)
    assert questions.asked == []

    receive(connection, LOG, Questions(honest))
    receive(connection, LOG, questions)
    assert questions.asked == []


def test_with_a_process_beside_the_same_comes_in_and_the_same_is_refused(connection: Connection) -> None:
    with checks_beside() as checks:
        with pytest.raises(EntrySignatureError):
            receive(connection, SPOILED, checks)
        assert receive(connection, LOG, checks) == MANY
