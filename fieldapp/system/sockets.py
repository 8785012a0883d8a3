"""No sockets in this process: an audit hook (PEP 578) that refuses to make, connect, bind or look up anything.

It is one of several locks on the same door: the import contracts keep socket libraries out of our code, and this stops
a library that would open one all the same. A hook cannot be removed while the process lives. Code in C that does not
speak through Python's `socket` is not seen by it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fieldapp.errors import BugError


def refuse_sockets() -> None:
    """From now on every use of a socket from Python raises BugError."""
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: Sequence[object]) -> None:
    if event.startswith("socket."):
        raise BugError("network")
