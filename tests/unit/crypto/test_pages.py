from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from fieldapp.crypto.pages import PAGE_SIZE, USABLE_SIZE, PageOpener
from fieldapp.errors import BugError
from fieldapp.vault import connection as database

KEY = bytearray(range(48))


@pytest.fixture
def pages(tmp_path: Path) -> list[bytes]:
    """What SQLCipher itself wrote."""
    connection = database.create(tmp_path / "records.db", KEY)
    connection.execute("CREATE TABLE note (text TEXT)")
    connection.execute("INSERT INTO note VALUES (?)", ("dried apricots " * 1000,))
    connection.close()
    content = (tmp_path / "records.db").read_bytes()
    return [content[start : start + PAGE_SIZE] for start in range(0, len(content), PAGE_SIZE)]


def test_what_sqlcipher_wrote_opens(pages: list[bytes]) -> None:
    opener = PageOpener(KEY)
    opened = [opener.open(number, page) for number, page in enumerate(pages, 1)]

    assert {len(page or b"") for page in opened} == {USABLE_SIZE}
    assert (opened[0] or b"").startswith(b"SQLite format 3\0")
    assert b"dried apricots" in b"".join(page or b"" for page in opened)


def test_no_bit_of_a_page_can_change(pages: list[bytes]) -> None:
    opener = PageOpener(KEY)
    for place in range(0, PAGE_SIZE, 7):
        changed = bytearray(pages[1])
        changed[place] ^= 1
        assert opener.open(2, bytes(changed)) is None


def test_a_page_belongs_to_its_place_and_its_key(pages: list[bytes]) -> None:
    assert PageOpener(KEY).open(3, pages[1]) is None
    assert PageOpener(bytearray(secrets.token_bytes(48))).open(2, pages[1]) is None
    assert PageOpener(KEY).open(2, pages[1][:-1]) is None
    assert PageOpener(KEY).open(2, b"") is None


def test_a_key_has_its_size() -> None:
    with pytest.raises(BugError):
        PageOpener(bytearray(47))
