"""The tables of `records.db`, as a new vault has them. How an older vault becomes one of these: `migration.py`.

What can be rebuilt from the journal (`records.store`) is not part of the schema version: it carries its own, and is
dropped and rebuilt when that changes.
"""

from __future__ import annotations

from fieldapp.errors import VaultDamagedError, VaultNewerError
from fieldapp.vault.connection import Connection

VERSION = 3
NOTES_CHANGES = 3
"""Since which version every change of slots is noted before the header is touched."""

_TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE writer (                  -- a person who unlocks here; the opening of their log says their name
    id INTEGER PRIMARY KEY,
    removed_ms INTEGER                 -- since when they do not any more, or NULL
) STRICT;

CREATE TABLE slot (                    -- which slots of the header open, with what, and who that is
    place INTEGER PRIMARY KEY CHECK (place BETWEEN 0 AND 7),
    kind TEXT NOT NULL CHECK (kind IN ('passphrase', 'recovery', 'shares')),
    writer INTEGER REFERENCES writer (id)     -- NULL: the first who was not removed
) STRICT;

CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE,          -- 16 bytes
    key BLOB NOT NULL,                 -- Ed25519 public key
    head_seq INTEGER NOT NULL,
    head BLOB NOT NULL,                -- id of the newest entry
    secrets BLOB,                      -- the keys of a log that is written here, else NULL
    writer INTEGER REFERENCES writer (id)     -- whose it is, where it is written here
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

CREATE TABLE lacking (                 -- every entry that has no body here
    entry INTEGER PRIMARY KEY REFERENCES entry (id),
    log INTEGER NOT NULL,              -- its place, once more
    seq INTEGER NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('withheld', 'shredded', 'removed'))   -- never came; for good; may come back
) STRICT;
CREATE INDEX lacking_by_place ON lacking (log, seq, why);

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
    writer INTEGER REFERENCES writer (id),    -- who types; NULL: the first writer
    PRIMARY KEY (record, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrival (                 -- bundles that came in
    id INTEGER PRIMARY KEY,
    bundle BLOB NOT NULL UNIQUE,       -- its id, 16 bytes
    sender BLOB NOT NULL,              -- fingerprint of the sender's card
    number INTEGER NOT NULL,           -- the sender's own count
    digest BLOB NOT NULL,              -- SHA-256 of its tag manifest
    arrived_ms INTEGER NOT NULL,
    recipient BLOB                     -- fingerprint of the own card that the number counts for; or NULL
) STRICT;

CREATE TABLE departure (               -- bundles that were made here
    id INTEGER PRIMARY KEY,
    bundle BLOB NOT NULL,
    recipient BLOB NOT NULL,           -- fingerprint of one recipient's card; one row for each
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    bodies BLOB,                       -- one bit for each row of entry whose body went along, from the lowest; or NULL
    objects BLOB,                      -- the SHA-256 of each object that went along, joined; or NULL
    sender BLOB,                       -- fingerprint of the own card that the number counts for; or NULL
    UNIQUE (bundle, recipient)
) STRICT;

CREATE TABLE quarantine (              -- sealed bundles of senders who are not trusted; the file lies in inbox/
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,         -- of the file in inbox/
    sender BLOB NOT NULL,              -- fingerprint of the card inside
    card BLOB NOT NULL,                -- that card, which says who they claim to be
    arrived_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE removed (                 -- records that were taken off this device: no names, no titles
    record BLOB PRIMARY KEY,
    type TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    removed_ms INTEGER NOT NULL,
    documents INTEGER NOT NULL,        -- how many went with it
    why TEXT NOT NULL                  -- 'light' or 'expired'
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (                 -- the newest verified receipt of each peer
    peer BLOB PRIMARY KEY,             -- fingerprint of the peer's card
    number INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE acknowledged (            -- the newest receipt that was made here for each peer
    peer BLOB PRIMARY KEY,             -- fingerprint of the peer's card
    number INTEGER NOT NULL,
    arrival INTEGER NOT NULL,          -- the newest arrival that it covers, or 0
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE share (                   -- shares of keys that are kept here for others
    owner BLOB PRIMARY KEY,            -- fingerprint of the owner's card
    number INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holder (                  -- who keeps a share of this vault's key
    holder BLOB PRIMARY KEY,           -- fingerprint of the holder's card
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,              -- SHA-256 of the share
    made_ms INTEGER NOT NULL,
    written_ms INTEGER,                -- when the file for them was written, or NULL
    rehearsed_ms INTEGER               -- when it was last tried, or NULL
) STRICT, WITHOUT ROWID;
"""


def create(connection: Connection) -> None:
    """Make the tables of this version in an empty database."""
    with connection.transaction():
        for statement in statements():
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def statements() -> list[str]:
    """The SQL that makes the tables, one statement each."""
    return [statement for statement in _TABLES.split(";\n") if statement.strip()]


def name_of(statement: str) -> str:
    """The name after CREATE TABLE or CREATE INDEX."""
    return statement.split()[2]


def table_of(statement: str) -> str:
    """The table that such a statement makes, or makes an index of."""
    return statement.split()[4 if statement.split()[1] == "INDEX" else 2]


def version_of(connection: Connection) -> int:
    """Which version the database has: this one, or an older one that `migration` knows.

    Raises:
        VaultNewerError: it is newer than this program. VaultDamagedError: it is none of ours.
    """
    found = int(connection.value("PRAGMA user_version"))
    if found > VERSION:
        raise VaultNewerError(found, VERSION)
    if found < 1:
        raise VaultDamagedError("database")
    return found
