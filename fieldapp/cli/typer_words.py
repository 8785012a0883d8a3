"""What typer says by itself, in the language in use: headings of the help, and what is wrong with a command line.

Typer takes a few of its words from the standard library's gettext: `lend_words` gives it our catalogue, in which
`_TYPERS` puts them. Its other words are fixed English text, and the usual ones of those are said here instead. What is
left stays English: arguments too many, and a number that is none.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import typer

from fieldapp.i18n import DOMAIN, LOCALE_FOLDER, N_, _, language

_TYPERS = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("required"),
    N_("default: {default}"),
    N_("No such command {name!r}."),
)
_STANDARD_DOMAIN = "messages"


def lend_words() -> None:
    """Let the standard library's gettext, and so typer, speak from our catalogue where that is not English."""
    gettext.bindtextdomain(DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(DOMAIN if language() != "en" else _STANDARD_DOMAIN)


class SpokenContext(typer.Context):
    """The context of a command whose help is all in the language in use."""

    def make_formatter(self) -> Any:
        """A formatter for this command's help."""
        formatter = super().make_formatter()
        formatter.write_usage = partial(formatter.write_usage, prefix=_("Usage: "))  # type: ignore[method-assign]  # typer names no place for it
        shown = self.command.get_help_option(self)
        if shown is not None:
            shown.help = _("Show this help.")
        return formatter


def speaking(command: Any) -> Any:
    """The command or group, from now on with help in the language in use, and all commands below it."""
    command.context_class = SpokenContext
    for each in getattr(command, "commands", {}).values():
        speaking(each)
    return command


def what_is_wrong(wrong: typer.TyperException) -> str:
    """A sentence about a command line that is not understood."""
    say = _SAYINGS.get(type(wrong).__name__)
    told = wrong.format_message() if say is None else say(wrong)
    return told.replace("\n", " ")


def with_near(told: str, near: Sequence[str]) -> str:
    """A sentence, and after it what might have been meant."""
    return f"{told} " + _("Near to it: %(names)s.") % {"names": ", ".join(near)} if near else told


def _missing(wrong: Any) -> str:
    return _("Missing: %(name)s.") % {"name": _name(wrong)}


def _no_such_option(wrong: Any) -> str:
    told = _("No such option: %(name)s.") % {"name": wrong.option_name}
    return with_near(told, sorted(wrong.possibilities or ()))


def _bad_value(wrong: Any) -> str:
    name = _name(wrong)
    return f"{name}: {wrong.message}" if name else str(wrong.message)


def _name(wrong: Any) -> str:
    if wrong.param_hint is None and wrong.param is None:
        return ""
    hint = wrong.param_hint if wrong.param_hint is not None else wrong.param.get_error_hint()
    return str(hint if isinstance(hint, str) else " / ".join(hint)).replace("'", "")


_SAYINGS: Mapping[str, Any] = {
    "MissingParameter": _missing,
    "NoSuchOption": _no_such_option,
    "BadParameter": _bad_value,
}
"""By the name of the class: typer keeps the classes to itself."""
