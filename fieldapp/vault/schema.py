"""The tables of `records.db`, and how an older vault becomes a newer one.

Version 1 is below. A migration is a frozen function that speaks SQL only and imports nothing of today's models; before
one runs, an encrypted snapshot of the database is taken. What can be rebuilt from the journal (`records.store`) is not
part of the schema version: it carries its own, and is dropped and rebuilt when that changes.
"""

from __future__ import annotations

from fieldapp.errors import VaultDamagedError, VaultNewerError
from fieldapp.vault.connection import Connection

VERSION = 1

_VERSION_1 = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE,          -- 16 bytes
    key BLOB NOT NULL,                 -- Ed25519 public key
    head_seq INTEGER NOT NULL,
    head BLOB NOT NULL,                -- id of the newest entry
    secrets BLOB                       -- the keys of a log that is written here, else NULL
) STRICT;

CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    entry BLOB NOT NULL UNIQUE,        -- 32 bytes: SHA-256(header, signature)
    log INTEGER NOT NULL REFERENCES log (id),
    seq INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    zone_minutes INTEGER NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    arrival INTEGER REFERENCES arrival (id)   -- the bundle that brought it; NULL where it was written here
) STRICT;
CREATE INDEX entry_by_place ON entry (log, seq);
CREATE INDEX entry_by_arrival ON entry (arrival) WHERE arrival IS NOT NULL;

CREATE TABLE body (
    entry INTEGER PRIMARY KEY REFERENCES entry (id),
    kind TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX body_by_kind ON body (kind);

CREATE TABLE shredded (                -- entries whose bodies are not taken in again
    entry INTEGER PRIMARY KEY REFERENCES entry (id)
) STRICT;

CREATE TABLE fork (log INTEGER NOT NULL REFERENCES log (id), seq INTEGER NOT NULL, PRIMARY KEY (log, seq))
    STRICT, WITHOUT ROWID;

CREATE TABLE object (
    sha256 BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    key BLOB NOT NULL,
    preview BLOB,                      -- a small picture, or NULL
    no_preview TEXT                    -- the reason code where there is none
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    record BLOB NOT NULL,
    type TEXT NOT NULL,
    field TEXT NOT NULL,
    value BLOB NOT NULL,               -- canonical CBOR
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (record, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrival (                 -- bundles that came in
    id INTEGER PRIMARY KEY,
    bundle BLOB NOT NULL UNIQUE,       -- its id, 16 bytes
    sender BLOB NOT NULL,              -- fingerprint of the sender's card
    number INTEGER NOT NULL,           -- the sender's own count
    digest BLOB NOT NULL,              -- SHA-256 of its tag manifest
    arrived_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE departure (               -- bundles that were made here
    id INTEGER PRIMARY KEY,
    bundle BLOB NOT NULL,
    recipient BLOB NOT NULL,           -- fingerprint of one recipient's card; one row for each
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    UNIQUE (bundle, recipient)
) STRICT;

CREATE TABLE quarantine (              -- sealed bundles of senders who are not trusted; the file lies in inbox/
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,         -- of the file in inbox/
    sender BLOB NOT NULL,              -- fingerprint of the card inside
    card BLOB NOT NULL,                -- that card, which says who they claim to be
    arrived_ms INTEGER NOT NULL
) STRICT;
"""


def create(connection: Connection) -> None:
    """Make the tables of this version in an empty database."""
    with connection.transaction():
        for statement in _VERSION_1.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def bring_up_to_date(connection: Connection) -> None:
    """Migrate an older database. There is no older version yet.

    Raises:
        VaultNewerError: it is newer than this program; nothing was changed.
        VaultDamagedError: it is none of ours.
    """
    found = int(connection.value("PRAGMA user_version"))
    if found > VERSION:
        raise VaultNewerError(found, VERSION)
    if found < 1:
        raise VaultDamagedError("database")
