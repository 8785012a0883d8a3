"""Opening a vault for one command, and finding the records that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import typer

from fieldapp.cli import secrets_given
from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.services import drafts, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.values import RecordId

SHORT_ID_DIGITS = 6

_PREFIX = re.compile(r"[0-9a-fA-F]{4,32}")


@contextmanager
def opened(folder: Path, passphrase_fd: int | None) -> Iterator[Archive]:
    """The vault, unlocked; closed at the end. What was being typed in a window that was stopped is finished first."""
    vaults.check(folder)
    with closing(vaults.unlock(folder, secrets_given.passphrase(passphrase_fd))) as archive:
        yield archive


@contextmanager
def closing(archive: Archive) -> Iterator[Archive]:
    """An unlocked vault, closed at the end."""
    try:
        with suppress(FieldAppError):  # drafts are safe where they are: a full disk must not keep anybody from reading
            drafts.finish_all(archive)
        yield archive
    finally:
        archive.close()


def record_of(archive: Archive, prefix: str) -> RecordId:
    """The record whose id begins so. Raises RecordNotFoundError, RecordAmbiguousError."""
    if not _PREFIX.fullmatch(prefix):
        raise typer.BadParameter(_("An id is 4 to 32 digits from 0 to 9 and a to f."))
    return views.find_id(archive, prefix)


def short_id_digits(archive: Archive) -> int:
    """With how many digits the ids of this vault can be told apart, at least 6."""
    rows = views.rows(archive, hidden=True) + views.rows(archive, kind="link", hidden=True)
    ids = sorted(row.id.hex() for row in rows)
    return max([SHORT_ID_DIGITS, *(_shared(a, b) + 1 for a, b in pairwise(ids))])


def _shared(a: str, b: str) -> int:
    return next((place for place, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), len(a))
