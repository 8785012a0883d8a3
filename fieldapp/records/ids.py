r"""Ids of records, which say whose log made the record: so its author is known on every device, whatever came first.

    id   nonce[8] ‖ first 8 bytes of SHA-256(b"fieldapp record 1\0" ‖ log ‖ nonce)

Rule 1: nobody can say of a record that exists that they made it, but with 2^64 tries. Of a record that is new an id
        says nothing: logs are no secret, and anybody can make an id for any of them. So ask it only where the maker of
        a record may do more to it than others (withdraw it), never for whether somebody wrote something.
Rule 2: an id of another shape (random ones, of before) is nobody's: it works as any other, and nobody speaks for it.
Rule 3: a log that continues another one (`vault.journal`: a restored copy) speaks for what that one made; whoever asks
        about authors asks for all logs of one person.
"""

from __future__ import annotations

import hashlib
import secrets

from fieldapp.values import LogId, RecordId

CONTEXT = b"fieldapp record 1\0"
NONCE_SIZE = 8


def new_record_id(log: LogId) -> RecordId:
    """A fresh id for a record that is made in this log."""
    return record_id(log, secrets.token_bytes(NONCE_SIZE))


def record_id(log: LogId, nonce: bytes) -> RecordId:
    """The id of 16 bytes that a log makes with a nonce of 8 bytes."""
    return RecordId(nonce + hashlib.sha256(CONTEXT + log + nonce).digest()[:NONCE_SIZE])


def is_made_by(record: RecordId, log: LogId) -> bool:
    """Whether this log made the id."""
    return record == record_id(log, record[:NONCE_SIZE])
