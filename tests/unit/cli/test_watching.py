"""The bar: only at a terminal, without a thread, and a place where Ctrl+C is noticed."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from fieldapp.cli import interrupts
from fieldapp.cli.watching import watched
from fieldapp.errors import CancelledError


def test_at_a_terminal_a_bar_is_drawn_on_standard_error_without_a_thread(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    before = threading.active_count()

    with watched("[red]Sealing") as progress:
        for done in range(0, 1001, 10):
            progress(done, 1000)
        during = threading.active_count()

    out, err = capsys.readouterr()
    assert during == before
    assert out == ""
    assert "[red]Sealing" in err
    assert "1.0/1.0 kB" in err


def test_elsewhere_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with watched("Sealing") as progress:
        progress(1, 2)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", [True, False])
def test_either_way_ctrl_c_stops_the_work(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)

    with interrupts.noticed(), watched("Sealing") as progress:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(CancelledError):
            progress(1, 2)
