"""A closed vault, looked at without writing anything: its headers tried one by one, its keys for whoever reads on.

Rule 1: nothing in the folder is made, changed, removed or undone, not even what a crash left half written.
Rule 2: each copy of the header is judged alone. A copy that opens though it is not whole is better than none: its slot
        gives the master key; what it says of the journal is then not known. One that opens opens nothing where a newer
        copy has other slots: what was replaced would open what is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.crypto.keyslots import OpenedSlot, Purpose, Secret
from fieldapp.errors import (
    HeaderLostError,
    VaultDestroyedError,
    VaultError,
    VaultNewerError,
    WrongPassphraseError,
)
from fieldapp.vault import header as headers
from fieldapp.vault.folder import DATABASE, NEXT, OBJECTS, hold, read_headers
from fieldapp.vault.header import Header, State
from fieldapp.vault.objects import ObjectStore
from fieldapp.vault.opening import database_key


@dataclass(frozen=True, slots=True)
class ReadVault:
    """What a secret opened. `damaged`: header copies that are missing or not whole; `state`: None if neither is whole.

    Who holds it wipes `slot.master_key`.
    """

    folder: Path
    header: Header
    slot: OpenedSlot
    state: State | None
    damaged: tuple[str, ...] = field(default=())

    def database_key(self) -> bytearray:
        """The raw key of the database, and its salt."""
        return database_key(self.slot.master_key)

    def objects(self, name_key_before: bytes | None = None) -> ObjectStore:
        """The objects, to be read."""
        name_key = keyslots.subkey(self.slot.master_key, Purpose.OBJECT_NAMES)
        return ObjectStore(self.folder / OBJECTS, name_key, name_key_before)


@contextmanager
def reading(folder: Path, secret: Secret) -> Iterator[ReadVault]:
    """Hold the vault in `folder`, which nobody has open, and try its headers with a secret.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDestroyedError: what is there instead.
        VaultInUseError: it is open.
        WrongPassphraseError: both copies are whole, as far as that shows, and neither opens.
        HeaderLostError: nothing opens, and at least one copy is damaged: it may be the secret, or what it should open.
        PlaceUnwritableError, MemoryShortError: as they say.
    """
    try:
        read_headers(folder)
    except (VaultNewerError, VaultDestroyedError):
        raise
    except VaultError as problem:
        if getattr(problem, "part", None) != "header" and not (folder / DATABASE).is_file():
            raise
        raise HeaderLostError from problem
    lock = hold(folder)
    try:
        opened = _open(folder, secret)
        try:
            yield opened
        finally:
            keyslots.wipe(opened.slot.master_key)
    finally:
        lock.close()


def _open(folder: Path, secret: Secret) -> ReadVault:
    copies: dict[str, Header] = {}
    for name, content in headers.read_raw(folder).items():
        with suppress(VaultError):
            copies[name] = headers.parse(content)
    readable = list(copies.values())
    try:
        opened = headers.open_copies(readable, secret)
    except VaultError:
        return _open_damaged(folder, readable, secret)
    if opened.newer is not None:
        keyslots.wipe(opened.slot.master_key)
        raise WrongPassphraseError
    whole = headers.like(opened.header, readable, opened.slot.master_key)
    if (folder / NEXT).exists():  # a new key that was cut short: the other copy may be under that, or under the old
        whole = readable
    damaged = tuple(name for name in headers.NAMES if copies.get(name) not in whole)
    return ReadVault(folder, opened.header, opened.slot, opened.state, damaged)


def _open_damaged(folder: Path, readable: list[Header], secret: Secret) -> ReadVault:
    """What a slot of a damaged copy still gives."""
    for copy in readable:
        root = keyslots.derive_root(secret, copy.salt, copy.parameters)
        try:
            slot = keyslots.open_slots(root, copy.slots, copy.context)
        except VaultError:
            continue
        finally:
            keyslots.wipe(root)
        if slot is not None:
            return ReadVault(folder, copy, slot, None, headers.NAMES)
    if len(readable) == len(headers.NAMES) and len({copy.open_part for copy in readable}) == 1:
        raise WrongPassphraseError
    raise HeaderLostError
