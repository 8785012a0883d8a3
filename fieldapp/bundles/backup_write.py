"""Writing a backup (bundles.backup): a whole file, or one more generation at the end of one; and reading back.

A new generation is written around its first block, which stays zeros until everything behind it is on the disk and was
read back. A stick that is pulled out at any moment leaves the generations before, and zeros where the next would begin.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Final

from fieldapp.bundles import backup, tar
from fieldapp.bundles.backup import Layout, Needed
from fieldapp.bundles.backup_manifest import write_manifest
from fieldapp.bundles.backup_sources import UnreadableError, Within, expect, opened, parts_of
from fieldapp.errors import BackupDamagedError, BackupOvertakenError, BugError
from fieldapp.system import send_to_disk
from fieldapp.values import Progress
from fieldapp.vault import header as headers

_BLOCK: Final = 1024 * 1024
_SEND_EVERY: Final = 8 * 1024 * 1024
_TAIL_BYTES: Final = 32
_ZEROS: Final = bytes(tar.BLOCK)


@dataclass(frozen=True, slots=True)
class Spare:
    """The same file in a backup of before: where its content begins there, and what it was."""

    path: Path = field(repr=False)
    offset: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class VaultFile:
    """A file of the vault beside headers and database: its name there, where it lies now, and its bytes.

    `path` is None where it should be there and is not. `may_go`: it may be gone by now, and then belongs to the backup
    no more. `spare` is taken where the file itself cannot be read, or is another by now.
    """

    name: str
    path: Path | None = field(repr=False)
    size: int
    may_go: bool = False
    spare: Spare | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a generation is made of. `database`: a copy that nobody has open."""

    id: bytes
    headers: Mapping[str, bytes] = field(repr=False)
    database: Path = field(repr=False)
    database_bytes: int
    files: Sequence[VaultFile] = field(repr=False)
    documents: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: the generation, its new files beside database and headers, and those that could not be read.

    `manifest`: the SHA-256 of its manifest, by which the vault knows all of it again.
    """

    generation: int
    new_files: int
    unreadable: int
    written_bytes: int
    manifest: bytes


class Counted:
    """Progress over several steps of one piece of work."""

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        self._progress = progress
        self._total = max(1, total_bytes)
        self._done = 0

    def add(self, size_bytes: int) -> None:
        """So many bytes more are done."""
        self._done += size_bytes
        self._progress(min(self._done, self._total), self._total)


def kept_files(file: FileIO, layout: Layout, plan: Plan) -> dict[str, Needed]:
    """Those files of the plan that the newest generation has already, the same to the last bytes of their seal."""
    there = layout.newest.files
    return {each.name: there[each.name] for each in plan.files if _is_same(file, there.get(each.name), each)}


def kept_documents(layout: Layout, plan: Plan) -> list[Needed]:
    """Those documents of the plan that the newest generation has already, by what its manifest says of them."""
    there = layout.newest.documents
    same = (there[name] for name in plan.documents if name in there)
    ours = {hashlib.sha256(content).digest() for content in plan.documents.values()}
    return [each for each in same if each.sha256 in ours]


def size_of(plan: Plan, kept: Mapping[str, Needed]) -> int:
    """How many bytes of contents a generation would bring, about."""
    return plan.database_bytes + sum(each.size + tar.BLOCK for each in plan.files if each.name not in kept)


def write_first(file: FileIO, plan: Plan, counted: Counted) -> Done:
    """Write a whole backup of one generation into an empty file, have it on the disk, and read it back.

    Raises:
        BackupOvertakenError: a file of the vault is gone. BackupDamagedError: what was read back is something else.
        OSError: the place. What is in the file then is to be removed.
    """
    out = _Out(file, 0, counted)
    done = _write_generation(out, 1, plan, {}, {})
    out.end()
    _read_back(file, out.written, counted)
    return done


def append(file: FileIO, layout: Layout, plan: Plan, kept: Mapping[str, Needed], counted: Counted) -> Done:
    """Write one more generation behind the newest, have it on the disk, read it back, and only then let it count.

    `kept` are the files that it has in common with the newest. Raises as `write_first`; the file is then, as far as the
    place still takes anything, as it was, and holds the generations before in any case.
    """
    end = layout.newest.end
    out = _Out(file, end, counted, first_later=True)
    try:
        file.seek(end)
        _write_all(file, memoryview(_ZEROS))
        done = _write_generation(out, len(layout.generations) + 1, plan, kept, layout.newest.documents)
        out.end()
        _read_back(file, out.written, counted)
        out.let_it_count()
    except BaseException:
        _take_back(file, end)
        raise
    return done


def read_needed(file: FileIO, needed: Iterable[Needed], counted: Counted) -> Iterator[str]:
    """The names of those members that are not what a manifest says. Raises BackupDamagedError, FileUnreadableError."""
    for each in needed:
        if digest_of(file, each.member, counted) != each.sha256:
            yield each.member.name


def digest_of(file: FileIO, member: backup.Member, counted: Counted) -> bytes:
    """SHA-256 of a member. Raises BackupDamagedError (end), FileUnreadableError."""
    digest = hashlib.sha256()
    for part in backup.contents(file, member):
        digest.update(part)
        counted.add(len(part))
    return digest.digest()


class _Out:
    """The bytes of new members, from a place on; counts, hashes and notes what it wrote."""

    def __init__(self, file: FileIO, begin: int, counted: Counted, *, first_later: bool = False) -> None:
        self._file = file
        self._begin = begin
        self._at = begin
        self._sent = begin
        self._counted = counted
        self._first_later = first_later
        self._first = b""
        self.written: list[tuple[bytes, Needed]] = []

    @property
    def written_bytes(self) -> int:
        return self._at - self._begin

    def add(
        self, name: str, size: int, open_: Callable[[], io.RawIOBase | io.BytesIO], expected: bytes | None = None
    ) -> bytes:
        """Write one member. Gives its SHA-256, which is as expected where something is.

        Raises:
            UnreadableError: nothing of it counts as written. OSError: the place.
        """
        begin, block = self._at, backup.header_block(name, size)
        digest = hashlib.sha256()
        try:
            with closing(opened(open_)) as source:
                self._header(block)
                for part in parts_of(source, size):
                    digest.update(part)
                    self._write(part)
                    self._counted.add(len(part))
            expect(digest.digest(), expected)
        except UnreadableError:
            self._at = begin
            raise
        self._write(bytes(tar.filler_bytes(size)))
        self.written.append((block, Needed(backup.Member(name, begin + tar.BLOCK, size), digest.digest())))
        return digest.digest()

    def end(self) -> None:
        """The two blocks of zeros, and nothing behind them; all on the disk but a first block that is to come later."""
        self._write(bytes(tar.END_BYTES))
        self._file.truncate(self._at)
        os.fsync(self._file.fileno())
        send_to_disk(self._file.fileno(), 0, self._at)  # from here on it is the disk that answers, where a system can

    def let_it_count(self) -> None:
        """Write the first block, which makes everything behind it a generation."""
        self._file.seek(self._begin)
        _write_all(self._file, memoryview(self._first))
        os.fsync(self._file.fileno())

    def _header(self, block: bytes) -> None:
        if self._at == self._begin and self._first_later:
            self._first = block
            self._at += len(block)
        else:
            self._write(block)

    def _write(self, data: bytes | memoryview) -> None:
        self._file.seek(self._at)
        _write_all(self._file, memoryview(data))
        self._at += len(data)
        if self._at - self._sent >= _SEND_EVERY:
            begin = max(self._begin, self._sent - 2 * _SEND_EVERY)
            send_to_disk(self._file.fileno(), begin, self._at - begin)
            self._sent = self._at


def _write_generation(
    out: _Out, number: int, plan: Plan, kept: Mapping[str, Needed], documents: Mapping[str, Needed]
) -> Done:
    hashes = {needed.member.name: needed.sha256 for needed in kept.values()}
    for name, content in sorted(plan.documents.items()):
        before = documents.get(name)
        if before is not None and before.sha256 == hashlib.sha256(content).digest():
            hashes[before.member.name] = before.sha256
        else:
            in_file = name if number == 1 else backup.member_name(number, name)
            hashes[in_file] = _add_bytes(out, in_file, content)
    for name, content in ((backup.ID, plan.id.hex().encode() + b"\n"), *sorted(plan.headers.items())):
        in_file = backup.member_name(number, name)
        hashes[in_file] = _add_bytes(out, in_file, content)
    in_file = backup.member_name(number, backup.DATABASE)
    try:
        hashes[in_file] = out.add(in_file, plan.database_bytes, lambda: plan.database.open("rb", buffering=0))
    except UnreadableError as problem:
        raise BackupOvertakenError from problem
    new, unreadable = 0, 0
    for each in sorted((each for each in plan.files if each.name not in kept), key=lambda each: each.name):
        in_file = backup.member_name(number, each.name)
        sha256, is_spare = _add_file(out, in_file, each)
        unreadable += (sha256 is None or is_spare) and not each.may_go
        if sha256 is not None:
            hashes[in_file] = sha256
            new += 1
    manifest = _add_bytes(out, backup.member_name(number, backup.MANIFEST), write_manifest(hashes))
    return Done(number, new, unreadable, out.written_bytes, manifest)


def _add_bytes(out: _Out, name: str, content: bytes) -> bytes:
    return out.add(name, len(content), lambda: io.BytesIO(content))


def _add_file(out: _Out, name: str, file: VaultFile) -> tuple[bytes | None, bool]:
    """Write a file of the vault, or its spare. Gives the SHA-256, None where there is neither, and whether a spare."""
    expected = file.spare.sha256 if file.spare else None
    try:
        return out.add(name, file.size, lambda: _open_file(file), expected), False
    except UnreadableError:
        pass
    if file.spare is None:
        return None, False
    spare = file.spare
    try:
        return out.add(name, file.size, lambda: Within(spare.path, spare.offset, file.size), expected), True
    except UnreadableError:
        return None, False


def _open_file(file: VaultFile) -> io.RawIOBase:
    if file.path is None:
        raise UnreadableError
    try:
        return file.path.open("rb", buffering=0)
    except FileNotFoundError as problem:
        if file.may_go:
            raise UnreadableError from problem
        raise BackupOvertakenError from problem


def _read_back(file: FileIO, written: Sequence[tuple[bytes, Needed]], counted: Counted) -> None:
    """Compare what stands on the disk with what was written; a first block that is not there yet is left out."""
    for block, needed in written:
        place = backup.Member(needed.member.name, needed.member.offset - tar.BLOCK, tar.BLOCK)
        found = b"".join(backup.contents(file, place))
        is_first = needed is written[0][1]
        if found != block and not (is_first and found == _ZEROS):
            raise BackupDamagedError("tar")
        if digest_of(file, needed.member, counted) != needed.sha256:
            raise BackupDamagedError("object")


def _take_back(file: FileIO, end: int) -> None:
    """Leave the generations before, and an end behind them."""
    with suppress(OSError):
        file.truncate(end)
        file.seek(end)
        _write_all(file, memoryview(bytes(tar.END_BYTES)))
        os.fsync(file.fileno())


def _write_all(file: FileIO, data: memoryview) -> None:
    while data:
        count = file.write(data)
        if not count:
            raise OSError("nothing was written")
        data = data[count:]


def _is_same(file: FileIO, there: Needed | None, ours: VaultFile) -> bool:
    """Whether a member is this file: of the same size, with the same end, which no other seal has."""
    if there is None or there.member.size != ours.size:
        return False
    if ours.path is None:  # missing here, and so much the better that it is there
        return True
    tail = min(_TAIL_BYTES, ours.size)
    end = backup.Member(there.member.name, there.member.offset + ours.size - tail, tail)
    try:
        with ours.path.open("rb", buffering=0) as source:
            source.seek(ours.size - tail)
            return source.read(tail) == b"".join(backup.contents(file, end))
    except OSError:
        return False


def check_plan(plan: Plan) -> None:
    """Raises BugError where it cannot become a generation."""
    whole = set(plan.headers) == set(headers.NAMES) and all(len(each) == headers.SIZE for each in plan.headers.values())
    whole = whole and len(plan.id) == backup.ID_BYTES and backup.README in plan.documents
    if not whole or not all(backup.is_file_name(each.name) for each in plan.files):
        raise BugError("no plan of a backup")
