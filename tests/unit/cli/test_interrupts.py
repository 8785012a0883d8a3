"""Ctrl+C stops work where nothing is half done."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from fieldapp.cli import interrupts
from fieldapp.errors import CancelledError
from fieldapp.services import documents
from tests.unit.cli.calling import Call, Desk


def test_the_first_is_noticed_at_the_next_step_and_the_second_at_once() -> None:
    with interrupts.noticed():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(CancelledError):
            interrupts.check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    with interrupts.noticed():
        interrupts.check()


def test_a_question_is_broken_off_at_once() -> None:
    with interrupts.noticed(), pytest.raises(KeyboardInterrupt), interrupts.waiting():
        signal.raise_signal(signal.SIGINT)


def test_sealing_a_file_is_stopped_and_leaves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = desk("new", "testimony").out.strip()
    (tmp_path / "large").write_bytes(bytes(4 * 1024 * 1024))
    really = documents.stage

    def interrupted(*arguments: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return really(*arguments)  # type: ignore[arg-type]  # as they come

    monkeypatch.setattr(documents, "stage", interrupted)

    done = desk("attach", call, tmp_path / "large")

    assert (done.status, done.out) == (130, "")
    assert "Stopped" in done.err
    assert not list((desk.folder / "objects" / "new").iterdir())
    assert desk("list", "--type", "document").out == ""


def test_short_work_is_finished(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from fieldapp.services import records

    really = records.save

    def interrupted(*arguments: object, **named: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return really(*arguments, **named)  # type: ignore[arg-type]  # as they come

    monkeypatch.setattr(records, "save", interrupted)

    done = desk("new", "testimony", "--set", "title=Call")

    assert done.status == 0
    monkeypatch.undo()
    assert "Call" in desk("list").out


def test_giving_up_at_a_question_ends_with_130(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def given_up(_question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("fieldapp.cli.secrets_given.is_asking_possible", lambda: True)
    monkeypatch.setattr("fieldapp.cli.secrets_given.ask_secret", given_up)

    done = call("init", tmp_path / "v")

    assert (done.status, done.out) == (130, "")
    assert not (tmp_path / "v").exists()
