"""Everything in a vault looked at: headers, pages, tables, journal, objects, files, and what is made from the journal.

Rule 1: nothing is written in the vault, and nothing is mended here; but for a copy of the header that is found damaged
        while the vault is open: who has the key in memory may be the last who can write it anew.
Rule 2: memory grows with none of it but the names of the objects (32 bytes each); `progress` is asked all the time.
Rule 3: pages that are free and do not verify are no damage: the power may tear them, and nothing is lost (decision
        0044). Where the database was closed cleanly, their tags count all the same, as at an opening.
Rule 4: where something keeps a part from being looked at, that is said (`NOT_CHECKED`), and the others are. Parts count
        as looked at only once they were: whatever ends a check early, what is left is told, and nothing is "whole".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.errors import ExpectedError, PlaceUnwritableError, VaultDamagedError
from fieldapp.services.archive import Archive
from fieldapp.services.safety import files_there, index_compared, objects_read
from fieldapp.services.safety.findings import Finding, Findings, Kind, Report
from fieldapp.services.safety.walking import Step, walk
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault import chains, closing, salvage, schema
from fieldapp.vault import connection as database
from fieldapp.vault.connection import PAGE_SIZE, Connection
from fieldapp.vault.folder import DATABASE, NEXT
from fieldapp.vault.gaps import REPAIRED
from fieldapp.vault.kept_header import noted_epoch
from fieldapp.vault.objects import ObjectStore
from fieldapp.vault.open_vault import Vault
from fieldapp.vault.reading import ReadVault, reading

__all__ = ["Finding", "Kind", "Report", "check", "check_closed", "titles"]

_NAME_BEFORE = "names before"
_PARTS = ("database", "journal", "objects", "files", "index")
_MADE_ANEW = frozenset({"index"})
"""A part that holds nothing of its own: without it, all that was written down was looked at."""
_BENEATH = frozenset({Kind.PAGES, Kind.ENTRY, Kind.CHAIN, Kind.SIGNATURE, Kind.BODY, Kind.BODY_LOST})
"""Damage that shows in lists and search too: they are not compared then."""

_HEADS_LOST = (
    "SELECT count(*) FROM log WHERE head_seq >= 0 AND NOT EXISTS"
    " (SELECT 1 FROM entry WHERE entry.entry = log.head AND entry.log = log.id AND entry.seq = log.head_seq)"
)
_LACKING_NOTHING = "SELECT count(*) FROM lacking JOIN body ON body.entry = lacking.entry"
_LACKING_ELSEWHERE = (
    "SELECT count(*) FROM lacking LEFT JOIN entry ON entry.id = lacking.entry"
    " WHERE entry.log IS NOT lacking.log OR entry.seq IS NOT lacking.seq"
)
_FORKS_UNMARKED = (
    "SELECT count(*) FROM (SELECT 1 FROM entry LEFT JOIN fork ON fork.log = entry.log AND fork.seq = entry.seq"
    " WHERE fork.log IS NULL GROUP BY entry.log, entry.seq HAVING count(*) > 1)"
)


Opened = Callable[[], AbstractContextManager[Connection]]
"""Gives the database for one part of the check."""


@dataclass(slots=True)
class _Check:
    """A check while it goes on. `left`: parts that were not looked at. `total`: its steps, in bytes to be read."""

    folder: Path
    progress: Progress
    found: Findings = field(default_factory=Findings)
    left: list[str] = field(default_factory=lambda: list(_PARTS))
    pages: int = 0
    entries: int = 0
    objects: int = 0
    object_bytes: int = 0
    done: int = 0
    total: int = 0

    def report(self) -> Report:
        """All that was found, at the end; what was left out is told."""
        if not self.found.any_of({Kind.DATABASE_MISSING}):
            for part in self.left:
                self.found.add(Kind.NOT_CHECKED, part)
        complete = not set(self.left) - _MADE_ANEW
        return Report(self.found.all(), self.pages, self.entries, self.objects, self.object_bytes, is_complete=complete)

    def read(self, size_bytes: int) -> None:
        """So much more was looked at. Raises what `progress` raises."""
        self.done += size_bytes
        self.progress(min(self.done, self.total), self.total)

    def part(self, name: str, opened: Opened, step: Callable[[Connection], None]) -> None:
        """One part of the check; one that cannot be looked at stays among those that are left."""
        if name not in self.left:
            self.left.append(name)
        with suppress(VaultDamagedError, PlaceUnwritableError), opened() as connection:
            step(connection)
            self.left.remove(name)


def check(archive: Archive, progress: Progress = no_progress) -> Report:
    """Look at everything in an unlocked vault; a damaged header is written anew. Raises what `progress` raises."""
    connection = archive.connection
    going = _Check(archive.vault.folder, progress)
    _check_headers(going, archive.vault)
    torn = len(connection.execute("PRAGMA cipher_integrity_check"))
    going.found.add(Kind.PAGES, "unknown", count=0 if torn and connection.is_whole() else torn)
    _check_inside(going, lambda: nullcontext(connection), lambda _before: archive.vault.objects)
    return going.report()


def check_closed(folder: Path, passphrase: str, progress: Progress = no_progress) -> Report:
    """Look at everything in a vault that nobody has open, which stays as it is to the last byte.

    Raises:
        VaultNotFoundError, VaultForeignError, VaultNewerError: what is there instead. VaultInUseError: it is open.
        WrongPassphraseError, HeaderLostError: nothing opens. PlaceUnwritableError, MemoryShortError: as they say.
        What `progress` raises.
    """
    secret = keyslots.normalise_passphrase(passphrase)
    try:
        with reading(folder, secret) as vault:
            return _check_read(vault, progress)
    finally:
        keyslots.wipe(secret)


def titles(archive: Archive, records: tuple[RecordId, ...]) -> list[tuple[RecordId, str]]:
    """What the records of a finding are called here, as far as they are here."""
    rows = archive.connection.among("SELECT record, title FROM record WHERE record IN (?*)", records)
    return sorted(((RecordId(record), title) for record, title in rows), key=lambda each: each[1])


def _check_read(vault: ReadVault, progress: Progress) -> Report:
    going = _Check(vault.folder, progress)
    for name in vault.damaged:
        going.found.add(Kind.HEADER_COPY, name)
    if (vault.folder / NEXT).exists():  # a change of the master key was cut short: the next opening goes on with it
        going.found.add(Kind.UNFINISHED, "key")
    path = _database_of(vault)
    if not path.is_file():
        going.found.add(Kind.DATABASE_MISSING)
        files_there.look(going.folder, None, going.found, inbox=None)
        return going.report()
    key = vault.database_key()
    try:
        going.total = path.stat().st_size
        going.pages, damaged = salvage.damaged_pages(path, key, progress)
        damaged.pop(salvage.FREE, 0)
        for where, count in damaged.items():
            going.found.add(Kind.PAGES, where, count=count)
        if going.pages * PAGE_SIZE != path.stat().st_size or not going.pages:
            going.found.add(Kind.DATABASE)
        _check_database(going, vault, path, key)
    except OSError:
        pass  # what is left is told
    finally:
        keyslots.wipe(key)
    if "files" in going.left:  # nobody knows of which the database speaks, but names tell something
        files_there.look(going.folder, None, going.found, inbox=None)
    return going.report()


def _database_of(vault: ReadVault) -> Path:
    """Where the database lies that belongs to the header; see `vault.rekeying`, rule 1."""
    closed, path = vault.state and vault.state.closed, vault.folder / NEXT
    return path if closed and path.is_file() and closing.is_exactly(path, closed) else vault.folder / DATABASE


def _check_headers(going: _Check, vault: Vault) -> None:
    """The headers of an open vault: both as they were left, and whether they were put back before."""
    copies = vault.mend_headers()
    if copies.are_mended:
        going.found.add(Kind.HEADER_MENDED, count=len(copies.bad))
    elif copies.all_are_bad:
        going.found.add(Kind.HEADERS_LOST)
    else:
        for name in copies.bad:
            going.found.add(Kind.HEADER_COPY, name)
    if vault.rolled_back is not None:
        going.found.add(Kind.ROLLED_BACK, vault.rolled_back)


def _check_database(going: _Check, vault: ReadVault, path: Path, key: bytearray) -> None:
    """What stands in the database, as far as it can be opened."""
    if closing.has_strange_journal(path):  # SQLite would wait for a pipe
        return
    state = vault.state
    if state and state.closed and not closing.is_as_closed(path, state, key):
        going.found.add(Kind.ROLLED_BACK, "pages", count=int(not going.found.has_damage()))

    @contextmanager
    def opened() -> Iterator[Connection]:
        """Opened anew for each part: one that met damage gives nothing any more."""
        connection = database.open_to_read(path, key)
        try:
            yield connection
        finally:
            connection.close()

    try:
        with opened() as connection:
            version = int(connection.value("PRAGMA user_version"))
    except PlaceUnwritableError:  # it has a journal to be played back, which would be writing; or it cannot be opened
        going.found.add(Kind.UNFINISHED, "database", count=int(closing.has_journal(path)))
        return
    except VaultDamagedError:
        return
    if version != schema.VERSION:
        going.found.add(Kind.OLDER_VERSION)
        going.part("database", opened, lambda connection: _check_tables(going, connection))
        return
    going.part("heads", opened, lambda connection: _check_heads(going, connection, vault))
    _check_inside(going, opened, vault.objects)


def _check_heads(going: _Check, connection: Connection, vault: ReadVault) -> None:
    """Whether the database has all that the header knows of the logs written here."""
    state = vault.state
    if state is not None and state.epoch + 1 < noted_epoch(connection):
        going.found.add(Kind.ROLLED_BACK, "header")
    lost = sum(not chains.holds(connection, log, head) for log, head in state.heads.items()) if state else 0
    going.found.add(Kind.ROLLED_BACK, "header", count=lost)
    if not chains.own_heads_are_newest(connection):
        going.found.add(Kind.ROLLED_BACK, "journal")


def _measure(going: _Check, connection: Connection) -> None:
    """How much there is to read."""
    going.pages = int(connection.value("PRAGMA page_count"))
    size = connection.value("SELECT coalesce(sum(size), 0) FROM object")
    going.done = 0
    going.total = 2 * going.pages * PAGE_SIZE + int(size)


def _check_inside(going: _Check, opened: Opened, objects: Callable[[bytes | None], ObjectStore]) -> None:
    names: set[bytes] = set()
    all_named = False

    def read_objects(connection: Connection) -> None:
        nonlocal all_named
        before = connection.value("SELECT value FROM setting WHERE name = ?", (_NAME_BEFORE,))
        done = objects_read.read(connection, objects(before), going.found, going.read, names)
        going.objects, going.object_bytes = done
        all_named = True

    going.part("size", opened, lambda connection: _measure(going, connection))
    going.part("database", opened, lambda connection: _check_tables(going, connection))
    going.part("journal", opened, lambda connection: _check_journal(going, connection))
    going.part("objects", opened, read_objects)
    known = names if all_named else None
    going.part("files", opened, lambda inbox: files_there.look(going.folder, known, going.found, inbox=inbox))
    if going.found.any_of(_BENEATH):
        going.left.remove("index")
    else:
        going.part("index", opened, lambda connection: index_compared.compare(connection, going.found, going.read))
    going.progress(going.total, going.total)


def _check_tables(going: _Check, connection: Connection) -> None:
    """Whether the database agrees with itself, the index for search too."""
    try:
        whole = connection.execute("PRAGMA integrity_check") == [("ok",)]
        whole = whole and not connection.execute("PRAGMA foreign_key_check")
    except VaultDamagedError:
        whole = False
    going.found.add(Kind.DATABASE, count=int(not whole))
    going.read(going.pages * PAGE_SIZE)


def _check_journal(going: _Check, connection: Connection) -> None:
    for statement in (_HEADS_LOST, _LACKING_NOTHING, _LACKING_ELSEWHERE, _FORKS_UNMARKED):
        going.found.add(Kind.MARKS, count=int(connection.value(statement)))
    kept = connection.value("SELECT id FROM arrival WHERE bundle = ?", (REPAIRED,))
    for step in walk(connection):
        _note(going, connection, step, kept=kept)


def _note(going: _Check, connection: Connection, step: Step, *, kept: int | None) -> None:
    """What is to be told of one entry."""
    found = going.found
    going.entries += 1
    going.read(step.size_bytes)
    known = kept is not None and step.arrival == kept
    if step.gap:
        found.add(Kind.BEHIND_GAP if known else Kind.LOG_GAP, count=step.gap)
    for kind in (step.fault, step.body):
        if kind is not None:
            records = _records_of(connection, step.rowid) if found.wants_records(kind) else ()
            found.add(kind, records=records)


def _records_of(connection: Connection, rowid: int) -> tuple[RecordId, ...]:
    """What an entry speaks of, as far as that is known."""
    try:
        rows = connection.execute("SELECT record FROM touch WHERE entry = ?", (rowid,))
    except ExpectedError:
        return ()
    return tuple(RecordId(record) for (record,) in rows)
