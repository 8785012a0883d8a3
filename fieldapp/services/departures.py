"""Bundles that were made here: their numbers for each recipient, and what went along in which.

Numbers are those of one own card: who has been given another one (after a restore) is somebody new to others, and of
several people who write here each counts for themselves. What was made before the cards stood beside it (`sender`) was
made under the card of the first log here, or under the one that the setting `counted` names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fieldapp.bundles.bag import BundleInfo, Recipient
from fieldapp.services import row_sets
from fieldapp.services.archive import Archive
from fieldapp.services.cards import own_card, own_logs_by_fingerprint
from fieldapp.services.holdings import own_logs

_GONE = "handed over"
_COUNTED = "counted"
"""The setting of earlier versions that says for which own card numbers were counted, and after which row."""


@dataclass(frozen=True, slots=True)
class Went:
    """That bodies went to somebody (a fingerprint), in which of the bundles for them, and when it was made."""

    fingerprint: bytes
    number: int
    made_ms: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What went to one recipient. `bits` of rows of entries, hashes of `objects`, the newest number."""

    bits: bytes
    objects: frozenset[bytes]
    number: int


def next_for(archive: Archive, me: bytes, fingerprint: bytes, needed: int = 0) -> Recipient:
    """Where the next bundle for this recipient stands among those that `me` made for them."""
    newest = archive.connection.execute(
        "SELECT number, digest FROM departure WHERE recipient = ? AND (sender = ? OR (sender IS NULL AND id > ?))"
        " ORDER BY id DESC LIMIT 1",
        (fingerprint, me, _counted_after(archive, me)),
    )
    number, previous = newest[0] if newest else (0, None)
    return Recipient(fingerprint, number + 1, previous, needed)


def remember(
    archive: Archive, info: BundleInfo, digest: bytes, bodies: Collection[int], objects: Collection[bytes]
) -> None:
    """Note a bundle, inside the caller's transaction."""
    moment = archive.clock()
    packed, joined = row_sets.pack(bodies), b"".join(sorted(objects))
    archive.connection.execute_many(
        "INSERT INTO departure (bundle, recipient, number, digest, made_ms, bodies, objects, sender)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (info.bundle_id, each.fingerprint, each.number, digest, moment.time_ms, packed, joined, info.sender)
            for each in info.recipients
        ],
    )
    gone = bytearray(ever(archive))
    row_sets.set_bits(gone, bodies)
    archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_GONE, bytes(gone)))


def ever(archive: Archive) -> bytes:
    """The bits of all entries whose bodies were in a bundle, whoever it was for."""
    return bytes(archive.connection.value("SELECT value FROM setting WHERE name = ?", (_GONE,)) or b"")


def sent_to(archive: Archive, fingerprint: bytes) -> Sent:
    """All that went to one recipient under the card that we have now, whether or not it came there.

    What went under an earlier card counts no more: its bundles cannot be named in those of this one.
    """
    bits, objects, newest = 0, set[bytes](), 0
    me = own_card(archive).fingerprint
    for number, packed, joined in archive.connection.execute(
        "SELECT number, bodies, objects FROM departure WHERE recipient = ?"
        " AND (sender = ? OR (sender IS NULL AND id > ?))",
        (fingerprint, me, _counted_after(archive, me)),
    ):
        bits |= int.from_bytes(row_sets.unpack(packed), "little")
        objects |= _split(joined)
        newest = max(newest, number)
    return Sent(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), frozenset(objects), newest)


def went(archive: Archive, rows: Collection[int]) -> list[Went]:
    """To whom the body of any of these entries went, oldest first."""
    found = archive.connection.execute("SELECT recipient, number, made_ms, bodies FROM departure ORDER BY id")
    unpacked: dict[bytes, bytes] = {}
    return [
        Went(recipient, number, made_ms)
        for recipient, number, made_ms, packed in found
        if packed and _has_any(unpacked.setdefault(packed, row_sets.unpack(packed)), rows)
    ]


def went_with(archive: Archive, objects: Collection[bytes]) -> list[Went]:
    """To whom any of these files (SHA-256) went, oldest first."""
    found = archive.connection.execute("SELECT recipient, number, made_ms, objects FROM departure ORDER BY id")
    wanted = frozenset(objects)
    return [Went(recipient, number, made_ms) for recipient, number, made_ms, joined in found if _split(joined) & wanted]


def numbers(recipients: Sequence[Recipient]) -> Mapping[bytes, int]:
    """Each recipient's own number of a bundle."""
    return {each.fingerprint: each.number for each in recipients}


def _counted_after(archive: Archive, me: bytes) -> int:
    """The row of `departure` after which those that name no card were made under this one; the last, where none was."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_COUNTED,))
    if kept is None and own_logs_by_fingerprint(archive).get(me) == own_logs(archive.connection)[0]:
        return 0  # it was made before cards could change
    if kept is not None and kept[:-8] == me:
        return int.from_bytes(kept[-8:], "big")
    return int(archive.connection.value("SELECT coalesce(max(id), 0) FROM departure"))


def _has_any(bits: bytes, rows: Collection[int]) -> bool:
    return any(row_sets.has_bit(bits, rowid) for rowid in rows)


def _split(joined: bytes | None) -> set[bytes]:
    content = joined or b""
    return {content[start : start + 32] for start in range(0, len(content), 32)}
