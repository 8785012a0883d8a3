"""Before the vault stands open in the window: sleep and idleness lock there too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.ui.locking.countdown import Countdown
from fieldapp.ui.opening.create import CreateScreen
from fieldapp.ui.opening.destroy import DestroyScreen
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.shell import Shell
from tests.ui.conftest import Exits

OpenShell = Callable[[Path | None], Shell]
SLEPT_S = 7_200


def screen_of(shell: Shell) -> UnlockScreen:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    return screen


def sleeps(shell: Shell) -> None:
    clock = shell._threshold.clock
    now = clock._now
    clock._now = lambda: replace(now(), all_s=now().all_s + SLEPT_S)


def test_a_machine_that_slept_while_keys_were_derived_does_not_wake_with_an_open_vault(
    open_shell: OpenShell, vault: Path, exits: Exits
) -> None:
    shell = open_shell(vault)
    sleeps(shell)
    screen_of(shell).unlocked.emit(_Archive(vault), False)

    assert len(exits) == 1
    assert shell._workspace is None


def test_what_is_typed_and_left_alone_is_hidden_and_an_untouched_lock_screen_stays(
    open_shell: OpenShell, vault: Path, exits: Exits, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = open_shell(vault)
    shell._threshold.clock.ran_out.emit()
    assert exits == []

    monkeypatch.setattr(UnlockScreen, "is_untouched", False)
    shell._threshold.clock.ran_out.emit()
    assert len(exits) == 1


def test_the_words_of_a_new_phrase_do_not_stay_on_a_screen_that_nobody_touches(
    open_shell: OpenShell, exits: Exits
) -> None:
    shell = open_shell(None)
    shell._threshold.clock.ran_out.emit()
    assert exits == []
    shell.ways_in.show_create()
    assert isinstance(shell.screen_shown, CreateScreen)

    shell._threshold.clock.ran_out.emit()
    assert len(exits) == 1


class Listener:
    """As much of a listener as answers are given to."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def stay(self) -> None:
        self.said.append("stay")

    def finish(self) -> None:
        self.said.append("finish")

    def stop(self) -> None:
        pass


def test_who_listens_is_told_where_the_window_stays(open_shell: OpenShell, vault: Path, exits: Exits) -> None:
    """Else it ends the window: an untouched lock screen would be gone when the person wakes the machine."""
    shell, listener = open_shell(vault), Listener()
    shell._threshold.hearing = listener  # type: ignore[assignment]  # see Listener
    shell._threshold.heard.emit()
    assert (exits, listener.said) == ([], ["stay"])

    shell.ways_in.show_destroy()
    screen = shell.screen_shown
    assert isinstance(screen, DestroyScreen)
    screen.is_busy = True
    shell._threshold.heard.emit()
    screen.is_busy = False
    assert (exits, listener.said) == ([], ["stay", "finish"])

    shell._threshold.heard.emit()
    assert (len(exits), listener.said) == (1, ["stay", "finish"])


def test_the_last_minute_is_told_while_twelve_words_are_written_down(open_shell: OpenShell, exits: Exits) -> None:
    shell = open_shell(None)
    clock = shell._threshold.clock
    clock._idle_s = clock.after_s - 46
    clock.tick()
    assert bars(shell) == []  # nothing is on the welcome that must be hidden
    shell.ways_in.show_create()

    clock.tick()
    (bar,) = bars(shell)
    said = bar.words.text()
    bar.phone_button.click()

    assert said == "Locks in 44 seconds"
    assert bars(shell) == []
    assert clock.left_s == 1800
    assert exits == []


def test_the_last_minute_of_one_screen_is_not_told_on_the_next(open_shell: OpenShell, vault: Path) -> None:
    shell = open_shell(None)
    clock = shell._threshold.clock
    shell.ways_in.show_create()
    clock._idle_s = clock.after_s - 46
    clock.tick()
    assert len(bars(shell)) == 1

    shell.ways_in.show_unlock(vault)

    assert bars(shell) == []


def bars(shell: Shell) -> list[Countdown]:
    return [each for each in shell.findChildren(Countdown) if each.isVisible()]


class _Archive:
    """As much of an open vault as is looked at before it is shown."""

    def __init__(self, folder: Path) -> None:
        self.vault = self
        self.folder = folder
        self.place = None
