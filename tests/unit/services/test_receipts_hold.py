"""Whatever is lost, doubled or comes late: in the end everybody has what was for them, and nobody believes too much."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fieldapp.errors import BundleNeedsEarlierError, NothingToSendError
from fieldapp.records import store
from fieldapp.services import receipts
from fieldapp.services.handover import Basis
from fieldapp.services.trust import Role
from fieldapp.values import LogId
from fieldapp.vault import journal
from tests.unit.services.people import Clock, Someone, someone

WHO = st.integers(0, 2)
PICK = st.integers(0, 1000)
NEWS = ("trust", "custody", "receipt", "open")
"""What never travels, tells of travelling, or goes only beside something else."""


class Senders(RuleBasedStateMachine):
    """A field worker and two coordinators who send each other what they have, and lose half of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="senders-")
        clock = Clock()
        self.people = [someone(Path(self.folder.name), name, clock) for name in ("Ainura", "Bek", "Chinara")]
        self.sealed: list[tuple[Path, Someone]] = []
        self.letters: list[tuple[Path, Someone]] = []
        for one in self.people:
            for other in self.people:
                if other is not one:
                    one.trusts(other, role=Role.FIELD if other is self.people[0] else Role.COORDINATOR)

    def teardown(self) -> None:
        """At last bundles arrive: after two rounds there is nothing left that would have to go, but news of it."""
        try:
            for _ in range(3):
                for one, other in self.pairs():
                    if bundle := self.seal_for(one, other):
                        other.takes(bundle)
            self.nobody_believes_more_than_is_true()
            have = [self.bodies(one, but=NEWS) for one in self.people]
            assert have[0] == have[1] == have[2]
            assert len({repr(one.snapshot()["record"]) for one in self.people}) == 1
        finally:
            for one in self.people:
                one.archive.close()
            self.folder.cleanup()

    def pairs(self) -> list[tuple[Someone, Someone]]:
        return [(one, other) for one in self.people for other in self.people if one is not other]

    def bodies(self, one: Someone, *, but: tuple[str, ...] = ()) -> set[bytes]:
        rows = one.archive.connection.execute(
            "SELECT entry.entry, body.kind FROM body JOIN entry ON entry.id = body.entry"
        )
        return {entry for entry, kind in rows if kind not in but}

    def seal_for(self, one: Someone, *others: Someone, basis: Basis = Basis.ACKNOWLEDGED) -> Path | None:
        try:
            return one.bundle(*others, basis=basis, contact=True, again=True)
        except NothingToSendError:
            return None

    @rule(who=WHO, words=st.sampled_from(["one", "two", "+998 90 1"]), with_photo=st.booleans())
    def write_down(self, who: int, words: str, with_photo: bool) -> None:
        one = self.people[who]
        record = one.new("person", name=words, phone=[words])
        if with_photo:
            one.attach(record, f"{words} {who}".encode())

    @rule(who=WHO, pick=PICK, words=st.sampled_from(["three", "four"]))
    def edit(self, who: int, pick: int, words: str) -> None:
        one = self.people[who]
        known = sorted(row.id for row in store.rows(one.archive.connection, kind="person"))
        if known:
            one.edit(known[pick % len(known)], notes=words)

    @rule(who=WHO, to=WHO, basis=st.sampled_from(list(Basis)), both=st.booleans())
    def send(self, who: int, to: int, basis: Basis, both: bool) -> None:
        one = self.people[who]
        others = [other for place, other in enumerate(self.people) if other is not one and (both or place == to)]
        if others and (bundle := self.seal_for(one, *others, basis=basis)):
            self.sealed += [(bundle, other) for other in others]

    @rule(who=WHO, to=WHO)
    def write_back(self, who: int, to: int) -> None:
        one, other = self.people[who], self.people[to]
        if one is not other:
            path = one.folder / f"{one.name}-{next(one.made)}.receipt"
            receipts.write_file(one.archive, one.peer(other), path)
            self.letters.append((path, other))

    @precondition(lambda self: self.sealed)
    @rule(pick=PICK)
    def take_in(self, pick: int) -> None:
        bundle, other = self.sealed[pick % len(self.sealed)]
        try:
            other.takes(bundle)
        except BundleNeedsEarlierError:
            return

    @precondition(lambda self: self.letters)
    @rule(pick=PICK)
    def take_receipt(self, pick: int) -> None:
        path, other = self.letters[pick % len(self.letters)]
        receipts.import_file(other.archive, path)

    @rule(who=WHO, pick=PICK)
    def give_up(self, who: int, pick: int) -> None:
        """Take a body off a device; who has been told that it is there is told otherwise before anything else."""
        one = self.people[who]
        rows = one.archive.connection.execute(
            "SELECT body.entry FROM body JOIN entry ON entry.id = body.entry WHERE entry.arrival IS NOT NULL"
            " AND body.kind IN ('edit', 'attach') ORDER BY body.entry"
        )
        if rows:
            with one.vault.saving():
                journal.remove(one.archive.connection, rows[pick % len(rows)][0])
            for other in self.people:
                if other is not one:
                    path = one.folder / f"{one.name}-{next(one.made)}.receipt"
                    receipts.write_file(one.archive, one.peer(other), path)
                    receipts.import_file(other.archive, path)

    @invariant()
    def nobody_believes_more_than_is_true(self) -> None:
        for one, other in self.pairs():
            holding = receipts.held_by(one.archive, one.peer(other))
            rows = one.archive.connection.execute(
                "SELECT log.log, entry.seq, entry.id, entry.entry FROM entry JOIN log ON log.id = entry.log"
            )
            believed = {entry for log, seq, row, entry in rows if holding.has_body(LogId(log), seq, row)}
            assert believed <= self.bodies(other)
            hashes = {sha256 for (sha256,) in one.archive.connection.execute("SELECT sha256 FROM object")}
            there = {sha256 for (sha256,) in other.archive.connection.execute("SELECT sha256 FROM object")}
            assert {sha256 for sha256 in hashes if holding.has_object(sha256)} <= there


TestSenders = Senders.TestCase
TestSenders.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)
