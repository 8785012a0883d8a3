"""An activist writes down and hands over, a coordinator takes in, and everything is compared."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import demo
import pytest

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.media.preview import DecoderProcess
from fieldapp.services import demonstration, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.services.demonstration import AttachedFile
from fieldapp.services.demonstration_pictures import Drawn
from fieldapp.values import RecordId

CHEAP = KdfParameters(memory_kib=8, passes=1, lanes=1)
NOTES = [Drawn("first.txt", b"the first"), Drawn("second.txt", b"the second")]


def copy_out_spoiled(archive: Archive, document: RecordId, path: Path) -> None:
    """A copy in which one bit of the second note is not as it was."""
    demo.copy_of_document(archive, document, path)
    path.write_bytes(path.read_bytes().replace(b"second", b"secone"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = vaults.create(
        tmp_path / "vault", "a passphrase", person="Z", device="d", parameters=CHEAP, floor_kib=8
    ).archive
    yield made
    made.close()


@pytest.fixture
def attached(archive: Archive) -> tuple[AttachedFile, ...]:
    with DecoderProcess() as decoder:
        return demonstration.record_cases(archive, demonstration.read_cases("en"), NOTES, decoder).photographs


def test_everything_arrives_as_it_was_sent(root: Path, tmp_path: Path) -> None:
    script = [sys.executable, str(root / "packaging" / "demo.py"), "--folder", str(tmp_path), "--language", "ru"]
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}

    done = subprocess.run(script, env=environment, capture_output=True, encoding="utf-8", check=False)

    assert done.stderr == ""
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout
    assert "«в Мелехове» находит «Мелехово»" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "activist",
        "activist.card",
        "coordinator",
        "coordinator.card",
        "handover.fieldapp",
    ]
    archive = vaults.unlock(tmp_path / "coordinator", demonstration.PRACTICE_PASSPHRASE)
    assert views.counts(archive)["testimony"] == len(demonstration.read_cases("en").testimonies)
    archive.close()


def test_files_that_are_the_same_pass(
    archive: Archive, attached: tuple[AttachedFile, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    report = demo.Report("en")

    demo.compare_files(
        archive, attached, {each.name: demo.sha256_of(each) for each in NOTES}, report, demo.copy_of_document
    )

    assert report.failures == 0
    assert capsys.readouterr().out.count("✓") == 3


def test_one_bit_that_differs_is_named_and_fails(
    archive: Archive, attached: tuple[AttachedFile, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    report = demo.Report("en")

    demo.compare_files(archive, attached, {each.name: demo.sha256_of(each) for each in NOTES}, report, copy_out_spoiled)

    wrong = [line for line in capsys.readouterr().out.splitlines() if "✗" in line]
    assert report.failures == 2
    assert "second.txt" in wrong[0]
    assert "Files: 2" in wrong[1]


def test_records_that_did_not_come_are_noticed(
    archive: Archive, attached: tuple[AttachedFile, ...], tmp_path: Path
) -> None:
    empty = vaults.create(
        tmp_path / "other", "a passphrase", person="A", device="d", parameters=CHEAP, floor_kib=8
    ).archive
    report = demo.Report("en")

    demo.compare_records(demo.Pair(archive, empty), report)
    empty.close()

    assert report.failures == 2


def test_code_words_that_came_along_are_noticed(archive: Archive, attached: tuple[AttachedFile, ...]) -> None:
    report = demo.Report("en")

    demo.compare_records(demo.Pair(archive, archive), report)

    assert report.failures == 2


def test_a_failed_check_is_exit_status_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def demonstrate(folder: Path, report: demo.Report) -> None:
        report.check("so it is", "так и есть", holds=folder != tmp_path)

    monkeypatch.setattr(demo, "demonstrate", demonstrate)

    assert demo.main(["--folder", str(tmp_path)]) == 1
    assert demo.main(["--folder", str(tmp_path / "another")]) == 0


def test_a_folder_that_is_in_use_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "activist").mkdir()
    (tmp_path / "activist" / "letter.txt").write_text("mine", encoding="utf-8")

    assert demo.main(["--folder", str(tmp_path)]) == 1

    assert "something in" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "activist").iterdir()] == ["letter.txt"]
