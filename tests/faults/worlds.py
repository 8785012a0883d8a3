"""What is there before an operation begins: a few people with vaults, and files that went between them.

Ainura works in the field. Bek and Chinara are coordinators who hold "one" and "two" for her; Dilfuza is a stranger;
Erkin was trusted until his device was revoked, and something of his waits. Keys are derived cheaply.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from fieldapp.bundles.parts import MOST_OVERHEAD_BYTES
from fieldapp.services import drafts, handover, in_parts, receipts, records, revoking, tasks, trust, vaults, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.going import Basis
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from fieldapp.vault.connection import PAGE_SIZE
from tests.faults.scene import LATER_MS, Scene
from tests.unit.services.people import PASSPHRASE, Clock, Someone, someone

PART_BYTES = MOST_OVERHEAD_BYTES + 60_000
PHOTO = b"a photo " * 9_000
FILES = 6
"""More than are synced one by one."""
SLIP_DAYS = 30
_CRASHED = 9
_CRASH = "import sys, pathlib; from tests.faults import worlds; worlds.crash_in_a_save(pathlib.Path(sys.argv[1]))"


def build(place: Path) -> None:
    """Everything, in a new folder; all vaults are closed."""
    place.mkdir()
    clock = Clock()
    ainura, bek, chinara, dilfuza, erkin = (
        someone(place, name, clock) for name in ("Ainura", "Bek", "Chinara", "Dilfuza", "Erkin")
    )
    _trust_each_other(ainura, bek, chinara, erkin)
    dilfuza.trusts(ainura)
    _hand_over_and_confirm(ainura, bek, chinara)
    _write(ainura)
    _slip(bek, ainura)
    _send(place, ainura, bek)
    _wait_here(place, ainura, dilfuza, erkin)
    _type(ainura)
    (place / "phrase").write_text(ainura.recovery_phrase)
    (place / "stick").mkdir()
    for number in range(FILES):
        (place / f"photo-{number}.bin").write_bytes(bytes([number]) * 70_000)
    trust.write_card_file(chinara.archive, place / "chinara.card")
    for each in (ainura, bek, chinara, dilfuza, erkin):
        each.archive.close()
    for left in place.glob("*-*.bundle"):
        left.unlink()


def copy(world: Path, place: Path, vaults_needed: tuple[str, ...]) -> None:
    """A fresh place with these vaults, and with everything that is not a vault."""
    shutil.rmtree(place, ignore_errors=True)
    left_out = {path.name for path in world.glob("vault of *")} - {f"vault of {name}" for name in vaults_needed}
    shutil.copytree(world, place, ignore=lambda _folder, _names: left_out)


def _trust_each_other(ainura: Someone, bek: Someone, chinara: Someone, erkin: Someone) -> None:
    ainura.trusts(bek, chinara, role=Role.COORDINATOR)
    ainura.trusts(erkin)
    for each in (bek, chinara, erkin):
        each.trusts(ainura)


def _hand_over_and_confirm(ainura: Someone, bek: Someone, chinara: Someone) -> None:
    for name in ("one", "two"):
        ainura.attach(ainura.new("person", name=name, notes="sings " * 40), name.encode() * 9_000)
    for holder in (bek, chinara):
        holder.takes(ainura.bundle(holder, basis=Basis.EVERYTHING))
        file = holder.folder / f"{holder.name}.receipt"
        receipts.write_file(holder.archive, holder.peer(ainura), file)
        receipts.import_file(ainura.archive, file)
        file.unlink()


def _write(ainura: Someone) -> None:
    ainura.attach(ainura.new("testimony", title="T", narrative="It was night."), PHOTO)
    for name in ("P", "H", "L"):
        ainura.new("person", name=name)
    undone = ainura.new("testimony", title="U", narrative="first")
    ainura.edit(undone, narrative="second")
    for title in ("W", "V"):
        withdrawn = ainura.new("testimony", title=title, narrative="sings " * 40)
        ainura.attach(withdrawn, title.encode() * 9_000)
        withdrawals.withdraw(ainura.archive, withdrawn, by="Ainura", how=How.AUDIO)
    records.link(ainura.archive, ainura.new("person", name="N"), undone, "narrator")


def _slip(bek: Someone, ainura: Someone) -> None:
    """A task of Bek's for Ainura, about a person whom only he knew."""
    sought = bek.new("person", name="S", phone=["+998 90 000"])
    until = (datetime.fromtimestamp(LATER_MS / 1000, UTC) + timedelta(days=SLIP_DAYS)).date().isoformat()
    made = tasks.slip(bek.archive, bek.peer(ainura), sought, "Is she home?", expires=until, title="Slip")
    path = bek.folder / "slip-1.bundle"
    peer = bek.peer(ainura)
    handover.export(bek.archive, [peer], tasks.select(bek.archive, made.task, peer), path)
    ainura.takes(path)


def _send(place: Path, ainura: Someone, bek: Someone) -> None:
    """A bundle for Bek, the same in parts, and a receipt of his: none of them has come in yet."""
    peers = [ainura.peer(bek)]
    selection = handover.select(ainura.archive, None, to=peers)
    handover.export(ainura.archive, peers, selection, place / "for Bek.bundle")
    ainura.new("person", name="Q")
    in_parts.export(
        ainura.archive, peers, handover.select(ainura.archive, None, to=peers), place / "parts", part_bytes=PART_BYTES
    )
    receipts.write_file(bek.archive, bek.peer(ainura), place / "of Bek.receipt")


def _wait_here(place: Path, ainura: Someone, dilfuza: Someone, erkin: Someone) -> None:
    dilfuza.new("person", name="D")
    dilfuza.bundle(ainura).rename(place / "of Dilfuza.bundle")
    revoking.revoke(ainura.archive, ainura.peer(erkin))
    erkin.attach(erkin.new("person", name="E"), b"of Erkin" * 9_000)
    ainura.takes(erkin.bundle(ainura))


def _type(ainura: Someone) -> None:
    """What was typed and not finished: in a record, and in one that is not there yet."""
    scene = Scene(ainura.folder, ainura.archive)
    drafts.keep(ainura.archive, scene.named("L"), "person", {"notes": "typed"})


def with_open(place: Path, name: str = "Ainura") -> Archive:
    """Somebody's vault, to prepare something in it before an operation; who opens it closes it."""
    return vaults.unlock(place / f"vault of {name}", PASSPHRASE, clock=Clock(LATER_MS - 1_000_000))


def leave_a_crash(place: Path) -> None:
    """A vault whose process ended in the middle of a save: half of its pages are written, and the journal is there."""
    done = subprocess.run([sys.executable, "-c", _CRASH, str(place)], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == _CRASHED
    assert (place / "vault of Ainura" / "records.db-journal").stat().st_size > PAGE_SIZE


def crash_in_a_save(place: Path) -> NoReturn:
    """Ends this process."""
    connection = vaults.unlock(place / "vault of Ainura", PASSPHRASE, clock=Clock(LATER_MS)).connection
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE claim SET note = hex(randomblob(3000))")
    connection.execute("UPDATE body SET body = randomblob(3000)")
    os._exit(_CRASHED)
