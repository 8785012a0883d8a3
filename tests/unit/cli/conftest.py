"""The command line as a person or a script meets it: in this process where that is enough, and as the real program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.cli import main
from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.services import vaults
from tests.unit.cli.calling import PASSPHRASE, Call, Desk, Done, MakeDesk

CHEAP = KdfParameters(64, 1, 1)


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """One command in this process, with secrets given through pipes."""

    def run(*arguments: object, secrets: dict[str, str] | None = None) -> Done:
        words = [str(argument) for argument in arguments]
        readers = []
        for option, secret in (secrets or {}).items():
            reader, writer = os.pipe()
            os.write(writer, secret.encode() + b"\n")
            os.close(writer)
            readers.append(reader)
            words += [option, str(reader)]
        capfd.readouterr()
        try:
            status = main.run(words)
        finally:
            for reader in readers:
                os.close(reader)
        out, err = capfd.readouterr()
        return Done(status, out, err)

    return run


@pytest.fixture
def program(root: Path, tmp_path: Path) -> Call:
    """One command as a program of its own, far from the checkout, with the passphrase on standard input."""

    def run(*arguments: object, given: str = PASSPHRASE + "\n") -> Done:
        asked = [sys.executable, "-m", "fieldapp", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        done = subprocess.run(
            asked, input=given.encode(), capture_output=True, cwd=tmp_path, env=environment, check=False
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def fresh_vaults() -> dict[str, Path]:
    """Vaults that nothing was written in yet, by person: made once, and with cheaper keys than `init` makes."""
    return {}


@pytest.fixture
def make_desk(
    call: Call, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, fresh_vaults: dict[str, Path]
) -> MakeDesk:
    """Make a vault for somebody."""

    def make(person: str) -> Desk:
        if person not in fresh_vaults:
            fresh = tmp_path_factory.mktemp("vaults") / person
            vaults.create(
                fresh, PASSPHRASE, person=person, device="This computer", parameters=CHEAP, floor_kib=CHEAP.memory_kib
            ).archive.close()
            fresh_vaults[person] = fresh
        return Desk(shutil.copytree(fresh_vaults[person], tmp_path / person), call)

    return make


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """Amina's vault."""
    return make_desk("Amina")
