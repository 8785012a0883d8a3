"""What was heard with a batch gives the same records as reading all of it back."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.records import heard as memory
from fieldapp.records import projection, search, store
from fieldapp.records.heard import Heard
from fieldapp.records.payload import CustodyEvent, NewClaim, custody_body
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import StoredEntry, stored_entries
from tests.unit.records.desks import Desk, edit

KEYS = ("name", "notes", "sha256", "hidden", "phone#00000001", "phone#00000002", "phone")
VALUES = ("A", "a", "B", None, True, 7, {"edtf": "2026", "told": "2026"})

Saying = tuple[int, str, tuple[tuple[str, object, int, str, bool], ...]]

_claims = st.tuples(
    st.sampled_from(KEYS),
    st.sampled_from(VALUES),
    st.integers(0, 5),
    st.sampled_from(["", "x"]),
    st.booleans(),
)
_sayings = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["person", "person", "testimony", "custody"]),
        st.lists(_claims, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=12,
)


def body_of(said: Saying, before: Sequence[EntryId]) -> Body:
    number, kind, claims = said
    record = RecordId(bytes([number]) * 16)
    if kind == "custody":
        return custody_body(CustodyEvent(record, "access"), save=bytes(16))
    made = (
        NewClaim(key, value, tuple(before[-back:][:1]) if back else (), source, preferred=preferred)  # type: ignore[arg-type]  # plain
        for key, value, back, source, preferred in claims
    )
    return edit(*made, record=record, type_name=kind)


def journal_of(folder: Path, sayings: Sequence[Saying]) -> tuple[Desk, list[StoredEntry]]:
    """A desk whose projection is empty, and the entries of its journal."""
    desk = Desk(folder / f"{len(list(folder.iterdir()))}.db")
    written: list[EntryId] = []
    for said in sayings:
        written += desk.write(body_of(said, written))
    projection.rebuild(desk.connection)
    entries = list(stored_entries(desk.connection))
    with desk.connection.transaction():
        for entry in entries:
            projection.unapply(desk.connection, entry)
        projection.refresh(desk.connection, [RecordId(bytes([number]) * 16) for number in range(3)])
    assert store.rows(desk.connection, hidden=True) == []
    return desk, entries


@settings(max_examples=60, deadline=None)
@given(_sayings, st.integers(0, 12), st.integers(0, 12), st.sampled_from([0, 1200, memory.MOST_BYTES]))
def test_records_are_the_same_as_when_all_is_read_back(
    sayings: list[Saying], there: int, taken_out: int, room: int
) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        patched.setattr(search, "AT_ONCE", 1000)
        desk, entries = journal_of(Path(name), sayings)
        heard = Heard(_room=room)
        with desk.connection.transaction():
            touched = projection.apply_all(desk.connection, entries[:there])
            projection.refresh(desk.connection, touched)
            touched |= projection.apply_all(desk.connection, entries[there:], heard)
            for entry in entries[taken_out : taken_out + 1]:  # as a decision does that came with the same batch
                touched |= projection.unapply(desk.connection, entry)
            projection.refresh(desk.connection, touched, heard)
        told = desk.snapshot()
        with desk.connection.transaction():
            projection.refresh(desk.connection, [RecordId(bytes([number]) * 16) for number in range(3)])

        assert desk.snapshot() == told
        desk.connection.close()


def test_what_is_new_is_not_read_back_and_what_was_here_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new, known = RecordId(bytes(16)), RecordId(bytes([1]) * 16)
    desk, entries = journal_of(tmp_path, [(1, "person", ()), (0, "person", ()), (0, "person", ()), (1, "person", ())])
    read_back: list[RecordId] = []
    fields_of_each = store.fields_of_each

    def noted(connection: object, records: Sequence[RecordId]) -> object:
        read_back.extend(records)
        return fields_of_each(connection, records)  # type: ignore[arg-type]  # a Connection

    monkeypatch.setattr("fieldapp.records.refreshing.fields_of_each", noted)
    heard = Heard()
    with desk.connection.transaction():
        projection.apply_all(desk.connection, entries[:2])
        touched = projection.apply_all(desk.connection, entries[2:], heard)
        projection.refresh(desk.connection, touched, heard)

    assert touched == {new, known}
    assert read_back == [known]
    desk.connection.close()
