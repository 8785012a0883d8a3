"""The child that listens on the message buses (D-Bus specification 0.43; systemd's org.freedesktop.login1; UPower).

It knows no keys and is told no content. What it hears becomes one word a line on its standard output:

    sleep   the machine will sleep. The child holds logind's delay on it until its parent is gone.
    lid     the lid was closed
    lock    the session was locked, or a screen saver came up

The parent answers a word, if it is not to be gone:

    s   there is nothing to hide: the machine may sleep. The delay is given back, and taken anew after the sleep.
    f   something is brought to its end first: the delay is held on.

Rule 1: whoever can speak on a bus can have the window locked, and nothing else.
Rule 2: a parent that still lives so long after a word, and said nothing, hangs, and is killed.
Rule 3: nothing is written to the bus but what subscribes, asks for our session, and asks for the delay.
"""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jeepney import (  # type: ignore[import-untyped]  # the library has no types
    DBusAddress,
    MatchRule,
    Message,
    MessageType,
    new_method_call,
)
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]  # see above
from jeepney.io.blocking import DBusConnection, open_dbus_connection  # type: ignore[import-untyped]  # see above
from jeepney.wrappers import unwrap_msg  # type: ignore[import-untyped]  # see above

assert sys.platform != "win32"

PARENT_GOES_S = 3.0
"""After a word the parent has so long to be gone; logind waits five seconds by default."""

STAYS, FINISHES = b"s", b"f"

_ANSWER_S = 3.0
_WOKE = "woke"
"""Heard, and not told."""

_LOGIN = "org.freedesktop.login1"
_MANAGER = DBusAddress("/org/freedesktop/login1", bus_name=_LOGIN, interface=f"{_LOGIN}.Manager")
_PROPERTIES = "org.freedesktop.DBus.Properties"
_POWER = "org.freedesktop.UPower"
_GONE = (OSError, RuntimeError, ValueError, LookupError, TypeError, AssertionError, struct.error, StopIteration)
"""What the library raises for a bus that is not there, does not answer, or speaks nonsense."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the parent says first. `parent`: its process, or 0; an address or a session may be empty."""

    parent: int
    session_bus: str
    system_bus: str
    session: str


class Delay:
    """logind's delay on the sleep of the machine: it lasts for as long as a file handle is open."""

    def __init__(self, bus: DBusConnection | None) -> None:
        self._bus = bus
        self._held: tuple[Any, ...] = ()

    def take(self) -> bool:
        """Hold it, if it is not held; whether it is now."""
        wanted = ("sleep", "Field App", "Locks before the machine sleeps", "delay")
        if self._bus is not None and not self._held:
            self._held = _call(self._bus, _MANAGER, "Inhibit", "ssss", *wanted) or ()
        return bool(self._held)

    def give_back(self) -> None:
        """The machine may sleep now."""
        for each in self._held:
            with suppress(*_GONE):
                each.close()
        self._held = ()


def run() -> None:
    """Listen until the parent is gone, or until there is no bus left to listen to."""
    asked = Asked(**json.loads(sys.stdin.buffer.readline()))
    system = _open_system(asked)
    delay = Delay(system)
    is_delayed = delay.take()
    session = _open_session(asked.session_bus)
    found = (("system", system), ("session", session), ("delay", is_delayed or None))
    _say(" ".join(["ready", *(word for word, what in found if what is not None)]))
    buses = [bus for bus in (system, session) if bus is not None]
    with suppress(*_GONE):
        while buses:
            for word in _words(buses):
                if word == _WOKE:
                    delay.take()
                    continue
                _say(word)
                if _await_answer(asked.parent) == STAYS:
                    delay.give_back()


def word_of(message: Message) -> str:
    """The word for what a signal says; empty for anything else."""
    if message.header.message_type is not MessageType.signal:
        return ""
    fields = {field.name: value for field, value in message.header.fields.items()}
    interface, member, body = str(fields.get("interface", "")), fields.get("member"), message.body
    if member == "PrepareForSleep":
        return {True: "sleep", False: _WOKE}[body[0]] if body and isinstance(body[0], bool) else ""
    if member == "ActiveChanged" and interface.endswith(".ScreenSaver"):
        return "lock" if body and body[0] is True else ""
    if member == "Lock" and interface == f"{_LOGIN}.Session":
        return "lock"
    if member == "PropertiesChanged" and len(body) > 1:
        return _word_of_properties(body[1])
    return ""


def _word_of_properties(changed: Any) -> str:
    pairs = changed.items() if isinstance(changed, dict) else ()
    told = {name: value[1] for name, value in pairs if isinstance(value, tuple) and len(value) == 2}
    if told.get("LidIsClosed") is True:
        return "lid"
    return "lock" if told.get("LockedHint") is True else ""


def _open_system(asked: Asked) -> DBusConnection | None:
    try:
        bus = open_dbus_connection(asked.system_bus, enable_fds=True, auth_timeout=_ANSWER_S)
        path = _path_of_session(bus, asked)
        _listen(bus, sender=_LOGIN, interface=f"{_LOGIN}.Manager", member="PrepareForSleep")
        _listen(bus, sender=_LOGIN, interface=f"{_LOGIN}.Session", member="Lock", **path)
        _listen(bus, sender=_LOGIN, interface=_PROPERTIES, member="PropertiesChanged", **path)
        _listen(bus, sender=_POWER, interface=_PROPERTIES, member="PropertiesChanged", path="/org/freedesktop/UPower")
    except _GONE:
        return None
    return bus


def _open_session(address: str) -> DBusConnection | None:
    try:
        bus = open_dbus_connection(address, auth_timeout=_ANSWER_S)
        _listen(bus, member="ActiveChanged")
    except _GONE:
        return None
    return bus


def _path_of_session(bus: DBusConnection, asked: Asked) -> dict[str, str]:
    """Only our own session, where logind knows which that is; otherwise any."""
    found = _call(bus, _MANAGER, "GetSession", "s", asked.session) if asked.session else None
    found = found or _call(bus, _MANAGER, "GetSessionByPID", "u", asked.parent)
    return {"path": found[0]} if found else {}


def _listen(bus: DBusConnection, **what: str) -> None:
    rule = MatchRule(type="signal", **what)
    unwrap_msg(bus.send_and_get_reply(message_bus.AddMatch(rule), timeout=_ANSWER_S))


def _call(bus: DBusConnection, to: DBusAddress, method: str, signature: str, *body: object) -> Any:
    """What is answered, or None."""
    with suppress(*_GONE):
        answer = bus.send_and_get_reply(new_method_call(to, method, signature, body), timeout=_ANSWER_S)
        if answer.header.message_type is MessageType.method_return:
            return answer.body
    return None


def _words(buses: list[DBusConnection]) -> list[str]:
    """Wait; what was heard. A bus that went away is left out from now on. SystemExit where the parent is gone."""
    ready, _, _ = select.select([sys.stdin, *(bus.sock for bus in buses)], [], [])
    if sys.stdin in ready:
        _heard()  # an answer that came late
    words = []
    for bus in [each for each in buses if each.sock in ready]:
        try:
            while True:
                words.append(word_of(bus.receive(timeout=0)))
        except TimeoutError:
            continue
        except _GONE:
            buses.remove(bus)
    return [word for word in words if word]


def _await_answer(parent: int) -> bytes:
    """Wait for the parent to be gone, or to say that it stays; end it where it does neither. Gives what it said."""
    until = time.monotonic() + PARENT_GOES_S
    said = b""
    while not said and (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([sys.stdin], [], [], left)
        said = _heard() if ready else b""
    if not said and parent:
        with suppress(OSError):
            os.kill(parent, signal.SIGKILL)
        raise SystemExit
    return said


def _heard() -> bytes:
    """The next thing that the parent says; it is waited for. SystemExit where the parent is gone."""
    said = os.read(sys.stdin.fileno(), 1)
    if not said:
        raise SystemExit
    return said


def _say(word: str) -> None:
    os.write(sys.stdout.fileno(), word.encode("ascii") + b"\n")
