"""What the command line says when something cannot be done: one line on standard error, or one JSON object."""

from __future__ import annotations

from dataclasses import replace

import typer

from fieldapp.cli.terminal import complain, complain_json
from fieldapp.cli.typer_words import what_is_wrong
from fieldapp.errors import (
    BadDateError,
    BadQueryError,
    BadValueError,
    CancelledError,
    CardTextError,
    UnknownFieldError,
    UnknownTypeError,
)
from fieldapp.i18n import _
from fieldapp.messages import Words, facts_of, name_of, words_for

DONE, REFUSED, USAGE, STOPPED = 0, 1, 2, 130

_WRONG_VALUES = (UnknownTypeError, UnknownFieldError, BadValueError, BadDateError, BadQueryError, CardTextError)


def as_json_object(error: BaseException) -> dict[str, object]:
    """An error for scripts."""
    words = _words(error)
    return {
        "error": name_of(error),
        "what": words.what,
        "safe": words.safe,
        "do": words.do,
        "facts": facts_of(error),
    }


def tell(error: BaseException, *, as_json: bool, about: str | None = None) -> int:
    """Say what happened and what to do, about one file of several where it is named. Gives the exit status."""
    if as_json:
        complain_json(as_json_object(error) | ({} if about is None else {"file": about}))
    else:
        words = _words(error)
        parts = ("" if about is None else f"{about}:", words.what, words.safe, words.do)
        complain(" ".join(part for part in parts if part))
    if isinstance(error, CancelledError):
        return STOPPED
    return USAGE if isinstance(error, _WRONG_VALUES) else REFUSED


def tell_usage(wrong: typer.TyperException, *, as_json: bool) -> int:
    """Say what is wrong with the command line, and where its help is. Gives the exit status."""
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context is not None else "fieldapp"
    command = path.replace("{", "").replace("}", "")  # in braces stands what a group takes: the vault
    what = what_is_wrong(wrong)
    do = _("`%(command)s --help` tells how it goes.") % {"command": command}
    if as_json:
        complain_json({"error": "Usage", "what": what, "safe": _("Nothing was changed."), "do": do, "facts": {}})
    else:
        complain(f"{what} {do}")
    return USAGE


def tell_stopped(*, as_json: bool) -> int:
    """Say that the person broke off. Gives the exit status."""
    return tell(CancelledError(), as_json=as_json)


def _words(error: BaseException) -> Words:
    words = words_for(error)
    if isinstance(error, BadValueError) and error.reason == "date" and not error.field.startswith("-"):
        field = error.field
        how = _("""Keep words that are no date with: --set '%(field)s={"told": "…"}'""") % {"field": field}
        return replace(words, do=f"{words.do} {how}")
    return words
