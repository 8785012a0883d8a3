"""Names of sealed files."""

from __future__ import annotations

import hashlib

import pytest

from fieldapp.crypto.keyed_names import object_name
from fieldapp.errors import BugError

DIGEST = hashlib.sha256(b"a photo").digest()


def test_the_same_content_has_one_name_within_a_vault_and_another_in_each_other() -> None:
    here, there = object_name(bytes(32), DIGEST), object_name(b"\1" * 32, DIGEST)

    assert here == object_name(bytearray(32), DIGEST)
    assert here != there
    assert len(here) == 64
    assert set(here) <= set("0123456789abcdef")


def test_a_name_does_not_show_the_digest_of_the_content() -> None:
    assert object_name(bytes(32), DIGEST) != DIGEST.hex()


@pytest.mark.parametrize(("key", "digest"), [(bytes(31), DIGEST), (bytes(32), DIGEST[:-1]), (b"", b"")])
def test_a_key_or_digest_of_another_size_is_our_mistake(key: bytes, digest: bytes) -> None:
    with pytest.raises(BugError):
        object_name(key, digest)
