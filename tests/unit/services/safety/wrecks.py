"""Vaults with damage planted in them, and how it is planted."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.crypto import keyslots
from fieldapp.records import store
from fieldapp.services import vaults
from fieldapp.services.archive import Archive
from fieldapp.services.safety import checking
from fieldapp.services.safety.findings import Kind, Report
from fieldapp.values import RecordId
from fieldapp.vault import connection as database
from fieldapp.vault.connection import PAGE_SIZE, Connection
from fieldapp.vault.reading import reading
from tests.unit.services.people import PASSPHRASE, Someone, someone

Tree = dict[str, tuple[int, int, bytes]]


@dataclass
class Wreck:
    """A closed vault of somebody who wrote some people down, with photographs."""

    folder: Path
    snapshot: dict[str, list[tuple[object, ...]]]
    people: list[RecordId] = field(default_factory=list)
    passphrase: str = PASSPHRASE

    @property
    def database(self) -> Path:
        return self.folder / "records.db"

    @property
    def objects(self) -> list[Path]:
        return sorted(path for path in (self.folder / "objects").rglob("*") if path.is_file())

    def tree(self) -> Tree:
        """Every file and folder: mode, time, content."""
        return {
            path.relative_to(self.folder).as_posix(): (
                path.stat().st_mode,
                path.stat().st_mtime_ns,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in sorted(self.folder.rglob("*"))
        }

    def pages(self) -> int:
        return self.database.stat().st_size // PAGE_SIZE

    def key(self) -> bytearray:
        """The key of the database."""
        with reading(self.folder, keyslots.normalise_passphrase(self.passphrase)) as vault:
            return vault.database_key()

    def flip(self, path: Path, place: int) -> None:
        """Turn one bit of a file."""
        content = bytearray(path.read_bytes())
        content[place] ^= 0x10
        path.write_bytes(content)

    def flip_page(self, number: int) -> None:
        self.flip(self.database, (number - 1) * PAGE_SIZE + 1234)

    def flip_page_of(self, name: str) -> None:
        """Turn a bit of the root page of a table or index."""
        self.flip_page(self.ask(f"SELECT rootpage FROM sqlite_schema WHERE name = '{name}'"))

    def ask(self, statement: str) -> int:
        with reading(self.folder, keyslots.normalise_passphrase(self.passphrase)) as vault:
            connection = database.open_to_read(self.database, vault.database_key())
            try:
                return int(connection.value(statement))
            finally:
                connection.close()

    def change(self, *statements: str) -> None:
        """Change the database behind the back of the program, with keys that are right."""
        with reading(self.folder, keyslots.normalise_passphrase(self.passphrase)) as vault:
            connection = database.open_existing(self.database, vault.database_key())
            try:
                connection.execute("PRAGMA foreign_keys = OFF")
                run_all(connection, statements)
            finally:
                connection.close()

    def check(self) -> Report:
        """Check it; and see that it stays as it is to the last byte."""
        before = self.tree()
        report = checking.check_closed(self.folder, self.passphrase)
        assert self.tree() == before
        return report

    def kinds(self) -> dict[Kind, int]:
        kinds = Counter[Kind]()
        for each in self.check().findings:
            kinds[each.kind] += each.count
        return kinds

    def copy(self, folder: Path) -> Wreck:
        shutil.copytree(self.folder, folder)
        return Wreck(folder, self.snapshot, self.people)


def run_all(connection: Connection, statements: tuple[str, ...]) -> None:
    with connection.transaction():
        for statement in statements:
            connection.execute(statement)


def write_people(person: Someone, count: int = 12) -> list[RecordId]:
    people = [person.new("person", name=f"Name {number}") for number in range(count)]
    for number, record in enumerate(people[:4]):
        person.attach(record, b"a photograph %d" % number * 500)
    return people


def wreck_of(folder: Path) -> Wreck:
    """A vault to be damaged."""
    person = someone(folder, "Ainura")
    people = write_people(person)
    made = Wreck(person.vault.folder, store.snapshot(person.archive.connection), people)
    person.archive.close()
    return made


def open_again(folder: Path) -> Archive:
    return vaults.unlock(folder, PASSPHRASE)


def names_in(archive: Archive) -> set[object]:
    return {title for (title,) in archive.connection.execute("SELECT title FROM record WHERE type = 'person'")}


__all__ = ["Wreck", "names_in", "open_again", "run_all", "wreck_of", "write_people"]
