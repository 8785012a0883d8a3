"""Sealed bundles that wait in the inbox for a decision about their sender: ciphertext as it came, nothing believed."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fieldapp.bundles.card import Card, read_card
from fieldapp.errors import storage_error
from fieldapp.services.archive import Archive
from fieldapp.services.incoming import INBOX, Taken
from fieldapp.system import sync_folder

_SEALED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A sealed bundle that waits for a decision about its sender."""

    id: int
    card: Card
    arrived_ms: int
    path: Path


def waiting(archive: Archive) -> list[Quarantined]:
    """The sealed bundles that wait, oldest first."""
    rows = archive.connection.execute("SELECT id, name, card, arrived_ms FROM quarantine ORDER BY id")
    inbox = archive.vault.folder / INBOX
    return [Quarantined(row, read_card(card), arrived_ms, inbox / name) for row, name, card, arrived_ms in rows]


def hold(archive: Archive, taken: Taken) -> None:
    """Give the sealed copy of a bundle its name, the same for the same bundle, and its row.

    Raises:
        DiskFullError, PlaceUnwritableError.
    """
    card = taken.facts.card
    place = archive.vault.place.room(INBOX) / archive.vault.objects.place_of(taken.digest).name
    try:
        if taken.sealed is not None:
            taken.sealed.replace(place)
            sync_folder(place.parent)
    except OSError as problem:
        raise storage_error(problem) from problem
    archive.connection.execute(
        "INSERT OR IGNORE INTO quarantine (name, sender, card, arrived_ms) VALUES (?, ?, ?, ?)",
        (place.name, card.fingerprint, card.file, archive.clock().time_ms),
    )


def drop(archive: Archive, bundle: Quarantined) -> None:
    """Remove a bundle that waited; nothing in it was ever believed.

    Raises:
        DiskFullError, PlaceUnwritableError: it waits on.
    """
    with archive.connection.transaction():
        archive.connection.execute("DELETE FROM quarantine WHERE id = ?", (bundle.id,))
    with suppress(OSError):  # what no row speaks of goes at the next unlocking
        bundle.path.unlink(missing_ok=True)


def remove_unspoken(archive: Archive) -> None:
    """Remove sealed bundles of which no row speaks: a stop came before the row was written, or after it had gone."""
    spoken = {name for (name,) in archive.connection.execute("SELECT name FROM quarantine")}
    for path in archive.vault.place.room(INBOX).iterdir():
        if path.is_file() and _SEALED.fullmatch(path.name) and path.name not in spoken:
            path.unlink(missing_ok=True)
