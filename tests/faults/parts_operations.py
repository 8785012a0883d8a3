"""What is done with parts while the system fails or the process is killed: `python parts_operations.py WHAT PLACE`.

PLACE holds `sender` and `recipient` (vaults that trust each other), `parts` (a bundle in parts) and `stick` (empty).
What was acknowledged is told on standard output, by a call that no fault is injected into.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fieldapp.bundles.parts import MOST_OVERHEAD_BYTES
from fieldapp.errors import ExpectedError
from fieldapp.services import arrivals, handover, in_parts, parts, trust, vaults
from fieldapp.services.archive import Archive
from tests.unit.services.people import PASSPHRASE

PART_BYTES = MOST_OVERHEAD_BYTES + 40_000


def tell(words: str) -> None:
    os.writev(1, [words.encode() + b"\n"])


def export(archive: Archive, place: Path) -> None:
    selection = handover.select(archive)
    target = place / "stick" / "june"
    in_parts.export(archive, trust.peers(archive), selection, target, part_bytes=PART_BYTES)
    tell("exported")


def keep(archive: Archive, place: Path) -> None:
    for path in sorted((place / "parts").iterdir()):
        kept = parts.keep(place / "recipient" / "inbox", path)
        tell(f"kept {kept.number}")
        parts.note(archive, kept)


def take(archive: Archive, place: Path) -> None:
    for path in sorted((place / "parts").iterdir()):
        parts.keep(place / "recipient" / "inbox", path)
    tell("ready")
    (waiting,) = parts.waiting(archive)
    arrivals.import_file(archive, waiting)
    tell("taken")


def drop(archive: Archive, place: Path) -> None:
    for path in sorted((place / "parts").iterdir()):
        parts.keep(place / "recipient" / "inbox", path)
    tell("ready")
    (waiting,) = parts.waiting(archive)
    parts.drop(archive, waiting)
    tell("dropped")


OPERATIONS = {"export": export, "keep": keep, "take": take, "drop": drop}


def main() -> None:
    what, place = sys.argv[1], Path(sys.argv[2])
    archive = vaults.unlock(place / ("sender" if what == "export" else "recipient"), PASSPHRASE)
    tell("ready")
    try:
        OPERATIONS[what](archive, place)
    except ExpectedError as refused:
        tell(f"refused {type(refused).__name__}")
    finally:
        archive.close()


if __name__ == "__main__":
    main()
