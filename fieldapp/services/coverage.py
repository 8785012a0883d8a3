"""Whether enough coordinators surely hold what would leave this device: every body and every object, by their receipts.

Rule 1: only coordinators count who are trusted now, by their newest verified receipt (`receipts.counting`); for what
        somebody has with a task slip, for a time only, all but that one.
Rule 2: what others wrote, and were told is held here, stays: else two coordinators could each rely on the other. What
        came with a task slip leaves when its time is over (`tasks.expire`), by rules of its own.
Rule 3: custody events hold nothing up: each bundle writes new ones, which only the next one carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from fieldapp.errors import BadValueError
from fieldapp.records.model import CODES
from fieldapp.services import receipts, slips
from fieldapp.services.archive import Archive
from fieldapp.services.erasure import Reach
from fieldapp.services.holdings import Holding
from fieldapp.values import LogId

COPIES_NEEDED = 2
"""How many coordinators must hold a record before it may leave this device, where nothing else was chosen."""
MOST_COPIES = 9

_COPIES = "copies needed"
_CUSTODY = "custody"


class Reason(StrEnum):
    """Why a record is kept."""

    COORDINATORS = "coordinators"
    TYPING = "typing"
    CODES = "codes"
    FILES = "files"
    UNCONFIRMED = "unconfirmed"
    RELIED = "relied"


def copies_needed(archive: Archive) -> int:
    """How many coordinators must hold a record before it may go."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_COPIES,))
    number = int.from_bytes(kept, "big") if isinstance(kept, bytes) else COPIES_NEEDED
    return number if 1 <= number <= MOST_COPIES else COPIES_NEEDED


def set_copies_needed(archive: Archive, number: int) -> int:
    """Choose it for this vault; gives it back.

    Raises:
        BadValueError: less than one, or more than nine. DiskFullError: nothing was changed.
    """
    if not 1 <= number <= MOST_COPIES:
        raise BadValueError("copies", "number")
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_COPIES, number.to_bytes(1, "big")))
    return number


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry stands whose body would go. `foreign`: it came with a bundle, out of another's log."""

    rowid: int
    log: LogId
    seq: int
    kind: str
    part: str
    foreign: bool


class Held:
    """Who holds what, of the coordinators who count now."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.needed = copies_needed(archive)
        self._everybody = receipts.counting(archive)
        self._lent = slips.lent(archive)

    def hindrance(self, going: Reach) -> tuple[Reason, tuple[str, ...]] | None:
        """Why these may not go, and who lacks something; None if they may."""
        holdings = self._holdings(going)
        if len(holdings) < self.needed:
            return Reason.COORDINATORS, ()
        if self._is_typed(going):
            return Reason.TYPING, ()
        places = [place for place in self._places(going) if place.kind != _CUSTODY]
        lacking = [name for name, holding in holdings if not all(_has(holding, place) for place in places)]
        if len(holdings) - len(lacking) < self.needed:
            only_codes = all(place.part == CODES for place in places if not self._is_covered(place, holdings))
            return (Reason.CODES, ()) if only_codes else (Reason.UNCONFIRMED, tuple(lacking))
        without = [name for name, holding in holdings if not all(map(holding.has_object, going.objects))]
        either = tuple(sorted({*lacking, *without}))
        if len(holdings) - len(either) < self.needed:
            return Reason.FILES, either
        return (Reason.RELIED, ()) if self._is_relied_on(places) else None

    def without_uncovered_custody(self, going: Reach) -> Reach:
        """The same, but for custody events that too few hold."""
        holdings = self._holdings(going)
        staying = {
            place.rowid
            for place in self._places(going)
            if place.kind == _CUSTODY and not self._is_covered(place, holdings)
        }
        return replace(going, entries=tuple(entry for entry in going.entries if entry not in staying))

    def _holdings(self, going: Reach) -> list[tuple[str, Holding]]:
        """Who counts for these: not who has one of them with a task slip, for a time only."""
        return [
            (peer.name, holding)
            for peer, holding in self._everybody
            if going.everything.isdisjoint(self._lent.get(peer.fingerprint.hex(), ()))
        ]

    def _is_covered(self, place: _Place, holdings: Sequence[tuple[str, Holding]]) -> bool:
        return sum(_has(holding, place) for _name, holding in holdings) >= self.needed

    def _is_relied_on(self, places: Sequence[_Place]) -> bool:
        """Whether somebody was told that what others wrote is safe here."""
        return any(_has(holding, place) for place in places if place.foreign for holding in self._told)

    @cached_property
    def _told(self) -> list[Holding]:
        """What our own receipts told others that we hold."""
        return list(receipts.promises(self._archive).values())

    def _places(self, going: Reach) -> list[_Place]:
        rows = [
            self._archive.connection.execute(
                "SELECT log.log, entry.seq, body.kind, coalesce(touch.part, ''),"
                " entry.arrival IS NOT NULL AND log.secrets IS NULL FROM entry JOIN log ON log.id = entry.log"
                " JOIN body ON body.entry = entry.id LEFT JOIN touch ON touch.entry = entry.id WHERE entry.id = ?",
                (rowid,),
            )[0]
            for rowid in going.entries
        ]
        return [
            _Place(rowid, LogId(log), seq, kind, part, bool(foreign))
            for rowid, (log, seq, kind, part, foreign) in zip(going.entries, rows, strict=True)
        ]

    def _is_typed(self, going: Reach) -> bool:
        """Whether something typed stays a draft: it would be lost."""
        drafts_of = "SELECT 1 FROM draft WHERE record = ?"
        return any(self._archive.connection.value(drafts_of, (record,)) for record in going.everything)


def _has(holding: Holding, place: _Place) -> bool:
    return holding.has_body(place.log, place.seq, place.rowid)
