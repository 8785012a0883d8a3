"""A bar on standard error while long work goes on, and the place where Ctrl+C stops it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fieldapp.cli.interrupts import check
from fieldapp.values import Progress


@contextmanager
def watched(words: str) -> Iterator[Progress]:
    """Progress of one piece of work: shown only at a terminal, stopped by Ctrl+C (CancelledError) anywhere."""
    if not sys.stderr.isatty():
        yield _only_stopping
        return
    from rich.console import Console  # noqa: PLC0415 - start-up time: needed only at a terminal
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above
    from rich.progress import Progress as Bars  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bars:
        task = bars.add_task(words, total=None)
        shown = -1

        def progress(done_bytes: int, total_bytes: int) -> None:
            nonlocal shown
            check()
            hundredths = done_bytes * 100 // total_bytes if total_bytes else 0
            if hundredths != shown:  # drawn here, by hand: left to itself, the bar would start a thread
                shown = hundredths
                bars.update(task, completed=done_bytes, total=total_bytes or None, refresh=True)

        yield progress


def _only_stopping(done_bytes: int, total_bytes: int) -> None:  # noqa: ARG001 - the shape of every progress
    check()
