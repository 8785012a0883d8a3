"""Work flows down: a coordinator asks one volunteer about one person, for a time; the answers come back on the record.

A slip is a record of type `task` about a person, which goes to one device together with that person and how they are
reached safely. It is answered by editing it, and by testimonies linked to the person. When its time is over, what came
with it leaves the device by itself; what was written there stays until it has surely arrived elsewhere.

Rule 1: only a slip for this device takes anything off it, and of that only what coordinators who are trusted here
        wrote (`slips`): nobody else can make records of this vault leave by sending a task, or by changing one.
Rule 2: only what others wrote and what came with the slip leaves, and nothing that a receipt of ours promised to
        anybody but who made the slip.
Rule 3: a person stays who is known here otherwise: something about them came before, or from others, or was promised;
        another task is about them, or another's record is linked to them. Then only their safe contact leaves, where
        it came with the slip and nothing was promised.
Rule 4: what leaves can come back with a bundle, and stands in the list of what was removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from fieldapp.errors import BadValueError
from fieldapp.records import store
from fieldapp.records.merge import shown_values
from fieldapp.records.model import CONTACT, parse_value
from fieldapp.services import cards, drafts, erasure, handover, receipts, records, removal, scrubbing, slips
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.coverage import Held
from fieldapp.services.erasure import Reach
from fieldapp.services.handover import Basis, Selection
from fieldapp.services.holdings import Holding
from fieldapp.services.slips import Slip as SaidSlip
from fieldapp.services.trust import Peer
from fieldapp.values import LogId, RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import Moment

TASK = "task"
OPEN, ANSWERED, CLOSED = "open", "answered", "closed"


@dataclass(frozen=True, slots=True)
class Slip:
    """A task that was made, and the records that go with it: the task and the person."""

    task: RecordId
    person: RecordId
    records: tuple[RecordId, ...]
    changed: Changed


@dataclass(frozen=True, slots=True)
class Task:
    """A task. `due` and `expires` are the last days (ordinals), None where not told; `mine`: for this device."""

    record: RecordId
    title: str
    about: RecordId | None
    about_title: str
    questions: str
    answer: str
    due: int | None
    expires: int | None
    state: str
    assigned_to: str
    mine: bool
    overdue: bool

    @property
    def about_is_here(self) -> bool:
        """Whether the person is on this device."""
        return self.about is not None and bool(self.about_title)


def slip(
    archive: Archive,
    peer: Peer,
    person: RecordId,
    questions: str,
    *,
    expires: str,
    due: str = "",
    title: str = "",
) -> Slip:
    """Make a task for somebody about a person. Hand `records` over to them with their contacts, and to nobody else.

    Raises:
        RecordNotFoundError: there is no such person. BadValueError: there are no questions, or `expires` names no day.
    """
    store.row_of(archive.connection, person)
    if not questions.strip():
        raise BadValueError("questions", "type")
    if date_of_words(expires) is None:
        raise BadValueError("expires", "date")
    values = {
        "title": title,
        "about": person,
        "questions": questions,
        "expires": expires,
        "due": due,
        "state": OPEN,
        "assigned_to": peer.fingerprint.hex(),
    }
    changed = records.save(archive, TASK, {name: value for name, value in values.items() if value})
    if changed.created is None:
        raise BadValueError("questions", "type")
    return Slip(changed.created, person, (changed.created, person), changed)


def select(archive: Archive, task: RecordId, peer: Peer) -> Selection:
    """What goes to somebody with a task: the slip, the person, and how the person is reached safely; no files.

    Raises:
        RecordNotFoundError: there is no such task.
    """
    shown = task_of(archive, task)
    going = [task] if shown.about is None or not shown.about_is_here else [task, shown.about]
    return handover.select(
        archive, going, to=[peer], basis=Basis.EVERYTHING, contact=True, attachments=False, again=True
    )


def tasks(archive: Archive, *, mine: bool | None = None, state: str | None = None, limit: int = -1) -> list[Task]:
    """The tasks that are here, the latest changed first: those for this device or those for others, if asked."""
    ours = {each.hex() for each in cards.own_fingerprints(archive)}
    today = today_of(archive.clock())
    found = (_task(archive, row.id, ours, today) for row in store.rows(archive.connection, kind=TASK, limit=limit))
    return [each for each in found if mine in (None, each.mine) and state in (None, each.state)]


def task_of(archive: Archive, record: RecordId) -> Task:
    """One task. Raises RecordNotFoundError: there is no such task."""
    store.row_of(archive.connection, record)
    ours = {each.hex() for each in cards.own_fingerprints(archive)}
    return _task(archive, record, ours, today_of(archive.clock()))


def answer(archive: Archive, task: RecordId, words: str) -> Changed:
    """Answer a task. Raises RecordNotFoundError, BadValueError: nothing was saved."""
    store.row_of(archive.connection, task)
    if not words.strip():
        raise BadValueError("answer", "type")
    return records.save(archive, TASK, {"reply": words, "state": ANSWERED}, record=task)


def close(archive: Archive, task: RecordId) -> Changed:
    """The task is settled. Raises RecordNotFoundError."""
    store.row_of(archive.connection, task)
    return records.save(archive, TASK, {"state": CLOSED}, record=task)


def expire(archive: Archive, now: Moment | None = None) -> Changed:
    """Take off this device what came with slips whose time is over; and what was written about them, once it is safe.

    Call it after unlocking, and daily. What is being typed is finished first where something is over.

    Raises:
        DiskFullError, PlaceUnwritableError: nothing was changed.
    """
    moment = now or archive.clock()
    today = today_of(moment)
    if not _Over(archive, today).slips and not _left_behind(archive):
        return Changed()
    changed = drafts.finish_all(archive)
    over, left = _Over(archive, today), _left_behind(archive)
    with archive.vault.saving() as connection:
        for going in over.leaving():
            for record in going.records:
                removal.note_removed(connection, record, len(going.documents), removal.EXPIRED, moment.time_ms)
            changed |= erasure.take_off(archive, going, for_good=False)
        held = Held(archive)
        for record in left:
            going = erasure.reach(archive, [record])
            if held.hindrance(going) is None:
                changed |= erasure.take_off(archive, held.without_uncovered_custody(going), for_good=False)
    erasure.clean_up(archive)
    scrubbing.scrub_quietly(archive)
    return changed


def today_of(moment: Moment) -> int:
    """The ordinal of the day that a clock shows where it stands."""
    shown = moment.time_ms // 1000 + moment.zone_minutes * 60
    return datetime.fromtimestamp(shown, UTC).toordinal()


def date_of_words(words: str) -> int | None:
    """The last day of a date in words or EDTF, as ordinal."""
    value = parse_value(TASK, "expires", words)
    return slips.last_day(value)


def _task(archive: Archive, record: RecordId, ours: set[str], today: int) -> Task:
    values = shown_values(store.fields_of(archive.connection, record))
    about = values.get("about")
    person = RecordId(about) if isinstance(about, bytes) else None
    row = store.row_if_there(archive.connection, person) if person else None
    due, state = slips.last_day(values.get("due")), _text(values.get("state")) or OPEN
    assigned_to = _text(values.get("assigned_to"))
    return Task(
        record=record,
        title=_text(values.get("title")),
        about=person,
        about_title=row.title if row else "",
        questions=_text(values.get("questions")),
        answer=_text(values.get("reply")),
        due=due,
        expires=slips.last_day(values.get("expires")),
        state=state,
        assigned_to=assigned_to,
        mine=assigned_to in ours,
        overdue=state == OPEN and due is not None and due < today,
    )


@dataclass(frozen=True, slots=True)
class _Body:
    """An entry that others wrote, and the bundle that brought its body."""

    rowid: int
    log: LogId
    seq: int
    part: str
    arrival: int
    sender: bytes


class _Over:
    """The slips for this device whose time is over, and what leaves with them."""

    def __init__(self, archive: Archive, today: int) -> None:
        self._archive = archive
        known = slips.slips(archive)
        mine = {each.hex() for each in cards.own_fingerprints(archive)}
        self.slips = [
            each
            for each in known
            if each.arrivals
            and each.assigned_to in mine
            and each.expires is not None
            and each.expires < today
            and _has_bodies_of_others(archive.connection, each.task)
        ]
        tasks_over = {each.task for each in self.slips}
        self._going_on = {each.person for each in known if each.task not in tasks_over}

    def leaving(self) -> Iterator[Reach]:
        """What leaves, task by task and person by person; each as it is when the ones before have gone."""
        for each in self.slips:
            if (going := self._whole(each.task, [each])) is not None:
                yield going
        for person in sorted({each.person for each in self.slips if each.person is not None} - self._going_on):
            about = [each for each in self.slips if each.person == person]
            if store.row_if_there(self._archive.connection, person) is None:  # it went along already
                continue
            known = _is_known_otherwise(self._archive, person)
            going = None if known else self._whole(person, about)
            yield going or self._safe_contact(person, about)

    def _whole(self, record: RecordId, about: Sequence[SaidSlip]) -> Reach | None:
        """All that others wrote about a record; None where it is not all to leave, or not here."""
        if store.row_if_there(self._archive.connection, record) is None:
            return None
        theirs = self._bodies(erasure.bodies_of(self._archive.connection, [record]))
        if not theirs or not all(self._may_leave(each, about) for each in theirs):
            return None
        going = erasure.reach(self._archive, [record])
        bodies = self._bodies(going.entries)
        return _only(self._archive.connection, going, {x.rowid for x in bodies if self._may_leave(x, about)})

    def _safe_contact(self, person: RecordId, about: Sequence[SaidSlip]) -> Reach:
        """Of a person who stays, the safe contact that came with the slip, where nobody was promised anything of it."""
        theirs = self._bodies(erasure.bodies_of(self._archive.connection, [person]))
        rows = [x.rowid for x in theirs if x.part == CONTACT and _came_with(x, about) and not self._is_promised(x, ())]
        return Reach(frozenset(), frozenset(), frozenset(), tuple(rows), (), ())

    def _may_leave(self, body: _Body, about: Sequence[SaidSlip]) -> bool:
        makers = {fingerprint for each in about for fingerprint in each.makers}
        return _came_with(body, about) and not self._is_promised(body, makers)

    def _is_promised(self, body: _Body, makers: Collection[bytes]) -> bool:
        """Whether somebody else was told that it is held here."""
        return any(
            holding.has_body(body.log, body.seq, body.rowid)
            for fingerprint, holding in self._promises.items()
            if fingerprint not in makers
        )

    @cached_property
    def _promises(self) -> dict[bytes, Holding]:
        return receipts.promises(self._archive)

    def _bodies(self, entries: Iterable[int]) -> list[_Body]:
        """Those of these entries that came with a bundle, out of a log that is not ours."""
        rows = self._archive.connection.among(
            "SELECT entry.id, log.log, entry.seq, coalesce(touch.part, ''), arrival.id, arrival.sender FROM entry"
            " JOIN log ON log.id = entry.log JOIN arrival ON arrival.id = entry.arrival"
            " LEFT JOIN touch ON touch.entry = entry.id WHERE log.secrets IS NULL AND entry.id IN (?*)",
            entries,
        )
        return [_Body(rowid, LogId(log), seq, part, arrival, sender) for rowid, log, seq, part, arrival, sender in rows]


def _came_with(body: _Body, about: Sequence[SaidSlip]) -> bool:
    return any(each.brought(body.arrival, body.sender) for each in about)


def _is_known_otherwise(archive: Archive, person: RecordId) -> bool:
    """Whether another's record, no document and no task, is linked to the person."""
    for link in store.links_of(archive.connection, person):
        row = store.row_if_there(archive.connection, link.other)
        is_use = row is not None and row.type not in {"document", TASK}
        if is_use and _has_bodies_of_others(archive.connection, link.other):
            return True
    return False


def _left_behind(archive: Archive) -> list[RecordId]:
    """What was written here about people and tasks whose slip is over, where nothing of others is here any more."""
    rows = archive.connection.execute("SELECT record FROM removed WHERE why = ?", (removal.EXPIRED,))
    return [
        RecordId(record)
        for (record,) in rows
        if store.row_if_there(archive.connection, RecordId(record)) is not None
        and not _has_bodies_of_others(archive.connection, RecordId(record))
    ]


def _only(connection: Connection, going: Reach, leaving: set[int]) -> Reach:
    """Of what would go, these entries; a document goes only where all of it does."""
    staying = {each for each in going.documents if any(e not in leaving for e in erasure.bodies_of(connection, [each]))}
    bodies = set(erasure.bodies_of(connection, staying))
    contents = erasure.contents_of(connection, staying)
    return replace(
        going,
        documents=going.documents - staying,
        entries=tuple(each for each in going.entries if each in leaving - bodies),
        objects=tuple(each for each in going.objects if each not in contents),
    )


def _has_bodies_of_others(connection: Connection, record: RecordId) -> bool:
    return any(_is_theirs(connection, entry) for entry in erasure.bodies_of(connection, [record]))


def _is_theirs(connection: Connection, entry: int) -> bool:
    """Whether an entry came with a bundle, out of a log that is not ours."""
    return bool(
        connection.value(
            "SELECT 1 FROM entry JOIN log ON log.id = entry.log"
            " WHERE entry.id = ? AND entry.arrival IS NOT NULL AND log.secrets IS NULL",
            (entry,),
        )
    )


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else ""
