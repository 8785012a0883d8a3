"""A damaged vault repaired in a copy: what is whole goes into a new vault, the old one stays as it is to the last byte.

    headers    the copy that opens is taken over: the same passphrase, phrase and shares open the new vault
    database   copied, and what a crash left half done is undone in the copy (`database_found`: not by a journal that
               somebody laid there); where that is not whole, what it still holds is brought page by page into a new
               one (`vault.salvage`) and made to agree with itself (`mending`)
    objects    each is read to its end and copied if it is whole
    new log    as after restoring a copy: the old vault could go on elsewhere

Rule 1: nothing is deleted and nothing is written in the old folder.
Rule 2: what could not be taken over lies in `damaged/` of the new folder, and sealed files that nobody speaks of in
        `recovered/`, all of it ciphertext as it was. A person removes that, nobody else.
Rule 3: a file that is not ours stays where it is, and is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.errors import storage_error
from fieldapp.services import vaults
from fieldapp.services.archive import Archive, Clock, system_clock
from fieldapp.services.files import expect_outside
from fieldapp.services.safety import database_found, files_there, mending, mending_ways, rescue_files
from fieldapp.services.safety.copying import Copying, size_of
from fieldapp.services.safety.database_found import Old, Taken
from fieldapp.services.safety.files_there import DAMAGED, RECOVERED
from fieldapp.services.safety.findings import Finding, Findings, Kind
from fieldapp.services.safety.mending import Mended
from fieldapp.services.safety.mending_ways import ComesIn, Ways
from fieldapp.services.ways import Way, secret_of
from fieldapp.system import make_private_folder, sync_files, sync_folders
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault import header as headers
from fieldapp.vault import journal, migration
from fieldapp.vault.connection import Connection
from fieldapp.vault.folder import DATABASE, OBJECTS, make_borders
from fieldapp.vault.header import State
from fieldapp.vault.kept_header import noted_epoch
from fieldapp.vault.reading import ReadVault, reading


@dataclass(frozen=True, slots=True)
class Rescue:
    """What came through, and what did not.

    `whole`: nothing was damaged. `entries_lost`: places of logs that are known to have had one. `behind`: entries that
    are shown, and not handed on until a bundle fills the gap before them. `texts_lost`: entries whose words are gone
    until somebody sends them again. `recovered`: sealed files that nobody spoke of. `keys_lost`: bundles sealed for the
    card before open no more. `ways_lost`: only what was typed opens the new vault for sure. `put_out`: people who may
    have written here, and count as removed now. `foreign`: files that are not ours, left where they are.
    """

    whole: bool
    entries: int
    entries_lost: int
    behind: int
    texts_lost: int
    objects: int
    objects_damaged: int
    objects_missing: int
    recovered: int
    pages_lost: int
    keys_lost: bool
    ways_lost: bool
    put_out: int
    rolled_back: bool
    foreign: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a person may want to look at after a repair: documents at no record, and files beside the vault."""

    documents: tuple[RecordId, ...]
    damaged_files: int
    recovered_files: int


@dataclass(slots=True)
class _Repair:
    """A repair while it goes on, into the folder `to`."""

    vault: ReadVault
    comes: ComesIn
    copying: Copying
    found: Findings = field(default_factory=Findings)
    mended: Mended = field(default_factory=Mended)
    ways: Ways = field(default_factory=lambda: Ways(keys_lost=False, lost=False, put_out=0))
    objects: int = 0

    @property
    def to(self) -> Path:
        """The new folder."""
        return self.copying.to


def repair(
    folder: Path,
    new_folder: Path,
    way: Way,
    *,
    device: str,
    who: str | None = None,
    clock: Clock = system_clock,
    progress: Progress = no_progress,
) -> Rescue:
    """Make a vault at `new_folder`, which is new or empty, of what is left of the one in `folder`; it is closed again.

    `who`: who comes in, by name, where nothing tells any more which of several people this passphrase is of.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError: what is there instead. VaultInUseError: it is open.
        WrongPassphraseError, and what `vaults.recover` raises. HeaderLostError: both copies of the header are damaged.
        DatabaseLostError: there is no database, or nothing of it can be read. VaultExistsError: there is something in
        `new_folder`. InsideVaultError: it lies in `folder`. CardTextError: the device cannot be called so.
        WriterUnclearError, WriterNotFoundError: `who` (or the way's `writer`) is to be said.
        DiskFullError, PlaceUnwritableError, MemoryShortError, and what `progress` raises. Nothing was made then.
    """
    expect_outside(folder, new_folder)
    done: list[_Repair] = []
    with secret_of(way) as secret, reading(folder, secret) as vault:

        def fill(making: Path, watched: Progress) -> None:
            name = who if isinstance(way, str) else way.writer
            comes = ComesIn(vault.slot, name, device.strip(), clock())
            done.append(_Repair(vault, comes, Copying(making, watched)))
            _fill(done[-1])

        vaults.restore(fill, new_folder, way, device=device, clock=clock, progress=progress).close()
    return _told(done[-1])


def recovered(archive: Archive) -> Recovered:
    """What stands alone in a vault: documents that no record is linked with, and files that a repair put beside it."""
    rows = archive.connection.execute(
        "SELECT record FROM record WHERE type = 'document' AND hidden = 0 AND NOT EXISTS"
        " (SELECT 1 FROM link WHERE link.origin = record.record OR link.target = record.record) ORDER BY record"
    )
    folder = archive.vault.folder
    counts = [sum(1 for _ in files_there.names_in(folder / name)) for name in (DAMAGED, RECOVERED)]
    return Recovered(tuple(RecordId(record) for (record,) in rows), *counts)


def _fill(going: _Repair) -> None:
    try:
        make_private_folder(going.to)
        make_private_folder(going.to / OBJECTS)
        make_borders(going.to)
        for name in going.vault.damaged:
            going.found.add(Kind.HEADER_COPY, name)
        key = going.vault.database_key()
        try:
            connection = _database(going, key)
            try:
                going.objects = rescue_files.take(going.vault, going.copying, going.found, connection)
                _write_headers(going, connection)
            finally:
                connection.close()
        finally:
            keyslots.wipe(key)
        kept = going.copying.kept
        sync_files(kept)
        sync_folders(sorted({going.to, *(path.parent for path in kept)}))
    except OSError as problem:
        raise storage_error(problem) from problem


def _database(going: _Repair, key: bytearray) -> Connection:
    """The database of the new vault: the old one where it is whole, else what is left of it."""
    source = database_found.source_in(going.vault.folder, key)
    path = going.to / DATABASE
    going.copying.begin(size_of(source) * 3)
    old = Old(source, key, going.vault.state, going.copying.copy, going.copying.progress)
    connection, taken = database_found.take(old, path)
    try:
        going.copying.kept.append(path)
        _put_aside(going, old, taken)
        _mend(going, connection, path, key)
    except BaseException:
        connection.close()
        raise
    return connection


def _put_aside(going: _Repair, old: Old, taken: Taken) -> None:
    """Tell what was lost of the database, and keep the files that are not taken over beside the new one."""
    if taken.salvaged is not None:
        going.copying.keep(old.path, going.to / DAMAGED / DATABASE)
        for where, count in taken.salvaged.pages_lost.items():
            going.found.add(Kind.PAGES, where, count=count)
        going.found.add(Kind.DATABASE, count=int(not taken.salvaged.pages_lost))
    if taken.is_refused:
        going.found.add(Kind.ROLLED_BACK, "pages")
    if taken.is_refused or (taken.is_undone and taken.salvaged is not None):
        going.copying.keep(old.journal, database_found.journal_of(going.to / DAMAGED / DATABASE))


def _mend(going: _Repair, connection: Connection, path: Path, key: bytearray) -> None:
    """Bring it to this version, and have it agree with itself."""
    is_known = mending_ways.bring_back(connection)
    moment = going.comes.moment
    dropped = mending.mend_keys(connection, moment)
    migration.bring_up_to_date(connection, path, key)
    going.mended = mending.mend_journal(connection, moment, going.copying.progress)
    going.mended.dropped += dropped
    going.ways = mending_ways.mend_ways_in(connection, going.comes, is_known=is_known)
    _note_mended(going, connection)


def _note_mended(going: _Repair, connection: Connection) -> None:
    """What is missing now, also at the ends of the logs that the header knows."""
    ends = journal.heads(connection)
    state = going.vault.state
    missing = 0
    for log, head in (state.heads if state else {}).items():
        if not journal.holds(connection, log, head):
            missing += max(1, head.seq - (ends[log].seq if log in ends else -1))
    damaged = any(each.kind is Kind.PAGES for each in going.found.all())
    going.found.add(*((Kind.LOG_GAP, "") if damaged else (Kind.ROLLED_BACK, "header")), count=missing)
    going.found.add(Kind.LOG_GAP, count=going.mended.gaps)
    going.found.add(Kind.ENTRY, count=going.mended.dropped)
    going.found.add(Kind.BODY_LOST, count=going.mended.texts_lost)


def _write_headers(going: _Repair, connection: Connection) -> None:
    """Both copies, newer than all that was, with the heads that are here; last, since they make it a vault."""
    vault = going.vault
    epoch = max(vault.state.epoch if vault.state else 0, noted_epoch(connection))
    heads = journal.heads(connection, own_only=True)
    for further in (1, 2):
        state = State(epoch + further, heads)
        name = headers.NAMES[state.epoch % len(headers.NAMES)]
        headers.write(going.to, name, vault.header, vault.slot.master_key, state)


def _told(going: _Repair) -> Rescue:
    findings = going.found.all()

    def count(*kinds: Kind) -> int:
        return sum(each.count for each in findings if each.kind in kinds)

    mended, ways = going.mended, going.ways
    return Rescue(
        whole=not any(each.is_damage for each in findings) and ways == Ways(keys_lost=False, lost=False, put_out=0),
        entries=mended.entries - mended.dropped,
        entries_lost=count(Kind.LOG_GAP, Kind.ENTRY),
        behind=mended.behind,
        texts_lost=mended.texts_lost,
        objects=going.objects,
        objects_damaged=count(Kind.OBJECT_DAMAGED),
        objects_missing=count(Kind.OBJECT_MISSING),
        recovered=count(Kind.UNKNOWN_OBJECT),
        pages_lost=count(Kind.PAGES),
        keys_lost=ways.keys_lost,
        ways_lost=ways.lost,
        put_out=ways.put_out,
        rolled_back=count(Kind.ROLLED_BACK) > 0,
        foreign=count(Kind.FOREIGN_FILE),
        findings=findings,
    )
