"""Every check that is not a test, two at a time; all of them run, so that one look shows all there is to mend."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from devtool.places import Checkout


@dataclass(frozen=True, slots=True)
class Check:
    """A name to show, and the command."""

    name: str
    command: tuple[str, ...]


def commands(python: str, *, with_catalogues: bool) -> list[Check]:
    """All checks, the longest first."""
    typed = (python, "-m", "mypy")
    found = [
        Check("mypy", typed),
        *(
            Check(
                f"mypy for {system}", (*typed, "--platform", system, "--cache-dir", f".mypy_cache/{system}", "fieldapp")
            )
            for system in ("win32", "darwin")
        ),
        Check("ruff check", (python, "-m", "ruff", "check", "--quiet", ".")),
        Check("ruff format", (python, "-m", "ruff", "format", "--check", "--quiet", "--output-format", "concise", ".")),
        Check(
            "import contracts",
            (python, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-logo"),
        ),
    ]
    if with_catalogues:
        found.append(Check("message catalogues", (python, "-m", "devtool.catalogues", "check")))
    return found


def run_all(checkout: Checkout, environment: Mapping[str, str]) -> int:
    """Run them, print a line for each and the words of those that fail; 0 when all are well, else 1."""
    inside = {**environment, "PYTHONPATH": str(checkout.packaging)}
    wanted = commands(str(checkout.python), with_catalogues=(checkout.root / "resources" / "locale").is_dir())

    def run(check: Check) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            check.command,
            cwd=checkout.root,
            env=inside,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    failed = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for check, done in zip(wanted, pool.map(run, wanted), strict=True):
            print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {check.name}", flush=True)
            if done.returncode != 0:
                failed.append(check.name)
                print(done.stdout, end="", flush=True)
    if failed:
        print(f"lint: to mend: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0
