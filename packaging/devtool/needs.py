"""What the system itself must bring: the `venv` module, the libraries that Qt loads, a font, and the tests' own tools.

Every need is looked for by the thing itself (a library is loaded, a command is on PATH), never by asking a package
manager, so that it works on every Linux. The package names are Debian's and Ubuntu's. On Windows and macOS Qt's wheels
bring everything, and nothing is looked for.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from devtool.places import Level, Refusal, say

LIBRARIES = (
    ("libatomic.so.1", "libatomic1"),
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libdbus-1.so.3", "libdbus-1-3"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
    ("libpulse.so.0", "libpulse0"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libxcb-cursor.so.0", "libxcb-cursor0"),
    ("libxcb-icccm.so.4", "libxcb-icccm4"),
    ("libxcb-image.so.0", "libxcb-image0"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    ("libxcb-randr.so.0", "libxcb-randr0"),
    ("libxcb-render-util.so.0", "libxcb-render-util0"),
    ("libxcb-shape.so.0", "libxcb-shape0"),
    ("libxcb-sync.so.1", "libxcb-sync1"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    ("libxcb-xkb.so.1", "libxcb-xkb1"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
)
"""Library file, Debian package: what QtGui, QtMultimedia, QtPdf and the X11 platform of PySide6 6.10 load."""

TOOLS = (
    ("age", "age"),
    ("ssh-keygen", "openssh-client"),
    ("strace", "strace"),
    ("tar", "tar"),
    ("xauth", "xauth"),
    ("Xvfb", "xvfb"),
)
"""Command, Debian package: independent programs that the tests hold ours against."""

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONTS = ("NotoSans-Regular.*", "DejaVuSans.*")
FONT_PACKAGE = "fonts-noto-core"
"""One family with every letter of Russian, Uzbek, Tajik and Kyrgyz; without any font Qt draws empty boxes."""


class Probe(Protocol):
    """How a need is looked for; the tests bring their own."""

    def has_venv(self) -> bool: ...
    def has_library(self, name: str) -> bool: ...
    def has_tool(self, name: str) -> bool: ...
    def has_font(self) -> bool: ...


class ThisSystem:
    """Looks at the machine we run on."""

    def has_venv(self) -> bool:
        return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))

    def has_library(self, name: str) -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    def has_tool(self, name: str) -> bool:
        return shutil.which(name) is not None

    def has_font(self) -> bool:
        folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
        return any(True for folder in folders for pattern in FONTS for _ in folder.rglob(pattern))


def missing(level: Level, probe: Probe) -> list[str]:
    """The Debian packages that this system lacks, in the order of the tables above."""
    found = [] if probe.has_venv() else [_venv_package()]
    found += [package for library, package in LIBRARIES if not probe.has_library(library)]
    found += [] if probe.has_font() else [FONT_PACKAGE]
    if level == "dev":
        found += [package for tool, package in TOOLS if not probe.has_tool(tool)]
    return found


def provide(packages: list[str], *, is_root: bool, apt: str | None) -> None:
    """Install `packages` with apt when we may.

    Raises:
        Refusal: we are not root or there is no apt; the text is the line to run. Or apt itself failed.
    """
    if not packages:
        return
    if apt is None:
        msg = f"Please install what these Debian packages hold, by this system's own means: {' '.join(packages)}"
        raise Refusal(msg)
    if not is_root:
        msg = f"Please run: sudo apt-get install {' '.join(packages)}"
        raise Refusal(msg)
    say(f"Installing from the system's package source: {' '.join(packages)}")
    install = [apt, "install", "-qq", "--yes", "--no-install-recommends", *packages]
    if _quietly(install) and (_quietly([apt, "update", "-qq"]) or _quietly(install)):
        msg = f"apt could not install them. Please look at its answer to: {' '.join(install)}"
        raise Refusal(msg)


def look_and_provide(level: Level) -> None:
    """Make sure of everything above on this machine; does nothing on Windows and macOS."""
    if sys.platform == "linux":
        provide(missing(level, ThisSystem()), is_root=os.geteuid() == 0, apt=shutil.which("apt-get"))


def _quietly(command: list[str], run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run) -> int:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


def _venv_package() -> str:
    major, minor = sys.version_info[:2]
    return "python3-venv" if sys.prefix == "/usr" else f"python{major}.{minor}-venv"
