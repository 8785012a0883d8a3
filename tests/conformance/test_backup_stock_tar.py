"""A backup is opened without the program: by the steps of the README in it, word for word, with stock tools."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.services.safety import backups
from fieldapp.values import RecordId
from tests.unit.services.people import PASSPHRASE, Someone, someone


@pytest.fixture
def scene(tmp_path: Path) -> tuple[Someone, RecordId, Path]:
    """A backup of two generations."""
    ainura = someone(tmp_path, "Ainura")
    record = ainura.new("person", name="Первая")
    ainura.attach(record, b"first photo" * 30_000)
    backups.back_up(ainura.archive, tmp_path / "b")
    ainura.edit(record, name="Вторая")
    ainura.attach(record, b"second photo" * 30_000)
    backups.back_up(ainura.archive, tmp_path / "b")
    ainura.archive.close()
    return ainura, record, tmp_path / "b"


def steps(readme: str) -> list[str]:
    """The commands of the README: what is indented by four under a numbered step."""
    below = readme.split("WITHOUT FIELD APP")[1].split("WHAT STAYS", maxsplit=1)[0]
    numbered = re.split(r"^[1-4]\. ", below, flags=re.MULTILINE)[1:]
    return ["\n".join(line for line in step.splitlines() if line.startswith("    ")) for step in numbered]


def shell(command: str, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    asked = ["sh", "-c", f"set -e\n{command}"]
    return subprocess.run(asked, cwd=folder, input=given, capture_output=True, text=True, check=False)


def test_the_steps_of_the_readme_lead_to_every_entry_and_file(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    _ainura, _record, path = scene
    folder = tmp_path / "unpacked"
    folder.mkdir()
    shell(f"tar -xOf '{path}' README.txt > README.txt", folder)
    unpack, compare, together, read = steps((folder / "README.txt").read_text("utf-8"))

    for command in (unpack.replace("THIS-FILE", str(path)), compare, together):
        done = shell(command, folder)
        assert (done.returncode, done.stderr) == (0, ""), command
    done = shell(read.replace("python3", f"{sys.executable} -I"), folder, PASSPHRASE + "\n")

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(line["size"] for line in lines if "object" in line) == [330_000, 360_000]
    assert "Вторая" in json.dumps([line.get("body") for line in lines], ensure_ascii=False)
    assert shell(read.replace("python3", f"{sys.executable} -I"), folder, "another\n").returncode != 0


def test_the_first_state_can_be_had_the_same_way(scene: tuple[Someone, RecordId, Path], tmp_path: Path) -> None:
    _ainura, _record, path = scene
    folder = tmp_path / "unpacked"
    folder.mkdir()
    shell(f"tar -xOf '{path}' README.txt > README.txt", folder)
    readme = (folder / "README.txt").read_text("utf-8").replace("g0002/", "g0001/")
    unpack, compare, together, read = steps(readme)

    for command in (unpack.replace("THIS-FILE", str(path)), compare, together):
        assert shell(command, folder).returncode == 0
    done = shell(read.replace("python3", f"{sys.executable} -I"), folder, PASSPHRASE + "\n")

    assert done.returncode == 0, done.stderr
    assert "Вторая" not in json.dumps([json.loads(line) for line in done.stdout.splitlines()], ensure_ascii=False)


def test_stock_tar_takes_what_is_before_a_backup_that_was_stopped(
    scene: tuple[Someone, RecordId, Path], tmp_path: Path
) -> None:
    _ainura, _record, path = scene
    content = path.read_bytes()
    begin = content.index(b"g0002/id\0")
    stopped = tmp_path / "stopped"
    stopped.write_bytes(content[:begin] + bytes(512) + content[begin + 512 : begin + 100_000])
    folder = tmp_path / "unpacked"
    folder.mkdir()

    done = shell(f"tar -xf '{stopped}'; sha256sum -c --quiet g0001/manifest.sha256", folder)

    assert done.returncode == 0, done.stderr
    assert not (folder / "g0002").exists()


def test_the_documents_in_it_are_those_of_the_program(scene: tuple[Someone, RecordId, Path], root: Path) -> None:
    _ainura, _record, path = scene
    listed = subprocess.run(["tar", "-tf", path], capture_output=True, text=True, check=True).stdout.split()

    formats = sorted(f"formats/{each.name}" for each in (root / "resources" / "docs" / "formats").glob("*.md"))
    assert listed[: len(formats) + 2] == ["README.txt", *formats, "read_vault.py"]
    assert shutil.which("tar")


def test_the_reader_in_a_backup_is_the_one_that_was_written_from_the_documents(root: Path) -> None:
    ours = (root / "resources" / "backup" / "read_vault.py").read_bytes()

    assert ours == (root / "tests" / "conformance" / "independent_reader.py").read_bytes(), (
        "copy tests/conformance/independent_reader.py to resources/backup/read_vault.py"
    )
