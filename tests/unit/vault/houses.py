"""Small vaults for tests, cheap to open, and what is in them."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

from fieldapp.crypto.identity import IdentitySecrets, sign_ed25519
from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.errors import ExpectedError
from fieldapp.vault import journal, vault
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import Author, Moment, StoredEntry
from fieldapp.vault.objects import StoredObject
from fieldapp.vault.vault import NewVault, Vault

PASSPHRASE = b"seven dry apricots"
RECOVERY = bytes(range(16))
CONTENT = b"a photo " * 20_000
MOMENT = Moment(1_790_000_000_000, 300)
CHEAP = KdfParameters(memory_kib=8, passes=1, lanes=1)

Tree = dict[str, tuple[int, bytes]]


@dataclass(frozen=True)
class House:
    """A vault that is not open, and how to make one, open it and write in it."""

    folder: Path

    def make(self) -> Vault:
        new = NewVault(PASSPHRASE, RECOVERY, identity_of("Amina"), {"person": "Amina", "device": "laptop"}, CHEAP)
        return vault.create(self.folder, new, MOMENT, floor_kib=0)

    def open(self, secret: bytes = PASSPHRASE) -> Vault:
        return vault.open_existing(self.folder, secret)

    def opens(self, secret: bytes = PASSPHRASE) -> bool:
        try:
            self.open(secret).close()
        except ExpectedError:
            return False
        return True

    def tree(self) -> Tree:
        """Every file and folder with its mode and content."""
        found: Tree = {}
        for place, _folders, files in os.walk(self.folder):
            for name in (".", *files):
                path = Path(place, name)
                content = path.read_bytes() if path.is_file() else b""
                found[str(path.relative_to(self.folder))] = (path.stat().st_mode, content)
        return found


def identity_of(name: str) -> IdentitySecrets:
    """Keys that are the same each time."""
    return IdentitySecrets(*(bytearray(hashlib.sha256(f"{name} {part}".encode()).digest()) for part in "123"))


def author_of(opened: Vault, name: str, *, kept: bool = False) -> Author:
    """A log of somebody, opened in this database; `kept` as one that is written here."""
    keys = identity_of(name)
    with opened.connection.transaction():
        author = journal.open_log(
            opened.connection,
            key=keys.public().ed25519,
            kept_secrets=bytes(keys.to_bytes()),
            sign=lambda message: sign_ed25519(keys.ed25519, message),
            payload={"person": name},
            moment=MOMENT,
        )
        if kept:
            opened.connection.execute("UPDATE log SET writer = ? WHERE log = ?", (opened.writer, author.log))
        else:
            opened.connection.execute("UPDATE log SET secrets = NULL WHERE log = ?", (author.log,))
    return author


def note(text: str, **more: Plain) -> Body:
    return Body("note", bytes(16), {"text": text, **more})


def save(opened: Vault, *texts: str) -> list[StoredEntry]:
    with opened.saving() as connection:
        return journal.append(connection, opened.author, [note(text) for text in texts], MOMENT)


def texts_in(opened: Vault) -> list[str]:
    bodies = [entry.body for entry in journal.stored_entries(opened.connection, kind="note")]
    return [str(body.payload["text"]) for body in bodies if body]


def attach(opened: Vault, content: bytes = CONTENT) -> StoredObject:
    """An object that the database speaks of."""
    staged = opened.objects.stage(io.BytesIO(content))
    stored = staged.stored
    with opened.saving() as connection:
        opened.objects.keep([staged])
        connection.execute(
            "INSERT INTO object (sha256, size, key) VALUES (?, ?, ?)", (stored.sha256, stored.size, stored.key)
        )
    return stored
