"""Which keys a vault had before: their salts, so that its own files of before are told from those of a key to come.

    setting `keys before`    salt of the header[16] ‖ salt of the database[16], of each key before, oldest first

The salts stand in plaintext in front of each header, and of each database (SQLCipher puts its own there). They prove
nothing: whoever can write in the folder can write them too. What is opened is decided by what verifies; this only
says what is not to be written over.
"""

from __future__ import annotations

from pathlib import Path

from fieldapp.crypto.keyslots import Secret
from fieldapp.vault import connection
from fieldapp.vault import header as headers
from fieldapp.vault.connection import Connection
from fieldapp.vault.header import Header

NAMES_BEFORE = "names before"
"""The setting that keeps the key of the names of objects before (`rekeying`)."""

_SETTING = "keys before"
_SIZE = 16
_BOTH = 2 * _SIZE


def said_by_the_next(opened: Connection, folder: Path) -> dict[str, bytes]:
    """The setting as it is to be in the database under the next key. This one is open."""
    database = bytes.fromhex(opened.value("PRAGMA cipher_salt"))
    now = b"".join(salt + database for salt in sorted({copy.salt for copy in headers.read_copies(folder)}))
    return {_SETTING: _kept(opened) + now}


def has_header(opened: Connection, header: Header) -> bool:
    """Whether a header is of a key that this vault had before."""
    return header.salt in _salts(opened, 0)


def follows(database: Path, key: bytearray, before: Path) -> bool:
    """Whether a database under this key is of the one that came after that of `before`, if that is still there.

    Both are closed. Raises: as `connection.open_to_read`.
    """
    made = connection.open_to_read(database, key)
    try:
        known = _salts(made, _SIZE)
        if not known:  # by a program that noted none
            return made.value("SELECT 1 FROM setting WHERE name = ?", (NAMES_BEFORE,)) is not None
        return _salt_of(before) in known or not before.exists()
    finally:
        made.close()


def is_under(database: Path, key: Secret) -> bool:
    """Whether a database that is closed is of this key."""
    return _salt_of(database) == bytes(key[-_SIZE:])


def _kept(opened: Connection) -> bytes:
    kept: bytes | None = opened.value("SELECT value FROM setting WHERE name = ?", (_SETTING,))
    return kept or b""


def _salts(opened: Connection, start: int) -> set[bytes]:
    kept = _kept(opened)
    return {kept[place : place + _SIZE] for place in range(start, len(kept), _BOTH)}


def _salt_of(database: Path) -> bytes:
    """Empty where there is none, or none that can be read. Nobody may have it open (`connection`, rule 2)."""
    try:
        with database.open("rb") as file:
            return file.read(_SIZE)
    except OSError:
        return b""
