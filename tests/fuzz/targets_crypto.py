"""Ways in through `fieldapp.crypto`: sealed files, keys, signatures, phrases, passphrases, slots."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from functools import cache

from fieldapp.crypto import bech32, envelope, identity, keyslots, recovery, sshsig, words
from fieldapp.crypto.age import (
    HybridIdentity,
    HybridRecipient,
    Identity,
    Recipient,
    ScryptIdentity,
    ScryptRecipient,
    X25519Identity,
    X25519Recipient,
    open_with,
    payload_key,
    seal_to,
)
from fieldapp.crypto.age_header import Header, SourceLines, Stanza, header_bytes, read_header
from fieldapp.crypto.armor import ArmorReader, ArmorWriter
from fieldapp.crypto.keyslots import KdfParameters, SlotKind
from fieldapp.crypto.stream import SealedFile, SealedReader, SealedWriter
from fieldapp.errors import AgeKeyMalformedError, PayloadError
from tests.fuzz.target import Target

_KEY = bytes(range(32))
_FILE_KEY = bytes(range(16))
_X25519 = X25519Identity(hashlib.sha256(b"x25519").digest())
_HYBRID = HybridIdentity(hashlib.sha256(b"hybrid").digest())
_PASSPHRASE = b"seven dry apricots"
_KEY_KINDS = (HybridRecipient, HybridIdentity, X25519Recipient, X25519Identity)
_IDENTITIES: tuple[Identity, ...] = (_HYBRID, _X25519, ScryptIdentity(_PASSPHRASE, log_n_limit=8))


def _sealed(content: bytes, *kinds: str) -> bytes:
    by_kind: dict[str, Recipient] = {
        "x25519": _X25519.recipient,
        "hybrid": _HYBRID.recipient,
        "scrypt": ScryptRecipient(_PASSPHRASE, 4),
    }
    out = io.BytesIO()
    with seal_to([by_kind[kind] for kind in kinds], out) as writer:
        writer.write(content)
    return out.getvalue()


def _streamed(content: bytes, key: bytes = _KEY) -> bytes:
    out = io.BytesIO()
    with SealedWriter(out, key) as writer:
        writer.write(content)
    return out.getvalue()


def _armored(content: bytes) -> bytes:
    out = io.BytesIO()
    with ArmorWriter(out) as writer:
        writer.write(content)
    return out.getvalue()


def _header_seeds() -> Iterable[bytes]:
    yield header_bytes([Stanza("X25519", ("a",), bytes(32)), Stanza("grease", (), bytes(48))], _FILE_KEY)
    yield header_bytes([Stanza("x", (), b"")], _FILE_KEY)
    for kinds in (("x25519", "x25519"), ("hybrid",), ("scrypt",)):
        yield _sealed(b"", *kinds)[:3000]


def _read_header(content: bytes) -> None:
    """One text for each header: as much as was taken is what the writer writes."""
    read: Header = read_header(SourceLines(io.BytesIO(content)))
    assert content.startswith(read.signed)


def _open(content: bytes) -> None:
    reader = open_with(_IDENTITIES, io.BytesIO(content))
    while reader.read(100_000):
        pass


def _open_inside(content: bytes) -> None:
    """A header that is authentic, with stanzas of our kinds that no writer makes."""
    head, _, body = content.partition(b"\0\0")
    arguments = tuple(word.decode() for word in head.split(b" ") if word and all(0x21 <= byte < 0x7F for byte in word))
    if arguments:
        stanza = Stanza(arguments[0], arguments[1:], body)
        _open(header_bytes([stanza], _FILE_KEY) + bytes(16) + _streamed(b"x", payload_key(_FILE_KEY, bytes(16))))


def _stanza_seeds() -> Iterable[bytes]:
    for recipient in (_X25519.recipient, _HYBRID.recipient, ScryptRecipient(_PASSPHRASE, 4)):
        stanza = recipient.wrap(_FILE_KEY)
        yield " ".join((stanza.type, *stanza.arguments)).encode() + b"\0\0" + stanza.body


def _stream(content: bytes) -> None:
    """Both ways of reading give the same, or both refuse."""
    in_order = _outcome(lambda: SealedReader(io.BytesIO(content), _KEY).read())
    by_place = _outcome(lambda: _whole(content))
    assert in_order == by_place


def _whole(content: bytes) -> bytes:
    with SealedFile(io.BytesIO(content), _KEY) as opened:
        return opened.read()


def _outcome(read: Callable[[], bytes | None]) -> bytes | None:
    try:
        return read()
    except PayloadError:
        return None


def _armor(content: bytes) -> None:
    inside = ArmorReader(io.BytesIO(content)).read()
    assert _armored(inside).strip() == content.replace(b"\r\n", b"\n").strip()


def _age_keys(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    refused: list[AgeKeyMalformedError] = []
    for kind in _KEY_KINDS:
        try:
            assert kind.from_text(text).to_text() == text
        except AgeKeyMalformedError as error:
            refused.append(error)
    if len(refused) == len(_KEY_KINDS):
        raise refused[0]


def _bech32(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    prefix, inside = bech32.from_text(text)
    assert bech32.to_text(prefix, inside) == text


def _sshsig(content: bytes) -> None:
    assert sshsig.write(sshsig.read(content)) == content


def _keys(content: bytes) -> None:
    """Public keys and kept secrets."""
    first, rest = content[:1], content[1:]
    check = (
        identity.check_ed25519_public,
        identity.check_mldsa65_public,
        HybridRecipient,
        identity.identity_from_bytes,
    )[(first or b"\0")[0] % 4]
    check(rest)


def _phrase(content: bytes) -> None:
    said = content.decode("utf-8", "surrogateescape")
    entropy = recovery.to_secret(said)
    assert recovery.to_secret(recovery.phrase_of(bytes(entropy))) == entropy


def _passphrase(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    keyslots.check_new_passphrase(text)
    assert keyslots.normalise_passphrase(text)


@cache
def _root() -> tuple[bytes, bytes]:
    salt, cheap = bytes(16), KdfParameters(8, 1, 1)
    return bytes(keyslots.derive_root(_PASSPHRASE, salt, cheap)), keyslots.slot_context(1, salt, cheap)


def _slots(content: bytes) -> None:
    """Eight slots as they stand in a header, the input in place of the first ones."""
    root, context = _root()
    whole = content[: 8 * 192] + bytes(8 * 192 - len(content[: 8 * 192]))
    keyslots.open_slots(root, [whole[at : at + 192] for at in range(0, len(whole), 192)], context)


def _slot_seeds() -> Iterable[bytes]:
    root, context = _root()
    for kind in SlotKind:
        yield keyslots.seal_slot_with(root, 0, _KEY, kind, context, seed=bytes(16))


def _envelope(content: bytes) -> None:
    envelope.open_envelope(_KEY, content, b"aad")


TARGETS = (
    Target(
        "age header",
        _read_header,
        _header_seeds,
        (b"-> ", b"--- ", b"age-encryption.org/v1\n", b"\n", b" X25519 ", b"="),
    ),
    Target(
        "age file",
        _open,
        lambda: (
            [_sealed(b"x" * size, *kinds) for size in (0, 70_000) for kinds in (("x25519",), ("hybrid",))]
            + [_sealed(b"x", "scrypt"), _sealed(b"x", "hybrid", "hybrid")]
        ),
        (b"-> mlkem768x25519 ", b"-> X25519 ", b"-> scrypt ", b"\n--- "),
        quick=150,
    ),
    Target(
        "age stanza", _open_inside, _stanza_seeds, (b"mlkem768x25519", b"X25519", b"scrypt", b" 18", b" 4", b"A" * 43)
    ),
    Target(
        "age stream", _stream, lambda: [_streamed(b"x" * size) for size in (0, 1, 100, 65535, 65536, 65537)], quick=150
    ),
    Target(
        "armor",
        _armor,
        lambda: [_armored(b"x" * size) for size in (0, 1, 48, 500)],
        (b"-----BEGIN AGE ENCRYPTED FILE-----", b"-----END AGE ENCRYPTED FILE-----", b"\r\n", b"=", b"==", b"A" * 64),
    ),
    Target(
        "age keys",
        _age_keys,
        lambda: [
            each.encode()
            for each in (_X25519.to_text(), _X25519.recipient.to_text(), _HYBRID.to_text(), _HYBRID.recipient.to_text())
        ],
        (b"age1", b"AGE-SECRET-KEY-1", b"age1pq1", b"1", b"q"),
    ),
    Target(
        "bech32",
        _bech32,
        lambda: [bech32.to_text("age", _KEY).encode(), b"a12uel5l", b"A12UEL5L"],
        (b"1", b"q" * 8),
        (ValueError,),
    ),
    Target(
        "ssh signature",
        _sshsig,
        lambda: [sshsig.sign(_KEY, bytes(64), "bundle@fieldapp"), sshsig.sign(_KEY, bytes(64), "x" * 60)],
        (b"-----BEGIN SSH SIGNATURE-----\n", b"U1NIU0lH", b"ssh-ed25519", b"\n", b"="),
    ),
    Target(
        "public keys",
        _keys,
        lambda: [
            b"\0" + identity.ed25519_public(_KEY),
            b"\1" + identity.mldsa65_public(_KEY),
            b"\2" + _HYBRID.recipient.public,
            b"\3" + bytes(identity.new_identity().to_bytes()),
        ],
    ),
    Target(
        "recovery words",
        _phrase,
        lambda: [recovery.phrase_of(bytes(16)).encode(), recovery.phrase_of(_FILE_KEY).upper().encode()],
        (*(word.encode() for word in words.english().wordlist[:64]), b" ", b"  ", b"\n"),
    ),
    Target(
        "passphrase", _passphrase, lambda: ["пароль из слов".encode(), b"seven dry apricots", b"x" * 1024], (b"\0",)
    ),
    Target("key slots", _slots, _slot_seeds, quick=150),
    Target("envelope", _envelope, lambda: [envelope.seal_with(_KEY, b"plain", b"aad", seed=bytes(16))]),
)
