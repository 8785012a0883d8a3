"""Coordinators keep shares of this vault: any two of them can help its owner in again, and one alone can do nothing.

Each holder gets 16 random bytes in a file sealed for their card (`bundles.share`). For each pair of holders the vault
has one slot, which the shares of both open together (`crypto.recovery.shares_secret`). Nothing is divided and no key is
computed out of shares: a pair is a passphrase that two people know half of each.

Rule 1: a share is kept here only until its file was written. From then on its SHA-256 is here, of which the words to
        rehearse with are made: nobody reads a share aloud but on the day when it is needed. They are others each day,
        so that a slip of paper does not stand in for a share that was lost.
Rule 2: what was chosen and not finished (the program was stopped) is finished before the first file is written; until
        then the shares open nothing, and nobody has one.
Rule 3: choosing anew replaces all shares. The ones of before open the vault no more, but they do open copies of its
        folder from before, and with the key of those this vault: whose share must become worthless is put out by a new
        key (`rekeying`), never by choosing anew alone.
Rule 4: holders are different people on different machines, as far as their cards tell: two shares at one place would
        be one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path

from fieldapp.bundles.share import MOST_REPLACED, Replaced, Statement, seal_share, sign, vouch, write_statement
from fieldapp.crypto import keyslots, recovery
from fieldapp.crypto.keyslots import SLOT_COUNT, SlotKind
from fieldapp.errors import (
    ExpectedError,
    HolderNotFoundError,
    HoldersError,
    ShareDayError,
    ShareGoneError,
    ShareSpokenError,
    ShareWordsError,
    SlotsFullError,
)
from fieldapp.services import cards, paper, shares, trust
from fieldapp.services.archive import Archive
from fieldapp.services.files import write_new
from fieldapp.services.likeness import look_alike
from fieldapp.services.safety.holding_shares import Held, TakenShare, held, import_file, rehearsal_words, words
from fieldapp.services.trust import Peer

__all__ = [
    "LEAST",
    "MOST",
    "SUFFIX",
    "Escrow",
    "Held",
    "Help",
    "Holder",
    "TakenShare",
    "candidates",
    "choose",
    "held",
    "import_file",
    "rehearsal_words",
    "rehearse",
    "state",
    "words",
    "write",
]

LEAST, MOST = 2, 3
SUFFIX = ".share"

_DAYS_APART = 1
"""So far apart may the calendars of two computers be: two people in two places, one of them before midnight."""

_DAYS_TOLD = 400
"""So far away words are known as those of another day."""


class Help(StrEnum):
    """Who could help where the passphrase is forgotten. WRITTEN: files for two or more; SURE: two or more rehearsed."""

    NOBODY = "nobody"
    NOT_YET = "not_yet"
    PHRASE = "phrase"
    WRITTEN = "written"
    SURE = "sure"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who keeps a share of this vault. `counts`: they are a coordinator whom we trust now."""

    name: str
    fingerprint: bytes
    number: int
    made_ms: int
    written_ms: int | None
    rehearsed_ms: int | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Escrow:
    """Who could help.

    `phrase`: there is a recovery phrase, and it was written down. `spoken_ms`: since when shares were spoken aloud.
    """

    help: Help
    phrase: bool
    holders: tuple[Holder, ...]
    spoken_ms: int | None

    @property
    def put_out(self) -> tuple[Holder, ...]:
        """Holders who are no coordinators of ours any more."""
        return tuple(holder for holder in self.holders if not holder.counts)

    @property
    def should_rotate(self) -> bool:
        """Whether a new key and new shares are due: shares were spoken, or a holder was put out."""
        return self.spoken_ms is not None or bool(self.put_out)


def state(archive: Archive) -> Escrow:
    """Who could help now."""
    phrase = any(slot.kind is SlotKind.RECOVERY for slot in archive.vault.slots())
    phrase = phrase and not paper.is_unsure(archive.connection)
    holders = _holders(archive)
    return Escrow(_help(archive, holders, phrase=phrase), phrase, holders, shares.spoken_ms(archive.connection))


def candidates(archive: Archive) -> list[Peer]:
    """Who may be chosen."""
    return trust.coordinators(archive)


def choose(archive: Archive, holders: Sequence[Peer]) -> Escrow:
    """Make new shares for two or three coordinators. Those before open this vault no more; `write` makes the files.

    Raises:
        HoldersError: (few, many, twice, role) they cannot. SlotsFullError: there is no room for so many pairs. Nothing
        was changed.
        DiskFullError, PlaceUnwritableError, MemoryShortError: choose again; until then nobody can help with a share.
    """
    check_holders(archive, holders)
    others = [slot for slot in archive.vault.slots() if slot.kind is not SlotKind.SHARES]
    if len(others) + shares.pairs_of(len(holders)) > SLOT_COUNT:
        raise SlotsFullError(SLOT_COUNT)
    shares.begin(archive, shares.new_shares(holders))
    shares.finish(archive)
    return state(archive)


def write(archive: Archive, holder: bytes, path: Path) -> Holder:
    """Write the file of a holder's share (by fingerprint). Then the share itself is kept here no longer.

    Raises:
        HolderNotFoundError: they were not chosen. ShareGoneError: their file was written before.
        HoldersError: (role) they are no coordinator any more.
        PlaceTakenError, DiskFullError, PlaceUnwritableError: no file was written.
    """
    shares.finish(archive)
    chosen = {each.fingerprint: each for each in _holders(archive)}
    if holder not in chosen:
        raise HolderNotFoundError(tuple(each.name for each in chosen.values()))
    share = shares.kept(archive.connection).get(holder)
    if share is None:
        raise ShareGoneError
    peer = next((each for each in candidates(archive) if each.fingerprint == holder), None)
    if peer is None:
        raise HoldersError("role")
    write_new(path, _sealed(archive, chosen[holder], peer, share))
    try:
        shares.note_written(archive, holder)
    except BaseException:
        if _is_kept(archive, holder):  # else the disk failed behind the note of it, and the file is the only one
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    return next(each for each in _holders(archive) if each.fingerprint == holder)


def _is_kept(archive: Archive, holder: bytes) -> bool:
    with suppress(ExpectedError):
        return holder in shares.kept(archive.connection)
    return False


def rehearse(archive: Archive, heard: str) -> Holder:
    """Who holds the right share, by the words that their program shows to rehearse with; the day is noted.

    These words open nothing, so a listener gains nothing (`holding_shares.rehearsal_words`).

    Raises:
        RecoveryPhraseError and its kinds. ShareWordsError: nobody who keeps a share of this vault now has these.
        ShareDayError: they have them, and of another day: what they read was noted then, or the date is wrong here or
        there. ShareSpokenError: the words of the share itself were read; that shares were spoken is noted.
    """
    secret = recovery.to_secret(heard)
    digest, said = hashlib.sha256(secret).digest(), bytes(secret)
    keyslots.wipe(secret)
    rows = archive.connection.execute("SELECT holder, digest, number FROM holder")
    if any(of_share == digest for _holder, of_share, _number in rows):
        shares.note_spoken(archive)
        raise ShareSpokenError
    now = archive.clock().time_ms
    found = [(holder, days) for holder, of_share, number in rows for days in _days_off(of_share, number, said, now)]
    if not found:
        raise ShareWordsError
    who, days = found[0]
    if abs(days) > _DAYS_APART:
        raise ShareDayError
    with archive.vault.saving() as connection:
        connection.execute("UPDATE holder SET rehearsed_ms = ? WHERE holder = ?", (now, who))
    return next(each for each in _holders(archive) if each.fingerprint == who)


def _days_off(of_share: bytes, number: int, said: bytes, now_ms: int) -> list[int]:
    """How many days from today the words of this share are those that were said; none on no day near enough."""
    today = recovery.day_of(now_ms)
    near = range(-_DAYS_TOLD, _DAYS_TOLD + 1)
    return [days for days in near if recovery.rehearsal_entropy(of_share, number, today + days) == said]


def check_holders(archive: Archive, holders: Sequence[Peer]) -> None:
    """Whether these may keep shares (rule 4). Raises HoldersError."""
    if len(holders) < LEAST:
        raise HoldersError("few")
    if len(holders) > MOST:
        raise HoldersError("many")
    able = {peer.fingerprint for peer in candidates(archive)}
    if any(holder.fingerprint not in able for holder in holders):
        raise HoldersError("role")
    for one, other in combinations(holders, 2):
        followed = trust.continued_by(archive, one.card), trust.continued_by(archive, other.card)
        near = {peer.fingerprint for peer in followed if peer is not None} & {one.fingerprint, other.fingerprint}
        if one.fingerprint == other.fingerprint or look_alike(one.card.person, other.card.person) or near:
            raise HoldersError("twice")


def _help(archive: Archive, holders: Sequence[Holder], *, phrase: bool) -> Help:
    able = [] if shares.is_unfinished(archive.connection) else [holder for holder in holders if holder.counts]
    if sum(holder.rehearsed_ms is not None for holder in able) >= LEAST:
        return Help.SURE
    if sum(holder.written_ms is not None for holder in able) >= LEAST:
        return Help.WRITTEN
    if phrase:
        return Help.PHRASE
    return Help.NOT_YET if holders else Help.NOBODY


def _holders(archive: Archive) -> tuple[Holder, ...]:
    able = {peer.fingerprint for peer in candidates(archive)}
    names = {peer.fingerprint: peer.name for peer in trust.known_cards(archive)}
    rows = archive.connection.execute("SELECT holder, number, made_ms, written_ms, rehearsed_ms FROM holder")
    found = (
        Holder(names.get(of, ""), of, number, made_ms, written_ms, rehearsed_ms, of in able)
        for of, number, made_ms, written_ms, rehearsed_ms in rows
    )
    return tuple(sorted(found, key=lambda holder: (holder.name.casefold(), holder.fingerprint)))


def _sealed(archive: Archive, holder: Holder, peer: Peer, share: bytes) -> bytes:
    """The file of a share."""
    card = cards.own_card(archive)
    people = {each.fingerprint: each.card.person for each in trust.known_cards(archive)}
    others = [each for each in _holders(archive) if each.fingerprint != holder.fingerprint]
    replaced = {
        fingerprint: vouch(keys, card.fingerprint, holder.fingerprint, holder.number)
        for fingerprint, keys in cards.other_keys(archive)[:MOST_REPLACED]
    }
    encoded = write_statement(
        Statement(
            owner=card.fingerprint,
            holder=holder.fingerprint,
            person=card.person,
            device=card.device,
            number=holder.number,
            time_ms=archive.clock().time_ms,
            share=share,
            others=tuple(people[each.fingerprint] for each in others),
            replaces=tuple(Replaced(*each) for each in sorted(replaced.items())),
        )
    )
    return seal_share(encoded, sign(archive.vault.identity, encoded), peer.card.recipient)
