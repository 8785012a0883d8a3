"""Whoever writes a task, and whatever it says: only what a coordinator sent with it leaves, and nobody is shut out."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from fieldapp.records import store
from fieldapp.records.ids import new_record_id, record_id
from fieldapp.records.model import parse_value
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.services import drafts, handover, receipts, records, removal, slips, tasks, trust, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.handover import Basis
from fieldapp.services.trust import Role
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain
from tests.unit.services.people import Someone, dump

LONG_AGO, LATER = "2020-01-01", "2090-01-01"


@pytest.fixture
def dilnoza(person: Callable[[str], Someone]) -> Someone:
    return person("Dilnoza")


@pytest.fixture
def team(ainura: Someone, bek: Someone, chinara: Someone) -> tuple[Someone, Someone, Someone]:
    """For Ainura, Bek coordinates and Chinara does not."""
    ainura.trusts(bek, role=Role.COORDINATOR)
    ainura.trusts(chinara)
    bek.trusts(ainura, chinara)
    chinara.trusts(ainura, bek, role=Role.COORDINATOR)
    return ainura, bek, chinara


@pytest.fixture
def two_coordinators(ainura: Someone, bek: Someone, chinara: Someone, dilnoza: Someone) -> tuple[Someone, ...]:
    """Ainura and Bek coordinate, and one copy is enough for everybody."""
    for one, other in ((ainura, bek), (bek, ainura)):
        one.trusts(other, role=Role.COORDINATOR)
        one.trusts(chinara, dilnoza)
    for one in (chinara, dilnoza):
        one.trusts(ainura, bek, role=Role.COORDINATOR)
    for one in (ainura, bek, chinara):
        removal.set_copies_needed(one.archive, 1)
    return ainura, bek, chinara, dilnoza


def forged(writer: Someone, victim: Someone, about: RecordId | None) -> RecordId:
    """A task for `victim` that is over, under an id as if a coordinator had made it; about itself, if about nothing."""
    (coordinator,) = (peer.card.log for peer in trust.coordinators(victim.archive))
    task = record_id(coordinator, secrets.token_bytes(8))
    values = {
        "about": about or task,
        "questions": "?",
        "expires": parse_value("task", "expires", LONG_AGO),
        "state": "open",
        "assigned_to": trust.own_card(victim.archive).fingerprint.hex(),
    }
    claims = Claims(task, "task", "ordinary", tuple(NewClaim(key, value) for key, value in values.items()))
    writer.write(claims_body(claims, kind="edit", save=bytes(16)))
    return task


def confirmed(maker: Someone, to: Someone) -> None:
    file = maker.folder / f"{maker.name}-{next(maker.made)}.receipt"
    receipts.write_file(maker.archive, maker.peer(to), file)
    receipts.import_file(to.archive, file)


def slip_of(maker: Someone, to: Someone, person: RecordId, *, expires: str = LONG_AGO) -> RecordId:
    made = tasks.slip(maker.archive, maker.peer(to), person, "?", expires=expires)
    path = maker.folder / f"slip-{next(maker.made)}.bundle"
    handover.export(maker.archive, [maker.peer(to)], tasks.select(maker.archive, made.task, maker.peer(to)), path)
    to.takes(path)
    return made.task


def listed(one: Someone) -> set[RecordId]:
    return {row.id for row in views.rows(one.archive)}


def test_a_forged_slip_takes_nothing_off_this_device(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = team
    words = bek.new("testimony", narrative="what only these two hold")
    ainura.takes(bek.bundle(ainura))
    task = forged(chinara, ainura, words)
    ainura.takes(chinara.bundle(ainura))
    ainura.reopen()

    assert listed(ainura) >= {words, task}
    assert slips.slips(ainura.archive) == []


def test_a_slip_about_itself_does_not_shut_anybody_out(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, _bek, chinara = team
    forged(chinara, ainura, None)
    ainura.takes(chinara.bundle(ainura))
    ainura.reopen()

    assert len(tasks.tasks(ainura.archive, mine=True)) == 1


def test_a_slip_of_a_coordinator_about_something_else_than_a_person_takes_only_itself_off(
    team: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, _chinara = team
    words = bek.new("testimony", narrative="no person")
    peer = bek.peer(ainura)
    task = bek.new("task", about=words, questions="?", expires=LONG_AGO, assigned_to=peer.fingerprint.hex())
    bek.edit(task, about=task)
    other = bek.new("task", about=words, questions="?", expires=LONG_AGO, assigned_to=peer.fingerprint.hex())
    ainura.takes(bek.bundle(ainura, basis=Basis.EVERYTHING))
    ainura.reopen()

    assert listed(ainura) == {words}
    assert {row.record for row in removal.removed(ainura.archive)} == {task, other}


def test_a_slip_that_somebody_else_edited_takes_nothing_else_off(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = team
    known = bek.new("person", name="known otherwise, and never part of a slip")
    ainura.takes(bek.bundle(ainura))
    made = tasks.slip(bek.archive, bek.peer(ainura), bek.new("person", name="Nodira"), "?", expires=LATER)
    ainura.takes(bek.bundle(ainura, only=list(made.records), contact=True))
    over = parse_value("task", "expires", LONG_AGO)
    claims = Claims(made.task, "task", "ordinary", (NewClaim("about", known), NewClaim("expires", over)))
    chinara.write(claims_body(claims, kind="edit", save=bytes(16)))
    ainura.takes(chinara.bundle(ainura, basis=Basis.EVERYTHING))
    ainura.reopen()

    assert listed(ainura) == {known, *made.records}
    (said,) = slips.slips_for_us(ainura.archive)
    assert (said.task, said.person) == made.records


def test_what_was_here_before_the_slip_stays(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = team
    who = bek.new("person", name="Nodira")
    ainura.takes(bek.bundle(ainura))
    bek.edit(who, phone=["+998 90 000"])
    slip_of(bek, ainura, who)
    ainura.reopen()

    assert listed(ainura) == {who}
    assert ainura.value(who, "name") == "Nodira"
    assert ainura.value(who, "phone") is None  # the safe contact came with the slip only


def test_what_came_from_others_after_the_slip_stays(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = team
    who = bek.new("person", name="Nodira")
    chinara.takes(bek.bundle(chinara))
    slip_of(bek, ainura, who, expires=LONG_AGO)
    chinara.edit(who, notes="seen in Osh")
    ainura.takes(chinara.bundle(ainura))
    ainura.reopen()

    assert ainura.value(who, "notes") == "seen in Osh"
    assert ainura.value(who, "name") == "Nodira"


def test_what_came_with_a_slip_leaves_though_it_was_written_before(team: tuple[Someone, Someone, Someone]) -> None:
    """Headers go ahead of bodies: that the place of an entry was known does not mean that its words were here."""
    ainura, bek, _chinara = team
    who = bek.new("person", name="kanareika")
    ainura.takes(bek.bundle(ainura, only=[bek.new("person", name="somebody else")]))
    slip_of(bek, ainura, who)
    assert ainura.value(who, "name") == "kanareika"
    ainura.reopen()

    assert store.row_if_there(ainura.archive.connection, who) is None


def test_a_coordinator_who_promised_loses_nothing_to_a_slip(two_coordinators: tuple[Someone, ...]) -> None:
    """Ainura told Chinara that her words are safe here. A slip of Bek's to Ainura about the person is over."""
    ainura, bek, chinara, _dilnoza = two_coordinators
    words = chinara.new("person", name="Nodira")
    for holder in (ainura, bek):
        holder.takes(chinara.bundle(holder, basis=Basis.EVERYTHING))
    confirmed(ainura, chinara)
    assert removal.travel_light(chinara.archive).records == (words,)
    slip_of(bek, ainura, words)
    ainura.reopen()

    assert ainura.value(words, "name") == "Nodira"


def test_what_was_promised_after_the_slip_came_stays_too(two_coordinators: tuple[Someone, ...]) -> None:
    ainura, bek, chinara, _dilnoza = two_coordinators
    words = chinara.new("person", name="Nodira")
    bek.takes(chinara.bundle(bek, basis=Basis.EVERYTHING))
    chinara.bundle(ainura, only=[chinara.new("person", name="so that Chinara knows Ainura")])
    ainura.takes(chinara.bundle(ainura, only=[chinara.new("person", name="and Ainura her log")]))
    slip_of(bek, ainura, words)
    confirmed(ainura, chinara)
    assert words in removal.travel_light(chinara.archive).records
    ainura.reopen()

    assert ainura.value(words, "name") == "Nodira"


def test_a_task_of_anybody_does_not_make_two_coordinators_rely_on_each_other(
    two_coordinators: tuple[Someone, ...],
) -> None:
    ainura, bek, chinara, dilnoza = two_coordinators
    words = chinara.new("testimony", narrative="words")
    for holder in (ainura, bek):
        holder.takes(chinara.bundle(holder, basis=Basis.EVERYTHING))
        confirmed(holder, chinara)
    confirmed(ainura, bek)
    confirmed(bek, ainura)
    assert removal.travel_light(chinara.archive).records == (words,)
    for holder in (ainura, bek):
        dilnoza.new("task", about=words, questions="?", assigned_to=dilnoza.peer(holder).fingerprint.hex())
        holder.takes(dilnoza.bundle(holder))
        removal.travel_light(holder.archive)

    assert ainura.value(words, "narrative") == bek.value(words, "narrative") == "words"


def test_who_made_a_slip_does_not_rely_on_who_has_it_for_a_time_only(two_coordinators: tuple[Someone, ...]) -> None:
    ainura, bek, _chinara, _dilnoza = two_coordinators
    who = bek.new("person", name="Nodira")
    slip_of(bek, ainura, who, expires=LATER)
    confirmed(ainura, bek)

    assert who not in removal.travel_light(bek.archive).records


@pytest.mark.parametrize("key", ["assigned_to", "about", "expires"])
@pytest.mark.parametrize("value", [["x"], {"x": 1}, None, b"x", 7])
def test_a_task_of_any_form_keeps_nobody_from_anything(
    two_coordinators: tuple[Someone, ...], key: str, value: Plain
) -> None:
    ainura, bek, chinara, dilnoza = two_coordinators
    chinara.new("testimony", narrative="words")
    for holder in (ainura, bek):
        holder.takes(chinara.bundle(holder, basis=Basis.EVERYTHING))
        confirmed(holder, chinara)
    confirmed(bek, ainura)
    for one in (dilnoza, bek):
        claims = (NewClaim("assigned_to", one.peer(ainura).fingerprint.hex()), NewClaim(key, value))
        task = new_record_id(one.archive.own_log)
        body = claims_body(
            Claims(task, "task", "ordinary", claims[key == "assigned_to" :]), kind="edit", save=bytes(16)
        )
        one.write(body)
        ainura.takes(one.bundle(ainura))

    assert len(tasks.tasks(ainura.archive)) == 2
    removal.qualifying(ainura.archive)
    tasks.expire(ainura.archive)
    ainura.reopen()


def test_a_mistake_while_tidying_shuts_nobody_out(
    team: tuple[Someone, Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, _bek, _chinara = team
    words = ainura.new("testimony", narrative="words")

    def mistaken(_archive: Archive) -> None:
        raise TypeError

    monkeypatch.setattr(tasks, "expire", mistaken)
    ainura.reopen()

    assert ainura.value(words, "narrative") == "words"


def test_a_hidden_slip_is_over_as_any_other(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = team
    who = bek.new("person", name="kanareika")
    task = slip_of(bek, ainura, who, expires=LATER)
    bek.edit(task, expires=LONG_AGO)
    ainura.takes(bek.bundle(ainura))
    records.hide(ainura.archive, task)
    ainura.reopen()

    assert store.row_if_there(ainura.archive.connection, who) is None


def test_what_was_being_typed_in_a_slip_is_not_lost_when_its_time_is_over(
    team: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, _chinara = team
    who = bek.new("person", name="Nodira")
    task = slip_of(bek, ainura, who)
    drafts.keep(ainura.archive, task, "task", {"reply": "kanareika is at home"})  # then the battery was empty
    drafts.keep(ainura.archive, who, "person", {"notes": "typed, too"})
    ainura.reopen()

    assert ainura.value(task, "reply") == "kanareika is at home"
    assert ainura.value(who, "notes") == "typed, too"
    assert ainura.value(who, "name") is None
    assert tasks.task_of(ainura.archive, task).questions == ""


def test_what_cannot_be_finished_stays_typed(
    team: tuple[Someone, Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, bek, _chinara = team
    task = slip_of(bek, ainura, bek.new("person", name="Nodira"))
    drafts.keep(ainura.archive, task, "task", {"reply": "kanareika is at home"})
    monkeypatch.setattr(drafts, "finish_all", lambda _archive: Changed())
    ainura.reopen()

    assert "kanareika" in repr(dump(ainura.archive)["draft"])
