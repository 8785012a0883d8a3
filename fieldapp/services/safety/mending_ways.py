"""Who writes in a vault that was put together from what was left, and who comes in with what.

Rule 1: nobody is taken for another one. What the tables lost is taken from what was written down a second time
        (`vault.kept_ways`); where that is lost too, who repairs says who they are, and the passphrases of all others
        open nothing until they are let in anew.
Rule 2: nobody who was removed writes again by a repair. Where nothing tells any more who was, whoever has no way in and
        was not typing counts as removed.
Rule 3: who wrote here and has lost their keys begins anew. So does who has nothing left of their log: its keys stay,
        for what is sealed for its card.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fieldapp.bundles.card import MAX_TEXT
from fieldapp.crypto.identity import new_identity
from fieldapp.crypto.keyslots import OpenedSlot, SlotKind
from fieldapp.errors import WriterNotFoundError, WriterUnclearError
from fieldapp.services.likeness import look_alike
from fieldapp.vault import kept_ways, slots, writers
from fieldapp.vault.connection import Connection
from fieldapp.vault.journal import Moment


@dataclass(frozen=True, slots=True)
class ComesIn:
    """Who repairs: what they opened the old vault with, who they say they are, and what the device is called."""

    opened: OpenedSlot
    name: str | None
    device: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Ways:
    """`keys_lost`: the keys of a log that was written here are gone. `lost`: whose the slots are is not known any more
    but for the one that opened. `put_out`: how many count as removed since nothing tells whether they were.
    """

    keys_lost: bool
    lost: bool
    put_out: int


def bring_back(connection: Connection) -> bool:
    """The rows of writers, and of slots, that are lost. Gives whether it is known who was removed.

    In a database of any version, before anything else is mended: other rows speak of writers.
    """
    if connection.value("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'writer'") is None:
        return True
    with connection.transaction():
        connection.execute("PRAGMA defer_foreign_keys = ON")
        kept_ways.bring_back(connection)
        is_known = connection.value("SELECT 1 FROM writer") is not None
        for table in ("log", "slot", "draft"):
            connection.execute(
                f"INSERT OR IGNORE INTO writer (id) SELECT DISTINCT writer FROM {table} WHERE writer IS NOT NULL"  # noqa: S608
            )
        connection.execute("INSERT INTO writer (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM writer)")
        connection.execute(
            "UPDATE log SET writer = (SELECT min(id) FROM writer) WHERE secrets IS NOT NULL AND writer IS NULL"
        )
    return is_known


def mend_ways_in(connection: Connection, comes: ComesIn, *, is_known: bool) -> Ways:
    """Have whoever opened the vault be somebody who writes here, and everybody keep what is theirs.

    Raises:
        WriterUnclearError: nothing tells which of those who write here opened it. WriterNotFoundError: none of them is
        called as was said. Nothing was changed.
    """
    with connection.transaction():
        keys_lost = _begin_logs(connection, comes)
        me, lost = _who_opened(connection, comes)
        put_out = 0 if is_known else _put_out(connection, comes, me)
        kept_ways.keep(connection)
    return Ways(keys_lost, lost, put_out)


def _begin_logs(connection: Connection, comes: ComesIn) -> bool:
    """A log for who has none, or of whose newest not even the opening is left. Gives whether keys were lost."""
    known = {each.id: each.log for each in writers.writers(connection)}
    opened = {
        log for (log,) in connection.execute("SELECT log.log FROM entry JOIN log ON log.id = entry.log WHERE seq = 0")
    }
    active = _active(connection) or [writers.add(connection)]
    everybody = sorted({*active, *known})  # also who was removed: their newest log says who it was
    begin = [who for who in everybody if known.get(who) not in opened]
    for number, who in enumerate(begin):
        person = comes.device if number == 0 else f"{comes.device[: MAX_TEXT - 4]} {number + 1}"
        payload = {"person": person, "device": comes.device}
        writers.open_log(connection, who, new_identity(), {**payload}, comes.moment)
    return not known.keys() >= set(active)


def _who_opened(connection: Connection, comes: ComesIn) -> tuple[int | None, bool]:
    """Whose the slot is that opened (None: the vault's), and whether its row was lost."""
    place, kind = comes.opened.index, comes.opened.kind
    active = _active(connection)
    found = next((slot for slot in slots.used(connection) if slot.place == place and slot.kind is kind), None)
    of_all = kind is not SlotKind.PASSPHRASE
    if found is not None and (of_all or found.writer in active):
        return found.writer, False
    me = None if of_all else _said(connection, comes, active)
    connection.execute("DELETE FROM slot WHERE place = ?1 OR (kind = 'passphrase' AND writer = ?2)", (place, me))
    slots.note(connection, slots.Slot(place, kind, me))
    slots.finish(connection)  # else every place without a row would be filled, the phrase's too
    kept_ways.note_lost(connection)
    return me, True


def _put_out(connection: Connection, comes: ComesIn, me: int | None) -> int:
    """Rule 2. Gives how many were put out."""
    active = _active(connection)
    stay = {slot.writer for slot in slots.used(connection) if slot.kind is SlotKind.PASSPHRASE}
    stay.add(me if stay - {None} else _said(connection, comes, active))
    stay |= {who for (who,) in connection.execute("SELECT DISTINCT writer FROM draft")}
    out = [who for who in active if who not in stay]
    for who in out:
        writers.remove(connection, who, comes.moment)
    return len(out)


def _said(connection: Connection, comes: ComesIn, among: Collection[int]) -> int:
    """Which of these people repairs. Raises WriterUnclearError, WriterNotFoundError."""
    if len(among) == 1:
        return next(iter(among))
    names = {
        each.id: str(writers.opening_of(connection, each.log).get("person", comes.device))
        for each in writers.writers(connection)
        if each.id in among
    }
    if comes.name is None:
        raise WriterUnclearError(tuple(names.values()))
    found = [who for who, name in names.items() if look_alike(name, comes.name)]
    if not found:
        raise WriterNotFoundError(tuple(names.values()))
    return found[0]


def _active(connection: Connection) -> list[int]:
    return [who for (who,) in connection.execute("SELECT id FROM writer WHERE removed_ms IS NULL ORDER BY id")]
