"""Read a bundle: front to back, once, from anything that gives bytes, with nothing written anywhere.

Rule 1: nothing of the payload is given out before the tag files and both signatures have been verified, and no segment
        and no end of an object before its hash has. A name is compared with the one that is due; it is never a path.
Rule 2: a size is compared with what it may be before as much is read. What is accepted is what `write` writes.
Rule 3: that all is signed by the card inside proves that this is one piece. Whose card it is, is the caller's question:
        compare its fingerprint with those that people trust.
Rule 4: a bundle is whole only when `members()` has come to its end.

The signature covers the fingerprints of those whom the sender sealed it for. Who gets the bundle can seal it again for
others, as it is; these find that they are not among them, and that is an error of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fieldapp.bundles import bag, tar
from fieldapp.bundles.card import MAX_CARD_BYTES, Card, read_card
from fieldapp.bundles.journal import MAX_SEGMENT_BYTES, read_segment
from fieldapp.crypto import sshsig
from fieldapp.crypto.age import HybridIdentity, open_with
from fieldapp.crypto.identity import MLDSA65_SIGNATURE_SIZE, verify_mldsa65
from fieldapp.crypto.padding import padded_object_size
from fieldapp.crypto.stream import ByteSource, SealedReader, sealed_size
from fieldapp.errors import (
    AgeHeaderError,
    AgeMacError,
    AgeNoMatchError,
    BugError,
    BundleDamagedError,
    BundleForwardedError,
    BundleNotForYouError,
    BundleSignatureError,
    BundleTruncatedError,
    NotABundleError,
    PayloadTamperedError,
    PayloadTrailingError,
    PayloadTruncatedError,
    SignatureError,
)
from fieldapp.values import Progress, no_progress
from fieldapp.vault.journal import SealedEntry

_AGE_VERSION_LINE: Final = b"age-encryption.org/v1\n"
_ZEROS: Final = bytes(64 * 1024)
_MOST_BYTES: Final = {
    bag.BAGIT: len(bag.BAGIT_TEXT),
    bag.INFO: bag.MAX_INFO_BYTES,
    bag.MANIFEST: bag.MAX_MANIFEST_BYTES,
    bag.CARD: MAX_CARD_BYTES,
    bag.TAG_MANIFEST: 1024,
    bag.SSH_SIGNATURE: sshsig.MOST_FILE_BYTES,
    bag.MLDSA65_SIGNATURE: MLDSA65_SIGNATURE_SIZE,
}
"""The files before the payload, in order, and how long each may be."""


@dataclass(frozen=True, slots=True)
class JournalSegment:
    """Entries of the journal; their bytes are what the sender signed, the entries are still to be checked."""

    name: str
    content: bytes = field(repr=False)

    def entries(self) -> Iterator[SealedEntry]:
        """Raises BundleDamagedError (journal)."""
        return read_segment(self.content)


class IncomingObject:
    """The content of an object, to be read once, before the next member is asked for.

    The hash is compared before the last bytes are given out; what was read until then is not to be believed.
    """

    def __init__(self, name: str, sha256: bytes, size: int, source: _Archive) -> None:
        self.name = name
        self.sha256 = sha256
        self.size = size
        self._source = source
        self._left = size
        self._digest = hashlib.sha256()
        self._failed = False
        self._skipped = False
        if not size:
            self._compare()

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the beginning of `buffer`; gives how many bytes, 0 at the end.

        Raises:
            BundleDamagedError, BundleTruncatedError, OSError, and what `progress` raises.
        """
        if self._skipped:
            raise BugError("read of an object that was skipped")
        return self._take(buffer)

    def skip(self) -> None:
        """Read what is left and compare the hash. Raises as `readinto`."""
        self._skipped = self._skipped or self._left > 0
        scratch = memoryview(bytearray(min(self._left, len(_ZEROS))))
        while self._take(scratch):
            pass

    def _take(self, buffer: memoryview) -> int:
        if self._failed:
            raise BundleDamagedError("object")
        if not self._left or not buffer:
            return 0
        count = self._source.take_payload(buffer[: self._left])
        self._digest.update(buffer[:count])
        self._left -= count
        if not self._left:
            self._compare()
        return count

    def _compare(self) -> None:
        if self._digest.digest() != self.sha256:
            self._failed = True
            raise BundleDamagedError("object")


class BundleReader:
    """An opened bundle. Making one reads and verifies everything before the payload; `source` is the caller's to close.

    `me` are the fingerprints of the cards that `identities` belong to. `source_bytes` is the size of the whole file,
    where it is known: then a cut file is noticed at once. `progress` counts the bytes of the payload.

    Raises, from making it and from `members`:
        NotABundleError, BundleNotForYouError, BundleForwardedError, BundleTruncatedError, BundleDamagedError,
        BundleNewerError, BundleSignatureError, CardDamagedError, CardNewerError: errors.py says what each means.
        OSError: what `source` raises; and whatever `progress` raises.
    """

    def __init__(
        self,
        source: ByteSource,
        identities: Sequence[HybridIdentity],
        *,
        me: Collection[bytes],
        source_bytes: int | None = None,
        progress: Progress = no_progress,
    ) -> None:
        self._archive = _Archive(_opened(source, identities), progress)
        bundle_id = self._archive.read_top()
        tags, self.info, payload = _read_tags(self._archive)
        self.digest = hashlib.sha256(tags[bag.TAG_MANIFEST]).digest()
        self.card: Card = _signer(tags)
        self.manifest: Mapping[str, bytes] = bag.read_manifest(tags[bag.MANIFEST])
        self.payload_bytes = payload.size_bytes
        if self.info.bundle_id != bundle_id or payload.files != len(self.manifest):
            raise BundleDamagedError("bag")
        if self.info.sender != self.card.fingerprint:
            raise BundleSignatureError
        addressed = self.info.to(me)
        if addressed is None:
            raise BundleForwardedError(self.info.sender)
        self.addressed: bag.Recipient = addressed
        if source_bytes is not None and source_bytes < self._archive.least_sealed_bytes(payload):
            raise BundleTruncatedError
        self._given = False

    @property
    def object_hashes(self) -> list[bytes]:
        """The SHA-256 of every object that will come."""
        return [sha256 for name, sha256 in self.manifest.items() if not bag.is_journal(name)]

    def members(self) -> Iterator[JournalSegment | IncomingObject]:
        """The payload in order, once: segments of the journal, then objects. The bundle is whole when this ends.

        Raises as making the reader does.
        """
        if self._given:
            raise BugError("a bundle is read once")
        self._given = True
        self._archive.total_bytes = left = self.payload_bytes
        for name, sha256 in self.manifest.items():
            size = self._archive.read_header(name, min(left, MAX_SEGMENT_BYTES) if bag.is_journal(name) else left)
            left -= size
            yield from self._member(name, sha256, size)
            self._archive.read_zeros(tar.filler_bytes(size), "tar")
        if left:
            raise BundleDamagedError("bag")
        self._archive.read_end()

    def _member(self, name: str, sha256: bytes, size: int) -> Iterator[JournalSegment | IncomingObject]:
        if not bag.is_journal(name):
            incoming = IncomingObject(name, sha256, size, self._archive)
            yield incoming
            incoming.skip()
            return
        content = self._archive.read_payload(size)
        if hashlib.sha256(content).digest() != sha256:
            raise BundleDamagedError("journal")
        yield JournalSegment(name, content)


class _FirstBytes:
    """A source that remembers how it began, and whether it has ended."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.first = b""
        self.ended = False

    def readinto(self, buffer: memoryview, /) -> int | None:
        count = self._source.readinto(buffer)
        if not count:
            self.ended = True
        elif len(self.first) < len(_AGE_VERSION_LINE):
            self.first += bytes(buffer[: min(count, len(_AGE_VERSION_LINE) - len(self.first))])
        return count


class _Archive:
    """The archive as it comes out of its seal, counted."""

    def __init__(self, stream: SealedReader, progress: Progress) -> None:
        self._stream = stream
        self._progress = progress
        self._position = 0
        self._done_bytes = 0
        self._top = ""
        self.total_bytes = 0

    def read_top(self) -> bytes:
        """Take the first member, and give the bundle id out of the name of its folder."""
        block = memoryview(bytearray(tar.BLOCK))
        filled = 0
        while count := self._take(block[filled:]):
            filled += count
        try:
            header = tar.read_header(bytes(block))
        except BundleDamagedError:
            raise NotABundleError from None
        self._top, _, name = header.name.partition("/")
        bundle_id = bag.bundle_id_of(self._top)
        if bundle_id is None or name != bag.BAGIT or header.size != len(bag.BAGIT_TEXT):
            raise NotABundleError
        if self._read_content(header.size) != bag.BAGIT_TEXT:
            raise BundleDamagedError("bag")
        return bundle_id

    def read_tag(self, name: str) -> bytes:
        """The content of the next member, which is to be this tag file."""
        return self._read_content(self.read_header(name, _MOST_BYTES[name]))

    def read_header(self, name: str, most: int) -> int:
        """The size of the next member, which is to have this name and at most so many bytes."""
        header = tar.read_header(self._read(tar.BLOCK))
        if header.name != f"{self._top}/{name}" or header.size > most:
            raise BundleDamagedError("tar")
        return header.size

    def read_payload(self, size: int) -> bytes:
        """Exactly `size` bytes of the payload."""
        content = self._read(size)
        self._count(size)
        return content

    def take_payload(self, buffer: memoryview) -> int:
        """Some bytes of the payload, at least one."""
        count = self._take(buffer)
        if not count:
            raise BundleDamagedError("end")
        self._count(count)
        return count

    def read_zeros(self, count: int, where: str) -> None:
        """So many zero bytes."""
        while count:
            part = self._read(min(count, len(_ZEROS)))
            if part != _ZEROS[: len(part)]:
                raise BundleDamagedError(where)
            count -= len(part)

    def read_end(self) -> None:
        """The end blocks, the padding, and then nothing."""
        self.read_zeros(tar.END_BYTES, "end")
        self.read_zeros(padded_object_size(self._position) - self._position, "end")
        if self._take(memoryview(bytearray(1))):
            raise BundleDamagedError("end")

    def least_sealed_bytes(self, payload: bag.Payload) -> int:
        """The least size of a file that holds what was read so far, and then this payload."""
        members = payload.files * tar.BLOCK + payload.size_bytes
        return sealed_size(padded_object_size(self._position + members + tar.END_BYTES))

    def _read_content(self, size: int) -> bytes:
        content = self._read(size)
        self.read_zeros(tar.filler_bytes(size), "tar")
        return content

    def _read(self, size: int) -> bytes:
        content = bytearray(size)
        left = memoryview(content)
        while left:
            count = self._take(left)
            if not count:
                raise BundleDamagedError("end")
            left = left[count:]
        return bytes(content)

    def _take(self, buffer: memoryview) -> int:
        try:
            count = self._stream.readinto(buffer)
        except PayloadTruncatedError as problem:
            raise BundleTruncatedError from problem
        except PayloadTrailingError as problem:
            raise BundleDamagedError("end") from problem
        except PayloadTamperedError as problem:
            raise (BundleTruncatedError() if problem.last else BundleDamagedError("seal")) from problem
        self._position += count
        return count

    def _count(self, count: int) -> None:
        self._done_bytes += count
        self._progress(self._done_bytes, self.total_bytes)


def _opened(source: ByteSource, identities: Sequence[HybridIdentity]) -> SealedReader:
    watched = _FirstBytes(source)
    try:
        return open_with(identities, watched)
    except AgeNoMatchError as problem:
        raise BundleNotForYouError from problem
    except AgeMacError as problem:
        raise BundleDamagedError("seal") from problem
    except AgeHeaderError as problem:
        if watched.first != _AGE_VERSION_LINE:
            raise NotABundleError from problem
        raise (BundleTruncatedError() if watched.ended else BundleDamagedError("seal")) from problem


def _read_tags(archive: _Archive) -> tuple[dict[str, bytes], bag.BundleInfo, bag.Payload]:
    """The tag files after bagit.txt; a newer version shows in the first of them, and then no more is read."""
    tags = {bag.BAGIT: bag.BAGIT_TEXT, bag.INFO: archive.read_tag(bag.INFO)}
    info, payload = bag.read_info(tags[bag.INFO])
    for name in list(_MOST_BYTES)[len(tags) :]:
        tags[name] = archive.read_tag(name)
    hashes = {name: hashlib.sha256(tags[name]).digest() for name in bag.TAGGED}
    if tags[bag.TAG_MANIFEST] != bag.write_tag_manifest(hashes):
        raise BundleDamagedError("bag")
    return tags, info, payload


def _signer(tags: Mapping[str, bytes]) -> Card:
    """The card inside, after checking that its two keys signed the tag manifest."""
    card = read_card(tags[bag.CARD])
    signed = tags[bag.TAG_MANIFEST]
    digest = hashlib.sha512(signed).digest()
    try:
        sshsig.verify(tags[bag.SSH_SIGNATURE], card.public.ed25519, digest, sshsig.BUNDLE_NAMESPACE)
        verify_mldsa65(card.public.mldsa65, tags[bag.MLDSA65_SIGNATURE], signed, bag.MLDSA65_CONTEXT)
    except SignatureError as problem:
        raise BundleSignatureError from problem
    return card
