"""Ids of records say whose log made them."""

from __future__ import annotations

import hashlib
import secrets

from fieldapp.records.ids import is_made_by, new_record_id, record_id
from fieldapp.values import LogId, RecordId

OURS, THEIRS = LogId(b"o" * 16), LogId(b"t" * 16)


def test_an_id_is_of_the_log_that_made_it_and_of_no_other() -> None:
    made = {new_record_id(OURS) for _ in range(100)}

    assert len(made) == 100
    assert all(len(each) == 16 and is_made_by(each, OURS) and not is_made_by(each, THEIRS) for each in made)


def test_a_random_id_is_nobodys_and_so_is_one_of_which_a_bit_was_changed() -> None:
    made = new_record_id(OURS)

    assert not is_made_by(RecordId(secrets.token_bytes(16)), OURS)
    for place in range(128):
        changed = (int.from_bytes(made, "big") ^ 1 << place).to_bytes(16, "big")
        assert not is_made_by(RecordId(changed), OURS)
    assert not is_made_by(RecordId(b""), OURS)


def test_the_bytes_are_those_that_the_format_says() -> None:
    digest = hashlib.sha256(b"fieldapp record 1\0" + b"o" * 16 + b"12345678").digest()

    assert record_id(OURS, b"12345678") == b"12345678" + digest[:8]
    assert record_id(OURS, b"12345678").hex() == "313233343536373892a078ef713149dd"
