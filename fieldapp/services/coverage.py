"""Whether enough coordinators surely hold what would leave this device: every body and every object, by their receipts.

Rule 1: only coordinators count whose word counts (`holders`), by their newest verified receipt for the card that we
        have now; for what somebody has with a task slip, for a time only, all but that one.
Rule 2: what others wrote stays where this device keeps it for others, or kept it then (`keeping`), or promised it: else
        two coordinators could each rely on the other. What came with a task slip leaves when its time is over
        (`tasks.expire`), by rules of its own.
Rule 3: custody events hold nothing up: each bundle writes new ones, which only the next one carries.
Rule 4: what anybody takes back, or says to have destroyed, stays: whoever holds it by their receipt may have destroyed
        it since. It makes no difference whether they may, nor what was decided here.
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
from fieldapp.services.holders import holders
from fieldapp.services.holdings import Holding
from fieldapp.services.keeping import bound_upto
from fieldapp.values import LogId

COPIES_NEEDED = 2
"""How many coordinators must hold a record before it may leave this device, where nothing else was chosen."""
MOST_COPIES = 9

_COPIES = "copies needed"
_CUSTODY = "custody"
_TAKEN_BACK = (
    "SELECT 1 FROM withdrawal WHERE record = ?1 UNION ALL SELECT 1 FROM touch JOIN body ON body.entry = touch.entry"
    " WHERE touch.record = ?1 AND body.kind IN ('withdraw', 'shred')"
)


class Reason(StrEnum):
    """Why a record is kept."""

    COORDINATORS = "coordinators"
    TYPING = "typing"
    CODES = "codes"
    FILES = "files"
    UNCONFIRMED = "unconfirmed"
    WITHDRAWN = "withdrawn"
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
    """Where an entry stands whose body would go. `arrival`: the bundle that brought it; None if it was written here."""

    rowid: int
    log: LogId
    seq: int
    kind: str
    part: str
    arrival: int | None


class Held:
    """Who holds what, of the coordinators who count now."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.needed = copies_needed(archive)
        found = holders(archive)
        self._everybody, self.uncounted = found.counted, found.uncounted
        self._lent = slips.lent(archive)

    def hindrance(self, going: Reach) -> tuple[Reason, tuple[str, ...]] | None:
        """Why these may not go, and who lacks something; None if they may."""
        holdings = self._holdings(going)
        if len(holdings) < self.needed:
            return Reason.COORDINATORS, ()
        if self._is_typed(going):
            return Reason.TYPING, ()
        if self._is_withdrawn(going):
            return Reason.WITHDRAWN, ()
        places = [place for place in self._places(going) if place.kind != _CUSTODY]
        uncovered = self._uncovered(going, places, holdings)
        if uncovered is None and self._is_relied_on(places):
            return Reason.RELIED, ()
        return uncovered

    def _uncovered(
        self, going: Reach, places: Sequence[_Place], holdings: Sequence[tuple[str, Holding]]
    ) -> tuple[Reason, tuple[str, ...]] | None:
        """What too few hold; None where enough hold all of it, each of them every body and every file."""
        lacking = [name for name, holding in holdings if not all(_has(holding, place) for place in places)]
        if len(holdings) - len(lacking) < self.needed:
            only_codes = all(place.part == CODES for place in places if not self._is_covered(place, holdings))
            return (Reason.CODES, ()) if only_codes else (Reason.UNCONFIRMED, tuple(lacking))
        without = [name for name, holding in holdings if not all(map(holding.has_object, going.objects))]
        either = tuple(sorted({*lacking, *without}))
        return (Reason.FILES, either) if len(holdings) - len(either) < self.needed else None

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
            (each.peer.name, each.holding)
            for each in self._everybody
            if going.everything.isdisjoint(self._lent.get(each.peer.fingerprint.hex(), ()))
        ]

    def _is_covered(self, place: _Place, holdings: Sequence[tuple[str, Holding]]) -> bool:
        return sum(_has(holding, place) for _name, holding in holdings) >= self.needed

    def _is_relied_on(self, places: Sequence[_Place]) -> bool:
        """Whether somebody may have been told that what others wrote is safe here."""
        foreign = [place for place in places if place.arrival is not None]
        if any(place.arrival is not None and place.arrival <= self._bound_upto for place in foreign):
            return True
        return any(_has(holding, place) for place in foreign for holding in self._told)

    @cached_property
    def _told(self) -> list[Holding]:
        """What our own receipts promised others that we hold."""
        return list(receipts.promises(self._archive).values())

    @cached_property
    def _bound_upto(self) -> int:
        return bound_upto(self._archive)

    def _places(self, going: Reach) -> list[_Place]:
        rows = [
            self._archive.connection.execute(
                "SELECT log.log, entry.seq, body.kind, coalesce(touch.part, ''), entry.arrival FROM entry"
                " JOIN log ON log.id = entry.log JOIN body ON body.entry = entry.id"
                " LEFT JOIN touch ON touch.entry = entry.id WHERE entry.id = ?",
                (rowid,),
            )[0]
            for rowid in going.entries
        ]
        return [
            _Place(rowid, LogId(log), seq, kind, part, arrival)
            for rowid, (log, seq, kind, part, arrival) in zip(going.entries, rows, strict=True)
        ]

    def _is_withdrawn(self, going: Reach) -> bool:
        """Whether somebody takes any of it back, or said that they destroyed it."""
        return any(self._archive.connection.value(_TAKEN_BACK, (record,)) for record in going.everything)

    def _is_typed(self, going: Reach) -> bool:
        """Whether something typed stays a draft: it would be lost."""
        drafts_of = "SELECT 1 FROM draft WHERE record = ?"
        return any(self._archive.connection.value(drafts_of, (record,)) for record in going.everything)


def _has(holding: Holding, place: _Place) -> bool:
    return holding.has_body(place.log, place.seq, place.rowid)
