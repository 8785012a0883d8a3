"""Making, unlocking and recovering a vault."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots, recovery
from fieldapp.crypto.identity import new_identity
from fieldapp.crypto.keyslots import FLOOR_KIB, KdfParameters
from fieldapp.records import store
from fieldapp.services.archive import Archive, Clock, system_clock
from fieldapp.vault import vault as vaults
from fieldapp.vault.vault import NewVault

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Created:
    """A new vault, unlocked, and the phrase that opens it when the passphrase is lost; it is shown once."""

    archive: Archive
    recovery_phrase: str = field(repr=False)


def create(
    folder: Path,
    passphrase: str,
    *,
    person: str,
    device: str,
    parameters: KdfParameters | None = None,
    floor_kib: int = FLOOR_KIB,
    clock: Clock = system_clock,
) -> Created:
    """Make a vault in an empty or new folder, for a person and a device as they want to be called.

    Raises:
        PassphraseTooShortError, PassphraseTextError, KdfParametersError, MemoryShortError: nothing was made.
        VaultExistsError: there is something in the folder. DiskFullError, PlaceUnwritableError: the disk.
    """
    keyslots.check_new_passphrase(passphrase)
    phrase = recovery.new_phrase()
    new = NewVault(
        passphrase=keyslots.normalise_passphrase(passphrase),
        recovery=recovery.to_secret(phrase),
        identity=new_identity(),
        opening={"person": person.strip()[:MAX_NAME], "device": device.strip()[:MAX_NAME]},
        parameters=parameters or KdfParameters(),
    )
    vault = vaults.create(folder, new, clock(), floor_kib=floor_kib)
    return Created(_ready(Archive(vault, clock)), phrase)


def check(folder: Path) -> None:
    """See that there is a vault that this program can open, without any secret.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: what is there instead.
    """
    vaults.read_headers(folder)


def unlock(folder: Path, passphrase: str, *, clock: Clock = system_clock) -> Archive:
    """Unlock a vault with its passphrase.

    Raises:
        WrongPassphraseError, VaultInUseError, and what `check` raises. Nothing on the disk is changed.
    """
    secret = keyslots.normalise_passphrase(passphrase)
    try:
        return _ready(Archive(vaults.open_existing(folder, secret), clock))
    finally:
        keyslots.wipe(secret)


def recover(folder: Path, phrase: str, new_passphrase: str, *, clock: Clock = system_clock) -> Archive:
    """Unlock a vault with its recovery phrase and give it a new passphrase; the one before stops working.

    Raises:
        RecoveryPhraseError and its kinds: what was typed is no such phrase. PassphraseTooShortError: the new one.
        WrongPassphraseError: the phrase is whole and belongs to another vault. What `unlock` raises.
    """
    vaults.read_headers(folder)
    keyslots.check_new_passphrase(new_passphrase)
    secret = recovery.to_secret(phrase)
    try:
        vault = vaults.open_existing(folder, secret)
    finally:
        keyslots.wipe(secret)
    new_secret = keyslots.normalise_passphrase(new_passphrase)
    try:
        vault.change_passphrase(new_secret)
    except BaseException:
        vault.close()
        raise
    finally:
        keyslots.wipe(new_secret)
    return _ready(Archive(vault, clock))


def rebuild(archive: Archive) -> int:
    """Drop everything that is made from the journal, and make it again. Gives the number of records."""
    return store.rebuild(archive.connection)


def _ready(archive: Archive) -> Archive:
    """Make the projection where it is missing or of an older version of the program."""
    try:
        if not store.is_current(archive.connection):
            store.rebuild(archive.connection)
    except BaseException:
        archive.close()
        raise
    return archive
