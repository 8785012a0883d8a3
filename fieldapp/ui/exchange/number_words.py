"""Numbers of parts and bundles in a few words."""

from __future__ import annotations

from collections.abc import Iterable

from fieldapp.i18n import ngettext

_MOST = 8


def number_words(numbers: Iterable[int]) -> str:
    """Runs of numbers: "3, 7–9". Of very many runs only the first are named."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    told = ", ".join("–".join(str(end) for end in run) for run in runs[:_MOST])
    left = sum(run[-1] - run[0] + 1 for run in runs[_MOST:])
    if not left:
        return told
    return ngettext("%(numbers)s and %(count)d more", "%(numbers)s and %(count)d more", left) % {
        "numbers": told,
        "count": left,
    }
