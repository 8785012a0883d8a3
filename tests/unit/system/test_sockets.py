"""The hook of `fieldapp.system.sockets`, in processes of its own: it cannot be taken away again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOOKED = "import socket; from fieldapp.system.sockets import refuse_sockets; refuse_sockets(); "


@pytest.mark.parametrize(
    "deed",
    [
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('localhost', 9)",
        "socket.gethostbyname('localhost')",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "socket.socketpair()",
    ],
)
def test_every_use_of_a_socket_is_a_bug(deed: str, root: Path) -> None:
    done = run(HOOKED + deed, root)

    assert done.returncode == 1
    assert "BugError: network" in done.stderr


def test_everything_else_goes_on(root: Path) -> None:
    assert run(HOOKED + "import subprocess, tempfile; tempfile.TemporaryFile(); print(1)", root).stdout == "1\n"


def test_the_program_has_the_hook(root: Path) -> None:
    code = (
        "import sys; sys.argv = ['fieldapp', '--version']; import fieldapp.__main__ as m; m.main();"
        "import socket; socket.socket()"
    )

    done = run(code, root)

    assert done.stdout.startswith("Field App")
    assert "BugError: network" in done.stderr


def run(code: str, root: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
