"""Whenever the program dies while it takes a bundle in: the vault opens, with all of the bundle or nothing of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.records import store
from fieldapp.services import arrivals, documents, vaults
from fieldapp.services.arrivals import Arrival
from tests.unit.services.people import PASSPHRASE, Someone, someone

CHILD = """
import os, sys
from pathlib import Path
from fieldapp.records import store
from fieldapp.services import arrivals, vaults
from fieldapp.vault.connection import Connection
from fieldapp.vault.objects import ObjectStore
archive = vaults.unlock(Path(sys.argv[1]), sys.argv[3])
left = int(sys.argv[4])
def dying(function):
    def call(*arguments, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*arguments, **more)
    return call
for owner, names in ((Connection, ("execute", "insert")), (ObjectStore, ("stage", "keep")), (os, ("fsync", "replace"))):
    for name in names:
        setattr(owner, name, dying(getattr(owner, name)))
arrivals.import_file(archive, Path(sys.argv[2]))
print(left)
"""


@pytest.fixture
def sent(tmp_path: Path) -> tuple[Someone, Path]:
    """A recipient, and a bundle for them; both vaults are closed."""
    ainura, bek = someone(tmp_path, "Ainura"), someone(tmp_path, "Bek")
    ainura.trusts(bek)
    bek.trusts(ainura)
    ainura.attach(ainura.new("testimony", title="T", narrative="night"), b"photo" * 50_000, b"other")
    bundle = ainura.bundle(bek)
    ainura.archive.close()
    bek.archive.close()
    return bek, bundle


def take_in_and_die(root: Path, folder: Path, bundle: Path, after: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(bundle), PASSPHRASE, str(after)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_a_kill_at_any_step_leaves_all_or_nothing(root: Path, tmp_path: Path, sent: tuple[Someone, Path]) -> None:
    folder, bundle = sent[0].vault.folder, sent[1]
    steps = 1_000_000
    whole = take_in_and_die(root, copied(folder, tmp_path / "whole"), bundle, steps)
    assert whole.returncode == 0, whole.stderr
    used = steps - int(whole.stdout)
    seen = set()

    for after in sorted({*range(0, used, max(used // 6, 1)), used - 1, used - 2, used - 3}):
        place = copied(folder, tmp_path / str(after))
        died = take_in_and_die(root, place, bundle, after)
        assert died.returncode == 9, died.stderr
        archive = vaults.unlock(place, PASSPHRASE)
        rows, objects = (archive.connection.value(f"SELECT count(*) FROM {name}") for name in ("record", "object"))
        seen.add((rows, objects))
        assert list((place / "objects" / "new").iterdir()) == []
        assert arrivals.import_file(archive, bundle).state in {Arrival.IMPORTED, Arrival.NOTHING_NEW}
        for row in store.rows(archive.connection, kind="document"):
            with archive.vault.objects.open(documents.content_of(archive, row.id)) as content:
                assert content.read() in {b"photo" * 50_000, b"other"}
        assert len(store.rows(archive.connection)) == 3
        archive.close()

    assert seen == {(0, 0), (5, 2)}


def copied(folder: Path, place: Path) -> Path:
    shutil.copytree(folder, place)
    return place
