"""Killed, or with a failing disk, while it destroys or removes: each record is wholly here or wholly gone.

The oracle: the vault opens; the record has all its bodies and its file, or none of either; pages verify; nothing else
is lost; and once the vault was opened again, no file is left that nothing speaks of.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.services import documents, removal, vaults, views, withdrawals
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from tests.unit.services import test_removal
from tests.unit.services.people import PASSPHRASE, someone

QUICK = 5
CALLS = ("pwrite64", "fsync", "fdatasync", "unlink", "ftruncate")

SCRIPT = """
import sys
from pathlib import Path
from fieldapp.services import removal, vaults, withdrawals
archive = vaults.unlock(Path(sys.argv[2]), sys.argv[3])
if sys.argv[1] == "confirm":
    withdrawals.confirm(archive, withdrawals.pending(archive))
else:
    removal.remove(archive, removal.qualifying(archive).records)
archive.close()
"""


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A vault with a record that is withdrawn, and two that two coordinators hold; each has a file."""
    ainura, bek, chinara = (someone(tmp_path, name) for name in ("Ainura", "Bek", "Chinara"))
    ainura.trusts(bek, chinara, role=Role.COORDINATOR)
    for each in (bek, chinara):
        each.trusts(ainura)
    for name in ("one", "two"):
        ainura.attach(ainura.new("person", name=name, notes="kanareika " * 2000), name.encode() * 9000)
    test_removal.acknowledge(ainura, bek, chinara)
    record = ainura.new("testimony", narrative="sings " * 2000)
    ainura.attach(record, b"withdrawn" * 9000)
    withdrawals.withdraw(ainura.archive, record, by="Ainura", how=How.AUDIO)
    for each in (ainura, bek, chinara):
        each.archive.close()
    return ainura.vault.folder


def run(root: Path, folder: Path, what: str, *inject: str) -> int:
    """The operation under strace; gives its exit status, and leaves the log beside."""
    log = folder.parent / "strace.log"
    asked = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(CALLS)}", *inject]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    asked += [sys.executable, "-c", SCRIPT, what, str(folder), PASSPHRASE]
    return subprocess.run(asked, cwd=root, env=environment, capture_output=True, check=False).returncode


def points(root: Path, folder: Path, what: str) -> list[tuple[str, int]]:
    """Every call that writes, by its name and how many-th of that name it is."""
    assert run(root, folder, what) == 0
    names = [line.split()[1].partition("(")[0] for line in (folder.parent / "strace.log").read_text().splitlines()]
    return [(name, names[: place + 1].count(name)) for place, name in enumerate(names) if name in CALLS]


def check(folder: Path, what: str) -> None:
    archive = vaults.unlock(folder, PASSPHRASE)
    assert archive.connection.is_whole()
    here = {row.title: row.id for row in views.rows(archive, kind="person")}
    if what == "confirm":
        assert set(here) == {"one", "two"}
        waiting = withdrawals.pending(archive)
        assert len(waiting) in (0, 1)
        bodies = archive.connection.value("SELECT count(*) FROM object") - 2
        assert bodies == len(waiting)
        withdrawals.confirm(archive, waiting)
        files = 2
    else:
        assert len(here) + len(removal.removed(archive)) == 2
        for record in here.values():
            (link,) = [link for link in views.view(archive, record).links if link.outgoing]
            with archive.vault.objects.open(documents.content_of(archive, link.other_id)) as content:
                assert len(content.read()) == 27000
        files = len(here) + 1
    assert len([path for path in (folder / "objects").rglob("*") if path.is_file()]) == files
    assert archive.connection.value("SELECT count(*) FROM setting WHERE name IN ('to scrub', 'objects that go')") == 0
    archive.close()


@pytest.mark.parametrize("what", ["confirm", "remove"])
@pytest.mark.parametrize("fault", ["signal=SIGKILL", "error=ENOSPC"])
def test_each_record_is_wholly_here_or_wholly_gone_at_some_points(
    prepared: Path, tmp_path: Path, root: Path, what: str, fault: str
) -> None:
    assert shutil.which("strace"), "this test needs strace"
    everywhere(prepared, tmp_path, root, what, fault, most=QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["confirm", "remove"])
@pytest.mark.parametrize("fault", ["signal=SIGKILL", "error=ENOSPC"])
def test_each_record_is_wholly_here_or_wholly_gone_at_any_point(
    prepared: Path, tmp_path: Path, root: Path, what: str, fault: str
) -> None:
    everywhere(prepared, tmp_path, root, what, fault, most=None)


def everywhere(prepared: Path, tmp_path: Path, root: Path, what: str, fault: str, *, most: int | None) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(prepared, folder)
    found = points(root, folder, what)
    assert len(found) > 12
    for name, number in found if most is None else found[:: -(-len(found) // most)]:
        shutil.rmtree(folder)
        shutil.copytree(prepared, folder)
        run(root, folder, what, "-e", f"inject={name}:{fault}:when={number}")
        check(folder, what)
