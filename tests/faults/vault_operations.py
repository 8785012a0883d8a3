"""What is done to a vault while the system fails or the process is killed: `python vault_operations.py WHAT FOLDER`.

Each step that was acknowledged is told on standard output, by a call that no fault is injected into.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

from fieldapp.errors import ExpectedError
from fieldapp.vault import journal
from fieldapp.vault.connection import Connection
from fieldapp.vault.copying import copy_closed
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import MOMENT, PASSPHRASE, House, identity_of, save

NEW = b"another passphrase"
CONTENT = b"a photo " * 20_000


TOLD: set[str] = set()


def tell(words: str) -> None:
    TOLD.add(words)
    os.writev(1, [words.encode() + b"\n"])


def make(house: House) -> None:
    house.make().close()
    tell("made")


def saves(opened: Vault) -> None:
    for texts in (("second",), ("third", "fourth")):
        if texts[0] not in TOLD:  # it is tried again only where it was refused
            save(opened, *texts)
            tell(texts[0])


def passphrase(opened: Vault) -> None:
    opened.change_passphrase(NEW)
    tell("changed")


def keep(opened: Vault) -> None:
    staged = opened.objects.stage(io.BytesIO(CONTENT))
    with opened.saving() as connection:
        opened.objects.keep([staged])
        stored = staged.stored
        connection.execute(
            "INSERT INTO object (sha256, size, key) VALUES (?, ?, ?)", (stored.sha256, stored.size, stored.key)
        )
        save(opened, "photo")
    tell("kept")


def migrate(opened: Vault) -> None:
    if "migrated" not in TOLD:
        save(opened, "afterwards it goes on")
        tell("migrated")


def begin(opened: Vault) -> None:
    if "begun" not in TOLD:
        opened.begin_log(identity_of("Amina, restored"), {"person": "Amina"}, MOMENT)
        tell("begun")
    save(opened, "second")
    tell("second")


def dropping(drop: Callable[[Connection, int], None]) -> Callable[[Vault], None]:
    """Drop the body of the first note, and save what says so, in one transaction."""

    def step(opened: Vault) -> None:
        with opened.saving() as connection:
            drop(connection, int(connection.value("SELECT min(entry) FROM body WHERE kind = 'note'")))
            save(opened, "dropped")
        tell("dropped")

    return step


def copy(house: House) -> None:
    copy_closed(house.folder, house.folder.with_name("copy"))
    tell("copied")


def in_open_vault(step: Callable[[Vault], None]) -> Callable[[House], None]:
    def run(house: House) -> None:
        opened = house.open(PASSPHRASE)
        try:
            step(opened)
        except ExpectedError as refused:
            tell(f"refused {type(refused).__name__}")
            step(opened)
        finally:
            opened.close()

    return run


OPERATIONS = {
    "make": make,
    "save": in_open_vault(saves),
    "passphrase": in_open_vault(passphrase),
    "keep": in_open_vault(keep),
    "migrate": in_open_vault(migrate),
    "begin": in_open_vault(begin),
    "remove": in_open_vault(dropping(journal.remove)),
    "shred": in_open_vault(dropping(journal.shred)),
    "copy": copy,
}


def main() -> None:
    what, place = sys.argv[1:]
    try:
        OPERATIONS[what](House(Path(place)))
    except ExpectedError as refused:
        tell(f"stopped {type(refused).__name__}")


if __name__ == "__main__":
    main()
