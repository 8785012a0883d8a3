"""SSHSIG, with the real ssh-keygen on the other side."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import identity, sshsig
from fieldapp.crypto.sshsig import BUNDLE_NAMESPACE
from fieldapp.errors import BugError, KeyRefusedError, SignatureError, SshSignatureFormatError

SEED = bytes(range(32))
PUBLIC = identity.ed25519_public(SEED)
MESSAGE = b"a tag manifest\n"
DIGEST = hashlib.sha512(MESSAGE).digest()
FILE = sshsig.sign(SEED, DIGEST, BUNDLE_NAMESPACE)


def ssh_keygen(*arguments: str | Path, message: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["ssh-keygen", *map(str, arguments)], input=message, capture_output=True, check=False)


def ssh_keygen_verifies(folder: Path, file: bytes, message: bytes, namespace: str) -> bool:
    (folder / "signers").write_text(sshsig.allowed_signers_line("sender@bundle", PUBLIC) + "\n")
    (folder / "signature").write_bytes(file)
    done = ssh_keygen(
        *("-Y", "verify", "-n", namespace, "-I", "sender@bundle"),
        *("-f", folder / "signers", "-s", folder / "signature"),
        message=message,
    )
    return done.returncode == 0


def armored(blob: bytes, columns: int = 70) -> bytes:
    text = base64.b64encode(blob)
    lines = b"".join(text[start : start + columns] + b"\n" for start in range(0, len(text), columns))
    return b"-----BEGIN SSH SIGNATURE-----\n" + lines + b"-----END SSH SIGNATURE-----\n"


def blob_of(file: bytes) -> bytes:
    return base64.b64decode(b"".join(file.splitlines()[1:-1]))


@pytest.mark.parametrize("size", [0, 1, 70, 1_000_000])
def test_ssh_keygen_verifies_what_we_sign(tmp_path: Path, size: int) -> None:
    message = b"m" * size
    file = sshsig.sign(SEED, hashlib.sha512(message).digest(), BUNDLE_NAMESPACE)

    assert ssh_keygen_verifies(tmp_path, file, message, BUNDLE_NAMESPACE)
    assert not ssh_keygen_verifies(tmp_path, file, message + b"m", BUNDLE_NAMESPACE)
    assert not ssh_keygen_verifies(tmp_path, file, message, "file")


def test_ssh_keygen_reads_our_public_line(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(sshsig.public_line(PUBLIC, "field log") + "\n")

    done = ssh_keygen("-l", "-f", tmp_path / "key.pub")

    blob = base64.b64decode(sshsig.public_line(PUBLIC).split(" ")[1])
    mark = base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=")
    assert done.stdout == b"256 SHA256:" + mark + b" field log (ED25519)\n"


def test_we_verify_what_ssh_keygen_signs_and_sign_the_same_bytes(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    (tmp_path / "key").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    (tmp_path / "key").chmod(0o600)

    done = ssh_keygen("-Y", "sign", "-n", BUNDLE_NAMESPACE, "-f", tmp_path / "key", message=MESSAGE)

    sshsig.verify(done.stdout, PUBLIC, DIGEST, BUNDLE_NAMESPACE)
    assert done.stdout == FILE


def test_a_stream_is_hashed_from_where_it_stands_to_its_end() -> None:
    stream = io.BytesIO(b"skipped" + b"m" * 3_000_000)
    stream.seek(7)

    assert sshsig.digest_of(stream) == hashlib.sha512(b"m" * 3_000_000).digest()


def test_a_signature_holds_for_one_message_key_and_namespace_only() -> None:
    other_key = identity.ed25519_public(bytes(32))

    sshsig.verify(FILE, PUBLIC, DIGEST, BUNDLE_NAMESPACE)
    for public, digest, namespace in (
        (PUBLIC, hashlib.sha512(b"another").digest(), BUNDLE_NAMESPACE),
        (PUBLIC, DIGEST, "file"),
        (other_key, DIGEST, BUNDLE_NAMESPACE),
        (b"", DIGEST, BUNDLE_NAMESPACE),
    ):
        with pytest.raises(SignatureError):
            sshsig.verify(FILE, public, digest, namespace)


def test_a_signature_that_names_our_key_but_was_made_by_another_does_not_verify() -> None:
    made_by_other = sshsig.read(sshsig.sign(bytes(32), DIGEST, BUNDLE_NAMESPACE))
    forged = sshsig.write(sshsig.SshSignature(PUBLIC, BUNDLE_NAMESPACE, made_by_other.signature))

    with pytest.raises(SignatureError):
        sshsig.verify(forged, PUBLIC, DIGEST, BUNDLE_NAMESPACE)


def test_a_signature_under_a_low_order_key_is_refused() -> None:
    low = b"\1" + bytes(31)
    file = sshsig.write(sshsig.SshSignature(low, BUNDLE_NAMESPACE, low + bytes(32)))

    with pytest.raises(KeyRefusedError):
        sshsig.verify(file, low, DIGEST, BUNDLE_NAMESPACE)


def test_no_byte_of_a_signature_file_can_be_changed() -> None:
    for place in range(len(FILE)):
        broken = bytearray(FILE)
        broken[place] ^= 1
        with pytest.raises(SignatureError):
            sshsig.verify(bytes(broken), PUBLIC, DIGEST, BUNDLE_NAMESPACE)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "frame"),
        (FILE.replace(b"\n", b"\r\n"), "frame"),
        (b"\n" + FILE, "frame"),
        (FILE + b"\n", "frame"),
        (FILE[:-1], "frame"),
        (FILE + bytes(1024), "long"),
        (armored(blob_of(FILE), 76), "form"),
        (armored(blob_of(FILE) + b"\0"), "namespace"),
        (armored(blob_of(FILE)[:-1]), "form"),
        (armored(b""), "namespace"),
        (armored(b"SSHSIG"), "namespace"),
        (armored(blob_of(FILE).replace(b"\0\0\0\1", b"\0\0\0\2", 1)), "form"),
        (armored(blob_of(FILE).replace(b"sha512", b"sha256")), "form"),
        (armored(blob_of(FILE).replace(b"bundle@", b"b ndle@")), "namespace"),
        (armored(blob_of(FILE).replace(b"ssh-ed25519", b"ssh-ed25518", 1)), "form"),
        (FILE.replace(b"U1NI", b"U1N*"), "base64"),
        (FILE.replace(b"U1NI", b"U1 NI"), "base64"),
    ],
)
def test_a_file_that_we_would_not_write_is_refused(file: bytes, reason: str) -> None:
    with pytest.raises(SshSignatureFormatError) as refused:
        sshsig.read(file)
    assert refused.value.reason == reason


@given(st.binary(max_size=1100) | st.binary(max_size=400).map(armored))
def test_any_bytes_are_a_signature_file_or_a_typed_error(file: bytes) -> None:
    with pytest.raises(SshSignatureFormatError):
        sshsig.read(file)


@given(st.binary(min_size=32, max_size=32), st.from_regex(r"[A-Za-z0-9@._-]{1,64}", fullmatch=True))
def test_every_signature_comes_back_from_its_file(key: bytes, namespace: str) -> None:
    signature = sshsig.SshSignature(key, namespace, key * 2)

    assert sshsig.read(sshsig.write(signature)) == signature


def test_names_that_could_break_a_line_are_our_mistake() -> None:
    for breaking in ("", "two words", "a\nb", "*", "a,b", 'a"b', "ж", "n" * 65):
        with pytest.raises(BugError):
            sshsig.allowed_signers_line(breaking, PUBLIC)
        with pytest.raises(BugError):
            sshsig.sign(SEED, DIGEST, breaking)
    with pytest.raises(BugError):
        sshsig.public_line(PUBLIC, "two\nlines")
    with pytest.raises(BugError):
        sshsig.sign(SEED, DIGEST[:32], BUNDLE_NAMESPACE)


def test_a_low_order_key_is_never_written_for_others_to_trust() -> None:
    with pytest.raises(KeyRefusedError):
        sshsig.public_line(bytes(32))
    with pytest.raises(KeyRefusedError):
        sshsig.allowed_signers_line("sender", bytes(32))
