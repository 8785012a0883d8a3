"""Ways in through `fieldapp.bundles`: what comes from other people, and what is inside when a trusted key sealed it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from fieldapp.bundles import bag, journal, parts, receipt, share, tar
from fieldapp.bundles.card import CARD_MAGIC, check_card_text, read_card
from fieldapp.bundles.read import BundleReader, IncomingObject
from fieldapp.crypto.identity import sign_ed25519, sign_mldsa65
from fieldapp.crypto.padding import padded_body_size
from fieldapp.services import part_files
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain, decode, encode
from fieldapp.vault.entry import read_body, read_entry
from tests.fuzz.choices import Choices
from tests.fuzz.places import scratch
from tests.fuzz.target import Target
from tests.fuzz.watching import laid
from tests.unit.bundles import forge, peers

_FACTS = ("v", "from", "to", "n", "time", "keeps", "earlier", "have", "missing", "bundles")
_SHARE = ("v", "owner", "to", "person", "device", "n", "time", "share", "others", "replaces")
_CARD = ("v", "person", "device", "log", "ed25519", "mldsa65", "age", "opening")


@cache
def _ainura() -> peers.Peer:
    return peers.peer("Ainura")


@cache
def _bek() -> peers.Peer:
    return peers.peer("Bek")


def _bundle() -> bytes:
    return peers.written(_ainura(), peers.plan(_ainura(), [_bek()], objects=[b"a photograph"]))


def _read(bundle: bytes) -> None:
    """All of a bundle, its entries too, as far as it is let."""
    reader = BundleReader(io.BytesIO(bundle), [_bek().identity], me={_bek().card.fingerprint}, source_bytes=len(bundle))
    for member in reader.members():
        if isinstance(member, IncomingObject):
            member.skip()
        else:
            _entries(member.content)


def _entries(segment: bytes) -> None:
    for sealed in journal.read_segment(segment):
        entry = read_entry(sealed.header_bytes, sealed.signature)
        if sealed.body_bytes is not None:
            read_body(entry.header, sealed.body_bytes)


def _archive(content: bytes) -> None:
    """A whole archive, sealed for us by whoever has our card."""
    _read(forge.sealed(content, [_bek()]))


def _archive_seeds() -> Iterable[bytes]:
    whole = forge.Forgery(_ainura(), [_bek()], [(forge.JOURNAL, _segment()), *forge.objects_of(b"a", b"b" * 600)])
    yield forge.padded(whole.archive())


def _segment() -> bytes:
    return b"".join(journal.write_segments([_ainura().opening]))


_FORGED = (
    "bag-info.txt",
    "manifest-sha256.txt",
    "sender.card",
    "tagmanifest-sha256.txt",
    "bagit.txt",
    "journal",
    "object",
)


def _forged(content: bytes) -> None:
    """One file of a bundle replaced, and everything that follows from it made right again and signed by its sender."""
    which, inside = _FORGED[(content or b"\0")[0] % len(_FORGED)], content[1:]
    made = forge.Forgery(_ainura(), [_bek()], [(forge.JOURNAL, _segment()), *forge.objects_of(b"a photograph")])
    if which == "journal":
        made = replace(made, payload=[(forge.JOURNAL, inside), *made.payload[1:]])
    elif which == "object":
        made = replace(made, payload=[made.payload[0], *forge.objects_of(inside)])
    else:
        made = replace(made, tags={which: inside})
    _read(made.bundle())


def _forged_seeds() -> Iterable[bytes]:
    made = forge.Forgery(_ainura(), [_bek()], [(forge.JOURNAL, _segment()), *forge.objects_of(b"a photograph")])
    files = made.tag_files() | {"journal": _segment(), "object": b"a photograph"}
    for number, name in enumerate(_FORGED):
        yield bytes([number]) + files[name]


def _tar(content: bytes) -> None:
    block = content[:512].ljust(512, b"\0")
    assert tar.write_header(tar.read_header(block)) == block


def _info(content: bytes) -> None:
    info, payload = bag.read_info(content)
    assert bag.read_info(bag.write_info(info, payload)) == (info, payload)


def _info_seeds() -> Iterable[bytes]:
    recipients = (bag.Recipient(bytes(32), 1), bag.Recipient(bytes([1]) * 32, 7, bytes(32), 3))
    have = (bag.Have(LogId(bytes(16)), 9, EntryId(bytes(32))),)
    yield bag.write_info(bag.BundleInfo(bytes(16), bytes(32), recipients, have), bag.Payload(700, 2))


def _manifest(content: bytes) -> None:
    assert bag.write_manifest(bag.read_manifest(content).items()) == content


def _manifest_seeds() -> Iterable[bytes]:
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(3)]
    names = bag.payload_names(2, digests)
    yield bag.write_manifest([(name, bytes.fromhex(name[-64:]) if "objects" in name else bytes(32)) for name in names])


def _card(content: bytes) -> None:
    read = read_card(content)
    assert read.file == content
    assert len(read.words) == 8


def _signed_card(fields: bytes) -> bytes:
    """Any bytes as a card, signed with its keys as its owner would sign them."""
    keys = _ainura().secrets
    signed = (
        sign_ed25519(keys.ed25519, b"fieldapp card 1\0" + fields),
        sign_mldsa65(keys.mldsa65, fields, b"fieldapp card 1"),
    )
    return CARD_MAGIC + encode([fields, *signed])


def _card_inside(content: bytes) -> None:
    """Some facts of a card replaced by others of any shape, and signed by its owner."""
    choices = Choices(content)
    fields = dict(_card_fields())
    while choices.has_more:
        key = choices.of((*_CARD, "new"))
        if choices.byte() % 4 == 0:
            fields.pop(key, None)
        elif choices.byte() % 2:
            fields[key] = choices.value(_CARD)
        else:
            fields[key] = _ainura().card.public.mldsa65[: choices.byte() * 8]
    _card(_signed_card(encode(fields)))


@cache
def _card_fields() -> dict[str, Plain]:
    outer = decode(_ainura().card.file[len(CARD_MAGIC) :])
    assert isinstance(outer, list)
    assert isinstance(outer[0], bytes)
    fields = decode(outer[0])
    assert isinstance(fields, dict)
    return fields


def _statement() -> receipt.Statement:
    held = receipt.HeldLog(
        LogId(bytes(16)), 9, EntryId(bytes(32)), ((1, 2),), ((4, 4), (6, 8)), ((3, EntryId(bytes(32))),)
    )
    return receipt.Statement(
        bytes(32), bytes([1]) * 32, 4, 1_790_000_000_000, (held,), (bytes(32),), ((1, 3), (5, 5)), keeps=True
    )


def _read_statement(content: bytes) -> None:
    assert receipt.write_statement(receipt.read_statement(content)) == content


def _statement_of_any_shape(content: bytes) -> None:
    choices = Choices(content)
    fields = decode(receipt.write_statement(_statement()))
    assert isinstance(fields, dict)
    while choices.has_more:
        fields[choices.of(_FACTS)] = choices.value(_FACTS)
    _read_statement(encode(fields))


def _receipt_file(content: bytes) -> None:
    receipt.open_receipt(io.BytesIO(content), [_bek().identity])


def _receipt_inside(content: bytes) -> None:
    encoded, signature = receipt.open_receipt(io.BytesIO(forge.sealed(content, [_bek()])), [_bek().identity])
    assert len(signature) == 64
    _read_statement(encoded)


def _receipt() -> bytes:
    encoded = receipt.write_statement(_statement())
    return receipt.seal_receipt(encoded, receipt.sign(_ainura().secrets, encoded), _bek().card.recipient)


def _receipt_insides() -> Iterable[bytes]:
    encoded = receipt.write_statement(_statement())
    inside = receipt.MAGIC + len(encoded).to_bytes(4, "big") + encoded + bytes(64)
    yield inside.ljust(padded_body_size(len(inside)), b"\0")


def _share_statement() -> bytes:
    made = share.Statement(
        bytes(32), bytes([1]) * 32, "Айнура", "laptop", 4, 1_790_000_000_000, bytes(range(16)), ("Bek", "Даниель")
    )
    return share.write_statement(made)


def _share_statement_of_several_cards() -> bytes:
    made = share.read_statement(_share_statement())
    replaced = (share.Replaced(bytes([2]) * 32, bytes(64)), share.Replaced(bytes([3]) * 32, bytes(64)))
    return share.write_statement(replace(made, replaces=replaced))


def _read_share(content: bytes) -> None:
    assert share.write_statement(share.read_statement(content)) == content


def _share_of_any_shape(content: bytes) -> None:
    choices = Choices(content)
    fields = decode(_share_statement())
    assert isinstance(fields, dict)
    while choices.has_more:
        fields[choices.of(_SHARE)] = choices.value(_SHARE)
    _read_share(encode(fields))


def _share_file(content: bytes) -> None:
    share.open_share(io.BytesIO(content), [_bek().identity])


def _share_inside(content: bytes) -> None:
    encoded, signature = share.open_share(io.BytesIO(forge.sealed(content, [_bek()])), [_bek().identity])
    assert len(signature) == 64
    _read_share(encoded)


def _share_insides() -> Iterable[bytes]:
    encoded = _share_statement()
    yield (share.MAGIC + len(encoded).to_bytes(4, "big") + encoded + bytes(64)).ljust(3840, b"\0")


def _part() -> bytes:
    slices = [b"ABCD", b"EF"]
    listed = b"".join(hashlib.sha256(each).digest() for each in slices)
    return parts.write_head(parts.Head(2, 2, 4, 6, parts.set_id_of(2, 4, 6, listed))) + slices[1] + listed


def _read_part(content: bytes) -> None:
    with laid(scratch() / "part", content) as path:
        if part_files.is_part(path):
            assert len(part_files.look(path).sha256) == 32


def _card_text(content: bytes) -> None:
    check_card_text(content.decode("utf-8", "surrogateescape"))


TARGETS = (
    Target("bundle", _read, lambda: [_bundle()], (b"\n--- ", b"-> mlkem768x25519 "), quick=150),
    Target(
        "bundle: the archive inside", _archive, _archive_seeds, (b"ustar\x0000", b"data/objects/", b"\n"), quick=150
    ),
    Target(
        "bundle: one file forged and signed",
        _forged,
        _forged_seeds,
        (b"Fieldapp-Have: ", b"Fieldapp-Recipient: ", b"Fieldapp-Version: 2", b"  data/objects/", b"../", b"\0"),
        quick=60,
    ),
    Target(
        "archive header", _tar, lambda: [tar.write_header(tar.Header(f"{forge.TOP}/{forge.JOURNAL}", 700))], (b"ustar",)
    ),
    Target(
        "bag facts", _info, _info_seeds, (b"Fieldapp-Have: ", b": ", b"\n", b"Payload-Oxum: ", b"99999999999999999999")
    ),
    Target("bag manifest", _manifest, _manifest_seeds, (b"  data/journal/000001.cbor\n", b"  data/objects/", b"\n")),
    Target("journal segment", _entries, lambda: [_segment()], (b"\x83", b"\xf6", b"\x58", b"\x5b" + b"\xff" * 8)),
    Target("card", _card, lambda: [_ainura().card.file], (CARD_MAGIC, b"\x19\x07\xa0"), quick=150),
    Target("card: any shape, signed", _card_inside, lambda: [b"", bytes(range(64)), b"\1\1\5\xff" * 9], quick=60),
    Target("card text", _card_text, lambda: ["Айнура".encode(), b"laptop"], ()),
    Target("receipt statement", _read_statement, lambda: [receipt.write_statement(_statement())], (b"\x80", b"\xf6")),
    Target("receipt: any shape", _statement_of_any_shape, lambda: [b"", bytes(range(80)), b"\7\7\7\1\2\3" * 20]),
    Target("receipt file", _receipt_file, lambda: [_receipt()], quick=150),
    Target("receipt: what is sealed inside", _receipt_inside, _receipt_insides, (receipt.MAGIC,), quick=150),
    Target(
        "share statement",
        _read_share,
        lambda: [_share_statement(), _share_statement_of_several_cards()],
        (b"\x81", b"\x60", b"\xf6"),
    ),
    Target("share: any shape", _share_of_any_shape, lambda: [b"", bytes(range(80)), b"\7\7\7\1\2\3" * 20]),
    Target(
        "share file",
        _share_file,
        lambda: [share.seal_share(_share_statement(), bytes(64), _bek().card.recipient)],
        quick=150,
    ),
    Target("share: what is sealed inside", _share_inside, _share_insides, (share.MAGIC,), quick=150),
    Target("part", _read_part, lambda: [_part(), _part()[:80]], (parts.PART_MAGIC,), quick=200),
)
