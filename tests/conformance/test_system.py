"""What every system must do for the program; runs on whichever this is."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp import system
from fieldapp.system import lock_folder, make_private_file, make_private_folder, sync_folder

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes, folder locks and core limits")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it in /proc")


def run(root: Path, script: str, *arguments: object, stdin: str = "") -> str:
    asked = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(asked, cwd=root, input=stdin, capture_output=True, text=True, check=True, timeout=60).stdout


def signatures(path: Path) -> dict[str, str]:
    """The public functions and classes of a module, with what they take and give."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            given = ast.unparse(node.args) + " -> " + ast.unparse(node.returns) if node.returns else ""
            found[node.name] = given
        elif isinstance(node, ast.ClassDef):
            methods = [each.name for each in node.body if isinstance(each, ast.FunctionDef) and each.name[0] != "_"]
            found[node.name] = " ".join(methods)
    return found


def test_every_system_has_the_same_functions(root: Path) -> None:
    posix, windows = (signatures(root / "fieldapp" / "system" / f"{name}.py") for name in ("posix", "windows"))

    assert posix == windows
    assert set(posix) == set(system.__all__)


def test_a_private_folder_can_be_made_twice_and_keeps_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    make_private_folder(folder)
    (folder / "x").write_bytes(b"x")
    make_private_folder(folder)

    assert (folder / "x").read_bytes() == b"x"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileExistsError):
        make_private_folder(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        make_private_folder(tmp_path / "no" / "such")


def test_a_private_file_is_new_and_empty_and_never_replaces_another(tmp_path: Path) -> None:
    make_private_file(tmp_path / "new")
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    assert (tmp_path / "new").read_bytes() == b""
    for name in ("old", "new", "link"):
        with pytest.raises(FileExistsError):
            make_private_file(tmp_path / name)
    assert (tmp_path / "old").read_bytes() == b"old"
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_can_be_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path)


@posix_only
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_modes_are_the_owners_only_whatever_the_umask_was(tmp_path: Path, umask: int) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    before = os.umask(umask)
    try:
        make_private_folder(tmp_path / "folder")
        make_private_folder(tmp_path / "open")
        make_private_file(tmp_path / "file")
    finally:
        os.umask(before)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"folder": 0o700, "open": 0o700, "file": 0o600}


@posix_only
def test_a_stick_that_knows_no_modes_is_taken_as_it_is_and_a_folder_of_others_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise PermissionError

    folder = tmp_path / "stick"
    folder.mkdir(mode=0o755)
    monkeypatch.setattr(Path, "chmod", refuse)
    make_private_folder(folder)

    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(PermissionError):
        make_private_folder(folder)


HOLD = """
import sys
from pathlib import Path
from fieldapp.system import lock_folder
lock = lock_folder(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

TRY = """
import sys
from pathlib import Path
from fieldapp.system import lock_folder
try:
    lock_folder(Path(sys.argv[1]))
except BlockingIOError:
    print("refused")
"""


@posix_only
def test_a_folder_is_held_by_one_process_until_it_lets_go_or_ends(tmp_path: Path, root: Path) -> None:
    lock = lock_folder(tmp_path)
    with pytest.raises(BlockingIOError):
        lock_folder(tmp_path)
    assert run(root, TRY, tmp_path) == "refused\n"
    lock.close()
    lock.close()
    assert run(root, TRY, tmp_path) == ""

    asked = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(asked, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError):
            lock_folder(tmp_path)
        other.kill()
    lock_folder(tmp_path).close()


@posix_only
def test_a_lock_that_was_dropped_is_free_and_a_child_does_not_keep_it(tmp_path: Path) -> None:
    lock = lock_folder(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        lock.close()
        lock = lock_folder(tmp_path)
        child.communicate(b"\n")
    del lock
    lock_folder(tmp_path).close()


def test_holding_a_folder_writes_nothing_and_needs_the_folder(tmp_path: Path) -> None:
    before = tmp_path.stat()
    lock = lock_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert (tmp_path.stat().st_mtime_ns, tmp_path.stat().st_ctime_ns) == (before.st_mtime_ns, before.st_ctime_ns)
    lock.close()
    with pytest.raises(FileNotFoundError):
        lock_folder(tmp_path / "nowhere")


REPLACE = """
import os, sys
from pathlib import Path
from fieldapp.system import lock_folder, replace_process
lock = lock_folder(Path(sys.argv[1]))
print(os.getpid(), flush=True)
replace_process([sys.executable, "-c", sys.argv[2], sys.argv[1]])
"""


def test_a_process_becomes_another_and_what_it_held_is_free(tmp_path: Path, root: Path) -> None:
    said = run(root, REPLACE, tmp_path, "import os\nprint(os.getpid())\n" + TRY).split()

    assert "refused" not in said
    if sys.platform != "win32":
        assert said[0] == said[1], "the same process, with another memory"


@posix_only
def test_a_hardened_process_leaves_no_core_and_makes_private_files(tmp_path: Path, root: Path) -> None:
    script = (
        "import os, resource, sys\nfrom fieldapp.system import harden_process\nharden_process()\n"
        "open(sys.argv[1], 'w').close()\nprint(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert run(root, script, tmp_path / "file") == "(0, 0)\n"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


@linux_only
def test_the_memory_of_a_hardened_process_belongs_to_root(root: Path) -> None:
    script = (
        "import ctypes\nfrom fieldapp.system import harden_process\n"
        "get = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\nbefore = get()\nharden_process()\nprint(before, get())"
    )
    assert run(root, script) == "1 0\n"
