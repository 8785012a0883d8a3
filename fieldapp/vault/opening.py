"""What is looked at before a vault counts as open; nothing is written in one that is refused.

Rule 1: the header's head equals or precedes the head in the database, each log written here ends at its head, the
        database knows of no header newer by more than one, and, where the vault was closed cleanly, every page that is
        not free is as it was then. Anything else means that old files or old pages were put back: `RollbackError` says
        which; a page that does not verify is damage, and no alarm.
        A journal of SQLite that is not of the last commit, or would take away entries that the header knows, is never
        let in (`old_journal`), alarm or not: SQLite plays it back as soon as it is asked.
Rule 2: what opens has a row in `slot`, and no newer copy of the header has other slots, unless a change of slots was
        noted as unfinished. A secret of before, in a header that was put back, opens nothing here; and slots that were
        put back are never written again, or the secrets of now would be locked out.
Rule 3: a change of the master key or of slots that a crash cut short is finished or taken back after that.
Rule 4: where one copy of the header is damaged, or an older one was put back, it is written anew, and the database
        knows that it was.
Rule 5: old files that all fit together are not noticed by this: nothing outside the vault witnesses them.
Rule 6: a copy of the header that is of another key is no damaged one, and is not written over but where that key was
        one of before (`keys_before`), or its coming was cut short (`rekeying`, rule 1). Else what opened is old, and
        the key of now would be locked out.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.crypto.keyslots import OpenedSlot, Purpose
from fieldapp.errors import (
    BugError,
    DiskFullError,
    PlaceUnwritableError,
    RollbackError,
    VaultDamagedError,
    WrongPassphraseError,
)
from fieldapp.vault import (
    closing,
    journal,
    kept_ways,
    keys_before,
    migration,
    old_journal,
    rekeying,
    schema,
    slots,
    writers,
)
from fieldapp.vault import connection as database
from fieldapp.vault import header as headers
from fieldapp.vault.connection import Connection
from fieldapp.vault.folder import DATABASE, NEXT
from fieldapp.vault.header import Header
from fieldapp.vault.kept_header import KeptHeader
from fieldapp.vault.place import Place


@dataclass(frozen=True, slots=True)
class Ready:
    """A database that was looked at, and who opened it. `rolled_back`: it was opened in spite of that."""

    connection: Connection
    kept: KeptHeader
    writer: int
    rolled_back: str | None


def database_key(master_key: bytes | bytearray) -> bytearray:
    """Key and salt of the database, as SQLCipher takes them."""
    key = keyslots.subkey(master_key, Purpose.DATABASE_KEY) + keyslots.subkey(master_key, Purpose.DATABASE_SALT, 16)
    if len(key) != database.KEY_SIZE:
        raise BugError("database key size")
    return key


def make_ready(folder: Path, opened: headers.OpenedHeader, *, allow_rolled_back: bool) -> Ready:
    """Open the database that belongs to a header.

    Raises:
        RollbackError: see rule 1; not if `allow_rolled_back`, unless it is a journal.
        WrongPassphraseError: the slot was about to be dropped.
        VaultDamagedError, VaultNewerError, VaultInUseError: the database. DiskFullError, PlaceUnwritableError.
    """
    kept = KeptHeader(Place(folder), opened.header, opened.slot.master_key, opened.state, any_closed=opened.any_closed)
    try:
        return _looked_at(folder, kept, opened, allow_rolled_back=allow_rolled_back)
    except BaseException:
        kept.wipe()
        raise


def _looked_at(folder: Path, kept: KeptHeader, opened: headers.OpenedHeader, *, allow_rolled_back: bool) -> Ready:
    cut_short = (folder / NEXT).exists()
    key = database_key(kept.master_key)
    if opened.newer is None:  # both copies of a new key have the same slots
        rekeying.finish(kept, key)
    others = _of_another_key(kept) if opened.alone else []
    if others and not keys_before.is_under(folder / DATABASE, key):
        raise RollbackError("header")
    as_closed = kept.state.closed is None or closing.is_as_closed(folder / DATABASE, kept.state, key)
    if closing.has_journal(folder / DATABASE):
        _expect_journal_of_now(folder / DATABASE, kept, key, as_closed=as_closed)
    connection = database.open_existing(folder / DATABASE, key)
    try:
        kept.place.note()
        schema.version_of(connection)
        alarm = _rolled_back(kept, connection, as_closed=as_closed)
        if alarm is None and (
            _was_put_back(opened, connection) or not (cut_short or _are_of_before(others, connection))
        ):
            alarm = "header"
        _expect_allowed(alarm, allow=allow_rolled_back)
        is_bad = not cut_short and alarm is None and (opened.alone or _is_behind(kept, opened, connection))
        connection.before_writing = kept.open_up
        migration.bring_up_to_date(connection, folder / DATABASE, key)
        writer = _who(connection, opened.slot, trusting=alarm is not None)
        _go_on(kept, connection, opened, alarm)
        rekeying.take_back(kept, connection)
        _finish_slots(kept, connection)
        if is_bad:
            kept.mend(connection)
    except BaseException:
        connection.close()
        raise
    return Ready(connection, kept, writer, alarm)


def _go_on(kept: KeptHeader, connection: Connection, opened: headers.OpenedHeader, alarm: str | None) -> None:
    """Go on with the newest slots and epoch in spite of an alarm; without one, note that slots are to be settled."""
    if alarm is not None:
        kept.header = opened.newer or kept.header
        kept.catch_up(connection)
    elif opened.newer is not None and not slots.are_unfinished(connection):
        with suppress(DiskFullError, PlaceUnwritableError), connection.transaction():
            slots.begin(connection)


def _was_put_back(opened: headers.OpenedHeader, connection: Connection) -> bool:
    """Whether the copy that was opened is older than one with other slots, and none of them may be (rule 2)."""
    return opened.newer is not None and not _may_have_other_slots(connection)


def _are_of_before(others: list[Header], connection: Connection) -> bool:
    """Whether all these copies of other keys are of those before this one (rule 6)."""
    return all(keys_before.has_header(connection, each) for each in others)


def _of_another_key(kept: KeptHeader) -> list[Header]:
    """The copies that have neither its salt nor one of its slots: whatever damaged a copy leaves one of them."""
    ours = {kept.header.salt, *kept.header.slots}
    return [copy for copy in headers.read_copies(kept.folder) if not ours & {copy.salt, *copy.slots}]


def _is_behind(kept: KeptHeader, opened: headers.OpenedHeader, connection: Connection) -> bool:
    """Whether the other copy is older and has slots of before, and no change of them was cut short."""
    if opened.newer is not None or slots.are_unfinished(connection):
        return False
    return len(headers.like(kept.header, headers.read_copies(kept.folder), kept.master_key)) < len(headers.NAMES)


def _expect_journal_of_now(path: Path, kept: KeptHeader, key: bytearray, *, as_closed: bool) -> None:
    """Raises RollbackError: the journal is of another day. VaultDamagedError: it would bring damaged pages back."""
    if not as_closed or old_journal.is_of_another_day(path, key):
        raise RollbackError("pages")
    if old_journal.would_lose(path, key, kept.state.heads):
        raise RollbackError("journal")


def _expect_allowed(alarm: str | None, *, allow: bool) -> None:
    if alarm is not None and not allow:
        raise RollbackError(alarm)


def _rolled_back(kept: KeptHeader, connection: Connection, *, as_closed: bool) -> str | None:
    """What was put back, as far as can be told; None where all fits together. Raises VaultDamagedError."""
    if kept.is_rolled_back(connection):
        return "header"
    if not all(journal.holds(connection, log, head) for log, head in kept.state.heads.items()):
        return "journal"
    if not journal.own_heads_are_newest(connection):
        return "pages"
    if not as_closed:
        if not connection.is_whole():
            raise VaultDamagedError("database")
        return "pages"
    return None


def _may_have_other_slots(connection: Connection) -> bool:
    """Whether the copies of the header may differ in slots; before version 3 no change of them was noted."""
    return schema.version_of(connection) < schema.NOTES_CHANGES or slots.are_unfinished(connection)


def _who(connection: Connection, opened: OpenedSlot, *, trusting: bool) -> int:
    """The writer whose slot opened.

    Raises:
        WrongPassphraseError: the slot was about to be dropped when a process was killed.
        WayLostError: a repair could not tell whose it is.
        RollbackError: it was dropped, and stands in a header that was put back; not if `trusting`.
    """
    active = [writer.id for writer in writers.writers(connection) if writer.removed_ms is None]
    if not active:
        raise VaultDamagedError("journal")
    slot = next((slot for slot in slots.used(connection) if slot.place == opened.index), None)
    known = slot is not None and slot.kind is opened.kind and (slot.writer is None or slot.writer in active)
    if slot is not None and known:
        return active[0] if slot.writer is None else slot.writer
    if slots.are_unfinished(connection):
        raise WrongPassphraseError
    if slot is None and kept_ways.are_lost(connection):
        slots.take_up(connection, opened)
        return active[0]
    if not trusting:
        raise RollbackError("header")
    return active[0]


def _finish_slots(kept: KeptHeader, connection: Connection) -> None:
    """Fill the places without a row, where a change of slots was cut short; where it cannot be, at the next opening."""
    if not slots.are_unfinished(connection):
        return
    with suppress(DiskFullError, PlaceUnwritableError):
        kept.change(headers.without_slots(kept.header, slots.unused(connection)), connection)
        with connection.transaction():
            slots.finish(connection)
