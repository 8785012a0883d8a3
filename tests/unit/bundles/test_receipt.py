"""A receipt reads as it was written, says no more than it may, and nothing else is taken for one."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.bundles import receipt
from fieldapp.bundles.receipt import (
    HeldLog,
    Statement,
    begins_as_receipt,
    bounded,
    coalesced,
    open_receipt,
    ranges_of,
    read_statement,
    seal_receipt,
    sign,
    verify,
    write_statement,
)
from fieldapp.crypto.age import seal_to
from fieldapp.crypto.padding import padded_body_size
from fieldapp.errors import (
    BugError,
    ExpectedError,
    ReceiptDamagedError,
    ReceiptError,
    ReceiptNewerError,
    ReceiptNotForYouError,
    SignatureError,
)
from fieldapp.values import EntryId, LogId
from fieldapp.vault.encoding import Plain, decode_map, encode
from tests.unit.bundles.peers import peer, plan, written

AINURA, BEK = peer("Ainura"), peer("Bek")
HELD = HeldLog(
    LogId(b"l" * 16),
    9,
    EntryId(b"h" * 32),
    ((2, 3), (5, 5)),
    ((7, 9),),
    ((8, EntryId(b"p" * 32)), (0, EntryId(b"o" * 32))),
)
STATEMENT = Statement(
    AINURA.card.fingerprint,
    BEK.card.fingerprint,
    3,
    1_790_000_000_000,
    (HELD,),
    (b"m" * 32,),
    ((1, 16), (18, 20)),
    keeps=True,
    earlier=(LogId(b"e" * 16),),
)


def changed(**fields: Plain) -> bytes:
    return encode(decode_map(write_statement(STATEMENT)) | fields)


def held(**fields: Any) -> Plain:
    item: Plain = decode_map(write_statement(replace(STATEMENT, have=(replace(HELD, **fields),))))["have"]
    return item


def test_a_statement_reads_as_it_was_written() -> None:
    for statement in (STATEMENT, replace(STATEMENT, have=(), missing=None, bundles=(), keeps=False, earlier=())):
        assert read_statement(write_statement(statement)) == statement


def test_only_who_made_it_signs_it() -> None:
    encoded = write_statement(STATEMENT)
    signature = sign(AINURA.secrets, encoded)

    verify(encoded, signature, AINURA.card.public.ed25519)
    for wrong, key in (
        (encoded, BEK.card.public.ed25519),
        (changed(n=4), AINURA.card.public.ed25519),
        (b"fieldapp entry 1\0" + encoded, AINURA.card.public.ed25519),
    ):
        with pytest.raises(SignatureError):
            verify(wrong, signature, key)


BAD: list[dict[str, Any]] = [
    {"v": 0},
    {"v": "1"},
    {"from": b"f"},
    {"to": b"t" * 31},
    {"n": 0},
    {"n": -1},
    {"n": 2**60},
    {"n": True},
    {"time": 2**60},
    {"time": None},
    {"have": None},
    {"have": [[b"l" * 16, 1, b"h" * 32, [], []]]},
    {"have": [[b"l", 1, b"h" * 32, [], [], []]]},
    {"have": [[b"l" * 16, -1, b"h" * 32, [], [], []]]},
    {"have": [[b"l" * 16, 2**50, b"h" * 32, [], [], []]]},
    {"have": [[b"l" * 16, 1, b"", [], [], []]]},
    {"have": [[b"l" * 16, 1, b"h" * 32, [], [], []], [b"l" * 16, 1, b"h" * 32, [], [], []]]},
    {"have": [[b"l" * 16, 1, b"h" * 32, [], [], []], [b"k" * 16, 1, b"h" * 32, [], [], []]]},
    *(
        {"have": [[b"l" * 16, 9, b"h" * 32, ranges, [], []]]}
        for ranges in (
            [[1]],
            [[3, 2]],
            [[0, 10]],
            [[-1, 2]],
            [[1, 2], [3, 4]],
            [[1, 2], [2, 4]],
            [[5, 6], [1, 2]],
            [1, 2],
        )
    ),
    {"have": [[b"l" * 16, 9, b"h" * 32, [], [[0, 2**40]], []]]},
    *(
        {"have": [[b"l" * 16, 9, b"h" * 32, [], [], points]]}
        for points in ([[9, b"p" * 32]], [[1, b"p" * 32], [2, b"p" * 32]], [[1, b"p"]], [[-1, b"p" * 32]], [[1]])
    ),
    {"missing": [b"m"]},
    {"missing": [b"m" * 32, b"m" * 32]},
    {"missing": [b"n" * 32, b"m" * 32]},
    {"missing": False},
    {"bundles": [[0, 1]]},
    {"bundles": [[1, 2**60]]},
    {"bundles": None},
    {"keeps": 1},
    {"keeps": None},
    {"earlier": None},
    {"earlier": [b"e"]},
    {"earlier": [b"e" * 16, b"e" * 16]},
    {"earlier": [b"f" * 16, b"e" * 16]},
    {"more": 1},
]


@pytest.mark.parametrize("fields", BAD, ids=repr)
def test_what_no_writer_states_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ReceiptDamagedError):
        read_statement(changed(**fields))


def test_every_fact_must_be_there() -> None:
    for name in decode_map(write_statement(STATEMENT)):
        fields = decode_map(write_statement(STATEMENT))
        del fields[name]
        with pytest.raises(ReceiptDamagedError):
            read_statement(encode(fields))


def test_a_later_version_is_called_newer_and_a_giant_is_not_read() -> None:
    with pytest.raises(ReceiptNewerError):
        read_statement(changed(v=2, more="later"))
    with pytest.raises(ReceiptDamagedError):
        read_statement(bytes(receipt.MAX_STATEMENT_BYTES + 1))


def test_what_the_reader_refuses_cannot_be_written() -> None:
    with pytest.raises(BugError):
        write_statement(replace(STATEMENT, number=0))


@given(st.sets(st.integers(0, 300)), st.integers(0, 40))
def test_fewer_ranges_hold_all_that_they_stand_for(numbers: set[int], most: int) -> None:
    ranges = ranges_of(sorted(numbers))
    fewer = coalesced(ranges, most)

    inside = {number for first, last in fewer for number in range(first, last + 1)}
    assert {number for first, last in ranges for number in range(first, last + 1)} == numbers
    assert numbers <= inside
    assert len(fewer) <= max(1, most)
    assert len(ranges) > max(1, most) or inside == numbers
    assert ranges_of(sorted(inside)) == fewer


def test_the_largest_that_a_writer_makes_is_read_and_says_less_never_more() -> None:
    many = tuple((4 * number, 4 * number + 1) for number in range(2**37, 2**37 + 40_000))
    points = tuple((number, EntryId(bytes(32))) for number in range(2**40 - 1, 2**40 - 40, -1))
    logs = tuple(
        HeldLog(LogId(number.to_bytes(16, "big")), 2**40, EntryId(bytes(32)), many, many, points) for number in range(3)
    )
    more = tuple(
        replace(logs[0], log=LogId(number.to_bytes(16, "big")), withheld=(), gone=()) for number in range(9, 9000)
    )
    hashes = tuple(number.to_bytes(32, "big") for number in range(receipt.MOST_MISSING))
    earlier = tuple(LogId(number.to_bytes(16, "big")) for number in range(900, 0, -1))
    statement = replace(STATEMENT, have=logs + more, missing=hashes, bundles=many, earlier=earlier)

    told = bounded(statement)

    assert read_statement(write_statement(told)) == told
    assert len(told.have) == receipt.MOST_LOGS
    assert told.earlier == earlier[: receipt.MOST_EARLIER][::-1]
    assert bounded(replace(statement, missing=(*hashes, b"\xff" * 32))).missing is None
    whole = bounded(replace(statement, have=logs[:1]))
    assert len(whole.have[0].withheld) <= receipt.MOST_RANGES
    assert (whole.have[0].withheld[0][0], whole.have[0].withheld[-1][1]) == (many[0][0], many[-1][1])


def test_a_receipt_in_a_file_opens_for_its_recipient_only() -> None:
    encoded = write_statement(STATEMENT)
    signature = sign(AINURA.secrets, encoded)
    file = seal_receipt(encoded, signature, BEK.card.recipient)

    assert open_receipt(io.BytesIO(file), [BEK.identity]) == (encoded, signature)
    assert begins_as_receipt(io.BytesIO(file), [AINURA.identity, BEK.identity])
    assert not begins_as_receipt(io.BytesIO(file), [AINURA.identity])
    with pytest.raises(ReceiptNotForYouError):
        open_receipt(io.BytesIO(file), [AINURA.identity])


def test_a_file_of_a_receipt_tells_little_by_its_size() -> None:
    sizes = {len(seal_receipt(bytes(length), bytes(64), BEK.card.recipient)) for length in range(300, 400)}

    assert len(sizes) == 1


def sealed(inside: bytes) -> bytes:
    out = io.BytesIO()
    with seal_to([BEK.card.recipient], out) as writer:
        writer.write(inside)
    return out.getvalue()


def padded(inside: bytes) -> bytes:
    return inside.ljust(padded_body_size(len(inside)), b"\0")


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        receipt.MAGIC,
        receipt.MAGIC + b"\0\0\0",
        receipt.MAGIC + b"\xff\xff\xff\xff" + bytes(1000),
        receipt.MAGIC + (5).to_bytes(4, "big") + bytes(5 + 64),
        padded(receipt.MAGIC + (5).to_bytes(4, "big") + bytes(5 + 64)) + b"\0",
        padded(receipt.MAGIC + (5).to_bytes(4, "big") + bytes(5 + 64))[:-1] + b"x",
        padded(b"fieldapp card\r\n" + (5).to_bytes(4, "big") + bytes(5 + 64)),
    ],
)
def test_other_things_sealed_for_us_are_no_receipts(inside: bytes) -> None:
    with pytest.raises(ReceiptDamagedError):
        open_receipt(io.BytesIO(sealed(inside)), [BEK.identity])


def test_a_bundle_is_no_receipt_and_a_cut_or_changed_receipt_is_refused() -> None:
    file = seal_receipt(write_statement(STATEMENT), bytes(64), BEK.card.recipient)
    assert not begins_as_receipt(io.BytesIO(written(AINURA, plan(AINURA, [BEK]))), [BEK.identity])

    for place in range(0, len(file), 37):
        broken = bytearray(file)
        broken[place] ^= 1
        for damaged in (file[:place], bytes(broken)):
            with pytest.raises(ReceiptError):
                open_receipt(io.BytesIO(damaged), [BEK.identity])


@given(st.binary(max_size=2000))
def test_any_bytes_are_refused_with_our_own_error(content: bytes) -> None:
    with pytest.raises(ReceiptError):
        read_statement(content)
    for file in (content, sealed(content), sealed(receipt.MAGIC + content)):
        with pytest.raises(ExpectedError):
            open_receipt(io.BytesIO(file), [BEK.identity])


def test_the_statement_of_the_document_is_made_again(root: Path) -> None:
    text = "".join((root / "resources/docs/formats/receipt.md").read_text(encoding="utf-8").split())
    encoded = write_statement(STATEMENT)

    assert encoded.hex() in text
    assert sign(AINURA.secrets, encoded).hex() in text
