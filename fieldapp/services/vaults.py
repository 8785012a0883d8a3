"""Making, unlocking and recovering a vault; going on with a copy of one.

A log is written on one machine only. So a copy that is restored goes on in a new log, under new keys; and where a copy
is in use elsewhere, the person begins anew on one of the two. The log before stays, and the new one says that it goes
on from there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.bundles.card import Card, check_card_text
from fieldapp.crypto import keyslots, recovery
from fieldapp.crypto.identity import new_identity
from fieldapp.crypto.keyslots import FLOOR_KIB, KdfParameters, SlotKind
from fieldapp.errors import (
    VaultExistsError,
    WriterUnclearError,
    WrongPassphraseError,
    storage_error,
)
from fieldapp.records import projection
from fieldapp.services import (
    arrivals,
    cards,
    drafts,
    erasure,
    half_finished,
    keeping,
    paper,
    scrubbing,
    shares,
    tasks,
    writers,
)
from fieldapp.services.archive import Archive, Clock, system_clock
from fieldapp.services.files import expect_outside
from fieldapp.services.ways import ByPhrase, ByShares, Way, expect_opens, passphrase_after, secret_of
from fieldapp.values import Progress, no_progress
from fieldapp.vault import header as headers
from fieldapp.vault import unfinished
from fieldapp.vault import vault as vaults
from fieldapp.vault.copying import copy_closed
from fieldapp.vault.encoding import Plain
from fieldapp.vault.vault import NewVault, Vault

__all__ = [
    "Created",
    "KdfParameters",
    "begin_anew",
    "change_passphrase",
    "check",
    "come_in",
    "create",
    "rebuild",
    "recover",
    "recover_with_shares",
    "restore",
    "unlock",
]


CARD_NEXT = "card next"
"""The setting that a new key brings with it where everybody is to write on under a new card."""

Filling = Callable[[Path, Progress], None]
"""Puts the files of a closed vault into a new folder. What it raises is told; what it left there is removed."""


@dataclass(frozen=True, slots=True)
class Created:
    """A new vault, unlocked, and the phrase that opens it when the passphrase is lost; it is shown once.

    None: it was made without one, and until coordinators keep shares (`safety.escrow`) nobody can help.
    """

    archive: Archive
    recovery_phrase: str | None = field(repr=False)


def create(
    folder: Path,
    passphrase: str,
    *,
    person: str,
    device: str,
    keeps_for_others: bool = False,
    phrase: bool = True,
    parameters: KdfParameters | None = None,
    floor_kib: int = FLOOR_KIB,
    clock: Clock = system_clock,
) -> Created:
    """Make a vault in an empty or new folder, for a person and a device as they want to be called.

    `keeps_for_others`: the device of a coordinator, on which others may rely (`services.keeping`). Without `phrase`
    there is nothing on paper that opens it.

    Raises:
        PassphraseTooShortError, PassphraseTextError, KdfParametersError, MemoryShortError: nothing was made.
        CardTextError: the person or the device cannot be called so; nothing was made.
        VaultExistsError: there is something in the folder. VaultUnfinishedError: it is called as no vault may be.
        DiskFullError, PlaceUnwritableError: the disk; what was begun is removed, where the disk lets it.
    """
    keyslots.check_new_passphrase(passphrase)
    called: dict[str, Plain] = {"person": person.strip(), "device": device.strip()}
    for name in called.values():
        check_card_text(str(name))
    unfinished.expect_finished(folder)
    made = not folder.exists()
    words = recovery.new_phrase() if phrase else None
    new = NewVault(
        passphrase=(passphrase_secret := keyslots.normalise_passphrase(passphrase)),
        recovery=(recovery_secret := None if words is None else recovery.to_secret(words)),
        identity=new_identity(),
        opening=called,
        parameters=parameters or KdfParameters(),
    )
    try:
        vault = vaults.create(folder, new, clock(), floor_kib=floor_kib)
    finally:
        keyslots.wipe(passphrase_secret)
        keyslots.wipe(recovery_secret or bytearray())
    try:
        archive = _with_projection(Archive(vault, clock))
        _tidy(archive)
        cards.own_card(archive)
        if keeps_for_others:
            keeping.set_keeps_for_others(archive, on=True)
    except BaseException:  # nobody has seen its phrase, and nothing is in it
        vault.close()
        _take_back(folder, made=made)
        raise
    return Created(archive, words)


def check(folder: Path) -> None:
    """See that there is a vault that this program can open, without any secret.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError, VaultUnfinishedError: what is there
        instead.
    """
    vaults.read_headers(folder)
    unfinished.expect_finished(folder)


def unlock(folder: Path, passphrase: str, *, clock: Clock = system_clock) -> Archive:
    """Unlock a vault with its passphrase.

    Raises:
        WrongPassphraseError, VaultInUseError, and what `check` raises. Nothing on the disk is changed.
    """
    return come_in(folder, passphrase, clock=clock)


def recover(
    folder: Path, phrase: str, new_passphrase: str, *, writer: str | None = None, clock: Clock = system_clock
) -> Archive:
    """Unlock a vault with its recovery phrase and give it a new passphrase; the one before stops working.

    `writer`: who comes in, by name, where several people write there; only their passphrase is another one then.

    Raises:
        RecoveryPhraseError and its kinds: what was typed is no such phrase. PassphraseTooShortError: the new one.
        WrongPassphraseError: the phrase is whole and belongs to another vault. What `unlock` raises.
        PassphraseTakenError: it is the passphrase of somebody else there.
        WriterUnclearError: several people write there. WriterNotFoundError: none of them is called so.
    """
    return come_in(folder, ByPhrase(phrase, new_passphrase, writer), clock=clock)


def recover_with_shares(
    folder: Path,
    words: str,
    other: str,
    new_passphrase: str,
    *,
    writer: str | None = None,
    clock: Clock = system_clock,
) -> Archive:
    """Unlock a vault with the words of two people who keep shares of it, and give it a new passphrase.

    Shares were spoken then: whoever heard both could come in too, so new ones are due (`escrow.state`).

    Raises:
        As `recover`; ShareSameError: one share twice. WrongSharesError: they are of another vault, or were replaced.
    """
    return come_in(folder, ByShares(words, other, new_passphrase, writer), clock=clock)


def come_in(folder: Path, way: Way, *, clock: Clock = system_clock) -> Archive:
    """`unlock`, `recover` or `recover_with_shares`, by what the person has in hand. Raises as they do."""
    check(folder)
    archive = _with_projection(_opened(folder, way, clock))
    try:
        _tidy(archive)
    except BaseException:
        archive.close()
        raise
    return archive


def restore(
    copy: Path | Filling,
    folder: Path,
    way: Way,
    *,
    device: str,
    clock: Clock = system_clock,
    progress: Progress = no_progress,
) -> Archive:
    """Make a vault in a new folder out of a closed copy of one (or what fills it so), and unlock it. The copy stays.

    What is written from now on stands in a new log, and the card is a new one: others compare its words again. Bundles
    that were sealed for the card before still open. What opened the copy opens the new vault; who came in by the phrase
    or by shares has another passphrase there.

    Raises:
        CardTextError: the device cannot be called so. VaultExistsError: there is something in the folder.
        InsideVaultError: the folder lies in the copy. VaultUnfinishedError: it is called as no vault may be.
        VaultNotFoundError, VaultForeignError, VaultNewerError, VaultDamagedError: what the copy is instead.
        WrongPassphraseError, and what `recover` raises: it does not open with this. VaultInUseError: it is open.
        RollbackError: files of different times were put together in it.
        DiskFullError, PlaceUnwritableError, MemoryShortError, and what `progress` raises. Nothing was made.
    """
    check_card_text(device.strip())
    unfinished.expect_finished(folder)
    _check_free(folder)
    if isinstance(copy, Path):
        expect_outside(copy, folder)
        expect_opens(vaults.read_headers(copy), way)
    unfinished.remove_left(folder)
    making = unfinished.place_for(folder)
    try:
        copy_closed(copy, making, progress) if isinstance(copy, Path) else copy(making, progress)
        # The copy gets its name only when it has its own log: at no time can it go on with the one of before. So what
        # a stop left over is tidied only after that: it becomes entries.
        archive = _with_projection(_opened(making, way, clock))
        try:
            begin_anew(archive, device)
        finally:
            archive.close()
        unfinished.give_name(making, folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return unlock(folder, passphrase_after(way), clock=clock)


def begin_anew(archive: Archive, device: str) -> Card:
    """Go on in a new log, under new keys, because a copy of this vault goes on elsewhere. Gives the new card.

    Raises:
        CardTextError: the device cannot be called so. DiskFullError, PlaceUnwritableError. Nothing was changed.
    """
    check_card_text(device.strip())
    opening: dict[str, Plain] = {"person": cards.own_card(archive).person, "device": device.strip()}
    archive.vault.begin_log(new_identity(), opening, archive.clock(), also=lambda: _go_on(archive))
    return cards.own_card(archive)


def _take_new_card(archive: Archive) -> None:
    """After a new key: go on under new cards, where that was asked for with it (`safety.rekeying`)."""
    if archive.connection.value("SELECT value FROM setting WHERE name = ?", (CARD_NEXT,)) is None:
        return
    card = cards.own_card(archive)
    opening: dict[str, Plain] = {"person": card.person, "device": card.device}

    archive.vault.begin_log(new_identity(), opening, archive.clock(), also=lambda: _go_on(archive))


def _go_on(archive: Archive) -> None:
    """All of a new log that stands outside of it, in the transaction that begins it."""
    writers.take_in_openings(archive)
    cards.own_card(archive)
    archive.connection.execute("DELETE FROM setting WHERE name = ?", (CARD_NEXT,))


def change_passphrase(archive: Archive, old: str, new: str) -> None:
    """Give an unlocked vault another passphrase; the one before stops working, the recovery phrase goes on.

    Raises:
        WrongPassphraseError: `old` is not the passphrase of who unlocked. PassphraseTakenError: the new one is that of
        somebody else who writes here. PassphraseTooShortError, PassphraseTextError: the new one
        will not do. DiskFullError, PlaceUnwritableError. Nothing was changed.
    """
    keyslots.check_new_passphrase(new)
    if not writers.is_passphrase_of(archive, old, archive.vault.writer):
        raise WrongPassphraseError
    _set_passphrase(archive.vault, new)


def rebuild(archive: Archive, progress: Progress = no_progress) -> int:
    """Drop everything that is made from the journal, and make it again. Gives the number of records.

    Raises:
        What `progress` raises; then everything is as it was.
    """
    return projection.rebuild(archive.connection, progress)


def _check_free(folder: Path) -> None:
    """Raises VaultExistsError, PlaceUnwritableError."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise VaultExistsError
    except OSError as problem:
        raise storage_error(problem) from problem


def _take_back(folder: Path, *, made: bool) -> None:
    """Remove all of a vault that was just made in a folder that was empty; what will not go stays."""
    for name in headers.NAMES:
        with suppress(OSError):
            (folder / name).unlink()
    for each in list(folder.iterdir()):
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            with suppress(OSError):
                each.unlink()
    if made:
        with suppress(OSError):
            folder.rmdir()


def _opened(folder: Path, way: Way, clock: Clock) -> Archive:
    """Unlock. What opens the vault for everybody who writes there gives who comes in a new passphrase."""
    with secret_of(way) as secret:
        archive = Archive(vaults.open_existing(folder, secret), clock)
    if isinstance(way, str):
        return archive
    try:
        if archive.vault.opened_with is SlotKind.SHARES:
            shares.note_spoken(archive)  # first: they were, whatever comes of it
        archive.vault.come_in_as(_who_comes(archive, way.writer))
        if archive.vault.opened_with is SlotKind.RECOVERY:
            paper.note_written(archive)  # it surely stands somewhere
        _set_passphrase(archive.vault, way.new_passphrase)
    except BaseException:
        archive.close()
        raise
    return archive


def _who_comes(archive: Archive, name: str | None) -> int:
    if name is not None:
        return writers.find(archive, name).id
    everybody = writers.active(archive)
    if len(everybody) > 1:
        raise WriterUnclearError(tuple(writer.name for writer in everybody))
    return everybody[0].id


def _set_passphrase(vault: Vault, passphrase: str) -> None:
    secret = keyslots.normalise_passphrase(passphrase)
    try:
        vault.change_passphrase(secret)
    finally:
        keyslots.wipe(secret)


def _with_projection(archive: Archive) -> Archive:
    """Make the projection where it is missing or of an older version of the program. No log is written in."""
    try:
        if not projection.is_current(archive.connection):
            projection.rebuild(archive.connection)
        _ = archive.own_log  # looked up by the thread that owns the database, and kept for the others
    except BaseException:
        archive.close()
        raise
    return archive


def _tidy(archive: Archive) -> None:
    """What a stop left over and what is over leaves. Where it cannot, it stays until the next time.

    What others sent is looked at here. Nothing that arrives may keep anybody from opening their vault, not even by a
    mistake of ours.
    """
    steps: tuple[Callable[[Archive], object], ...] = (
        shares.settle,
        _take_new_card,
        drafts.finish_of_others,
        arrivals.remove_leftovers,
        erasure.clean_up,
        scrubbing.scrub_quietly,
        tasks.expire,
        half_finished.tidy,
        writers.keep_ways,
    )
    for step in steps:
        with suppress(Exception):  # see above; what a person asks for later tells its mistakes as always
            step(archive)
