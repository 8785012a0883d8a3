"""The page of proofs: from the figures in resources/docs/proofs.json to the text of resources/docs/proofs.md.

    proofs.json   {suite: {"made": day, "commit": text, "machine": text, "quick": bool, "passed": bool,
                           "again": [{"made": day, "commit": text, "rows": {table: [row]}}] (where some were),
                           "rows": [{"table", "row", "numbers": {column: number or text}}]}}

Numbers of the same table and row were added up before. `failures` is the column that is promised to be zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Figures = dict[str, dict[str, Any]]
FAILURES = "failures"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the suite that makes it, its heading, what a row is, its columns in order, and what it shows."""

    name: str
    suite: str
    first: str
    columns: tuple[str, ...]
    shows: str


TABLES: tuple[Table, ...] = (
    Table(
        "crash points",
        "faults",
        "operation",
        ("faults", "kills", "full", "errors"),
        "The process is killed, or the disk is full or fails, at each call that writes, syncs, renames, removes or cuts"
        " a file, one after the other. Afterwards the vault opens, all that was acknowledged is there byte for byte,"
        " nothing is half there, the chains verify, no file is left that does not belong, and work goes on.",
    ),
    Table(
        "lost writes",
        "faults",
        "operation",
        ("states",),
        "What the disk may look like after the power went: writes that were not synced yet are missing, torn or in"
        " another order. Each state is looked at as above.",
    ),
    Table(
        "random kills",
        "faults",
        "while",
        ("kills",),
        "The program is killed at a moment of chance while somebody works. At most the last second of typing is lost.",
    ),
    Table(
        "tampering",
        "vault",
        "what was changed",
        ("tries",),
        "Bits turned, pages, files and headers exchanged for older ones: refused, or noticed and said. A failure is a"
        " change that was believed, or an error without words.",
    ),
    Table(
        "wrong secrets",
        "vault",
        "secret",
        ("tries",),
        "Wrong passphrases open nothing, and change no byte and no time in the folder.",
    ),
    Table(
        "leaks",
        "leaks",
        "where was looked",
        ("checks",),
        "Random words in every field, name and passphrase while every screen and every command is driven; then they are"
        " looked for in five encodings. A failure is a word found where it must not be, or a socket, or a packet.",
    ),
    Table(
        "vectors",
        "vectors",
        "family",
        ("vectors", "note"),
        "Known answers that others published, given by the functions that the program calls. Each must come out"
        " exactly, and each that must be refused is refused with the right error.",
    ),
    Table(
        "fuzzing",
        "fuzzing",
        "what is read",
        ("executions",),
        "Hostile inputs for every reader of bytes from outside. A failure is anything but an error of ours: another"
        " exception, more than two seconds or 300 MB, a file written, a process, a socket.",
    ),
)  # fmt: skip
SUITES = tuple(dict.fromkeys(table.suite for table in TABLES))


def added_up(lines: Iterable[Row]) -> list[Row]:
    """One row for each table and row named, by name: numbers added, texts as said last."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        numbers = rows.setdefault((line["table"], line["row"]), {})
        for name, value in line["numbers"].items():
            numbers[name] = _joined(name, numbers.get(name), value)
    return [{"table": table, "row": row, "numbers": numbers} for (table, row), numbers in sorted(rows.items())]


def failures(figures: Figures) -> int:
    """How many things that are promised not to be, are."""
    rows = [row for suite in figures.values() for row in suite["rows"]]
    return sum(int(row["numbers"].get(FAILURES, 0)) for row in rows)


def unknown_tables(lines: Iterable[Row]) -> set[str]:
    """Tables that no page shows."""
    return {line["table"] for line in lines} - {table.name for table in TABLES}


def page(figures: Figures) -> str:
    """The text of the page."""
    return "\n".join([*_HEAD, *_totals(figures), "", *(line for table in TABLES for line in _section(table, figures))])


def _joined(name: str, before: Any, value: Any) -> Any:
    """Numbers are added, the worst of them is kept, and of texts the last one."""
    if not isinstance(before, (int, float)) or not isinstance(value, (int, float)):
        return value
    return max(before, value) if name.startswith("worst") else before + value


_HEAD = (
    "# What was tried, and what came of it",
    "",
    "This page is made by `packaging/dev proofs`; each table by the command under it, on whoever's machine. Nothing in",
    "it is written by hand. It says what was tried, not that nothing else can go wrong: the limits stand in the",
    "[threat model](threat-model.md).",
    "",
)


def tried(figures: Figures) -> dict[str, int | float]:
    """How much was tried, by table: the sum of its first column."""
    found = {}
    for table in TABLES:
        rows = _rows(table, figures)
        columns = _columns(table, rows)
        if columns[-1:] == [FAILURES] and len(columns) > 1:
            found[table.name] = sum(_number(row, columns[0]) for row in rows)
    return found


def _totals(figures: Figures) -> list[str]:
    lines = ["| | tried | failures |", "|---|---:|---:|"]
    for name, count in tried(figures).items():
        table = next(each for each in TABLES if each.name == name)
        lines.append(f"| {name} | {count:,} | {sum(_number(row, FAILURES) for row in _rows(table, figures)):,} |")
    return lines


def _section(table: Table, figures: Figures) -> list[str]:
    head = [f"## {table.name.capitalize()}", "", table.shows, ""]
    rows = _rows(table, figures)
    if not rows:
        return [*head, f"Not run yet: `packaging/dev proofs {table.suite}`.", ""]
    told_by = [name for name, suite in figures.items() if any(row["table"] == table.name for row in suite["rows"])]
    return [*head, *_body(table, rows), "", *(_signed(name, figures[name], table.name) for name in told_by), ""]


def _body(table: Table, rows: Sequence[Row]) -> list[str]:
    columns = _columns(table, rows)
    lines = [
        f"| {' | '.join([table.first, *(name.replace('_', ' ') for name in columns)])} |",
        f"|---|{'---:|' * len(columns)}",
    ]
    lines += [f"| {' | '.join([row['row'], *(_cell(row['numbers'], name) for name in columns)])} |" for row in rows]
    if len(rows) > 1 and FAILURES in columns:
        sums = (_sum(rows, name) for name in columns)
        lines.append(f"| **{len(rows)} in all** | {' | '.join(sums)} |")
    return lines


def _columns(table: Table, rows: Sequence[Row]) -> list[str]:
    """Those of the table that were counted, then what else was, and failures last."""
    counted = dict.fromkeys(name for row in rows for name in row["numbers"])
    known = [name for name in table.columns if name in counted]
    others = [name for name in counted if name not in (*table.columns, FAILURES)]
    return [*known, *others, *([FAILURES] if FAILURES in counted else [])]


def _signed(suite: str, facts: Mapping[str, Any], table: str) -> str:
    how = f"`packaging/dev proofs {suite}{' --quick' if facts['quick'] else ''}`"
    said = f"{how}, {facts['made']}, {facts['commit']}, {facts['machine']}."
    for again in facts.get("again", ()):
        if rows := again["rows"].get(table):
            said += f" Again, as they had changed, {again['made']}, {again['commit']}: {', '.join(rows)}."
    return said if facts["passed"] else f"{said} **This suite did not pass.**"


def _rows(table: Table, figures: Figures) -> list[Row]:
    return [row for suite in figures.values() for row in suite["rows"] if row["table"] == table.name]


def _number(row: Row, name: str) -> int | float:
    value = row["numbers"].get(name, 0)
    return value if isinstance(value, (int, float)) else 0


def _sum(rows: Sequence[Row], name: str) -> str:
    if any(isinstance(row["numbers"].get(name), str) for row in rows) or name.startswith("worst"):
        return ""
    return f"**{sum(_number(row, name) for row in rows):,}**"


def _cell(numbers: Mapping[str, Any], name: str) -> str:
    value = numbers.get(name, "")
    return value if isinstance(value, str) else f"{value:,}"
