"""The projection of a journal: what a record is, whoever says so, also with ill will."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from fieldapp.errors import RecordAmbiguousError, RecordNotFoundError
from fieldapp.records import projection, store
from fieldapp.records.payload import NewClaim
from fieldapp.values import EntryId, RecordId
from fieldapp.vault import journal
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import SealedEntry
from tests.unit.records.desks import RECORD, Desk, edit

OTHER = RecordId(b"o" * 16)
LINK = RecordId(b"l" * 16)


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[Desk]]:
    made = [Desk(tmp_path / f"{number}.db") for number in range(5)]
    yield made
    for desk in made:
        desk.connection.close()


def link(origin: Plain, target: Plain, record: RecordId = LINK, role: str = "about") -> Body:
    claims = (NewClaim("from", origin), NewClaim("to", target), NewClaim("role", role))
    return edit(*claims, record=record, type_name="link")


def test_any_order_of_three_logs_gives_the_same(desks: list[Desk]) -> None:
    ours, second, third, *_ = desks
    (first,) = ours.write(edit(NewClaim("name", "A")))
    second.receive([ours.sealed()])
    (a,) = second.write(edit(NewClaim("name", "B", (first,)), NewClaim("sex", "male")))
    third.receive([ours.sealed()])
    (b,) = third.write(edit(NewClaim("name", "C", (first,)), NewClaim("hidden", value=True), kind="hide"))
    ours.receive([second.sealed(), third.sealed()])
    ours.write(edit(NewClaim("name", "D", (a, b)), kind="resolve"), link(RECORD, OTHER))
    logs = [desk.sealed() for desk in (ours, second, third)]

    found: list[dict[str, list[tuple[object, ...]]]] = []
    for order in permutations(logs):
        desks[3].connection.execute("DELETE FROM fork")
        fresh = desks[3] if not found else desks[4]
        # Each order goes into a projection made anew, so that only the order differs.
        fresh.receive(order)
        for table in ("claim", "replaced", "touch", "record", "link", "search"):
            fresh.connection.execute(f"DELETE FROM {table}")
        stored = {entry.id: entry for entry in journal.stored_entries(fresh.connection)}
        ordered = [entry for log in order for sealed in log if (entry := stored.get(_id(sealed)))]
        with fresh.connection.transaction():
            fresh.take_in(ordered)
        found.append(fresh.snapshot())

    assert all(each == found[0] for each in found)
    assert found[0]["record"] == ours.snapshot()["record"]
    assert found[0]["claim"] == ours.snapshot()["claim"]


def _id(sealed: SealedEntry) -> EntryId:
    import hashlib

    return EntryId(hashlib.sha256(sealed.header_bytes + sealed.signature).digest())


def test_a_claim_that_replaces_what_comes_later_replaces_it_then(desks: list[Desk]) -> None:
    ours, theirs, third, *_ = desks
    (first,) = ours.write(edit(NewClaim("name", "A")))
    theirs.write(edit(NewClaim("name", "B", (first,))))

    third.receive([theirs.sealed()])
    third.receive([ours.sealed()])

    assert third.fields()["name"] == ["B"]
    assert not third.row().contested


def test_a_claim_replaces_only_claims_of_its_own_record_and_field(desks: list[Desk]) -> None:
    ours = desks[0]
    (name,) = ours.write(edit(NewClaim("name", "A"), NewClaim("notes", "N")))

    ours.write(edit(NewClaim("occupation", "x", (name,))))
    ours.write(edit(NewClaim("name", "stolen", (name,)), record=OTHER))

    assert ours.fields() == {"name": ["A"], "notes": ["N"], "occupation": ["x"]}


def test_what_was_seen_of_a_file_is_not_replaced(desks: list[Desk]) -> None:
    ours = desks[0]
    (first,) = ours.write(edit(NewClaim("sha256", b"a" * 32), NewClaim("size", 5), type_name="document"))

    ours.write(edit(NewClaim("sha256", b"b" * 32, (first,)), NewClaim("size", 6, (first,)), type_name="document"))

    assert ours.fields() == {"sha256": [b"a" * 32, b"b" * 32], "size": [5, 6]}
    assert ours.row().contested


def test_evidence_that_is_here_is_not_swapped_by_who_claims_to_have_been_earlier(desks: list[Desk]) -> None:
    ours, forger, second, deceived, _ = desks
    ours.write(edit(NewClaim("name", "A"), record=OTHER))
    ours.write(edit(NewClaim("sha256", b"a" * 32), NewClaim("file_name", "seen"), type_name="document", kind="attach"))
    forger.write(edit(NewClaim("sha256", b"b" * 32), NewClaim("file_name", "x"), type_name="document", kind="attach"))
    assert _tick(forger) < _tick(ours)

    ours.receive([forger.sealed()])
    second.receive([ours.sealed()])
    second.receive([forger.sealed()])
    deceived.receive([forger.sealed()])
    deceived.receive([ours.sealed()])

    for desk in (ours, second):
        assert desk.fields()["sha256"] == [b"a" * 32, b"b" * 32]
        assert (desk.row().title, desk.row().contested) == ("seen", True)
    assert deceived.row().contested
    assert ours.snapshot()["claim"] == second.snapshot()["claim"] == deceived.snapshot()["claim"]
    for desk in (ours, second, deceived):
        before = desk.snapshot()
        projection.rebuild(desk.connection)
        assert desk.snapshot() == before


def test_evidence_that_was_taken_here_is_shown_also_where_another_claim_came_before_it(desks: list[Desk]) -> None:
    ours, theirs, *_ = desks
    theirs.write(edit(NewClaim("sha256", b"b" * 32), type_name="document"))
    ours.receive([theirs.sealed()])

    ours.write(edit(NewClaim("sha256", b"a" * 32), type_name="document"))

    assert ours.fields()["sha256"] == [b"a" * 32, b"b" * 32]


@pytest.mark.parametrize(("kind", "foreign"), [("testimony", "document"), ("link", "person")])
def test_a_record_that_is_here_keeps_its_type_whatever_others_call_it(
    desks: list[Desk], kind: str, foreign: str
) -> None:
    ours, forger, *_ = desks
    ours.write(edit(NewClaim("name", "A"), record=OTHER))
    ours.write(edit(NewClaim("from", OTHER), NewClaim("to", OTHER), NewClaim("title", "T"), type_name=kind))
    forger.write(edit(type_name=foreign))
    assert _tick(forger) < _tick(ours)

    ours.receive([forger.sealed()])

    assert (ours.row().type, ours.row().contested) == (kind, True)
    assert len(store.links_of(ours.connection, OTHER)) == (kind == "link")


def test_of_two_types_that_came_in_the_one_that_came_first_counts(desks: list[Desk]) -> None:
    ours, forger, reader, other, _ = desks
    ours.write(edit(NewClaim("name", "A"), record=OTHER))
    ours.write(edit(NewClaim("title", "T"), type_name="testimony"))
    forger.write(edit(type_name="document"))

    for desk, logs in ((reader, (ours, forger)), (other, (forger, ours))):
        for log in logs:
            desk.receive([log.sealed()])

    assert (reader.row().type, other.row().type) == ("testimony", "document")
    assert reader.row().contested and other.row().contested
    before = reader.snapshot()
    projection.rebuild(reader.connection)
    assert reader.snapshot() == before


def _tick(desk: Desk) -> int:
    return int(desk.connection.value("SELECT max(tick) FROM entry"))


@pytest.mark.parametrize("foreign", ["link", "of a newer version", ""])
def test_nobody_can_make_a_record_leave_the_lists_by_calling_it_something_else(desks: list[Desk], foreign: str) -> None:
    ours, theirs, *_ = desks
    theirs.write(edit(NewClaim("notes", "N"), type_name=foreign))
    ours.write(edit(NewClaim("name", "A")))

    ours.receive([theirs.sealed()])

    assert (ours.row().type, ours.row().contested) == ("person", True)
    assert [row.id for row in store.rows(ours.connection)] == [RECORD]
    assert ours.row().title == "A"


def test_an_entry_that_claims_a_field_twice_counts_once_everywhere(desks: list[Desk]) -> None:
    ours, theirs, *_ = desks
    ours.write(edit(NewClaim("name", "A"), NewClaim("name", "B")))

    theirs.receive([ours.sealed()])

    assert ours.fields() == theirs.fields() == {"name": ["A"]}


def test_links_with_unknown_ends_to_themselves_and_in_circles(desks: list[Desk]) -> None:
    ours = desks[0]
    ours.write(edit(NewClaim("name", "A")), edit(NewClaim("name", "B"), record=OTHER))
    away = RecordId(b"a" * 16)
    ours.write(
        link(RECORD, RECORD),
        link(RECORD, OTHER, RecordId(b"1" * 16)),
        link(OTHER, RECORD, RecordId(b"2" * 16)),
        link(RECORD, away, RecordId(b"3" * 16)),
        link(b"short", RECORD, RecordId(b"4" * 16)),
        link("text", None, RecordId(b"5" * 16)),
    )

    found = store.links_of(ours.connection, RECORD)

    assert sorted((each.other, each.outgoing) for each in found) == [
        (away, True),
        (OTHER, False),
        (OTHER, True),
        (RECORD, True),
    ]
    assert len(store.rows(ours.connection, kind="link")) == 6


def test_an_entry_about_no_record_or_of_an_unknown_kind_touches_no_row(desks: list[Desk]) -> None:
    ours = desks[0]
    ours.write(
        Body("judge", bytes(16), {"record": RECORD, "verdict": "same"}),
        Body("new", bytes(16), {"anything": [1]}),
        Body("edit", bytes(16), {"record": b"short", "type": "person", "part": "ordinary", "claims": []}),
    )

    assert store.rows(ours.connection, hidden=True) == []
    assert len(store.entries_about(ours.connection, RECORD)) == 1
    with pytest.raises(RecordNotFoundError):
        store.first_entry(ours.connection, RECORD)


def test_every_hostile_value_makes_a_row_and_a_rebuild_makes_the_same(desks: list[Desk]) -> None:
    ours = desks[0]
    deep: Plain = "x"
    for _ in range(8):
        deep = [deep, {"k": deep}] if not isinstance(deep, list) else [deep]
    values: list[Plain] = [
        "",
        "\0",
        "\u202e evil",
        "a" * 100_000,
        -(2**63),
        b"",
        [],
        {},
        deep,
        True,
        {"edtf": 5},
        {"edtf": "x"},
    ]
    for kind in ("person", "testimony", "document", "link", "zzz"):
        for value in values:
            keys = ("name", "title", "from", "role", "date", "status_date", "hidden", "phone#00000001", "sha256", "\0'")
            claims = tuple(NewClaim(key, value) for key in keys)
            ours.write(edit(*claims, record=RecordId(secrets.token_bytes(16)), type_name=kind))
    before = ours.snapshot()

    assert projection.rebuild(ours.connection) == 5 * len(values)

    assert ours.snapshot() == before


def test_entries_of_one_log_stay_in_order_when_ticks_cannot_grow(desks: list[Desk]) -> None:
    ours = desks[0]
    ours.connection.execute("INSERT OR REPLACE INTO setting VALUES ('tick', ?)", ((2**53 - 1).to_bytes(7, "big"),))
    written = [ours.write(edit(NewClaim(f"field{number}", number)))[0] for number in range(8)]

    rows = [touch.entry for touch in store.entries_about(ours.connection, RECORD)]

    assert [journal.stored_entry(ours.connection, row).id for row in rows] == written


def test_what_changed_names_links_ends_and_neighbours(desks: list[Desk]) -> None:
    ours, theirs, *_ = desks
    ours.write(edit(NewClaim("name", "A")), edit(NewClaim("name", "B"), record=OTHER), link(RECORD, OTHER))
    theirs.write(edit(NewClaim("name", "A2")))

    assert ours.receive([theirs.sealed()]) == {RECORD, OTHER}
    assert ours.receive([theirs.sealed()]) == set()


def test_lists_show_the_latest_changed_first_and_page_without_gaps(desks: list[Desk]) -> None:
    ours = desks[0]
    ids = [RecordId(bytes([number]) * 16) for number in range(1, 8)]
    for each in ids:
        ours.write(edit(NewClaim("name", "x"), record=each))
    ours.write(edit(NewClaim("name", "y"), record=ids[2]))
    ours.write(edit(NewClaim("hidden", value=True), record=ids[3], kind="hide"))

    listed = [row.id for row in store.rows(ours.connection, kind="person")]
    paged = [row.id for start in range(0, 9, 2) for row in store.rows(ours.connection, limit=2, offset=start)]

    assert listed == paged == [ids[2], *reversed(ids[4:]), ids[1], ids[0]]
    assert store.counts(ours.connection) == {"person": 6}


def test_ids_are_found_by_their_beginning(desks: list[Desk]) -> None:
    ours = desks[0]
    one, two = RecordId(b"\xab\xc0" + bytes(14)), RecordId(b"\xab\xcf" + bytes(14))
    ours.write(edit(record=one), edit(record=two))

    assert store.find(ours.connection, "abc0") == one
    assert store.find(ours.connection, " ABCF ") == two
    with pytest.raises(RecordAmbiguousError):
        store.find(ours.connection, "abc")
    for text in ("", "abd", "xyz", "a" * 33, "ab'"):
        with pytest.raises(RecordNotFoundError):
            store.find(ours.connection, text)
