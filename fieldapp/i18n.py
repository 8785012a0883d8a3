"""The words a person reads, in their language: GNU gettext catalogues in `resources/locale`.

The English text in the code is the message id. The language is chosen once, at start, from an explicit choice or from
`LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG`; a window may choose again, and rebuilds itself after it.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

DOMAIN = "fieldapp"
LANGUAGES = ("en", "ru")

LOCALE_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "locale"


class _Chosen:
    """The one catalogue in use; replaced whole by `use_language`."""

    language = "en"
    catalogue: gettext.NullTranslations = gettext.NullTranslations()


def language_of_environment(environment: dict[str, str] | None = None) -> str:
    """The first of our languages that the environment asks for, else English."""
    asked = os.environ if environment is None else environment
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for part in asked.get(name, "").split(":"):
            if part[:2] in LANGUAGES:
                return part[:2]
    return "en"


def use_language(language: str) -> None:
    """From now on `_` and `ngettext` speak `language` (one of `LANGUAGES`; anything else gives English)."""
    _Chosen.language = language if language in LANGUAGES else "en"
    _Chosen.catalogue = gettext.translation(DOMAIN, LOCALE_FOLDER, languages=[_Chosen.language], fallback=True)


def language() -> str:
    """The language in use, as its two-letter code."""
    return _Chosen.language


def _(message: str) -> str:
    """`message` in the language in use."""
    return _Chosen.catalogue.gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of the message that goes with `count`."""
    return _Chosen.catalogue.ngettext(singular, plural, count)


def pgettext(context: str, message: str) -> str:
    """`message` in the language in use, where one English word has several translations told apart by `context`."""
    return _Chosen.catalogue.pgettext(context, message)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark here, translate where it is shown"
    """Mark `message` for translation and give it back as it is; whoever shows it calls `_` on it."""
    return message
