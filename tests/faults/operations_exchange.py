"""Operations that give something to others or take it in: bundles, parts, receipts, cards, decisions about people."""

from __future__ import annotations

import re

from fieldapp.errors import ExpectedError
from fieldapp.services import (
    arrivals,
    cards,
    handover,
    in_parts,
    incoming,
    part_files,
    parts,
    quarantine,
    receipts,
    revoking,
    tasks,
    trust,
)
from fieldapp.services.trust import Role
from tests.faults.scene import Operation, Scene
from tests.faults.worlds import PART_BYTES
from tests.unit.services.people import PASSPHRASE

_BEING_WRITTEN = re.compile(r"[0-9a-f]{16}\.(partial|part)")


def export(scene: Scene) -> None:
    peer = trust.find_peer(scene.archive, "Bek")
    handover.export(scene.archive, [peer], handover.select(scene.archive, None, to=[peer]), scene.free("june.bundle"))


def export_in_parts(scene: Scene) -> None:
    peer = trust.find_peer(scene.archive, "Bek")
    selection = handover.select(scene.archive, None, to=[peer])
    in_parts.export(scene.archive, [peer], selection, scene.free("june"), part_bytes=PART_BYTES)


def take_in(scene: Scene) -> None:
    arrivals.import_file(scene.archive, scene.place / "for Bek.bundle")


def keep_parts(scene: Scene) -> None:
    for path in sorted((scene.place / "parts").iterdir()):
        parts.note(scene.archive, parts.keep(scene.archive.vault.folder / "inbox", path))


def take_in_parts(scene: Scene) -> None:
    if any(waiting.missing for waiting in parts.waiting(scene.archive)):
        keep_parts(scene)  # only some had been kept
    for waiting in parts.waiting(scene.archive):
        arrivals.import_file(scene.archive, waiting)


def drop_parts(scene: Scene) -> None:
    for waiting in parts.waiting(scene.archive):
        parts.drop(scene.archive, waiting)


def hold_stranger(scene: Scene) -> None:
    arrivals.import_file(scene.archive, scene.place / "of Dilfuza.bundle")


def accept(scene: Scene) -> None:
    for sender in quarantine.senders(scene.archive):
        quarantine.accept(scene.archive, sender)


def refuse(scene: Scene) -> None:
    for sender in quarantine.senders(scene.archive):
        quarantine.refuse(scene.archive, sender)


def write_receipt(scene: Scene) -> None:
    receipts.write_file(scene.archive, trust.find_peer(scene.archive, "Bek"), scene.free("june.receipt"))


def take_receipt(scene: Scene) -> None:
    receipts.import_file(scene.archive, scene.place / "of Bek.receipt")


def write_card(scene: Scene) -> None:
    trust.write_card_file(scene.archive, scene.free("ainura.card"))


def trust_somebody(scene: Scene) -> None:
    trust.trust(scene.archive, trust.read_card_file(scene.place / "chinara.card"))


def distrust(scene: Scene) -> None:
    for peer in trust.peers(scene.archive):
        if peer.name == "Chinara":
            trust.distrust(scene.archive, peer)


def give_role(scene: Scene) -> None:
    trust.set_role(scene.archive, trust.find_peer(scene.archive, "Chinara"), Role.FIELD)


def revoke(scene: Scene) -> None:
    revoking.revoke(scene.archive, trust.find_known(scene.archive, "Chinara"), reason="lost")


def give_task(scene: Scene) -> None:
    peer = trust.find_peer(scene.archive, "Bek")
    tasks.slip(scene.archive, peer, scene.named("P"), "Is she home?", expires="2027-01-01", title="Ours")


def bundles_whole(scene: Scene, done: int) -> None:
    """What lies on the stick opens whole for whom it is; and what was recorded as gone is there."""
    files = [path for path in (scene.place / "stick").iterdir() if not _BEING_WRITTEN.fullmatch(path.name)]
    assert not done or files
    if not files:
        return
    whole: list[bool] = []
    other = Scene(scene.place)
    desk = incoming.receiving(other.open("Bek", PASSPHRASE))
    try:
        for path in files:
            if path.suffix == ".receipt":
                whole.append(receipts.is_receipt(desk.identities, path))
            elif path.is_dir():
                labels = [part_files.look(part) for part in path.iterdir()]
                assert sorted(each.head.number for each in labels) == list(range(1, labels[0].head.count + 1))
            elif path.suffix == ".bundle":
                incoming.discard(incoming.take(desk, other.archive.vault.objects, path))
        assert any(whole) or not (done and whole)  # a receipt is a few bytes: what a kill left of one is refused
    finally:
        other.close()


def cards_whole(scene: Scene, done: int) -> None:
    files = [path for path in (scene.place / "stick").iterdir() if not _BEING_WRITTEN.fullmatch(path.name)]
    assert not done or files
    for path in files:
        try:
            card = trust.read_card_file(path)
        except ExpectedError:
            assert not done, "a card that was told as written does not read"
        else:
            assert card.file == cards.own_card(scene.archive).file


def parts_whole(scene: Scene, done: int) -> None:
    """Every part that waits is whole, and nothing else lies in the inbox."""
    del done
    for waiting in parts.waiting(scene.archive):
        assert parts.damaged(waiting) == waiting.missing


OPERATIONS = (
    Operation("export", (export,), halfway=1, also=bundles_whole, needs=("Bek",)),
    Operation("export in parts", (export_in_parts,), halfway=1, also=bundles_whole, needs=("Bek",)),
    Operation("import", (take_in,), who="Bek"),
    Operation("import parts", (keep_parts, take_in_parts), who="Bek", also=parts_whole, halfway=9),
    Operation("drop parts", (keep_parts, drop_parts), who="Bek", also=parts_whole, halfway=9),
    Operation("hold what a stranger sent", (hold_stranger,)),
    Operation("accept from quarantine", (accept,), halfway=9),
    Operation("refuse from quarantine", (refuse,), halfway=9),
    Operation("receipt file", (write_receipt,), also=bundles_whole, needs=("Bek",)),
    Operation("receipt import", (take_receipt,)),
    Operation("card file", (write_card,), also=cards_whole),
    Operation("trust", (trust_somebody,), who="Bek"),
    Operation("distrust", (distrust,)),
    Operation("role", (give_role,)),
    Operation("revoke", (revoke,)),
    Operation("task slip", (give_task,)),
)
