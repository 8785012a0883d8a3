"""Who is heard: coordinators, revoked devices, withdrawals; the same everywhere, in whatever order all of it came."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.records import projection, revoked, standing, store, withdrawing
from fieldapp.records.decisions import Decision, Keep, Revoke, Standing, Trust, Withdraw, decision_body
from fieldapp.records.ids import record_id
from fieldapp.records.payload import NewClaim
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault import journal
from fieldapp.vault.entry import NO_ENTRY, Body
from fieldapp.vault.journal import Author, Moment, SealedEntry
from tests.unit.records.desks import Desk, edit

NOW = Moment(5000, 0)
T = TypeVar("T")


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[Desk]]:
    """Ours, a coordinator's, a field device's, and a third."""
    made = [Desk(tmp_path / f"{number}.db") for number in range(4)]
    yield made
    for desk in made:
        desk.connection.close()


def said(decision: Decision) -> Body:
    return decision_body(decision, save=bytes(16))


def print_of(desk: Desk) -> bytes:
    return bytes(desk.author.log) * 2


def trusting(desk: Desk, *, role: str = "field", trusted: bool = True, despite: Sequence[EntryId] = ()) -> Body:
    card = b"card" + desk.author.log
    return said(Trust(card, "name", trusted, role, desk.author.log, print_of(desk), tuple(despite)))


def revoking(desk: Desk, seq: int) -> Body:
    """What revokes a device from after its entry at `seq` on (-1: all of it)."""
    head = entry_at(desk, seq)
    return said(Revoke(print_of(desk), desk.author.log, seq, head))


def entry_at(desk: Desk, seq: int) -> EntryId:
    rows = desk.connection.execute(
        "SELECT entry.entry FROM entry JOIN log ON log.id = entry.log WHERE log.log = ? AND seq = ?",
        (desk.author.log, seq),
    )
    return EntryId(rows[0][0]) if rows else NO_ENTRY


def made_by(desk: Desk, number: int = 0) -> RecordId:
    return record_id(desk.author.log, number.to_bytes(8, "big"))


def name(value: str, record: RecordId, *replaces: EntryId) -> Body:
    return edit(NewClaim("name", value, replaces), record=record)


def withdrawing_of(record: RecordId) -> Body:
    return said(Withdraw(record, True, "Ainura", "spoken", "2026-11-20"))


def is_settled(desk: Desk) -> bool:
    """Whether a rebuild says the same."""
    before = desk.snapshot()
    projection.rebuild(desk.connection)
    return desk.snapshot() == before


def listed(desk: Desk) -> list[str]:
    return sorted(row.title for row in store.rows(desk.connection))


def test_what_a_device_says_after_it_was_revoked_does_not_stand_and_what_it_said_before_does(
    desks: list[Desk],
) -> None:
    ours, _coordinator, field, _third = desks
    record = made_by(field)
    (first,) = field.write(name("before", record))
    ours.receive([field.sealed()])
    ours.write(revoking(field, 1))
    field.write(name("after", record, first), name("new", made_by(field, 1)))

    ours.receive([field.sealed()])

    assert listed(ours) == ["before"]
    assert standing.beyond_counts(ours.connection) == {field.author.log: 2}
    assert len(standing.unstanding_about(ours.connection, record)) == 1
    assert len(store.entries_about(ours.connection, record)) == 1
    assert standing.out(ours.connection) == {print_of(field)}
    assert is_settled(ours)


def test_a_revocation_that_comes_late_takes_out_what_is_there_already_and_what_that_replaced_is_live_again(
    desks: list[Desk],
) -> None:
    ours, coordinator, field, _third = desks
    record = made_by(field)
    (first,) = field.write(name("before", record))
    field.write(name("after", record, first), name("new", made_by(field, 1)))
    ours.receive([field.sealed()])
    coordinator.receive([field.sealed()])
    assert listed(ours) == ["after", "new"]
    coordinator.write(revoking(field, 1))

    ours.receive([coordinator.sealed()])
    assert listed(ours) == ["after", "new"]
    ours.write(trusting(coordinator, role="coordinator"))

    assert listed(ours) == ["before"]
    assert is_settled(ours)
    ours.write(trusting(coordinator, role="field"))
    assert listed(ours) == ["after", "new"]
    assert is_settled(ours)


def test_an_own_revocation_of_who_revokes_makes_that_without_effect_and_coordinators_cannot_do_that(
    desks: list[Desk],
) -> None:
    ours, coordinator, field, third = desks
    field.write(name("told", made_by(field)))
    for desk in (ours, coordinator, third):
        desk.receive([field.sealed()])
    ours.write(trusting(coordinator, role="coordinator"), trusting(third, role="coordinator"))
    coordinator.write(revoking(field, 0))
    third.receive([coordinator.sealed()])
    third.write(revoking(coordinator, 0))
    ours.receive([coordinator.sealed(), third.sealed()])
    assert listed(ours) == []

    ours.write(revoking(coordinator, 0))

    assert listed(ours) == ["told"]
    assert [each.counts for each in revoked.revocations(ours.connection)] == [False, True, True]
    assert is_settled(ours)


def test_a_device_trusted_despite_its_revocation_is_heard_again(desks: list[Desk]) -> None:
    ours, coordinator, field, _third = desks
    field.write(name("told", made_by(field)))
    coordinator.receive([field.sealed()])
    ours.receive([field.sealed()])
    (revocation,) = coordinator.write(revoking(field, 0))
    ours.write(trusting(coordinator, role="coordinator"), trusting(field))
    ours.receive([coordinator.sealed()])
    assert listed(ours) == []
    assert standing.out(ours.connection) == {print_of(field)}

    ours.write(trusting(field))
    assert listed(ours) == []
    ours.write(trusting(field, despite=[revocation]))

    assert (listed(ours), standing.out(ours.connection)) == (["told"], frozenset())
    assert [(each.counts, each.despite) for each in revoked.revocations(ours.connection)] == [(False, True)]
    assert is_settled(ours)


def test_what_is_accepted_stands_up_to_there_and_can_be_refused_again(desks: list[Desk]) -> None:
    ours, _coordinator, field, _third = desks
    for number in range(4):
        field.write(name(f"{number}", made_by(field, number)))
    ours.receive([field.sealed()])
    ours.write(revoking(field, 1))
    assert listed(ours) == ["0"]

    ours.write(said(Standing(field.author.log, 3, entry_at(field, 3), accepted=True)))
    assert listed(ours) == ["0", "1", "2"]
    assert is_settled(ours)
    ours.write(said(Standing(field.author.log, 2, entry_at(field, 2), accepted=False)))
    assert listed(ours) == ["0", "2"]
    assert is_settled(ours)


def test_what_comes_in_signed_with_our_own_key_decides_nothing(desks: list[Desk]) -> None:
    ours, coordinator, field, _third = desks
    field.write(name("told", made_by(field)))
    thief = stolen(ours, coordinator)
    with coordinator.connection.transaction():
        bodies = [trusting(coordinator, role="coordinator"), revoking(field, 0)]
        journal.append(coordinator.connection, thief, bodies, NOW)
    ours.receive([field.sealed()])

    ours.receive([[entry for _row, entry in journal.sealed_entries(coordinator.connection, thief.log)]])

    assert standing.coordinators(ours.connection) == frozenset()
    assert [each.counts for each in revoked.revocations(ours.connection)] == [False]
    assert listed(ours) == ["told"]


def stolen(owner: Desk, at: Desk) -> Author:
    """Somebody else writes in the owner's log, with a copy of its key."""
    at.receive([owner.sealed()])
    return owner.author


def test_a_coordinator_cannot_silence_what_is_written_here(desks: list[Desk]) -> None:
    ours, coordinator, *_ = desks
    ours.write(trusting(coordinator, role="coordinator"), name("told", made_by(ours)))
    coordinator.receive([ours.sealed()])
    coordinator.write(revoking(ours, -1))

    ours.receive([coordinator.sealed()])

    assert listed(ours) == ["told"]


@pytest.mark.parametrize("who", ["author", "coordinator", "ourselves", "anybody"])
def test_who_made_a_record_who_coordinates_and_we_ourselves_withdraw_it_and_others_only_ask(
    desks: list[Desk], who: str
) -> None:
    ours, coordinator, field, third = desks
    record = made_by(field)
    field.write(name("told", record), edit(NewClaim("from", record), NewClaim("to", record), type_name="link"))
    logs = [desk.sealed() for desk in (field,)]
    ours.write(trusting(coordinator, role="coordinator"))
    ours.receive(logs)
    writer = {"author": field, "coordinator": coordinator, "ourselves": ours, "anybody": third}[who]

    writer.write(withdrawing_of(record))
    if writer is not ours:
        ours.receive([writer.sealed()])

    (withdrawal,) = withdrawing.withdrawals(ours.connection, record)
    assert (withdrawal.counts, withdrawal.in_effect) == (who != "anybody", who != "anybody")
    assert store.row_of(ours.connection, record).withdrawn == (who != "anybody")
    assert listed(ours) == (["told"] if who == "anybody" else [])
    assert is_settled(ours)


def test_a_withdrawn_record_leaves_lists_counts_search_and_links_and_comes_back_when_it_is_lifted(
    desks: list[Desk],
) -> None:
    ours, *_ = desks
    record, other, link = (made_by(ours, number) for number in range(3))
    ends = (NewClaim("from", other), NewClaim("to", record), NewClaim("role", "narrator"))
    ours.write(name("Gulnora", record), name("B", other), edit(*ends, record=link, type_name="link"))

    (entry,) = ours.write(withdrawing_of(record))

    assert listed(ours) == ["B"]
    assert [row.id for row in store.rows(ours.connection, hidden=True)] == [other]
    assert store.counts(ours.connection)["person"] == 1
    assert store.links_of(ours.connection, other) == []
    assert store.removed_rows(ours.connection, 9) == []
    assert [row.id for row in store.withdrawn_rows(ours.connection)] == [record]
    assert ours.snapshot()["search"] == [each for each in ours.snapshot()["search"] if each[0] == other]
    assert is_settled(ours)

    ours.write(said(Withdraw(record, False, lifts=(entry,))))

    assert listed(ours) == ["B", "Gulnora"]
    assert len(store.links_of(ours.connection, other)) == 1
    assert is_settled(ours)


def test_a_lift_does_nothing_to_a_withdrawal_that_it_does_not_name(desks: list[Desk]) -> None:
    ours, *_ = desks
    record = made_by(ours)
    ours.write(name("A", record))
    (first,) = ours.write(withdrawing_of(record))
    ours.write(withdrawing_of(record))

    ours.write(said(Withdraw(record, False, lifts=(first,))))
    assert store.row_of(ours.connection, record).withdrawn
    ours.write(said(Withdraw(record, False)))
    assert store.row_of(ours.connection, record).withdrawn


def test_a_stranger_cannot_lift_and_a_withdrawal_can_be_declined_here_alone(desks: list[Desk]) -> None:
    ours, _coordinator, field, third = desks
    record = made_by(field)
    field.write(name("A", record))
    (withdrawal,) = field.write(withdrawing_of(record))
    third.write(said(Withdraw(record, False, lifts=(withdrawal,))), said(Keep(record, withdrawal)))
    ours.receive([field.sealed(), third.sealed()])
    assert store.row_of(ours.connection, record).withdrawn

    ours.write(said(Keep(record, withdrawal)))

    assert not store.row_of(ours.connection, record).withdrawn
    assert [each.declined for each in withdrawing.withdrawals(ours.connection, record)] == [True, False]
    assert is_settled(ours)


def test_a_withdrawal_may_come_before_its_record(desks: list[Desk]) -> None:
    ours, _coordinator, field, third = desks
    record = made_by(field)
    third.write(name("copied", record))
    field.write(withdrawing_of(record))

    ours.receive([field.sealed()])
    assert store.row_if_there(ours.connection, record) is None
    ours.receive([third.sealed()])

    assert store.row_of(ours.connection, record).withdrawn
    assert is_settled(ours)


def test_revocations_of_who_may_not_revoke_are_counted_and_not_read_again(
    desks: list[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, coordinator, field, third = desks
    field.write(*(revoking(third, -1) for _ in range(20)), said(Revoke(bytes(31), third.author.log, -1, NO_ENTRY)))
    ours.receive([field.sealed()])
    (first, *_others), counts = revoked.heard_revocations(ours.connection)
    assert (first.issuer, list(counts.values()), len(_others)) == (field.author.log, [20], 0)
    monkeypatch.setattr(standing, "stored_entry", refuse_to_read)

    ours.receive([coordinator.sealed()])

    monkeypatch.undo()
    ours.write(trusting(field, role="coordinator"))
    assert [each.counts for each in revoked.heard_revocations(ours.connection)[0]] == [True] * 20
    assert is_settled(ours)


def test_withdrawals_of_what_is_not_here_wait_unread_until_it_comes(
    desks: list[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _coordinator, field, third = desks
    records = [made_by(field, number) for number in range(20)]
    field.write(*map(withdrawing_of, records))
    third.write(name("copied", records[7]))
    ours.receive([field.sealed()])
    monkeypatch.setattr(withdrawing, "stored_entry", refuse_to_read)
    assert withdrawing.withdrawals(ours.connection) == []
    monkeypatch.undo()

    ours.receive([third.sealed()])

    assert [each.record for each in withdrawing.withdrawals(ours.connection)] == [records[7]]
    assert is_settled(ours)


def refuse_to_read(*_arguments: object) -> None:
    raise AssertionError


def test_five_hundred_withdrawals_of_a_device_that_is_revoked_later_have_no_effect(desks: list[Desk]) -> None:
    ours, coordinator, field, _third = desks
    records = [made_by(field, number) for number in range(500)]
    field.write(*(name(f"{number}", record) for number, record in enumerate(records)))
    field.write(*map(withdrawing_of, records))
    ours.write(trusting(coordinator, role="coordinator"))
    ours.receive([field.sealed()])
    coordinator.receive([field.sealed()])
    assert listed(ours) == []
    coordinator.write(revoking(field, 500))

    ours.receive([coordinator.sealed()])

    assert len(listed(ours)) == 500
    assert withdrawing.withdrawals(ours.connection) == []
    assert is_settled(ours)


def test_the_body_of_what_does_not_stand_may_go_and_the_row_of_a_record_goes_with_its_last_word(
    desks: list[Desk],
) -> None:
    ours, _coordinator, field, _third = desks
    record = made_by(field)
    field.write(name("told", record))
    ours.receive([field.sealed()])
    (row,) = [touch.entry for touch in store.entries_about(ours.connection, record)]
    with ours.connection.transaction():
        touched = projection.unapply(ours.connection, journal.stored_entry(ours.connection, row))
        journal.shred(ours.connection, row)
        projection.refresh(ours.connection, touched)

    assert store.row_if_there(ours.connection, record) is None
    assert ours.snapshot()["search"] == []
    assert is_settled(ours)


def test_a_log_that_goes_on_from_the_authors_speaks_for_it_unless_that_was_revoked(tmp_path: Path) -> None:
    log, other = LogId(b"n" * 16), LogId(b"o" * 16)
    continued = {log: other}

    heard = standing._made_before
    assert heard(log, continued, set(), set()) == [other]
    assert heard(log, continued, {other}, set()) == []
    assert heard(log, continued, {other}, {log}) == [other]
    assert heard(log, {log: other, other: log}, set(), set()) == [other, log]


def test_a_log_speaks_for_the_one_before_it_also_where_of_that_only_headers_come_and_after_it(
    desks: list[Desk], tmp_path: Path
) -> None:
    ours, _coordinator, field, _third = desks
    anew = Desk(tmp_path / "anew.db", after=field)
    record = made_by(field)
    field.write(name("told", record))
    anew.write(withdrawing_of(record))
    ours.receive([anew.sealed()])
    assert not withdrawing.is_withdrawn(ours.connection, record)

    ours.receive([without(field.sealed(), {0, 1})])

    assert withdrawing.is_withdrawn(ours.connection, record)
    assert is_settled(ours)
    anew.connection.close()


class Stage:
    """Devices that wrote and exchanged what they drew (one goes on from another), and what we decide about them, for
    several of us. Some of the bodies never come."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.others = [Desk(folder / f"other {number}.db") for number in range(3)]
        self.others.append(Desk(folder / "anew.db", after=self.others[0]))
        self.records = [made_by(desk, number) for desk in self.others[:3] for number in range(2)]
        self.random = random.Random(seed)
        self.never = [{place for place in range(6) if self.random.random() < 0.2} for _ in self.others]
        self.revocations: list[EntryId] = []
        self.withdrawals: list[tuple[EntryId, RecordId]] = []
        for _ in range(self.random.randint(3, 14)):
            self.someone_acts()
        self.decisions = [self.decide() for _ in range(self.random.randint(1, 7))]

    def pick(self, several: Sequence[T]) -> T:
        return self.random.choice(several)

    def someone_acts(self) -> None:
        desk, other, record = self.pick(self.others), self.pick(self.others), self.pick(self.records)
        act = self.pick(["edit", "edit", "edit", "read", "read", "withdraw", "lift", "revoke", "hide"])
        if act == "read":
            desk.receive([other.sealed()])
        elif act == "edit":
            live = store.fields_of(desk.connection, record).get("name")
            replaced = [claim.entry for claim in live.claims] if live else []
            desk.write(name(self.pick("ABC"), record, *replaced))
        elif act == "withdraw":
            self.withdrawals += [(each, record) for each in desk.write(withdrawing_of(record))]
        elif act == "lift" and self.withdrawals:
            entry, about = self.pick(self.withdrawals)
            desk.write(said(Withdraw(about, False, lifts=(entry,))))
        elif act == "revoke":
            self.revocations += desk.write(revoking(other, self.random.randint(-1, 6)))
        elif act == "hide":
            desk.write(edit(NewClaim("hidden", value=True), record=record, kind="hide"))

    def decide(self) -> Body:
        desk = self.pick(self.others)
        roles = ["coordinator", "coordinator", "field", "refused", "despite"]
        what = self.pick([*roles, "revoke", "accept", "refuse", "keep"])
        if what in {"coordinator", "field"}:
            return trusting(desk, role=what)
        if what == "refused":
            return trusting(desk, trusted=False)
        if what == "revoke":
            return revoking(desk, self.random.randint(-1, 6))
        if what == "keep" and self.withdrawals:
            entry, about = self.pick(self.withdrawals)
            return said(Keep(about, entry))
        if what in {"accept", "refuse"}:
            seq = self.random.randint(0, 6)
            return said(Standing(desk.author.log, seq, entry_at(desk, seq), accepted=what == "accept"))
        return trusting(desk, despite=self.revocations)

    def play(self, ours: Desk) -> None:
        """Everything comes, in an order of its own: logs in pieces, some bodies later, our decisions between them."""
        logs = [without(desk.sealed(), never) for desk, never in zip(self.others, self.never, strict=True)]
        there = [0 for _log in logs]
        decisions = list(self.decisions)
        while decisions or there != [len(log) for log in logs]:
            turn = self.random.randint(0, len(logs))
            if turn == len(logs) and decisions:
                ours.write(decisions.pop(0))
            elif turn < len(logs):
                end = min(len(logs[turn]), there[turn] + self.random.randint(1, 6))
                piece = logs[turn][there[turn] : end]
                withheld = {self.random.randint(0, 5), self.random.randint(0, 5)}
                ours.receive([without(piece, withheld)])
                there[turn] = end
        self.random.shuffle(logs)
        ours.receive(logs)

    def close(self, *ours: Desk) -> None:
        for desk in (*self.others, *ours):
            desk.connection.close()


def without(entries: Sequence[SealedEntry], places: set[int]) -> list[SealedEntry]:
    """The entries, without the bodies at some places."""
    return [
        SealedEntry(each.header_bytes, each.signature, None) if place in places else each
        for place, each in enumerate(entries)
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_equal_entries_and_equal_decisions_give_the_same_in_whatever_order_all_of_it_came(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), seed)
        one, two = Desk(Path(folder) / "one.db"), Desk(Path(folder) / "two.db")
        try:
            stage.play(one)
            stage.play(two)

            assert is_settled(one)
            assert is_settled(two)
            for table in ("claim", "record", "link", "search", "unstanding", "withdrawal"):
                assert one.snapshot()[table] == two.snapshot()[table]
        finally:
            stage.close(one, two)
