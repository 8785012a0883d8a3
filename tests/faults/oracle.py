"""What must hold of a vault after any fault: SECURITY.md, section 4.

It opens; every acknowledged entry is there, byte for byte; no save is there by half (the state is one that was reached
undisturbed); pages, references, chains, signatures, bodies and objects verify; the projection is what a rebuild makes;
no file lies where none belongs; and work goes on from where it stopped, to the end it would have had.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from fieldapp.crypto.identity import Verifier
from fieldapp.records import projection, store
from fieldapp.services.archive import Archive
from fieldapp.vault import schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.entry import NO_LOG, read_body, read_entry
from fieldapp.vault.objects import StoredObject

BELONGS = re.compile(
    r"header\.[ab](\.new)?|records\.db(-journal|\.before|\.next(-journal)?)?"
    r"|objects(/new(/[0-9a-f]{32})?|/[0-9a-f]{2}(/[0-9a-f]{64})?)?"
    r"|(damaged|recovered)(/.*)?|outbox|inbox(/[0-9a-f]{32}\.(part|dropped)(/[0-9]{4})?|/[0-9a-f]{32,64}(/[0-9]{4})?)?"
)
PASSING = re.compile(r".*\.(new|before|next|part|dropped|partial)|.*-journal")
"""Names of what is being written or removed: none of them is there once the vault was opened and closed again."""

_TIDIED = {"to scrub", "objects that go", "shares kept", "shares number", "shares next"}
_OF_SEARCH = re.compile(r"search(_|$)|sqlite_")


def state_of(connection: Connection) -> str:
    """What a vault says, without what is other each time (keys, ids, times): equal for equal work."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
    counts = {
        name: connection.value(f'SELECT count(*) FROM "{name}"')
        for name in tables
        if not _OF_SEARCH.match(name) and name != "setting"
    }
    said: dict[str, object] = {"rows": counts, "version": connection.value("PRAGMA user_version")}
    names = {name for (name,) in connection.execute("SELECT name FROM setting")} - _TIDIED
    said["settings"] = sorted(re.sub(r"[0-9a-f]{16,}", "…", name) for name in names)
    said["bodies"] = connection.execute("SELECT kind, count(*) FROM body GROUP BY kind ORDER BY 1")
    said["drafts"] = connection.execute("SELECT type, hex(value) FROM draft ORDER BY 1, 2")
    if "lacking" in tables:
        said["lacking"] = connection.execute("SELECT why, count(*) FROM lacking GROUP BY why ORDER BY 1")
    if "record" in tables:
        rows = connection.execute("SELECT type, title, hidden, withdrawn, contested FROM record WHERE type <> 'link'")
        said["records"] = sorted(rows)
        said["links"] = connection.execute("SELECT role, count(*) FROM link GROUP BY role ORDER BY 1")
    return json.dumps(said, ensure_ascii=False)


def difference(one: str, other: str) -> str:
    """Where two states differ, in words for whoever reads a failure."""
    left, right = json.loads(one), json.loads(other)
    return "; ".join(
        f"{key}: {left.get(key)} / {right.get(key)}" for key in {*left, *right} if left.get(key) != right.get(key)
    )


def check_names(folder: Path) -> None:
    """Nothing lies in the vault but what belongs."""
    for path in folder.rglob("*"):
        below = path.relative_to(folder).as_posix()
        assert BELONGS.fullmatch(below), below


def check_tidy(folder: Path) -> None:
    """Nothing is left of what was being written or removed."""
    left = [path.name for path in folder.rglob("*") if PASSING.fullmatch(path.name)]
    assert left == [], left


Stored = tuple[bytes, bytes, bytes | None]
Entries = dict[bytes, Stored]
"""By the id of the entry: header, signature, and the body where it is here."""


def entries_of(connection: Connection) -> Entries:
    rows = connection.execute(
        "SELECT entry.entry, header, signature, body.body FROM entry LEFT JOIN body ON body.entry = entry.id"
    )
    return {entry: (header, signature, body) for entry, header, signature, body in rows}


def check_kept(connection: Connection, before: Entries, heads: list[str]) -> Entries:
    """What was there before is there, and so is what was acknowledged; a body left only where it is told why.

    Gives the entries that are new.
    """
    now = entries_of(connection)
    missing = [entry for entry in before if entry not in now]
    assert not missing, f"{len(missing)} entries are lost"
    lacking = {entry for (entry,) in connection.execute(
        "SELECT entry.entry FROM lacking JOIN entry ON entry.id = lacking.entry"
    )}  # fmt: skip
    for entry, (header, signature, body) in before.items():
        assert now[entry][:2] == (header, signature), "an entry is other than it was"
        assert now[entry][2] == body or (now[entry][2] is None and entry in lacking), "a body is other than it was"
    lost = [head for head in heads if bytes.fromhex(head) not in now]
    assert not lost, "an acknowledged entry is lost"
    return {entry: stored for entry, stored in now.items() if entry not in before}


def check_whole(archive: Archive, new: Entries, *, orphans: int = 0) -> None:
    """Pages, references, chains, signatures and bodies of what is new, objects; and what is made from the journal.

    `orphans`: so many sealed files may lie there of which no row speaks, since what speaks of them comes after them.
    """
    connection = archive.connection
    assert connection.is_whole()
    assert connection.execute("PRAGMA foreign_key_check") == []
    assert connection.value("PRAGMA user_version") == schema.VERSION
    check_chains(connection)
    check_new(connection, new)
    check_objects(archive, orphans)
    check_inbox(archive)
    before = store.snapshot(connection)
    projection.rebuild(connection)
    assert store.snapshot(connection) == before, "a rebuild makes something else"


def check_chains(connection: Connection) -> None:
    """Every log is one chain up to its head, but for forks; and an entry without a body says why."""
    expected: dict[int, tuple[int, bytes]] = {}
    forked = {log for (log,) in connection.execute("SELECT DISTINCT log FROM fork")}
    rows = connection.execute("SELECT log, entry, header, signature FROM entry ORDER BY log, seq")
    for log, entry, header, signature in rows:
        read = read_entry(header, signature)
        assert read.id == entry
        assert log in forked or (read.header.seq, read.header.prev) == expected.get(log, (0, bytes(32)))
        expected[log] = (read.header.seq + 1, read.id)
    for log, seq, head in connection.execute("SELECT id, head_seq, head FROM log"):
        assert log in forked or (seq + 1, head) == expected[log]
    assert connection.execute(
        "SELECT 1 FROM entry LEFT JOIN body ON body.entry = entry.id LEFT JOIN lacking ON lacking.entry = entry.id"
        " WHERE (body.entry IS NULL) <> (lacking.entry IS NOT NULL)"
    ) == []  # fmt: skip


def check_new(connection: Connection, new: Entries) -> None:
    """What is not byte for byte what it was before is signed by its log, and has the body that its header names."""
    keys = {row[0]: Verifier(row[1]) for row in connection.execute("SELECT log, key FROM log")}
    for header, signature, body in new.values():
        entry = read_entry(header, signature)
        log = entry.id[:16] if entry.header.log == NO_LOG else entry.header.log
        keys[log].verify(entry.signature, entry.signed_bytes)
        if body is not None:
            read_body(entry.header, body)


def check_inbox(archive: Archive) -> None:
    """Every sealed bundle that waits lies there, and nothing else does but parts."""
    waiting = {name for (name,) in archive.connection.execute("SELECT name FROM quarantine")}
    assert {path.name for path in (archive.vault.folder / "inbox").iterdir() if path.is_file()} == waiting


def check_objects(archive: Archive, orphans: int) -> None:
    objects = archive.vault.objects
    named = 0
    for row in archive.connection.execute("SELECT sha256, size, key FROM object"):
        stored = StoredObject(*row)
        with objects.open(stored) as content:
            plain = content.read()
        assert (len(plain), hashlib.sha256(plain).digest()) == (stored.size, stored.sha256)
        named += 1
    there = sum(path.is_file() for path in (archive.vault.folder / "objects").rglob("*"))
    assert named <= there <= named + orphans, f"{there} files for {named} objects"
