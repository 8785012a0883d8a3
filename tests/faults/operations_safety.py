"""Operations that keep a vault: several writers, new keys, shares of it with coordinators, repair."""

from __future__ import annotations

from pathlib import Path

from fieldapp.errors import WrongPassphraseError
from fieldapp.services import trust, vaults, writers
from fieldapp.services.archive import Archive
from fieldapp.services.safety import escrow, rekeying, rescue
from tests.faults.scene import LATER_MS, Operation, Scene
from tests.faults.worlds import with_open
from tests.unit.services.people import PASSPHRASE, Clock

NEW = "nine green apricots"
SECOND = "eleven dry cherries"


def add_writer(scene: Scene) -> None:
    if all(each.name != "Zarina" for each in writers.list_(scene.archive)):  # she may be there, though nobody was told
        writers.add(scene.archive, SECOND, person="Zarina", device="the same laptop")


def remove_writer(scene: Scene) -> None:
    writers.remove(scene.archive, writers.find(scene.archive, "Zarina").id)


def rekey(scene: Scene) -> None:
    if opens_as_before(scene):
        rekeying.rekey(scene.archive, PASSPHRASE, NEW, phrase=rekeying.new_phrase())


def rotate(scene: Scene) -> None:
    if opens_as_before(scene):
        rekeying.rekey(scene.archive, PASSPHRASE, NEW, phrase=None, holders=coordinators(scene.archive))


def opens_as_before(scene: Scene) -> bool:
    """Whether the new keys did not come; where an attempt closed the vault, whichever passphrase opens it decides."""
    if scene.archive.vault.is_open:
        return True
    try:
        scene.open("Ainura", NEW)
    except WrongPassphraseError:
        scene.open("Ainura")
        return True
    return False


def seal_anew(scene: Scene) -> None:
    if not scene.archive.vault.is_open:
        scene.open("Ainura", NEW)
    while rekeying.continue_rekey(scene.archive):
        pass


def coordinators(archive: Archive) -> list[trust.Peer]:
    return [trust.find_peer(archive, name) for name in ("Bek", "Chinara")]


def choose(scene: Scene) -> None:
    escrow.choose(scene.archive, coordinators(scene.archive))


def write_shares(scene: Scene) -> None:
    for holder in escrow.state(scene.archive).holders:
        if holder.written_ms is None:
            escrow.write(scene.archive, holder.fingerprint, scene.free(f"{holder.name}.share"))


def take_share(scene: Scene) -> None:
    escrow.import_file(scene.archive, scene.place / "Bek.share")


def recover_with_shares(scene: Scene) -> None:
    words = [(scene.place / f"words of {name}").read_text() for name in ("Bek", "Chinara")]
    one, other = words
    scene.opened = vaults.recover_with_shares(scene.vault_of("Ainura"), one, other, NEW, clock=Clock(LATER_MS))


def repair(scene: Scene) -> None:
    damaged, folder = scene.vault_of("Ainura"), scene.vault_of("Ainura, repaired")
    rescue.repair(damaged, folder, PASSPHRASE, device="again", clock=Clock(LATER_MS))


def with_second_writer(place: Path) -> None:
    archive = with_open(place)
    writers.add(archive, SECOND, person="Zarina", device="the same laptop")
    archive.close()


def with_shares_chosen(place: Path) -> None:
    archive = with_open(place)
    escrow.choose(archive, coordinators(archive))
    archive.close()


def with_shares_written(place: Path) -> None:
    with_shares_chosen(place)
    archive = with_open(place)
    for holder in escrow.state(archive).holders:
        escrow.write(archive, holder.fingerprint, place / f"{holder.name}.share")
    archive.close()


def with_shares_held(place: Path) -> None:
    with_shares_written(place)
    for name in ("Bek", "Chinara"):
        archive = with_open(place, name)
        escrow.import_file(archive, place / f"{name}.share")
        (held,) = escrow.held(archive)
        (place / f"words of {name}").write_text(escrow.words(archive, held.owner))
        archive.close()


def with_damage(place: Path) -> None:
    """One copy of the header is gone, and a byte of one sealed file is another."""
    folder = place / "vault of Ainura"
    (folder / "header.a").unlink()
    damaged = min(path for path in (folder / "objects").rglob("*") if path.is_file())
    content = bytearray(damaged.read_bytes())
    content[100] ^= 1
    damaged.write_bytes(content)


def shares_whole(scene: Scene, done: int) -> None:
    """A share that is not kept here any more is on the stick, whole."""
    written = [each for each in escrow.state(scene.archive).holders if each.written_ms is not None]
    files = list((scene.place / "stick").iterdir())
    assert len(files) >= len(written)
    assert not done or len(written) == 2


_CHANGED = (PASSPHRASE, NEW)
_BOTH = ("Bek", "Chinara")

OPERATIONS = (
    Operation("add a writer", (add_writer,), halfway=3),
    Operation("remove a writer", (remove_writer,), before=with_second_writer, halfway=1),
    Operation("new keys", (rekey, seal_anew), passphrases=_CHANGED, halfway=9),
    Operation(
        "new keys and shares", (rotate, seal_anew),
        passphrases=_CHANGED, before=with_shares_written, halfway=9, needs=_BOTH,
    ),
    Operation("choose holders", (choose,), halfway=4),
    Operation("write shares", (write_shares,), before=with_shares_chosen, also=shares_whole, halfway=2),
    Operation("take a share", (take_share,), who="Bek", needs=("Ainura",), before=with_shares_written),
    Operation(
        "recover with shares", (recover_with_shares,),
        who="", leaves="Ainura", needs=_BOTH, passphrases=_CHANGED, before=with_shares_held, halfway=1,
    ),
    Operation(
        "repair", (repair,),
        who="", leaves="Ainura, repaired", fresh=True, needs=("Ainura",), before=with_damage, halfway=9,
    ),
)  # fmt: skip
