"""One operation, undisturbed and then with faults: what it may leave, and whether it did leave that."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fieldapp.errors import ExpectedError, VaultDamagedError, VaultForeignError, VaultNotFoundError
from fieldapp.services import records
from tests.faults import oracle, worlds
from tests.faults.harness import REMOVING, Fault, Point, Told, Zygote
from tests.faults.scene import Operation, Scene

ABSENT = (VaultNotFoundError, VaultForeignError, VaultDamagedError)
"""What a folder says in which a vault was about to be made."""
REFUSALS = frozenset(
    {"BackupNoRoomError", "DiskFullError", "FileUnreadableError", "HeaderBytesLeftError", "PlaceUnwritableError"}
)
"""What a disk that is full, or fails to write, may be told as: what is there is whole, and never called damaged."""
REFUSALS_AGAIN = REFUSALS | {"PassphraseTakenError", "WriterNotFoundError", "WrongPassphraseError"}
"""And where it is asked once more: it was done, all but the last sync, and could not be taken back."""
_BEING_WRITTEN = re.compile(r"[0-9a-f]{16}\.(partial|part)")
_AFTERWARDS = "Afterwards"
_ATTEMPTS = 12
"""How often a fault is tried that did not fire: what is random (keys, pages, folders) may save a call now and then."""
_TRIES = 3
"""How many tries may be remembered that were not made: see `Operation.remembers`."""


@dataclass
class Trial:
    """Tries faults in one operation. `world` is what is there before; it is copied for each."""

    zygote: Zygote
    operation: Operation
    world: Path
    place: Path

    def __post_init__(self) -> None:
        self.vaults = tuple(dict.fromkeys((self.operation.who, self.operation.looked_at, *self.operation.needs)))
        self.allowed: list[list[str]] = []
        self.entries: oracle.Entries = {}
        self.points: list[Point] = []
        self._working: list[str] = []
        self._prepare()
        self._learn()

    def fresh(self) -> Path:
        worlds.copy(self.world, self.place, self.vaults)
        return self.place

    def try_one(self, fault: Fault) -> str:
        """What is wrong after this fault; empty where nothing is. Raises nothing: the other faults are tried too."""
        try:
            for _attempt in range(_ATTEMPTS):
                told = self.zygote.run(self.operation.name, self.fresh(), fault)
                if told.broke or told.fired(fault):
                    break
            else:
                return f"{fault}: it never happened"
            self.judge(told, fault)
        except (AssertionError, ExpectedError, OSError) as problem:
            return f"{fault}: {type(problem).__name__} {str(problem)[:600]}"
        return ""

    def judge(self, told: Told, fault: Fault | None) -> None:
        """Raises AssertionError, or the typed error that keeps a person out of their vault."""
        assert not told.broke, told.broke
        assert told.status == 0 or told.was_killed, f"it ended with {told.status}"
        if fault and not fault.kills:
            self._check_refusals(told, fault)
        if self.operation.gone:
            self._judge_end(told)
            return
        may_stay = fault is None or fault.kills or fault.point.call in REMOVING
        orphans = worlds.FILES if may_stay or (fault and fault.onwards) else 0
        found = self._look(told, orphans=orphans, may_stay=may_stay)
        self._go_on(found)

    def _judge_end(self, told: Told) -> None:
        """A vault that is destroyed opens as before, or never again; doing it once more leaves nothing."""
        scene = Scene(self.place)
        folder = scene.vault_of(self.operation.looked_at)
        if told.done:
            assert not files_in(folder), "it was told as destroyed"
        elif folder.exists():
            oracle.check_names(folder)
            with suppress(ExpectedError):
                oracle.check_whole(scene.open(self.operation.looked_at), {})
            scene.close()
        for step in self.operation.steps:
            step(scene)
        assert not files_in(folder), "something of it is left"

    def _prepare(self) -> None:
        if self.operation.before is None:
            return
        special = self.place.with_name(f"{self.place.name} world")
        worlds.copy(self.world, special, self.vaults)
        self.world = special
        self.operation.before(special)

    def _learn(self) -> None:
        """Which states there are undisturbed, which entries are there before, and which calls write."""
        self.points = self._points()
        if self.operation.gone:
            return
        scene = Scene(self.fresh())
        start = None
        if not self.operation.fresh:
            archive = scene.open(self.operation.looked_at)
            self.entries = oracle.entries_of(archive.connection)
            start = oracle.state_of(archive.connection)
            scene.close()
        told = self.zygote.states(self.operation.name, self.fresh())
        assert not told.broke, told.broke
        self.allowed = list(self._states(start, told.states))
        scene.open(self.operation.looked_at, self.operation.passphrases[-1])
        self.allowed[-1].append(oracle.state_of(scene.archive.connection))
        scene.close()
        self._expect_steps()
        if self.operation.remembers:
            self._learn_tries()

    def _learn_tries(self) -> None:
        """What is there where a try more was remembered than made: one before each refusal, one after a kill."""
        scene = self.operation.begin(self.fresh())
        for _ in range(_TRIES):
            self.operation.steps[0](scene)
            for states in self.allowed:
                states.append(oracle.state_of(scene.archive.connection))
        scene.close()

    def _points(self) -> list[Point]:
        told = self.zygote.run(self.operation.name, self.fresh())
        assert not told.broke and told.done == len(self.operation.steps), told.broke or told.refused
        return told.points()

    def _states(self, start: str | None, seen: list[tuple[int, str]]) -> Iterator[list[str]]:
        """For each number of acknowledged steps the states that may be found then, in order."""
        for done in range(len(self.operation.steps) + 1):
            here = [state for number, state in seen if number == done]
            then = [state for number, state in seen if number == done + 1][:1]
            yield list(dict.fromkeys([*([start] if start and not done else []), *here, *then]))

    def _expect_steps(self) -> None:
        for states in self.allowed[:-1]:
            between = len(states) - 2
            assert between <= self.operation.halfway, f"{between} states lie between two acknowledgements"

    def _check_refusals(self, told: Told, fault: Fault) -> None:
        """A refusal is told as what it is, and left a state that may be; and nothing half written beside the vault."""
        for before, (done, name, state) in enumerate(told.refused):
            stayed = {"VaultExistsError"} if before and fault.point.call in REMOVING else set()
            assert name in stayed | (REFUSALS_AGAIN if before else REFUSALS), f"it was told as {name}"
            if state is not None and not (self.operation.fresh or self.operation.gone):
                allowed = self.allowed[done]
                assert state in allowed, f"a refusal left something else: {oracle.difference(state, allowed[0])}"
        if fault.point.call not in REMOVING and (self.place / "stick").exists():
            left = [path.name for path in (self.place / "stick").iterdir() if _BEING_WRITTEN.fullmatch(path.name)]
            assert not left, f"a refusal left {left}"

    def _look(self, told: Told, *, orphans: int, may_stay: bool) -> int:
        """Look at the vault as it is; gives how many steps are done."""
        scene = Scene(self.place)
        folder = scene.vault_of(self.operation.looked_at)
        oracle.check_names(folder)
        try:
            passphrase = self._passphrase(told)
            archive = scene.open(self.operation.looked_at, passphrase)
        except ABSENT:
            if told.done or not self.operation.fresh:
                raise
            shutil.rmtree(folder, ignore_errors=True)
            return 0
        assert may_stay or told.done or not self.operation.fresh, "it was refused, and made all the same"
        try:
            state = oracle.state_of(archive.connection)
            allowed = self.allowed[told.done]
            assert state in allowed or self._may_be_unfinished(told), oracle.difference(state, allowed[0])
            new = oracle.check_kept(archive.connection, self.entries, told.heads)
            oracle.check_whole(archive, new, orphans=orphans)
            self.operation.also(scene, told.done)
        finally:
            scene.close()
        oracle.check_names(folder)
        oracle.check_tidy(folder)
        return self._steps_done(told, state)

    def _may_be_unfinished(self, told: Told) -> bool:
        """A new vault that nobody was told of may lack what comes last."""
        return self.operation.fresh and not told.done

    def _steps_done(self, told: Told, state: str) -> int:
        total = len(self.operation.steps)
        if self.operation.fresh:
            return total
        if len(self.operation.passphrases) > 1:
            changed = self._working == [self.operation.passphrases[-1]]
            return max(told.done, 1) if changed else told.done
        was_done = told.done < total and (state == self.allowed[told.done + 1][0] != self.allowed[told.done][0])
        return told.done + was_done

    def _passphrase(self, told: Told) -> str:
        """The one to open it with; what an acknowledged change replaced opens nothing."""
        if len(self.operation.passphrases) == 1:
            return self.operation.passphrases[0]
        self._working = self.operation.opens_with(self.place)
        assert self._working, "no passphrase opens it"
        if told.done:
            assert self._working == [self.operation.passphrases[-1]], "an old passphrase opens it still"
        return self._working[-1]

    def _go_on(self, done: int) -> None:
        """What was not done is done now, and new work is kept."""
        operation, scene = self.operation, Scene(self.place)
        passphrase = operation.passphrases[-1]
        if done < len(operation.steps):
            if operation.who:
                scene.open(operation.who, passphrase if done else operation.passphrases[0])
            for step in operation.steps[done:]:
                step(scene)
            scene.close()
        archive = scene.open(operation.looked_at, passphrase)
        state = oracle.state_of(archive.connection)
        assert operation.fresh or state in self.allowed[-1], (
            f"it goes on otherwise: {oracle.difference(state, self.allowed[-1][-1])}"
        )
        records.save(archive, "testimony", {"title": _AFTERWARDS})
        scene.close()
        oracle.check_tidy(scene.vault_of(operation.looked_at))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def faults_at(points: list[Point], *, every: bool = False) -> list[Fault]:
    """A kill, ENOSPC and EIO at every point: ENOSPC from then on, as a disk that is full.

    Pages are written by the dozen, so there the errors take turns, at each second page, unless `every` one is asked
    for. Making a file fails once: from then on would mean that nothing can be opened, read or written any more, which
    is no disk but a broken machine.
    """
    faults = []
    for place, point in enumerate(points):
        errors = [Fault(point, "ENOSPC", onwards=point.call != "openat"), Fault(point, "EIO")]
        of_page = errors[place // 2 % 2 :][: 1 - place % 2]
        faults += [Fault(point), *(of_page if point.call == "pwrite64" and not every else errors)]
    return faults


def spread(faults: Sequence[Fault], most: int) -> list[Fault]:
    """At most so many, evenly, the last among them: the end of an operation is where most goes wrong."""
    step = -(-len(faults) // most) | 1  # odd, so that kills and errors take turns
    return list(faults[::-1][::step])
