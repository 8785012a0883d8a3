"""The text files of a bag (BagIt, RFC 8493, version 1.0): names, order and content, writer and parser side by side.

    fieldapp-<bundle id>/                     32 hex digits
      bagit.txt                               RFC 8493 §2.1.1
      bag-info.txt                            §2.2.2, see below
      manifest-sha256.txt                     §2.1.3, one line per payload file, in the order of the archive
      sender.card                             card.py
      tagmanifest-sha256.txt                  §2.2.1, one line for each of the four above, in this order
      tagmanifest-sha256.txt.sig              SSHSIG over the file before it, namespace bundle@fieldapp
      tagmanifest-sha256.txt.mldsa65          ML-DSA-65 over it, context "fieldapp bundle 1", 3,309 bytes as they are
      data/journal/000001.cbor …              journal.py, numbered without a gap
      data/objects/<SHA-256> …                64 hex digits, ascending

    bag-info.txt
      Bag-Software-Agent: fieldapp
      Payload-Oxum: <bytes>.<files>           of the payload
      External-Identifier: <bundle id>        32 hex digits
      Fieldapp-Version: 1
      Fieldapp-Sender: <fingerprint>          64 hex digits
      Fieldapp-Recipient: <fingerprint> <n> <previous> <needed>     one line each, ascending; what it counts is its own:
                                              n: the sender's bundles for this recipient, from 1
                                              previous: SHA-256 of the tag manifest of the one before, or `none`
                                              needed: the newest of them that this one leaves things out for, or 0
      Fieldapp-Have: <log> <seq> <entry id>   one line per log of which the sender has all up to seq, ascending

There is no Bagging-Date: an entry carries its own time where that matters, and the day on which somebody exported is
nobody's business. Each text has one spelling, lines end with LF, and what was parsed is written again and must be
equal. Only in bag-info.txt may lines with labels that this version does not know stand between the others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldapp.errors import BugError, BundleDamagedError, BundleNewerError
from fieldapp.values import EntryId, LogId

VERSION: Final = 1
MLDSA65_CONTEXT: Final = b"fieldapp bundle 1"

BAGIT: Final = "bagit.txt"
INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha256.txt"
CARD: Final = "sender.card"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
SSH_SIGNATURE: Final = "tagmanifest-sha256.txt.sig"
MLDSA65_SIGNATURE: Final = "tagmanifest-sha256.txt.mldsa65"

TAGGED: Final = (BAGIT, INFO, MANIFEST, CARD)
"""The files that the tag manifest lists, in order."""

BAGIT_TEXT: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MAX_MEMBERS: Final = 200_000
MAX_MANIFEST_BYTES: Final = MAX_MEMBERS * 144
MAX_INFO_BYTES: Final = 4 * 1024 * 1024
MAX_JOURNAL_MEMBERS: Final = 100_000
BUNDLE_ID_SIZE: Final = 16
HASH_SIZE: Final = 32
LOG_SIZE: Final = 16

_AGENT: Final = "fieldapp"
_MAX_NUMBER: Final = 2**53
_TOP: Final = re.compile(r"fieldapp-([0-9a-f]{32})")
_LINE: Final = re.compile(r"([A-Za-z0-9-]{1,64}): ([^\x00-\x1f\x7f]{1,1000})")
_MANIFEST_LINE: Final = re.compile(rb"([0-9a-f]{64})  (data/journal/[0-9]{6}\.cbor|data/objects/[0-9a-f]{64})")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_SINGLE: Final = (
    "Bag-Software-Agent",
    "Payload-Oxum",
    "External-Identifier",
    "Fieldapp-Version",
    "Fieldapp-Sender",
)
_REPEATED: Final = ("Fieldapp-Recipient", "Fieldapp-Have")
_KNOWN: Final = frozenset(label.lower() for label in (*_SINGLE, *_REPEATED))


@dataclass(frozen=True, slots=True)
class Have:
    """The sender has all of this log up to `seq`, whose entry is `head`."""

    log: LogId
    seq: int
    head: EntryId


@dataclass(frozen=True, slots=True)
class Recipient:
    """For whom, and where this bundle stands among the sender's bundles for them.

    `previous` is the digest of the one before. `needed` is the number of the newest of those whose content this one
    leaves out although nobody has acknowledged it; 0 where there is none.
    """

    fingerprint: bytes
    number: int
    previous: bytes | None = None
    needed: int = 0


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What a bundle says about itself. Fingerprints and hashes are 32 bytes, the bundle id is 16.

    `recipients` and `have` may be given in any order, and are kept sorted.

    Raises:
        BugError: two equal recipients or logs, a size or a number out of range.
    """

    bundle_id: bytes
    sender: bytes
    recipients: tuple[Recipient, ...]
    have: tuple[Have, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "recipients", tuple(sorted(self.recipients, key=lambda each: each.fingerprint)))
        object.__setattr__(self, "have", tuple(sorted(self.have, key=lambda have: have.log)))
        previous = [each.previous for each in self.recipients if each.previous is not None]
        sizes = (
            len(self.bundle_id) == BUNDLE_ID_SIZE
            and all(len(each) == HASH_SIZE for each in (self.sender, *self.fingerprints, *previous))
            and all(len(have.log) == LOG_SIZE and len(have.head) == HASH_SIZE for have in self.have)
        )
        numbers = all(map(_is_counted, self.recipients)) and all(0 <= have.seq <= _MAX_NUMBER for have in self.have)
        if not (sizes and numbers and self.recipients and _distinct(self)):
            raise BugError("facts that no bundle has")

    @property
    def fingerprints(self) -> tuple[bytes, ...]:
        """The recipients' fingerprints, ascending."""
        return tuple(each.fingerprint for each in self.recipients)

    def to(self, fingerprints: Collection[bytes]) -> Recipient | None:
        """The first recipient that has one of these fingerprints."""
        return next((each for each in self.recipients if each.fingerprint in fingerprints), None)


@dataclass(frozen=True, slots=True)
class Payload:
    """How much is in `data`: Payload-Oxum."""

    size_bytes: int
    files: int


def top_folder(bundle_id: bytes) -> str:
    """The one folder in which everything is."""
    return f"fieldapp-{bundle_id.hex()}"


def bundle_id_of(folder: str) -> bytes | None:
    """The bundle id in the name of a top folder; None if it is the name of something else."""
    found = _TOP.fullmatch(folder)
    return None if found is None else bytes.fromhex(found[1])


def journal_name(number: int) -> str:
    """The name of a segment of the journal, `number` from 1."""
    return f"data/journal/{number:06}.cbor"


def object_name(sha256: bytes) -> str:
    """The name of an object in the bag."""
    return f"data/objects/{sha256.hex()}"


def is_journal(name: str) -> bool:
    """Whether a name from a manifest is that of a segment of the journal, and not of an object."""
    return name.startswith("data/journal/")


def write_info(info: BundleInfo, payload: Payload) -> bytes:
    """bag-info.txt."""
    return "".join(f"{label}: {value}\n" for label, value in _info_lines(info, payload)).encode("ascii")


def read_info(text: bytes) -> tuple[BundleInfo, Payload]:
    """What bag-info.txt says; the size is the caller's to bound.

    Raises:
        BundleNewerError: a later version of the format.
        BundleDamagedError: (bag) anything that `write_info` would not write.
    """
    known = [line for line in _lines(text) if line[0].lower() in _KNOWN]
    found: dict[str, list[str]] = {label: [] for label in (*_SINGLE, *_REPEATED)}
    for label, value in known:
        if label not in found:
            raise BundleDamagedError("bag")
        found[label].append(value)
    _check_version(found["Fieldapp-Version"])
    if any(len(found[label]) != 1 for label in _SINGLE):
        raise BundleDamagedError("bag")
    try:
        info, payload = _info(found)
    except (ValueError, BugError) as problem:
        raise BundleDamagedError("bag") from problem
    if _info_lines(info, payload) != known:
        raise BundleDamagedError("bag")
    return info, payload


def write_manifest(hashes: Iterable[tuple[str, bytes]]) -> bytes:
    """A manifest of names, each with its SHA-256, in the order given."""
    return b"".join(b"%s  %s\n" % (sha256.hex().encode(), name.encode("ascii")) for name, sha256 in hashes)


def write_tag_manifest(tag_hashes: Mapping[str, bytes]) -> bytes:
    """tagmanifest-sha256.txt, from the SHA-256 of each of `TAGGED`."""
    return write_manifest((name, tag_hashes[name]) for name in TAGGED)


def read_manifest(text: bytes) -> dict[str, bytes]:
    """The payload's names with their SHA-256, in the order of the archive; the size is the caller's to bound.

    Raises:
        BundleDamagedError: (bag) anything that no writer of ours lists: other names, another order, an object whose
            name is not its hash, nothing at all.
    """
    listed: dict[str, bytes] = {}
    for line in text.removesuffix(b"\n").split(b"\n"):
        found = _MANIFEST_LINE.fullmatch(line)
        if found is None:
            raise BundleDamagedError("bag")
        listed[found[2].decode("ascii")] = bytes.fromhex(found[1].decode("ascii"))
    if not text.endswith(b"\n") or len(listed) != text.count(b"\n") or list(listed) != _expected_names(listed):
        raise BundleDamagedError("bag")
    return listed


def payload_names(journal_members: int, object_hashes: Sequence[bytes]) -> list[str]:
    """The names of the payload in the order of the archive."""
    names = [journal_name(number) for number in range(1, journal_members + 1)]
    return names + [object_name(sha256) for sha256 in sorted(object_hashes)]


def _expected_names(listed: Mapping[str, bytes]) -> list[str]:
    objects = [sha256 for name, sha256 in listed.items() if not is_journal(name)]
    return payload_names(len(listed) - len(objects), objects)


def _distinct(info: BundleInfo) -> bool:
    logs = {have.log for have in info.have}
    return len(set(info.fingerprints)) == len(info.recipients) and len(logs) == len(info.have)


def _is_counted(recipient: Recipient) -> bool:
    """The first bundle has none before it, and any other has; what is needed came before."""
    return (
        1 <= recipient.number <= _MAX_NUMBER
        and (recipient.previous is None) == (recipient.number == 1)
        and 0 <= recipient.needed < recipient.number
    )


def _info_lines(info: BundleInfo, payload: Payload) -> list[tuple[str, str]]:
    return [
        ("Bag-Software-Agent", _AGENT),
        ("Payload-Oxum", f"{payload.size_bytes}.{payload.files}"),
        ("External-Identifier", info.bundle_id.hex()),
        ("Fieldapp-Version", str(VERSION)),
        ("Fieldapp-Sender", info.sender.hex()),
        *(("Fieldapp-Recipient", _recipient_line(recipient)) for recipient in info.recipients),
        *(("Fieldapp-Have", f"{have.log.hex()} {have.seq} {have.head.hex()}") for have in info.have),
    ]


def _lines(text: bytes) -> list[tuple[str, str]]:
    try:
        lines = text.decode("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise BundleDamagedError("bag") from None
    found = [_LINE.fullmatch(line) for line in lines]
    if not text.endswith(b"\n"):
        raise BundleDamagedError("bag")
    pairs = [(line[1], line[2]) for line in found if line is not None]
    if len(pairs) != len(lines):
        raise BundleDamagedError("bag")
    return pairs


def _check_version(values: Sequence[str]) -> None:
    if len(values) != 1 or not _NUMBER.fullmatch(values[0]):
        raise BundleDamagedError("bag")
    if int(values[0]) > VERSION:
        raise BundleNewerError(int(values[0]), VERSION)


def _info(found: Mapping[str, Sequence[str]]) -> tuple[BundleInfo, Payload]:
    """Raises ValueError for texts that are no numbers or hex; spelling is checked by writing it all again."""
    size, files = map(_number, found["Payload-Oxum"][0].split("."))
    info = BundleInfo(
        bundle_id=bytes.fromhex(found["External-Identifier"][0]),
        sender=bytes.fromhex(found["Fieldapp-Sender"][0]),
        recipients=tuple(_recipient(value) for value in found["Fieldapp-Recipient"]),
        have=tuple(_have(value) for value in found["Fieldapp-Have"]),
    )
    return info, Payload(size, files)


def _recipient_line(recipient: Recipient) -> str:
    previous = "none" if recipient.previous is None else recipient.previous.hex()
    return f"{recipient.fingerprint.hex()} {recipient.number} {previous} {recipient.needed}"


def _recipient(value: str) -> Recipient:
    fingerprint, number, previous, needed = value.split(" ")
    digest = None if previous == "none" else bytes.fromhex(previous)
    return Recipient(bytes.fromhex(fingerprint), _number(number), digest, _number(needed))


def _have(value: str) -> Have:
    log, seq, head = value.split(" ")
    return Have(LogId(bytes.fromhex(log)), _number(seq), EntryId(bytes.fromhex(head)))


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return int(text)
