"""Run every suite that counts what it proves, and write the figures down.

    packaging/dev proofs [SUITE …] [--quick] [--seconds 60]
    packaging/dev proofs faults --again OPERATION [--again OPERATION …]

Suites: faults, vault, leaks, vectors, fuzzing; all, if none is named. The figures go to
resources/docs/proofs.json, those of a suite in place of its last ones, and resources/docs/proofs.md is made of that.
`--quick` runs what every change runs; without it the suites try all they can, which takes hours. The status is 1 where
a suite does not pass or a number that is promised to be zero is not. `--again` tries one operation of the crash points
whole, because it has changed: its rows stand in place of those of the long run, and the page says so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtool import proof_page
from devtool.proof_page import SUITES, Figures, Row

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "resources" / "docs"
FIGURES, PAGE = DOCS / "proofs.json", DOCS / "proofs.md"
LINES = ROOT / "build" / "proofs"

TESTS = {
    "faults": ("tests/faults",),
    "vault": ("tests/unit/vault", "tests/unit/services/safety"),
    "leaks": ("tests/leaks",),
    "vectors": ("tests/vectors",),
}
"""Where the tests of a suite are; fuzzing has a command of its own."""

QUICK_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    suites: Sequence[str]
    quick: bool
    seconds: float
    again: Sequence[str] = ()


def main(arguments: Sequence[str]) -> int:
    """Run suites, write figures and page."""
    asked = _parsed(arguments)
    figures = read(FIGURES)
    passed = True
    for suite in asked.suites:
        print(f"{suite} …", file=sys.stderr, flush=True)
        made = run(suite, asked)
        figures[suite] = joined(figures[suite], made) if asked.again else made
        passed = passed and bool(made["passed"])
        write(figures)
    failures = proof_page.failures(figures)
    print(f"{PAGE.relative_to(ROOT)} is written; {failures} failures")
    return 0 if passed and not failures else 1


def run(suite: str, asked: Asked) -> dict[str, Any]:
    """Run one suite; what it counted, and whether it passed."""
    lines = LINES / f"{suite}.jsonl"
    lines.parent.mkdir(parents=True, exist_ok=True)
    lines.unlink(missing_ok=True)
    inside = dict(os.environ) | {"FIELDAPP_FIGURES": str(lines), "QT_QPA_PLATFORM": "offscreen"}
    if not asked.quick:
        inside["FIELDAPP_NIGHTLY"] = "1"
    done = subprocess.run(command_of(suite, asked), cwd=ROOT, env=inside, check=False)
    told = read_lines(lines)
    for name in sorted(proof_page.unknown_tables(told)):
        print(f"no page shows the table {name!r}", file=sys.stderr)
    return {
        "made": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": machine(),
        "quick": asked.quick,
        "passed": done.returncode == 0,
        "rows": proof_page.added_up(told),
    }


def joined(before: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """A suite of which some rows were made again, and whether it passes now."""
    again = {(row["table"], row["row"]) for row in made["rows"]}
    rows = [row for row in before["rows"] if (row["table"], row["row"]) not in again] + made["rows"]
    rows.sort(key=lambda row: (row["table"], row["row"]))
    passed = made["passed"] and not any(row["numbers"].get(proof_page.FAILURES) for row in rows)
    rows_of = {name: sorted(row for table, row in again if table == name) for name in {table for table, _row in again}}
    told = {"made": made["made"], "commit": made["commit"], "rows": rows_of}
    return before | {"rows": rows, "passed": passed, "again": [*before.get("again", ()), told]}


def command_of(suite: str, asked: Asked) -> list[str]:
    """The command that runs a suite."""
    if suite == "fuzzing":
        seconds = min(asked.seconds, QUICK_SECONDS) if asked.quick else asked.seconds
        return [sys.executable, str(ROOT / "packaging" / "fuzz.py"), "--seconds", str(seconds)]
    marked = "not slow" if asked.quick else ""
    if asked.again:
        test = "tests/faults/test_crash_points.py::test_nothing_acknowledged_is_lost_at_any_point"
        paths = [f"{test}[{name}]" for name in asked.again]
        return [sys.executable, "-m", "pytest", "-q", "-n", str(os.cpu_count() or 1), *paths]
    paths = [path for path in TESTS[suite] if (ROOT / path).exists()]
    return [sys.executable, "-m", "pytest", "-q", "-m", marked, "-n", str(os.cpu_count() or 1), *paths]


def read_lines(path: Path) -> list[Row]:
    """What was counted, line by line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def read(path: Path) -> Figures:
    """The figures as they were written down last."""
    read: Figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return read


def write(figures: Figures) -> None:
    """Write figures and page."""
    ordered = {suite: figures[suite] for suite in SUITES if suite in figures}
    FIGURES.write_text(json.dumps(ordered, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(proof_page.page(ordered), encoding="utf-8")


def commit() -> str:
    """The commit that was looked at, and whether anything was changed since."""
    asked = [("rev-parse", "--short=10", "HEAD"), ("status", "--porcelain", "--untracked-files=no", ":!resources/docs")]
    said = [
        subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        for words in asked
    ]
    return f"{said[0] or 'no commit'}{' with changes' if said[1] else ''}"


def machine() -> str:
    """What kind of machine this is, without its name."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, Python {python}"


def _parsed(arguments: Sequence[str]) -> Asked:
    parser = argparse.ArgumentParser(prog="packaging/dev proofs", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}; all, if none is given")
    parser.add_argument("--quick", action="store_true", help="only what every change runs")
    parser.add_argument("--seconds", type=float, default=60, help="for each fuzz target (default 60; quick: 2)")
    parser.add_argument("--again", action="append", default=[], metavar="OPERATION", help="only this one of the faults")
    given = parser.parse_args(arguments)
    if given.again and (given.suites != ["faults"] or given.quick):
        parser.error("--again is for: packaging/dev proofs faults")
    unknown = [name for name in given.suites if name not in SUITES]
    if unknown:
        parser.error(f"no suite {unknown[0]}; there are {', '.join(SUITES)}")
    return Asked(given.suites or SUITES, given.quick, given.seconds, given.again)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
