"""Files in and out of the vault: attached as evidence, looked at inside, and copied out only on purpose.

Attaching has two halves, so that a window stays quick: `stage` reads, hashes and seals a file of any size and needs no
database; `attach` then writes the records. What was staged and not attached is removed at the next unlocking.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fieldapp.errors import FileUnreadableError, NoContentError, PlaceTakenError, VaultDamagedError, storage_error
from fieldapp.media.preview import DecoderProcess, Preview, Reason
from fieldapp.media.probe import HEAD_BYTES, clean_name, document_kind, media_type
from fieldapp.records import store
from fieldapp.records.ids import new_record_id
from fieldapp.records.model import ORDINARY
from fieldapp.records.payload import Claims, CustodyEvent, NewClaim, claims_body, custody_body
from fieldapp.services import records
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.files import Reading, open_ordinary
from fieldapp.system import make_private_file, sync_folder
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain
from fieldapp.vault.objects import BLOCK, ObjectFile, ObjectStore, StagedObject, StoredObject

ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that lies sealed in the vault, with what is known of it, before any record speaks of it."""

    staged: StagedObject
    name: str
    media_type: str
    preview: Preview


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that is in the vault: its document record, and whether that was there before (the same content)."""

    document: RecordId
    sha256: bytes
    was_here: bool


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The small picture of a document: JPEG bytes, or the reason why there is none; neither where none was made yet."""

    picture: bytes | None
    reason: Reason | None


def stage(objects: ObjectStore, path: Path, decoder: DecoderProcess, progress: Progress = no_progress) -> StagedFile:
    """Seal a file into the vault. It is read once, hashed before it is sealed, in constant memory.

    Raises:
        FileUnreadableError: it is missing, a folder, refused, no ordinary file, or it changed while being read.
        DiskFullError, CancelledError: nothing is left behind.
    """
    with open_ordinary(path) as file:
        before = os.fstat(file.fileno())
        source = Reading(file)
        head = source.head(HEAD_BYTES)
        staged = objects.stage(source, progress, before.st_size)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        staged.discard()
        raise FileUnreadableError("changed")
    return describe(objects, staged, path.name, head, decoder)


def describe(objects: ObjectStore, staged: StagedObject, name: str, head: bytes, decoder: DecoderProcess) -> StagedFile:
    """What is known of a sealed file: its type and preview, taken from the sealed copy itself."""
    kind = media_type(head, name)
    try:
        with objects.open_staged(staged) as content:
            return StagedFile(staged, name, kind, decoder.preview(content, staged.stored.size))
    except BaseException:
        staged.discard()
        raise


def attach(
    archive: Archive,
    files: Sequence[StagedFile],
    *,
    owner: RecordId | None = None,
    values: Mapping[str, object] | None = None,
) -> tuple[list[Attached], Changed]:
    """Make a document record for each file, linked to `owner` if there is one. All of it or nothing.

    A file whose content is in the vault already is stored once: its record is linked, and `values` are written there.

    Raises:
        RecordNotFoundError: there is no such owner. BadValueError and its kind: `values` do not fit a document.
        DiskFullError: the disk. Nothing was saved, and what was staged is gone.
    """
    staged = [file.staged for file in files]
    with objects_kept(archive, staged), archive.vault.saving() as connection:
        if owner is not None:
            store.row_of(connection, owner)
        fresh = keep_objects(archive, files)
        attached: list[Attached] = []
        changed = Changed()
        for file in files:
            sha256 = file.staged.stored.sha256
            present = document_of(connection, sha256)
            document = present or new_record_id(archive.own_log)
            if present is None:
                changed |= _write_document(archive, document, file, values or {})
            else:
                changed |= _add_to_document(
                    archive, document, values or {}, new_content=sha256 if sha256 in fresh else None
                )
            fresh.discard(sha256)
            if owner is not None:
                changed |= _attach(archive, owner, document)
            attached.append(Attached(document, sha256, present is not None))
    return attached, Changed(changed.records)


def discard(files: Sequence[StagedFile]) -> None:
    """Remove staged files that are not wanted after all."""
    for file in files:
        file.staged.discard()


@contextmanager
def objects_kept(archive: Archive, staged: Sequence[StagedObject]) -> Iterator[None]:
    """Where what stands in it fails, no content is left behind that the database does not speak of."""
    try:
        yield
    except BaseException:
        for each in staged:
            each.discard()
            if stored_object(archive.connection, each.stored.sha256) is None:
                with suppress(OSError):  # what failed is told, not this
                    archive.vault.objects.place_of(each.stored.sha256).unlink(missing_ok=True)
        raise


def keep_objects(archive: Archive, files: Sequence[StagedFile]) -> set[bytes]:
    """Give new content its place and its row; content that is here already is discarded. Inside `vault.saving()`.

    What is here already is read through first: where it is lost or damaged, the fresh copy takes its place.
    Gives the SHA-256 of what is new, or whole again.
    """
    connection = archive.connection
    fresh: dict[bytes, StagedFile] = {}
    for file in files:
        sha256 = file.staged.stored.sha256
        present = stored_object(connection, sha256)
        if sha256 in fresh or (present is not None and is_whole(archive.vault.objects, present)):
            file.staged.discard()
        else:
            fresh[sha256] = file
    archive.vault.objects.keep([file.staged for file in fresh.values()])
    for file in fresh.values():
        stored, preview = file.staged.stored, file.preview
        connection.execute(
            "INSERT INTO object VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (sha256) DO UPDATE SET size = excluded.size, key = excluded.key",
            (
                stored.sha256,
                stored.size,
                stored.key,
                preview.thumbnail,
                preview.reason.value if preview.reason else None,
            ),
        )
    return set(fresh)


def stored_object(connection: Connection, sha256: bytes) -> StoredObject | None:
    """Where the content with this SHA-256 is, if it is in the vault."""
    rows = connection.execute("SELECT size, key FROM object WHERE sha256 = ?", (sha256,))
    return StoredObject(sha256, *rows[0]) if rows else None


def is_whole(objects: ObjectStore, stored: StoredObject) -> bool:
    """Whether content is in its place and every byte of it is as it was sealed; it is read once. Needs no database."""
    buffer = memoryview(bytearray(BLOCK))
    try:
        with objects.open(stored) as content:
            while content.readinto(buffer):
                pass
    except VaultDamagedError:
        return False
    return True


def document_of(connection: Connection, sha256: bytes) -> RecordId | None:
    """The document record, not hidden, that holds this content; the oldest where there are several."""
    rows = connection.execute(
        "SELECT record.record FROM claim JOIN record ON record.record = claim.record WHERE claim.key = 'sha256'"
        " AND claim.replaced = 0 AND claim.value = ? AND record.hidden = 0 ORDER BY record.created_ms, record.record",
        (b"\x58\x20" + sha256,),
    )
    return RecordId(rows[0][0]) if rows else None


def content_of(archive: Archive, document: RecordId) -> StoredObject:
    """The content of a document; `archive.vault.objects.open` reads it, on any thread.

    Raises:
        RecordNotFoundError: there is no such document. NoContentError: its content has not come here.
    """
    store.row_of(archive.connection, document)
    sha256 = records.shown_value(archive, document, "sha256")
    stored = stored_object(archive.connection, sha256) if isinstance(sha256, bytes) else None
    if stored is None:
        raise NoContentError
    return stored


def thumbnail(archive: Archive, document: RecordId) -> Thumbnail:
    """The small picture of a document, or why there is none.

    Raises:
        RecordNotFoundError: there is no such document.
    """
    store.row_of(archive.connection, document)
    sha256 = records.shown_value(archive, document, "sha256")
    if not isinstance(sha256, bytes):
        return Thumbnail(None, None)
    rows = archive.connection.execute("SELECT preview, no_preview FROM object WHERE sha256 = ?", (sha256,))
    picture, reason = rows[0] if rows else (None, None)
    return Thumbnail(picture, Reason(reason) if reason else None)


def make_preview(objects: ObjectStore, stored: StoredObject, decoder: DecoderProcess) -> Preview:
    """The preview of content that came with a bundle; `keep_preview` remembers it. Needs no database."""
    with objects.open(stored) as content:
        return decoder.preview(content, stored.size)


def keep_preview(archive: Archive, sha256: bytes, preview: Preview) -> None:
    """Remember a preview, or why there is none."""
    with archive.connection.transaction():
        archive.connection.execute(
            "UPDATE object SET preview = ?, no_preview = ? WHERE sha256 = ?",
            (preview.thumbnail, preview.reason.value if preview.reason else None, sha256),
        )


def log_copy(archive: Archive, document: RecordId, purpose: str) -> StoredObject:
    """Write down that a copy of a document leaves the vault; call before `write_copy`. Raises as `content_of`."""
    with archive.vault.saving():
        stored = content_of(archive, document)
        event = CustodyEvent(document, "access", purpose, stored.sha256)
        archive.write([custody_body(event, save=os.urandom(16))])
    return stored


def write_copy(objects: ObjectStore, stored: StoredObject, path: Path, progress: Progress = no_progress) -> None:
    """Write the content in the clear to a new file, readable by its owner only.

    Raises:
        PlaceTakenError: there is a file already. DiskFullError, PlaceUnwritableError, VaultDamagedError,
        CancelledError: no file is left behind.
    """
    try:
        make_private_file(path)
    except FileExistsError as problem:
        raise PlaceTakenError from problem
    except OSError as problem:
        raise storage_error(problem) from problem
    try:
        with objects.open(stored) as content, path.open("wb") as file:
            _copy(content, file, progress)
            os.fsync(file.fileno())
        sync_folder(path.resolve().parent)
    except OSError as problem:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise storage_error(problem) from problem
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise


def _copy(content: ObjectFile, file: BinaryIO, progress: Progress) -> None:
    buffer = memoryview(bytearray(BLOCK))
    done = 0
    while count := content.readinto(buffer):
        file.write(buffer[:count])
        done += count
        progress(done, content.size)
    file.flush()


def _write_document(archive: Archive, document: RecordId, file: StagedFile, values: Mapping[str, object]) -> Changed:
    """The record of a new document: what a person says of it, and what the program saw, in one save."""
    stored = file.staged.stored
    exif: dict[str, Plain] = dict(file.preview.exif)
    seen: dict[str, Plain] = {
        "file_name": clean_name(file.name),
        "media_type": file.media_type,
        "size": stored.size,
        "sha256": stored.sha256,
        **({"exif": exif} if exif else {}),
    }
    wanted = {"document_kind": document_kind(file.media_type), **values}
    claims = [*records.claims_for("document", wanted, {}, records.Told())]
    claims += [NewClaim(name, value) for name, value in seen.items()]
    save_id = os.urandom(16)
    bodies = [
        claims_body(Claims(document, "document", ORDINARY, tuple(claims)), kind="attach", save=save_id),
        custody_body(CustodyEvent(document, "ingest", sha256=stored.sha256), save=save_id),
    ]
    return archive.write(bodies)[1]


def _add_to_document(
    archive: Archive, document: RecordId, values: Mapping[str, object], *, new_content: bytes | None
) -> Changed:
    """What a person says of a document that is here already; and that its content is here now, if it was not."""
    changed = records.save_under(archive, document, "document", values) if values else Changed()
    if new_content is not None:
        event = CustodyEvent(document, "ingest", sha256=new_content)
        changed |= archive.write([custody_body(event, save=os.urandom(16))])[1]
    return changed


def _attach(archive: Archive, owner: RecordId, document: RecordId) -> Changed:
    links = store.links_of(archive.connection, owner)
    if owner == document or any(link.other == document and link.role == ATTACHMENT and link.outgoing for link in links):
        return Changed()
    values = {"from": owner, "to": document, "role": ATTACHMENT}
    return records.save_under(archive, new_record_id(archive.own_log), "link", values)
