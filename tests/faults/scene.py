"""What is done to a vault while the system fails: an operation is a few steps, each acknowledged when it is done.

A step finds what it works on by itself, so that whoever comes after a crash can go on with it: in the same process
after a refusal, in another one after a kill.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.services import vaults
from fieldapp.services.archive import Archive
from fieldapp.values import RecordId
from tests.unit.services.people import PASSPHRASE, Clock

LATER_MS = 1_790_100_000_000
"""What the clock says when an operation begins: later than everything that was prepared."""


@dataclass
class Scene:
    """A place in which an operation works, and the vault that it has open (none where opening is the operation)."""

    place: Path
    opened: Archive | None = None

    @property
    def archive(self) -> Archive:
        assert self.opened, "this operation opens no vault beforehand"
        return self.opened

    def vault_of(self, name: str) -> Path:
        return self.place / f"vault of {name}"

    def open(self, name: str, passphrase: str = PASSPHRASE) -> Archive:
        self.opened = vaults.unlock(self.vault_of(name), passphrase, clock=Clock(LATER_MS))
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    def named(self, title: str) -> RecordId:
        """The record with this title, whatever became of it; the only one, or a test has lost its way."""
        asked = "SELECT record FROM record WHERE title = ? AND type <> 'link'"
        ((found,),) = self.archive.connection.execute(asked, (title,))
        return RecordId(found)

    def has(self, title: str) -> bool:
        return bool(self.archive.connection.value("SELECT 1 FROM record WHERE title = ?", (title,)))

    def free(self, name: str) -> Path:
        """A name on the stick that is not taken, as a person would choose another one."""
        path = self.place / "stick" / name
        while path.exists():
            path = path.with_name(f"again-{path.name}")
        return path


Step = Callable[[Scene], object]
Also = Callable[[Scene, int], None]


def nothing_more(scene: Scene, done: int) -> None:
    """There is nothing to look at beyond what every operation owes."""
    del scene, done


@dataclass(frozen=True)
class Operation:
    """One operation, and what is owed after a fault in it.

    Attributes:
        who: whose vault is open when it begins; empty where opening or making one is the operation.
        leaves: whose vault is looked at afterwards. `fresh`: it is a new one, which may not be there at all.
        gone: it is destroyed; no vault is left.
        halfway: how many states lie between two acknowledgements, each of which is whole in itself; 0 is the rule.
        remembers: each try is remembered before it is made, also one that is refused.
        passphrases: what opens it before, and (where it is changed) from the first step on.
        also: looks at what lies beside the vault; told how many steps are certainly done. The vault is open then.
        before: done in a fresh place before the operation, in a process that nothing is done to.
    """

    name: str
    steps: tuple[Step, ...]
    who: str = "Ainura"
    leaves: str = ""
    fresh: bool = False
    gone: bool = False
    halfway: int = 0
    remembers: bool = False
    passphrases: tuple[str, ...] = (PASSPHRASE,)
    also: Also = nothing_more
    before: Callable[[Path], None] | None = None
    needs: tuple[str, ...] = field(default=())

    @property
    def looked_at(self) -> str:
        return self.leaves or self.who

    def begin(self, place: Path) -> Scene:
        scene = Scene(place)
        if self.who:
            scene.open(self.who)
        return scene

    def opens_with(self, place: Path) -> list[str]:
        """Which of the passphrases open it now."""
        working = []
        for each in self.passphrases:
            with suppress(Exception):
                Scene(place).open(self.looked_at, each).close()
                working.append(each)
        return working
