"""Operations on a whole vault: made, opened after a crash or under an older version, its secrets changed, copied."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from fieldapp.errors import VaultForeignError, VaultNotFoundError
from fieldapp.services import age_key, cards, preferences, vaults
from fieldapp.services.preferences import Preferences
from fieldapp.vault import destroying
from tests.faults.scene import LATER_MS, Operation, Scene
from tests.faults.worlds import leave_a_crash, with_open
from tests.unit.services.people import CHEAP, PASSPHRASE, Clock
from tests.unit.vault.older import make_version_1, make_version_2

NEW = "nine green apricots"


def create(scene: Scene) -> None:
    folder = scene.vault_of("Gulnora")
    scene.opened = vaults.create(
        folder, PASSPHRASE, person="Gulnora", device="new", parameters=CHEAP, floor_kib=0, clock=Clock(LATER_MS)
    ).archive


def unlock(scene: Scene) -> None:
    scene.open("Ainura")


def recover(scene: Scene) -> None:
    phrase = (scene.place / "phrase").read_text()
    scene.opened = vaults.recover(scene.vault_of("Ainura"), phrase, NEW, clock=Clock(LATER_MS))


def change_passphrase(scene: Scene) -> None:
    vaults.change_passphrase(scene.archive, PASSPHRASE, NEW)


def begin_anew(scene: Scene) -> None:
    if cards.own_card(scene.archive).device != "laptop, again":  # refused in its second half, it was begun all the same
        vaults.begin_anew(scene.archive, "laptop, again")


def restore(scene: Scene) -> None:
    folder = scene.vault_of("Ainura, restored")
    scene.opened = vaults.restore(scene.vault_of("Ainura"), folder, PASSPHRASE, device="again", clock=Clock(LATER_MS))


def rebuild(scene: Scene) -> None:
    vaults.rebuild(scene.archive)


def prefer(scene: Scene) -> None:
    preferences.store(scene.archive, Preferences(lock_after_s=60))


def write_key(scene: Scene) -> None:
    age_key.write_age_key(scene.archive, scene.free("key.txt"))


def destroy(scene: Scene) -> None:
    with suppress(VaultNotFoundError, VaultForeignError):  # all of it went before, but for empty folders
        destroying.destroy(scene.vault_of("Ainura"))


def as_version_1(place: Path) -> None:
    make_version_1(with_open(place).vault)


def as_version_2(place: Path) -> None:
    make_version_2(with_open(place).vault)


def key_whole(scene: Scene, done: int) -> None:
    """Where a key was told as written, it is there; a kill may leave a part of one, which is less of a secret."""
    texts = [path.read_text() for path in (scene.place / "stick").iterdir()]
    assert not done or any(text.startswith("AGE-SECRET-KEY-PQ-1") and text.endswith("\n") for text in texts)


OPERATIONS = (
    Operation("create", (create,), who="", leaves="Gulnora", fresh=True, halfway=9),
    Operation("unlock after a crash", (unlock,), who="", leaves="Ainura", before=leave_a_crash),
    Operation("passphrase", (change_passphrase,), passphrases=(PASSPHRASE, NEW)),
    Operation("recover", (recover,), who="", leaves="Ainura", passphrases=(PASSPHRASE, NEW)),
    Operation("begin anew", (begin_anew,), halfway=2),
    Operation("restore", (restore,), who="", leaves="Ainura, restored", fresh=True, needs=("Ainura",), halfway=9),
    Operation("rebuild", (rebuild,)),
    Operation("migrate from 1", (unlock,), who="", leaves="Ainura", before=as_version_1, halfway=1),
    Operation("migrate from 2", (unlock,), who="", leaves="Ainura", before=as_version_2, halfway=1),
    Operation("destroy", (destroy,), who="", leaves="Ainura", gone=True),
    Operation("preferences", (prefer,)),
    Operation("copy the key", (write_key,), also=key_whole, remembers=True),
)
