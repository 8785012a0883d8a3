"""The virtual environment of a checkout, from nothing to ready, and how we know that it is.

A stamp in `.venv` is written last and holds a hash of all that set-up depends on, so a second call costs one
comparison. While pip works, the file `unfinished` stands in `.venv`; where a start finds it, pip was killed and may
have left half a package behind, so everything begins anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from devtool import needs
from devtool.places import Checkout, Level, Lock, Refusal, say

_VERSION = "2"  # raise it when set-up itself does something new

_LOCKS: dict[Level, tuple[Lock, ...]] = {"run": ("run",), "dev": ("dev", "source")}

_QT_STARTS = """
import ctypes, pathlib, sys
import PySide6
from PySide6 import QtCore, QtGui, QtMultimedia, QtPdf, QtWidgets
if sys.platform == "linux":
    ctypes.CDLL(str(pathlib.Path(PySide6.__file__).parent / "Qt/plugins/platforms/libqxcb.so"))
QtWidgets.QApplication([])
"""


def ensure(checkout: Checkout, level: Level) -> None:
    """Leave `.venv` ready for `level`; at once when it is so already.

    Raises:
        Refusal: something is missing that we may not or cannot install.
    """
    if is_ready(checkout, level):
        return
    with _alone(checkout):
        if not is_ready(checkout, level):
            set_up(checkout, level)


def is_ready(checkout: Checkout, level: Level) -> bool:
    """Whether the stamp of `level` belongs to the lock files as they are now."""
    try:
        written = checkout.stamp(level).read_text(encoding="ascii")
    except OSError:
        return False
    return written == fingerprint(checkout, level) and checkout.python.exists()


def fingerprint(checkout: Checkout, level: Level) -> str:
    """A hash of what set-up depends on: this tool's version, the place of the checkout, the lock, the system's part."""
    tables = needs.LIBRARIES + (needs.TOOLS if level == "dev" else ())
    locks = (checkout.lock(name).read_text(encoding="utf-8") for name in _LOCKS[level])
    parts = (_VERSION, str(checkout.root), repr(tables), *locks)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def set_up(checkout: Checkout, level: Level) -> None:
    """All steps, in order; each leaves a state from which the next start goes on.

    Raises:
        Refusal: something is missing that we may not or cannot install.
    """
    needs.look_and_provide(level)
    _make_venv(checkout)
    _install(checkout, level)
    _write_launcher(checkout)
    _see_qt_start(checkout)
    included: tuple[Level, ...] = ("run", "dev") if level == "dev" else ("run",)
    for each in included:
        checkout.stamp(each).write_text(fingerprint(checkout, each), encoding="ascii")
    say("Ready.")


def _make_venv(checkout: Checkout) -> None:
    """A venv with a working pip; an unfinished, broken or moved one is thrown away first."""
    moved = checkout.venv.exists() and _pth(checkout) not in (None, str(checkout.root))
    if moved or (checkout.venv / "unfinished").exists() or not _has_pip(checkout):
        say("Making the virtual environment .venv")
        if checkout.venv.exists():
            shutil.rmtree(checkout.venv)
        _step([sys.executable, "-m", "venv", str(checkout.venv)], "The virtual environment could not be made.")


def _has_pip(checkout: Checkout) -> bool:
    if not checkout.python.exists():
        return False
    asked = [str(checkout.python), "-m", "pip", "--version"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _install(checkout: Checkout, level: Level) -> None:
    """Exactly what the locks say: wheels, then the few source packages, built with tools from among those wheels."""
    locks = _LOCKS[level]
    lines = [line for name in locks for line in checkout.lock(name).read_text(encoding="utf-8").splitlines()]
    count = sum(line[:1].isalnum() for line in lines)
    say(f"Installing {count} packages pinned in packaging/locks; the first time this takes some minutes")
    unfinished = checkout.venv / "unfinished"
    unfinished.touch()
    for name in locks:
        how = ("--no-build-isolation",) if name == "source" else ("--only-binary", ":all:")
        _pip_install(checkout, name, how)
    unfinished.unlink()


def _pip_install(checkout: Checkout, name: Lock, how: Sequence[str]) -> None:
    pip = [str(checkout.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    exactly = ["--progress-bar", "off", "--require-hashes", "--no-deps", *how, "-r", str(checkout.lock(name))]
    with subprocess.Popen(
        [*pip, *exactly],
        env=os.environ | {"PATH": os.pathsep.join((str(checkout.scripts), os.environ.get("PATH", os.defpath)))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        rest = [line for line in running.stdout if not _is_progress(line)]
    if running.returncode != 0:
        (checkout.venv / "unfinished").unlink()  # pip undoes what it began when it fails by itself
        say("".join(rest[-10:]))
        msg = "The packages could not be installed; is the package registry reachable? The same command tries again."
        raise Refusal(msg)


def _is_progress(line: str) -> bool:
    """Say a line of pip's that tells how far it is, without the addresses it adds; False for the others."""
    if line.startswith("Collecting "):
        say(f"  {line.removeprefix('Collecting ').split()[0]}")
        return True
    if line.startswith("Installing collected packages"):
        say("  unpacking them")
        return True
    return False


def _write_launcher(checkout: Checkout) -> None:
    """Make `import fieldapp` and the command `fieldapp` work inside the venv, wherever one stands."""
    _pth_file(checkout).write_text(f"{checkout.root}\n", encoding="utf-8")
    if sys.platform == "win32":
        text = '@"%~dp0python.exe" -m fieldapp %*\r\n'
        (checkout.scripts / "fieldapp.cmd").write_text(text, encoding="ascii", newline="")
        return
    launcher = checkout.scripts / "fieldapp"
    launcher.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m fieldapp "$@"\n', encoding="ascii")
    launcher.chmod(0o755)


def _pth_file(checkout: Checkout) -> Path:
    if sys.platform == "win32":
        return checkout.venv / "Lib" / "site-packages" / "fieldapp-checkout.pth"
    return next((checkout.venv / "lib").glob("python3*")) / "site-packages" / "fieldapp-checkout.pth"


def _pth(checkout: Checkout) -> str | None:
    """The place of the checkout for which this venv was made, if it says so."""
    with contextlib.suppress(OSError, StopIteration):
        return _pth_file(checkout).read_text(encoding="utf-8").strip()
    return None


def _see_qt_start(checkout: Checkout) -> None:
    asked = [str(checkout.python), "-c", _QT_STARTS]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        last = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        msg = f"Qt does not start on this system: {last}"
        raise Refusal(msg)


def _step(command: list[str], advice: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise Refusal(advice)


@contextlib.contextmanager
def _alone(checkout: Checkout) -> Iterator[None]:
    """Let two set-ups of one checkout wait for each other, where the system can lock a folder."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - there is none on Windows

    folder = os.open(checkout.root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
