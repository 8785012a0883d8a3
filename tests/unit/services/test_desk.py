from __future__ import annotations

import pytest

from fieldapp.services import desk, tasks, withdrawals
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from tests.unit.services.people import Someone


def test_a_new_vault_is_quiet(ainura: Someone) -> None:
    shown = desk.desk(ainura.archive)

    assert shown.is_quiet
    assert shown.decisions == 0


def test_one_look_tells_everything_that_waits(ainura: Someone, bek: Someone, chinara: Someone) -> None:
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura, role=Role.COORDINATOR)
    chinara.trusts(ainura)
    person = bek.new("person", name="Nodira", status="missing")
    plain = bek.new("person", name="Karim")
    ainura.takes(bek.bundle(ainura))
    ainura.edit(plain, name="Karim Sattarov")
    bek.edit(plain, name="Karim Sattorov")
    withdrawals.withdraw(bek.archive, person, by="Bek", how=How.SPOKEN)
    urgent = bek.new("testimony", narrative="help", distress="yes")
    slip = tasks.slip(bek.archive, bek.peer(ainura), plain, "Where is he?", expires="2060-01-01", due="2020-01-01")
    ainura.takes(bek.bundle(ainura))
    chinara.new("person", name="Unheard")
    ainura.takes(chinara.bundle(ainura))

    shown = desk.desk(ainura.archive)
    assert {row.id for row in shown.urgent} == {urgent, slip.task}
    assert shown.urgent_count == 2
    assert [(group.sender, [each.record for each in group.withdrawals]) for group in shown.withdrawals] == [
        ("Bek", [person])
    ]
    assert [task.record for task in shown.tasks_due] == [slip.task]
    assert ([each.row.id for each in shown.contested], shown.contested_count) == ([plain], 1)
    assert [sender.person for sender in shown.quarantined] == ["Chinara"]
    assert shown.unacknowledged.waiting == 1
    assert not shown.is_quiet
    assert shown.decisions == 3


def test_what_is_new_and_what_changed_is_counted_until_somebody_has_looked(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    first = bek.new("person", name="One")
    ainura.takes(bek.bundle(ainura))
    bek.new("person", name="Two")
    bek.edit(first, name="One and only")
    ainura.takes(bek.bundle(ainura))

    latest, earlier = desk.desk(ainura.archive).arrivals
    assert [(each.sender, each.new, each.changed, each.counted, each.seen) for each in (earlier, latest)] == [
        ("Bek", 1, 0, True, False),
        ("Bek", 1, 1, True, False),
    ]
    assert (earlier.number, latest.number) == (1, 2)
    desk.mark_seen(ainura.archive)
    assert [each.seen for each in desk.desk(ainura.archive).arrivals] == [True, True]
    bek.new("person", name="Three")
    ainura.takes(bek.bundle(ainura))
    assert [(each.seen, each.new) for each in desk.desk(ainura.archive).arrivals] == [(False, 1), (True, 0), (True, 0)]


def test_of_very_much_only_a_part_is_counted_and_that_is_said(
    ainura: Someone, bek: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    for number in range(12):
        bek.new("person", name=f"Person {number}")
    ainura.takes(bek.bundle(ainura))
    monkeypatch.setattr(desk, "MOST_COUNTED", 5)
    (arrival,) = desk.desk(ainura.archive).arrivals

    assert not arrival.counted
    assert 1 <= arrival.new <= 5


def test_somebody_in_danger_asks_for_a_look_once_and_again_when_something_is_told(ainura: Someone) -> None:
    person = ainura.new("person", name="Nodira", status="at_front")
    before = desk.desk(ainura.archive)
    desk.mark_seen(ainura.archive)
    seen = desk.desk(ainura.archive)
    ainura.edit(person, status="missing")
    again = desk.desk(ainura.archive)

    assert [(each.urgent_count, each.urgent_new, each.decisions) for each in (before, seen, again)] == [
        (1, 1, 1),
        (1, 0, 0),
        (1, 1, 1),
    ]
    assert seen.is_quiet and not again.is_quiet


def test_what_a_bundle_brought_is_listed_the_urgent_first(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    first = bek.new("person", name="One")
    ainura.takes(bek.bundle(ainura))
    danger = bek.new("person", name="Two", status="missing")
    bek.edit(first, name="One and only")
    ainura.takes(bek.bundle(ainura))
    latest, earlier = desk.desk(ainura.archive).arrivals

    came = desk.came_with(ainura.archive, latest.arrival)

    assert [(each.row.id, each.new, each.urgent) for each in came] == [(danger, True, True), (first, False, False)]
    assert [(each.row.id, each.new) for each in desk.came_with(ainura.archive, earlier.arrival)] == [(first, True)]
    assert len(desk.came_with(ainura.archive, latest.arrival, limit=1)) == 1
