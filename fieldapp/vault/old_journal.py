r"""Whether the journal that lies beside the database is of its last commit. SQLite asks nobody: it plays back any.

A journal holds pages as they were before a commit (https://www.sqlite.org/fileformat2.html, section 3), sealed as in
the database:

    journal   one segment or more, each from the next multiple of the sector size on
    segment   magic[8] ‖ records u32 ‖ nonce u32 ‖ pages of the database before u32 ‖ sector size u32 ‖ page size u32
              ‖ zeros up to the sector size ‖ records
    record    page number u32 ‖ page[4096] ‖ sum u32

Each commit leaves another mark in the first page (`connection`, rule 3). So the first page in a journal of this
database has the same mark as the one in the database, where that was not written yet, or the mark before it. Any other
belongs to another day: a copy of the folder that was brought up to date, and kept it, or somebody who wants old pages
back.

Rule 1: nothing is written, and nothing is asked of SQLite.
Rule 2: where it cannot be told (the first page is not in it, or does not verify), the journal counts as one of now:
        what a crash left half done has to be undone.
"""

from __future__ import annotations

import struct
from io import BufferedReader
from pathlib import Path
from typing import Final

from fieldapp.crypto.keyslots import Secret
from fieldapp.crypto.pages import PageOpener
from fieldapp.vault.connection import MARKS, PAGE_SIZE
from fieldapp.vault.leaves import Pages, mark_in

_MAGIC: Final = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_HEADER: Final = struct.Struct(">8sIIIII")
_NUMBER: Final = struct.Struct(">I")
_RECORD_BYTES: Final = 4 + PAGE_SIZE + 4
_LEAST_SECTOR: Final = 512
_MOST_SECTOR: Final = 64 * 1024


def is_of_another_day(database: Path, key: Secret) -> bool:
    """Whether the journal beside a database would undo more than its last commit. Nobody may have it open."""
    opener = PageOpener(key)
    try:
        with database.open("rb", buffering=0) as file:
            now = mark_in(Pages(file, opener, 1).plain(1))
        with database.with_name(database.name + "-journal").open("rb") as file:
            before = mark_in(opener.open(1, _first_page(file)))
    except OSError:  # there is none, or none that can be read: opening the database tells
        return False
    return now is not None and before is not None and (now - before) % MARKS not in {0, 1}


def _first_page(file: BufferedReader) -> bytes:
    """The first page of the database as it stands in a journal; nothing where it is not in it."""
    place = 0
    while True:
        file.seek(place)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(_MAGIC):
            return b""
        _magic, records, _nonce, _pages, sector, page_size = _HEADER.unpack(header)
        if page_size != PAGE_SIZE or not _LEAST_SECTOR <= sector <= _MOST_SECTOR:
            return b""
        place += sector
        for _record in range(records):
            file.seek(place)
            number = file.read(_NUMBER.size)
            if len(number) < _NUMBER.size:
                return b""
            if _NUMBER.unpack(number) == (1,):
                return file.read(PAGE_SIZE)
            place += _RECORD_BYTES
        place = -(-place // sector) * sector
