"""A reader of vaults that shares nothing with the program: written from resources/docs/formats/vault.md and journal.md.

    python independent_reader.py FOLDER     reads the passphrase from standard input, prints one JSON line an entry

Python's own library, `cryptography` and `cbor2`; no SQLCipher. It decrypts the pages itself, gives them to SQLite in
memory, verifies every signature and chain, and stops at the first thing that is not as the documents say.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import struct
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PAGE = 4096
CHUNK = 65536


class NotWholeError(Exception):
    """Something in the vault is not what the format says."""


@dataclass(frozen=True)
class Opened:
    """What a header gives to who knows a secret."""

    master_key: bytes
    epoch: int
    heads: dict[bytes, tuple[int, bytes]]
    closed: bytes | None = None


@dataclass(frozen=True)
class ReadEntry:
    """One entry, verified; `body` is None where it is not here, and `lacking` says why."""

    log: bytes
    id: bytes
    header: dict[str, Any]
    body: dict[str, Any] | None
    lacking: str | None


def expect(condition: object, what: str) -> None:
    if not condition:
        raise NotWholeError(what)


def hkdf(key: bytes, info: bytes, size: int, salt: bytes | None = None) -> bytes:
    return HKDF(SHA256(), size, salt=salt, info=info).derive(key)


def subkey(master_key: bytes, purpose: str, size: int = 32) -> bytes:
    return hkdf(master_key, b"fieldapp/subkey/v1\0" + purpose.encode(), size)


def open_header(raw: bytes, secret: bytes) -> Opened | None:
    """What one header file gives, or None where the secret opens no slot of it."""
    expect(len(raw) == 2638 and raw[:16] == b"fieldapp vault\r\n", "header")
    version, memory, passes, lanes = struct.unpack(">HIII", raw[16:30])
    expect(version == 1, "header version")
    salt = raw[30:46]
    context = b"fieldapp/header\0" + raw[16:46]
    root = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(secret)
    for index in range(8):
        slot = raw[46 + 192 * index : 46 + 192 * (index + 1)]
        label = b"fieldapp/slot/v1\0" + bytes([index])
        keys = hkdf(root, label, 64, slot[:16])
        if not hmac.compare_digest(keys[:32], slot[16:48]):
            continue
        content = ChaCha20Poly1305(keys[32:]).decrypt(bytes(12), slot[48:], label + context)
        expect(content[0] == 1 and content[1] in (1, 2, 3) and not any(content[34:]), "slot")
        return read_state(raw, content[2:34])
    return None


def read_state(raw: bytes, master_key: bytes) -> Opened:
    sealed = raw[46 + 8 * 192 :]
    key = hkdf(subkey(master_key, "header mac"), b"fieldapp/envelope/v1", 32, sealed[:16])
    state = cbor2.loads(ChaCha20Poly1305(key).decrypt(bytes(12), sealed[16:], raw[: 46 + 8 * 192]))
    heads = {bytes.fromhex(log): (seq, entry) for log, (seq, entry) in state["heads"].items()}
    return Opened(master_key, state["epoch"], heads, state.get("closed"))


def open_headers(folder: Path, secret: bytes) -> Opened:
    """The newest of the copies that the secret opens."""
    opened = [open_header((folder / name).read_bytes(), secret) for name in ("header.a", "header.b")]
    found = [each for each in opened if each is not None]
    expect(found, "wrong passphrase")
    return max(found, key=lambda each: each.epoch)


def plain_pages(raw: bytes, master_key: bytes) -> Iterator[bytes]:
    """Every page of `records.db`, verified and decrypted, also those that hold nothing any more."""
    key, salt = subkey(master_key, "database key"), subkey(master_key, "database salt", 16)
    expect(raw[:16] == salt and len(raw) % PAGE == 0, "database")
    mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)
    for number in range(1, len(raw) // PAGE + 1):
        page = raw[(number - 1) * PAGE : number * PAGE]
        body = page[16:] if number == 1 else page
        sealed, vector, mac = body[:-80], body[-80:-64], body[-64:]
        wanted = hmac.new(mac_key, sealed + vector + struct.pack("<I", number), "sha512").digest()
        expect(hmac.compare_digest(mac, wanted), f"page {number}")
        cipher = Cipher(AES256(key), CBC(vector)).decryptor()
        plain = cipher.update(sealed) + cipher.finalize()
        yield (b"SQLite format 3\0" if number == 1 else b"") + plain + body[-80:]


def database(folder: Path, master_key: bytes) -> sqlite3.Connection:
    """The database in memory."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(b"".join(plain_pages((folder / "records.db").read_bytes(), master_key)))
    return connection


def reasons(connection: sqlite3.Connection) -> dict[int, str]:
    """Why bodies are missing, by the row of the entry; in all versions of the database."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    expect(version in (1, 2, 3), "database version")
    if version > 1:
        return dict(connection.execute("SELECT entry, why FROM lacking"))
    bare = connection.execute("SELECT id FROM entry WHERE id NOT IN (SELECT entry FROM body)").fetchall()
    shredded = {row for (row,) in connection.execute("SELECT entry FROM shredded")}
    return {row: "shredded" if row in shredded else "withheld" for (row,) in bare}


def entries(connection: sqlite3.Connection) -> Iterator[ReadEntry]:
    """Every entry of every log, verified, log by log in order."""
    why = reasons(connection)
    for row, log, key in connection.execute("SELECT id, log, key FROM log ORDER BY log").fetchall():
        seen: dict[tuple[int, bytes], bytes] = {}
        for entry_row, entry_id, header_bytes, signature, body_bytes in connection.execute(
            "SELECT entry.id, entry.entry, header, signature, body FROM entry LEFT JOIN body ON body.entry = entry.id"
            " WHERE log = ? ORDER BY seq, entry.id",
            (row,),
        ):
            header = strict(header_bytes)
            expect(hashlib.sha256(header_bytes + signature).digest() == entry_id, "entry id")
            Ed25519PublicKey.from_public_bytes(key).verify(signature, b"fieldapp entry 1\0" + header_bytes)
            if header["seq"] == 0:
                expect(entry_id[:16] == log and header["key"] == key and not any(header["log"]), "opening entry")
                expect(not any(header["prev"]), "opening entry")
            else:
                expect(header["log"] == log and (header["seq"] - 1, header["prev"]) in seen, "chain")
            seen[header["seq"], entry_id] = entry_id
            expect((body_bytes is None) == (entry_row in why), "reason for a missing body")
            yield ReadEntry(log, entry_id, header, read_body(header, body_bytes), why.get(entry_row))


def continuations(found: list[ReadEntry]) -> dict[bytes, bytes]:
    """Of each log that goes on from another, as the keys of both say: from which."""
    openings = {each.log: each for each in found if each.header["seq"] == 0}
    true: dict[bytes, bytes] = {}
    for log, opening in openings.items():
        after = opening.body["payload"].get("after") if opening.body else None
        if isinstance(after, dict) and after["log"] in openings:
            key = Ed25519PublicKey.from_public_bytes(openings[after["log"]].header["key"])
            try:
                message = b"fieldapp log continues 1\0" + after["log"] + opening.header["key"]
                key.verify(after["signature"], message)
            except InvalidSignature:
                continue
            true[log] = after["log"]
    return true


def read_body(header: dict[str, Any], body_bytes: bytes | None) -> dict[str, Any] | None:
    if body_bytes is None:
        return None
    expect(len(body_bytes) == header["len"] and hashlib.sha256(body_bytes).digest() == header["hash"], "body")
    body = strict(body_bytes)
    expect(not any(body["pad"]) and len(body["nonce"]) == 16 and len(body["save"]) == 16, "body")
    return body


def strict(raw: bytes) -> dict[str, Any]:
    value = cbor2.loads(raw)
    expect(isinstance(value, dict) and cbor2.dumps(value, canonical=True) == raw, "encoding")
    return dict(value)


def heads_are_there(connection: sqlite3.Connection, opened: Opened) -> bool:
    """Whether the database holds the entries that the header names."""
    for log, (seq, entry) in opened.heads.items():
        found = connection.execute(
            "SELECT 1 FROM entry JOIN log ON log.id = entry.log WHERE log.log = ? AND seq = ? AND entry = ?",
            (log, seq, entry),
        ).fetchone()
        if found is None:
            return False
    return True


def is_rolled_back(folder: Path, connection: sqlite3.Connection, opened: Opened) -> bool:
    """Whether files of different times stand together, as far as the vault itself can tell."""
    noted = connection.execute("SELECT value FROM setting WHERE name = 'epoch'").fetchone()
    if noted is not None and opened.epoch + 1 < int.from_bytes(noted[0], "big"):
        return True
    if not heads_are_there(connection, opened):
        return True
    return opened.closed is not None and opened.closed != closed_digest((folder / "records.db").read_bytes())


def closed_digest(raw: bytes) -> bytes:
    tags = b"".join(raw[end - 64 : end] for end in range(PAGE, len(raw) + 1, PAGE))
    return hashlib.sha256(b"fieldapp pages 1\0" + struct.pack(">Q", len(raw)) + tags).digest()


def names_of(connection: sqlite3.Connection, master_key: bytes, sha256: bytes) -> list[str]:
    """Under which names an object may lie: that of now, and, after the master key was changed, that of before."""
    before = connection.execute("SELECT value FROM setting WHERE name = 'names before'").fetchone()
    keys = [subkey(master_key, "object names"), *(before or ())]
    return [hmac.new(key, sha256, "sha256").hexdigest() for key in keys]


def stored_object(folder: Path, connection: sqlite3.Connection, opened: Opened, row: tuple[bytes, int, bytes]) -> bytes:
    """The content of one object, under whichever of its names it opens."""
    found: list[bytes] = []
    for name in names_of(connection, opened.master_key, row[0]):
        path = folder / "objects" / name[:2] / name
        if path.exists():
            try:
                found.append(open_object(path.read_bytes(), *row))
            except NotWholeError:
                continue
    expect(found, "object")
    return found[0]


def read_object(folder: Path, master_key: bytes, sha256: bytes, size: int, key: bytes) -> bytes:
    """The content of one object under its name of now, verified."""
    name = hmac.new(subkey(master_key, "object names"), sha256, "sha256").hexdigest()
    return open_object((folder / "objects" / name[:2] / name).read_bytes(), sha256, size, key)


def open_object(sealed: bytes, sha256: bytes, size: int, key: bytes) -> bytes:
    plain = b""
    for number, start in enumerate(range(0, len(sealed), CHUNK + 16)):
        chunk = sealed[start : start + CHUNK + 16]
        last = start + CHUNK + 16 >= len(sealed)
        try:
            plain += ChaCha20Poly1305(key).decrypt(number.to_bytes(11, "big") + bytes([last]), chunk, None)
        except InvalidTag:
            raise NotWholeError("object") from None
    expect(hashlib.sha256(plain[:size]).digest() == sha256 and not any(plain[size:]), "object")
    return plain[:size]


def shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: shown(each) for key, each in value.items() if key != "pad"}
    return [shown(each) for each in value] if isinstance(value, list) else value


def main() -> None:
    folder = Path(sys.argv[1])
    secret = unicodedata.normalize("NFC", sys.stdin.readline().rstrip("\n")).encode()
    opened = open_headers(folder, secret)
    connection = database(folder, opened.master_key)
    expect(not is_rolled_back(folder, connection, opened), "rollback")
    found = list(entries(connection))
    for entry in found:
        told = {"id": entry.id.hex(), "header": shown(entry.header), "body": shown(entry.body), "why": entry.lacking}
        print(json.dumps(told))  # noqa: T201
    for log, before in continuations(found).items():
        print(json.dumps({"log": log.hex(), "continues": before.hex()}))  # noqa: T201
    for row in connection.execute("SELECT sha256, size, key FROM object").fetchall():
        content = stored_object(folder, connection, opened, row)
        print(json.dumps({"object": row[0].hex(), "size": len(content)}))  # noqa: T201


if __name__ == "__main__":
    main()
