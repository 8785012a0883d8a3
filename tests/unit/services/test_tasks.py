from __future__ import annotations

from datetime import date

import pytest

from fieldapp.errors import BadValueError, RecordNotFoundError
from fieldapp.services import handover, receipts, records, removal, tasks, views
from fieldapp.services.tasks import Slip
from fieldapp.services.trust import Role
from fieldapp.values import RecordId
from fieldapp.vault.journal import Moment
from tests.unit.services.people import Someone, dump

QUESTIONS = "Is she home? Who has her passport?"
DAY_MS = 86_400_000


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    """A coordinator, and a volunteer who trusts her as one."""
    ainura.trusts(bek, role=Role.FIELD)
    bek.trusts(ainura, role=Role.COORDINATOR)
    return ainura, bek


def on(somebody: Someone, days: int) -> Moment:
    """The clock of somebody, so many days later."""
    return Moment(somebody.archive.clock().time_ms + days * DAY_MS, 300)


def day(somebody: Someone, days: int) -> str:
    return date.fromordinal(tasks.today_of(on(somebody, days))).isoformat()


def sent(ainura: Someone, bek: Someone, person: RecordId, *, expires: int = 7) -> Slip:
    made = tasks.slip(ainura.archive, ainura.peer(bek), person, QUESTIONS, expires=day(ainura, expires))
    path = ainura.folder / f"slip-{next(ainura.made)}.bundle"
    peer = ainura.peer(bek)
    handover.export(ainura.archive, [peer], tasks.select(ainura.archive, made.task, peer), path)
    bek.takes(path)
    return made


def test_a_slip_brings_a_person_questions_and_the_safe_contact_line_and_nothing_else(
    pair: tuple[Someone, Someone],
) -> None:
    ainura, bek = pair
    person = ainura.new("person", name="Nodira", phone=["+998 90 000"], safe_hours="evenings", challenge="apricot")
    other = ainura.new("person", name="Somebody else")
    records.link(ainura.archive, person, other, "relative")
    ainura.attach(person, b"a photo")
    made = sent(ainura, bek, person)

    assert {row.id for row in views.rows(bek.archive)} == {made.task, person} == set(made.records)
    (task,) = tasks.tasks(bek.archive, mine=True)
    assert (task.about, task.about_title, task.questions, task.state) == (person, "Nodira", QUESTIONS, tasks.OPEN)
    assert bek.value(person, "safe_hours") == "evenings"
    assert bek.value(person, "challenge") is None
    assert tasks.tasks(ainura.archive, mine=True) == []
    assert [each.mine for each in tasks.tasks(ainura.archive, mine=False)] == [False]


def test_the_answer_comes_back_on_the_task(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    made = sent(ainura, bek, ainura.new("person", name="Nodira"))
    tasks.answer(bek.archive, made.task, "At home.")
    ainura.takes(bek.bundle(ainura))

    (task,) = tasks.tasks(ainura.archive, state=tasks.ANSWERED)
    assert (task.record, task.answer) == (made.task, "At home.")
    tasks.close(ainura.archive, made.task)
    assert tasks.task_of(ainura.archive, made.task).state == tasks.CLOSED


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [({"questions": "  "}, "questions"), ({"expires": ""}, "expires"), ({"expires": "soon"}, "expires")],
)
def test_a_slip_needs_questions_and_a_last_day(
    pair: tuple[Someone, Someone], asked: dict[str, str], wrong: str
) -> None:
    ainura, bek = pair
    person = ainura.new("person", name="Nodira")
    given = {"questions": QUESTIONS, "expires": "2026-12-01", **asked}
    with pytest.raises(BadValueError) as refused:
        tasks.slip(ainura.archive, ainura.peer(bek), person, given["questions"], expires=given["expires"])

    assert refused.value.field == wrong
    assert tasks.tasks(ainura.archive) == []


def test_a_slip_about_nobody_here_cannot_be_made(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    with pytest.raises(RecordNotFoundError):
        tasks.slip(ainura.archive, ainura.peer(bek), RecordId(bytes(16)), QUESTIONS, expires="2026-12-01")


def test_when_its_time_is_over_what_came_with_it_leaves_the_device(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    person = ainura.new("person", name="kanareika", phone=["+998 90 000"])
    made = sent(ainura, bek, person)
    tasks.expire(bek.archive, on(bek, 7))
    assert tasks.tasks(bek.archive) != []  # its last day
    changed = tasks.expire(bek.archive, on(bek, 8))

    assert {made.task, person} <= changed.records
    assert views.rows(bek.archive, hidden=True) == []
    assert "kanareika" not in repr(dump(bek.archive))
    assert {(row.record, row.type, row.why) for row in removal.removed(bek.archive)} == {
        (made.task, "task", "expired"),
        (person, "person", "expired"),
    }
    assert tasks.expire(bek.archive, on(bek, 9)).records == frozenset()
    assert ainura.value(person, "name") == "kanareika"


def test_what_was_written_here_stays_until_it_has_arrived(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    removal.set_copies_needed(bek.archive, 1)
    person = ainura.new("person", name="kanareika")
    made = sent(ainura, bek, person)
    tasks.answer(bek.archive, made.task, "She is at home.")
    account = bek.new("testimony", narrative="I saw her")
    records.link(bek.archive, account, person, "narrator")
    tasks.expire(bek.archive, on(bek, 8))

    assert bek.value(made.task, "reply") == "She is at home."
    assert bek.value(account, "narrative") == "I saw her"
    assert "kanareika" not in repr(dump(bek.archive))

    ainura.takes(bek.bundle(ainura))
    file = ainura.folder / "r.receipt"
    receipts.write_file(ainura.archive, ainura.peer(bek), file)
    receipts.import_file(bek.archive, file)
    tasks.expire(bek.archive, on(bek, 9))
    assert {row.id for row in views.rows(bek.archive)} == {account}
    assert ainura.value(made.task, "reply") == "She is at home."


def test_a_person_who_is_known_otherwise_stays(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    person, account = ainura.new("person", name="Nodira"), ainura.new("testimony", narrative="hers")
    records.link(ainura.archive, account, person, "narrator")
    bek.takes(ainura.bundle(bek, only=[person, account]))
    sent(ainura, bek, person)
    tasks.expire(bek.archive, on(bek, 8))

    assert {row.id for row in views.rows(bek.archive)} == {person, account}
    assert bek.value(person, "name") == "Nodira"


def test_a_person_of_another_task_that_goes_on_stays(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    person = ainura.new("person", name="Nodira")
    sent(ainura, bek, person, expires=7)
    later = sent(ainura, bek, person, expires=70)
    tasks.expire(bek.archive, on(bek, 8))

    assert {row.id for row in views.rows(bek.archive)} == {person, later.task}


def test_nobody_but_a_coordinator_can_make_anything_leave_by_sending_a_task(
    ainura: Someone, bek: Someone, chinara: Someone
) -> None:
    bek.trusts(ainura, chinara, role=Role.FIELD)
    ainura.trusts(bek)
    chinara.trusts(bek)
    person = ainura.new("person", name="Nodira")
    bek.takes(ainura.bundle(bek))
    chinara.trusts(ainura)
    ainura.trusts(chinara)
    chinara.takes(ainura.bundle(chinara))
    made = tasks.slip(chinara.archive, chinara.peer(bek), person, QUESTIONS, expires="2020-01-01")
    bek.takes(chinara.bundle(bek, only=[made.task]))
    tasks.expire(bek.archive, on(bek, 8))

    assert bek.value(person, "name") == "Nodira"
    assert [each.record for each in tasks.tasks(bek.archive)] == [made.task]


def test_a_slip_for_another_device_takes_nothing_off_this_one(ainura: Someone, bek: Someone, chinara: Someone) -> None:
    bek.trusts(ainura, role=Role.COORDINATOR)
    ainura.trusts(bek, role=Role.COORDINATOR)
    ainura.trusts(chinara)
    person = ainura.new("person", name="Nodira")
    made = tasks.slip(ainura.archive, ainura.peer(chinara), person, QUESTIONS, expires="2020-01-01")
    bek.takes(ainura.bundle(bek, only=[made.task, person]))
    tasks.expire(bek.archive, on(bek, 8))

    assert {row.id for row in views.rows(bek.archive)} == {made.task, person}


def test_unlocking_lets_go_of_what_is_over(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    sent(ainura, bek, ainura.new("person", name="kanareika"), expires=-3)
    assert len(views.rows(bek.archive)) == 2
    bek.reopen()

    assert views.rows(bek.archive) == []


def test_what_is_overdue_is_told(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    person = ainura.new("person", name="Nodira")
    peer = ainura.peer(bek)
    late = tasks.slip(ainura.archive, peer, person, QUESTIONS, expires=day(ainura, 9), due=day(ainura, -1)).task
    tasks.slip(ainura.archive, peer, person, QUESTIONS, expires=day(ainura, 9), due=day(ainura, 0))

    assert [each.record for each in tasks.tasks(ainura.archive) if each.overdue] == [late]
    tasks.close(ainura.archive, late)
    assert not any(each.overdue for each in tasks.tasks(ainura.archive))
