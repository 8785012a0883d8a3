"""Operations on backups: made, appended to, restored into a new vault."""

from __future__ import annotations

from pathlib import Path

from fieldapp.services import records
from fieldapp.services.safety import backups
from tests.faults.scene import LATER_MS, Also, Operation, Scene
from tests.faults.worlds import with_open
from tests.unit.services.people import PASSPHRASE, Clock

BACKUP = "ainura.backup"


def back_up(scene: Scene) -> None:
    backups.back_up(scene.archive, scene.place / "stick" / BACKUP)


def restore_backup(scene: Scene) -> None:
    restored = backups.restore(
        scene.place / "stick" / BACKUP,
        scene.vault_of("Ainura, restored"),
        PASSPHRASE,
        device="again",
        clock=Clock(LATER_MS),
    )
    scene.opened = restored.archive


def with_backup(place: Path) -> None:
    archive = with_open(place)
    backups.back_up(archive, place / "stick" / BACKUP)
    archive.close()


def with_backup_and_more(place: Path) -> None:
    with_backup(place)
    archive = with_open(place)
    records.save(archive, "testimony", {"title": "More"})
    archive.close()


def backup_whole(least: int) -> Also:
    """The generations that were there are whole; the new one is, where that was told."""

    def look(scene: Scene, done: int) -> None:
        path = scene.place / "stick" / BACKUP
        assert path.exists() or not (done or least)
        if path.exists():
            found = backups.check(path)
            assert found.generations >= least + (1 if done else 0)
            assert not found.damaged

    return look


OPERATIONS = (
    Operation("backup", (back_up,), also=backup_whole(0), halfway=1),
    Operation("backup appended", (back_up,), also=backup_whole(1), before=with_backup_and_more, halfway=1),
    Operation(
        "restore a backup", (restore_backup,),
        who="", leaves="Ainura, restored", fresh=True, needs=("Ainura",), before=with_backup, halfway=9,
    ),
)  # fmt: skip
