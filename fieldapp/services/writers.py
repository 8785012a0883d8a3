"""Several people who write on one machine: each with a passphrase, a log and a card of their own.

Rule 1: the author of every entry is who unlocked. What somebody typed becomes an entry of theirs, whoever unlocks next.
Rule 2: decisions of any of them (whom to trust, what is withdrawn, what is kept for others) hold for the whole vault.
Rule 3: all keys lie in one vault. Between people who share it names are an agreement, and no proof against each other:
        who can unlock could write as any of them. Towards others each signs for themselves.
Rule 4: who is removed cannot come in any more with their passphrase. The phrase and shares belong to the vault: who has
        seen the paper, or heard two shares, still comes in, as anybody who writes here (`open_to_all`). And who kept a
        copy of the folder of before can open that copy, and with its key this vault too. Only a new key (`rekeying`)
        ends both; whoever is asked to remove somebody, or did, is told so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fieldapp.bundles.card import Card, check_card_text
from fieldapp.crypto import keyslots
from fieldapp.crypto.identity import new_identity
from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import WriterNameTakenError, WriterNotFoundError, WrongPassphraseError
from fieldapp.services import cards, drafts
from fieldapp.services.archive import Archive
from fieldapp.services.holdings import own_logs
from fieldapp.services.likeness import look_alike
from fieldapp.vault import header as headers
from fieldapp.vault import kept_ways
from fieldapp.vault import writers as stored
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import stored_entries
from fieldapp.vault.slots import NewSlot


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who writes here, or did until `removed_ms`. `me`: who unlocked.

    `can_open`: a passphrase of theirs opens the vault; none does after a new key was made without it.
    """

    id: int
    card: Card
    me: bool
    removed_ms: int | None
    can_open: bool

    @property
    def name(self) -> str:
        """How they are called."""
        return self.card.person

    @property
    def device(self) -> str:
        """How the machine is called on their card."""
        return self.card.device


@dataclass(frozen=True, slots=True)
class OpenToAll:
    """What opens the vault for whoever knows it, as anybody who writes here: the phrase on paper, words of shares."""

    phrase: bool
    shares: bool


def open_to_all(archive: Archive) -> OpenToAll:
    """What a person who is removed still comes in with, if they know it, until there is a new key."""
    kinds = {slot.kind for slot in archive.vault.slots()}
    return OpenToAll(SlotKind.RECOVERY in kinds, SlotKind.SHARES in kinds)


def list_(archive: Archive) -> list[Writer]:
    """Everybody who writes here, in the order in which they came; then who was removed."""
    opening = {slot.writer for slot in archive.vault.slots() if slot.kind is SlotKind.PASSPHRASE}
    found = [_told(archive, each, can_open=each.id in opening) for each in archive.vault.writers()]
    return sorted(found, key=lambda writer: (writer.removed_ms is not None, writer.id))


def active(archive: Archive) -> list[Writer]:
    """Those who write here now."""
    return [writer for writer in list_(archive) if writer.removed_ms is None]


def find(archive: Archive, name: str) -> Writer:
    """Who writes here under that name. Raises WriterNotFoundError."""
    everybody = active(archive)
    found = [writer for writer in everybody if look_alike(writer.name, name)]
    if not found:
        raise WriterNotFoundError(tuple(writer.name for writer in everybody))
    return found[0]


def add(archive: Archive, passphrase: str, *, person: str, device: str | None = None) -> Writer:
    """Let one more person write here, under a name that nobody else has; the device is called as before.

    Raises:
        PassphraseTooShortError, PassphraseTextError: the passphrase will not do.
        PassphraseTakenError: it opens the vault already. CardTextError: nobody can be called so.
        WriterNameTakenError: somebody is called so. SlotsFullError: there is no room for another way in.
        DiskFullError, PlaceUnwritableError, MemoryShortError. Nothing was changed.
    """
    keyslots.check_new_passphrase(passphrase)
    name, machine = person.strip(), (device or cards.own_card(archive).device).strip()
    for text in (name, machine):
        check_card_text(text)
    if any(look_alike(writer.name, name) for writer in active(archive)):
        raise WriterNameTakenError
    opening: dict[str, Plain] = {"person": name, "device": machine}
    with _secret_of(passphrase) as secret:
        number = archive.vault.add_writer(
            secret, new_identity(), opening, archive.clock(), also=lambda: take_in_openings(archive)
        )
    return _by_id(archive, number)


def let_in(archive: Archive, writer: int, passphrase: str) -> Writer:
    """Give somebody who writes here and has no way in any more a passphrase; card and log stay theirs.

    Raises:
        WriterNotFoundError: there is no such person, they were removed, or they have a passphrase.
        What `add` says of a passphrase, and of the disk. Nothing was changed.
    """
    keyslots.check_new_passphrase(passphrase)
    known = _by_id(archive, writer)
    if known.can_open or known.removed_ms is not None:
        raise WriterNotFoundError(tuple(each.name for each in active(archive) if not each.can_open))
    with _secret_of(passphrase) as secret:
        archive.vault.add_slot(NewSlot(SlotKind.PASSPHRASE, writer, secret))
    return _by_id(archive, writer)


def remove(archive: Archive, writer: int) -> Writer:
    """Let a passphrase open no more. What its owner wrote stays theirs, and what they were typing becomes an entry.

    What else they may come in with: `open_to_all`.

    Raises:
        WriterNotFoundError: there is no such person. WriterStaysError: it is who unlocked, or was done already.
        DiskFullError, PlaceUnwritableError: nothing was changed.
    """
    _by_id(archive, writer)
    drafts.finish_of_others(archive)
    archive.vault.remove_writer(writer, archive.clock())
    return _by_id(archive, writer)


def is_passphrase_of(archive: Archive, typed: str, writer: int) -> bool:
    """Whether it is the passphrase of that writer now; takes as long as unlocking. Raises what a passphrase may be."""
    with _secret_of(typed) as secret:
        try:
            opened = headers.open_copies(headers.read_copies(archive.vault.folder), secret).slot
        except WrongPassphraseError:
            return False
    keyslots.wipe(opened.master_key)
    slot = {each.place: each for each in archive.vault.slots()}.get(opened.index)
    return slot is not None and slot.kind is SlotKind.PASSPHRASE and slot.writer == writer


def take_in_openings(archive: Archive) -> None:
    """Have the openings of all logs that were begun here in the projection, in the caller's transaction."""
    own = set(own_logs(archive.connection))
    archive.take_in(entry for entry in stored_entries(archive.connection, kind="open") if entry.log in own)


def keep_ways(archive: Archive) -> None:
    """Have it written down a second time who writes here with what: a vault of before has it once.

    Raises:
        DiskFullError, PlaceUnwritableError: it is to be done at the next unlocking.
    """
    if not kept_ways.is_kept(archive.connection):
        with archive.vault.saving() as connection:
            kept_ways.keep(connection)


def _by_id(archive: Archive, number: int) -> Writer:
    everybody = list_(archive)
    for writer in everybody:
        if writer.id == number:
            return writer
    raise WriterNotFoundError(tuple(writer.name for writer in everybody if writer.removed_ms is None))


def _told(archive: Archive, writer: stored.Writer, *, can_open: bool) -> Writer:
    card = cards.card_of(archive, writer.log)
    me = writer.id == archive.vault.writer
    return Writer(writer.id, card, me, writer.removed_ms, can_open and writer.removed_ms is None)


@contextmanager
def _secret_of(passphrase: str) -> Iterator[bytearray]:
    """What a passphrase is as a secret; wiped afterwards."""
    secret = keyslots.normalise_passphrase(passphrase)
    try:
        yield secret
    finally:
        keyslots.wipe(secret)
