"""Whatever people write, and in whatever order bundles come, come twice or never: equal bodies, equal records."""

from __future__ import annotations

import tempfile
from itertools import permutations
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fieldapp.errors import NothingToSendError, NothingToUndoError
from fieldapp.records import projection, store
from fieldapp.records.payload import HIDDEN
from fieldapp.services import drafts, records
from fieldapp.services.trust import Role
from fieldapp.values import RecordId
from tests.unit.services.people import Clock, Someone, someone

NAMES = ("Ainura", "Bek", "Chinara")
WORDS = st.sampled_from(["Marufjon", "marufjon ", "Маруфжон", "Karim", "+998 90 1", "+998901", ""])
SOURCES = st.sampled_from(["", "", "mother", "brother"])
WHO = st.integers(0, len(NAMES) - 1)
PICK = st.integers(0, 1000)
FIELDS = {
    "person": ("name", "notes", "phone", "challenge", "status_date"),
    "testimony": ("title", "narrative"),
    "document": ("title",),
    "link": ("note", "role"),
}


class People(RuleBasedStateMachine):
    """Three people who write, hide, undo, resolve and link, and hand bundles over in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="people-")
        clock = Clock()
        self.people = [someone(Path(self.folder.name), name, clock) for name in NAMES]
        self.sealed: list[Path] = []
        for one in self.people:
            one.trusts(*(other for other in self.people if other is not one), role=Role.COORDINATOR)

    def teardown(self) -> None:
        """In the end nothing is hidden and everybody gets everything, and then all say the same."""
        for one in self.people:
            for record in self.records(one):
                records.hide(one.archive, record, hidden=False)
        for one, other in [*permutations(self.people, 2), *permutations(self.people, 2)]:
            if self.records(one):
                other.takes(one.bundle(other, codes=True))
        self.equal_bodies_give_equal_records()
        assert len({repr(one.snapshot()) for one in self.people}) == 1
        for one in self.people:
            one.archive.close()
        self.folder.cleanup()

    def records(self, one: Someone) -> list[RecordId]:
        connection = one.archive.connection
        return [row.id for row in store.rows(connection, hidden=True)] + [
            row.id for row in store.rows(connection, kind="link", hidden=True)
        ]

    def pick(self, who: int, pick: int) -> tuple[Someone, RecordId] | None:
        one = self.people[who]
        known = sorted(self.records(one))
        return (one, known[pick % len(known)]) if known else None

    @rule(who=WHO, kind=st.sampled_from(["person", "testimony"]), words=WORDS)
    def write_down(self, who: int, kind: str, words: str) -> None:
        self.people[who].new(kind, **{FIELDS[kind][0]: words})

    @rule(who=WHO, pick=PICK, field=PICK, words=WORDS, source=SOURCES)
    def edit(self, who: int, pick: int, field: int, words: str, source: str) -> None:
        if found := self.pick(who, pick):
            one, record = found
            kind = store.row_of(one.archive.connection, record).type
            names = FIELDS[kind]
            name = names[field % len(names)]
            value: Any = {"status_date": {"told": words}, "role": "about", "phone": [words, "112"]}.get(name, words)
            one.edit(record, source, **{name: value})

    @rule(who=WHO, pick=PICK, words=WORDS)
    def type_and_finish(self, who: int, pick: int, words: str) -> None:
        if found := self.pick(who, pick):
            one, record = found
            kind = store.row_of(one.archive.connection, record).type
            drafts.keep(one.archive, record, kind, {FIELDS[kind][0]: words, "sex": words})
            drafts.finish_all(one.archive)

    @rule(who=WHO, pick=PICK, hidden=st.booleans())
    def hide(self, who: int, pick: int, hidden: bool) -> None:
        if found := self.pick(who, pick):
            records.hide(found[0].archive, found[1], hidden=hidden)

    @rule(who=WHO, pick=PICK)
    def undo(self, who: int, pick: int) -> None:
        if found := self.pick(who, pick):
            try:
                records.undo(found[0].archive, found[1])
            except NothingToUndoError:
                return

    @rule(who=WHO, first=PICK, second=PICK)
    def link(self, who: int, first: int, second: int) -> None:
        a, b = self.pick(who, first), self.pick(who, second)
        if a and b and a[1] != b[1]:
            records.link(a[0].archive, a[1], b[1], "about")

    @rule(who=WHO, pick=PICK, which=PICK)
    def resolve(self, who: int, pick: int, which: int) -> None:
        if found := self.pick(who, pick):
            one, record = found
            fields = store.fields_of(one.archive.connection, record)
            for key, state in fields.items():
                if state.contested:
                    records.resolve(one.archive, record, key, state.claims[which % len(state.claims)].entry)
                    after = store.fields_of(one.archive.connection, record)[key]
                    assert after.value == state.claims[which % len(state.claims)].value
                    return

    @rule(who=WHO, pick=PICK, everything=st.booleans(), codes=st.booleans())
    def hand_over(self, who: int, pick: int, everything: bool, codes: bool) -> None:
        found = self.pick(who, pick)
        one = self.people[who]
        only = None if everything or not found else [found[1]]
        others = [other for other in self.people if other is not one]
        try:
            self.sealed.append(one.bundle(*others, only=only, codes=codes))
        except NothingToSendError:
            return

    @precondition(lambda self: self.sealed)
    @rule(who=WHO, pick=PICK)
    def take_in(self, who: int, pick: int) -> None:
        bundle = self.sealed[pick % len(self.sealed)]
        one = self.people[who]
        if bundle.name.startswith(one.name):
            return
        shows = self.shows(one)
        outcome = one.takes(bundle)
        changed = {record for record, shown in self.shows(one).items() if shows.get(record) != shown}
        assert changed <= outcome.changed.records
        before = one.snapshot()
        again = one.takes(bundle)
        assert (again.new_entries, again.new_objects, again.changed.records) == (0, 0, frozenset())
        assert one.snapshot() == before

    @rule(who=WHO)
    def rebuild(self, who: int) -> None:
        one = self.people[who]
        before = one.snapshot()
        projection.rebuild(one.archive.connection)
        assert one.snapshot() == before

    def shows(self, one: Someone) -> dict[RecordId, object]:
        """What each record shows: its row and its links with what is at their other ends."""
        connection = one.archive.connection
        return {
            record: (
                store.row_of(connection, record),
                [(link, store.row_if_there(connection, link.other)) for link in store.links_of(connection, record)],
            )
            for record in self.records(one)
        }

    @invariant()
    def equal_bodies_give_equal_records(self) -> None:
        seen: dict[frozenset[bytes], object] = {}
        for one in self.people:
            rows = one.archive.connection.execute(
                "SELECT entry.entry FROM entry JOIN body ON body.entry = entry.id WHERE body.kind <> 'trust'"
            )
            bodies = frozenset(entry for (entry,) in rows)
            assert seen.setdefault(bodies, one.snapshot()) == one.snapshot()

    @invariant()
    def every_claim_is_live_or_replaced_by_one_that_is_here(self) -> None:
        for one in self.people:
            lost = one.archive.connection.value(
                "SELECT count(*) FROM claim JOIN entry ON entry.id = claim.entry WHERE claim.replaced = 1"
                " AND NOT EXISTS (SELECT 1 FROM replaced WHERE replaced.target = entry.entry"
                " AND replaced.key = claim.key AND replaced.record = claim.record)"
            )
            said = one.archive.connection.value(
                "SELECT count(*) FROM body WHERE kind IN ('edit', 'attach', 'resolve', 'hide')"
            )
            touched = one.archive.connection.value("SELECT count(*) FROM touch WHERE type IS NOT NULL")
            assert (lost, touched) == (0, said)

    @invariant()
    def hidden_records_are_in_no_list_and_not_found(self) -> None:
        for one in self.people:
            listed = {row.id for row in store.rows(one.archive.connection)}
            indexed = {record for record, *_texts in one.snapshot()["search"]}
            for record in self.records(one):
                state = store.fields_of(one.archive.connection, record).get(HIDDEN)
                if state and all(claim.value is True for claim in state.claims):
                    assert record not in listed | indexed


TestPeople = People.TestCase
TestPeople.settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
