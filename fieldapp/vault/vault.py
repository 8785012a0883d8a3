"""An open vault: the folder, its header, its database, its objects, and who writes here.

Rule 1: opening checks everything before it writes anything; a vault that is refused is left byte for byte as it was.
Rule 2: the database commits first, then the header. So at opening the head in the header equals or precedes the head in
        the database; anything else means that old files were put back.
Rule 3: the secrets of an open vault end with the process, not with `close`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.crypto.identity import IdentitySecrets, identity_from_bytes, sign_ed25519
from fieldapp.crypto.keyslots import FLOOR_KIB, KdfParameters, Purpose, Secret, SlotKind
from fieldapp.errors import (
    BugError,
    RollbackError,
    VaultDamagedError,
    VaultExistsError,
    VaultForeignError,
    VaultNotFoundError,
    storage_error,
)
from fieldapp.system import make_private_folder, sync_folder
from fieldapp.values import LogId
from fieldapp.vault import connection as database
from fieldapp.vault import header as headers
from fieldapp.vault import journal, schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, decode_map, encode, take_int
from fieldapp.vault.header import Header, State
from fieldapp.vault.journal import Author, Moment
from fieldapp.vault.objects import ObjectStore

DATABASE = "records.db"
OBJECTS = "objects"
BORDERS = ("inbox", "outbox")


@dataclass(frozen=True, slots=True)
class NewVault:
    """What a vault is made of: the secrets that will open it, the keys of its first log, and what that log says."""

    passphrase: Secret
    recovery: Secret
    identity: IdentitySecrets
    opening: dict[str, Plain]
    parameters: KdfParameters = field(default_factory=KdfParameters)


class Vault:
    """One open vault. Everything but `objects` belongs to the thread that opened it."""

    def __init__(
        self, folder: Path, *, header: Header, master_key: bytearray, state: State, connection: Connection
    ) -> None:
        self.folder = folder
        self.connection = connection
        name_key = keyslots.subkey(master_key, Purpose.OBJECT_NAMES)
        self.objects = ObjectStore(folder / OBJECTS, name_key)
        self._header = header
        self._master_key = master_key
        self._state = state
        self._author: Author | None = None

    @property
    def author(self) -> Author:
        """Who writes here."""
        if self._author is None:
            rows = self.connection.execute("SELECT log, secrets FROM log WHERE secrets IS NOT NULL ORDER BY id")
            if not rows:
                raise VaultDamagedError("journal")
            log, kept = rows[-1]
            keys = identity_from_bytes(kept)
            self._author = Author(LogId(log), lambda message: sign_ed25519(keys.ed25519, message))
        return self._author

    @property
    def identity(self) -> IdentitySecrets:
        """The keys of who writes here."""
        kept = self.connection.value("SELECT secrets FROM log WHERE log = ?", (self.author.log,))
        return identity_from_bytes(kept)

    @contextmanager
    def saving(self) -> Iterator[Connection]:
        """A transaction whose end is safe on the disk, and after which the header knows the newest own entry."""
        nested = self.connection.in_transaction
        with self.connection.transaction():
            yield self.connection
        if not nested:
            self._follow_heads()

    def change_passphrase(self, passphrase: Secret) -> None:
        """From now on this passphrase opens the vault and the one before does not; the recovery phrase stays.

        Raises:
            DiskFullError, PlaceUnwritableError: the passphrase before still opens it.
        """
        kinds = decode_map(self.connection.value("SELECT value FROM setting WHERE name = 'slots'"))
        index = take_int(kinds[SlotKind.PASSPHRASE.name.lower()], 0, keyslots.SLOT_COUNT - 1)
        self._header = headers.with_slot(self._header, self._master_key, index, SlotKind.PASSPHRASE, passphrase)
        for _ in headers.NAMES:
            self._write_header(self._state.heads)

    def close(self) -> None:
        """Give the folder up to other processes. Only the end of this process locks the vault."""
        self.connection.close()
        keyslots.wipe(self._master_key)

    def _follow_heads(self) -> None:
        own = journal.heads(self.connection, own_only=True)
        if own != self._state.heads:
            self._write_header(own)

    def _write_header(self, heads: dict[LogId, headers.Head]) -> None:
        state = State(self._state.epoch + 1, heads)
        name = headers.NAMES[state.epoch % len(headers.NAMES)]
        headers.write(self.folder, name, self._header, self._master_key, state)
        self._state = state

    def _check_not_rolled_back(self) -> None:
        for log, head in self._state.heads.items():
            if not journal.holds(self.connection, log, head):
                raise RollbackError


def create(folder: Path, new: NewVault, moment: Moment, *, floor_kib: int = FLOOR_KIB) -> Vault:
    """Make a vault in `folder`, which is made if it is not there and must be empty.

    Raises:
        VaultExistsError: there is something in the folder. KdfParametersError: weaker than `floor_kib` allows.
        DiskFullError, PlaceUnwritableError: the disk; an unfinished vault may be left, which holds nothing.
    """
    keyslots.check_range(new.parameters, floor_kib=floor_kib)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise VaultExistsError
        make_private_folder(folder)
        for name in (OBJECTS, *BORDERS):
            make_private_folder(folder / name)
    except OSError as problem:
        raise storage_error(problem) from problem
    master_key = bytearray(secrets.token_bytes(keyslots.KEY_SIZE))
    by_kind = {SlotKind.PASSPHRASE: new.passphrase, SlotKind.RECOVERY: new.recovery}
    header, places = headers.make(master_key, new.parameters, by_kind)
    connection = database.create(folder / DATABASE, _database_key(master_key))
    schema.create(connection)
    kinds: dict[str, Plain] = {kind.name.lower(): index for kind, index in places.items()}
    vault = Vault(folder, header=header, master_key=master_key, state=State(0, {}), connection=connection)
    with connection.transaction():
        connection.execute("INSERT INTO setting VALUES ('slots', ?)", (encode(kinds),))
        keys = new.identity
        journal.open_log(
            connection,
            key=keys.public().ed25519,
            kept_secrets=bytes(keys.to_bytes()),
            sign=lambda message: sign_ed25519(keys.ed25519, message),
            payload=new.opening,
            moment=moment,
        )
    vault.objects.prepare()
    for _ in headers.NAMES:
        vault._write_header(journal.heads(connection, own_only=True))  # noqa: SLF001 - the other half of this file
    sync_folder(folder.resolve().parent)
    return vault


def open_existing(folder: Path, secret: Secret) -> Vault:
    """The vault in `folder`, opened with the bytes of a passphrase or a recovery phrase.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: before any key is derived, or after.
        WrongPassphraseError, VaultInUseError, RollbackError: as they say. Nothing on the disk is changed.
    """
    opened = headers.open_copies(read_headers(folder), secret)
    master_key = opened.slot.master_key
    connection = database.open_existing(folder / DATABASE, _database_key(master_key))
    vault = Vault(folder, header=opened.header, master_key=master_key, state=opened.state, connection=connection)
    try:
        schema.bring_up_to_date(connection)
        vault._check_not_rolled_back()  # noqa: SLF001 - the other half of this file
        vault.objects.prepare()
    except BaseException:
        vault.close()
        raise
    return vault


def read_headers(folder: Path) -> list[Header]:
    """The headers of the vault in `folder`; reading them needs no secret.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: what is there instead.
    """
    if not folder.is_dir():
        raise VaultForeignError if folder.exists() else VaultNotFoundError
    names = {entry.name for entry in folder.iterdir()}
    if not names:
        raise VaultNotFoundError
    if not names & set(headers.NAMES):
        raise VaultDamagedError("header") if DATABASE in names else VaultForeignError
    return headers.read_copies(folder)


def _database_key(master_key: bytearray) -> bytearray:
    key = keyslots.subkey(master_key, Purpose.DATABASE_KEY) + keyslots.subkey(master_key, Purpose.DATABASE_SALT, 16)
    if len(key) != database.KEY_SIZE:
        raise BugError("database key size")
    return key
