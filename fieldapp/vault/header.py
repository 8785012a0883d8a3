r"""`header.a` and `header.b`: what opens a vault, and the newest state it must not fall behind.

    header  = magic[16] version u16 memory_kib u32 passes u32 lanes u32 salt[16]      (big-endian)
              slot[192] × 8         (crypto.keyslots)
              envelope              (crypto.envelope under subkey "header mac", aad: all of the header before it)
    state   = canonical CBOR {epoch, heads: {log (hex): [seq, id]}, pad, closed and used (if it was closed; used may be
              missing)}, 1,024 bytes in all

Rule 1: the two copies are written in turn, each by temporary file → fsync → rename → fsync of the folder, so that one
        whole copy is there at every moment. The epoch inside the envelope tells which is newer.
Rule 2: the slots say which secrets open the vault; a change of slots is written to both copies before it is told done.
        Of the copies that a secret opens, the newest is taken. One that is older than a copy with other slots may be
        one that was put back: whoever opens it decides (`opening`, rule 2), since its slots must not come again.
Rule 3: nothing in the file tells how much the vault is used: fixed size, no epoch and no count outside the envelope.
Rule 4: a copy counts only if its envelope verifies, which covers every byte of it. A copy that opens and is not whole
        is not gone on with: its other slots would be carried into every header to come.
Rule 5: one bad copy does no harm while the other is whole. So a version that is too new refuses the vault only where no
        copy of this version is left; a newer format must also raise the version of the database, and does so first.
Rule 6: reading never writes.
Rule 7: a reader passes over keys of the state that it does not know.
Rule 8: while the rest of a vault is being destroyed, one copy holds `DESTROYED` and nothing else (`destroying`).
"""

from __future__ import annotations

import os
import secrets
import stat
import struct
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from fieldapp.crypto import envelope, keyslots
from fieldapp.crypto.keyslots import KdfParameters, OpenedSlot, Purpose, Secret, SlotKind
from fieldapp.errors import (
    BugError,
    EntryMalformedError,
    ExpectedError,
    KdfParametersError,
    MemoryShortError,
    PassphraseTakenError,
    VaultDamagedError,
    VaultDestroyedError,
    VaultError,
    VaultForeignError,
    VaultNewerError,
    WrongPassphraseError,
    storage_error,
)
from fieldapp.system import make_private_file, sync_folder
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain, decode_map, encode, take_bytes, take_int

MAGIC = b"fieldapp vault\r\n"
DESTROYED = MAGIC + b"destroyed\r\n"
VERSION = 1
NAMES = ("header.a", "header.b")

_FIXED = struct.Struct(">16sHIII16s")
MOST_HEADS = 8
"""How many logs a header can speak of; with that many, its state still has room for padding."""

_STATE_SIZE = 1024
_SLOTS_SIZE = keyslots.SLOT_COUNT * keyslots.SLOT_SIZE
SIZE = _FIXED.size + _SLOTS_SIZE + _STATE_SIZE + envelope.OVERHEAD


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a log."""

    seq: int
    id: EntryId


@dataclass(frozen=True, slots=True)
class State:
    """What the header keeps secret: how new it is, and the heads of the logs written here.

    `closed`, `used`: what all pages of the database were when the vault was last closed, and those that are not free
    (`closing`); None while it is open, and then `used` says nothing.
    """

    epoch: int
    heads: dict[LogId, Head]
    closed: bytes | None = None
    used: bytes | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """One copy, read but not opened."""

    parameters: KdfParameters
    salt: bytes
    slots: tuple[bytes, ...]
    sealed_state: bytes

    @property
    def context(self) -> bytes:
        """What the slots are bound to."""
        return keyslots.slot_context(VERSION, self.salt, self.parameters)

    @property
    def open_part(self) -> bytes:
        """Everything before the envelope, which is bound to it."""
        fixed = (self.parameters.memory_kib, self.parameters.passes, self.parameters.lanes)
        return _FIXED.pack(MAGIC, VERSION, *fixed, self.salt) + b"".join(self.slots)


@dataclass(frozen=True, slots=True)
class OpenedHeader:
    """The header that a secret opened, with the newest state of both copies. Who holds it wipes `slot.master_key`.

    `any_closed`: whether a copy, be it the older, says what the pages were. `newer`: the other copy, where it is whole,
    not older, and has other slots: a change was cut short between the two, or this one was put back. `alone`: there is
    no other whole copy under this master key.
    """

    header: Header
    slot: OpenedSlot
    state: State
    any_closed: bool
    newer: Header | None = None
    alone: bool = False


def parse(raw: bytes) -> Header:
    """The header these bytes are.

    Raises:
        VaultForeignError: not a header of this program. VaultNewerError: of a newer version.
        VaultDestroyedError: see rule 8. VaultDamagedError: cut off, too long, or with parameters out of range.
    """
    if raw == DESTROYED:
        raise VaultDestroyedError
    if raw[: len(MAGIC)] != MAGIC:
        damaged = not raw or MAGIC.startswith(raw)
        raise VaultDamagedError("header") if damaged else VaultForeignError
    if len(raw) < _FIXED.size:
        raise VaultDamagedError("header")
    _magic, version, memory_kib, passes, lanes, salt = _FIXED.unpack_from(raw)
    if version > VERSION:
        raise VaultNewerError(version, VERSION)
    if len(raw) != SIZE or version != VERSION:
        raise VaultDamagedError("header")
    parameters = KdfParameters(memory_kib, passes, lanes)
    try:
        keyslots.check_range(parameters, floor_kib=0)
    except KdfParametersError as problem:
        raise VaultDamagedError("header") from problem
    starts = range(_FIXED.size, _FIXED.size + _SLOTS_SIZE, keyslots.SLOT_SIZE)
    slots = tuple(raw[start : start + keyslots.SLOT_SIZE] for start in starts)
    return Header(parameters, salt, slots, raw[_FIXED.size + _SLOTS_SIZE :])


def make(
    master_key: Secret, parameters: KdfParameters, opening: Sequence[tuple[SlotKind, Secret]]
) -> tuple[Header, list[int]]:
    """A new header with one slot for each secret, and which slots those are; its state is not sealed yet."""
    salt = keyslots.new_salt()
    context = keyslots.slot_context(VERSION, salt, parameters)
    slots = [keyslots.empty_slot() for _ in range(keyslots.SLOT_COUNT)]
    places = secrets.SystemRandom().sample(range(keyslots.SLOT_COUNT), len(opening))
    for place, (kind, secret) in zip(places, opening, strict=True):
        root = keyslots.derive_root(secret, salt, parameters)
        slots[place] = keyslots.seal_slot(root, place, master_key, kind, context)
        keyslots.wipe(root)
    return Header(parameters, salt, tuple(slots), b""), places


def with_slot(header: Header, master_key: Secret, index: int, kind: SlotKind, secret: Secret) -> Header:
    """The header with one slot sealed anew for `secret`.

    Raises:
        PassphraseTakenError: another slot opens with it already.
    """
    root = keyslots.derive_root(secret, header.salt, header.parameters)
    try:
        others = [keyslots.empty_slot() if place == index else slot for place, slot in enumerate(header.slots)]
        taken = keyslots.open_slots(root, others, header.context)
        if taken is not None:
            keyslots.wipe(taken.master_key)
            raise PassphraseTakenError
        others[index] = keyslots.seal_slot(root, index, master_key, kind, header.context)
    finally:
        keyslots.wipe(root)
    return replace(header, slots=tuple(others))


def without_slots(header: Header, places: Collection[int]) -> Header:
    """The header with random bytes in these places: nothing opens them any more."""
    slots = (keyslots.empty_slot() if place in places else slot for place, slot in enumerate(header.slots))
    return replace(header, slots=tuple(slots))


def read_copies(folder: Path) -> list[Header]:
    """The copies that can be read, `header.a` first.

    Raises:
        VaultNewerError: no copy is of this version, and one is of a newer.
        VaultDestroyedError, VaultForeignError, VaultDamagedError: what the first copy is, where neither can be read.
        PlaceUnwritableError: this user may not read them.
    """
    found: list[Header] = []
    problems: list[VaultError] = []
    for name in NAMES:
        try:
            found.append(parse(_read_bounded(folder / name)))
        except (VaultForeignError, VaultDamagedError, VaultDestroyedError, VaultNewerError) as problem:
            problems.append(problem)
    if not found:
        telling = [each for each in problems if isinstance(each, VaultNewerError | VaultDestroyedError)]
        raise (telling or problems)[0]
    return found


def read_raw(folder: Path) -> dict[str, bytes]:
    """The bytes of the copies as they are there, by their names; what cannot be read is left out."""
    found: dict[str, bytes] = {}
    for name in NAMES:
        with suppress(ExpectedError):
            found[name] = _read_bounded(folder / name)
    return found


def open_copies(copies: list[Header], secret: Secret) -> OpenedHeader:
    """The newest whole copy that `secret` opens, with the newest state of all copies under the same master key.

    Raises:
        WrongPassphraseError: it opens none. VaultDamagedError: it opens one, and that copy is not whole.
        MemoryShortError: no copy could be tried.
    """
    opened, problem = _opened(copies, secret)
    if not opened:
        raise problem
    _epoch, header, slot = max(opened, key=lambda each: each[0])
    states = [state for _copy, state in _whole_copies(copies, slot.master_key)]
    newest = max(states, key=lambda state: state.epoch)
    newer = newer_than(header, copies, slot.master_key)
    any_closed = any(state.closed is not None for state in states)
    return OpenedHeader(header, slot, newest, any_closed, newer, alone=len(states) < len(NAMES))


def newer_than(header: Header, copies: list[Header], master_key: Secret) -> Header | None:
    """The whole copy that is not older than this one, which is one of them, and has other slots; None without one."""
    whole = _whole_copies(copies, master_key)
    epoch = max(state.epoch for copy, state in whole if copy.slots == header.slots)
    others = (copy for copy, state in whole if copy.slots != header.slots and state.epoch >= epoch)
    return next(others, None)


def like(header: Header, copies: list[Header], master_key: Secret) -> list[Header]:
    """The whole copies that the same secrets open as this one."""
    return [copy for copy, _state in _whole_copies(copies, master_key) if copy.slots == header.slots]


def sealed(header: Header, master_key: Secret, state: State) -> bytes:
    """The file of one copy with this state."""
    key = keyslots.subkey(master_key, Purpose.HEADER_MAC)
    envelope_bytes = envelope.seal(key, _encode_state(state), header.open_part)
    keyslots.wipe(key)
    return header.open_part + envelope_bytes


def write(folder: Path, name: str, header: Header, master_key: Secret, state: State) -> bytes:
    """Write one copy so that a crash at any moment leaves either the old or the new one whole. Gives its bytes.

    Raises:
        DiskFullError, PlaceUnwritableError: the old copy is there as it was.
    """
    temporary = folder / f"{name}.new"
    content = sealed(header, master_key, state)
    try:
        _write_synced(temporary, content)
        temporary.replace(folder / name)
        sync_folder(folder)
    except OSError as problem:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(problem) from problem
    return content


def remove_leftovers(folder: Path) -> None:
    """Remove what an interrupted `write` left beside the copies; what will not go stays until the next time."""
    for name in NAMES:
        with suppress(OSError):
            (folder / f"{name}.new").unlink(missing_ok=True)


def _write_synced(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    make_private_file(path)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_bounded(path: Path) -> bytes:
    """The file, or one byte more than a header has where it is longer. A pipe or a device is not waited for."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise VaultDamagedError("header")
        with path.open("rb") as file:
            return file.read(SIZE + 1)
    except PermissionError as problem:
        raise storage_error(problem) from problem
    except OSError as problem:
        raise VaultDamagedError("header") from problem


def _opened(copies: list[Header], secret: Secret) -> tuple[list[tuple[int, Header, OpenedSlot]], ExpectedError]:
    """The copies that this secret opens, with their epochs; and what is to be told where there are none.

    One run of Argon2id for each context: both copies have the same, unless one is damaged or a new key was cut short.
    What a copy asks for is not authentic before it opens, so dearer ones are tried only where no other opens.
    """
    opened: list[tuple[int, Header, OpenedSlot]] = []
    problem: ExpectedError = WrongPassphraseError()
    by_context: dict[bytes, list[Header]] = {}
    for copy in sorted(copies, key=_cost_of):
        by_context.setdefault(copy.context, []).append(copy)
    tried: list[int] = []
    for context, alike in by_context.items():
        cost = _cost_of(alike[0])
        if opened and cost > tried[-1]:
            break
        try:
            root = keyslots.derive_root(secret, alike[0].salt, alike[0].parameters)
        except MemoryShortError as short:
            problem = problem if tried else short
            continue
        tried.append(cost)
        for copy in alike:
            try:
                slot = keyslots.open_slots(root, copy.slots, context)
                if slot is not None:
                    opened.append((_state_of(copy, slot.master_key).epoch, copy, slot))
            except VaultDamagedError as damaged:
                problem = damaged
        keyslots.wipe(root)
    return opened, problem


def _cost_of(copy: Header) -> int:
    return copy.parameters.memory_kib * copy.parameters.passes


def _whole_copies(copies: list[Header], master_key: Secret) -> list[tuple[Header, State]]:
    """The copies under this master key that are whole, with what they say."""
    whole: list[tuple[Header, State]] = []
    for copy in copies:
        with suppress(VaultDamagedError):
            whole.append((copy, _state_of(copy, master_key)))
    return whole


def _state_of(header: Header, master_key: Secret) -> State:
    """The state of a copy. Raises VaultDamagedError where it is under another master key or not whole."""
    key = keyslots.subkey(master_key, Purpose.HEADER_MAC)
    try:
        return _decode_state(envelope.open_envelope(key, header.sealed_state, header.open_part))
    except EntryMalformedError as problem:
        raise VaultDamagedError("header") from problem
    finally:
        keyslots.wipe(key)


def _encode_state(state: State) -> bytes:
    if len(state.heads) > MOST_HEADS:
        raise BugError("more heads than a header holds")
    heads: dict[str, Plain] = {log.hex(): [head.seq, head.id] for log, head in state.heads.items()}
    plain: dict[str, Plain] = {"epoch": state.epoch, "heads": heads, "pad": bytes(256)}
    if state.closed is not None:
        plain["closed"] = state.closed
        if state.used is not None:
            plain["used"] = state.used
    bare = len(encode(plain)) - 256
    plain["pad"] = bytes(_STATE_SIZE - bare)
    return encode(plain)


def _decode_state(encoded: bytes) -> State:
    fields = decode_map(encoded)
    epoch, heads, closed = take_int(fields.get("epoch"), 0, 2**62), fields.get("heads"), fields.get("closed")
    if not isinstance(heads, dict):
        raise EntryMalformedError("type")
    digests = [None if each is None else take_bytes(each, 32) for each in (closed, fields.get("used"))]
    return State(epoch, dict(_decode_head(log, head) for log, head in heads.items()), *digests)


def _decode_head(log: str, head: Plain) -> tuple[LogId, Head]:
    if not isinstance(head, list) or len(head) != 2 or len(log) != 32 or not set(log) <= set("0123456789abcdef"):
        raise EntryMalformedError("type")
    return LogId(bytes.fromhex(log)), Head(take_int(head[0], 0, 2**40), EntryId(take_bytes(head[1], 32)))
