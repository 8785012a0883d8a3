"""A vault of every released version opens for ever, and says what it said. The files here are never changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fieldapp.crypto import recovery
from fieldapp.services import drafts, records, vaults
from fieldapp.vault import schema
from fieldapp.vault.objects import StoredObject
from tests.conformance import independent_reader as reader
from tests.museum.seeing import CONTENT, seen

HERE = Path(__file__).parent
VERSIONS = sorted(path.name for path in HERE.iterdir() if (path / "expected.json").is_file())


@pytest.fixture(params=VERSIONS)
def piece(request: pytest.FixtureRequest) -> Path:
    return HERE / str(request.param)


def expected_of(piece: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((piece / "expected.json").read_text(encoding="utf-8"))
    return told


def copy_of(piece: Path, place: Path) -> Path:
    return Path(shutil.copytree(piece / "vault", place / "vault"))


def test_there_is_a_vault_of_every_version() -> None:
    assert {f"v{version}" for version in range(1, schema.VERSION + 1)} == set(VERSIONS)


def test_no_file_of_it_was_changed(piece: Path) -> None:
    sums = (piece / "SHA256SUMS").read_text().splitlines()
    files = sorted(path for path in piece.rglob("*") if path.is_file() and path.name != "SHA256SUMS")

    assert [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(piece).as_posix()}" for path in files
    ] == sums
    assert sum(path.stat().st_size for path in files) < 400_000


def test_it_opens_with_its_passphrase_and_says_what_it_said(piece: Path, tmp_path: Path) -> None:
    expected = expected_of(piece)
    archive = vaults.unlock(copy_of(piece, tmp_path), expected["passphrase"])

    told = seen(archive)
    assert {key: told.get(key, value) for key, value in expected.items()} == expected
    assert archive.connection.value("PRAGMA user_version") == schema.VERSION
    assert archive.connection.is_whole()
    for row in archive.connection.execute("SELECT sha256, size, key FROM object"):
        with archive.vault.objects.open(StoredObject(*row)) as content:
            assert content.read() == CONTENT
    vaults.rebuild(archive)
    assert archive.connection.value("SELECT count(*) FROM record WHERE hidden = 0") == 2
    assert archive.connection.value("SELECT count(*) FROM record WHERE hidden = 1") == 1
    drafts.finish_all(archive)
    assert records.save(archive, "testimony", {"notes": "goes on"}).created
    archive.close()


def test_it_opens_with_its_recovery_phrase(piece: Path, tmp_path: Path) -> None:
    expected = expected_of(piece)
    folder = copy_of(piece, tmp_path)
    vaults.recover(folder, expected["recovery_phrase"], "a new passphrase", writer="Амина").close()
    vaults.unlock(folder, "a new passphrase").close()


def test_it_is_read_by_who_never_saw_the_program(piece: Path) -> None:
    expected = expected_of(piece)
    for secret in (expected["passphrase"].encode(), bytes(recovery.to_secret(expected["recovery_phrase"]))):
        opened = reader.open_headers(piece / "vault", secret)
        connection = reader.database(piece / "vault", opened.master_key)
        assert reader.heads_are_there(connection, opened)
        found = [
            [each.log.hex(), each.header["seq"], each.id.hex(), each.body is not None]
            for each in reader.entries(connection)
        ]
        assert sorted(found) == sorted(expected["entries"])
        if "continuations" in expected:
            told = reader.continuations(list(reader.entries(connection)))
            assert {log.hex(): old.hex() for log, old in told.items()} == expected["continuations"]
        for sha256, size, key in connection.execute("SELECT sha256, size, key FROM object"):
            assert reader.read_object(piece / "vault", opened.master_key, sha256, size, key) == CONTENT
