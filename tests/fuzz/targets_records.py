"""Ways in through the journal and the records: what others wrote, and what a person types."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cache

from fieldapp.bundles import receipt
from fieldapp.bundles.receipt import HeldLog
from fieldapp.errors import RecordNotFoundError
from fieldapp.records import dates, fold, projection, search, snippets
from fieldapp.records.decisions import KINDS, read_decision
from fieldapp.records.ids import new_record_id
from fieldapp.records.model import (
    TYPES,
    date_of,
    field_of,
    parse_value,
    searchable_text,
    show_value,
    split_key,
    title_of,
)
from fieldapp.records.payload import read_claims, read_custody
from fieldapp.records.search import Filters
from fieldapp.services import alarms, desk, handover, history, receipts, statements, tasks, trust, views, withdrawals
from fieldapp.services.trust import Role
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault import entry as entries
from fieldapp.vault.encoding import Plain, decode, encode
from fieldapp.vault.entry import Body, Header
from fieldapp.vault.receiving import Receiver
from fieldapp.vault.stored import SealedEntry
from tests.fuzz.choices import Choices
from tests.fuzz.places import scratch
from tests.fuzz.target import Target
from tests.unit.bundles.peers import entry_of, opening_of, seeds_of
from tests.unit.services.people import Someone, someone

_BODY_KINDS = ("edit", "attach", "resolve", "hide", "custody", "open", "new", *sorted(KINDS))
_WORDS = (
    "record", "type", "part", "claims", "field", "value", "replaces", "source", "reliability", "note", "preferred",
    "restates", "undoes", "event", "purpose", "sha256", "state", "log", "seq", "head", "fingerprint", "withdrawal",
    "lifts", "reason", "person", "after", "card", "name", "trusted", "role", "despite", "by", "how", "date", "entries",
    "documents", "statement", "signature", "edtf", "told", "hidden", "from", "to", "withdrawn", "lifted", "accepted",
    "refused",
)  # fmt: skip
_TYPE_NAMES = tuple(TYPES)
_FIELDS = tuple((name, field.name) for name, kind in TYPES.items() for field in kind.fields)


def _plain(content: bytes) -> None:
    value = decode(content)
    assert encode(value) == content


def _plain_seeds() -> Iterable[bytes]:
    yield encode({"a": [1, -1, None, True, "word", b"bytes"], "b": {"c": 2**62}})
    yield encode([[[[]]], {}, "", b"", 2**63 - 1, -(2**63)])


def _entry(content: bytes) -> None:
    header, signature = content[:-64], content[-64:]
    read = entries.read_entry(header, signature)
    assert entries.write_header(read.header) == read.header_bytes


def _entry_seeds() -> Iterable[bytes]:
    opening = opening_of(seeds_of("Bek"))
    yield opening.header_bytes + opening.signature
    second = Header(LogId(bytes([7]) * 16), 1, EntryId(bytes([1]) * 32), 2, 1_790_000_000_000, 300, bytes(32), 256)
    yield entries.write_header(second) + bytes(64)


def _body(content: bytes) -> None:
    read = entries.parse_body(content)
    read_claims(read)
    read_decision(read)
    read_custody(read)


def _body_seeds() -> Iterable[bytes]:
    for number in range(4):
        yield entries.write_body(body_of(Choices(bytes(range(number, 250 + number)))), bytes(16))


def body_of(choices: Choices, log: LogId | None = None) -> Body:
    """A body of any kind, hardly ever a sensible one, of about the size of real ones."""
    kind = choices.of(_BODY_KINDS)
    record = new_record_id(log) if log is not None and choices.byte() % 2 else choices.bytes(16)
    type_name, field = choices.of(_FIELDS)
    payload: dict[str, Plain] = {"record": record, "type": type_name, "part": "ordinary"}
    if kind in _BODY_KINDS[:4]:
        claims: list[Plain] = []
        for _ in range(1 + choices.byte() % 4):
            claims.append(_claim(choices, field))
            type_name, field = choices.of(_FIELDS)
        payload["claims"] = claims
    while choices.has_more and choices.byte() % 4:
        payload[choices.of(_WORDS)] = choices.value(_WORDS)
    return Body(kind, bytes(16), payload)


def _claim(choices: Choices, field: str) -> Plain:
    item = choices.byte()
    claim: dict[str, Plain] = {"field": field if item < 128 else f"{field}#{item:08x}", "value": choices.value(_WORDS)}
    while choices.byte() % 4 == 3:
        claim[choices.of(_WORDS)] = choices.value(_WORDS, 2)
    return claim


def _claims(content: bytes) -> None:
    """Values of any shape in fields that expect others, as lists, search and the screen take them."""
    choices = Choices(content)
    values: dict[str, Plain] = {}
    type_name = choices.of((*_TYPE_NAMES, "new"))
    while choices.has_more:
        kind, field = choices.of(_FIELDS)
        type_name = kind if choices.byte() % 2 else type_name
        values[field if choices.byte() % 2 else f"{field}#{choices.byte():08x}"] = choices.value(_WORDS)
    for key, value in values.items():
        assert isinstance(show_value(field_of(type_name, key), value), str)
        assert split_key(key)[0]
    assert isinstance(title_of(type_name, values), str)
    assert all(isinstance(text, str) for _name, text in searchable_text(type_name, values))
    found = date_of(type_name, values)
    assert found is None or found[0] <= found[1]


def _decisions(content: bytes) -> None:
    body = body_of(Choices(content))
    read_claims(body)
    read_custody(body)
    decision = read_decision(body)
    if decision is not None:
        assert read_decision(Body(decision.KIND, bytes(16), decision.payload())) == decision


def _value(content: bytes) -> None:
    """What a person or a script gives for a field, as text or as any JSON; what is taken is shown and taken again."""
    choices = Choices(content)
    type_name, field = choices.of(_FIELDS)
    given: object = choices.text() if choices.byte() % 2 else choices.value(_WORDS)
    if choices.byte() % 2:
        given = content.decode("utf-8", "surrogateescape")
    plain = parse_value(type_name, field, given)
    assert decode(encode(plain)) == plain
    show_value(field_of(type_name, field), plain)


def _date(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    understood = dates.understand(text)
    read = dates.parse(text) if understood is None else understood
    assert read.earliest <= read.latest
    assert dates.parse(read.edtf) == read
    for language in ("en", "ru"):
        assert dates.describe(read, language)


def _fold(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    folded = fold.fold(text)
    assert folded.text == fold.fold_plain(text)
    assert len(folded.offsets) >= len(folded.text)
    search.phone_endings(folded.text)
    words = text.split()[:3]
    for word in words:
        snippet = snippets.snippet(text, [fold.fold_plain(word)], 40)
        assert len(snippet.text) <= 42
        assert all(0 <= start < end <= len(snippet.text) for start, end in snippet.marks)


@cache
def _desk() -> tuple[Someone, Someone]:
    """Somebody with a few records, and a coordinator whom they trust and of whom nothing came yet."""
    folder = scratch() / "people"
    folder.mkdir()
    ainura, bek = someone(folder, "Ainura"), someone(folder, "Bek")
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura)
    person = ainura.new("person", name="Бекназар уулу Айбек", phone="+996 555 123 456")
    ainura.new("testimony", narrative="The recruiter drove a white bus to the camp", date="2026-03-05")
    ainura.edit(person, name="Aibek")
    bek.new("person", name="Дастан")
    ainura.takes(bek.bundle(ainura))
    return ainura, bek


def _search(content: bytes) -> None:
    """A query against a real index."""
    ainura, _bek = _desk()
    text = content.decode("utf-8", "surrogateescape")
    query = search.parse(text)
    found = search.find(ainura.archive.connection, query, Filters(), 10)
    for record in found.records:
        views.view(ainura.archive, record)


class _UndoError(Exception):
    """Takes back what came in."""


def _taken_in(content: bytes) -> None:
    """Whole entries of any shape by a trusted coordinator, signed and in their place: taken in and looked at."""
    ainura, bek = _desk()
    connection = ainura.archive.connection
    try:
        with connection.transaction():
            _take(ainura, bek, Choices(content))
    except _UndoError:
        pass


def _take(ainura: Someone, bek: Someone, choices: Choices) -> None:
    """Take in and look; what it raises undoes everything."""
    connection = ainura.archive.connection
    arrival = int(connection.value("SELECT max(id) FROM arrival"))
    stored = list(Receiver(connection, arrival).receive_all(_entries_of(ainura, bek, choices)))
    touched = projection.apply_all(connection, stored)
    receipts.take_entries(ainura.archive, stored)
    _look(ainura, projection.refresh(connection, touched))
    raise _UndoError


def _entries_of(ainura: Someone, bek: Someone, choices: Choices) -> Iterable[SealedEntry]:
    """One to three entries that go on from Bek's newest one."""
    log = bek.archive.own_log
    known = [row.id for row in views.rows(ainura.archive)]
    ((seq, head),) = ainura.archive.connection.execute("SELECT head_seq, head FROM log WHERE log = ?", (log,))
    for number in range(1 + choices.byte() % 3):
        body = body_of(choices, log)
        if choices.byte() % 2:
            body.payload["record"] = choices.of(known)
        if body.kind == "receipt":
            body.payload.update(_receipt_of_any_shape(ainura, bek, choices))
        body_bytes = entries.write_body(body, number.to_bytes(16, "big"))
        header = Header(
            log,
            seq + 1 + number,
            EntryId(head),
            choices.of((10_000, 1, 2**20)) + number,
            choices.of((1_790_000_000_000, 0, -(2**40), 2**47)),
            choices.of((0, 300, -720)),
            hashlib.sha256(body_bytes).digest(),
            len(body_bytes),
        )
        sealed = replace(entry_of(bek.vault.identity, header), body_bytes=body_bytes)
        head = entries.Entry(header, sealed.header_bytes, sealed.signature).id
        yield sealed


def _receipt_of_any_shape(ainura: Someone, bek: Someone, choices: Choices) -> dict[str, Plain]:
    """A receipt that Bek signed for Ainura, in which some facts are of any shape."""
    held = statements.make(bek.archive, trust.find_peer(bek.archive, "Ainura")).statement
    known = tuple(
        HeldLog(log, choices.of((0, 1, 2, 2**40)), EntryId(choices.bytes(32))) for log in ainura.vault.own_logs[:1]
    )
    fields = decode(receipt.write_statement(replace(held, have=known, number=1 + choices.byte())))
    assert isinstance(fields, dict)
    while choices.has_more and choices.byte() % 3:
        fields[choices.of(tuple(fields))] = choices.value(_WORDS)
    encoded = encode(fields)
    return {"statement": encoded, "signature": receipt.sign(bek.vault.identity, encoded)}


def _look(ainura: Someone, touched: Collection[RecordId]) -> None:
    """What the window and the command line would show of it."""
    archive = ainura.archive
    views.rows(archive, hidden=True)
    for record in touched:
        with suppress(RecordNotFoundError):
            views.view(archive, record)
            history.history(archive, record)
    alarms.alarms(archive)
    desk.desk(archive)
    tasks.tasks(archive)
    withdrawals.pending(archive)
    receipts.covered(archive, list(touched))
    peer = trust.find_peer(archive, "Bek")
    handover.select(archive, None, to=[peer])


def _query_seeds() -> Iterable[bytes]:
    _desk()
    return [b"bus", '"white bus" айбек'.encode(), b"996555", b"recr* NEAR(a b) OR NOT"]


def _entry_choices() -> Iterable[bytes]:
    _desk()
    return _decision_seeds()


def _decision_seeds() -> Iterable[bytes]:
    for number in range(len(_BODY_KINDS)):
        yield bytes([number]) + bytes(range(1, 120))


TARGETS = (
    Target("plain values", _plain, _plain_seeds, (b"\xa1", b"\x80", b"\x5b\0\0\0\0", b"\x7f", b"\xc0", b"\xf9\x7e\0")),
    Target("journal entry", _entry, _entry_seeds, (b"\x63seq", b"\x64prev", b"\x1b")),
    Target("journal body", _body, _body_seeds, (b"\x66record", b"\x66claims", b"\x65field")),
    Target("claims of any shape", _claims, lambda: [bytes(range(200)), b"\5\1\0\7" * 40]),
    Target("decisions of any shape", _decisions, _decision_seeds),
    Target("values given", _value, lambda: [b"2026-03-05", b"true", bytes(range(40)), b"+996 555"], quick=600),
    Target(
        "dates",
        _date,
        lambda: [b"2026-03-05", b"5.3.2026", "около марта 2026".encode(), b"2026-03/..", b"winter 2025", b"202X?"],
        (b"/", b"..", b"XX", b"?", b"~", b"T14:30", b"+05:00", b"-24", "в начале ".encode(), b"between 3 and ", b"May"),
        quick=600,
    ),
    Target(
        "folding and snippets",
        _fold,
        lambda: ["Бекназар уулу Айбек, +996 (555) 123-456".encode(), "İstanbul ﬀ ß ٣٤".encode(), b"plain"],
        (b"+996", b" ", "\u0308".encode(), "ё".encode()),
    ),
    Target(
        "search",
        _search,
        _query_seeds,
        (b'"', b"*", b"NEAR(", b" OR ", b":", b"^", b"-", "«".encode(), b"{", b"title:"),
        quick=150,
    ),
    Target("entries taken in", _taken_in, _entry_choices, quick=30),
)
