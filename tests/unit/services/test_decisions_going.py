"""Who hears that something was taken back: who had it, and coordinators; nobody else reads who told of that and why."""

from __future__ import annotations

from typing import Any

import pytest

from fieldapp.services import records, revoking, trust, vaults, withdrawals
from fieldapp.services.handover import Basis
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from fieldapp.values import RecordId
from tests.unit.services.people import Someone, payload_of

REASON = "kanareika's sister was asked at the door"


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    """Two field devices."""
    ainura.trusts(bek)
    bek.trusts(ainura)
    return ainura, bek


def withdraw(somebody: Someone, record: RecordId) -> None:
    withdrawals.withdraw(somebody.archive, record, by="her sister", how=How.RELATIVE, reason=REASON)


def hears(sender: Someone, recipient: Someone, **asked: Any) -> bool:
    """Whether a bundle says why something was taken back."""
    entries, _objects = payload_of(recipient, sender.bundle(recipient, **asked))
    return any(REASON.encode() in (entry.body_bytes or b"") for entry in entries)


@pytest.mark.parametrize("basis", list(Basis))
def test_who_never_had_a_record_is_not_told_who_took_it_back_and_why(
    pair: tuple[Someone, Someone], basis: Basis
) -> None:
    ainura, bek = pair
    other, record = ainura.new("person", name="other"), ainura.new("person", name="Nodira")
    withdraw(ainura, record)

    assert not hears(ainura, bek, only=[other], basis=basis)
    ainura.edit(other, notes="more")
    assert not hears(ainura, bek, basis=basis)


def test_that_it_was_hidden_is_nothing_of_a_record(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("person", name="other")
    record = ainura.new("person", name="Nodira")
    ainura.edit(record, notes="x")
    records.hide(ainura.archive, record)
    bek.takes(ainura.bundle(bek))
    withdraw(ainura, record)
    ainura.new("person", name="another")

    assert not hears(ainura, bek)


def test_a_coordinator_is_told_of_every_record(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    trust.set_role(ainura.archive, ainura.peer(bek), Role.COORDINATOR)
    record = ainura.new("person", name="Nodira")
    withdraw(ainura, record)

    assert hears(ainura, bek)


def test_who_got_a_record_is_told_although_the_bundle_may_be_lost_and_the_record_is_gone_here(
    pair: tuple[Someone, Someone],
) -> None:
    ainura, bek = pair
    record = ainura.new("person", name="Nodira")
    got = ainura.bundle(bek)
    withdraw(ainura, record)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    vaults.rebuild(ainura.archive)

    told = ainura.bundle(bek)

    bek.takes(got)
    assert len(bek.takes(told).withdrawals) == 1
    assert [each.record for each in withdrawals.pending(bek.archive)] == [record]


def test_who_brought_a_record_and_who_made_it_are_told(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    for one in (ainura, bek):
        one.trusts(chinara, role=Role.COORDINATOR)
        chinara.trusts(one)
    record = ainura.new("person", name="Nodira")
    bek.takes(ainura.bundle(bek))
    chinara.takes(bek.bundle(chinara, basis=Basis.EVERYTHING))
    withdraw(chinara, record)
    withdrawals.confirm(chinara.archive, withdrawals.pending(chinara.archive))

    assert hears(chinara, bek)
    assert hears(chinara, ainura)


def test_who_proved_to_hold_a_record_is_told_and_who_goes_on_with_another_log_is_the_same_person(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    for one in (ainura, bek):
        chinara.trusts(one)
        one.trusts(chinara, role=Role.COORDINATOR)
    record = ainura.new("person", name="Nodira")
    bek.takes(ainura.bundle(bek))
    chinara.takes(ainura.bundle(chinara))
    bek.new("person", name="B")
    chinara.takes(bek.bundle(chinara))  # with a receipt of what came from Ainura
    trust.distrust(chinara.archive, chinara.peer(ainura))
    vaults.begin_anew(ainura.archive, "new laptop")
    ainura.trusts(chinara, role=Role.COORDINATOR)
    chinara.trusts(ainura)
    ainura.new("person", name="A")
    chinara.takes(ainura.bundle(chinara))
    withdraw(chinara, record)

    assert hears(chinara, bek)
    assert hears(chinara, ainura)


def test_a_revocation_goes_to_everybody(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    ainura.trusts(chinara)
    revoking.revoke(ainura.archive, ainura.peer(chinara), reason=REASON)

    assert hears(ainura, bek)
