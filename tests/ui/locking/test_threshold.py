"""Before the vault stands open in the window: sleep and idleness lock there too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.ui.opening.create import CreateScreen
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
    now_s = clock._now_s
    clock._now_s = lambda: now_s() + SLEPT_S


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
    shell._on_create()
    assert isinstance(shell.screen_shown, CreateScreen)

    shell._threshold.clock.ran_out.emit()
    assert len(exits) == 1


class _Archive:
    """As much of an open vault as is looked at before it is shown."""

    def __init__(self, folder: Path) -> None:
        self.vault = self
        self.folder = folder
