"""The listener on the message buses, with a real bus and somebody who speaks as logind does."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fieldapp.system.watching import Watcher, start_watcher

if sys.platform != "linux" or shutil.which("dbus-daemon") is None:
    pytest.skip("needs a message bus", allow_module_level=True)

from jeepney import (  # type: ignore[import-untyped]  # the library has no types
    DBusAddress,
    MessageType,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]  # see above
from jeepney.io.blocking import DBusConnection, open_dbus_connection  # type: ignore[import-untyped]  # see above

from fieldapp.system import watching_bus

WAIT_S = 20
LOGIN = "org.freedesktop.login1"
SESSION_PATH = "/org/freedesktop/login1/session/_31"
CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy>
</busconfig>"""


class Told(NamedTuple):
    """A signal; the body with its signature before it."""

    path: str
    interface: str
    member: str
    body: tuple[Any, ...] = ()


class Desktop:
    """A bus, and on it what a desktop has: logind with its delay, UPower, a screen saver."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix:path={folder / 'bus'}"
        configuration = folder / "bus.conf"
        configuration.write_text(CONFIGURATION % (folder / "bus"), encoding="utf-8")
        self._bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address"], stdout=subprocess.PIPE
        )
        assert self._bus.stdout is not None
        self._bus.stdout.readline()
        self._speaker = self._connect(f"{LOGIN}", "org.freedesktop.UPower")
        self.delay: int | None = None
        self.delayed = threading.Event()
        self._reading = threading.Thread(target=self._answer)
        self._reading.start()

    def say(self, told: Told) -> None:
        self._speaker.send(new_signal(DBusAddress(told.path, interface=told.interface), told.member, *told.body))

    def is_delayed(self) -> bool:
        """Whether somebody still holds the other end of the delay."""
        assert self.delay is not None
        ready, _, _ = select.select([self.delay], [], [], 0)
        return not ready

    def await_end_of_delay(self) -> bool:
        assert self.delay is not None
        ready, _, _ = select.select([self.delay], [], [], WAIT_S)
        return bool(ready)

    def close(self) -> None:
        self._bus.terminate()
        self._bus.wait()
        self._reading.join()
        self._speaker.close()
        assert self._bus.stdout is not None
        self._bus.stdout.close()
        if self.delay is not None:
            os.close(self.delay)

    def _connect(self, *names: str) -> DBusConnection:
        connection = open_dbus_connection(self.address, enable_fds=True)
        for name in names:
            connection.send_and_get_reply(message_bus.RequestName(name), timeout=WAIT_S)
        return connection

    def _answer(self) -> None:
        while True:
            try:
                asked = self._speaker.receive(timeout=WAIT_S)
            except (OSError, TimeoutError):
                return
            if asked.header.message_type is not MessageType.method_call:
                continue
            member = {field.name: value for field, value in asked.header.fields.items()}["member"]
            if member == "Inhibit":
                if self.delay is not None:
                    os.close(self.delay)
                self.delay, held = os.pipe()
                self._speaker.send(new_method_return(asked, "h", (held,)))
                os.close(held)
                self.delayed.set()
            else:
                self._speaker.send(new_method_return(asked, "o", (SESSION_PATH,)))


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    desktop = Desktop(tmp_path)
    yield desktop
    desktop.close()


def listen(desktop: Desktop, *, ends_process: bool = False) -> Watcher:
    told = {"DBUS_SESSION_BUS_ADDRESS": desktop.address, "DBUS_SYSTEM_BUS_ADDRESS": desktop.address}
    watcher = start_watcher(told, ends_process=ends_process)
    assert watcher is not None
    return watcher


def words(watcher: Watcher) -> list[str]:
    ready, _, _ = select.select([watcher.handle], [], [], WAIT_S)
    assert ready
    return watcher.read()


CHANGED = "org.freedesktop.DBus.Properties"
SLEEPS = Told("/org/freedesktop/login1", f"{LOGIN}.Manager", "PrepareForSleep", ("b", (True,)))
LOCKED = Told(SESSION_PATH, f"{LOGIN}.Session", "Lock")
HINTED: tuple[Any, ...] = (f"{LOGIN}.Session", {"LockedHint": ("b", True)}, [])
LID: tuple[Any, ...] = ("org.freedesktop.UPower", {"LidIsClosed": ("b", True)}, [])
BLANKED = Told("/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged", ("b", (True,)))


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (SLEEPS, "sleep"),
        (LOCKED, "lock"),
        (Told(SESSION_PATH, CHANGED, "PropertiesChanged", ("sa{sv}as", HINTED)), "lock"),
        (Told("/org/freedesktop/UPower", CHANGED, "PropertiesChanged", ("sa{sv}as", LID)), "lid"),
        (Told("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged", ("b", (True,))), "lock"),
        (BLANKED, "lock"),
    ],
)
def test_what_the_desktop_says_becomes_one_word(desktop: Desktop, told: Told, word: str) -> None:
    watcher = listen(desktop)
    assert words(watcher) == ["ready system session delay"]

    desktop.say(told)

    assert words(watcher) == [word]
    watcher.close()


def test_what_is_no_reason_to_lock_says_nothing(desktop: Desktop) -> None:
    watcher = listen(desktop)
    words(watcher)

    desktop.say(SLEEPS._replace(body=("b", (False,))))
    desktop.say(LOCKED._replace(path="/other/session"))
    desktop.say(BLANKED._replace(body=("b", (False,))))
    desktop.say(BLANKED)

    assert words(watcher) == ["lock"]
    watcher.close()


def test_the_machine_does_not_sleep_before_the_keys_are_gone(desktop: Desktop) -> None:
    watcher = listen(desktop)
    words(watcher)
    assert desktop.delayed.wait(WAIT_S)

    desktop.say(SLEEPS)
    words(watcher)
    while_keys_are_there = desktop.is_delayed()
    watcher.close()  # as the end of this process would

    assert while_keys_are_there
    assert desktop.await_end_of_delay()


STARTS = (
    "import sys; from fieldapp.system.watching import start_watcher;"
    "w = start_watcher({'DBUS_SESSION_BUS_ADDRESS': sys.argv[1], 'DBUS_SYSTEM_BUS_ADDRESS': sys.argv[1]});"
    "print(w.read()[0], flush=True);"
)


@contextmanager
def window(desktop: Desktop, does: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that starts the listener and does something then."""
    started = subprocess.Popen(
        [sys.executable, "-c", STARTS + does, desktop.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert started.stdout is not None
    assert started.stdin is not None
    assert started.stdout.readline().startswith(b"ready")
    yield started
    started.kill()
    started.wait()
    started.stdout.close()
    started.stdin.close()


def test_a_window_that_hangs_is_ended(desktop: Desktop) -> None:
    with window(desktop, "sys.stdin.read()") as hanging:
        desktop.say(LOCKED)

        assert hanging.wait(WAIT_S) == -9


@pytest.mark.parametrize("answer", ["stay", "finish"])
def test_a_window_that_answers_is_not_ended(desktop: Desktop, answer: str) -> None:
    does = f"assert w.read() == ['lock']; w.{answer}(); print(w.read(), flush=True); sys.stdin.read()"
    with window(desktop, does) as answering:
        desktop.say(LOCKED)
        with pytest.raises(subprocess.TimeoutExpired):
            answering.wait(watching_bus.PARENT_GOES_S + 1)
        desktop.say(SLEEPS)  # it listens on, and counts anew

        assert answering.stdout is not None
        assert answering.stdout.readline() == b"['sleep']\n"
        assert answering.wait(WAIT_S) == -9


def test_a_machine_may_sleep_at_once_where_there_is_nothing_to_hide_and_waits_again_the_next_time(
    desktop: Desktop,
) -> None:
    watcher = listen(desktop)
    words(watcher)
    assert desktop.delayed.wait(WAIT_S)

    desktop.say(SLEEPS)
    assert words(watcher) == ["sleep"]
    watcher.finish()
    desktop.say(SLEEPS)
    assert words(watcher) == ["sleep"]
    is_held_on = desktop.is_delayed()
    watcher.stay()
    assert is_held_on
    assert desktop.await_end_of_delay()

    desktop.delayed.clear()
    desktop.say(SLEEPS._replace(body=("b", (False,))))
    assert desktop.delayed.wait(WAIT_S)
    desktop.say(SLEEPS)
    assert words(watcher) == ["sleep"]
    assert desktop.is_delayed()
    watcher.close()


def test_without_a_bus_the_listener_says_so_and_ends(tmp_path: Path) -> None:
    watcher = start_watcher(
        {"DBUS_SESSION_BUS_ADDRESS": "", "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path / 'none'}"},
        ends_process=False,
    )
    assert watcher is not None

    assert words(watcher) == ["ready"]
    assert words(watcher) == []
    watcher.close()


def test_a_listener_that_cannot_be_started_is_none() -> None:
    assert start_watcher({}, command=["/nowhere/at/all"]) is None


@pytest.mark.parametrize(
    ("member", "body"),
    [
        ("PropertiesChanged", ("sa{ss}as", ("x", {"LidIsClosed": ""}, []))),
        ("PropertiesChanged", ("sa{su}as", ("x", {"LidIsClosed": 1}, []))),
        ("PropertiesChanged", ("ss", ("x", "y"))),
        ("PropertiesChanged", ("s", ("x",))),
        ("PrepareForSleep", ()),
        ("PrepareForSleep", ("s", ("true",))),
        ("ActiveChanged", ("as", ([],))),
    ],
)
def test_a_signal_of_any_shape_is_only_passed_over(member: str, body: tuple[Any, ...]) -> None:
    sender = DBusAddress("/x", interface="org.freedesktop.ScreenSaver")

    assert watching_bus.word_of(new_signal(sender, member, *body)) == ""
