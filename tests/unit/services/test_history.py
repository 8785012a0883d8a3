"""History: who said what, which bundle brought it, what a record was at any moment, and bringing that back."""

from __future__ import annotations

import pytest

from fieldapp.errors import RecordNotFoundError
from fieldapp.records import projection, store
from fieldapp.records.decisions import Withdraw, decision_body
from fieldapp.services import conflicts, records, trust, views
from fieldapp.services.records import NewLink, Told
from fieldapp.values import EntryId, RecordId
from tests.unit.services.people import Someone


def test_an_entry_tells_which_bundle_brought_it(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    record = bek.new("person", name="A")
    ainura.takes(bek.bundle(ainura))
    ainura.edit(record, name="B")

    came, own = views.history(ainura.archive, record)

    assert came.bundle is not None
    assert (came.bundle.sender, came.bundle.number, came.bundle.arrival) == ("Bek", 1, came.came_in)
    assert came.bundle.arrived_ms > 0
    assert own.bundle is None
    assert own.changes[0].replaced == ("A",)


def test_the_name_of_a_device_stays_on_what_it_said_when_it_is_trusted_no_longer(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    record = bek.new("person", name="A")
    ainura.takes(bek.bundle(ainura))
    peer = trust.find_peer(ainura.archive, "Bek")
    assert views.history(ainura.archive, record)[0].author_known

    trust.distrust(ainura.archive, peer)

    (entry,) = views.history(ainura.archive, record)
    assert (entry.author, entry.author_known) == ("Bek", False)


def test_a_withdrawal_stands_in_the_history(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    said = Withdraw(record, True, by="her sister", how="spoken", date="2026-11-20")
    ainura.write(decision_body(said, save=bytes(16)))

    assert views.history(ainura.archive, record)[-1].decision == said


def moments(who: Someone, record: RecordId) -> list[EntryId]:
    return [each.entry for each in views.history(who.archive, record)]


def test_any_earlier_moment_can_be_looked_at(ainura: Someone) -> None:
    record = ainura.new("person", name="A", phone=["1111111"])
    other = ainura.new("testimony", title="T")
    ainura.edit(record, name="B", notes="N")
    records.link(ainura.archive, record, other, "about")
    ainura.edit(record, name=None, phone=["2222222", "3333333"])
    entries = moments(ainura, record)

    ordinary, contact, second, *later = entries
    then = views.view_at(ainura.archive, record, contact)
    between = views.view_at(ainura.archive, record, second)
    now = views.view_at(ainura.archive, record, later[-1])

    assert (then.row.title, then.value("name"), then.values("phone"), then.value("notes")) == (
        "A",
        "A",
        ["1111111"],
        None,
    )
    assert views.view_at(ainura.archive, record, ordinary).values("phone") == []
    assert (between.value("name"), between.value("notes"), between.links) == ("B", "N", ())
    assert (now.fields, now.links) == (views.view(ainura.archive, record).fields, now.links)
    assert len(now.links) == 1
    with pytest.raises(RecordNotFoundError):
        views.view_at(ainura.archive, other, contact)
    with pytest.raises(RecordNotFoundError):
        views.view_at(ainura.archive, record, EntryId(bytes(32)))


def test_a_moment_shows_what_came_in_by_then_side_by_side(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    record = ainura.new("person", name="A")
    bek.takes(ainura.bundle(bek))
    bek.edit(record, name="B")
    ainura.edit(record, name="C")
    ainura.takes(bek.bundle(ainura))
    latest = moments(ainura, record)[-1]
    state = store.fields_of(ainura.archive.connection, record)["name"]
    records.resolve(ainura.archive, record, "name", state.claims[0].entry)

    then = views.view_at(ainura.archive, record, latest)

    assert then.row.contested
    assert {account.told for account in then.fields[0].accounts} == {"B", "C"}
    assert not views.view(ainura.archive, record).row.contested


def test_an_earlier_state_is_brought_back_by_new_entries_and_that_can_be_undone(ainura: Someone) -> None:
    record = ainura.new("person", name="A", phone=["1111111"], status="missing")
    before = dict(shown(ainura, record))
    moment = moments(ainura, record)[-1]
    ainura.edit(record, name="B", notes="N", phone=["2222222", "3333333"], status=None)
    after = dict(shown(ainura, record))
    count = len(moments(ainura, record))

    changed = records.restore_state(ainura.archive, record, moment)

    assert shown(ainura, record) == before
    assert record in changed.records
    assert len(moments(ainura, record)) > count
    assert {each.entry for each in views.history(ainura.archive, record) if each.kind == "edit"} == set(
        moments(ainura, record)
    )
    records.undo(ainura.archive, record)
    assert shown(ainura, record) == after
    records.restore_state(ainura.archive, record, moments(ainura, record)[-1])
    assert shown(ainura, record) == after


def test_all_accounts_of_a_moment_come_back_with_their_sources(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    records.save(ainura.archive, "person", {"name": "B"}, record=record, told=Told("mother", "unsure", "heard"))
    state = store.fields_of(ainura.archive.connection, record)["name"]
    mothers = next(claim for claim in state.claims if claim.source)
    records.resolve(ainura.archive, record, "name", mothers.entry)
    moment = moments(ainura, record)[-1]
    then = accounts(ainura, record)
    ainura.edit(record, name="C")
    ainura.edit(record, source="mother", name="D")
    ainura.edit(record, source="brother", name="E")

    records.restore_state(ainura.archive, record, moment)

    assert accounts(ainura, record) == then
    assert then == [("B", "mother", "unsure", "heard"), ("A", "", "", "")]
    assert projection.rebuild(ainura.archive.connection)
    assert accounts(ainura, record) == then


def test_what_was_seen_of_a_file_and_whether_a_record_is_hidden_stay_as_they_are(ainura: Someone) -> None:
    (document,) = ainura.attach(None, b"photo")
    moment = moments(ainura, document)[0]
    ainura.edit(document, title="T")
    records.hide(ainura.archive, document)
    sha256 = ainura.value(document, "sha256")

    records.restore_state(ainura.archive, document, moment)

    assert (ainura.value(document, "title"), ainura.value(document, "sha256")) == (None, sha256)
    assert store.row_of(ainura.archive.connection, document).hidden


def shown(who: Someone, record: RecordId) -> dict[str, object]:
    return {field.key: field.told for field in views.view(who.archive, record).fields if field.told}


def accounts(who: Someone, record: RecordId) -> list[tuple[str, str, str, str]]:
    (field,) = (each for each in views.view(who.archive, record).fields if each.name == "name")
    return [(each.told, each.source, each.reliability, each.note) for each in field.accounts]


def test_what_disagrees_is_listed_with_who_when_and_through_which_bundle_and_resolving_takes_it_off(
    ainura: Someone, bek: Someone
) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    record = ainura.new("person", name="A", notes="calm")
    calm = ainura.new("person", name="Z")
    records.save(ainura.archive, "testimony", {"title": "T"}, links=[NewLink(calm, "narrator")])
    bek.takes(ainura.bundle(bek))
    bek.edit(record, name="B")
    ainura.edit(record, name="C")
    ainura.takes(bek.bundle(ainura))

    (conflict,) = conflicts.contested(ainura.archive)

    assert (conflict.row.id, conflicts.count(ainura.archive), conflict.types) == (record, 1, ())
    (field,) = conflict.fields
    theirs, ours = sorted(field.accounts, key=lambda each: each.told)
    assert (theirs.told, theirs.author, theirs.device) == ("B", "Bek", "laptop of Bek")
    assert theirs.bundle is not None
    assert (theirs.bundle.sender, ours.told, ours.author, ours.bundle) == ("Bek", "C", "Ainura", None)

    records.resolve(ainura.archive, record, "name", theirs.entry)

    assert (conflicts.contested(ainura.archive), conflicts.count(ainura.archive)) == ([], 0)
    assert ainura.value(record, "name") == "B"


def test_a_hidden_record_asks_for_no_decision(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    record = ainura.new("person", name="A")
    bek.takes(ainura.bundle(bek))
    bek.edit(record, name="B")
    ainura.edit(record, name="C")
    ainura.takes(bek.bundle(ainura))
    assert conflicts.count(ainura.archive) == 1

    records.hide(ainura.archive, record)

    assert conflicts.count(ainura.archive) == 0
