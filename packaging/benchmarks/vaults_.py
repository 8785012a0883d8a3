"""With a large vault: importing, opening, and what must come at once; what is imported held against the least there is.

Processor time is told apart, since it hardly depends on what else a machine does: that of the program, without the
process that checks signatures beside. The least that must be done with an entry: its SHA-256, its Ed25519 signature by
`cryptography`, and its row in a plain database of the standard library's sqlite3, in one transaction, synced. No
encryption, no checks of form, no records.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks import bundles_child, large
from benchmarks.bundles_child import PASSPHRASE
from benchmarks.figures import Figure, Size
from fieldapp.bundles.journal import read_segment, write_segments
from fieldapp.crypto import keyslots
from fieldapp.records import store
from fieldapp.services import vaults, views
from fieldapp.services.archive import Archive
from fieldapp.vault import header as headers
from fieldapp.vault import journal
from fieldapp.vault.entry import SIGNATURE_CONTEXT, read_entry
from fieldapp.vault.journal import SealedEntry

MANY, FEW = 20_000, 1000
GOAL_OPEN_S, GOAL_FEW_S, GOAL_MS, GOAL_MB = 1.5, 3, 50, 400
GOAL_PER_S = 5000
GOAL_RATIO = 2.0

T = TypeVar("T")


def measure_vaults(size: Size) -> list[Figure]:
    """A bundle of many entries, one of few, opening, and the lists."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    try:
        records = size.testimonies
        vault = large.copy_of(large.large_vault(records), folder / "vault")
        few = large.bundle_for(vault, folder, FEW, records)
        small = large.copy_of(large.large_vault(min(records, 1000)), folder / "small")
        many = large.bundle_for(small, folder, MANY, 1000)
        return [
            *_of_opening(vault, size),
            *_of_many(small, many, folder, size),
            *_of_few(vault, few, folder),
        ]
    finally:
        shutil.rmtree(folder)


def _of_opening(vault: Path, size: Size) -> list[Figure]:
    """What opening takes after the key is derived, and what must come at once afterwards."""
    opened: list[float] = []
    lists: dict[str, float] = {}
    for _ in range(max(size.rounds, 3)):
        with_key, archive = _seconds(lambda: vaults.unlock(vault, PASSPHRASE))
        key_alone = _seconds(lambda: _derive(vault))[0]
        opened.append(max(0.0, with_key - key_alone))
        lists = {name: _median_ms(act, size) for name, act in _lists(archive).items()}
        archive.close()
    told = f"{size.testimonies} testimonies"
    return [
        Figure("opening a large vault, key derived", statistics.median(opened), "s", GOAL_OPEN_S, told),
        *(Figure(f"{name}, large vault", taken, "ms", GOAL_MS, told) for name, taken in lists.items()),
    ]


def _lists(archive: Archive) -> dict[str, Callable[[], object]]:
    contested = large.record_id(0)
    return {
        "list, first rows": lambda: views.rows(archive, kind="testimony", limit=100),
        "conflict list": lambda: store.contested_rows(archive.connection, 100),
        "history of a record": lambda: views.history(archive, contested),
        "have-set": lambda: journal.have(archive.connection),
    }


def _of_many(vault: Path, bundle: Path, folder: Path, size: Size) -> list[Figure]:
    """Many entries into a vault at rest, against the least that must be done, in turn."""
    entries = _entries_of(folder / f"sender-{MANY}")
    ours: list[dict[str, float]] = []
    least: list[float] = []
    for number in range(size.rounds):
        database = folder / f"least-{number}.db"
        copy = large.copy_of(vault, folder / f"many-{number}")
        ours.append(bundles_child.run("import-and-index", copy, bundle))
        least.append(_cpu_seconds(partial(_least, entries, database)))
        shutil.rmtree(copy)
    seconds, cpu, indexing = (
        statistics.median(told[name] for told in ours) for name in ("seconds", "cpu_seconds", "indexing")
    )
    goal = 1e6 / GOAL_PER_S
    detail = f"{MANY / seconds:.0f} a second; {MANY} entries in {seconds:.2f} s; then {indexing:.2f} s for search"
    ratio = sum(told["cpu_seconds"] for told in ours) / sum(least)
    least_told = f"processor time; least {statistics.median(least):.2f} s"
    return [
        Figure("importing one entry", seconds / MANY * 1e6, "µs", goal, detail),
        Figure("the same, processor time", cpu / MANY * 1e6, "µs", goal, f"{MANY / cpu:.0f} a second"),
        Figure("importing / least", ratio, "×", GOAL_RATIO, least_told),
        Figure("memory for that", max(told["grown_mb"] for told in ours), "MB", GOAL_MB, "above the unlocked program"),
    ]


def _of_few(vault: Path, bundle: Path, folder: Path) -> list[Figure]:
    told = bundles_child.run("import-and-index", large.copy_of(vault, folder / "few"), bundle)
    detail = (
        f"{told['cpu_seconds']:.2f} s of processor time; {told['indexing']:.2f} s for search; {told['grown_mb']:.0f} MB"
    )
    return [Figure(f"importing {FEW} entries into a large vault", told["seconds"], "s", GOAL_FEW_S, detail)]


def _entries_of(vault: Path) -> list[SealedEntry]:
    archive = vaults.unlock(vault, PASSPHRASE)
    sealed = [each for _row, each in journal.sealed_entries(archive.connection, archive.own_log)]
    archive.close()
    return [each for segment in write_segments(sealed) for each in read_segment(segment)]


def _least(entries: list[SealedEntry], path: Path) -> None:
    opening = read_entry(entries[0].header_bytes, entries[0].signature).header
    key = Ed25519PublicKey.from_public_bytes(opening.key or b"")
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE entry (id BLOB PRIMARY KEY, header BLOB, signature BLOB, body BLOB)")
    for each in entries:
        key.verify(each.signature, SIGNATURE_CONTEXT + each.header_bytes)
        identity = hashlib.sha256(each.header_bytes + each.signature).digest()
        row = (identity, each.header_bytes, each.signature, each.body_bytes)
        database.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", row)
    database.commit()
    database.close()


def _derive(vault: Path) -> None:
    """What opening takes for the key alone."""
    headers.open_copies(headers.read_copies(vault), keyslots.normalise_passphrase(PASSPHRASE))


def _median_ms(act: Callable[[], object], size: Size) -> float:
    act()
    return statistics.median(_seconds(act)[0] for _ in range(max(size.rounds, 5))) * 1000


def _cpu_seconds(act: Callable[[], object]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin


def _seconds(act: Callable[[], T]) -> tuple[float, T]:
    begin = time.perf_counter()
    value = act()
    return time.perf_counter() - begin, value
