"""A pipe under any name that a vault holds: whoever opens it for reading waits for good, so nobody may.

Each is looked at in a process of its own, which may be ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.services.people import PASSPHRASE, Someone
from tests.unit.services.safety.wrecks import Wreck, open_again, wreck_of

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")

_LONGEST_S = 60
_OBJECT = "an object"
_NAMES = (
    "header.a",
    "header.b",
    "header.a.new",
    "records.db",
    "records.db-journal",
    "records.db.next",
    "records.db.next-journal",
    "records.db.before",
    "records.db.before-journal",
    _OBJECT,
    f"objects/new/{'ab' * 16}",
    f"inbox/{'ab' * 32}",
    f"inbox/{'ab' * 32}.part",
    f"outbox/{'ab' * 16}",
)
_NEEDED = frozenset({"header.a", "header.b", "records.db", "records.db-journal", _OBJECT})
_LOOK = """
import sys
from pathlib import Path
from fieldapp.errors import ExpectedError
from fieldapp.services import vaults
from fieldapp.services.safety import checking, rescue

folder, beside, passphrase = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]


def opened():
    archive = vaults.unlock(folder, passphrase)
    checking.check(archive)
    archive.close()
    return "done"


def verified():
    return "whole" if checking.check_closed(folder, passphrase).is_whole else "not-whole"


def repaired():
    rescue.repair(folder, beside / "repaired", passphrase, device="laptop")
    return "done"


for name, step in (("verify", verified), ("repair", repaired), ("open", opened)):
    try:
        print(name, step())
    except ExpectedError as problem:
        print(name, type(problem).__name__)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Wreck:
    return wreck_of(tmp_path_factory.mktemp("whole"))


def with_pipe(whole: Wreck, folder: Path, name: str) -> Wreck:
    wreck = whole.copy(folder)
    place = wreck.objects[0] if name is _OBJECT else wreck.folder / name
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    return wreck


def looked_at(wreck: Wreck, beside: Path) -> dict[str, str]:
    """How a check, a repair and an opening end. They do end."""
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, wreck.folder, beside, PASSPHRASE],
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=True,
    )
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", _NAMES)
def test_a_pipe_in_a_vault_is_waited_for_by_nobody(whole: Wreck, tmp_path: Path, name: str) -> None:
    said = looked_at(with_pipe(whole, tmp_path / "vault", name), tmp_path)

    assert said["verify"] == ("not-whole" if name in _NEEDED else "whole")
    assert said["repair"] == ("DatabaseLostError" if name == "records.db" else "done")
    assert said["open"] == ("VaultDamagedError" if name in {"records.db", "records.db-journal"} else "done")


def test_a_pipe_for_the_journal_of_a_vault_that_was_not_closed_is_waited_for_by_nobody(
    whole: Wreck, tmp_path: Path
) -> None:
    ended = whole.copy(tmp_path / "ended")
    archive = open_again(ended.folder)
    Someone("Ainura", archive, tmp_path, "").new("person", name="Later")
    archive.vault.give_up()

    said = looked_at(with_pipe(ended, tmp_path / "vault", "records.db-journal"), tmp_path)

    assert said == {"verify": "not-whole", "repair": "done", "open": "VaultDamagedError"}
