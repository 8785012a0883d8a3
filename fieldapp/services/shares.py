"""The shares of this vault as they lie in it: what is not written yet, what is unfinished, what a new key brings.

    shares kept        the shares whose files were not written yet, by holder
    shares number      the newest count
    shares unfinished  the slots of what was chosen are not all there
    shares next        what a new key has brought with it; taken over at the first unlocking
    shares spoken      since when shares were spoken aloud; a new key ends it

These are settings; who holds which share stands in the table `holder`. Everything here belongs to `escrow` and
`rekeying`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from itertools import combinations

from fieldapp.bundles.share import SHARE_SIZE
from fieldapp.crypto import keyslots, recovery
from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import ShareSameError
from fieldapp.services.archive import Archive
from fieldapp.services.trust import Peer
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, decode_map, encode
from fieldapp.vault.slots import NewSlot

_KEPT = "shares kept"
_NUMBER = "shares number"
_UNFINISHED = "shares unfinished"
_NEXT = "shares next"
_SPOKEN = "shares spoken"
_NUMBER_BYTES = 8


def new_shares(holders: Sequence[Peer]) -> dict[bytes, bytes]:
    """A fresh share for each holder, by fingerprint."""
    return {holder.fingerprint: secrets.token_bytes(SHARE_SIZE) for holder in holders}


def pairs_of(count: int) -> int:
    """How many slots the shares of so many holders need."""
    return count * (count - 1) // 2


def slots_of(shares: Mapping[bytes, bytes]) -> list[NewSlot]:
    """One slot for each pair of shares; the caller wipes their secrets. They are of the vault, and of no writer."""
    return [
        NewSlot(SlotKind.SHARES, None, recovery.shares_secret(one, other))
        for one, other in combinations(shares.values(), 2)
    ]


def secret_of(spoken: str, other: str) -> bytearray:
    """The secret of the slot of two shares; the caller wipes it.

    Raises:
        RecoveryPhraseError and its kinds. ShareSameError: one share twice.
    """
    one, two = recovery.to_secret(spoken), recovery.to_secret(other)
    try:
        if one == two:
            raise ShareSameError
        return recovery.shares_secret(bytes(one), bytes(two))
    finally:
        keyslots.wipe(one)
        keyslots.wipe(two)


def to_come(shares: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """The settings that a new key brings with it, so that it has these shares (or none).

    They are never written under the key of before: who has that would read them out of deleted files.
    """
    return {_NEXT: _packed(shares)}


def settle(archive: Archive) -> None:
    """After unlocking: take over the shares that a new key has brought with it."""
    brought = _setting(archive.connection, _NEXT)
    if brought is None:
        return
    with archive.vault.saving() as connection:
        take_over(archive, _unpacked(brought))
        connection.execute("DELETE FROM setting WHERE name IN (?, ?, ?)", (_NEXT, _SPOKEN, _UNFINISHED))


def note_spoken(archive: Archive) -> None:
    """Remember that shares were spoken aloud: who heard both could come in too."""
    with archive.vault.saving() as connection:
        moment = archive.clock().time_ms.to_bytes(_NUMBER_BYTES, "big", signed=True)
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_SPOKEN, moment))


def begin(archive: Archive, shares: Mapping[bytes, bytes]) -> None:
    """Have these shares in place of those of before, which open nothing from then on; `finish` makes the new slots.

    Raises:
        DiskFullError, PlaceUnwritableError: as `Vault.drop_slots`.
    """

    def have() -> None:
        take_over(archive, shares)
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_UNFINISHED, b"\1"))

    archive.vault.drop_slots(share_slots(archive), also=have)


def is_unfinished(connection: Connection) -> bool:
    """Whether the slots of what was chosen are not all there."""
    return _setting(connection, _UNFINISHED) is not None


def spoken_ms(connection: Connection) -> int | None:
    """Since when shares were spoken aloud."""
    spoken = _setting(connection, _SPOKEN)
    return None if spoken is None else int.from_bytes(spoken, "big", signed=True)


def note_written(archive: Archive, holder: bytes) -> None:
    """The file of a share was written: from now on only its SHA-256 is here."""
    left = kept(archive.connection)
    del left[holder]
    with archive.vault.saving() as connection:
        connection.execute("UPDATE holder SET written_ms = ? WHERE holder = ?", (archive.clock().time_ms, holder))
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_KEPT, _packed(left)))


def take_over(archive: Archive, shares: Mapping[bytes, bytes]) -> None:
    """Have these shares in place of those of before, none of them written yet, inside the caller's transaction."""
    connection, now = archive.connection, archive.clock().time_ms
    number = int.from_bytes(_setting(connection, _NUMBER) or b"", "big") + 1
    connection.execute("DELETE FROM holder")
    connection.execute_many(
        "INSERT INTO holder (holder, number, digest, made_ms) VALUES (?, ?, ?, ?)",
        [(holder, number, hashlib.sha256(share).digest(), now) for holder, share in shares.items()],
    )
    settings = {_KEPT: _packed(shares), _NUMBER: number.to_bytes(_NUMBER_BYTES, "big")}
    connection.execute_many("INSERT OR REPLACE INTO setting VALUES (?, ?)", list(settings.items()))


def finish(archive: Archive) -> None:
    """Have the slots of what was chosen, where they are not there yet. Raises as `escrow.choose`."""
    if not is_unfinished(archive.connection):
        return
    archive.vault.drop_slots(share_slots(archive))
    new = slots_of(kept(archive.connection))
    try:
        for slot in new:
            archive.vault.add_slot(slot)
    finally:
        wipe(new)
    with archive.vault.saving() as connection:
        connection.execute("DELETE FROM setting WHERE name = ?", (_UNFINISHED,))


def share_slots(archive: Archive) -> list[int]:
    """The places of the slots that pairs of shares open."""
    return [slot.place for slot in archive.vault.slots() if slot.kind is SlotKind.SHARES]


def wipe(slots: Sequence[NewSlot]) -> None:
    """Wipe the secrets of new slots, after they were used."""
    for slot in slots:
        if isinstance(slot.secret, bytearray):
            keyslots.wipe(slot.secret)


def kept(connection: Connection) -> dict[bytes, bytes]:
    """The shares whose files were not written yet, by holder."""
    found = _setting(connection, _KEPT)
    return {} if found is None else _unpacked(found)


def _packed(shares: Mapping[bytes, bytes]) -> bytes:
    plain: dict[str, Plain] = {holder.hex(): share for holder, share in shares.items()}
    return encode(plain)


def _unpacked(packed: bytes) -> dict[bytes, bytes]:
    return {bytes.fromhex(holder): share for holder, share in decode_map(packed).items() if isinstance(share, bytes)}


def _setting(connection: Connection, name: str) -> bytes | None:
    kept = connection.value("SELECT value FROM setting WHERE name = ?", (name,))
    return kept if isinstance(kept, bytes) else None
