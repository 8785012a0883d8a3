from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.errors import BadValueError, CancelledError, DiskFullError
from fieldapp.records import projection
from fieldapp.services import drafts, erasure, receipts, records, removal, trust, views
from fieldapp.services.going import Basis
from fieldapp.services.removal import Reason
from fieldapp.services.trust import Role
from fieldapp.values import RecordId
from fieldapp.vault import chains
from tests.unit.services.people import Someone, dump


def objects_of(somebody: Someone) -> list[Path]:
    return [path for path in (somebody.vault.folder / "objects").rglob("*") if path.is_file()]


def acknowledge(somebody: Someone, *holders: Someone) -> None:
    """Everything goes to the holders, and their receipts come back."""
    for holder in holders:
        holder.takes(somebody.bundle(holder, basis=Basis.EVERYTHING))
        file = holder.folder / f"{holder.name}-{next(holder.made)}.receipt"
        receipts.write_file(holder.archive, holder.peer(somebody), file)
        receipts.import_file(somebody.archive, file)


@pytest.fixture
def trio(ainura: Someone, bek: Someone, chinara: Someone) -> tuple[Someone, Someone, Someone]:
    """A volunteer, and two coordinators whom she trusts."""
    ainura.trusts(bek, chinara, role=Role.COORDINATOR)
    bek.trusts(ainura, role=Role.FIELD)
    chinara.trusts(ainura, role=Role.FIELD)
    return ainura, bek, chinara


def reasons(light: removal.Light) -> dict[Reason, int]:
    return {kept.reason: len(kept.records) for kept in light.kept}


def test_what_two_coordinators_confirmed_may_go_and_one_is_not_enough(trio: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = trio
    record = ainura.new("testimony", narrative="sings")
    assert reasons(removal.qualifying(ainura.archive)) == {Reason.UNCONFIRMED: 1}
    acknowledge(ainura, bek)
    one = removal.qualifying(ainura.archive)
    assert (one.records, one.kept[0].lacking) == ((), ("Chinara",))
    acknowledge(ainura, chinara)

    light = removal.qualifying(ainura.archive)
    assert (light.records, light.counts, light.kept) == ((record,), {"testimony": 1}, ())


def test_fewer_coordinators_than_copies_needed_let_nothing_go(trio: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = trio
    ainura.new("person", name="Somebody")
    acknowledge(ainura, bek, chinara)
    trust.distrust(ainura.archive, ainura.peer(chinara))

    assert reasons(removal.qualifying(ainura.archive)) == {Reason.COORDINATORS: 1}
    removal.set_copies_needed(ainura.archive, 1)
    assert len(removal.qualifying(ainura.archive).records) == 1


@pytest.mark.parametrize("number", [0, -1, 10])
def test_at_least_one_copy_is_needed(ainura: Someone, number: int) -> None:
    with pytest.raises(BadValueError):
        removal.set_copies_needed(ainura.archive, number)

    assert removal.copies_needed(ainura.archive) == removal.COPIES_NEEDED == 2


def test_code_words_that_never_went_keep_a_record_and_are_the_reason_in_words(
    trio: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, chinara = trio
    for number in range(2):
        ainura.new("person", name=f"Somebody {number}", challenge="apricot")
    acknowledge(ainura, bek, chinara)
    (kept,) = removal.qualifying(ainura.archive).kept

    assert kept.reason is Reason.CODES
    assert removal.reason_words(kept, 2) == "2 records: code words have never been handed over"


def test_every_reason_has_words() -> None:
    some = (RecordId(bytes(16)),)
    words = {removal.reason_words(removal.Kept(reason, some, ("Bek",)), 2) for reason in Reason}

    assert len(words) == len(Reason)
    assert all(each.startswith("1 record: ") for each in words)


def test_what_went_is_off_the_device_and_a_row_without_a_name_stays(trio: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = trio
    record, person = ainura.new("testimony", narrative="kanareika"), ainura.new("person", name="kanareika")
    records.link(ainura.archive, record, person, "narrator", note="kanareika")
    ainura.attach(record, b"kanareika" * 50)
    acknowledge(ainura, bek, chinara)
    before = chains.have(ainura.archive.connection)
    gone = removal.travel_light(ainura.archive)

    assert (set(gone.records), gone.documents, gone.refused, gone.cancelled) == ({record, person}, 1, (), False)
    assert gone.object_bytes == 450
    assert views.rows(ainura.archive, hidden=True) == []
    assert objects_of(ainura) == []
    assert "kanareika" not in repr(dump(ainura.archive))
    rows = {row.record: (row.type, row.documents, row.why) for row in removal.removed(ainura.archive)}
    assert rows == {record: ("testimony", 1, "light"), person: ("person", 0, "light")}
    assert removal.removed_count(ainura.archive) == 2
    assert [each.seq for each in chains.have(ainura.archive.connection)] == [each.seq for each in before]
    snapshot = ainura.snapshot()
    projection.rebuild(ainura.archive.connection)
    assert ainura.snapshot() == snapshot


def test_it_comes_back_by_itself_with_a_later_bundle(trio: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = trio
    record = ainura.new("testimony", narrative="kanareika")
    ainura.attach(record, b"a photo")
    acknowledge(ainura, bek, chinara)
    removal.travel_light(ainura.archive)
    ainura.takes(bek.bundle(ainura, basis=Basis.EVERYTHING, again=True))

    assert ainura.value(record, "narrative") == "kanareika"
    assert len(objects_of(ainura)) == 1
    assert removal.removed(ainura.archive) == []
    assert len(views.find(ainura.archive, "kanareika")) == 1


def test_what_a_file_or_a_link_lacks_keeps_the_record(trio: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = trio
    record, other = ainura.new("testimony", narrative="one"), ainura.new("person", name="Two")
    acknowledge(ainura, bek, chinara)
    ainura.attach(record, b"not handed over")
    gone = removal.remove(ainura.archive, [record, other])

    assert gone.records == (other,)
    assert [kept.records for kept in gone.refused] == [(record,)]
    acknowledge(ainura, bek, chinara)
    assert removal.travel_light(ainura.archive).records == (record,)


def test_what_is_being_typed_is_finished_first_and_keeps_its_record(trio: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = trio
    record = ainura.new("testimony", narrative="one")
    acknowledge(ainura, bek, chinara)
    drafts.keep(ainura.archive, record, "testimony", {"notes": "typed"})
    gone = removal.travel_light(ainura.archive)

    assert gone.records == ()
    assert ainura.value(record, "notes") == "typed"


def test_typing_that_cannot_be_finished_keeps_its_record(trio: tuple[Someone, Someone, Someone]) -> None:
    ainura, bek, chinara = trio
    record = ainura.new("person", name="one")
    acknowledge(ainura, bek, chinara)
    drafts.keep(ainura.archive, record, "person", {"challenge": ["not", "a text"]})

    assert reasons(removal.qualifying(ainura.archive)) == {Reason.TYPING: 1}
    assert removal.remove(ainura.archive, [record]).records == ()


def test_two_coordinators_cannot_rely_on_each_other(ainura: Someone, bek: Someone, chinara: Someone) -> None:
    bek.trusts(chinara, role=Role.COORDINATOR)
    bek.trusts(ainura)
    chinara.trusts(bek, role=Role.COORDINATOR)
    ainura.trusts(bek, role=Role.COORDINATOR)
    record = ainura.new("testimony", narrative="sings")
    acknowledge(ainura, bek)  # Bek has told Ainura that it is safe with him
    acknowledge(bek, chinara)
    for each in (bek, chinara):
        removal.set_copies_needed(each.archive, 1)

    light = removal.qualifying(bek.archive)
    assert light.records == ()
    assert reasons(light) == {Reason.RELIED: 1}
    assert bek.value(record, "narrative") == "sings"


def test_stopping_stops_between_records_and_what_went_is_gone(
    trio: tuple[Someone, Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, bek, chinara = trio
    monkeypatch.setattr(removal, "_AT_ONCE", 2)
    some = [ainura.new("person", name=f"Person {number}") for number in range(6)]
    acknowledge(ainura, bek, chinara)
    told: list[tuple[int, int]] = []

    def stop(done_bytes: int, total_bytes: int) -> None:
        told.append((done_bytes, total_bytes))
        if done_bytes == 4:
            raise CancelledError

    gone = removal.remove(ainura.archive, some, stop)

    assert told == [(0, 6), (2, 6), (4, 6)]
    assert (gone.records, gone.cancelled) == (tuple(some[:4]), True)
    assert {row.id for row in views.rows(ainura.archive)} == set(some[4:])


def test_a_disk_that_fails_in_the_middle_leaves_each_record_whole(
    trio: tuple[Someone, Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, bek, chinara = trio
    monkeypatch.setattr(removal, "_AT_ONCE", 1)
    some = [ainura.new("person", name=f"Person {number}") for number in range(3)]
    for each in some:
        ainura.attach(each, each)
    acknowledge(ainura, bek, chinara)
    take_off, calls = erasure.take_off, []

    def fail_at_the_second(*given: object, **named: object) -> object:
        calls.append(given)
        changed = take_off(*given, **named)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise DiskFullError
        return changed

    monkeypatch.setattr(erasure, "take_off", fail_at_the_second)
    with pytest.raises(DiskFullError):
        removal.remove(ainura.archive, some)

    assert {row.id for row in views.rows(ainura.archive, kind="person")} == set(some[1:])
    assert [row.record for row in removal.removed(ainura.archive)] == some[:1]
    assert len(objects_of(ainura)) == 2


def test_a_hidden_record_goes_too_and_stays_hidden_when_it_comes_back(
    trio: tuple[Someone, Someone, Someone],
) -> None:
    ainura, bek, chinara = trio
    record = ainura.new("person", name="kanareika")
    acknowledge(ainura, bek, chinara)
    records.hide(ainura.archive, record)
    acknowledge(ainura, bek, chinara)

    assert removal.travel_light(ainura.archive).records == (record,)
    assert "kanareika" not in repr(dump(ainura.archive))
    assert views.row(ainura.archive, record).hidden
    assert removal.qualifying(ainura.archive).records == ()
    assert [row.record for row in removal.removed(ainura.archive)] == [record]
