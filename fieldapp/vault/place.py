"""Whether the folder of an open vault is still the one that was opened.

A stick can be pulled out while its vault is open, and another one come to the same place: the database is held by a
handle, everything else goes by path. So this is asked before anything is written, renamed or removed by path.

Rule 1: `records.db` there is the file that was opened (device and number of the file). Where a file system gives it a
        new number meanwhile (some network drives do), it must be the one in the folder that is held, as far as the
        system tells, and both headers must be as this program left them.
Rule 2: before a header is written, one of both must be as this program left it, byte for byte, unless neither can be
        read: also a stick that is an exact copy of another, numbers and all, keeps its headers. What the master key
        showed to be a damaged copy of ours counts as one that cannot be read (`give_up`).
Rule 3: what is refused is not lost: the folder that was opened is as it was, and opens as before.
"""

from __future__ import annotations

from pathlib import Path

from fieldapp.errors import ExpectedError, VaultGoneError
from fieldapp.system import FolderLock
from fieldapp.vault import header as headers
from fieldapp.vault.folder import DATABASE


class Place:
    """A folder, and what is known of the vault in it. `is_ours` and `expect` may be asked on any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: FolderLock | None = None
        self._database: tuple[int, int] | None = None
        self._headers: dict[str, bytes] = {}
        self._given_up: set[bytes] = set()

    def note(self) -> None:
        """What is there now is ours: its database was opened just now, under our key."""
        self._database = self._found()
        self._headers = headers.read_raw(self.folder)

    def hold(self, lock: FolderLock) -> None:
        """What holds the folder; until it is closed, it tells where that is."""
        self._lock = lock

    def wrote(self, name: str, content: bytes) -> None:
        """A copy of the header is this, by our own hand."""
        self._headers[name] = content

    def left(self, name: str, content: bytes) -> bool:
        """Whether a copy of the header is as it was left, as far as that is known."""
        return self._headers.get(name, content) == content

    def give_up(self, content: bytes) -> None:
        """These bytes are a damaged copy of our header: they may be written over."""
        self._given_up.add(content)

    def is_ours(self) -> bool:
        """Whether this is still our folder; True before `note`."""
        if self._database is None:
            return True
        found = self._found()
        if found is None or found[0] != self._database[0]:
            return False
        if found == self._database and found[1]:
            return True
        if self._lock is not None and not self._lock.leads_to(self.folder / DATABASE):
            return False
        there = headers.read_raw(self.folder)
        return all(there.get(name) == content for name, content in self._headers.items())

    def expect(self) -> None:
        """Raises VaultGoneError: it is not; nothing may be written there."""
        if not self.is_ours():
            raise VaultGoneError

    def expect_headers(self) -> None:
        """As `expect`, and that no header there is another's (rule 2). Raises VaultGoneError."""
        self.expect()
        there = headers.read_raw(self.folder) if self._headers else {}
        known = any(there.get(name) == content for name, content in self._headers.items())
        if not known and any(_is_header(content) for content in there.values() if content not in self._given_up):
            raise VaultGoneError

    def room(self, name: str) -> Path:
        """A folder of the vault, to write in. Raises VaultGoneError."""
        self.expect()
        return self.folder / name

    def _found(self) -> tuple[int, int] | None:
        try:
            state = (self.folder / DATABASE).stat()
        except OSError:
            return None
        return state.st_dev, state.st_ino


def _is_header(content: bytes) -> bool:
    try:
        headers.parse(content)
    except ExpectedError:
        return False
    return True
