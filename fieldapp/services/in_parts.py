"""Handing over in parts: the bundle that `handover` makes, cut while it is sealed, for ways that carry small files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fieldapp.bundles.parts import PartsWritten, remove_parts, write_parts
from fieldapp.services import handover
from fieldapp.services.archive import Archive
from fieldapp.services.handover import Handover, Selection
from fieldapp.services.parts import DEFAULT_PART_BYTES, slice_bytes_of
from fieldapp.services.trust import Peer
from fieldapp.values import Beside, Progress, in_turn, no_progress


def write(
    made: Handover,
    place: Path,
    progress: Progress = no_progress,
    *,
    part_bytes: int = DEFAULT_PART_BYTES,
    beside: Beside = in_turn,
) -> PartsWritten:
    """Seal the bundle into parts of at most so many bytes: into the new folder `place`, or the one that is there.

    Needs no database. Where `handover.record` fails afterwards, `remove_parts` what was written.

    Raises:
        TooManyPartsError: the parts are too small for it. As `handover.write`: no file is left behind.
    """
    return write_parts(made.plan, made.keys, place, slice_bytes_of(part_bytes), progress, beside=beside)


def export(
    archive: Archive,
    recipients: Sequence[Peer],
    selection: Selection,
    place: Path,
    progress: Progress = no_progress,
    *,
    part_bytes: int = DEFAULT_PART_BYTES,
    beside: Beside = in_turn,
) -> tuple[Handover, PartsWritten]:
    """Plan, write and record in one thread. Raises what they raise; then nothing was changed, and there is no file."""
    made = handover.plan(archive, recipients, selection)
    try:
        written = write(made, place, progress, part_bytes=part_bytes, beside=beside)
        try:
            handover.record(archive, made, written.digest)
        except BaseException:
            remove_parts(written)
            raise
    finally:
        handover.discard(made)
    return made, written
