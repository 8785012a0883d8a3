"""Who writes here: each person has passphrase and log of their own; the name stands in the opening of their log.

Rule 1: the author of an entry is who unlocked. Nobody appends to the log of another.
Rule 2: who is removed has no slot any more. Their logs stay, with their keys (others may still seal for their card),
        and are never appended to.
Rule 3: all of them share the master key: who has unlocked once can have kept it. Only a new one (`rekeying`) helps.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.crypto.identity import IdentitySecrets, identity_from_bytes, new_identity, sign_ed25519
from fieldapp.errors import VaultDamagedError
from fieldapp.values import LogId
from fieldapp.vault import journal, kept_ways
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import NO_LOG
from fieldapp.vault.journal import Author, Moment
from fieldapp.vault.stored import stored_entry


@dataclass(frozen=True, slots=True)
class Writer:
    """A person who writes here, or did until `removed_ms`; and their newest log."""

    id: int
    log: LogId
    removed_ms: int | None


def writers(connection: Connection) -> list[Writer]:
    """Everybody, in the order in which they came; also who was removed."""
    rows = connection.execute(
        "SELECT writer.id, log.log, writer.removed_ms FROM writer JOIN log ON log.id ="
        " (SELECT max(id) FROM log AS own WHERE own.writer = writer.id AND own.secrets IS NOT NULL) ORDER BY writer.id"
    )
    return [Writer(number, LogId(log), removed_ms) for number, log, removed_ms in rows]


def logs_of(connection: Connection, writer: int) -> list[Row]:
    """Every log written here, with its keys and whether it is this writer's: theirs first, the newest first."""
    rows = connection.execute(
        "SELECT log, secrets, writer IS ?1 FROM log WHERE secrets IS NOT NULL ORDER BY writer IS ?1 DESC, id DESC",
        (writer,),
    )
    if not rows or not rows[0][2]:
        raise VaultDamagedError("journal")
    return rows


def add(connection: Connection) -> int:
    """One more writer, in the caller's transaction."""
    writer = connection.insert("INSERT INTO writer (removed_ms) VALUES (NULL)")
    kept_ways.keep(connection)
    return writer


def remove(connection: Connection, writer: int, moment: Moment) -> None:
    """Note that somebody does not write here any more, in the caller's transaction."""
    connection.execute("UPDATE writer SET removed_ms = ? WHERE id = ?", (moment.time_ms, writer))
    kept_ways.keep(connection)


def open_log(
    connection: Connection, writer: int, identity: IdentitySecrets, payload: dict[str, Plain], moment: Moment
) -> Author:
    """Begin a log for a writer, whose keys are kept."""
    return journal.open_log(
        connection,
        key=identity.public().ed25519,
        kept_secrets=bytes(identity.to_bytes()),
        sign=author_of(NO_LOG, identity).sign,
        payload=payload,
        moment=moment,
        writer=writer,
    )


def after(connection: Connection, before: Author, identity: IdentitySecrets) -> dict[str, Plain]:
    """What the opening of a log under these keys says of the one that it goes on."""
    return {"after": journal.continued_from(connection, before, identity.public().ed25519)}


def others_go_on(connection: Connection, but: int, device: Plain, moment: Moment) -> None:
    """A new log under new keys for every other writer, as they were called before, in the caller's transaction."""
    for writer in writers(connection):
        if writer.id == but or writer.removed_ms is not None:
            continue
        kept = connection.value("SELECT secrets FROM log WHERE log = ?", (writer.log,))
        identity, before = new_identity(), author_of(writer.log, identity_from_bytes(kept))
        called = opening_of(connection, writer.log) | {"device": device}
        open_log(connection, writer.id, identity, called | after(connection, before, identity), moment)


def opening_of(connection: Connection, log: LogId) -> dict[str, Plain]:
    """What the opening of a log says; nothing where its body is gone."""
    row = connection.value(
        "SELECT body.entry FROM body JOIN entry ON entry.id = body.entry JOIN log ON log.id = entry.log"
        " WHERE log.log = ? AND entry.seq = 0 ORDER BY entry.id",
        (log,),
    )
    body = None if row is None else stored_entry(connection, row).body
    return dict(body.payload) if body else {}


def author_of(log: LogId, keys: IdentitySecrets) -> Author:
    """Who signs with these keys."""
    return Author(log, lambda message: sign_ed25519(keys.ed25519, message))
