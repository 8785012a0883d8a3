"""Write a bundle: `age( ustar( bag ) ‖ zero padding )`, in one pass, with a few blocks of memory whatever its size.

The archive (bag.py says what is in it and in which order, tar.py how) is filled with zeros after its two end blocks to
`padding.padded_object_size` of its length, so that the size of a bundle tells little, and sealed for the recipients.

The content of a segment of the journal is hashed again while it is written, because it may come from a database that
has moved on since it was counted. An object is not: who reads it out of the vault authenticates it.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from fieldapp.bundles import bag, tar
from fieldapp.bundles.card import Card, read_card
from fieldapp.bundles.journal import MAX_SEGMENT_BYTES
from fieldapp.crypto import sshsig
from fieldapp.crypto.age import seal_to
from fieldapp.crypto.identity import IdentitySecrets, sign_mldsa65
from fieldapp.crypto.padding import padded_object_size
from fieldapp.crypto.stream import ByteSink, ByteSource, SealedWriter
from fieldapp.errors import BugError, FileTooLargeForBundleError, PlaceTakenError, storage_error
from fieldapp.system import make_private_file, sync_folder
from fieldapp.system.steady import SteadyFile
from fieldapp.values import Beside, Progress, in_turn, no_progress

_BUFFER_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 4 * 1024 * 1024
_ZEROS: Final = bytes(64 * 1024)


class ClosableSource(ByteSource, Protocol):
    """What gives the content of one member, once, and is closed by the writer."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the payload; its name follows from its place (journal) or its hash (object)."""

    sha256: bytes
    size: int
    open: Callable[[], ClosableSource] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BundlePlan:
    """All that a bundle is made of. `card_bytes` is the file of the sender's card; objects may be in any order."""

    info: bag.BundleInfo
    card_bytes: bytes
    recipients: Sequence[Card]
    journal: Sequence[Member]
    objects: Sequence[Member]


def member_of(content: bytes) -> Member:
    """A member whose content is in memory."""
    return Member(hashlib.sha256(content).digest(), len(content), lambda: io.BytesIO(content))


def check_size(sha256: bytes, size: int) -> None:
    """Whether a file fits into a bundle. Raises FileTooLargeForBundleError."""
    if size > tar.MAX_FILE_BYTES:
        raise FileTooLargeForBundleError(size, sha256)


def write_bundle(plan: BundlePlan, keys: IdentitySecrets, out: ByteSink, progress: Progress = no_progress) -> bytes:
    """Write all of it to `out`, and give the bundle's digest: the SHA-256 of its tag manifest.

    `progress` counts the bytes of the payload. After an error what was written reads as truncated.

    Raises:
        FileTooLargeForBundleError, AgeRecipientsError: before anything is written.
        BugError: a plan that contradicts itself, or a member that gives other bytes than it announced.
        OSError from `out`, and whatever members and `progress` raise.
    """
    names = _check(plan, keys)
    members = [*plan.journal, *sorted(plan.objects, key=lambda member: member.sha256)]
    payload = bag.Payload(sum(member.size for member in members), len(members))
    tags = _tag_files(plan, keys, dict(zip(names, (member.sha256 for member in members), strict=True)), payload)
    with seal_to([card.recipient for card in plan.recipients], out) as sealed:
        archive = _Archive(sealed, bag.top_folder(plan.info.bundle_id), payload.size_bytes, progress)
        for name, content in tags.items():
            archive.add_tag(name, content)
        for name, member in zip(names, members, strict=True):
            archive.add(name, member)
        archive.end()
    return hashlib.sha256(tags[bag.TAG_MANIFEST]).digest()


def write_bundle_file(
    plan: BundlePlan,
    keys: IdentitySecrets,
    path: Path,
    progress: Progress = no_progress,
    *,
    beside: Beside = in_turn,
) -> bytes:
    """`write_bundle` into a new file that only its owner can read, under its name only when it is whole and synced.

    With a `beside` the file is written while what follows is being sealed.

    Raises:
        PlaceTakenError: there is a file of that name.
        DiskFullError, PlaceUnwritableError: the place.
        As `write_bundle`. Whatever is raised, nothing is left behind.
    """
    partial = path.with_name(f"{secrets.token_hex(8)}.partial")
    moved = False
    try:
        _expect_free(path)
        make_private_file(partial)
        with partial.open("r+b", buffering=0) as file:
            with SteadyFile(file, beside, piece_bytes=_PIECE_BYTES) as steady:
                digest = write_bundle(plan, keys, steady, progress)
                steady.finish()
            os.fsync(file.fileno())
        _expect_free(path)
        partial.rename(path)
        moved = True
        sync_folder(path.parent)
    except OSError as problem:
        _remove(path if moved else partial)
        taken = isinstance(problem, FileExistsError)  # Windows never renames over a file, and says so
        raise (PlaceTakenError() if taken else storage_error(problem)) from problem
    except BaseException:
        _remove(path if moved else partial)
        raise
    return digest


class _Archive:
    """Writes members into a stream, and counts what it wrote."""

    def __init__(self, out: SealedWriter, top: str, total_bytes: int, progress: Progress) -> None:
        self._out = out
        self._top = top
        self._total_bytes = total_bytes
        self._progress = progress
        self._written = 0
        self._done_bytes = 0
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))

    def add_tag(self, name: str, content: bytes) -> None:
        self._header(name, len(content))
        self._write(content)
        self._fill(tar.filler_bytes(len(content)))

    def add(self, name: str, member: Member) -> None:
        self._header(name, member.size)
        digest = hashlib.sha256() if bag.is_journal(name) else None
        with closing(member.open()) as source:
            left = member.size
            # One byte more than is due is asked for: a member that goes on leaves `left` at -1, and the loop ends.
            while count := source.readinto(self._buffer[: left + 1]):
                part = self._buffer[:count]
                if digest is not None:
                    digest.update(part)
                self._write(part)
                left -= count
                self._done_bytes += count
                self._progress(self._done_bytes, self._total_bytes)
        if left or (digest is not None and digest.digest() != member.sha256):
            raise BugError("a member is not what was announced")
        self._fill(tar.filler_bytes(member.size))

    def end(self) -> None:
        """The two end blocks, and the padding."""
        self._fill(tar.END_BYTES)
        self._fill(padded_object_size(self._written) - self._written)

    def _header(self, name: str, size: int) -> None:
        self._write(tar.write_header(tar.Header(f"{self._top}/{name}", size)))

    def _fill(self, count: int) -> None:
        while count:
            part = min(count, len(_ZEROS))
            self._write(_ZEROS[:part])
            count -= part

    def _write(self, data: bytes | memoryview) -> None:
        self._written += self._out.write(data)


def _check(plan: BundlePlan, keys: IdentitySecrets) -> list[str]:
    """Refuse what cannot become a bundle; gives the names of the payload."""
    for member in (*plan.journal, *plan.objects):
        check_size(member.sha256, member.size)
    if tuple(sorted(card.fingerprint for card in plan.recipients)) != plan.info.fingerprints:
        raise BugError("recipients that are not those of the plan")
    sender = read_card(plan.card_bytes)
    if sender.fingerprint != plan.info.sender or sender.public != keys.public():
        raise BugError("a sender that is not that of the plan")
    if any(member.size > MAX_SEGMENT_BYTES for member in plan.journal):
        raise BugError("a segment over its limit")
    if len({member.sha256 for member in plan.objects}) != len(plan.objects):
        raise BugError("an object twice")
    names = bag.payload_names(len(plan.journal), [member.sha256 for member in plan.objects])
    if not 0 < len(names) <= bag.MAX_MEMBERS or len(plan.journal) > bag.MAX_JOURNAL_MEMBERS:
        raise BugError("a bundle with nothing in it, or too much")
    return names


def _tag_files(
    plan: BundlePlan, keys: IdentitySecrets, hashes: dict[str, bytes], payload: bag.Payload
) -> dict[str, bytes]:
    """All files before the payload, in order."""
    tagged = {
        bag.BAGIT: bag.BAGIT_TEXT,
        bag.INFO: bag.write_info(plan.info, payload),
        bag.MANIFEST: bag.write_manifest(hashes.items()),
        bag.CARD: plan.card_bytes,
    }
    if len(tagged[bag.INFO]) > bag.MAX_INFO_BYTES:
        raise BugError("more logs than a bundle names")
    manifest = bag.write_tag_manifest({name: hashlib.sha256(text).digest() for name, text in tagged.items()})
    return {
        **tagged,
        bag.TAG_MANIFEST: manifest,
        bag.SSH_SIGNATURE: sshsig.sign(keys.ed25519, hashlib.sha512(manifest).digest(), sshsig.BUNDLE_NAMESPACE),
        bag.MLDSA65_SIGNATURE: sign_mldsa65(keys.mldsa65, manifest, bag.MLDSA65_CONTEXT),
    }


def _expect_free(path: Path) -> None:
    if os.path.lexists(path):
        raise PlaceTakenError


def _remove(path: Path) -> None:
    """What is left of a file that could not be completed; where even that fails, the first error says more."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
