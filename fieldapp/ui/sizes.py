"""How large something is, in words."""

from __future__ import annotations

from fieldapp.i18n import _, language, ngettext

_KILO = 1000


def size_words(size_bytes: int) -> str:
    """Bytes, kilobytes, megabytes or gigabytes with at most one decimal."""
    if size_bytes < _KILO:
        return ngettext("%d byte", "%d bytes", size_bytes) % size_bytes
    amount = size_bytes / _KILO
    for unit in (_("%s kB"), _("%s MB")):
        if amount < _KILO:
            return unit % _short(amount)
        amount /= _KILO
    return _("%s GB") % _short(amount)


def _short(amount: float) -> str:
    words = f"{amount:.0f}" if amount >= 10 or amount == int(amount) else f"{amount:.1f}"
    return words.replace(".", ",") if language() == "ru" else words
