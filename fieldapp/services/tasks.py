"""Work flows down: a coordinator asks one volunteer about one person, for a time; the answers come back on the record.

A slip is a record of type `task` about a person, which goes to one device together with that person and how they are
reached safely. It is answered by editing it, and by testimonies linked to the person. When its time is over, what came
with it leaves the device by itself; what was written there stays until it has surely arrived elsewhere.

Rule 1: only a slip for this device, made by a coordinator who is trusted here, takes anything off it: nobody else can
        make records of this vault leave by sending a task about them.
Rule 2: a person stays who is known here otherwise: another task is about them, or another's record is linked to them.
Rule 3: what leaves can come back with a bundle, and stands in the list of what was removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fieldapp.errors import BadValueError
from fieldapp.records import standing, store
from fieldapp.records.ids import is_made_by
from fieldapp.records.merge import shown_values
from fieldapp.records.model import date_of, parse_value
from fieldapp.services import cards, erasure, handover, records, removal
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.coverage import Held
from fieldapp.services.erasure import Reach
from fieldapp.services.handover import Basis, Selection
from fieldapp.services.trust import Peer
from fieldapp.values import RecordId
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

    Call it after unlocking, and daily.

    Raises:
        DiskFullError, PlaceUnwritableError: nothing was changed.
    """
    moment = now or archive.clock()
    over = list(_over(archive, today_of(moment)))
    left = list(_left_behind(archive))
    if not over and not left:
        return Changed()
    changed = Changed()
    with archive.vault.saving() as connection:
        for record in over:
            removal.note_removed(connection, record, 0, removal.EXPIRED, moment.time_ms)
            going = _from_others(connection, erasure.reach(archive, [record]))
            changed |= erasure.take_off(archive, going, for_good=False)
        held = Held(archive)
        for record in left:
            going = erasure.reach(archive, [record])
            if held.hindrance(going) is None:
                changed |= erasure.take_off(archive, held.without_uncovered_custody(going), for_good=False)
    erasure.clean_up(archive)
    erasure.scrub(archive)
    return changed


def today_of(moment: Moment) -> int:
    """The ordinal of the day that a clock shows where it stands."""
    shown = moment.time_ms // 1000 + moment.zone_minutes * 60
    return datetime.fromtimestamp(shown, UTC).toordinal()


def date_of_words(words: str) -> int | None:
    """The last day of a date in words or EDTF, as ordinal."""
    value = parse_value(TASK, "expires", words)
    return _last_day(value)


def _task(archive: Archive, record: RecordId, ours: set[str], today: int) -> Task:
    values = shown_values(store.fields_of(archive.connection, record))
    about = values.get("about")
    person = RecordId(about) if isinstance(about, bytes) else None
    row = store.row_if_there(archive.connection, person) if person else None
    due, state = _last_day(values.get("due")), _text(values.get("state")) or OPEN
    assigned_to = _text(values.get("assigned_to"))
    return Task(
        record=record,
        title=_text(values.get("title")),
        about=person,
        about_title=row.title if row else "",
        questions=_text(values.get("questions")),
        answer=_text(values.get("reply")),
        due=due,
        expires=_last_day(values.get("expires")),
        state=state,
        assigned_to=assigned_to,
        mine=assigned_to in ours,
        overdue=state == OPEN and due is not None and due < today,
    )


def _over(archive: Archive, today: int) -> Iterator[RecordId]:
    """The slips for this device whose time is over, and the people who are here only because of them."""
    coordinators = standing.coordinators(archive.connection)
    mine = tasks(archive, mine=True)
    over = [
        each
        for each in mine
        if each.expires is not None
        and each.expires < today
        and any(is_made_by(each.record, log) for log in coordinators)
        and _has_bodies_of_others(archive.connection, each.record)
    ]
    staying = {each.about for each in tasks(archive) if each not in over}
    yield from (each.record for each in over)
    for person in sorted({each.about for each in over if each.about is not None} - staying):
        here = store.row_if_there(archive.connection, person) is not None
        if here and _has_bodies_of_others(archive.connection, person) and not _is_known_otherwise(archive, person):
            yield person


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


def _from_others(connection: Connection, going: Reach) -> Reach:
    """Of what would go, what others wrote; a document goes only where all of it is theirs."""
    theirs = {entry for entry in going.entries if _is_theirs(connection, entry)}
    own_documents = {
        each for each in going.documents if any(e not in theirs for e in erasure.bodies_of(connection, [each]))
    }
    own_bodies = set(erasure.bodies_of(connection, own_documents))
    staying = set(erasure.contents_of(connection, own_documents))
    return replace(
        going,
        documents=going.documents - own_documents,
        entries=tuple(sorted(theirs - own_bodies)),
        objects=tuple(each for each in going.objects if each not in staying),
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


def _last_day(value: Plain) -> int | None:
    span = date_of("testimony", {"date": value})
    return span[1] if span else None


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else ""
