"""Operations on records and files: written down, changed, linked, hidden, withdrawn, erased, attached, copied out."""

from __future__ import annotations

from pathlib import Path

from fieldapp.media.preview import Preview, Reason
from fieldapp.services import documents, drafts, records, removal, tasks, undoing, withdrawals
from fieldapp.services.documents import StagedFile
from fieldapp.services.records import NewLink
from fieldapp.services.withdrawals import How
from fieldapp.values import RecordId
from fieldapp.vault.journal import Moment
from tests.faults.scene import LATER_MS, Operation, Scene
from tests.faults.worlds import FILES, PHOTO, SLIP_DAYS
from tests.unit.services.people import Bytes

_DAY_MS = 86_400_000
_NOTHING_SEEN = Preview(None, None, None, {}, Reason.NOT_A_PICTURE)
_UNKNOWN = RecordId(bytes(15) + b"\1")


def new_record(scene: Scene) -> None:
    target = scene.named("P")
    records.save(
        scene.archive, "testimony", {"title": "New", "narrative": "n" * 3000}, links=[NewLink(target, "narrator")]
    )


def edit(scene: Scene) -> None:
    records.save(scene.archive, "testimony", {"narrative": "It was morning."}, record=scene.named("T"))


def edit_again(scene: Scene) -> None:
    records.save(scene.archive, "testimony", {"notes": "And rain."}, record=scene.named("T"))


def draft(scene: Scene) -> None:
    drafts.keep(scene.archive, scene.named("T"), "testimony", {"narrative": "It was mor"})


def draft_on(scene: Scene) -> None:
    drafts.keep(scene.archive, scene.named("T"), "testimony", {"narrative": "It was morning, and"})


def draft_new(scene: Scene) -> None:
    drafts.keep(scene.archive, _UNKNOWN, "person", {"name": "Somebody"})


def finish_draft(scene: Scene) -> None:
    drafts.finish(scene.archive, scene.named("L"))


def finish_all(scene: Scene) -> None:
    drafts.finish_all(scene.archive)


def staged(scene: Scene, path: Path) -> StagedFile:
    with path.open("rb") as file:
        sealed = scene.archive.vault.objects.stage(Bytes(file.read()))
    return StagedFile(sealed, path.name, "application/octet-stream", _NOTHING_SEEN)


def attach(scene: Scene) -> None:
    documents.attach(scene.archive, [staged(scene, scene.place / "photo-0.bin")], owner=scene.named("T"))


def attach_many(scene: Scene) -> None:
    several: list[StagedFile] = []
    try:
        several.extend(staged(scene, scene.place / f"photo-{number}.bin") for number in range(FILES))
    except BaseException:
        documents.discard(several)
        raise
    documents.attach(scene.archive, several, owner=scene.named("T"))


def link(scene: Scene) -> None:
    records.link(scene.archive, scene.named("P"), scene.named("H"), "relative")


def hide(scene: Scene) -> None:
    records.hide(scene.archive, scene.named("H"))


def show_again(scene: Scene) -> None:
    records.hide(scene.archive, scene.named("H"), hidden=False)


def undo(scene: Scene) -> None:
    undoing.undo(scene.archive, scene.named("U"))


def withdraw(scene: Scene) -> None:
    withdrawals.withdraw(scene.archive, scene.named("T"), by="Ainura", how=How.SPOKEN)


def lift(scene: Scene) -> None:
    withdrawals.lift(scene.archive, scene.named("W"), by="Ainura")


def shred(scene: Scene) -> None:
    withdrawals.confirm(scene.archive, withdrawals.pending(scene.archive))


def decline(scene: Scene) -> None:
    withdrawals.decline(scene.archive, withdrawals.pending(scene.archive), "They asked for it.")


def travel_light(scene: Scene) -> None:
    removal.travel_light(scene.archive)


def answer(scene: Scene) -> None:
    tasks.answer(scene.archive, scene.named("Slip"), "At home.")


def expire(scene: Scene) -> None:
    tasks.expire(scene.archive, Moment(LATER_MS + (SLIP_DAYS + 3) * _DAY_MS, 300))


def photo_of(scene: Scene) -> RecordId:
    asked = "SELECT target FROM link WHERE role = 'attachment' AND origin = ?"
    return RecordId(scene.archive.connection.value(asked, (scene.named("T"),)))


def log_copy(scene: Scene) -> None:
    documents.log_copy(scene.archive, photo_of(scene), "for the lawyer")


def extract(scene: Scene) -> None:
    stored = documents.content_of(scene.archive, photo_of(scene))
    documents.write_copy(scene.archive.vault.objects, stored, scene.free("photo.jpg"))


def extracted_whole(scene: Scene, done: int) -> None:
    """A copy in the clear is there, whole, where that was told. What was cut off is not hidden."""
    assert done < 2 or PHOTO in [path.read_bytes() for path in (scene.place / "stick").iterdir()]


OPERATIONS = (
    Operation("new record", (new_record,)),
    Operation("edit", (edit, edit_again)),
    Operation("draft", (draft, draft_on, draft_new)),
    Operation("finish a draft", (finish_draft,)),
    Operation("finish drafts", (draft, draft_new, finish_all), halfway=9),
    Operation("attach", (attach,)),
    Operation("attach many", (attach_many,)),
    Operation("link", (link,)),
    Operation("hide", (hide, show_again)),
    Operation("undo", (undo,)),
    Operation("withdraw", (withdraw,)),
    Operation("lift a withdrawal", (lift,)),
    Operation("shred", (shred,), halfway=9),
    Operation("decline", (decline,)),
    Operation("travel light", (travel_light,), halfway=9),
    Operation("answer a task", (answer,)),
    Operation("expire", (expire,), halfway=9),
    Operation("extract", (log_copy, extract), also=extracted_whole),
)
