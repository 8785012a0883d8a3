"""Vaults as older versions of the program made them, from vaults of today: `tests/museum` has real ones."""

from __future__ import annotations

from fieldapp.vault.encoding import Plain, encode
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import House

_BACK_TO_2 = """
ALTER TABLE draft DROP COLUMN writer;
ALTER TABLE log DROP COLUMN writer;
ALTER TABLE departure DROP COLUMN sender;
DELETE FROM setting WHERE name = 'epoch';
DROP TABLE slot;
DROP TABLE writer;
DROP TABLE share;
DROP TABLE holder;
PRAGMA user_version = 2
"""

_BACK_TO_1 = """
CREATE TABLE shredded (entry INTEGER PRIMARY KEY REFERENCES entry (id)) STRICT;
INSERT INTO shredded SELECT entry FROM lacking WHERE why = 'shredded';
DROP TABLE lacking;
DROP TABLE removed;
DROP TABLE receipt;
DROP TABLE acknowledged;
ALTER TABLE arrival DROP COLUMN recipient;
ALTER TABLE departure DROP COLUMN bodies;
ALTER TABLE departure DROP COLUMN objects;
PRAGMA user_version = 1
"""


def make_version_1(opened: Vault) -> None:
    """Bring the database back to version 1, and close the vault."""
    _back_to_2(opened)
    _run(opened, _BACK_TO_1)
    opened.give_up()


def make_version_2(opened: Vault) -> None:
    """Bring the database back to version 2, and close the vault."""
    _back_to_2(opened)
    opened.give_up()


def _back_to_2(opened: Vault) -> None:
    places: dict[str, Plain] = {slot.kind.name.lower(): slot.place for slot in opened.slots()}
    opened.connection.execute("INSERT INTO setting VALUES ('slots', ?)", (encode(places),))
    _run(opened, _BACK_TO_2)


def _run(opened: Vault, statements: str) -> None:
    with opened.connection.transaction():
        for statement in statements.split(";\n"):
            opened.connection.execute(statement)


def house_of_version_1(house: House) -> House:
    make_version_1(house.open())
    return house
