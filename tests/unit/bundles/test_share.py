"""A share reads as it was written, for its keeper only, and nothing else is taken for one."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.bundles import receipt, share
from fieldapp.bundles.share import (
    Replaced,
    Statement,
    open_share,
    read_statement,
    seal_share,
    sign,
    verify,
    verify_voucher,
    vouch,
    write_statement,
)
from fieldapp.crypto.age import seal_to
from fieldapp.errors import (
    BugError,
    ExpectedError,
    ShareDamagedError,
    ShareError,
    ShareNewerError,
    ShareNotForYouError,
    SignatureError,
)
from fieldapp.vault.encoding import Plain, decode_map, encode
from tests.unit.bundles.peers import peer, plan, written

AINURA, BEK = peer("Ainura"), peer("Bek")
STATEMENT = Statement(
    owner=AINURA.card.fingerprint,
    holder=BEK.card.fingerprint,
    person="Ainura",
    device="laptop",
    number=2,
    time_ms=1_790_000_000_000,
    share=bytes(range(16)),
    others=("Nodira", "Фарход"),
)
SIGNATURE = bytes(64)
NODIRA, TIMUR = sorted((peer("Nodira"), peer("Timur")), key=lambda each: each.card.fingerprint)
REPLACED = tuple(
    Replaced(each.card.fingerprint, vouch(each.secrets, AINURA.card.fingerprint, BEK.card.fingerprint, 2))
    for each in (NODIRA, TIMUR)
)


def changed(**fields: Plain) -> bytes:
    return encode(decode_map(write_statement(STATEMENT)) | fields)


def sealed(inside: bytes) -> bytes:
    out = io.BytesIO()
    with seal_to([BEK.card.recipient], out) as writer:
        writer.write(inside)
    return out.getvalue()


def test_a_statement_reads_as_it_was_written() -> None:
    for statement in (STATEMENT, replace(STATEMENT, others=("Nodira",)), replace(STATEMENT, replaces=REPLACED)):
        assert read_statement(write_statement(statement)) == statement


def test_the_share_stands_in_no_text_of_the_statement() -> None:
    assert repr(STATEMENT.share)[2:-1] not in repr(STATEMENT)
    assert "person='Ainura'" in repr(STATEMENT)


def test_only_the_owner_signs_it_and_for_a_share_only() -> None:
    encoded = write_statement(STATEMENT)
    signature = sign(AINURA.secrets, encoded)

    verify(encoded, signature, AINURA.card.public.ed25519)
    with pytest.raises(SignatureError):
        verify(encoded, signature, BEK.card.public.ed25519)
    with pytest.raises(SignatureError):
        verify(changed(n=3), signature, AINURA.card.public.ed25519)
    with pytest.raises(SignatureError):
        verify(encoded, receipt.sign(AINURA.secrets, encoded), AINURA.card.public.ed25519)


def test_only_another_card_itself_says_that_its_share_is_replaced_and_by_which() -> None:
    (said,), ed25519 = REPLACED[:1], NODIRA.card.public.ed25519

    verify_voucher(STATEMENT, said, ed25519)
    for statement, key in (
        (STATEMENT, TIMUR.card.public.ed25519),
        (replace(STATEMENT, number=3), ed25519),
        (replace(STATEMENT, owner=TIMUR.card.fingerprint), ed25519),
        (replace(STATEMENT, holder=TIMUR.card.fingerprint), ed25519),
    ):
        with pytest.raises(SignatureError):
            verify_voucher(statement, said, key)


BAD: list[dict[str, Any]] = [
    {"v": 0},
    {"v": "1"},
    {"owner": b"f"},
    {"owner": BEK.card.fingerprint},
    {"to": b"t" * 31},
    {"n": 0},
    {"n": True},
    {"n": 2**60},
    {"time": 2**60},
    {"time": None},
    {"share": bytes(15)},
    {"share": bytes(32)},
    {"share": "0" * 16},
    {"person": ""},
    {"person": "x" * 101},
    {"person": "two\nlines"},
    {"person": "\u202eleft"},
    {"person": b"Ainura"},
    {"device": ""},
    {"device": None},
    {"others": []},
    {"others": ["Nodira", "Farhod", "Timur"]},
    {"others": [""]},
    {"others": [1]},
    {"others": "Nodira"},
    {"more": 1},
    {"replaces": None},
    {"replaces": []},
    {"replaces": [[bytes([each]) * 32, SIGNATURE] for each in range(17)]},
    {"replaces": [[AINURA.card.fingerprint, SIGNATURE]]},
    {"replaces": [[bytes(32)]]},
    {"replaces": [bytes(32)]},
    {"replaces": [[bytes(31), SIGNATURE]]},
    {"replaces": [[bytes(32), bytes(63)]]},
    {"replaces": [[bytes(32), SIGNATURE], [bytes(32), SIGNATURE]]},
    {"replaces": [[b"\1" * 32, SIGNATURE], [bytes(32), SIGNATURE]]},
]


@pytest.mark.parametrize("fields", BAD, ids=repr)
def test_what_no_writer_states_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ShareDamagedError):
        read_statement(changed(**fields))


def test_every_fact_must_be_there() -> None:
    for name in decode_map(write_statement(STATEMENT)):
        fields = decode_map(write_statement(STATEMENT))
        del fields[name]
        with pytest.raises(ShareDamagedError):
            read_statement(encode(fields))


def test_a_later_version_is_called_newer_and_a_giant_is_not_read() -> None:
    with pytest.raises(ShareNewerError):
        read_statement(changed(v=2, more="later"))
    with pytest.raises(ShareDamagedError):
        read_statement(bytes(share.MAX_STATEMENT_BYTES + 1))


def test_what_the_reader_refuses_cannot_be_written() -> None:
    with pytest.raises(BugError):
        write_statement(replace(STATEMENT, number=0))
    with pytest.raises(BugError):
        seal_share(bytes(share.MAX_STATEMENT_BYTES + 1), SIGNATURE, BEK.card.recipient)
    with pytest.raises(BugError):
        seal_share(b"", b"", BEK.card.recipient)


def test_the_longest_names_fit_and_every_file_is_of_one_size() -> None:
    long = "\U00010380" * 100
    replaced = tuple(Replaced(bytes([each]) * 32, SIGNATURE) for each in range(share.MOST_REPLACED))
    longest = replace(
        STATEMENT, person=long, device=long, others=(long, long), number=2**53, time_ms=2**48, replaces=replaced
    )
    shortest = replace(STATEMENT, person="A", device="B", others=("C",), number=1, time_ms=0)

    files = [seal_share(write_statement(each), SIGNATURE, BEK.card.recipient) for each in (longest, shortest)]

    assert len({len(file) for file in files}) == 1
    assert len(files[0]) < share.MAX_FILE_BYTES
    assert [open_share(io.BytesIO(file), [BEK.identity])[0] for file in files] == [
        write_statement(longest),
        write_statement(shortest),
    ]


def test_a_share_in_a_file_opens_for_its_keeper_only() -> None:
    encoded = write_statement(STATEMENT)
    signature = sign(AINURA.secrets, encoded)
    file = seal_share(encoded, signature, BEK.card.recipient)

    assert open_share(io.BytesIO(file), [BEK.identity]) == (encoded, signature)
    assert open_share(io.BytesIO(file), [AINURA.identity, BEK.identity]) == (encoded, signature)
    with pytest.raises(ShareNotForYouError):
        open_share(io.BytesIO(file), [AINURA.identity])


SIZE = 3840


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        share.MAGIC,
        share.MAGIC + (5).to_bytes(4, "big") + bytes(5 + 64),
        (share.MAGIC + b"\xff\xff\xff\xff").ljust(SIZE, b"\0"),
        (share.MAGIC + (share.MAX_STATEMENT_BYTES + 1).to_bytes(4, "big")).ljust(SIZE, b"\0"),
        (share.MAGIC + (5).to_bytes(4, "big")).ljust(SIZE + 1, b"\0"),
        (share.MAGIC + (5).to_bytes(4, "big")).ljust(SIZE - 1, b"\0"),
        (share.MAGIC + (5).to_bytes(4, "big")).ljust(SIZE - 1, b"\0") + b"x",
        (receipt.MAGIC + (5).to_bytes(4, "big")).ljust(SIZE, b"\0"),
        share.MAGIC + bytes(10_000_000),
    ],
    ids=range(10),
)
def test_other_things_sealed_for_us_are_no_shares(inside: bytes) -> None:
    with pytest.raises(ShareDamagedError):
        open_share(io.BytesIO(sealed(inside)), [BEK.identity])


def test_a_bundle_is_no_share_and_a_cut_or_changed_share_is_refused() -> None:
    with pytest.raises(ShareDamagedError):
        open_share(io.BytesIO(written(AINURA, plan(AINURA, [BEK]))), [BEK.identity])
    file = seal_share(write_statement(STATEMENT), SIGNATURE, BEK.card.recipient)

    for place in range(0, len(file), 37):
        broken = bytearray(file)
        broken[place] ^= 1
        for damaged in (file[:place], bytes(broken)):
            with pytest.raises(ShareError):
                open_share(io.BytesIO(damaged), [BEK.identity])
    with pytest.raises(ShareError):
        open_share(io.BytesIO(file + b"\0"), [BEK.identity])


@given(st.binary(max_size=2000))
def test_any_bytes_are_refused_with_our_own_error(content: bytes) -> None:
    with pytest.raises(ShareError):
        read_statement(content)
    for file in (content, sealed(content), sealed((share.MAGIC + content).ljust(SIZE, b"\0")[:SIZE])):
        with pytest.raises(ExpectedError):
            read_statement(open_share(io.BytesIO(file), [BEK.identity])[0])


def test_the_share_of_the_document_is_made_again(root: Path) -> None:
    text = "".join((root / "resources/docs/formats/share.md").read_text(encoding="utf-8").split())
    encoded = write_statement(STATEMENT)

    assert encoded.hex() in text
    assert sign(AINURA.secrets, encoded).hex() in text
    assert REPLACED[0].owner.hex() in text
    assert REPLACED[0].voucher.hex() in text
