"""Ways in through what keeps a vault safe: backup files, pages of a damaged database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from io import FileIO, RawIOBase
from pathlib import Path
from typing import Any, cast

from fieldapp.bundles import backup, backup_salvage
from fieldapp.crypto.pages import PAGE_SIZE, USABLE_SIZE, PageOpener
from fieldapp.errors import BackupDamagedError
from fieldapp.services.safety import backups
from fieldapp.vault import connection as database
from fieldapp.vault import leaves, old_journal
from tests.fuzz.places import scratch
from tests.fuzz.target import Target
from tests.fuzz.watching import laid
from tests.unit.bundles import backups_forged as forged
from tests.unit.services.people import someone

_JOURNAL_MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"


@cache
def _members() -> forged.Members:
    """A true backup of two generations, taken apart; the documents in it made short, and the manifests true again."""
    folder = scratch() / "backup"
    folder.mkdir()
    ainura = someone(folder, "Ainura")
    record = ainura.new("person", name="A")
    for number in range(2):
        ainura.attach(record, bytes([number]))
        backups.back_up(ainura.archive, folder / "file")
    ainura.archive.close()
    return forged.with_true_manifests(
        [(name, content[:3000] if _is_long(name) else content) for name, content in forged.taken_apart(_read(folder))]
    )


def _read(folder: Any) -> bytes:
    content: bytes = (folder / "file").read_bytes()
    return content


def _is_long(name: str) -> bool:
    """Documents, whose content is nobody's business here."""
    return name.endswith((".md", ".txt", ".py")) or "/" not in name


def _laid_out(content: bytes) -> None:
    with laid(scratch() / "a backup", content) as path, FileIO(path, "rb") as file:
        if backup.is_backup(file.read(2 * PAGE_SIZE)):
            with suppress(BackupDamagedError):
                assert backup_salvage.read_layout(file, len(content)).size_bytes == len(content)
            layout = backup.read_layout(file, len(content))
            assert layout.newest.size_bytes <= layout.size_bytes == len(content)


def _whole(content: bytes) -> None:
    """Any bytes as the beginning of a backup, with what follows in a true one."""
    true = forged.put_together(_members())
    _laid_out(content + true[len(content) :] if len(content) % 2 else content)


def _changed(content: bytes) -> None:
    """Some members replaced, left out, renamed, doubled; and the manifests true again, for they are no secret."""
    members = list(_members())
    for step in content.split(b"\n")[:6]:
        act, place, rest = (step + b"\0\0")[0], (step + b"\0\0")[1] % len(members), step[2:]
        name, inside = members[place]
        if act % 5 == 0 and len(members) > 1:
            del members[place]
        elif act % 5 == 1:
            members[place] = (name, rest)
        elif act % 5 == 2:
            members[place] = (_name_of(rest) or name, inside)
        elif act % 5 == 3:
            members.insert(place, members[act % len(members)])
        else:
            members[place] = (name, inside[: len(inside) // 2] + rest + inside[len(inside) // 2 :])
    _laid_out(forged.put_together(forged.with_true_manifests(members)))


def _name_of(content: bytes) -> str:
    """As much of it as may be a name in an archive."""
    return re.sub("[^A-Za-z0-9._/-]", "", content.decode("latin-1"))[:90]


def _beginnings() -> Iterable[bytes]:
    whole = forged.put_together(_members())
    yield whole[:2049]
    yield whole[:20_001]


def _changes() -> Iterable[bytes]:
    _members()
    return [b"\1\0new README", b"\0\5\n\3\1", b"\2\2g0001/manifest.sha256\n\4\7x", b"\x02\x08g0002/objects/../x"]


class _AsTheyAre:
    """Pages that verify and hold what they say: what a page of ours might hold after a mistake of ours."""

    def verifies(self, _number: int, raw: bytes) -> bool:
        return len(raw) == PAGE_SIZE

    def open(self, _number: int, raw: bytes) -> bytes | None:
        return raw[:USABLE_SIZE] if len(raw) == PAGE_SIZE else None


class _File(RawIOBase):
    """The input as a file of whole pages."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content.ljust(-(-max(1, len(content)) // PAGE_SIZE) * PAGE_SIZE, b"\0")
        self._at = 0
        self.pages = len(self._content) // PAGE_SIZE

    def seek(self, offset: int, _whence: int = 0, /) -> int:
        self._at = offset
        return offset

    def read(self, size: int = -1, /) -> bytes:
        return self._content[self._at : self._at + size]


def _pages(content: bytes) -> None:
    file = _File(content)
    pages = leaves.Pages(file, cast("PageOpener", _AsTheyAre()), file.pages)
    lost = leaves.Lost()
    leaves.user_version(pages)
    rows = list(leaves.tree(pages, 1, lost))
    for number in range(1, file.pages + 1):
        found = leaves.stray(pages, number, leaves.Lost())
        rows += found[0] if found else []
    assert all(isinstance(value, (int, float, str, bytes, type(None))) for row in rows for value in row.values)


def _page_seeds() -> Iterable[bytes]:
    plain = sqlite3.connect(":memory:")
    plain.executescript(
        "PRAGMA page_size=4096; CREATE TABLE a (id INTEGER PRIMARY KEY, x BLOB, y TEXT, z REAL);"
        "CREATE TABLE b (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;"
    )
    plain.executemany(
        "INSERT INTO a (x, y, z) VALUES (?, ?, ?)", [(bytes(90), "слово", 1.5)] * 80 + [(bytes(9000), "", 0)]
    )
    plain.executemany("INSERT INTO b VALUES (?, ?)", [(f"k{number}", bytes(40)) for number in range(90)])
    whole = plain.serialize()
    plain.close()
    yield whole
    for at in range(0, len(whole), PAGE_SIZE):
        yield bytes(PAGE_SIZE) + whole[at : at + PAGE_SIZE]


@cache
def _journaled() -> tuple[Path, bytearray, bytes]:
    """A database under a key, that key, and a true journal of it."""
    folder, key = scratch() / "journaled", bytearray(range(48))
    folder.mkdir()
    path = folder / "records.db"
    connection = database.create(path, key)
    with connection.transaction():
        connection.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, log BLOB, key BLOB, seq INTEGER, head BLOB)")
        connection.execute("CREATE TABLE fill (id INTEGER PRIMARY KEY, content BLOB)")
    with connection.transaction():
        for _ in range(30):
            connection.execute("INSERT INTO fill (content) VALUES (randomblob(3000))")
        connection.execute("INSERT INTO log (log, key, seq, head) VALUES (randomblob(16), x'00', 1, randomblob(32))")
    connection._inner.execute("PRAGMA cache_size = 3")
    with connection.transaction():
        connection.execute("UPDATE fill SET content = randomblob(3000)")
        content = path.with_name("records.db-journal").read_bytes()
    connection.close()
    return path, key, content[: 8 * PAGE_SIZE]


def _journal(content: bytes) -> None:
    path, key, _true = _journaled()
    with laid(path.with_name("records.db-journal"), content):
        assert old_journal.is_of_another_day(path, key) in {False, True}
        assert old_journal.would_lose(path, key, {}) is False


def _journals() -> Iterable[bytes]:
    _path, _key, true = _journaled()
    yield true
    yield true[: 512 + 4104 * 2]
    yield true[:512]
    yield true[:16] + b"\xff" * 4 + true[20:]


TARGETS = (
    Target("backup", _whole, _beginnings, (b"ustar", b"g0001/", b"g0002/", b"objects/", b"\x80"), quick=60),
    Target("backup: members changed", _changed, _changes, (b"\n", b"g0001/", b"g0003/", b"manifest.sha256"), quick=40),
    Target(
        "journal of the database", _journal, _journals, (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", b"\xff" * 4), quick=100
    ),
    Target("database pages", _pages, _page_seeds, (b"\x0d", b"\x05", b"\x0a", b"\x02", b"\xff" * 9), quick=300),
)
