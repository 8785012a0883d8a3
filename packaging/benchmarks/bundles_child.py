"""The subject of a benchmark in a process of its own: unlocks, does one thing, and tells what that took.

Run as `python bundles_child.py VERB VAULT ARGUMENT…`; prints one JSON object. Clock and memory begin after unlocking.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.jobs import thread_beside
from fieldapp.media.preview import DecoderProcess
from fieldapp.services import arrivals, documents, handover, indexing, records, trust, vaults
from fieldapp.services.archive import Archive
from fieldapp.services.safety import backups

PASSPHRASE = "benchmark passphrase"
CHEAP = KdfParameters(64 * 1024, 1, 1)
"""The cheapest key derivation that is allowed."""


def measured(verb: str, *arguments: object) -> tuple[float, float]:
    """Run a verb in a fresh process: its seconds, and by how many megabytes memory grew over the idle process."""
    told = run(verb, *arguments)
    return told["seconds"], told["grown_mb"]


def run(verb: str, *arguments: object) -> dict[str, float]:
    """Run a verb in a fresh process and give what it tells."""
    done = subprocess.run(
        [sys.executable, __file__, verb, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def new_vault(folder: Path, person: str) -> Archive:
    """An open vault for measuring."""
    return vaults.create(folder, PASSPHRASE, person=person, device="bench", parameters=CHEAP).archive


def _memory_mb(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise ValueError(field)


def _timed(act: Callable[[], object]) -> dict[str, float]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    idle = _memory_mb("VmRSS")
    begin, begin_cpu = time.perf_counter(), time.process_time()
    act()
    taken, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    return {"seconds": taken, "cpu_seconds": cpu, "grown_mb": _memory_mb("VmHWM") - idle}


def _introduce(one: str, other: str) -> dict[str, float]:
    a, b = new_vault(Path(one), "Anna"), new_vault(Path(other), "Boris")
    trust.trust(a, trust.own_card(b))
    trust.trust(b, trust.own_card(a))
    return {}


def _attach(vault: str, folder: str) -> dict[str, float]:
    archive = vaults.unlock(Path(vault), PASSPHRASE)
    owner = records.save(archive, "testimony", {"narrative": "Photographs for measuring"}).created
    with DecoderProcess() as decoder:
        for path in sorted(Path(folder).iterdir()):
            documents.attach(archive, [documents.stage(archive.vault.objects, path, decoder)], owner=owner)
    return {}


def _export(vault: str, bundle: str) -> dict[str, float]:
    archive = vaults.unlock(Path(vault), PASSPHRASE)
    peer = trust.peers(archive)[0]

    def act() -> None:
        with thread_beside() as beside:
            handover.export(archive, [peer], handover.select(archive), Path(bundle), beside=beside)

    return _timed(act)


def _import(vault: str, bundle: str) -> dict[str, float]:
    archive = vaults.unlock(Path(vault), PASSPHRASE)
    return _timed(lambda: arrivals.import_file(archive, Path(bundle)))


def _import_and_index(vault: str, bundle: str) -> dict[str, float]:
    """Taking a bundle in until it is safe and shown in lists; apart from that, until search finds all of it."""
    archive = vaults.unlock(Path(vault), PASSPHRASE)

    def act() -> None:
        arrivals.commit(archive, arrivals.take(arrivals.receiving(archive), archive.vault.objects, Path(bundle)))

    told = _timed(act)
    return told | {"indexing": _timed(lambda: indexing.finish_indexing(archive))["seconds"]}


def _backup(vault: str, file: str) -> dict[str, float]:
    archive = vaults.unlock(Path(vault), PASSPHRASE)
    return _timed(lambda: backups.back_up(archive, Path(file)))


_VERBS: dict[str, Callable[..., dict[str, float]]] = {
    "introduce": _introduce,
    "attach": _attach,
    "export": _export,
    "import": _import,
    "import-and-index": _import_and_index,
    "backup": _backup,
}

if __name__ == "__main__":
    print(json.dumps(_VERBS[sys.argv[1]](*sys.argv[2:])))
