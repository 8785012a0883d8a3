"""Which slots of the header open the vault, and whose they are: the table `slot`, since no slot shows it.

Rule 1: a row and its slot are changed in an order that a crash can part anywhere. Before the header is touched,
        `unfinished` is noted; while it is, a place without a row is to be filled with random bytes. So a slot is added
        header first and row last, and dropped row first; what was not finished is taken back, or finished, at the next
        opening. A secret that takes the place of another is noted too: only while something is may the two copies of
        the header have different slots.
Rule 2: a secret that opens a place without a row is refused: what opens the vault is known from inside it.
Rule 3: nobody's passphrase opens two slots, and one passphrase is always left.
Rule 4: the phrase and shares belong to the vault and to no writer, also where a row of an older version names one: who
        knows them opens it for everybody who writes there, and removing somebody ends none.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field

from fieldapp.crypto.keyslots import SLOT_COUNT, OpenedSlot, Secret, SlotKind
from fieldapp.errors import BugError, SlotsFullError, WayLostError
from fieldapp.vault import kept_ways
from fieldapp.vault.connection import Connection

_UNFINISHED = "slots unfinished"
_OF_ALL = frozenset({"recovery", "shares"})


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot that is used. No writer: who opens it counts as the first who was not removed, or says who they are."""

    place: int
    kind: SlotKind
    writer: int | None


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A secret that is to open the vault, and for whom. Who gives it wipes the secret."""

    kind: SlotKind
    writer: int | None
    secret: Secret = field(repr=False)


def used(connection: Connection) -> list[Slot]:
    """The slots that open the vault, by their places."""
    rows = connection.execute("SELECT place, kind, writer FROM slot ORDER BY place")
    return [Slot(place, SlotKind[kind.upper()], None if kind in _OF_ALL else writer) for place, kind, writer in rows]


def free_place(connection: Connection) -> int:
    """A place for one more, at random. Raises SlotsFullError."""
    free = set(range(SLOT_COUNT)) - {slot.place for slot in used(connection)}
    if not free:
        raise SlotsFullError(SLOT_COUNT)
    return secrets.choice(sorted(free))


def note(connection: Connection, slot: Slot) -> None:
    """Remember a slot, in the caller's transaction."""
    kind = slot.kind.name.lower()
    writer = None if kind in _OF_ALL else slot.writer
    connection.execute("INSERT INTO slot VALUES (?, ?, ?)", (slot.place, kind, writer))
    kept_ways.keep(connection)


def take_up(connection: Connection, opened: OpenedSlot) -> None:
    """Have a row for a slot that opened, and of which a repair could not tell whose it is; the vault's own tell it.

    Raises:
        WayLostError: it is the passphrase of somebody. Their slot stays as it is.
    """
    if opened.kind is SlotKind.PASSPHRASE:
        raise WayLostError
    with connection.transaction():
        note(connection, Slot(opened.index, opened.kind, None))


def forget(connection: Connection, places: Collection[int]) -> None:
    """Forget slots, in the caller's transaction. One passphrase has to stay."""
    if not any(slot.kind is SlotKind.PASSPHRASE and slot.place not in places for slot in used(connection)):
        raise BugError("no passphrase would be left")
    connection.execute_many("DELETE FROM slot WHERE place = ?", [(place,) for place in places])
    kept_ways.forget_lost(connection)  # after this every place without a row is filled
    kept_ways.keep(connection)


def passphrase_of(connection: Connection, writer: int) -> Slot | None:
    """The slot that a writer's passphrase opens."""
    slots = (slot for slot in used(connection) if slot.kind is SlotKind.PASSPHRASE and slot.writer == writer)
    return next(slots, None)


def unused(connection: Connection) -> set[int]:
    """The places that nothing opens."""
    return set(range(SLOT_COUNT)) - {slot.place for slot in used(connection)}


def begin(connection: Connection) -> None:
    """Note that the header is about to be changed, in the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, x'01')", (_UNFINISHED,))


def finish(connection: Connection) -> None:
    """Note that both copies of the header are as the rows say, in the caller's transaction."""
    connection.execute("DELETE FROM setting WHERE name = ?", (_UNFINISHED,))


def are_unfinished(connection: Connection) -> bool:
    """Whether a change of the header was begun, and not finished."""
    return connection.value("SELECT 1 FROM setting WHERE name = ?", (_UNFINISHED,)) is not None
