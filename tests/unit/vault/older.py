"""Vaults as older versions of the program made them, from vaults of today: `tests/museum` has real ones."""

from __future__ import annotations

from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import House

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
    with opened.connection.transaction():
        for statement in _BACK_TO_1.split(";\n"):
            opened.connection.execute(statement)
    opened.close()


def house_of_version_1(house: House) -> House:
    make_version_1(house.open())
    return house
