"""Putting files into the vault: sealed one by one in the files lane; writing them down comes after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldapp.errors import ExpectedError, FileUnreadableError
from fieldapp.media.preview import DecoderProcess
from fieldapp.services import documents
from fieldapp.services.archive import Archive
from fieldapp.services.documents import StagedFile
from fieldapp.values import Progress


@dataclass(frozen=True, slots=True)
class Sealed:
    """The files that lie sealed, and what was in the way of others."""

    files: tuple[StagedFile, ...]
    problems: tuple[ExpectedError, ...]


def seal(archive: Archive, decoder: DecoderProcess, progress: Progress, paths: Sequence[Path]) -> Sealed:
    """Seal these files. One that cannot be read does not keep the others out.

    Raises:
        DiskFullError, CancelledError: nothing is left behind.
    """
    total = sum(_size_of(path) for path in paths)
    files: list[StagedFile] = []
    problems: list[ExpectedError] = []
    before = 0

    def told(done_bytes: int, total_bytes: int) -> None:  # noqa: ARG001 - the shape of Progress
        progress(before + done_bytes, max(total, 1))

    try:
        for path in paths:
            try:
                files.append(documents.stage(archive.vault.objects, path, decoder, told))
            except FileUnreadableError as problem:
                problems.append(problem)
            before += _size_of(path)
    except BaseException:
        for file in files:
            file.staged.discard()
        raise
    return Sealed(tuple(files), tuple(problems))


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
