"""One decoder for all tests of a module: starting it is the slow part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldapp.media.preview import DecoderProcess


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderProcess]:
    with DecoderProcess() as decoder:
        yield decoder
