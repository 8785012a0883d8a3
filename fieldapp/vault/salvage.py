"""What a damaged database still holds, brought row by row into a new one. The old file is only read.

Rule 1: what cannot be made again is brought over: the tables of `schema`. What is made from the journal (`records`) is
        left behind, and made anew at the next opening.
Rule 2: the tables are made as the old file describes them, so a vault of an older version is migrated afterwards as
        always. What the old file no longer tells is made as its version had it.
Rule 3: pages that no tree reaches any more (an inner page was damaged) give their rows only to a table that they fit
        beyond doubt: by number and kinds of values, and by sizes that only it has.
Rule 4: keys between tables may not hold afterwards; who asked for it mends that (`services.safety.mending`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto.pages import PAGE_SIZE, PageOpener
from fieldapp.errors import VaultDamagedError
from fieldapp.values import Progress, no_progress
from fieldapp.vault import connection as database
from fieldapp.vault import migration, schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.leaves import NEVER_WRITTEN, Lost, Pages, Row, Value, pass_tree, stray, tree, unused, user_version

SCHEMA = "sqlite_schema"
FREE = "free"
_SCHEMA_ROOT = 1
_PORTION = 500
_OLDER = frozenset({"shredded"})
"""Tables of older versions that migrations read."""

_SIZES: Mapping[str, Mapping[str, int]] = {
    "log": {"log": 16, "key": 32, "head": 32},
    "entry": {"entry": 32, "signature": 64},
    "body": {},
    "lacking": {},
    "object": {"sha256": 32, "key": 32},
    "setting": {},
    "slot": {},
    "draft": {"record": 16},
    "arrival": {"bundle": 16, "digest": 32},
    "departure": {"bundle": 16, "digest": 32},
    "quarantine": {},
    "removed": {"record": 16},
    "receipt": {"signature": 64},
    "acknowledged": {"signature": 64},
    "share": {"signature": 64},
    "holder": {"digest": 32},
}
"""The tables that a page without a tree may belong to, and the sizes of some of their values."""

_KINDS: Mapping[str, type] = {"INTEGER": int, "TEXT": str, "BLOB": bytes}


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came over: rows of each table. `pages_lost`: how many pages do not verify, by the table they belong to."""

    pages: int
    pages_lost: Mapping[str, int]
    rows: Mapping[str, int]
    rows_lost: int


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the new database. `stored`: its columns in the order in which a row is stored."""

    name: str
    columns: tuple[tuple[str, str, bool], ...]
    stored: tuple[int, ...]
    with_rowid: bool
    rowid_column: int | None

    def row(self, found: Row) -> tuple[Value, ...] | None:
        """The values in the order of the columns; None where they are not of this table."""
        if (found.rowid is not None) != self.with_rowid or len(found.values) > len(self.stored):
            return None
        row: list[Value] = [None] * len(self.columns)
        for place, value in zip(self.stored, found.values, strict=False):
            row[place] = value
        if self.rowid_column is not None:
            row[self.rowid_column] = found.rowid
        return tuple(row) if all(map(_fits, row, self.columns)) else None

    def is_sure(self, row: Sequence[Value], count: int) -> bool:
        """Whether a row that was found without its tree can be of this table only."""
        if count != len(self.columns) and self.name not in ("arrival", "departure", "log"):
            return False
        named = {column[0]: value for column, value in zip(self.columns, row, strict=True)}
        sizes = _SIZES.get(self.name)
        if sizes is None or any(_size_of(named[name]) != size for name, size in sizes.items()):
            return False
        proof = _PROOFS.get(self.name)
        return proof is None or proof(named)


@dataclass(slots=True)
class _Bringing:
    """Rows on their way into the new database."""

    connection: Connection
    tables: Mapping[str, _Table]
    rows: Counter[str] = field(default_factory=Counter)

    def bring(self, table: _Table, rows: Iterable[Row]) -> Iterator[None]:
        """Put rows into a table, and stop after each portion."""
        portion: list[tuple[Value, ...]] = []
        for found in rows:
            row = table.row(found)
            if row is not None:
                portion.append(row)
            if len(portion) >= _PORTION:
                self._put(table, portion)
                portion = []
                yield
        self._put(table, portion)
        yield

    def bring_stray(self, rows: Sequence[Row], *, with_rowid: bool) -> None:
        """Put rows of a page without a tree where they belong beyond doubt."""
        for found in rows:
            fitting = [
                (table, row)
                for table in self.tables.values()
                if table.with_rowid == with_rowid
                and (row := table.row(found)) is not None
                and table.is_sure(row, len(found.values))
            ]
            if len(fitting) == 1:
                self._put(fitting[0][0], [fitting[0][1]])

    def _put(self, table: _Table, rows: Sequence[Sequence[Value]]) -> None:
        marks = ", ".join("?" * len(table.columns))
        self.connection.execute_many(f"INSERT OR IGNORE INTO {table.name} VALUES ({marks})", rows)  # noqa: S608 - fixed
        self.rows[table.name] += len(rows)


def damaged_pages(path: Path, key: bytearray, progress: Progress = no_progress) -> tuple[int, dict[str, int]]:
    """How many pages a database has, and how many of them do not verify, by the table or "index" they belong to.

    "free": those that hold nothing, which the power may have torn (`rewriting.mend_free_pages`): nothing is lost.
    Nobody in this process may have it open. Raises VaultDamagedError where it cannot be read at all.
    """
    with path.open("rb", buffering=0) as file:
        pages = Pages(file, PageOpener(key), _count(path))
        total = pages.count * PAGE_SIZE
        bad = set[int]()
        for number in range(1, pages.count + 1):
            if not pages.verifies(number):
                bad.add(number)
            if number % 256 == 0:
                progress(number * PAGE_SIZE, total)
        return pages.count, _owners(pages, bad) if bad else {}


def has_page_under(path: Path, key: bytearray) -> bool:
    """Whether any page verifies under this key; of a damaged database one of the first does. Nobody has it open."""
    with path.open("rb", buffering=0) as file:
        pages = Pages(file, PageOpener(key), _count(path))
        return any(pages.verifies(number) for number in range(1, pages.count + 1) if number != NEVER_WRITTEN)


def salvage(source: Path, target: Path, key: bytearray, progress: Progress = no_progress) -> Salvaged:
    """Make a new database at `target`, under the same key, of what still stands in `source`, which nobody has open.

    Raises:
        VaultDamagedError: not one page of it verifies.
        DiskFullError, PlaceUnwritableError, and what `progress` raises: what is at `target` is to be removed.
    """
    with source.open("rb", buffering=0) as file:
        pages = Pages(file, PageOpener(key), _count(source))
        described, lost = _described(pages)
        made = database.create(target, key)
        try:
            made.execute("PRAGMA foreign_keys = OFF")
            with made.transaction():
                return _bring_all(made, pages, described, lost, progress)
        finally:
            made.close()


def _bring_all(made: Connection, pages: Pages, described: list[Row], lost: Lost, progress: Progress) -> Salvaged:
    _make_tables(made, described, user_version(pages))
    bringing = _Bringing(made, {table.name: table for table in _tables(made)})
    damaged: Counter[str] = Counter({SCHEMA: len(lost.pages)})
    rows_lost = 0
    for name, root in _roots(described):
        met = Lost()
        table = bringing.tables.get(name)
        steps = bringing.bring(table, tree(pages, root, met)) if table else pass_tree(pages, root, met)
        for count, _ in enumerate(steps):
            if table or count % _PORTION == 0:
                progress(pages.seen.count(1) * PAGE_SIZE, pages.count * PAGE_SIZE)
        damaged[name if table else "index"] += len(met.pages)
        rows_lost += met.rows if table else 0
    damaged["unknown"] += _bring_strays(bringing, pages, progress)
    if sum(damaged.values()) >= pages.count:
        raise VaultDamagedError("database")
    return Salvaged(pages.count, {name: count for name, count in damaged.items() if count}, bringing.rows, rows_lost)


def _bring_strays(bringing: _Bringing, pages: Pages, progress: Progress) -> int:
    """Read what no tree reached. Gives how many pages of those do not verify."""
    met = Lost()
    free = unused(pages)
    for number in range(1, pages.count + 1):
        if pages.seen[number]:
            continue
        found = stray(pages, number, met)
        if found is not None:
            bringing.bring_stray(found[0], with_rowid=found[1])
        elif number not in free and not pages.verifies(number):
            met.pages.add(number)
        progress(number * PAGE_SIZE, pages.count * PAGE_SIZE)
    return len(met.pages)


def _owners(pages: Pages, bad: set[int]) -> dict[str, int]:
    """To which tables pages belong that do not verify."""
    described, lost = _described(pages)
    found: Counter[str] = Counter({SCHEMA: len(lost.pages)})
    rest = bad - lost.pages
    for name, root in _roots(described):
        met = Lost()
        for _row in tree(pages, root, met):  # long rows have pages of their own, so all are read
            pass
        found[name if name in _SIZES or name in _plain_tables() else "index"] += len(met.pages & rest)
        rest -= met.pages
    found[FREE] = len(rest & unused(pages))
    found["unknown"] += len(rest) - found[FREE]
    return {name: count for name, count in found.items() if count}


def _described(pages: Pages) -> tuple[list[Row], Lost]:
    """The rows of the schema that can be read."""
    lost = Lost()
    return list(tree(pages, _SCHEMA_ROOT, lost)), lost


def _roots(described: Sequence[Row]) -> list[tuple[str, int]]:
    """Trees with the names of what they hold, tables first."""
    rows = sorted((row.values for row in described if len(row.values) == 5), key=lambda values: values[0] != "table")
    return [(str(values[1]), values[3]) for values in rows if isinstance(values[3], int) and values[3] > 1]


def _make_tables(made: Connection, described: Sequence[Row], version: int | None) -> None:
    """Make the tables as the old file describes them, and what it does not describe as its version had them."""
    kept = _plain_tables() | _OLDER
    if version is None or version >= schema.VERSION:
        described, version = (), schema.VERSION
    old = {
        str(row.values[1]): row.values
        for row in described
        if len(row.values) == 5 and row.values[2] in kept and isinstance(row.values[4], str)
    }
    for values in old.values():
        if values[0] == "table":
            made.execute(str(values[4]))
    migration.make_tables_of(made, version, old)
    for values in old.values():
        if values[0] != "table":
            made.execute(str(values[4]))
    made.execute(f"PRAGMA user_version = {int(version)}")


def _plain_tables() -> frozenset[str]:
    """The tables of this version."""
    return frozenset(schema.name_of(each) for each in schema.statements() if each.split()[1] == "TABLE")


def _tables(made: Connection) -> Iterator[_Table]:
    for name, without_rowid in made.execute(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    ):
        found = made.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,))
        keys = sorted((pk, place) for place, (_name, _type, _notnull, pk) in enumerate(found) if pk)
        first = [place for _pk, place in keys] if without_rowid else []
        alias = keys[0][1] if not without_rowid and len(keys) == 1 and found[keys[0][1]][1] == "INTEGER" else None
        yield _Table(
            name,
            tuple((column, kind, not (notnull or (pk and alias is None))) for column, kind, notnull, pk in found),
            (*first, *(place for place in range(len(found)) if place not in first)),
            not without_rowid,
            alias,
        )


def _count(path: Path) -> int:
    return path.stat().st_size // PAGE_SIZE


def _fits(value: Value, column: tuple[str, str, bool]) -> bool:
    _name, kind, nullable = column
    return nullable if value is None else type(value) is _KINDS.get(kind)


def _size_of(value: Value) -> int:
    return len(value) if isinstance(value, bytes) else -1


def _is_entry(named: Mapping[str, Value]) -> bool:
    header, signature = named["header"], named["signature"]
    if not isinstance(header, bytes) or not isinstance(signature, bytes):
        return False
    return hashlib.sha256(header + signature).digest() == named["entry"]


def _is_body(named: Mapping[str, Value]) -> bool:
    """The canonical bytes of a map of five."""
    body = named["body"]
    return isinstance(body, bytes) and body[:1] == b"\xa5"


_SLOT_KINDS = ("passphrase", "recovery", "shares")
_PROOFS: Mapping[str, Callable[[Mapping[str, Value]], bool]] = {
    "entry": _is_entry,
    "body": _is_body,
    "slot": lambda named: named["kind"] in _SLOT_KINDS and named["place"] in range(8),
    "lacking": lambda named: named["why"] in ("withheld", "shredded", "removed"),
    "removed": lambda named: named["why"] in ("light", "expired"),
}
