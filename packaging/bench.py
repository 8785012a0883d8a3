"""Measure what is promised about speed and memory, against real tools in the same run.

    packaging/dev bench [NAME …] [--json FILE] [--rounds N] [--megabytes N] [--records N]
                            [--testimonies N]

Each benchmark runs its subject several times, in turn with what it is compared with, and gives medians. Quote the
ratios: the seconds belong to one machine and one hour. The status is 1 where a goal was missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import backups, bundles, large, lists, typing_, vaults_, window
from benchmarks.figures import Figure, Size, table

BENCHMARKS: dict[str, Callable[[Size], list[Figure]]] = {
    "export": bundles.measure_export,
    "import": bundles.measure_import,
    "backup": backups.measure_backup,
    "window": window.measure_start,
    "lock": window.measure_lock,
    "lists": lists.measure_lists,
    "typing": typing_.measure_typing,
    "vaults": vaults_.measure_vaults,
}


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, or all, and print a table."""
    given = _parsed(arguments)
    size = Size(rounds=given.rounds, megabytes=given.megabytes, records=given.records, testimonies=given.testimonies)
    figures: list[Figure] = []
    for name in given.names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += BENCHMARKS[name](size)
    print(table(figures))
    if given.json:
        given.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    return 0 if all(figure.met for figure in figures) else 1


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="packaging/dev bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all, if none is given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds of each (default 5)")
    parser.add_argument("--megabytes", type=int, default=512, help="photographs for export and import (default 512)")
    parser.add_argument("--records", type=int, default=10_000, help="testimonies for lists (default 10000)")
    parser.add_argument("--testimonies", type=int, default=large.RECORDS, help="in the large vault (default 100000)")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    return given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
