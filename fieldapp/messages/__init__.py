"""From an error to words: what happened, what is safe, what to do. Used by the window and by the command line.

Rule 1: `texts.py` has one entry for every class of `ExpectedError`; a test walks the tree.
Rule 2: every fact of an error stands in its words as %(fact)s. A fact that is a code is told by `codes.py`, if it has
        words there; a code without words is for a log, and is shown as it is.
Rule 3: an error that is ours says so, with a code that tells a developer where, and nothing of anybody's records.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from fieldapp import errors
from fieldapp.crypto.words import FINGERPRINT_SIZE, short_hex
from fieldapp.errors import ExpectedError
from fieldapp.i18n import _
from fieldapp.messages.codes import CODES
from fieldapp.messages.texts import TEXTS


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads. `safe` and `do` may be empty."""

    what: str
    safe: str
    do: str


def words_for(error: BaseException) -> Words:
    """The words for an error, in the language in use."""
    if not isinstance(error, ExpectedError):
        return _words_for_bug(error)
    kind = next(kind for kind in type(error).__mro__ if kind in TEXTS)
    shown = {name: _shown(value, name) for name, value in vars(error).items()}
    shown |= {name: _(words) % shown for name, words in _told_codes(error).items()}
    what, safe, do = (_(text) % shown if text else "" for text in TEXTS[kind])
    return Words(what, safe, do)


def name_of(error: BaseException) -> str:
    """The short name of an error for scripts: its class without "Error"; "Bug" for what is our own mistake."""
    return type(error).__name__.removesuffix("Error") if isinstance(error, ExpectedError) else "Bug"


def facts_of(error: BaseException) -> dict[str, object]:
    """The facts of an error for scripts: bytes as hex, several as a list; of a mistake of ours its code."""
    if not isinstance(error, ExpectedError):
        return {"code": bug_code(error)}
    return {name: _as_json(value) for name, value in vars(error).items()}


def bug_code(error: BaseException) -> str:
    """Which kind of mistake, and where in our code: no text of the error, no path of this machine."""
    place, trace = "?", error.__traceback__
    while trace is not None:
        place, trace = _place_in_our_code(trace) or place, trace.tb_next
    return f"{type(error).__name__}@{place}"


def _place_in_our_code(trace: TracebackType) -> str | None:
    file = Path(trace.tb_frame.f_code.co_filename)
    root = Path(errors.__file__).parent
    return f"{file.relative_to(root).as_posix()}:{trace.tb_lineno}" if root in file.parents else None


def _words_for_bug(error: BaseException) -> Words:
    return Words(
        _("Something went wrong inside the program, by its own mistake (code %(code)s).") % {"code": bug_code(error)},
        _("What was saved before is safe; the last step was not done."),
        _("Please start the program again, and tell its developers the code. It holds nothing of your records."),
    )


def _told_codes(error: ExpectedError) -> dict[str, str]:
    """Fact → message id, for the facts that are codes with words."""
    return {
        name: words[value]
        for name, words in CODES.get(type(error), {}).items()
        if (value := getattr(error, name)) in words
    }


def _shown(value: object, name: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(item, name) for item in value) or "—"
    if isinstance(value, bytes):
        return short_hex(value) if len(value) == FINGERPRINT_SIZE else value.hex()
    if isinstance(value, int) and name.endswith("_kib"):
        return _("%d MiB") % round(value / 1024)
    if isinstance(value, int) and name.endswith("_bytes"):
        return _("%.1f GiB") % (value / 1024**3)
    return str(value)


def _as_json(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return [_as_json(item) for item in value] if isinstance(value, tuple) else value
