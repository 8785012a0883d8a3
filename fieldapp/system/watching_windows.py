"""Hearing the same from Windows, which tells it to the window itself (winuser.h, wtsapi32.h).

The lid and the sleep come as WM_POWERBROADCAST, the lock of the session (Win+L, another user) as
WM_WTSSESSION_CHANGE to windows that asked for it. Nothing waits for us: what is not locked when the machine sleeps is
locked by the jump of the clock when it wakes.
"""

from __future__ import annotations

import ctypes
import sys

_POWER_BROADCAST, _SESSION_CHANGE = 0x0218, 0x02B1
_SUSPEND, _SESSION_LOCK, _CONSOLE_DISCONNECT = 0x0004, 0x0007, 0x0002
_THIS_SESSION = 0


class _Message(ctypes.Structure):
    """The beginning of MSG."""

    _fields_ = (
        ("window", ctypes.c_void_p),
        ("message", ctypes.c_uint),
        ("first", ctypes.c_size_t),
        ("second", ctypes.c_ssize_t),
    )


def ask_for_session(window: int) -> bool:
    """Have Windows tell this window of locks of the session. Whether it will."""
    if sys.platform != "win32":
        return False
    return bool(ctypes.windll.wtsapi32.WTSRegisterSessionNotification(ctypes.c_void_p(window), _THIS_SESSION))


def word_at(address: int) -> str:
    """The word for the native message at this address, as the listener on other systems says it; or none."""
    message = _Message.from_address(address)
    return word_of(message.message, message.first)


def word_of(message: int, first: int) -> str:
    """`sleep`, `lock`, or nothing."""
    if message == _POWER_BROADCAST and first == _SUSPEND:
        return "sleep"
    if message == _SESSION_CHANGE and first in (_SESSION_LOCK, _CONSOLE_DISCONNECT):
        return "lock"
    return ""
