r"""An entry of the journal: its bytes.

    header  map: v=1, log (16 bytes), seq, prev (32 bytes), tick, time (ms since 1970), zone (minutes east of UTC),
            hash (SHA-256 of the body), len (bytes of the body); the opening entry (seq 0) also: key (Ed25519, 32 bytes)
    entry   header ‖ Ed25519 signature over b"fieldapp entry 1\0" ‖ header
    id      SHA-256(header ‖ signature)
    log id  first 16 bytes of the id of its opening entry, in which log is 16 zero bytes and prev 32 zero bytes
    body    map: nonce (16 random bytes), kind, save (16 bytes, one id for all entries saved together), payload (map),
            pad (zero bytes that bring the whole to a size that tells little: `crypto.padding.padded_body_size`)

Maps may hold keys that this version does not know: the original bytes are what is stored, verified and passed on.
Rule 1: what is here is pure; clock, randomness and keys come in as arguments.
Rule 2: a body may be missing (withheld, shredded); the header commits to it all the same.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from fieldapp.crypto.padding import padded_body_size
from fieldapp.errors import BodyMismatchError, BugError, EntryMalformedError
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain, decode_map, encode, take_bytes, take_int, take_text

VERSION = 1
SIGNATURE_CONTEXT = b"fieldapp entry 1\0"
SIGNATURE_SIZE = 64
MAX_HEADER = 1024
MAX_BODY = 16 * 1024 * 1024
MAX_SEQ = 2**40
MAX_TICK = 2**53 - 1
NO_LOG = LogId(bytes(16))
NO_ENTRY = EntryId(bytes(32))

_MAX_TIME_MS = 2**48
_MAX_KIND = 32

_NUMBER = (
    rb"([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)[\x00-\xff]{2}|\x1a(?!\x00{2})[\x00-\xff]{4}"
    rb"|\x1b(?!\x00{4})[\x00-\xff]{8})"
)
_USUAL = re.compile(
    rb"\xa9av\x01clen%(number)sclogP(%(any)s{16})cseq%(number)sdhashX (%(any)s{32})dprevX (%(any)s{32})"
    rb"dtick%(number)sdtime%(number)sdzone%(number)s" % {b"number": _NUMBER, b"any": rb"[\x00-\xff]"}
)
"""The canonical bytes of nearly all headers: these nine keys, each number in its shortest form, none negative."""


@dataclass(frozen=True, slots=True)
class Header:
    """What an entry says about itself; `key` only in the entry that opens a log."""

    log: LogId
    seq: int
    prev: EntryId
    tick: int
    time_ms: int
    zone_minutes: int
    body_hash: bytes
    body_len: int
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A header with its original bytes and its signature."""

    header: Header
    header_bytes: bytes
    signature: bytes
    id: EntryId = field(init=False)
    """SHA-256 of header and signature."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", hashlib.sha256(self.header_bytes + self.signature).digest())

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return SIGNATURE_CONTEXT + self.header_bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What an entry carries. `kind` and the keys of `payload` may be unknown to this version."""

    kind: str
    save: bytes
    payload: dict[str, Plain]


def log_of(entry: Entry, entry_id: EntryId) -> LogId:
    """The id of the log the entry stands in; for the entry that opens one, the id that it gives the log."""
    return LogId(entry_id[:16]) if entry.header.seq == 0 else entry.header.log


def write_header(header: Header) -> bytes:
    """The canonical bytes of a header."""
    fields: dict[str, Plain] = {
        "v": VERSION,
        "log": header.log,
        "seq": header.seq,
        "prev": header.prev,
        "tick": header.tick,
        "time": header.time_ms,
        "zone": header.zone_minutes,
        "hash": header.body_hash,
        "len": header.body_len,
    }
    if header.key is not None:
        fields["key"] = header.key
    return encode(fields)


def read_entry(header_bytes: bytes, signature: bytes) -> Entry:
    """The entry that these bytes are; its signature is not checked here.

    Raises:
        EntryMalformedError: with reason `size`, `encoding`, `type`, `range`, `missing`, `version` or `opening`.
    """
    if len(header_bytes) > MAX_HEADER or len(signature) != SIGNATURE_SIZE:
        raise EntryMalformedError("size")
    return Entry(_usual_header(header_bytes) or _read_header(header_bytes), header_bytes, signature)


def _read_header(header_bytes: bytes) -> Header:
    fields = decode_map(header_bytes)
    try:
        if take_int(fields["v"], 0, MAX_SEQ) != VERSION:
            raise EntryMalformedError("version")
        header = Header(
            log=LogId(take_bytes(fields["log"], 16)),
            seq=take_int(fields["seq"], 0, MAX_SEQ),
            prev=EntryId(take_bytes(fields["prev"], 32)),
            tick=take_int(fields["tick"], 0, MAX_TICK),
            time_ms=take_int(fields["time"], -_MAX_TIME_MS, _MAX_TIME_MS),
            zone_minutes=take_int(fields["zone"], -1440, 1440),
            body_hash=take_bytes(fields["hash"], 32),
            body_len=take_int(fields["len"], 0, MAX_BODY),
            key=take_bytes(fields["key"], 32) if "key" in fields else None,
        )
    except KeyError as missing:
        raise EntryMalformedError("missing") from missing
    _check_opening(header)
    return header


def _usual_header(header_bytes: bytes) -> Header | None:
    """What `_read_header` gives for a usual header that keeps to all limits, and much quicker; else None."""
    found = _USUAL.fullmatch(header_bytes)
    if found is None:
        return None
    length, log, seq, body_hash, prev, tick, time, zone = found.groups()
    header = Header(LogId(log), _int(seq), EntryId(prev), _int(tick), _int(time), _int(zone), body_hash, _int(length))
    fits = header.seq <= MAX_SEQ and header.tick <= MAX_TICK and header.time_ms <= _MAX_TIME_MS
    if not fits or header.zone_minutes > 1440 or header.body_len > MAX_BODY:
        return None
    return None if header.seq == 0 or log == NO_LOG or prev == NO_ENTRY else header


def _int(head: bytes) -> int:
    return head[0] if len(head) == 1 else int.from_bytes(head[1:])


def write_body(body: Body, nonce: bytes) -> bytes:
    """The canonical, padded bytes of a body.

    Raises:
        EntryMalformedError: the body is over `MAX_BODY` bytes (reason `size`).
    """
    fields: dict[str, Plain] = {
        "nonce": nonce,
        "kind": body.kind,
        "save": body.save,
        "payload": body.payload,
        "pad": b"",
    }
    if len(body.kind) > _MAX_KIND or len(body.save) != 16 or len(nonce) != 16:
        raise BugError("a body that no reader would take")
    bare = len(encode(fields))
    if bare > MAX_BODY // 2:
        raise EntryMalformedError("size")
    fields["pad"] = bytes(_pad_length(bare))
    return encode(fields)


def read_body(header: Header, body_bytes: bytes) -> Body:
    """The body, after comparing it with what the header commits to.

    Raises:
        BodyMismatchError: it is not the body of this header.
        EntryMalformedError: it is, and it is not what the format says.
    """
    if len(body_bytes) != header.body_len or hashlib.sha256(body_bytes).digest() != header.body_hash:
        raise BodyMismatchError
    return parse_body(body_bytes)


def parse_body(body_bytes: bytes) -> Body:
    """The body that these bytes spell, without a header to compare with (they come from our own database)."""
    fields = decode_map(body_bytes)
    try:
        take_bytes(fields["nonce"], 16)
        payload = fields["payload"]
        if not isinstance(payload, dict) or take_bytes(fields["pad"]).strip(b"\0"):
            raise EntryMalformedError("type")
        return Body(take_text(fields["kind"], _MAX_KIND), take_bytes(fields["save"], 16), payload)
    except KeyError as missing:
        raise EntryMalformedError("missing") from missing


def _check_opening(header: Header) -> None:
    """An opening entry has a key and names no log; every other has neither of both."""
    opens = header.seq == 0
    if opens != (header.key is not None) or opens != (header.log == NO_LOG) or opens != (header.prev == NO_ENTRY):
        raise EntryMalformedError("opening")


def _pad_length(bare: int) -> int:
    """How many zero bytes bring a body of `bare` bytes to a padded size, with the longer length that they need.

    A pad of 23 bytes adds 23, one of 24 adds 25: where just 24 are missing, the next size is taken.
    """
    wanted = padded_body_size(bare)
    while True:
        missing = wanted - bare
        for longer, least, most in ((0, 0, 23), (1, 24, 2**8 - 1), (2, 2**8, 2**16 - 1), (4, 2**16, 2**32 - 1)):
            if least <= missing - longer <= most:
                return missing - longer
        wanted = padded_body_size(wanted + 1)
