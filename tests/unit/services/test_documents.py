"""Files in and out: every kind and size, once each, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldapp.errors import (
    BadValueError,
    CancelledError,
    DiskFullError,
    FileUnreadableError,
    NoContentError,
    PlaceTakenError,
    PlaceUnwritableError,
    RecordNotFoundError,
    VaultDamagedError,
)
from fieldapp.media.preview import DecoderProcess, Preview, Reason
from fieldapp.records import store
from fieldapp.records.ids import new_record_id
from fieldapp.services import documents, records, views
from fieldapp.services.documents import StagedFile
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.objects import ObjectStore
from tests.unit.services.people import NOTHING_SEEN, Someone, dump, tree

MIB = 1024 * 1024


class NoDecoder(DecoderProcess):
    """Says that nothing is a picture, and starts no process."""

    def preview(self, _source: object, _size_bytes: int | None = None) -> Preview:
        return NOTHING_SEEN


@pytest.fixture
def decoder() -> Iterator[DecoderProcess]:
    with NoDecoder() as made:
        yield made


def staging(someone: Someone) -> list[Path]:
    return list((someone.vault.folder / "objects" / "new").iterdir())


def objects(someone: Someone) -> list[str]:
    return [name for name in tree(someone.vault.folder) if name.startswith("objects/")]


def stage(someone: Someone, path: Path, decoder: DecoderProcess) -> StagedFile:
    return documents.stage(someone.vault.objects, path, decoder)


def content(someone: Someone, document: RecordId) -> bytes:
    with someone.vault.objects.open(documents.content_of(someone.archive, document)) as file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3 * MIB + 1])
def test_a_file_of_any_size_comes_back_byte_for_byte(
    ainura: Someone, decoder: DecoderProcess, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "scan.bin"
    path.write_bytes(os.urandom(size))
    owner = ainura.new("testimony", title="T")

    ((attached,), changed) = documents.attach(ainura.archive, [stage(ainura, path, decoder)], owner=owner)

    assert content(ainura, attached.document) == path.read_bytes()
    assert attached.sha256 == hashlib.sha256(path.read_bytes()).digest()
    shown = views.view(ainura.archive, attached.document)
    assert (shown.value("file_name"), shown.value("size")) == ("scan.bin", size)
    assert {owner, attached.document} <= changed.records
    assert staging(ainura) == []


def test_a_large_file_is_staged_in_bounded_memory(ainura: Someone, decoder: DecoderProcess, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(64 * MIB)
    tracemalloc.start()
    try:
        staged = stage(ainura, path, decoder)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert staged.staged.stored.size == 64 * MIB
    assert most < 8 * MIB
    documents.discard([staged])
    assert staging(ainura) == []


@pytest.mark.slow
def test_three_gigabytes_are_staged_in_bounded_memory(ainura: Someone, decoder: DecoderProcess, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(3 * 1024 * MIB)
    tracemalloc.start()
    try:
        ((attached,), _changed) = documents.attach(ainura.archive, [stage(ainura, path, decoder)])
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert documents.content_of(ainura.archive, attached.document).size == 3 * 1024 * MIB
    assert most < 8 * MIB


def make_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("missing", lambda _path: None),
        ("folder", Path.mkdir),
        ("pipe", os.mkfifo),
        ("loop", make_loop),
        ("/dev/zero", lambda _path: None),
        ("a\0b", lambda _path: None),
        (f"{__file__}/below a file", lambda _path: None),
    ],
)
def test_what_is_no_ordinary_file_is_refused(
    ainura: Someone, decoder: DecoderProcess, tmp_path: Path, path: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / path)

    with pytest.raises(FileUnreadableError):
        stage(ainura, tmp_path / path, decoder)

    assert staging(ainura) == []


def test_a_file_that_may_not_be_read_is_refused(
    ainura: Someone, decoder: DecoderProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> int:
        raise PermissionError(errno.EACCES, "")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(FileUnreadableError) as refused:
            stage(ainura, tmp_path, decoder)

    assert refused.value.reason == "refused"


def test_a_link_to_a_file_is_that_file(ainura: Someone, decoder: DecoderProcess, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"photo")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "real")

    ((attached,), _changed) = documents.attach(ainura.archive, [stage(ainura, tmp_path / "link.jpg", decoder)])

    assert content(ainura, attached.document) == b"photo"
    assert ainura.value(attached.document, "file_name") == "link.jpg"


@pytest.mark.parametrize("change", ["grows", "shrinks", "is rewritten"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    ainura: Someone, decoder: DecoderProcess, tmp_path: Path, change: str
) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"x" * 3 * MIB)
    done: list[int] = []

    def meddle(done_bytes: int, total_bytes: int) -> None:
        if not done:
            done.append(done_bytes)
            with path.open("r+b") as file:
                if change == "shrinks":
                    file.truncate(2 * MIB)
                else:
                    file.seek(0, os.SEEK_END if change == "grows" else os.SEEK_SET)
                    file.write(b"y")
            os.utime(path, ns=(1, 1))

    with pytest.raises(FileUnreadableError) as refused:
        documents.stage(ainura.vault.objects, path, decoder, meddle)

    assert refused.value.reason == "changed"
    assert staging(ainura) == []


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_read_error_is_told_as_one_of_the_file(ainura: Someone, decoder: DecoderProcess) -> None:
    with pytest.raises(FileUnreadableError) as refused:
        stage(ainura, Path("/proc/self/mem"), decoder)

    assert refused.value.reason == "io"
    assert staging(ainura) == []


def test_a_name_that_is_no_text_is_cleaned_for_show(ainura: Someone, decoder: DecoderProcess, tmp_path: Path) -> None:
    path = Path(os.fsdecode(bytes(tmp_path) + b"/\xff\xfe evil\n\xe2\x80\xae.jpg"))
    try:
        path.write_bytes(b"photo")
    except OSError:
        pytest.skip("this disk knows no such name")

    ((attached,), _changed) = documents.attach(ainura.archive, [stage(ainura, path, decoder)])

    name = ainura.value(attached.document, "file_name")
    assert isinstance(name, str) and name.endswith(".jpg") and name.isprintable()


def test_the_same_content_is_stored_once(ainura: Someone) -> None:
    one, two = ainura.new("testimony", title="1"), ainura.new("testimony", title="2")

    first = ainura.attach(one, b"photo", b"photo", b"other")
    second = ainura.attach(two, b"photo")

    assert first[0] == first[1] == second[0] != first[2]
    assert len(objects(ainura)) == 2
    assert len(store.links_of(ainura.archive.connection, one)) == 2
    assert [link.other for link in store.links_of(ainura.archive.connection, two)] == [first[0]]
    assert ainura.attach(two, b"photo") == second
    assert len(store.links_of(ainura.archive.connection, two)) == 1


def test_what_is_said_of_a_file_that_is_here_already_is_written_down(ainura: Someone) -> None:
    (document,) = ainura.attach(None, b"photo")

    documents.attach(ainura.archive, [ainura.staged(b"photo")], values={"title": "the contract"})

    assert ainura.value(document, "title") == "the contract"


def test_the_content_of_a_hidden_document_can_be_attached_anew(ainura: Someone) -> None:
    (mistake,) = ainura.attach(None, b"photo")
    records.hide(ainura.archive, mistake)

    (document,) = ainura.attach(None, b"photo")

    assert document != mistake
    assert content(ainura, document) == b"photo"
    assert len(objects(ainura)) == 1


def lost(place: Path) -> None:
    place.unlink()


def cut_off(place: Path) -> None:
    place.write_bytes(place.read_bytes()[:-1])


def rotten(place: Path) -> None:
    sealed = bytearray(place.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    place.write_bytes(sealed)


@pytest.mark.parametrize("damage", [lost, cut_off, rotten])
def test_attaching_the_original_again_heals_what_was_damaged(ainura: Someone, damage: Callable[[Path], None]) -> None:
    record = ainura.new("testimony", title="T")
    (document,) = ainura.attach(record, b"photo" * 500_000)
    damage(ainura.vault.objects.place_of(documents.content_of(ainura.archive, document).sha256))

    assert ainura.attach(record, b"photo" * 500_000) == [document]

    assert content(ainura, document) == b"photo" * 500_000
    assert staging(ainura) == []


@pytest.mark.parametrize("damage", [lost, cut_off, rotten])
def test_a_bundle_that_brings_the_original_again_heals_what_was_damaged(
    ainura: Someone, bek: Someone, damage: Callable[[Path], None]
) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    (document, other) = ainura.attach(None, b"photo" * 500_000, b"other")
    bundle = ainura.bundle(bek)
    bek.takes(bundle)
    damage(bek.vault.objects.place_of(documents.content_of(bek.archive, document).sha256))

    assert bek.takes(bundle).new_objects == 1

    assert content(bek, document) == b"photo" * 500_000
    assert content(bek, other) == b"other"
    assert bek.takes(bundle).new_objects == 0
    assert staging(bek) == []


def test_a_document_is_not_attached_to_itself(ainura: Someone) -> None:
    (document,) = ainura.attach(None, b"photo")

    assert ainura.attach(document, b"photo") == [document]

    assert store.links_of(ainura.archive.connection, document) == []


@pytest.mark.parametrize("problem", ["owner", "values", "disk"])
def test_an_attachment_that_fails_leaves_nothing(
    ainura: Someone, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura.attach(None, b"here already")
    before = dump(ainura.archive), objects(ainura)
    files = [ainura.staged(b"photo"), ainura.staged(b"here already")]
    error: type[Exception] = {"owner": RecordNotFoundError, "values": BadValueError, "disk": DiskFullError}[problem]
    if problem == "disk":

        def full(self: ObjectStore, staged: list[object]) -> None:
            keep(self, staged)  # type: ignore[arg-type]
            raise DiskFullError

        keep = ObjectStore.keep
        monkeypatch.setattr(ObjectStore, "keep", full)

    with pytest.raises(error):
        documents.attach(
            ainura.archive,
            files,
            owner=new_record_id(ainura.archive.own_log) if problem == "owner" else None,
            values={"document_kind": "no such"} if problem == "values" else None,
        )

    assert (dump(ainura.archive), objects(ainura)) == before


def test_cancelling_leaves_nothing(ainura: Someone, decoder: DecoderProcess, tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(bytes(5 * MIB))

    def cancel(done_bytes: int, total_bytes: int) -> None:
        if done_bytes > 2 * MIB:
            raise CancelledError

    with pytest.raises(CancelledError):
        documents.stage(ainura.vault.objects, path, decoder, cancel)

    assert staging(ainura) == []


@pytest.mark.parametrize("broken", [b"\xff\xd8\xff\xe0 no picture", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF0000WEBP"])
def test_a_broken_picture_is_attached_with_the_reason_why_it_has_no_preview(
    ainura: Someone, tmp_path: Path, broken: bytes
) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(broken)
    with DecoderProcess() as decoder:
        ((attached,), _changed) = documents.attach(ainura.archive, [stage(ainura, path, decoder)])

    shown = documents.thumbnail(ainura.archive, attached.document)

    assert shown.picture is None and shown.reason in {Reason.DAMAGED, Reason.UNSUPPORTED}
    assert content(ainura, attached.document) == broken


def test_a_preview_made_later_is_remembered(ainura: Someone) -> None:
    (document,) = ainura.attach(None, b"photo")
    stored = documents.content_of(ainura.archive, document)

    documents.keep_preview(ainura.archive, stored.sha256, Preview(b"jpeg", 1, 1, {}, None))

    assert documents.thumbnail(ainura.archive, document) == documents.Thumbnail(b"jpeg", None)


def test_nobody_can_put_other_content_in_the_place_of_evidence(ainura: Someone) -> None:
    (document, other) = ainura.attach(None, b"evidence", b"another")
    (evidence,) = store.fields_of(ainura.archive.connection, document)["sha256"].claims
    stolen = documents.content_of(ainura.archive, other).sha256

    values: list[Plain] = [stolen, "text", {"map": 1}, None]
    for value in values:
        claim: Plain = {"field": "sha256", "value": value, "replaces": [evidence.entry], "preferred": True}
        ainura.write(
            Body("edit", bytes(16), {"record": document, "type": "document", "part": "ordinary", "claims": [claim]})
        )

    assert content(ainura, document) == b"evidence"
    assert store.row_of(ainura.archive.connection, document).contested


@pytest.mark.parametrize("value", ["text", {"map": [1]}, 5, b"short", True])
def test_a_document_whose_hash_is_none_has_no_content_and_no_thumbnail(ainura: Someone, value: object) -> None:
    document = new_record_id(ainura.archive.own_log)
    claim = {"field": "sha256", "value": value}
    payload = {"record": document, "type": "document", "part": "ordinary", "claims": [claim]}
    ainura.write(Body("attach", bytes(16), payload))  # type: ignore[arg-type]

    with pytest.raises(NoContentError):
        documents.content_of(ainura.archive, document)
    assert documents.thumbnail(ainura.archive, document) == documents.Thumbnail(None, None)


def test_a_copy_is_logged_before_it_is_written_and_is_for_its_owner_only(ainura: Someone, tmp_path: Path) -> None:
    (document,) = ainura.attach(None, b"photo" * 500_000)
    path = tmp_path / "copy.jpg"

    stored = documents.log_copy(ainura.archive, document, "for the lawyer")
    events = [(entry.event, entry.purpose) for entry in views.history(ainura.archive, document)]
    documents.write_copy(ainura.vault.objects, stored, path)

    assert events[-1] == ("access", "for the lawyer")
    assert path.read_bytes() == b"photo" * 500_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(PlaceTakenError):
        documents.write_copy(ainura.vault.objects, stored, path)
    with pytest.raises(PlaceUnwritableError):
        documents.write_copy(ainura.vault.objects, stored, tmp_path / "nowhere" / "x")


def test_a_copy_that_is_cancelled_or_damaged_leaves_no_file(ainura: Someone, tmp_path: Path) -> None:
    (document,) = ainura.attach(None, b"photo" * 500_000)
    stored = documents.log_copy(ainura.archive, document, "")
    path = tmp_path / "copy.jpg"

    def cancel(done_bytes: int, total_bytes: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        documents.write_copy(ainura.vault.objects, stored, path, cancel)
    place = ainura.vault.objects.place_of(stored.sha256)
    sealed = bytearray(place.read_bytes())
    sealed[1_500_000] ^= 1
    place.write_bytes(sealed)
    with pytest.raises(VaultDamagedError):
        documents.write_copy(ainura.vault.objects, stored, path)

    assert not path.exists()


def test_what_a_camera_wrote_is_read_again_in_whatever_order_it_stood(ainura: Someone) -> None:
    seen = Preview(None, None, None, {"Make": "a camera", "ISO": 200, "DateTime": "2026:03:05"}, Reason.NOT_A_PICTURE)
    staged = StagedFile(ainura.staged(b"a photo").staged, "photo.jpg", "image/jpeg", seen)

    (attached,), _changed = documents.attach(ainura.archive, [staged], owner=None)

    assert ainura.value(attached.document, "exif") == {"Make": "a camera", "ISO": 200, "DateTime": "2026:03:05"}
