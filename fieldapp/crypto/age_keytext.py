"""The text forms that all age keys share: Bech32 under a prefix that says which kind of key it is."""

from __future__ import annotations

from fieldapp.crypto import bech32
from fieldapp.errors import AgeKeyMalformedError


def key_to_text(prefix: str, key: bytes) -> str:
    """`key` as Bech32; secrets have a prefix in upper case, and so the whole text is."""
    return bech32.to_text(prefix, key)


def key_from_text(prefix: str, text: str) -> bytes:
    """The key in `text`, which must have exactly this prefix, in this case.

    Raises:
        AgeKeyMalformedError: mistyped, or another kind of key (reason "kind").
    """
    try:
        found, key = bech32.from_text(text)
    except ValueError as error:
        raise AgeKeyMalformedError(str(error)) from None
    if found != prefix:
        raise AgeKeyMalformedError("kind")
    return key
