"""Somebody saw a passphrase, or has a share or the phrase: a new key, and nothing of before opens the vault any more.

Rule 1: everything is checked before anything is changed: whose passphrase is typed, the new ones, the phrase, who keeps
        shares. Then the vault is closed by it, and opened anew with the new passphrase.
Rule 2: a slot can be made only by who knows its secret. Who else writes here types theirs now, or is let in anew later
        (`writers.let_in`); the phrase is a new one, or there is none; shares are new ones, or there are none.
Rule 3: files are sealed anew afterwards, one by one, so that work goes on; until then they lie under the key of before.
Rule 4: nothing reaches copies that were made before: whoever has one, and a passphrase of then, reads what it holds.
        They have the keys of its logs too: they sign as who writes here, and open what is sealed for the cards of then.
        Only a new card ends that (`new_card`), for everybody who writes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from fieldapp.crypto import keyslots, recovery
from fieldapp.crypto.keyslots import SLOT_COUNT, SlotKind
from fieldapp.errors import (
    PassphraseTakenError,
    SlotsFullError,
    WriterNotFoundError,
    WriterPassphraseError,
    WrongPassphraseError,
)
from fieldapp.services import paper, shares, vaults, writers
from fieldapp.services.archive import Archive
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import Holder
from fieldapp.services.trust import Peer
from fieldapp.services.writers import Writer
from fieldapp.values import Progress, no_progress
from fieldapp.vault import rekeying as steps
from fieldapp.vault.objects import StoredObject
from fieldapp.vault.slots import NewSlot

Portion = Sequence[StoredObject]
Next = steps.Next
Sealed = steps.Sealed

new_phrase = recovery.new_phrase
"""A recovery phrase to be: show it and ask it back before it is given to `rekey`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new key takes away from whom, if nothing is done about it.

    `others`: who else writes here and can come in now. `phrase`: there is one now. `holders`: whose shares it ends.
    `copy_likely`: shares were spoken, or somebody was removed who may have a copy: a new card is due as well.
    """

    others: tuple[Writer, ...]
    phrase: bool
    holders: tuple[Holder, ...]
    copy_likely: bool = False


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A new key is in place, and the vault is closed. `left_out`: who has to be let in anew, by name."""

    left_out: tuple[str, ...]


def plan(archive: Archive) -> Plan:
    """What there is to be decided before a new key."""
    known = escrow.state(archive)
    others = (writer for writer in writers.active(archive) if writer.can_open and not writer.me)
    removed = any(writer.removed_ms is not None for writer in archive.vault.writers())
    return Plan(tuple(others), known.phrase, known.holders, copy_likely=removed or known.spoken_ms is not None)


def rekey(
    archive: Archive,
    passphrase_now: str,
    new_passphrase: str,
    *,
    phrase: str | None,
    others: Mapping[int, str] | None = None,
    holders: Sequence[Peer] = (),
    new_card: bool = False,
    progress: Progress = no_progress,
) -> Rekeyed:
    """Put a new key in place of the one of now, and close the vault. `others`: passphrases of other writers, by id.

    `new_card`: everybody here writes on in a new log, under a new card, from the next unlocking on.

    Raises:
        WrongPassphraseError: `passphrase_now` is not that of who unlocked. WriterPassphraseError: nor one of `others`.
        WriterNotFoundError: one of `others` does not write here. PassphraseTakenError: two of them are the same.
        PassphraseTooShortError, PassphraseTextError, RecoveryPhraseError, HoldersError, SlotsFullError.
        DiskFullError, PlaceUnwritableError, MemoryShortError, and what `progress` raises.
        Nothing was changed, and the vault is open as before; or where it is closed (`archive.vault.is_open`), it opens
        with the new passphrase or with that of before: whichever does decides.
    """
    given = dict(others or {})
    _check_passphrases(archive, passphrase_now, new_passphrase, given)
    if holders:
        escrow.check_holders(archive, holders)
    left_out = tuple(writer.name for writer in plan(archive).others if writer.id not in given)
    new_shares = shares.new_shares(holders)
    with ExitStack() as wiping:
        slots = _slots(archive, new_passphrase, given, phrase)
        slots += shares.slots_of(new_shares)
        wiping.callback(shares.wipe, slots)
        if len(slots) > SLOT_COUNT:
            raise SlotsFullError(SLOT_COUNT)
        settings = shares.to_come(new_shares) | paper.SURE | ({vaults.CARD_NEXT: b"\1"} if new_card else {})
        archive.vault.rekey(slots, progress, settings=settings)
    return Rekeyed(left_out)


def unfinished(archive: Archive) -> int:
    """How many files still lie under the key of before."""
    return archive.vault.rekey_left()


def continue_rekey(archive: Archive, progress: Progress = no_progress, *, most: int = -1) -> int:
    """Seal files anew that lie under the key of before, at most so many. Gives how many are left.

    Raises:
        DiskFullError, PlaceUnwritableError, and what `progress` raises: what was done is done, the rest waits.
    """
    return archive.vault.continue_rekey(progress, most=most)


def next_portion(archive: Archive) -> Next:
    """What is to be sealed next, where work goes on meanwhile: `seal` it beside, and `keep` what came of it.

    Where nothing but files of before is left that would not go, that is told once (`is_stuck`), and tried again then.

    Raises:
        DiskFullError, PlaceUnwritableError: that all are sealed cannot be noted.
    """
    vault = archive.vault
    following = steps.next_portion(vault.objects, vault.saving, vault.connection)
    if following.is_stuck:
        vault.objects.stuck.clear()
    return following


def seal(archive: Archive, portion: Portion, progress: Progress) -> Sealed:
    """Seal a portion anew; of the archive only `vault.objects` is used. `keep` or `discard` comes next.

    Raises:
        DiskFullError, PlaceUnwritableError, and what `progress` raises: nothing of it is left behind.
    """
    return steps.seal(archive.vault.objects, portion, progress)


def keep(archive: Archive, sealed: Sealed) -> None:
    """Keep what was sealed anew. Raises DiskFullError, PlaceUnwritableError: nothing of it was kept."""
    steps.keep(archive.vault.objects, archive.vault.saving, sealed)


def _check_passphrases(archive: Archive, now: str, new: str, others: Mapping[int, str]) -> None:
    keyslots.check_new_passphrase(new)
    if not writers.is_passphrase_of(archive, now, archive.vault.writer):
        raise WrongPassphraseError
    active = {writer.id: writer for writer in writers.active(archive) if not writer.me}
    for number, typed in others.items():
        if number not in active:
            raise WriterNotFoundError(tuple(writer.name for writer in active.values()))
        if not writers.is_passphrase_of(archive, typed, number):
            raise WriterPassphraseError(active[number].name)
    secrets = [bytes(keyslots.normalise_passphrase(typed)) for typed in (now, new, *others.values())]
    if len(set(secrets)) < len(secrets):
        raise PassphraseTakenError


def _slots(archive: Archive, new: str, others: Mapping[int, str], phrase: str | None) -> list[NewSlot]:
    typed = {archive.vault.writer: new, **others}
    slots = [
        NewSlot(SlotKind.PASSPHRASE, number, keyslots.normalise_passphrase(words)) for number, words in typed.items()
    ]
    if phrase is not None:
        slots.append(NewSlot(SlotKind.RECOVERY, None, recovery.to_secret(phrase)))
    return slots
