"""Disks as they may be found when the power fails: an operation's calls, replayed without what no sync has kept.

Rule 1: bytes of a file are kept by a sync of that file, a name in a folder by a sync of that folder, both by `syncfs`.
        What is not kept may be there, be missing, be torn at a sector, or be zeros in a file that has its new length.
Rule 2: names that no sync kept change in order, as in the journal of every file system that we know: a later change
        is never there without an earlier one. A rename is one change.
Rule 3: what was acknowledged before the power failed was acknowledged.

Nothing else is promised by a disk, and nothing else is assumed of one.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.harness import Told

CALLS = (
    "openat", "close", "lseek", "write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "ftruncate", "mkdir",
    "rmdir", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "sendfile", "copy_file_range",
)  # fmt: skip
WORDS = ("-e", f"trace={','.join(CALLS)}", "-y", "-xx", "-s", "16000000")
"""What strace is told so that all is in its log: every byte, and the path behind every number."""
SECTOR = 512
_LINE = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+|\?)(?:<(.*)>)?(.*)$")
_HANDLE = re.compile(r"^(\d+)<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_KILLED = 9


@dataclass
class Node:
    """A file, or a folder with its names."""

    is_folder: bool
    data: bytearray = field(default_factory=bytearray)
    names: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Write:
    """Bytes put into a file."""

    node: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Cut:
    """A file given a length."""

    node: int
    length: int


@dataclass(frozen=True)
class Naming:
    """Names that change in one step: (folder, name, node), where None takes the name away."""

    changes: tuple[tuple[int, str, int | None], ...]

    @property
    def folders(self) -> set[int]:
        return {folder for folder, _name, _node in self.changes}


@dataclass(frozen=True)
class Sync:
    """What was written and named so far is kept: of one file or folder, or (None) of all."""

    node: int | None


@dataclass(frozen=True)
class Said:
    """What the operation acknowledged here."""

    line: dict[str, object]


Event = Write | Cut | Naming | Sync | Said


@dataclass
class Disk:
    """Files and folders below `top`, by number; 0 is `top` itself."""

    top: Path
    nodes: dict[int, Node] = field(default_factory=dict)

    @classmethod
    def of(cls, top: Path) -> Disk:
        disk = cls(top, {0: Node(is_folder=True)})
        for path in sorted(top.rglob("*")):
            node = disk.add(Node(path.is_dir(), bytearray() if path.is_dir() else bytearray(path.read_bytes())))
            disk.nodes[disk.at(path.parent)].names[path.name] = node
        return disk

    def add(self, node: Node) -> int:
        number = len(self.nodes)
        self.nodes[number] = node
        return number

    def at(self, path: Path) -> int:
        node = 0
        for name in path.relative_to(self.top).parts:
            node = self.nodes[node].names[name]
        return node

    def copy(self) -> Disk:
        return Disk(
            self.top,
            {
                number: Node(each.is_folder, bytearray(each.data), dict(each.names))
                for number, each in self.nodes.items()
            },
        )

    def files(self, node: int = 0, below: str = "") -> Iterator[tuple[str, bytes | None]]:
        """Every file with its bytes, and every folder with None, in order."""
        for name, number in sorted(self.nodes[node].names.items()):
            each = self.nodes[number]
            yield below + name, None if each.is_folder else bytes(each.data)
            if each.is_folder:
                yield from self.files(number, f"{below}{name}/")

    def apply(self, event: Event) -> None:
        if isinstance(event, Write):
            data = self.nodes[event.node].data
            data.extend(bytes(max(0, event.offset + len(event.data) - len(data))))
            data[event.offset : event.offset + len(event.data)] = event.data
        elif isinstance(event, Cut):
            data = self.nodes[event.node].data
            data.extend(bytes(max(0, event.length - len(data))))
            del data[event.length :]
        elif isinstance(event, Naming):
            for folder, name, node in event.changes:
                if node is None:
                    self.nodes[folder].names.pop(name, None)
                else:
                    self.nodes[folder].names[name] = node


class Recording:
    """The calls of a log of strace, as events on a disk."""

    def __init__(self, before: Disk, log: str) -> None:
        self.before = before
        self.events: list[Event] = []
        self._live = before.copy()
        self._places: dict[int, int] = {}
        for line in log.splitlines():
            read = _LINE.match(line)
            if read and not read[3].startswith(("-", "?")):
                self._take(read[1], read[2], int(read[3]), _plain(read[4] or ""))
        for number in range(len(before.nodes), len(self._live.nodes)):
            before.nodes[number] = Node(self._live.nodes[number].is_folder)

    def after(self) -> Disk:
        """The disk when everything has reached it."""
        return self._live

    def _take(self, call: str, words: str, result: int, opened: str) -> None:
        act: dict[str, Callable[[str, int], None]] = {
            "write": self._write, "pwrite64": self._pwrite, "writev": self._say, "ftruncate": self._cut,
            "fsync": self._sync, "fdatasync": self._sync, "mkdir": self._mkdir, "rmdir": self._remove,
            "unlink": self._remove, "unlinkat": self._remove, "rename": self._rename, "renameat": self._rename,
            "renameat2": self._rename, "link": self._link, "lseek": self._seek,
        }  # fmt: skip
        if call == "openat":
            self._open(words, result, opened)
        elif call == "syncfs":
            self._note(Sync(None))
        elif call in {"sendfile", "copy_file_range"}:
            raise AssertionError(f"{call}: what it wrote is not in the log")
        elif call in act:
            act[call](words, result)

    def _note(self, event: Event) -> None:
        self._live.apply(event)
        self.events.append(event)

    def _open(self, words: str, handle: int, opened: str) -> None:
        self._places[handle] = 0
        path = self._below(opened)
        if path is None or "O_CREAT" not in words:
            if path is not None and "O_TRUNC" in words:
                self._note(Cut(self._live.at(path), 0))
            return
        folder = self._live.at(path.parent)
        if path.name not in self._live.nodes[folder].names:
            self._note(Naming(((folder, path.name, self._live.add(Node(is_folder=False))),)))
        elif "O_TRUNC" in words:
            self._note(Cut(self._live.at(path), 0))

    def _seek(self, words: str, result: int) -> None:
        self._places[_handle(words)[0]] = result

    def _write(self, words: str, result: int) -> None:
        handle, path = _handle(words)
        place = self._places.get(handle, 0)
        self._places[handle] = place + result
        self._put(path, place, words, result)

    def _pwrite(self, words: str, result: int) -> None:
        self._put(_handle(words)[1], int(words.rsplit(", ", 1)[1]), words, result)

    def _put(self, path: str, offset: int, words: str, size: int) -> None:
        below = self._below(path)
        if below is None:
            return
        (data,) = _texts(words)
        self._note(Write(self._live.at(below), offset, data[:size]))

    def _cut(self, words: str, _result: int) -> None:
        below = self._below(_handle(words)[1])
        if below is not None:
            self._note(Cut(self._live.at(below), int(words.rsplit(", ", 1)[1])))

    def _sync(self, words: str, _result: int) -> None:
        below = self._below(_handle(words)[1])
        if below is not None:
            self._note(Sync(self._live.at(below)))

    def _mkdir(self, words: str, _result: int) -> None:
        path = self._named(words)[0]
        if path is not None:
            self._note(Naming(((self._live.at(path.parent), path.name, self._live.add(Node(is_folder=True))),)))

    def _remove(self, words: str, _result: int) -> None:
        path = self._named(words)[0]
        if path is not None:
            self._note(Naming(((self._live.at(path.parent), path.name, None),)))

    def _rename(self, words: str, _result: int) -> None:
        before, after = self._named(words)
        assert before is not None and after is not None
        node = self._live.at(before)
        away = (self._live.at(before.parent), before.name, None)
        self._note(Naming((away, (self._live.at(after.parent), after.name, node))))

    def _link(self, words: str, _result: int) -> None:
        before, after = self._named(words)
        assert before is not None and after is not None
        self._note(Naming(((self._live.at(after.parent), after.name, self._live.at(before)),)))

    def _say(self, words: str, _result: int) -> None:
        for text in _texts(words):
            self.events.append(Said(json.loads(text)))

    def _below(self, path: str) -> Path | None:
        """The path, if it is on our disk and was not removed meanwhile."""
        inside = path.startswith(f"{self.before.top}/") or path == str(self.before.top)
        return Path(path) if inside and not path.endswith(" (deleted)") else None

    def _named(self, words: str) -> list[Path | None]:
        """The paths that a call names; those from a folder's number (`unlinkat`) are joined to it."""
        handles = re.findall(r"\d+<([^>]*)>, \"", words)
        paths = [text.decode() for text in _texts(words)]
        return [self._below(path if path.startswith("/") else f"{_plain(handles[0])}/{path}") for path in paths]


@dataclass(frozen=True)
class Found:
    """A disk as it may be found, and what had been acknowledged."""

    files: dict[str, bytes | None]
    told: Told

    def write(self, place: Path, before: dict[str, bytes | None]) -> None:
        """Make a place that is as `before` like this."""
        for name in sorted(before.keys() - self.files.keys(), reverse=True):
            (place / name).rmdir() if before[name] is None else (place / name).unlink()
        for name, content in self.files.items():
            if content is None:
                (place / name).mkdir(exist_ok=True)
            elif name not in before or before[name] != content:
                (place / name).write_bytes(content)


def disks(recording: Recording, most: int, seed: str) -> Iterator[Found]:
    """Different disks that may be found, at most so many, spread over the operation; the same for the same seed."""
    chance = random.Random(seed)
    events = recording.events
    cuts = [place for place, event in enumerate(events) if not isinstance(event, Write)] + [len(events)]
    seen: set[str] = set()
    ways: Sequence[Way] = (_nothing, _names_alone, _lengths_alone, _bytes_alone, _some, _some, _some)
    tries = [(cut, way) for cut in cuts for way in ways]
    chance.shuffle(tries)
    for cut, way in tries:
        found = _found(recording.before, events[:cut], way, chance)
        mark = hashlib.sha256(repr((sorted(found.files.items()), found.told.done)).encode()).hexdigest()
        if mark not in seen:
            seen.add(mark)
            yield found
        if len(seen) == most:
            return


Way = Callable[[random.Random], tuple[float, Callable[[Disk, Write, random.Random], Write | Cut | None]]]
"""How what no sync kept is treated: the share of changes of names that are there, and what became of bytes."""


def _keep(_disk: Disk, write: Write, _chance: random.Random) -> Write | Cut | None:
    return write


def _drop(_disk: Disk, _write: Write, _chance: random.Random) -> Write | Cut | None:
    return None


def _only_length(disk: Disk, write: Write, _chance: random.Random) -> Write | Cut | None:
    end = write.offset + len(write.data)
    return Cut(write.node, end) if end > len(disk.nodes[write.node].data) else None


def _torn(disk: Disk, write: Write, chance: random.Random) -> Write | Cut | None:
    """Some sectors of it, in any order; a disk writes each wholly or not."""
    data = disk.nodes[write.node].data
    old = bytes(data[write.offset : write.offset + len(write.data)]).ljust(len(write.data), b"\0")
    new = bytearray(old)
    for start in range(0, len(new), SECTOR):
        if chance.random() < 0.5:
            new[start : start + SECTOR] = write.data[start : start + SECTOR]
    return Write(write.node, write.offset, bytes(new))


def _any(disk: Disk, write: Write, chance: random.Random) -> Write | Cut | None:
    return chance.choice((_keep, _keep, _drop, _only_length, _torn))(disk, write, chance)


def _nothing(_chance: random.Random) -> tuple[float, Callable[[Disk, Write, random.Random], Write | Cut | None]]:
    return 0.0, _drop


def _names_alone(_chance: random.Random) -> tuple[float, Callable[[Disk, Write, random.Random], Write | Cut | None]]:
    return 1.0, _drop


def _lengths_alone(_chance: random.Random) -> tuple[float, Callable[[Disk, Write, random.Random], Write | Cut | None]]:
    return 1.0, _only_length


def _bytes_alone(_chance: random.Random) -> tuple[float, Callable[[Disk, Write, random.Random], Write | Cut | None]]:
    return 0.0, _keep


def _some(chance: random.Random) -> tuple[float, Callable[[Disk, Write, random.Random], Write | Cut | None]]:
    return chance.random(), _any


def _found(before: Disk, events: Sequence[Event], way: Way, chance: random.Random) -> Found:
    share, treat = way(chance)
    kept = _kept(events)
    loose = [place for place, event in enumerate(events) if isinstance(event, Naming) and place not in kept]
    there = kept | set(loose[: round(share * len(loose))])
    disk, told = before.copy(), Told(status=_KILLED)
    for place, event in enumerate(events):
        if isinstance(event, Said):
            told.take(dict(event.line))
        elif place in there:
            disk.apply(event)
        elif isinstance(event, Write):
            treated = treat(disk, event, chance)
            if treated is not None:
                disk.apply(treated)
        elif isinstance(event, Cut) and chance.random() < share:
            disk.apply(event)
    return Found(dict(disk.files()), told)


def _kept(events: Sequence[Event]) -> set[int]:
    """The places of what a sync has kept (rule 1)."""
    kept: set[int] = set()
    for place, event in enumerate(events):
        if isinstance(event, Sync):
            kept |= {earlier for earlier in range(place) if _is_kept_by(events[earlier], event)}
    return kept


def _is_kept_by(event: Event, sync: Sync) -> bool:
    if sync.node is None:
        return not isinstance(event, Said)
    if isinstance(event, Naming):
        return event.changes[-1][0] == sync.node
    return isinstance(event, (Write, Cut)) and event.node == sync.node


def _handle(words: str) -> tuple[int, str]:
    read = _HANDLE.match(words)
    assert read, words[:80]
    return int(read[1]), _plain(read[2])


def _texts(words: str) -> list[bytes]:
    found = []
    for text, cut in _TEXT.findall(words):
        assert not cut, "the log of strace is cut"
        found.append(bytes.fromhex(text.replace("\\x", "")))
    return found


def _plain(text: str) -> str:
    """A path as strace writes it behind a number: in hexadecimal, or as it is."""
    return bytes.fromhex(text.replace("\\x", "")).decode() if text.startswith("\\x") else text
