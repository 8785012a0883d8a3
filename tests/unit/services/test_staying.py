"""What is withdrawn or withheld stays here with all that tells of it; a task goes only to whom it concerns."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.records.ids import new_record_id
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.services import erasure, records, tasks, trust, withdrawals
from fieldapp.services.handover import Basis
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from fieldapp.values import RecordId
from tests.unit.services.people import Someone, payload_of

LATER = "2090-01-01"


@pytest.fixture
def team(ainura: Someone, bek: Someone, chinara: Someone) -> tuple[Someone, Someone, Someone]:
    """Ainura coordinates; Bek and Chinara are volunteers."""
    ainura.trusts(bek, chinara)
    for each in (bek, chinara):
        each.trusts(ainura, role=Role.COORDINATOR)
    bek.trusts(chinara)
    chinara.trusts(bek)
    return ainura, bek, chinara


def reads(one: Someone, bundle: Path, word: str) -> bool:
    """Whether a word stands in what somebody can read of a bundle."""
    entries, objects = payload_of(one, bundle)
    return any(word.encode() in (each.body_bytes or b"") for each in entries) or word.encode() in b"".join(objects)


def withdraw(one: Someone, record: RecordId) -> None:
    withdrawals.withdraw(one.archive, record, by=one.name, how=How.SPOKEN)


def test_the_photo_of_a_withdrawn_person_goes_into_no_bundle(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = team
    who = ainura.new("person", name="Nodira")
    (photo,) = ainura.attach(who, b"kanareika")
    assert reads(bek, ainura.bundle(bek), "kanareika")
    withdraw(ainura, who)

    assert not reads(bek, ainura.bundle(bek, basis=Basis.EVERYTHING), "kanareika")
    assert not reads(bek, ainura.bundle(bek, only=[photo, ainura.new("person", name="x")]), "kanareika")


@pytest.mark.parametrize("link", ["to another record", "hidden"])
def test_no_link_of_another_sets_the_photo_of_a_withdrawn_person_free(
    team: tuple[Someone, Someone, Someone], link: str
) -> None:
    ainura, bek, chinara = team
    who = ainura.new("person", name="Nodira")
    (photo,) = ainura.attach(who, b"kanareika")
    chinara.takes(ainura.bundle(chinara))
    if link == "hidden":
        for row in chinara.snapshot()["link"]:
            records.hide(chinara.archive, RecordId(bytes(row[0])))  # type: ignore[call-overload]  # bytes, as told
    else:
        records.link(chinara.archive, chinara.new("testimony", narrative="hers"), photo, "attachment")
    ainura.takes(chinara.bundle(ainura))
    withdraw(ainura, who)

    assert not reads(bek, ainura.bundle(bek, basis=Basis.EVERYTHING), "kanareika")


def test_a_photo_that_another_record_of_ours_uses_goes(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = team
    who, other = ainura.new("person", name="Nodira"), ainura.new("person", name="her brother")
    (photo,) = ainura.attach(who, b"kanareika")
    records.link(ainura.archive, other, photo, "attachment")
    withdraw(ainura, who)

    assert reads(bek, ainura.bundle(bek), "kanareika")


@pytest.mark.parametrize("how", ["withdrawn", "withheld"])
def test_copies_of_a_photo_and_tasks_stay_with_the_person(team: tuple[Someone, Someone, Someone], how: str) -> None:
    ainura, bek, _chinara = team
    who = ainura.new("person", name="Nodira")
    (photo,) = ainura.attach(who, b"kanareika")
    (copy,) = ainura.attach(None, b"kanareika, cropped")
    records.link(ainura.archive, copy, photo, "derived_from")
    tasks.slip(ainura.archive, ainura.peer(bek), who, "Ask kanareika where her son is", expires=LATER)
    assert reads(bek, ainura.bundle(bek), "cropped")
    ainura.new("person", name="something that goes")
    withhold = [who]
    if how == "withdrawn":
        withdraw(ainura, who)
        withhold = []

    assert not reads(bek, ainura.bundle(bek, basis=Basis.EVERYTHING, withhold=withhold), "kanareika")
    assert erasure.withdrawn_documents(ainura.archive) == ({photo, copy} if how == "withdrawn" else set())


def test_a_task_goes_to_the_one_it_is_for_to_who_made_it_and_to_coordinators(
    team: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, chinara = team
    who = ainura.new("person", name="Nodira")
    made = tasks.slip(ainura.archive, ainura.peer(chinara), who, "kanareika?", expires=LATER)

    assert not reads(bek, ainura.bundle(bek), "kanareika")
    assert not reads(bek, ainura.bundle(bek, only=[made.task, who]), "kanareika")
    assert not reads(bek, ainura.bundle(bek, chinara), "kanareika")
    assert not reads(bek, ainura.bundle(bek), trust.own_card(chinara.archive).fingerprint.hex())
    slip = ainura.bundle(chinara)
    assert reads(chinara, slip, "kanareika")
    chinara.takes(slip)
    tasks.answer(chinara.archive, made.task, "canary")
    assert not reads(bek, chinara.bundle(bek), "canary")
    assert reads(ainura, chinara.bundle(ainura), "canary")


def test_nobody_gets_a_task_by_writing_that_it_is_theirs(team: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = team
    made = tasks.slip(ainura.archive, ainura.peer(chinara), ainura.new("person", name="N"), "kanareika?", expires=LATER)
    mine = trust.own_card(bek.archive).fingerprint.hex()
    claims = Claims(made.task, "task", "ordinary", (NewClaim("assigned_to", mine),))
    bek.write(claims_body(claims, kind="edit", save=bytes(16)))
    ainura.takes(bek.bundle(ainura))

    assert not reads(bek, ainura.bundle(bek, basis=Basis.EVERYTHING), "kanareika")
    assert chinara.archive.own_log != bek.archive.own_log


@pytest.mark.parametrize("value", [["x"], {"x": 1}, None, 7, "x"])
def test_a_task_about_something_of_any_form_stops_no_bundle(
    team: tuple[Someone, Someone, Someone], value: object
) -> None:
    ainura, bek, _chinara = team
    task = new_record_id(bek.archive.own_log)
    claims = Claims(task, "task", "ordinary", (NewClaim("about", value),))  # type: ignore[arg-type]  # any form
    bek.write(claims_body(claims, kind="edit", save=bytes(16)))
    ainura.takes(bek.bundle(ainura))
    who = ainura.new("person", name="Nodira")
    withdraw(ainura, who)
    ainura.bundle(bek, basis=Basis.EVERYTHING)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
