"""The examples in resources/docs/formats/age.md are what the code does today."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from fieldapp.crypto import age_header, age_scrypt, armor, stream
from fieldapp.crypto.age import HybridIdentity, X25519Identity, open_with, payload_key, seal_with
from fieldapp.crypto.age_header import derive, header_bytes
from fieldapp.crypto.armor import ArmorReader

IDENTITY = X25519Identity(bytes(range(32)))
EPHEMERAL = bytes(range(32, 64))
FILE_KEY = bytes(range(64, 80))
NONCE = bytes(range(80, 96))
PLAIN = b"a word\n"


@pytest.fixture(scope="module")
def document(root: Path) -> str:
    return (root / "resources" / "docs" / "formats" / "age.md").read_text(encoding="utf-8")


def _example() -> dict[str, str]:
    stanza = IDENTITY.recipient.wrap_with(EPHEMERAL, FILE_KEY)
    out = io.BytesIO()
    with seal_with([stanza], FILE_KEY, NONCE, out) as writer:
        writer.write(PLAIN)
    header = header_bytes([stanza], FILE_KEY)
    return {
        "identity": IDENTITY.to_text(),
        "recipient": IDENTITY.recipient.to_text(),
        "ephemeral secret": EPHEMERAL.hex(),
        "file key": FILE_KEY.hex(),
        "nonce": NONCE.hex(),
        "plaintext": PLAIN.hex(),
        "stanza body": stanza.body.hex(),
        "MAC key": derive(FILE_KEY, None, b"header").hex(),
        "payload key": payload_key(FILE_KEY, NONCE).hex(),
        "header": header.decode(),
        "payload": out.getvalue()[len(header) + 16 :].hex(),
    }


@pytest.mark.parametrize("name", _example())
def test_the_worked_example_is_what_the_code_makes(document: str, name: str) -> None:
    value = _example()[name]
    shown = "\n".join(f"    {line}" for line in value.splitlines()) if name == "header" else f"    {name:<18}{value}"

    assert shown in document, shown


def test_the_post_quantum_example_opens(document: str) -> None:
    found = re.search(
        r"(?ms)^    (AGE-SECRET-KEY-PQ-1\w+)$.*?^(    -----BEGIN.*?END AGE ENCRYPTED FILE-----)$.*?^    reads: (.+?)$",
        document,
    )
    assert found is not None
    key, text, inside = found.groups()

    reader = open_with([HybridIdentity.from_text(key)], ArmorReader(io.BytesIO(text.replace("    ", "").encode())))

    assert reader.read().decode() == inside


def test_the_limits_that_are_promised_are_the_ones_that_hold(document: str) -> None:
    for number in (
        f"{age_header.STANZAS_LIMIT} stanzas",
        f"{age_header.HEADER_LIMIT_BYTES // 1024} KiB",
        f"2^{age_scrypt.LOG_N_LIMIT}",
        f"{stream.CHUNK_BYTES // 1024} KiB",
        f"{armor.WHITESPACE_LIMIT_BYTES:,} bytes",
    ):
        assert number in document, number


def test_every_error_of_an_opened_file_is_explained(document: str) -> None:
    for name in (
        "AgeHeaderError",
        "AgeNoMatchError",
        "AgeMacError",
        "ArmorError",
        "PayloadTruncatedError",
        "PayloadTrailingError",
        "PayloadTamperedError",
        "AgeKeyMalformedError",
        "AgeRecipientsError",
    ):
        assert f"`{name}`" in document, name
