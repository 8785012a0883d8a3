"""No sockets in this process: an audit hook (PEP 578) that refuses to make, connect, bind or look up anything.

It is one of several locks on the same door: the import contracts keep socket libraries out of our code, and this stops
a library that would open one all the same. A hook cannot be removed while the process lives. Code in C that does not
speak through Python's `socket` is not seen by it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fieldapp.errors import BugError

_ASKED = "fieldapp.sockets"


def refuse_sockets() -> None:
    """From now on every use of a socket from Python raises BugError."""
    sys.addaudithook(_refuse)


def are_sockets_refused() -> bool:
    """Whether the hook is there."""
    answers: list[bool] = []
    sys.audit(_ASKED, answers)
    return bool(answers)


def _refuse(event: str, arguments: Sequence[object]) -> None:
    if event.startswith("socket."):
        raise BugError("network")
    if event == _ASKED and isinstance(arguments[0], list):
        arguments[0].append(True)
