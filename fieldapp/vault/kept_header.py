"""The header of an open vault: what its copies say, and how they are brought to say something else.

Rule 1: the epoch goes on with each write, and `header.a` and `header.b` are written in turn.
Rule 2: the database knows the epoch that is about to be written before it is. So a header that is older by more than
        one than the database says was put back; one that lags by one could not be written.
Rule 3: nothing is written in a folder that is not the one that was opened (`place`).
Rule 4: `closed` leaves both copies before anything is written in the database. Where it cannot, nothing is written.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.errors import DiskFullError, ExpectedError, PlaceUnwritableError
from fieldapp.system import sync_folder
from fieldapp.values import LogId
from fieldapp.vault import header as headers
from fieldapp.vault.closing import Digests
from fieldapp.vault.connection import Connection
from fieldapp.vault.header import Head, Header, State
from fieldapp.vault.place import Place

_EPOCH = "epoch"
_MENDED = "header mended"


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of an open vault. `bad`: those that were missing, damaged, or not as this program left them.

    `are_mended`: there were such, and none is any more.
    """

    bad: tuple[str, ...]
    are_mended: bool

    @property
    def all_are_bad(self) -> bool:
        """Whether none was good."""
        return len(self.bad) == len(headers.NAMES)


class KeptHeader:
    """The newest copy, its state, and the master key that it is sealed under. Who holds it calls `wipe`."""

    def __init__(self, place: Place, header: Header, master_key: bytearray, state: State, *, any_closed: bool) -> None:
        self.place = place
        self.header = header
        self.master_key = master_key
        self.state = state
        self._closed_copies = len(headers.NAMES) if any_closed else 0

    @property
    def says_closed(self) -> bool:
        """Whether nothing was written in the database since the vault was closed."""
        return self.state.closed is not None and self._closed_copies == len(headers.NAMES)

    @property
    def folder(self) -> Path:
        """The folder of the vault."""
        return self.place.folder

    def open_up(self, first: bool = True) -> None:
        """Have no copy say any more what the pages were: they are about to change.

        `first`: whether nothing was written yet in this transaction; then the place is looked at.

        Raises:
            VaultGoneError: this is not our folder any more. DiskFullError, PlaceUnwritableError: a copy says so still.
            Nothing may be written in the database.
        """
        if first:
            self.place.expect()
        while self._closed_copies:
            self._write(replace(self.state, closed=None))

    def close(self, pages: Digests) -> None:
        """Have both copies say what the pages are. Where that fails, the next opening does not look at them."""
        with suppress(OSError, DiskFullError, PlaceUnwritableError):
            sync_folder(self.folder)  # what SQLite removed is gone before a copy says so
            self.write_closed(pages.closed, pages.used)

    def write_closed(self, pages: bytes | None, used: bytes | None = None) -> None:
        """Have both copies say this of the pages of a database that is closed, and of those that are not free.

        Raises:
            DiskFullError, PlaceUnwritableError: one copy may say it.
        """
        for _ in headers.NAMES:
            self._write(replace(self.state, closed=pages, used=used))

    def follow(self, heads: dict[LogId, Head]) -> None:
        """Have one copy know these heads. Where that fails, it lags: what was saved is safe."""
        if heads != self.state.heads:
            with suppress(DiskFullError, PlaceUnwritableError):
                self._write(State(self.state.epoch + 1, heads))

    def write_both(self, connection: Connection) -> None:
        """Have both copies be as this one is, with the heads as they are.

        Raises:
            DiskFullError, PlaceUnwritableError: one copy may be new.
        """
        for _ in headers.NAMES:
            with connection.transaction():
                self.note_epoch(connection)
            self._write(replace(self.state, closed=None))

    def mend(self, connection: Connection) -> None:
        """Have the copy that was damaged be as this one is, and the database know of it. Where it cannot, it stays."""
        with suppress(DiskFullError, PlaceUnwritableError):
            self.write_both(connection)
            with connection.transaction():
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?, x'01')", (_MENDED,))

    def mend_copies(self, connection: Connection, *, may_write: bool) -> Copies:
        """Look at both copies; what is bad is written anew, if `may_write`, and if it is not another vault's."""
        bad = self._bad()
        if not bad or not may_write:
            return Copies(bad, are_mended=False)
        for content in headers.read_raw(self.folder).values():
            if self._is_damaged(content):
                self.place.give_up(content)
        self.mend(connection)
        return Copies(bad, are_mended=not self._bad())

    def change(self, header: Header, connection: Connection) -> None:
        """Have both copies have these slots.

        Raises:
            DiskFullError, PlaceUnwritableError: the slots are as before, also after the next saves.
        """
        before = self.header
        self.header = header
        try:
            self.write_both(connection)
        except BaseException:
            self.header = before
            with suppress(DiskFullError, PlaceUnwritableError):
                self.write_both(connection)
            raise

    def note_epoch(self, connection: Connection) -> None:
        """Have the database know the epoch that is written next, in the caller's transaction."""
        note_epoch(connection, self.state.epoch + 1)

    def is_rolled_back(self, connection: Connection) -> bool:
        """Whether the database knows of a newer header than there can be."""
        return self.state.epoch + 1 < noted_epoch(connection)

    def catch_up(self, connection: Connection) -> None:
        """Go on from the epoch that the database knows: somebody goes on in spite of an alarm."""
        self.state = replace(self.state, epoch=max(self.state.epoch, noted_epoch(connection)))

    def copies_for(self, heads: dict[LogId, Head]) -> dict[str, bytes]:
        """Both copies as they would be beside a copy of the database, by their names; nothing is written."""
        states = [State(self.state.epoch + further, heads) for further in (1, 2)]
        return {
            headers.NAMES[state.epoch % len(headers.NAMES)]: headers.sealed(self.header, self.master_key, state)
            for state in states
        }

    def wipe(self) -> None:
        """Forget the master key."""
        keyslots.wipe(self.master_key)

    def _bad(self) -> tuple[str, ...]:
        there = headers.read_raw(self.folder)
        return tuple(name for name in headers.NAMES if not self._is_good(name, there.get(name)))

    def _is_good(self, name: str, content: bytes | None) -> bool:
        if content is None or not self.place.left(name, content):
            return False
        with suppress(ExpectedError):
            return bool(headers.like(self.header, [headers.parse(content)], self.master_key))
        return False

    def _is_damaged(self, content: bytes) -> bool:
        """Whether this was a copy of this vault's: with its salt or one of its slots, and not whole.

        One that is whole, and not as it was left, somebody may have put back.
        """
        with suppress(ExpectedError):
            copy = headers.parse(content)
            is_ours = copy.salt == self.header.salt or bool(set(copy.slots) & set(self.header.slots))
            return is_ours and not headers.like(copy, [copy], self.master_key)
        return False

    def _write(self, state: State) -> None:
        state = replace(state, epoch=self.state.epoch + 1)
        name = headers.NAMES[state.epoch % len(headers.NAMES)]
        self.place.expect_headers()
        self.place.wrote(name, headers.write(self.folder, name, self.header, self.master_key, state))
        self.state = state
        if state.closed is None:
            self._closed_copies = max(0, self._closed_copies - 1)
        else:
            self._closed_copies = min(len(headers.NAMES), self._closed_copies + 1)


def was_mended(connection: Connection) -> bool:
    """Whether one of the copies was damaged, and was written anew, since `forget_mended`."""
    return connection.value("SELECT value FROM setting WHERE name = ?", (_MENDED,)) is not None


def forget_mended(connection: Connection) -> None:
    """It was told, in the caller's transaction."""
    connection.execute("DELETE FROM setting WHERE name = ?", (_MENDED,))


def noted_epoch(connection: Connection) -> int:
    """The epoch that the database knows; 0 where it knows none."""
    return int.from_bytes(connection.value("SELECT value FROM setting WHERE name = ?", (_EPOCH,)) or b"", "big")


def note_epoch(connection: Connection, epoch: int) -> None:
    """Have the database know an epoch, in the caller's transaction."""
    if epoch != noted_epoch(connection):
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_EPOCH, epoch.to_bytes(8, "big")))
