"""Making a vault, and opening one; what an open one is: `open_vault`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.crypto.keyslots import FLOOR_KIB, KdfParameters, Secret, SlotKind
from fieldapp.errors import VaultExistsError
from fieldapp.system import FolderLock
from fieldapp.vault import connection as database
from fieldapp.vault import header as headers
from fieldapp.vault import journal, schema, slots, writers
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain
from fieldapp.vault.folder import (
    BORDERS,
    DATABASE,
    OBJECTS,
    hold,
    make_borders,
    read_headers,
    sync_parent,
    take_back,
    take_empty,
)
from fieldapp.vault.header import State
from fieldapp.vault.journal import Moment
from fieldapp.vault.kept_header import KeptHeader
from fieldapp.vault.open_vault import Vault
from fieldapp.vault.opening import Ready, database_key, make_ready
from fieldapp.vault.place import Place
from fieldapp.vault.slots import Slot

__all__ = [
    "BORDERS",
    "DATABASE",
    "OBJECTS",
    "NewVault",
    "Vault",
    "create",
    "hold",
    "open_existing",
    "read_headers",
    "sync_parent",
    "take_empty",
]


@dataclass(frozen=True, slots=True)
class NewVault:
    """What a vault is made of: the secrets that will open it, the keys of its first log, and what that log says.

    Without a recovery secret only the passphrase opens it.
    """

    passphrase: Secret
    recovery: Secret | None
    identity: IdentitySecrets
    opening: dict[str, Plain]
    parameters: KdfParameters = field(default_factory=KdfParameters)


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
            take_back(folder, made=made)
        lock.close()
        raise


def open_existing(folder: Path, secret: Secret, *, allow_rolled_back: bool = False) -> Vault:
    """The vault in `folder`, opened with the bytes of a passphrase, a recovery phrase, or a pair of shares.

    `allow_rolled_back`: also where old files were put back (`Vault.rolled_back` says which). It can then be read, and
    nothing is saved before `Vault.begin_log`. For a repair, on a copy.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: before any key is derived, or after.
        WrongPassphraseError, VaultInUseError, RollbackError, MemoryShortError: as they say.
        DiskFullError, PlaceUnwritableError: the folder cannot be read or written.
        Nothing on the disk is changed, except that the database undoes what a crash left half written, and a change of
        the key that a crash cut short is finished.
    A vault of an older version is migrated, which needs room for a copy of its database meanwhile.
    """
    read_headers(folder)
    lock = hold(folder)
    try:
        opened = headers.open_copies(read_headers(folder), secret)
        ready = make_ready(folder, opened, allow_rolled_back=allow_rolled_back)
        return _prepared(Vault(folder, ready, lock, opened_with=opened.slot.kind))
    except BaseException:
        lock.close()
        raise


def _prepared(vault: Vault) -> Vault:
    try:
        vault.objects.prepare()
        make_borders(vault.folder)
        headers.remove_leftovers(vault.folder)
    except BaseException:
        vault.give_up()
        raise
    return vault


def _fill(folder: Path, new: NewVault, moment: Moment, lock: FolderLock) -> Vault:
    """Everything in a new vault; the headers last, since they make it one."""
    master_key = bytearray(secrets.token_bytes(keyslots.KEY_SIZE))
    opening = [(SlotKind.PASSPHRASE, new.passphrase)]
    if new.recovery is not None:
        opening.append((SlotKind.RECOVERY, new.recovery))
    header, places = headers.make(master_key, new.parameters, opening)
    try:
        connection = database.create(folder / DATABASE, database_key(master_key))
    except FileExistsError as problem:
        raise VaultExistsError from problem
    try:
        kept = KeptHeader(Place(folder), header, master_key, State(0, {}), any_closed=False)
        writer = _write_first(connection, new, moment, dict(zip(places, (kind for kind, _ in opening), strict=True)))
        vault = Vault(folder, Ready(connection, kept, writer, None), lock, opened_with=SlotKind.PASSPHRASE)
        kept.place.note()
        connection.before_writing = kept.open_up
        vault.objects.prepare()
        make_borders(folder)
        kept.state = State(0, journal.heads(connection, own_only=True))
        kept.write_both(connection)
        sync_parent(folder)
    except BaseException:
        connection.close()
        keyslots.wipe(master_key)
        raise
    return vault


def _write_first(connection: Connection, new: NewVault, moment: Moment, places: dict[int, SlotKind]) -> int:
    schema.create(connection)
    with connection.transaction():
        writer = writers.add(connection)
        for place, kind in places.items():
            slots.note(connection, Slot(place, kind, writer))
        writers.open_log(connection, writer, new.identity, new.opening, moment)
    return writer
