"""What would go with a choice, and what would stay: reckoned in the vault lane, shown before anything is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldapp.records.store import RecordRow
from fieldapp.services import handover, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.handover import Basis, Selection
from fieldapp.services.trust import Peer
from fieldapp.values import RecordId

_NAMED = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants to hand over, and to whom.

    `records`: None for all that `basis` measures. `codes`, `contact`: code words go along, phone numbers go to field
    workers too, this once. `withhold`: these records stay here.
    """

    to: tuple[Peer, ...]
    records: tuple[RecordId, ...] | None = None
    basis: Basis = Basis.ACKNOWLEDGED
    codes: bool = False
    contact: bool = False
    withhold: frozenset[RecordId] = frozenset()


@dataclass(frozen=True, slots=True)
class Going:
    """What goes with a choice. `linked`: records that the ticked ones speak of, and that stay because of no tick."""

    choice: Choice
    selection: Selection
    linked: tuple[RecordRow, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What somebody would get now: how many records, and how many of them were sent before and not confirmed."""

    peer: Peer
    records: int
    unconfirmed: int
    files: int


def going(archive: Archive, choice: Choice) -> tuple[Going, Changed]:
    """Reckon; what was being typed is finished first, and is the second value. Raises what `handover.select` raises."""
    selection = handover.select(
        archive,
        choice.records,
        to=choice.to,
        basis=choice.basis,
        codes=choice.codes,
        contact=choice.contact,
        again=choice.basis is Basis.EVERYTHING,
        withhold=choice.withhold,
    )
    linked = _linked(archive, choice.records, selection) if choice.records else ()
    return Going(choice, selection, linked), selection.finished


def news(archive: Archive, peer: Peer) -> tuple[News, Changed]:
    """What is new for somebody; what was being typed is finished first, and is the second value."""
    lacking = handover.select(archive, to=(peer,))
    unsent = handover.select(archive, to=(peer,), basis=Basis.SENT)
    records = counted_records(lacking)
    unconfirmed = max(records - counted_records(unsent), 0)
    return News(peer, records, unconfirmed, len(lacking.objects)), lacking.finished


def counted_records(selection: Selection) -> int:
    """How many records somebody would see; links are not counted."""
    return sum(count for kind, count in selection.records.items() if kind != "link")


def _linked(archive: Archive, ticked: Sequence[RecordId], selection: Selection) -> tuple[RecordRow, ...]:
    goes = {*ticked, *selection.documents}
    stays: dict[RecordId, RecordRow] = {}
    for each in ticked:
        for link in views.view(archive, each).links:
            if link.other is not None and link.other_id not in goes and not link.other.hidden:
                stays[link.other_id] = link.other
        if len(stays) > _NAMED:
            break
    return tuple(stays.values())
