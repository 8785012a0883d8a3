"""Tables made once more beside those of the database, in memory only, to see whether both agree. Nothing is written.

SQLite looks for a table among the temporary ones first (https://www.sqlite.org/lang_naming.html), and `temp_store` is
asserted to be memory. So whoever makes tables here, fills and reads them by their usual names, has tables of their own;
all others are those of the database, which are only read.

Rule 1: only what is named at the beginning can be dropped or written here; it stands there from the first moment, so no
        statement can fall through to the table of the database.
Rule 2: nothing outlives `close`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from fieldapp.vault.connection import Connection, Row

_MAKES = re.compile(r"CREATE (VIRTUAL TABLE|TABLE|INDEX) ")


class Scratch(Connection):
    """The database of `of`, with tables of the given names beside its own. Belongs to its thread; close it there.

    `tick` is called all the time, and may raise: whoever stops throws this away.
    """

    def __init__(self, of: Connection, names: Collection[str], tick: Callable[[], None] = lambda: None) -> None:
        super().__init__(of._inner)  # noqa: SLF001 - the other half of that class
        self._tick = tick
        self._names = sorted(names)
        for name in self._names:
            super().execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (none_yet)")
        super().execute("CREATE TEMP TABLE setting AS SELECT * FROM main.setting")
        super().execute("CREATE UNIQUE INDEX temp.setting_by_name ON setting (name)")

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """As in any database; what is made is temporary."""
        self._tick()
        return super().execute(_MAKES.sub(_made_beside, statement, count=1), values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is in memory only is not undone: after an error it is thrown away."""
        yield

    def _begins_by_itself(self, _statement: str) -> bool:
        return False

    def _announce(self, _statement: str) -> None:
        """Nothing is written in the database."""

    def close(self) -> None:
        """Give the memory back. The database itself stays open."""
        for name in (*self._names, "setting"):
            super().execute(f"DROP TABLE IF EXISTS temp.{name}")


def _made_beside(found: re.Match[str]) -> str:
    return f"CREATE {found[1]} temp."
