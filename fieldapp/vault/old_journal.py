r"""Whether the journal that lies beside the database is of its last commit. SQLite asks nobody: it plays back any.

A journal holds pages as they were before a commit (https://www.sqlite.org/fileformat2.html, section 3), sealed as in
the database:

    journal   one segment or more, each from the next multiple of the sector size on
    segment   magic[8] ‖ records u32 ‖ nonce u32 ‖ pages of the database before u32 ‖ sector size u32 ‖ page size u32
              ‖ zeros up to the sector size ‖ records
    record    page number u32 ‖ page[4096] ‖ sum u32

One from another day is left beside the database where a copy of the folder was brought up to date and kept it, where a
service that copies folders brings it back, or where somebody wants old pages back. Played back, it would undo what was
saved since, cut the database off, or mix pages of two days.

The first thing that a transaction changes is the mark in the first page (`marks`). So each journal of ours begins with
the first page as it was, and tells the state that it brings back: a commit that was cut short began at the mark that
the database has now (its first page was not written yet), or at the one before it.

Rule 1: nothing is written, and nothing is asked of SQLite. Only records count that SQLite would play back: those up to
        the first whose sum is wrong; where there is none, it still gives the database the size of before. It says how
        many there are only after they are on the disk: where one of those is missing or wrong, part of a journal was
        kept, and would bring back part of the pages. That is damage.
Rule 2: a journal is not of the last commit (a) if its first page has another mark than the two; (b) if that page is not
        in it, or is not of this database; (c) if it has no record, and the database has another size than then: what
        was cut short before its journal was on the disk has changed nothing; (d) if it names another file, or has pages
        of another size: ours never do.
Rule 3: one that is, may be of a commit that was finished, and came back. Then the header mostly knows entries of it:
        where the table of the logs, as it would be afterwards, lacks one of those, it is not let in either.
Rule 4: two journals that begin at one mark would be taken for each other; there are none (`marks`, rule 3).
Rule 5: where the first page of the database was torn, rule 2(a) says nothing; rule 3 still does.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Final

from fieldapp.crypto.keyslots import Secret
from fieldapp.crypto.pages import PageOpener
from fieldapp.errors import VaultDamagedError
from fieldapp.values import LogId
from fieldapp.vault.closing import has_strange_journal
from fieldapp.vault.connection import PAGE_SIZE
from fieldapp.vault.header import Head
from fieldapp.vault.leaves import NEVER_WRITTEN, Lost, Pages, Row, mark_in, tree
from fieldapp.vault.marks import MARKS

_MAGIC: Final = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_HEADER: Final = struct.Struct(">8sIIIII")
_RECORD: Final = struct.Struct(f">I{PAGE_SIZE}sI")
_SECTORS: Final = frozenset(2**power for power in range(5, 17))
_PAGE_SIZES: Final = frozenset(2**power for power in range(9, 17))
_LEAST_SECTOR: Final = 512
_SUMMED: Final = range(PAGE_SIZE - 200, 0, -200)
"""Of these bytes of a page SQLite keeps a sum."""


@dataclass(slots=True)
class _Journal:
    """What SQLite would make of the database: how many pages it would have, and where those lie that come back."""

    pages: int
    places: dict[int, int]
    is_ours: bool
    is_whole: bool = True


class _Undone(Pages):
    """The pages of a database as they would be after its journal was played back."""

    def __init__(self, database: FileIO, file: BufferedReader, journal: _Journal, opener: PageOpener) -> None:
        there = os.fstat(database.fileno()).st_size // PAGE_SIZE + len(journal.places) + 1  # it may claim any number
        Pages.__init__(self, database, opener, min(journal.pages, there))
        self._journal_file = file
        self._places = journal.places

    def raw(self, number: int) -> bytes:
        place = self._places.get(number)
        if place is None:
            return Pages.raw(self, number)
        self._journal_file.seek(place)
        return self._journal_file.read(PAGE_SIZE)


def is_of_another_day(database: Path, key: Secret) -> bool:
    """Whether the journal beside a database is not of its last commit (rule 2). Nobody may have it open.

    Raises VaultDamagedError: what lies there is no file.
    """
    opener = PageOpener(key)
    try:
        with database.open("rb", buffering=0) as file, _journal_of(database).open("rb") as beside:
            journal = _read(beside)
            if journal is None:
                return False
            if not journal.is_ours or not journal.places:
                return not journal.is_ours or journal.pages * PAGE_SIZE != os.fstat(file.fileno()).st_size
            before = mark_in(_Undone(file, beside, journal, opener).plain(1))
            now = mark_in(Pages(file, opener, 1).plain(1))
    except OSError:  # there is none, or none that can be read: opening the database tells
        return False
    return before is None or (now is not None and (now - before) % MARKS not in {0, 1})


def would_lose(database: Path, key: Secret, heads: Mapping[LogId, Head]) -> bool:
    """Whether one of these entries would not be there any more, were the journal played back (rule 3).

    Nobody may have the database open. Raises:
        VaultDamagedError: pages of the journal are missing, or do not verify, or those that tell of logs do not; or
        what lies there is no file.
    """
    opener = PageOpener(key)
    try:
        with database.open("rb", buffering=0) as file, _journal_of(database).open("rb") as beside:
            journal = _read(beside)
            if journal is None or (journal.is_whole and not journal.places):
                return False
            pages = _Undone(file, beside, journal, opener)
            if not journal.is_whole or not all(pages.verifies(number) for number in journal.places):
                raise VaultDamagedError("database")
            ends = _ends(pages)
    except OSError:  # as above
        return False
    return any(ends.get(log, (-1, b"")) < (head.seq, b"") or _differs(ends[log], head) for log, head in heads.items())


def _journal_of(database: Path) -> Path:
    """Where the journal lies. Raises VaultDamagedError: that is no file; a pipe would be waited for."""
    if has_strange_journal(database):
        raise VaultDamagedError("database")
    return database.with_name(database.name + "-journal")


def _differs(end: tuple[int, bytes], head: Head) -> bool:
    return end[0] == head.seq and end[1] != head.id


def _ends(pages: Pages) -> dict[LogId, tuple[int, bytes]]:
    """The newest entry of each log, as the table of the logs tells. Raises VaultDamagedError."""
    lost = Lost()
    roots = [row.values[3] for row in tree(pages, 1, lost) if row.values[:2] == ("table", "log")]
    ends = dict(_end(row) for root in roots if isinstance(root, int) for row in tree(pages, root, lost))
    if lost.pages or lost.rows or len(roots) != 1:
        raise VaultDamagedError("database")
    return ends


def _end(row: Row) -> tuple[LogId, tuple[int, bytes]]:
    _id, log, _key, seq, head = row.values[:5]
    if not isinstance(log, bytes) or not isinstance(seq, int) or not isinstance(head, bytes):
        raise VaultDamagedError("database")
    return LogId(log), (seq, head)


def _read(file: BufferedReader) -> _Journal | None:
    """What stands in a journal; None where SQLite would not make anything of it, and remove it."""
    size = os.fstat(file.fileno()).st_size
    header = file.read(_HEADER.size)
    if size < _LEAST_SECTOR or not header.startswith(_MAGIC):
        return None
    _magic, _count, _nonce, pages, sector, page_size = _HEADER.unpack(header)
    if sector not in _SECTORS or page_size not in _PAGE_SIZES:
        return None
    file.seek(-len(_MAGIC), os.SEEK_END)
    names_another = file.read() == _MAGIC
    journal = _Journal(pages, {}, page_size == PAGE_SIZE and not names_another)
    place: int | None = 0
    while journal.is_ours and place is not None and place + sector <= size:
        place = _read_segment(file, place, sector, journal)
    return journal


def _read_segment(file: BufferedReader, place: int, sector: int, journal: _Journal) -> int | None:
    """Note where the pages of one segment lie. Gives where the next one begins; None where it is the last."""
    file.seek(place)
    magic, count, nonce, *_rest = _HEADER.unpack(file.read(_HEADER.size))
    if magic != _MAGIC:
        return None
    place += sector
    file.seek(place)
    for _ in range(count):
        record = file.read(_RECORD.size)
        if len(record) < _RECORD.size or not _noted(record, nonce, place, journal):
            journal.is_whole = False
            return None
        place += _RECORD.size
    return -(-place // sector) * sector


def _noted(record: bytes, nonce: int, place: int, journal: _Journal) -> bool:
    """Note where the page of a record lies, the first time it comes; False where SQLite would stop."""
    number, page, said = _RECORD.unpack(record)
    is_new = number <= journal.pages and number not in journal.places
    if number in {0, NEVER_WRITTEN} or (is_new and said != _sum(nonce, page)):
        return False
    if is_new:
        journal.places[number] = place + 4
    return True


def _sum(nonce: int, page: bytes) -> int:
    return (nonce + sum(page[place] for place in _SUMMED)) % 2**32
