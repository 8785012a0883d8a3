r"""An identity card: a person's public keys on one installation, in a file that they give to others.

    file      "fieldapp card\r\n"  canonical CBOR list [card, ed25519 signature[64], mldsa65 signature[3309]]
    card      canonical CBOR map, as bytes:
              v=1, person and device (text for show, 1 to 100 characters, no control or format characters),
              log (16 bytes), ed25519 (32 bytes), mldsa65 (1952 bytes), age (1216 bytes: the hybrid recipient),
              opening: [header, signature] of the entry that opens the log
    signed    Ed25519: "fieldapp card 1\0" ‖ card;    ML-DSA-65: card, with the context "fieldapp card 1"

    fingerprint = words.fingerprint(ed25519 ‖ mldsa65 ‖ age ‖ log)

The fingerprint names the keys and the log, not the texts: who changes a name stays the same person. The card is signed
by both of its own keys, and its opening entry must verify under `ed25519` and give `log`. That proves that it is one
piece, and nothing about whose it is: people compare fingerprints for that. The map may hold keys that this version does
not know: the original bytes are stored and passed on.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from fieldapp.crypto.age_hybrid import HybridIdentity, HybridRecipient
from fieldapp.crypto.identity import (
    ED25519_SIGNATURE_SIZE,
    MLDSA65_SIGNATURE_SIZE,
    IdentityPublic,
    IdentitySecrets,
    sign_ed25519,
    sign_mldsa65,
    verify_ed25519,
    verify_mldsa65,
)
from fieldapp.crypto.words import compare_words, fingerprint
from fieldapp.errors import (
    AgeKeyMalformedError,
    BugError,
    CardDamagedError,
    CardNewerError,
    CardTextError,
    EntryMalformedError,
    KeyRefusedError,
    SignatureError,
)
from fieldapp.values import LogId
from fieldapp.vault.encoding import Plain, decode, decode_map, encode, take_bytes, take_text
from fieldapp.vault.entry import log_of, read_entry
from fieldapp.vault.journal import SealedEntry

VERSION: Final = 1
CARD_MAGIC: Final = b"fieldapp card\r\n"
MAX_CARD_BYTES: Final = 16 * 1024
MAX_TEXT: Final = 100

_ED25519_CONTEXT: Final = b"fieldapp card 1\0"
_MLDSA65_CONTEXT: Final = b"fieldapp card 1"
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Control, format (bidi, zero width), halves of characters, private ones, line ends: none of them belongs in a name."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says, verified. `file` is the card as it came, to be stored and passed on."""

    person: str
    device: str
    log: LogId
    public: IdentityPublic
    age: bytes
    opening: SealedEntry = field(repr=False)
    file: bytes = field(repr=False)

    @property
    def fingerprint(self) -> bytes:
        """32 bytes: who this is. Programs compare and store all of them."""
        return fingerprint(self.public.ed25519 + self.public.mldsa65 + self.age + self.log)

    @property
    def words(self) -> tuple[str, ...]:
        """Eight words for two people to read to each other."""
        return compare_words(self.fingerprint)

    @property
    def recipient(self) -> HybridRecipient:
        """What bundles for this person are sealed for."""
        return HybridRecipient(self.age)


def check_card_text(text: str) -> None:
    """Whether a person's or a device's name may stand on a card. Raises CardTextError."""
    if not text.strip():
        raise CardTextError("empty")
    if len(text) > MAX_TEXT:
        raise CardTextError("long")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in text):
        raise CardTextError("control")


def write_card(keys: IdentitySecrets, *, person: str, device: str, opening: SealedEntry) -> bytes:
    """The file of a card. `opening` is the entry that opens the log of `keys`; its body is not used.

    Raises:
        CardTextError: one of the names.
        BugError: the opening entry is not that of these keys.
    """
    check_card_text(person)
    check_card_text(device)
    entry = read_entry(opening.header_bytes, opening.signature)
    public = keys.public()
    card = encode(
        {
            "v": VERSION,
            "person": person,
            "device": device,
            "log": log_of(entry, entry.id),
            "ed25519": public.ed25519,
            "mldsa65": public.mldsa65,
            "age": HybridIdentity(bytes(keys.age)).recipient.public,
            "opening": [opening.header_bytes, opening.signature],
        }
    )
    file = _framed(
        card, sign_ed25519(keys.ed25519, _ED25519_CONTEXT + card), sign_mldsa65(keys.mldsa65, card, _MLDSA65_CONTEXT)
    )
    try:
        read_card(file)
    except CardDamagedError as problem:
        raise BugError("a card that does not read") from problem
    return file


def read_card(file: bytes) -> Card:
    """The card in a file, with everything in it verified that can be without asking a person.

    Raises:
        CardDamagedError: no card, or a changed one. `reason`: size, magic, encoding, text, key, opening, signature.
        CardNewerError: a later version of the format.
    """
    if len(file) > MAX_CARD_BYTES:
        raise CardDamagedError("size")
    if not file.startswith(CARD_MAGIC):
        raise CardDamagedError("magic")
    try:
        card, signatures = _outer(decode(file[len(CARD_MAGIC) :]))
        fields = decode_map(card)
        _check_version(fields)
        read = _read_fields(fields, file)
        ed25519, mldsa65 = _two(signatures)
        take_bytes(ed25519, ED25519_SIGNATURE_SIZE)
        take_bytes(mldsa65, MLDSA65_SIGNATURE_SIZE)
    except (EntryMalformedError, KeyError) as problem:
        raise CardDamagedError("encoding") from problem
    _check_opening(read)
    _check_signatures(read, card, ed25519, mldsa65)
    return read


def _framed(card: bytes, ed25519: bytes, mldsa65: bytes) -> bytes:
    return CARD_MAGIC + encode([card, ed25519, mldsa65])


def _outer(value: Plain) -> tuple[bytes, list[Plain]]:
    """The bytes of the card, and what follows them; a later version may have other signatures."""
    if not isinstance(value, list) or not value:
        raise CardDamagedError("encoding")
    return take_bytes(value[0]), value[1:]


def _two(value: Plain) -> tuple[bytes, bytes]:
    if not isinstance(value, list) or len(value) != 2:
        raise CardDamagedError("encoding")
    return take_bytes(value[0]), take_bytes(value[1])


def _check_version(fields: dict[str, Plain]) -> None:
    version = fields["v"]
    if not isinstance(version, int) or isinstance(version, bool) or version < VERSION:
        raise CardDamagedError("encoding")
    if version > VERSION:
        raise CardNewerError(version, VERSION)


def _read_fields(fields: dict[str, Plain], file: bytes) -> Card:
    try:
        card = Card(
            person=_text(fields["person"]),
            device=_text(fields["device"]),
            log=LogId(take_bytes(fields["log"], 16)),
            public=IdentityPublic(take_bytes(fields["ed25519"]), take_bytes(fields["mldsa65"])),
            age=take_bytes(fields["age"]),
            opening=SealedEntry(*_two(fields["opening"]), None),
            file=file,
        )
        HybridRecipient(card.age)
    except (KeyRefusedError, AgeKeyMalformedError) as problem:
        raise CardDamagedError("key") from problem
    return card


def _text(value: Plain) -> str:
    text = take_text(value, MAX_TEXT)
    try:
        check_card_text(text)
    except CardTextError as problem:
        raise CardDamagedError("text") from problem
    return text


def _check_opening(card: Card) -> None:
    """The entry opens a log, under the key of the card, and gives the log of the card."""
    try:
        entry = read_entry(card.opening.header_bytes, card.opening.signature)
        verify_ed25519(card.public.ed25519, entry.signature, entry.signed_bytes)
    except (EntryMalformedError, SignatureError) as problem:
        raise CardDamagedError("opening") from problem
    if entry.header.key != card.public.ed25519 or log_of(entry, entry.id) != card.log:
        raise CardDamagedError("opening")


def _check_signatures(read: Card, card: bytes, ed25519: bytes, mldsa65: bytes) -> None:
    try:
        verify_ed25519(read.public.ed25519, ed25519, _ED25519_CONTEXT + card)
        verify_mldsa65(read.public.mldsa65, mldsa65, card, _MLDSA65_CONTEXT)
    except SignatureError as problem:
        raise CardDamagedError("signature") from problem
