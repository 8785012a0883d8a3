"""What a vault remembers of being looked after: when everything was checked last, and where the last backup went.

The setting `looked after` holds `checked_ms`, `damage` (how many kinds of damage were found then) and `backup_place`.
It never travels in bundles.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldapp.errors import EntryMalformedError
from fieldapp.services.archive import Archive
from fieldapp.services.safety.findings import Report
from fieldapp.vault import kept_header
from fieldapp.vault.encoding import Plain, decode_map, encode

_SETTING = "looked after"


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """`checked_ms`: when the last check ended, `days` ago; `damage`: how many kinds of damage it found; 1 where
    it found none, and could not look at everything.

    `days` is None where nothing was checked, and where the clock was wrong then, or is now.

    `header_mended`: since then one of the two copies of the header was damaged, and was written anew at opening.
    """

    checked_ms: int | None
    days: int | None
    damage: int
    backup_place: Path | None
    header_mended: bool = False


_DAY_MS = 24 * 60 * 60 * 1000


def looked_after(archive: Archive) -> LookedAfter:
    """What is remembered."""
    kept = _kept(archive)
    checked_ms, damage, place = kept.get("checked_ms"), kept.get("damage"), kept.get("backup_place")
    days = (archive.clock().time_ms - checked_ms) // _DAY_MS if isinstance(checked_ms, int) else -1
    return LookedAfter(
        checked_ms if isinstance(checked_ms, int) else None,
        days if days >= 0 else None,
        damage if isinstance(damage, int) else 0,
        Path(place) if isinstance(place, str) and place else None,
        kept_header.was_mended(archive.connection),
    )


def note_check(archive: Archive, report: Report) -> LookedAfter:
    """Remember that everything was checked now. Raises DiskFullError, PlaceUnwritableError: nothing was changed."""
    with archive.connection.transaction():
        kept_header.forget_mended(archive.connection)
    return _keep(
        archive, {"checked_ms": archive.clock().time_ms, "damage": len(report.damage) or int(not report.is_whole)}
    )


def note_backup_place(archive: Archive, place: Path) -> LookedAfter:
    """Remember where the last backup went, where that can be said in text. Raises as `note_check`."""
    try:
        str(place).encode()
    except UnicodeEncodeError:
        return looked_after(archive)
    return _keep(archive, {"backup_place": str(place)})


def _keep(archive: Archive, news: dict[str, Plain]) -> LookedAfter:
    kept = {**_kept(archive), **news}
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_SETTING, encode(kept)))
    return looked_after(archive)


def _kept(archive: Archive) -> dict[str, Plain]:
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_SETTING,))
    try:
        return decode_map(kept) if isinstance(kept, bytes) else {}
    except EntryMalformedError:
        return {}
