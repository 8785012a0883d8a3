"""Whose bundles are cut, changed and forged, and one that is good."""

from __future__ import annotations

import pytest

from fieldapp.errors import BundleDamagedError
from tests.unit.bundles.forge import JOURNAL, TAGS, Forgery, objects_of
from tests.unit.bundles.peers import content, peer, plan, received, written

AINURA, BEK, CHINARA = peer("Ainura"), peer("Bek"), peer("Chinara")
SEGMENT = b"segment"
OBJECTS = objects_of(b"one", b"two", content(70_000))
FIRST_PAYLOAD = len(TAGS)


def forgery() -> Forgery:
    return Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT), *OBJECTS])


def whole() -> bytes:
    return written(AINURA, plan(AINURA, [BEK], objects=[each for _, each in OBJECTS]))


def where_of(bundle: bytes) -> str:
    with pytest.raises(BundleDamagedError) as refused:
        received(BEK, bundle)
    return refused.value.where
