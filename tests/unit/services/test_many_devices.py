"""Six devices for months: whatever is written, lost, doubled, cut off, withdrawn, revoked or copied, all come together.

Four activists and two coordinators whom everybody has designated. Clocks are off by up to ten years. A seventh machine
may appear: a copy of somebody's vault, in use at the same time; and somebody may go on with a new log.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fieldapp.errors import BundleError, NothingToSendError, NothingToUndoError, SealedError
from fieldapp.records import projection, store
from fieldapp.services import quarantine, receipts, records, revoking, trust, vaults, withdrawals
from fieldapp.services.alarms import AlarmKind, alarms
from fieldapp.services.arrivals import Arrival
from fieldapp.services.going import Basis
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from fieldapp.values import RecordId
from tests.unit.services.people import PASSPHRASE, Clock, Someone, someone

NAMES = ("Ainura", "Bek", "Chinara", "Dilshod", "Nodira", "Karim")
COORDINATORS = NAMES[4:]
TEN_YEARS_MS = 10 * 365 * 86_400_000
OFF_MS = (0, TEN_YEARS_MS, -TEN_YEARS_MS, 3_600_000, -86_400_000, 0)
WORDS = st.sampled_from(["Marufjon", "marufjon ", "Маруфжон", "Karim", "+998 90 1", "+998901", ""])
SOURCES = st.sampled_from(["", "", "mother", "brother"])
WHO = st.integers(0, len(NAMES) - 1)
PICK = st.integers(0, 1000)
FIELDS = {
    "person": ("name", "notes", "phone", "challenge", "status_date"),
    "testimony": ("title", "narrative"),
    "link": ("note", "role"),
}
BODIES = "SELECT entry.entry FROM body JOIN entry ON entry.id = body.entry"
LOCAL = ("trust", "key", "standing", "keep")


@cache
def template() -> Path:
    """Six closed vaults whose owners trust each other. They are made once; every run works on copies."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-devices-"))
    people = [someone(folder, name) for name in NAMES]
    for one, other in permutations(people, 2):
        one.trusts(other, role=Role.COORDINATOR if other.name in COORDINATORS else Role.FIELD)
    for one in people:
        one.archive.close()
    return folder


class Devices(RuleBasedStateMachine):
    """What people do, and what the world does to their bundles."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="devices-")
        place = Path(self.folder.name)
        self.people = []
        for name, off in zip(NAMES, OFF_MS, strict=True):
            shutil.copytree(template() / f"vault of {name}", place / f"vault of {name}")
            self.people.append(self.opened(name, place / f"vault of {name}", Clock(1_790_000_000_000 + off)))
        self.sealed: list[tuple[Someone, Path]] = []
        self.revoked: set[str] = set()
        self.clone: Someone | None = None
        self.cloned: Someone | None = None
        self.anew = False

    def opened(self, name: str, vault: Path, clock: Clock) -> Someone:
        return Someone(name, vaults.unlock(vault, PASSPHRASE, clock=clock), vault.parent, "")

    def teardown(self) -> None:
        """In the end everybody gives everybody everything, and all who were not shut out say the same."""
        for one in self.people:
            for record in self.records(one):
                records.hide(one.archive, record, hidden=False)
        honest = [one for one in self.people if one.name not in self.revoked and one is not self.cloned]
        for _round in range(2):
            for one, other in permutations(honest, 2):
                self.give_all(one, other)
        self.equal_bodies_give_equal_records()
        withdrawn = {each for one in honest for each in self.withdrawn(one)}
        told = [self.told(one, withdrawn) for one in honest]
        assert all(each == told[0] for each in told)
        for one in [*self.people, *([self.clone] if self.clone else [])]:
            self.rebuilt_is_equal(one)
            one.archive.close()
        self.folder.cleanup()

    def give_all(self, one: Someone, other: Someone) -> None:
        try:
            bundle = one.bundle(other, codes=True, contact=True, again=True)
        except NothingToSendError:
            return
        assert other.takes(bundle).state in (Arrival.IMPORTED, Arrival.NOTHING_NEW)

    def records(self, one: Someone) -> list[RecordId]:
        rows = one.archive.connection.execute("SELECT record FROM record ORDER BY record")
        return [RecordId(record) for (record,) in rows]

    def withdrawn(self, one: Someone) -> set[RecordId]:
        rows = one.archive.connection.execute("SELECT record FROM withdrawal")
        return {RecordId(record) for (record,) in rows}

    def told(self, one: Someone, withdrawn: set[RecordId]) -> dict[tuple[bytes, str], object]:
        """Every field of every record that nobody wanted back, but for links, whose ends may have been."""
        connection = one.archive.connection
        return {
            (row.id, key): [(claim.entry, claim.value) for claim in state.claims]
            for row in store.rows(connection, hidden=True)
            if row.id not in withdrawn
            for key, state in store.fields_of(connection, row.id).items()
        }

    def pick(self, one: Someone, pick: int) -> RecordId | None:
        known = self.records(one)
        return known[pick % len(known)] if known else None

    def writer(self, who: int, pick: int) -> Someone:
        """Somebody, or now and then the copy of their vault."""
        one = self.people[who]
        return self.clone if self.clone is not None and one is self.cloned and pick % 2 else one

    @rule(who=WHO, pick=PICK, kind=st.sampled_from(["person", "testimony"]), words=WORDS)
    def write_down(self, who: int, pick: int, kind: str, words: str) -> None:
        self.writer(who, pick).new(kind, **{FIELDS[kind][0]: words})

    @rule(who=WHO, pick=PICK, field=PICK, words=WORDS, source=SOURCES)
    def edit(self, who: int, pick: int, field: int, words: str, source: str) -> None:
        one = self.writer(who, field)
        record = self.pick(one, pick)
        if record is None:
            return
        names = FIELDS[store.row_of(one.archive.connection, record).type]
        name = names[field % len(names)]
        value: Any = {"status_date": {"told": words}, "role": "about", "phone": [words, "112"]}.get(name, words)
        one.edit(record, source, **{name: value})

    @rule(who=WHO, pick=PICK, which=PICK)
    def resolve(self, who: int, pick: int, which: int) -> None:
        one = self.people[who]
        record = self.pick(one, pick)
        fields = store.fields_of(one.archive.connection, record) if record else {}
        for key, state in fields.items():
            if record and state.contested:
                records.resolve(one.archive, record, key, state.claims[which % len(state.claims)].entry)
                return

    @rule(who=WHO, pick=PICK, hidden=st.booleans())
    def hide(self, who: int, pick: int, hidden: bool) -> None:
        if record := self.pick(self.people[who], pick):
            records.hide(self.people[who].archive, record, hidden=hidden)

    @rule(who=WHO, pick=PICK)
    def undo(self, who: int, pick: int) -> None:
        if record := self.pick(self.people[who], pick):
            try:
                records.undo(self.people[who].archive, record)
            except NothingToUndoError:
                return

    @rule(who=WHO, first=PICK, second=PICK)
    def link(self, who: int, first: int, second: int) -> None:
        one = self.people[who]
        a, b = self.pick(one, first), self.pick(one, second)
        if a and b and a != b:
            records.link(one.archive, a, b, "about")

    @rule(who=WHO, pick=PICK, lifted=st.booleans())
    def withdraw(self, who: int, pick: int, lifted: bool) -> None:
        one = self.people[who]
        record = self.pick(one, pick)
        if record and lifted:
            withdrawals.lift(one.archive, record)
        elif record:
            withdrawals.withdraw(one.archive, record, by="the narrator", how=How.SPOKEN)

    @rule(who=WHO, pick=PICK)
    def decline(self, who: int, pick: int) -> None:
        one = self.people[who]
        waiting = withdrawals.pending(one.archive)
        if waiting:
            withdrawals.decline(one.archive, [waiting[pick % len(waiting)]])

    @rule(who=st.integers(4, 5), pick=st.integers(0, 3))
    def revoke(self, who: int, pick: int) -> None:
        """A coordinator says that an activist's device is lost; at most one each, so that people are left."""
        lost, one = self.people[pick], self.people[who]
        if len(self.revoked) < 2 and lost.name not in self.revoked and self.trusted(one, lost):
            revoking.revoke(one.archive, one.peer(lost))
            self.revoked.add(lost.name)

    def is_one(self, one: Someone, other: Someone) -> bool:
        """Whether they are the same person, or a vault and its copy."""
        return one is other or {id(one), id(other)} == {id(self.clone), id(self.cloned)}

    def trusted(self, one: Someone, other: Someone) -> bool:
        return other.name in {peer.name for peer in trust.peers(one.archive)}

    @precondition(lambda self: self.clone is None)
    @rule(who=st.integers(0, 3))
    def copy_a_vault(self, who: int) -> None:
        """Somebody copies the folder of a closed vault, and both are used from now on."""
        one = self.people[who]
        clock = one.archive.clock
        assert isinstance(clock, Clock)
        one.archive.close()
        other = Path(self.folder.name, "elsewhere", one.vault.folder.name)
        shutil.copytree(one.vault.folder, other)
        self.people[who] = self.opened(one.name, one.vault.folder, clock)
        self.clone, self.cloned = self.opened(one.name, other, Clock(clock.now_ms)), self.people[who]

    @precondition(lambda self: not self.anew)
    @rule(who=WHO)
    def go_on_anew(self, who: int) -> None:
        """Somebody goes on with a new log and a new card, as after a theft; all others compare its words."""
        one = self.people[who]
        if one.name not in self.revoked:
            self.anew = True
            role = Role.COORDINATOR if one.name in COORDINATORS else Role.FIELD
            card = vaults.begin_anew(one.archive, "another laptop")
            one.name += " II"
            for other in self.people:
                if other is not one:
                    trust.trust(other.archive, card, name=one.name, role=role)

    @rule(
        who=WHO,
        pick=PICK,
        to=st.sets(WHO, min_size=1, max_size=3),
        basis=st.sampled_from(list(Basis)),
        everything=st.booleans(),
        rest=st.booleans(),
    )
    def hand_over(self, *, who: int, pick: int, to: set[int], basis: Basis, everything: bool, rest: bool) -> None:
        one = self.writer(who, pick)
        record = self.pick(one, pick)
        only = None if everything or record is None else [record]
        others = [self.people[each] for each in sorted(to) if self.trusted(one, self.people[each])]
        others = [each for each in others if not self.is_one(each, one)]
        if others:
            try:
                self.sealed.append((one, one.bundle(*others, only=only, basis=basis, codes=rest, contact=rest)))
            except NothingToSendError:
                return

    @precondition(lambda self: self.sealed)
    @rule(who=WHO, pick=PICK, cut=st.sampled_from([None, None, None, 1, 999]))
    def take_in(self, who: int, pick: int, cut: int | None) -> None:
        """Any bundle that was ever made reaches anybody at any time, whole or cut off."""
        sender, bundle = self.sealed[pick % len(self.sealed)]
        one = self.people[who]
        if self.is_one(sender, one):
            return
        before = one.snapshot()
        content = bundle.read_bytes()
        stick = Path(self.folder.name, "stick")
        stick.write_bytes(content if cut is None else content[: len(content) * cut // 1000])
        try:
            outcome = one.takes(stick)
        except (BundleError, SealedError):  # not for them, or cut off
            assert one.snapshot() == before
            return
        assert cut is None
        if outcome.state is Arrival.QUARANTINED:
            assert one.snapshot() == before
            return
        now = one.snapshot()
        again = one.takes(stick)
        assert (again.new_entries, again.new_objects, again.changed.records) == (0, 0, frozenset())
        assert one.snapshot() == now

    @rule(who=WHO)
    def look_into_quarantine(self, who: int) -> None:
        one = self.people[who]
        before = one.snapshot()
        for sender in quarantine.senders(one.archive):
            quarantine.look_inside(one.archive, sender)
        assert one.snapshot() == before

    @rule(who=WHO)
    def rebuild(self, who: int) -> None:
        self.rebuilt_is_equal(self.people[who])

    def rebuilt_is_equal(self, one: Someone) -> None:
        before = one.snapshot()
        projection.rebuild(one.archive.connection)
        assert one.snapshot() == before

    @invariant()
    def equal_bodies_give_equal_records(self) -> None:
        """Among those who decided the same: trust is equal by construction, so nobody who declined, and no outcast."""
        seen: dict[frozenset[bytes], object] = {}
        for one in self.people:
            rows = one.archive.connection.execute(
                "SELECT entry.entry, body.kind FROM entry JOIN body ON body.entry = entry.id"
            )
            if one.name in self.revoked or any(kind in ("standing", "keep") for _entry, kind in rows):
                continue
            bodies = frozenset(entry for entry, kind in rows if kind not in LOCAL)
            assert seen.setdefault(bodies, one.snapshot()) == one.snapshot()

    @invariant()
    def no_claim_is_lost(self) -> None:
        """Every body that claims something is in the projection, or is told to wait because its device was revoked."""
        for one in self.people:
            lost = one.archive.connection.value(
                "SELECT count(*) FROM body WHERE kind IN ('edit', 'attach', 'resolve', 'hide')"
                " AND entry NOT IN (SELECT entry FROM touch) AND entry NOT IN (SELECT entry FROM unstanding)"
            )
            assert lost == 0

    @invariant()
    def every_fork_is_flagged(self) -> None:
        for one in self.people:
            connection = one.archive.connection
            twice = set(connection.execute("SELECT log, seq FROM entry GROUP BY log, seq HAVING count(*) > 1"))
            assert twice <= set(connection.execute("SELECT log, seq FROM fork"))
            foreign = connection.value(
                "SELECT 1 FROM entry JOIN log ON log.id = entry.log WHERE entry.arrival IS NOT NULL"
                " AND log.secrets IS NOT NULL"
            )
            kinds = {alarm.kind for alarm in alarms(one.archive)}
            assert bool(kinds & {AlarmKind.FORK, AlarmKind.CLONE}) == bool(twice or foreign)

    @invariant()
    def nobody_is_believed_to_hold_what_they_do_not(self) -> None:
        """What a receipt makes one person believe of another is true, unless that other has taken it away since."""
        for one, other in permutations(self.people, 2):
            if not self.trusted(one, other) or self.cloned in (one, other):
                continue
            held = receipts.held_by(one.archive, one.peer(other))
            theirs = {entry for (entry,) in other.archive.connection.execute(BODIES)}
            rows = one.archive.connection.execute(
                "SELECT log.log, entry.seq, entry.id, entry.entry FROM entry JOIN log ON log.id = entry.log"
            )
            for log, seq, rowid, entry in rows:
                assert entry in theirs or not held.has_body(log, seq, rowid)


TestDevices = Devices.TestCase
TestDevices.settings = settings(
    max_examples=2000 if os.environ.get("FIELDAPP_NIGHTLY") else 8,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
