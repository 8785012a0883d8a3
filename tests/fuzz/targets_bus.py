"""The way in through the message buses of a Linux desktop."""

from __future__ import annotations

from collections.abc import Iterable

from jeepney import DBusAddress, Parser, new_signal  # type: ignore[import-untyped]  # the library has no types

from fieldapp.system import watching_bus
from tests.fuzz.target import Target


def _bus_seeds() -> Iterable[bytes]:
    screen = DBusAddress("/org/freedesktop/ScreenSaver", interface="org.freedesktop.ScreenSaver")
    login = DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")
    properties = DBusAddress("/org/freedesktop/UPower", interface="org.freedesktop.DBus.Properties")
    yield new_signal(screen, "ActiveChanged", "b", (True,)).serialise(1)
    yield new_signal(login, "PrepareForSleep", "b", (True,)).serialise(1)
    changed = {"LidIsClosed": ("b", True), "LockedHint": ("b", False)}
    yield new_signal(properties, "PropertiesChanged", "sa{sv}as", ("x", changed, [])).serialise(1)
    yield new_signal(properties, "PropertiesChanged", "sa{ss}as", ("x", {"LidIsClosed": ""}, [])).serialise(1)
    yield new_signal(properties, "PropertiesChanged", "sa{su}", ("x", {"LidIsClosed": 1})).serialise(1)
    yield new_signal(login, "PrepareForSleep").serialise(1)


def _message(content: bytes) -> None:
    """What anybody on a bus may send to the child that listens there."""
    try:
        messages = Parser().feed(content)
    except watching_bus._GONE:
        return  # the bus lets nothing through that is no message; the child leaves a bus that does
    for message in messages:
        assert watching_bus.word_of(message) in ("", "sleep", "woke", "lid", "lock")


TARGETS = (Target("message bus", _message, _bus_seeds, (b"a{sv}", b"LidIsClosed", b"v", b"\1b\0"), quick=300),)
