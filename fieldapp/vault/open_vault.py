"""An open vault: the folder, its header, its database, its objects, and who writes here.

Rule 1: opening checks everything before it writes anything; a vault that is refused is left byte for byte as it was.
        What is checked: `opening`.
Rule 2: the database commits first, then the header. So at opening the head in the header equals or precedes the head in
        the database. A header that cannot be written does not undo what is saved: it lags, and the next save writes it.
Rule 3: one process at a time. The folder is locked before a passphrase costs anything, where the system can do that;
        the database is held alone on every system.
Rule 4: the secrets of an open vault end with the process, not with `close`.
Rule 5: who unlocked is who writes. Two machines never append to one log: `begin_log`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.crypto.identity import IdentitySecrets, identity_from_bytes
from fieldapp.crypto.keyslots import Purpose, Secret, SlotKind
from fieldapp.errors import (
    BugError,
    DiskFullError,
    PassphraseTakenError,
    PlaceUnwritableError,
    RollbackError,
    SlotsFullError,
    WriterStaysError,
)
from fieldapp.system import FolderLock
from fieldapp.values import LogId, Progress, no_progress
from fieldapp.vault import closing, journal, rekeying, slots, writers
from fieldapp.vault import header as headers
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain
from fieldapp.vault.folder import DATABASE, OBJECTS
from fieldapp.vault.header import Header, State
from fieldapp.vault.journal import Author, Moment
from fieldapp.vault.kept_header import Copies, KeptHeader
from fieldapp.vault.objects import ObjectStore
from fieldapp.vault.opening import Ready, database_key
from fieldapp.vault.rewriting import mend_free_pages
from fieldapp.vault.slots import NewSlot, Slot
from fieldapp.vault.writers import Writer, author_of


class Vault:
    """One open vault. Everything but `objects` belongs to the thread that opened it."""

    def __init__(self, folder: Path, ready: Ready, lock: FolderLock, *, opened_with: SlotKind) -> None:
        self.folder = folder
        self.place = ready.kept.place
        self.place.hold(lock)
        self.connection, self.writer = ready.connection, ready.writer
        self.rolled_back = ready.rolled_back
        self.opened_with = opened_with
        self._kept = ready.kept
        self._lock = lock
        name_key = keyslots.subkey(self._kept.master_key, Purpose.OBJECT_NAMES)
        before = rekeying.names_before(self.connection)
        self.objects = ObjectStore(folder / OBJECTS, name_key, before, expect_place=self.place.expect)
        self._name_key = bytes(name_key)
        self._author: Author | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return self.connection.is_open

    @property
    def author(self) -> Author:
        """Who writes here: the newest of the logs of who unlocked."""
        if self._author is None:
            self._author = author_of(self.own_logs[0], self.identity)
        return self._author

    @property
    def identity(self) -> IdentitySecrets:
        """The keys of who writes here."""
        return self.identities[0]

    @property
    def identities(self) -> tuple[IdentitySecrets, ...]:
        """The keys of all logs that were ever written here, as `own_logs`: others may still seal for an old card."""
        return tuple(identity_from_bytes(kept) for _log, kept, _own in self._logs())

    @property
    def own_logs(self) -> tuple[LogId, ...]:
        """All logs that were ever written here: of who unlocked the newest first, then those of the other writers."""
        return tuple(LogId(log) for log, _kept, _own in self._logs())

    @property
    def earlier_logs(self) -> tuple[LogId, ...]:
        """The logs of who unlocked but the newest, which is the only one that is appended to; the newest first."""
        return tuple(LogId(log) for log, _kept, own in self._logs() if own)[1:]

    def come_in_as(self, writer: int) -> None:
        """Be this writer, where a phrase or shares opened the vault: they open it for everybody who writes here."""
        active = {each.id for each in self.writers() if each.removed_ms is None}
        if self.opened_with is SlotKind.PASSPHRASE or writer not in active:
            raise BugError("somebody else")
        self.writer = writer
        self._author = None

    def begin_log(
        self,
        identity: IdentitySecrets,
        opening: dict[str, Plain],
        moment: Moment,
        *,
        also: Callable[[], None] = lambda: None,
    ) -> LogId:
        """Go on in new logs, under new keys: for a copy that was restored, and where a copy of this vault is in use.

        The logs before stay, and are never appended to again, by none of the writers: each has a new one after this, on
        the device that `opening` names. Each opening says `after` which log it goes on, signed with the keys of both.
        What is signed with the keys of before (the cards) is the caller's to make anew, and the openings (all of them)
        to take in: `also` is called at the end of the same transaction.

        Raises:
            DiskFullError, PlaceUnwritableError: nothing was changed.
        """
        alarm, self.rolled_back = self.rolled_back, None
        try:
            with self.saving() as connection:
                writers.others_go_on(connection, self.writer, opening.get("device"), moment)
                payload = opening | writers.after(connection, self.author, identity)
                self._author = author = writers.open_log(connection, self.writer, identity, payload, moment)
                also()
        except BaseException:
            self.rolled_back = alarm
            raise
        return author.log

    @contextmanager
    def saving(self) -> Iterator[Connection]:
        """A transaction whose end is safe on the disk, and after which the header knows the newest own entry.

        Raises:
            RollbackError: the vault was opened in spite of that, and no new log was begun.
        """
        if self.rolled_back is not None:
            raise RollbackError(self.rolled_back)
        if self.connection.in_transaction:
            with self.connection.transaction():
                yield self.connection
            return
        author = self._author
        try:
            with self.connection.transaction():
                yield self.connection
                heads = journal.heads(self.connection, own_only=True)
                if heads != self._kept.state.heads:
                    self._kept.note_epoch(self.connection)
        except BaseException:
            self._author = author  # not unknown: other threads may ask who writes here, and cannot look
            raise
        self._kept.follow(heads)

    def snapshot(self, database: Path) -> dict[str, bytes]:
        """Copy the database, under its key, into the new file `database`; gives both headers that belong to that copy.

        They have the slots of now and say nothing of pages, which are others in the copy. Outside every transaction.

        Raises:
            DiskFullError, PlaceUnwritableError, VaultDamagedError: what is at `database` then is to be removed.
        """
        if self.connection.in_transaction:
            raise BugError("a copy inside a transaction")
        self.place.expect()
        mend_free_pages(self.connection)
        self.connection.copy_to(database, database_key(self._kept.master_key))
        return self._kept.copies_for(journal.heads(self.connection, own_only=True))

    def slots(self) -> list[Slot]:
        """What opens the vault, by place."""
        return slots.used(self.connection)

    def add_slot(self, new: NewSlot) -> Slot:
        """Have one more secret open the vault.

        Raises:
            SlotsFullError. PassphraseTakenError: it opens the vault already.
            DiskFullError, PlaceUnwritableError, MemoryShortError: it does not open it, also after the next saves.
        """
        place = slots.free_place(self.connection)
        slot = Slot(place, new.kind, new.writer)
        with self._adding(slot, new.secret) as connection:
            slots.note(connection, slot)
        return slot

    def drop_slots(self, places: Collection[int], *, also: Callable[[], None] = lambda: None) -> None:
        """From now on nothing opens these places. One passphrase has to stay. `also` is called in the same transaction.

        Raises:
            DiskFullError, PlaceUnwritableError: to be done again, or at the next opening; until then only this program
                refuses them.
        """
        with self.saving() as connection:
            slots.begin(connection)
            slots.forget(connection, places)
            also()
        self._empty_unused()

    def change_passphrase(self, passphrase: Secret) -> None:
        """From now on this passphrase lets in who unlocked, and the one before does not; all other secrets stay.

        Raises:
            PassphraseTakenError: it is another's. SlotsFullError: they had none, and there is no room.
            DiskFullError, PlaceUnwritableError, MemoryShortError: the passphrase before still opens it, also after the
                next saves. (The new one may open it too, until then.)
        """
        own = slots.passphrase_of(self.connection, self.writer)
        if own is None:
            self.add_slot(NewSlot(SlotKind.PASSPHRASE, self.writer, passphrase))
            return
        header = self._header_with(own, passphrase)
        with self.saving() as connection:
            slots.begin(connection)
        self._kept.change(header, self.connection)
        with suppress(DiskFullError, PlaceUnwritableError), self.saving() as connection:
            slots.finish(connection)  # it is done; what is still noted is found to be so at the next opening

    def writers(self) -> list[Writer]:
        """Everybody who writes here, or did."""
        return writers.writers(self.connection)

    def add_writer(
        self,
        passphrase: Secret,
        identity: IdentitySecrets,
        opening: dict[str, Plain],
        moment: Moment,
        *,
        also: Callable[[], None] = lambda: None,
    ) -> int:
        """One more person who writes here, in a log of their own, with a passphrase of their own. Gives who that is.

        `also` is called at the end of the transaction in which their log is begun, to take in its opening.

        Raises:
            SlotsFullError. PassphraseTakenError: it opens the vault already.
            DiskFullError, PlaceUnwritableError, MemoryShortError: nothing was changed.
        """
        place = slots.free_place(self.connection)
        with self._adding(Slot(place, SlotKind.PASSPHRASE, None), passphrase) as connection:
            writer = writers.add(connection)
            writers.open_log(connection, writer, identity, opening, moment)
            slots.note(connection, Slot(place, SlotKind.PASSPHRASE, writer))
            also()
        return writer

    def remove_writer(self, writer: int, moment: Moment) -> None:
        """The passphrase of this person opens the vault no more; what they wrote stays, never to be appended to.

        Whoever has seen the phrase, or heard shares, still comes in with them: those are the vault's (`slots`, rule 4).

        Raises:
            WriterStaysError: it is who unlocked, or was removed before.
            DiskFullError, PlaceUnwritableError: as `drop_slots`.
        """
        known = {each.id: each for each in self.writers()}
        if writer == self.writer:
            raise WriterStaysError("self")
        if writer not in known:
            raise BugError("no such writer")
        if known[writer].removed_ms is None:
            with self.saving() as connection:
                slots.begin(connection)
                slots.forget(connection, [slot.place for slot in slots.used(connection) if slot.writer == writer])
                writers.remove(connection, writer, moment)
        elif not slots.are_unfinished(self.connection):
            raise WriterStaysError("removed")
        self._empty_unused()

    def rekey(
        self,
        opening: Sequence[NewSlot],
        progress: Progress = no_progress,
        *,
        settings: Mapping[str, bytes] | None = None,
    ) -> None:
        """A new master key, which only these secrets open. The vault is closed after that.

        `settings` are in the database from then on, never under the key of before: who has that may read deleted files.

        The objects are sealed anew afterwards: `continue_rekey`. Those of an earlier change are first.

        Raises:
            SlotsFullError, PassphraseTakenError, MemoryShortError, and what `progress` raises: nothing was changed.
            DiskFullError, PlaceUnwritableError: what opened the vault opens it (so may the new secrets, then it is
                done). It is closed, unless `is_open`.
        """
        self._check_opening(opening)
        if self.continue_rekey(progress):
            raise PlaceUnwritableError
        key = bytearray(secrets.token_bytes(keyslots.KEY_SIZE))
        try:
            header, places = headers.make(
                key, self._kept.header.parameters, [(new.kind, new.secret) for new in opening]
            )
            rows = [Slot(place, new.kind, new.writer) for place, new in zip(places, opening, strict=True)]
            before = self._kept
            following = rekeying.Following(
                database_key(key), rows, self._name_key, before.state.epoch + 1, settings or {}
            )
            digest = rekeying.write_next(self.place, self.connection, following)
            closing.close(self.connection, self.place)
            state = State(before.state.epoch, before.state.heads)
            after = KeptHeader(self.place, header, key, state, any_closed=False)
            rekeying.switch(before, after, digest)
        finally:
            keyslots.wipe(key)
            if not self.connection.is_open:
                self.give_up()

    def rekey_left(self) -> int:
        """How many objects still lie under the key of before; 0 where no change of the key goes on."""
        return len(rekeying.waiting(self.connection, self.objects))

    def continue_rekey(self, progress: Progress = no_progress, *, most: int = -1) -> int:
        """Seal objects anew, at most so many (below 0: all), after the key was changed. Gives how many are left.

        Raises:
            DiskFullError, PlaceUnwritableError, and what `progress` raises: what was done stays done.
        """
        return rekeying.seal_anew(self.objects, self.saving, self.connection, progress, most)

    def mend_headers(self) -> Copies:
        """See that both copies of the header are as they were left, and write anew what is not, where that may be."""
        return self._kept.mend_copies(self.connection, may_write=self.rolled_back is None)

    def close(self) -> None:
        """Give the folder up to other processes. Only the end of this process locks the vault.

        What the pages of the database are now is noted in the header; where that fails, it is not.
        """
        if not self.connection.is_open:
            return
        whole = not self.connection.met_damage and self.rolled_back is None and not self.connection.in_transaction
        whole = closing.close(self.connection, self.place) and whole
        path = self.folder / DATABASE
        if whole and not self._kept.says_closed and closing.is_small(path) and not closing.has_journal(path):
            key = database_key(self._kept.master_key)
            pages = closing.digests_of(path, key)
            keyslots.wipe(key)
            if pages is not None:
                self._kept.close(pages)
        self.give_up()

    def give_up(self) -> None:
        """Close, and write nothing."""
        closing.close(self.connection, self.place)
        self._kept.wipe()
        self._lock.close()

    def _logs(self) -> list[Row]:
        return writers.logs_of(self.connection, self.writer)

    def _header_with(self, slot: Slot, secret: Secret) -> Header:
        return headers.with_slot(self._kept.header, self._kept.master_key, slot.place, slot.kind, secret)

    @contextmanager
    def _adding(self, slot: Slot, secret: Secret) -> Iterator[Connection]:
        """Seal a slot in both copies of the header, then save what the caller does; nothing of it where that fails."""
        header, before = self._header_with(slot, secret), self._kept.header
        with self.saving() as connection:
            slots.begin(connection)
        self._kept.change(header, self.connection)
        try:
            with self.saving() as connection:
                yield connection
                slots.finish(connection)
        except BaseException:
            with suppress(DiskFullError, PlaceUnwritableError):
                self._kept.change(before, self.connection)
            raise

    def _empty_unused(self) -> None:
        """Random bytes in every place that has no row, in both copies."""
        self._kept.header = headers.without_slots(self._kept.header, slots.unused(self.connection))
        self._kept.write_both(self.connection)
        with self.saving() as connection:
            slots.finish(connection)

    def _check_opening(self, opening: Sequence[NewSlot]) -> None:
        if self.connection.in_transaction:
            raise BugError("a new key inside a transaction")
        if self.rolled_back is not None:
            raise RollbackError(self.rolled_back)
        if len(opening) > keyslots.SLOT_COUNT:
            raise SlotsFullError(keyslots.SLOT_COUNT)
        active = {None, *(writer.id for writer in self.writers() if writer.removed_ms is None)}
        known = all(new.writer in active for new in opening)
        if not known or not any(new.kind is SlotKind.PASSPHRASE for new in opening):
            raise BugError("no passphrase among the new slots, or one of nobody")
        if len({bytes(new.secret) for new in opening}) < len(opening):
            raise PassphraseTakenError
