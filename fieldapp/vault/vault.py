"""An open vault: the folder, its header, its database, its objects, and who writes here.

Rule 1: opening checks everything before it writes anything; a vault that is refused is left byte for byte as it was.
Rule 2: the database commits first, then the header. So at opening the head in the header equals or precedes the head in
        the database; anything else means that old files were put back. A header that cannot be written does not undo
        what is saved: it lags, and the next save writes it.
Rule 3: one process at a time. The folder is locked before a passphrase costs anything, where the system can do that;
        the database is held alone on every system.
Rule 4: the secrets of an open vault end with the process, not with `close`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.crypto.identity import IdentitySecrets, identity_from_bytes, sign_ed25519
from fieldapp.crypto.keyslots import FLOOR_KIB, KdfParameters, Purpose, Secret, SlotKind
from fieldapp.errors import (
    BugError,
    DiskFullError,
    PlaceUnwritableError,
    RollbackError,
    VaultDamagedError,
    VaultExistsError,
    VaultForeignError,
    VaultInUseError,
    VaultNotFoundError,
    storage_error,
)
from fieldapp.system import FolderLock, lock_folder, make_private_folder, sync_folder
from fieldapp.values import LogId
from fieldapp.vault import connection as database
from fieldapp.vault import header as headers
from fieldapp.vault import journal, migration, schema
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain, decode_map, encode, take_int
from fieldapp.vault.entry import NO_LOG
from fieldapp.vault.header import Header, State
from fieldapp.vault.journal import Author, Moment
from fieldapp.vault.objects import ObjectStore

DATABASE = "records.db"
OBJECTS = "objects"
BORDERS = ("inbox", "outbox")

_JOURNAL = DATABASE + "-journal"


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
        self,
        folder: Path,
        *,
        header: Header,
        master_key: bytearray,
        state: State,
        connection: Connection,
        lock: FolderLock,
    ) -> None:
        self.folder = folder
        self.connection = connection
        self._lock = lock
        name_key = keyslots.subkey(master_key, Purpose.OBJECT_NAMES)
        self.objects = ObjectStore(folder / OBJECTS, name_key)
        self._header = header
        self._master_key = master_key
        self._state = state
        self._author: Author | None = None

    @property
    def author(self) -> Author:
        """Who writes here: the newest of the logs written here."""
        if self._author is None:
            self._author = _author_of(self.own_logs[0], self.identity)
        return self._author

    @property
    def identity(self) -> IdentitySecrets:
        """The keys of who writes here."""
        return self.identities[0]

    @property
    def identities(self) -> tuple[IdentitySecrets, ...]:
        """The keys of all logs that were ever written here, the newest first: others may still seal for an old card."""
        return tuple(identity_from_bytes(kept) for _log, kept in self._own())

    @property
    def own_logs(self) -> tuple[LogId, ...]:
        """All logs that were ever written here, the newest first: only that one is appended to."""
        return tuple(LogId(log) for log, _kept in self._own())

    def begin_log(self, identity: IdentitySecrets, opening: dict[str, Plain], moment: Moment) -> LogId:
        """Go on in a new log, under new keys: for a copy that was restored, and where a copy of this vault is in use.

        The logs before it stay, and are never appended to again. Its opening says `after` which it goes on, signed with
        the keys of both. What is signed with the keys of before (the card) is the caller's to make anew.

        Raises:
            DiskFullError, PlaceUnwritableError: nothing was changed.
        """
        if self.connection.in_transaction:
            raise BugError("a new log inside a transaction")
        key = identity.public().ed25519
        with self.saving() as connection:
            author = journal.open_log(
                connection,
                key=key,
                kept_secrets=bytes(identity.to_bytes()),
                sign=_author_of(NO_LOG, identity).sign,
                payload={**opening, "after": journal.continued_from(connection, self.author, key)},
                moment=moment,
            )
        self._author = author
        return author.log

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
            DiskFullError, PlaceUnwritableError, MemoryShortError: the passphrase before still opens it, also after the
                next saves. (The new one may open it too, until then.)
        """
        kept = self.connection.value("SELECT value FROM setting WHERE name = 'slots'")
        if kept is None:
            raise VaultDamagedError("database")
        index = take_int(decode_map(kept)[SlotKind.PASSPHRASE.name.lower()], 0, keyslots.SLOT_COUNT - 1)
        before = self._header
        self._header = headers.with_slot(before, self._master_key, index, SlotKind.PASSPHRASE, passphrase)
        try:
            self._write_both()
        except BaseException:
            self._header = before
            with suppress(DiskFullError, PlaceUnwritableError):
                self._write_both()
            raise

    def close(self) -> None:
        """Give the folder up to other processes. Only the end of this process locks the vault."""
        self.connection.close()
        keyslots.wipe(self._master_key)
        self._lock.close()

    def _own(self) -> list[Row]:
        rows = self.connection.execute("SELECT log, secrets FROM log WHERE secrets IS NOT NULL ORDER BY id DESC")
        if not rows:
            raise VaultDamagedError("journal")
        return rows

    def _follow_heads(self) -> None:
        own = journal.heads(self.connection, own_only=True)
        if own != self._state.heads:
            with suppress(DiskFullError, PlaceUnwritableError):  # what was saved is safe: rule 2
                self._write_header(own)

    def _write_both(self) -> None:
        for _ in headers.NAMES:
            self._write_header(self._state.heads)

    def _write_header(self, heads: dict[LogId, headers.Head]) -> None:
        state = State(self._state.epoch + 1, heads)
        name = headers.NAMES[state.epoch % len(headers.NAMES)]
        headers.write(self.folder, name, self._header, self._master_key, state)
        self._state = state

    def _check_not_rolled_back(self) -> None:
        for log, head in self._state.heads.items():
            if not journal.holds(self.connection, log, head):
                raise RollbackError
        if not journal.own_heads_are_newest(self.connection):
            raise RollbackError


def create(folder: Path, new: NewVault, moment: Moment, *, floor_kib: int = FLOOR_KIB) -> Vault:
    """Make a vault in `folder`, which is made if it is not there and must be empty.

    Raises:
        VaultExistsError: there is something in the folder. KdfParametersError: weaker than `floor_kib` allows.
        VaultInUseError: another process is making one there.
        DiskFullError, PlaceUnwritableError, MemoryShortError: the folder is again as it was.
    """
    keyslots.check_range(new.parameters, floor_kib=floor_kib)
    lock, made = take_empty(folder)
    try:
        return _fill(folder, new, moment, lock)
    except BaseException as problem:
        if not isinstance(problem, VaultExistsError):
            _take_back(folder, made=made)
        lock.close()
        raise


def open_existing(folder: Path, secret: Secret) -> Vault:
    """The vault in `folder`, opened with the bytes of a passphrase or a recovery phrase.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: before any key is derived, or after.
        WrongPassphraseError, VaultInUseError, RollbackError, MemoryShortError: as they say.
        DiskFullError, PlaceUnwritableError: the folder cannot be read or written.
        Nothing on the disk is changed, except that the database undoes what a crash left half written.
    A vault of an older version is migrated, which needs room for a copy of its database meanwhile.
    """
    read_headers(folder)
    lock = hold(folder)
    try:
        opened = headers.open_copies(read_headers(folder), secret)
        return _open(folder, opened, lock)
    except BaseException:
        lock.close()
        raise


def read_headers(folder: Path) -> list[Header]:
    """The headers of the vault in `folder`; reading them needs no secret.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: what is there instead.
        PlaceUnwritableError: this user may not look.
    """
    try:
        if not folder.is_dir():
            raise VaultForeignError if folder.exists() else VaultNotFoundError
        names = {entry.name for entry in folder.iterdir()}
    except OSError as problem:
        raise storage_error(problem) from problem
    if not names:
        raise VaultNotFoundError
    if not names & set(headers.NAMES):
        raise VaultDamagedError("header") if DATABASE in names else VaultForeignError
    return headers.read_copies(folder)


def hold(folder: Path) -> FolderLock:
    """Keep other processes out of a folder. Raises VaultInUseError, PlaceUnwritableError."""
    try:
        return lock_folder(folder)
    except BlockingIOError:
        raise VaultInUseError from None
    except OSError as problem:
        raise storage_error(problem) from problem


def _open(folder: Path, opened: headers.OpenedHeader, lock: FolderLock) -> Vault:
    master_key = opened.slot.master_key
    key = _database_key(master_key)
    connection = database.open_existing(folder / DATABASE, key)
    vault = Vault(
        folder, header=opened.header, master_key=master_key, state=opened.state, connection=connection, lock=lock
    )
    try:
        schema.version_of(connection)
        vault._check_not_rolled_back()  # noqa: SLF001 - the other half of this file
        migration.bring_up_to_date(connection, folder / DATABASE, key)
        vault.objects.prepare()
        _make_borders(folder)
        headers.remove_leftovers(folder)
    except BaseException:
        vault.close()
        raise
    return vault


def take_empty(folder: Path) -> tuple[FolderLock, bool]:
    """Hold the folder, which is made where it is not there; and whether it was made.

    Raises:
        VaultExistsError: it is not empty. VaultInUseError: another process holds it.
        DiskFullError, PlaceUnwritableError: the disk.
    """
    try:
        if not folder.is_dir() and folder.exists():
            raise VaultExistsError
        made = not folder.is_dir()
        make_private_folder(folder)
        lock = hold(folder)
        empty = not any(folder.iterdir())
    except OSError as problem:
        raise storage_error(problem) from problem
    if not empty:
        lock.close()
        raise VaultExistsError
    return lock, made


def _fill(folder: Path, new: NewVault, moment: Moment, lock: FolderLock) -> Vault:
    """Everything in a new vault; the headers last, since they make it one."""
    master_key = bytearray(secrets.token_bytes(keyslots.KEY_SIZE))
    by_kind = {SlotKind.PASSPHRASE: new.passphrase, SlotKind.RECOVERY: new.recovery}
    header, places = headers.make(master_key, new.parameters, by_kind)
    try:
        connection = database.create(folder / DATABASE, _database_key(master_key))
    except FileExistsError as problem:
        raise VaultExistsError from problem
    vault = Vault(folder, header=header, master_key=master_key, state=State(0, {}), connection=connection, lock=lock)
    try:
        _write_first(vault, new, moment, {kind.name.lower(): index for kind, index in places.items()})
    except BaseException:
        vault.close()
        raise
    return vault


def _write_first(vault: Vault, new: NewVault, moment: Moment, slots: dict[str, Plain]) -> None:
    schema.create(vault.connection)
    keys = new.identity
    with vault.connection.transaction():
        vault.connection.execute("INSERT INTO setting VALUES ('slots', ?)", (encode(slots),))
        journal.open_log(
            vault.connection,
            key=keys.public().ed25519,
            kept_secrets=bytes(keys.to_bytes()),
            sign=_author_of(NO_LOG, keys).sign,
            payload=new.opening,
            moment=moment,
        )
    vault.objects.prepare()
    _make_borders(vault.folder)
    for _ in headers.NAMES:
        vault._write_header(journal.heads(vault.connection, own_only=True))  # noqa: SLF001 - the other half of this file
    sync_parent(vault.folder)


def _author_of(log: LogId, keys: IdentitySecrets) -> Author:
    return Author(log, lambda message: sign_ed25519(keys.ed25519, message))


def sync_parent(folder: Path) -> None:
    """Have the name of a new folder on the disk. Raises DiskFullError, PlaceUnwritableError."""
    try:
        sync_folder(folder.resolve().parent)
    except PermissionError:  # it may be written and not read: the name of the new folder is then not synced
        return
    except OSError as problem:
        raise storage_error(problem) from problem


def _make_borders(folder: Path) -> None:
    try:
        for name in BORDERS:
            make_private_folder(folder / name)
    except OSError as problem:
        raise storage_error(problem) from problem


def _take_back(folder: Path, *, made: bool) -> None:
    """Remove what an attempt to make a vault left in a folder that was empty, and the folder if it was made."""
    files = [DATABASE, _JOURNAL, *headers.NAMES, *(f"{name}.new" for name in headers.NAMES)]
    folders = [folder / OBJECTS / "new", folder / OBJECTS, *(folder / name for name in BORDERS)]
    for name in files:
        with suppress(OSError):
            (folder / name).unlink()
    for each in [*folders, folder] if made else folders:
        with suppress(OSError):
            each.rmdir()


def _database_key(master_key: bytearray) -> bytearray:
    key = keyslots.subkey(master_key, Purpose.DATABASE_KEY) + keyslots.subkey(master_key, Purpose.DATABASE_SALT, 16)
    if len(key) != database.KEY_SIZE:
        raise BugError("database key size")
    return key
