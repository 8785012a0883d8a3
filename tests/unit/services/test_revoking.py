"""A device is lost: what came until then stands, what comes later waits, and only who may revoke does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.errors import BadValueError, OwnCardError
from fieldapp.records import store
from fieldapp.records.decisions import Revoke, Trust, decision_body
from fieldapp.services import quarantine, revoking, trust, vaults, views
from fieldapp.services.alarms import AlarmKind, alarms
from fieldapp.services.arrivals import Arrival
from fieldapp.services.revoking import NOTHING, Cut
from fieldapp.services.trust import Role
from fieldapp.values import EntryId
from fieldapp.vault.journal import heads
from tests.unit.services.people import Someone


@pytest.fixture
def three(ainura: Someone, bek: Someone, chinara: Someone) -> tuple[Someone, Someone, Someone]:
    """Ainura coordinates; Bek and Chinara work in the field, and Bek hands over to both."""
    for one in (bek, chinara):
        ainura.trusts(one)
        one.trusts(ainura, role=Role.COORDINATOR)
    bek.trusts(chinara)
    chinara.trusts(bek)
    return ainura, bek, chinara


def counting(someone: Someone) -> list[str]:
    return [each.name for each in revoking.revocations(someone.archive) if each.counts]


def titles(someone: Someone) -> set[str]:
    return {row.title for row in store.rows(someone.archive.connection, kind="person")}


def sent(someone: Someone, *others: Someone) -> Path:
    """A bundle in which there is also something to read."""
    someone.new("testimony", title="Call")
    return someone.bundle(*others)


def head_of(someone: Someone, here: Someone) -> Cut:
    head = heads(here.archive.connection)[someone.archive.own_log]
    return Cut(head.seq, head.id)


def test_a_revoked_device_is_out_and_what_came_from_it_stands(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = three
    bek.new("person", name="Before")
    ainura.takes(bek.bundle(ainura))

    revoking.revoke(ainura.archive, ainura.peer(bek), reason="laptop  lost")
    bek.new("person", name="After")
    outcome = ainura.takes(bek.bundle(ainura))

    assert outcome.state is Arrival.QUARANTINED
    assert titles(ainura) == {"Before"}
    assert [peer.name for peer in trust.peers(ainura.archive)] == ["Chinara"]
    assert (ainura.peer(bek).revoked, ainura.peer(bek).trusted) == (True, True)
    (revocation,) = revoking.revocations(ainura.archive)
    assert (revocation.issuer, revocation.name, revocation.reason) == ("Ainura", "Bek", "laptop lost")
    assert (revocation.own, revocation.counts, revocation.entries_beyond) == (True, True, 0)


def test_a_revocation_travels_and_takes_what_came_since_out_everywhere(
    three: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, chinara = three
    bek.new("person", name="Before")
    ainura.takes(bek.bundle(ainura))
    stolen = bek.new("person", name="By the thief")
    chinara.takes(bek.bundle(chinara))
    revoking.revoke(ainura.archive, ainura.peer(bek))

    outcome = chinara.takes(sent(ainura, chinara))

    assert titles(chinara) == {"Before"}
    assert [each.name for each in outcome.revocations] == ["Bek"]
    assert [each.kind for each in outcome.alarms] == [AlarmKind.REVOKED]
    assert chinara.peer(bek).revoked and trust.peers(chinara.archive) == [chinara.peer(ainura)]
    assert store.row_if_there(chinara.archive.connection, stolen) is None
    (sender,) = quarantine.senders(chinara.archive)
    assert sender.held is not None and sender.held.records == (stolen,)
    before = chinara.snapshot()
    vaults.rebuild(chinara.archive)
    assert chinara.snapshot() == before


def test_up_to_a_moment_means_what_had_come_here_whatever_the_clock_of_the_device_says(
    three: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, _chinara = three
    bek.new("person", name="Before")
    ainura.takes(bek.bundle(ainura))
    moment = ainura.archive.clock().time_ms
    bek.archive = replace(bek.archive, clock=lambda: replace(ainura.archive.clock(), time_ms=1_000_000_000_000))
    bek.new("person", name="Backdated")
    ainura.takes(bek.bundle(ainura))
    log = bek.archive.own_log

    revoking.revoke(ainura.archive, ainura.peer(bek), upto=revoking.known_until(ainura.archive, log, moment))

    assert titles(ainura) == {"Before"}
    assert revoking.known_until(ainura.archive, log, 0) == NOTHING
    assert revoking.revocations(ainura.archive)[0].entries_beyond >= 1


def test_nothing_of_a_device_stands_if_asked(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = three
    bek.new("person", name="B")
    ainura.takes(bek.bundle(ainura))

    revoking.revoke(ainura.archive, trust.own_card(bek.archive), upto=NOTHING)

    assert titles(ainura) == set()


def test_nobody_revokes_themselves_and_a_reason_is_text(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = three
    with pytest.raises(OwnCardError):
        revoking.revoke(ainura.archive, trust.own_card(ainura.archive))
    for reason in ("x" * 1001, "a\0b"):
        with pytest.raises(BadValueError):
            revoking.revoke(ainura.archive, ainura.peer(bek), reason=reason)
    assert revoking.revocations(ainura.archive) == []


def test_what_travels_says_what_the_card_says_and_never_our_name(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, _chinara = three
    trust.trust(ainura.archive, trust.own_card(bek.archive), name="canary-nickname")

    revoking.revoke(ainura.archive, ainura.peer(bek))

    rows = ainura.archive.connection.execute("SELECT body FROM body WHERE kind = 'revoke'")
    assert len(rows) == 1 and b"canary" not in rows[0][0] and b"Bek" in rows[0][0]


def test_who_is_trusted_again_is_in_again_with_all_they_wrote_and_the_next_revocation_counts_anew(
    three: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, chinara = three
    bek.new("person", name="A")
    chinara.takes(bek.bundle(chinara))
    revoking.revoke(ainura.archive, ainura.peer(bek), upto=NOTHING)
    chinara.takes(sent(ainura, chinara))
    assert titles(chinara) == set()

    again = trust.trust(chinara.archive, trust.own_card(bek.archive))

    assert not again.revoked and titles(chinara) == {"A"}
    assert [each.in_spite for each in revoking.revocations(chinara.archive)] == [True]
    assert alarms(chinara.archive) == []
    trust.set_role(chinara.archive, again, Role.COORDINATOR)
    assert not chinara.peer(bek).revoked
    revoking.revoke(ainura.archive, trust.own_card(bek.archive), upto=NOTHING)
    chinara.takes(sent(ainura, chinara))
    assert chinara.peer(bek).revoked


def test_a_field_device_revokes_nobody_however_it_calls_itself(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = three
    bek.new("person", name="B")
    ainura.takes(bek.bundle(ainura))
    card = trust.own_card(chinara.archive)
    claim = Trust(card.file, "Ainura", trusted=True, role="coordinator", log=card.log, fingerprint=card.fingerprint)
    chinara.write(decision_body(claim, save=bytes(16)))
    chinara.archive.connection.execute(  # a program that lets it travel
        "UPDATE body SET kind = 'note' WHERE entry = (SELECT max(entry) FROM body)"
    )
    revoking.revoke(chinara.archive, chinara.peer(bek), upto=NOTHING)

    outcome = ainura.takes(sent(chinara, ainura))

    assert titles(ainura) == {"B"} and not ainura.peer(bek).revoked and counting(ainura) == []
    assert [each.counts for each in outcome.revocations] == [False]
    assert [(each.kind, each.name) for each in outcome.alarms] == [(AlarmKind.WITHOUT_EFFECT, "Chinara")]


def test_who_becomes_a_coordinator_is_heard_from_then_on_and_no_longer_when_that_ends(
    three: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, chinara = three
    bek.new("person", name="B")
    ainura.takes(bek.bundle(ainura))
    revoking.revoke(chinara.archive, chinara.peer(bek), upto=NOTHING)
    ainura.takes(sent(chinara, ainura))
    assert titles(ainura) == {"B"}

    trust.set_role(ainura.archive, ainura.peer(chinara), Role.COORDINATOR)
    assert titles(ainura) == set() and ainura.peer(bek).revoked
    trust.set_role(ainura.archive, ainura.peer(chinara), Role.FIELD)

    assert titles(ainura) == {"B"} and not ainura.peer(bek).revoked


def test_five_hundred_revocations_of_a_field_device_are_one_alarm(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = three
    log = bek.archive.own_log
    bodies = [
        decision_body(Revoke(trust.own_card(bek.archive).fingerprint, log, -1, EntryId(b""), str(each)), save=bytes(16))
        for each in range(500)
    ]
    chinara.write(*bodies)

    outcome = ainura.takes(sent(chinara, ainura))

    assert len(outcome.revocations) == 500
    assert [(each.kind, each.count) for each in outcome.alarms] == [(AlarmKind.WITHOUT_EFFECT, 500)]
    assert not ainura.peer(bek).revoked


def test_who_is_revoked_cannot_revoke_back(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = three
    revoking.revoke(ainura.archive, ainura.peer(bek))
    chinara.takes(sent(ainura, chinara))
    revoking.revoke(bek.archive, bek.peer(ainura), upto=NOTHING)
    bek.trusts(ainura)  # else his own program seals nothing for her
    bek.new("person", name="B")

    assert ainura.takes(bek.bundle(ainura)).state is Arrival.QUARANTINED
    assert chinara.takes(bek.bundle(chinara)).state is Arrival.QUARANTINED
    assert counting(chinara) == ["Bek"] and not chinara.peer(ainura).revoked


def test_two_coordinators_who_revoke_each_other_are_both_out_until_a_person_decides_in_whatever_order_it_came(
    three: tuple[Someone, Someone, Someone], person: Callable[[str], Someone]
) -> None:
    ainura, bek, chinara = three
    dina = person("Dina")
    for one in (chinara, dina):
        one.trusts(ainura, bek, role=Role.COORDINATOR)
        ainura.trusts(one)
        bek.trusts(one)
    ainura.new("person", name="A")
    bek.new("person", name="B")
    first, second = sent(ainura, chinara, dina), sent(bek, chinara, dina)
    for one in (chinara, dina):
        one.takes(first)
        one.takes(second)
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura, role=Role.COORDINATOR)
    revoking.revoke(ainura.archive, ainura.peer(bek))
    revoking.revoke(bek.archive, bek.peer(ainura))
    by_ainura, by_bek = sent(ainura, chinara, dina), sent(bek, chinara, dina)

    chinara.takes(by_ainura)
    quarantined = chinara.takes(by_bek)
    dina.takes(by_bek)
    dina.takes(by_ainura)

    assert quarantined.state is Arrival.QUARANTINED
    assert [peer.name for peer in trust.peers(chinara.archive)] == ["Ainura"]
    (sender,) = quarantine.senders(chinara.archive)
    quarantine.accept(chinara.archive, sender)
    (sender,) = quarantine.senders(dina.archive)
    quarantine.accept(dina.archive, sender)
    assert {each.name for each in trust.known_cards(chinara.archive) if each.revoked} == {"Ainura", "Bek"}
    assert {each.name for each in trust.known_cards(dina.archive) if each.revoked} == {"Ainura", "Bek"}
    trust.trust(dina.archive, trust.own_card(ainura.archive))
    assert [peer.name for peer in trust.peers(dina.archive)] == ["Ainura"]


def test_being_revoked_is_an_alarm_and_the_own_words_stand(three: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = three
    bek.new("person", name="Mine")
    revoking.revoke(ainura.archive, ainura.peer(bek), upto=NOTHING, reason="left")

    chinara.takes(sent(ainura, chinara))  # nothing is sealed for who is revoked: it comes through another
    trust.trust(chinara.archive, trust.own_card(bek.archive))
    outcome = bek.takes(sent(chinara, bek))

    assert titles(bek) == {"Mine"}
    (alarm,) = [each for each in outcome.alarms if each.kind is AlarmKind.REVOKED_ME]
    assert (alarm.other, alarm.reason, alarm.log) == ("Ainura", "left", bek.archive.own_log)
    bek.new("person", name="Later")
    assert titles(bek) == {"Mine", "Later"}


def test_what_comes_through_another_of_a_revoked_device_waits_and_what_came_before_stands(
    three: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, chinara = three
    bek.new("person", name="Before")
    ainura.takes(bek.bundle(ainura))
    bek.new("person", name="After")
    chinara.takes(bek.bundle(chinara))
    chinara.new("person", name="Hers")
    revoking.revoke(ainura.archive, ainura.peer(bek))

    outcome = ainura.takes(sent(chinara, ainura))

    assert titles(ainura) == {"Before", "Hers"}
    assert outcome.state is Arrival.IMPORTED and outcome.held > 0
    (sender,) = quarantine.senders(ainura.archive)
    assert (sender.name, sender.revoked, sender.bundles) == ("Bek", True, ())


def test_strangers_whom_a_lost_device_vouched_for_fall_with_it_if_asked(
    three: tuple[Someone, Someone, Someone], person: Callable[[str], Someone]
) -> None:
    ainura, bek, _chinara = three
    dina = person("Dina")
    bek.trusts(dina)
    dina.trusts(bek)
    dina.new("person", name="Made up")
    bek.takes(dina.bundle(bek))
    ainura.takes(bek.bundle(ainura))
    assert views.rows(ainura.archive)

    revoking.revoke(ainura.archive, ainura.peer(bek), upto=NOTHING)
    assert titles(ainura) == {"Made up"}
    revoking.revoke(ainura.archive, ainura.peer(bek), upto=NOTHING, strangers=True)

    assert titles(ainura) == set()
    assert "Dina" in {sender.person for sender in quarantine.senders(ainura.archive)}


def test_a_branch_made_at_the_cut_does_not_stand(three: tuple[Someone, Someone, Someone]) -> None:
    """Who has the key goes back to the last entry that stands, and writes another one in its place."""
    ainura, bek, _chinara = three
    bek.new("person", name="Before")
    before = bek.bundle(ainura)
    copy = bek.archive.connection.execute("SELECT head_seq, head FROM log")[0]
    bek.new("person", name="Honest")
    ainura.takes(before)
    ainura.takes(bek.bundle(ainura))
    cut = head_of(bek, ainura)
    bek.archive.connection.execute("UPDATE log SET head_seq = ?, head = ?", copy)
    bek.new("person", name="In its place")
    forged = bek.bundle(ainura)
    ainura.takes(forged)
    assert AlarmKind.FORK in {each.kind for each in alarms(ainura.archive)}

    revoking.revoke(ainura.archive, ainura.peer(bek), upto=cut)

    assert titles(ainura) == {"Before", "Honest"}


def test_what_comes_in_is_never_an_own_decision(three: tuple[Someone, Someone, Someone]) -> None:
    """Also where it stands in a log of ours: somebody has a copy of its key."""
    ainura, bek, _chinara = three
    revoke = Revoke(trust.own_card(bek.archive).fingerprint, bek.archive.own_log, -1, EntryId(b""))
    ainura.write(decision_body(revoke, save=bytes(16)))
    assert counting(ainura) == ["Bek"]
    arrival = ainura.archive.connection.insert(
        "INSERT INTO arrival (bundle, sender, number, digest, arrived_ms) VALUES (?, ?, 1, ?, 0)",
        (bytes(16), bytes(32), bytes(32)),
    )
    ainura.archive.connection.execute(
        "UPDATE entry SET arrival = ? WHERE id IN (SELECT entry FROM body WHERE kind IN ('revoke', 'trust'))",
        (arrival,),
    )
    vaults.rebuild(ainura.archive)

    assert counting(ainura) == [] and trust.known_cards(ainura.archive) == []
