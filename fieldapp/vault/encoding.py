"""One way to write a value down as bytes: canonical CBOR (RFC 8949 §4.2.3, length-first), and a reader as strict.

Plain values only: text, byte strings, whole numbers of 64 bits, true, false, null, lists, and maps with text keys, at
most 16 lists and maps inside each other. No tags, no floats, no indefinite lengths, no duplicate keys. The reader
encodes again what it read, in the order in which it came, and requires that order and equal bytes; so one value has
one spelling, and a hash names it.
"""

from __future__ import annotations

import cbor2

from fieldapp.errors import BugError, EntryMalformedError

Plain = str | bytes | int | bool | None | list["Plain"] | dict[str, "Plain"]

MAX_DEPTH = 16
_MAX_INT = 2**63 - 1
_LEAVES = frozenset({str, bytes, bool, type(None)})


def encode(value: Plain) -> bytes:
    """The canonical bytes of a plain value.

    Raises:
        BugError: the value is not plain, or is text that has no bytes (half of a surrogate pair).
    """
    if not _is_plain(value, MAX_DEPTH):
        raise BugError("value is not plain")
    try:
        return cbor2.dumps(value, canonical=True)
    except UnicodeEncodeError:
        raise BugError("text is not Unicode") from None


def encode_again(value: Plain) -> bytes:
    """The canonical bytes of a value, or of a part of one, that `decode` gave and nobody changed.

    What `decode` gives is plain, and its keys are in order; so neither is looked at once more.
    """
    return cbor2.dumps(value)


def decode(encoded: bytes) -> Plain:
    """The plain value that `encoded` is the canonical spelling of; the size is the caller's to bound.

    Raises:
        EntryMalformedError: anything else.
    """
    try:
        value = cbor2.loads(
            encoded,
            max_depth=MAX_DEPTH + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
            semantic_decoders={},
        )
        canonical = _is_plain_in_order(value, MAX_DEPTH) and cbor2.dumps(value) == encoded
    except (cbor2.CBORError, ValueError, RecursionError, MemoryError, OverflowError) as problem:
        raise EntryMalformedError("encoding") from problem
    if not canonical:
        raise EntryMalformedError("encoding")
    plain: Plain = value
    return plain


def decode_map(encoded: bytes) -> dict[str, Plain]:
    """As `decode`, where only a map will do."""
    value = decode(encoded)
    if not isinstance(value, dict):
        raise EntryMalformedError("encoding")
    return value


def take_bytes(value: Plain, *sizes: int) -> bytes:
    """`value` if it is a byte string of one of the `sizes` (any size where none is named)."""
    if not isinstance(value, bytes) or (sizes and len(value) not in sizes):
        raise EntryMalformedError("type")
    return value


def take_int(value: Plain, least: int, most: int) -> int:
    """`value` if it is a whole number from `least` to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise EntryMalformedError("range")
    return value


def take_text(value: Plain, most: int) -> str:
    """`value` if it is text of at most `most` characters."""
    if not isinstance(value, str) or len(value) > most:
        raise EntryMalformedError("type")
    return value


def _is_plain(value: object, depth: int) -> bool:
    """Whether all of it is made of plain values, with at most `depth` lists and maps inside each other."""
    if value is None or isinstance(value, (str, bytes, bool)):
        return True
    if isinstance(value, int):
        return -_MAX_INT - 1 <= value <= _MAX_INT
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return depth > 0 and all(isinstance(key, str) and _is_plain(item, depth - 1) for key, item in value.items())
    return False


def _is_plain_in_order(value: object, depth: int) -> bool:
    """As `_is_plain` for what the decoder gave, which has no subclasses; and the keys of each map in their order."""
    kind = type(value)
    if kind in _LEAVES:
        return True
    if kind is int:
        return -_MAX_INT - 1 <= value <= _MAX_INT  # type: ignore[operator]  # an int, as was just seen
    if isinstance(value, list):
        return depth > 0 and all(type(item) in _LEAVES or _is_plain_in_order(item, depth - 1) for item in value)
    return isinstance(value, dict) and depth > 0 and _is_map_in_order(value, depth)


def _is_map_in_order(value: dict[object, object], depth: int) -> bool:
    """Keys in their order, and plain values."""
    keys = tuple(value)
    if keys not in _seen_in_order:
        if not _are_in_order(keys):
            return False
        if len(_seen_in_order) < _MOST_SEEN and len(str(keys)) < _MOST_SEEN:
            _seen_in_order.add(keys)
    return all(type(item) in _LEAVES or _is_plain_in_order(item, depth - 1) for item in value.values())


def _are_in_order(keys: tuple[object, ...]) -> bool:
    """Text keys, the one with fewer bytes first, and of equally many the one with the smaller bytes."""
    before, before_size = "", -1
    for key in keys:
        if type(key) is not str:
            return False
        size = len(key) if key.isascii() else len(key.encode())
        if size <= before_size and (size < before_size or key <= before):  # texts compare as their UTF-8 does
            return False
        before, before_size = key, size
    return True


_seen_in_order: set[tuple[object, ...]] = set()
"""Keys of maps that were found in order: nearly all maps are headers, bodies and claims, with the same few keys."""

_MOST_SEEN = 512
"""So many are kept in mind, each of less than so many characters in all: what comes in may have any keys."""
