"""A desk: one journal with its projection, and a log to write into, without a vault around it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from fieldapp.crypto.identity import ed25519_public, sign_ed25519
from fieldapp.records import projection, store
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.values import EntryId, RecordId
from fieldapp.vault import connection as database
from fieldapp.vault import journal, schema
from fieldapp.vault.chains import continuation_message
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import Author, Moment, Receiver, SealedEntry, StoredEntry

RECORD = RecordId(b"r" * 16)


class Desk:
    """One journal with its projection, and a log to write into; `after`: it says that it goes on from that one's."""

    def __init__(self, path: Path, after: Desk | None = None) -> None:
        key = bytearray(secrets.token_bytes(database.KEY_SIZE))
        self.connection: Connection = database.create(path, key)
        schema.create(self.connection)
        projection.create(self.connection)
        self.seed = seed = secrets.token_bytes(32)
        self.time_ms = 1000
        self.author: Author = journal.open_log(
            self.connection,
            key=ed25519_public(seed),
            kept_secrets=b"",
            sign=lambda message: sign_ed25519(seed, message),
            payload={"person": path.name, **({} if after is None else {"after": after.goes_on_as(seed)})},
            moment=Moment(0, 0),
        )

    def goes_on_as(self, seed: bytes) -> dict[str, Plain]:
        """What the opening of a log says that goes on from this one."""
        signed = sign_ed25519(self.seed, continuation_message(self.author.log, ed25519_public(seed)))
        return {"log": self.author.log, "signature": signed}

    def write(self, *bodies: Body) -> list[EntryId]:
        self.time_ms += 1000
        with self.connection.transaction():
            entries = journal.append(self.connection, self.author, bodies, Moment(self.time_ms, 0))
            self.take_in(entries)
        return [entry.id for entry in entries]

    def take_in(self, entries: Sequence[StoredEntry]) -> set[RecordId]:
        touched = {record for entry in entries for record in projection.apply(self.connection, entry)}
        return projection.refresh(self.connection, touched)

    def receive(self, logs: Sequence[Sequence[SealedEntry]]) -> set[RecordId]:
        with self.connection.transaction():
            arrival = self.connection.insert(
                "INSERT INTO arrival (bundle, sender, number, digest, arrived_ms) VALUES (?, x'00', 1, x'00', 0)",
                (secrets.token_bytes(16),),
            )
            receiver = Receiver(self.connection, arrival)
            taken = [receiver.receive(entry) for log in logs for entry in log]
            return self.take_in([entry for entry in taken if entry is not None])

    def sealed(self) -> list[SealedEntry]:
        return [entry for _rowid, entry in journal.sealed_entries(self.connection, self.author.log)]

    def row(self, record: RecordId = RECORD) -> store.RecordRow:
        return store.row_of(self.connection, record)

    def fields(self, record: RecordId = RECORD) -> dict[str, list[Plain]]:
        found = store.fields_of(self.connection, record)
        return {key: [claim.value for claim in state.claims] for key, state in found.items()}

    def snapshot(self) -> dict[str, list[tuple[object, ...]]]:
        return store.snapshot(self.connection)


def edit(
    *claims: NewClaim, record: RecordId = RECORD, type_name: str = "person", kind: str = "edit", part: str = "ordinary"
) -> Body:
    """What claims something of a record."""
    return claims_body(Claims(record, type_name, part, claims), kind=kind, save=bytes(16))
