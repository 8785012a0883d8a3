"""Speaking to a person at a terminal, or to a script behind a pipe.

Rule 1: everything said goes through `visible`, so that no record, file name or argument can move the cursor, colour
        the screen, turn the direction of writing or fake a line. JSON goes through `visible_json` to the same end.
Rule 2: what was asked for goes to standard output; warnings, questions, progress and errors go to standard error.
Rule 3: without a terminal on both standard input and standard error nothing is asked.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import unicodedata
from getpass import getpass
from typing import TextIO

from fieldapp.cli.interrupts import waiting

_HARMLESS_FORMATS = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Joiners that Hindi, Bengali, Nepali and Persian words need, and signs of Arabic and Syriac that can be seen."""

_DANGEROUS_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PLAIN = re.compile(r"[ -~]*")


def visible(text: str) -> str:
    """`text` on one line; characters that are commands and not signs are written as their escapes."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_escaped(character) if _is_dangerous(character) else character for character in text)


def visible_lines(text: str) -> list[str]:
    """The lines of `text`, each made visible; a tab becomes four spaces."""
    return [visible(line.replace("\t", "    ")) for line in text.split("\n")]


def visible_json(value: object) -> str:
    """`value` as JSON on one line; characters that a terminal might obey are written as JSON escapes."""
    import msgspec  # noqa: PLC0415 - start-up time: a third of what the help takes, which prints no JSON

    text = msgspec.json.encode(_without_halves(value)).decode()
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_json_escaped(character) if _is_dangerous(character) else character for character in text)


def say(line: str = "") -> None:
    """One line of what was asked for."""
    _write(sys.stdout, visible(line) + "\n")


def say_json(value: object) -> None:
    """The JSON of what was asked for."""
    _write(sys.stdout, visible_json(value) + "\n")


def complain(line: str) -> None:
    """One line that is not the result: a warning, an error, a question's introduction."""
    with contextlib.suppress(BrokenPipeError, ValueError):  # nobody is left to read it
        _write(sys.stderr, visible(line) + "\n")


def complain_json(value: object) -> None:
    """An error for a script."""
    with contextlib.suppress(BrokenPipeError, ValueError):
        _write(sys.stderr, visible_json(value) + "\n")


def is_asking_possible() -> bool:
    """Whether a person sits there: standard input and standard error are a terminal."""
    return sys.stdin is not None and sys.stderr is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """A line typed at the terminal. Raises EOFError, KeyboardInterrupt: the person gave up."""
    with waiting():
        _write(sys.stderr, f"{visible(question)} ")
        line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def ask_secret(question: str) -> str:
    """A line typed at the terminal and not shown. Raises EOFError, KeyboardInterrupt: the person gave up."""
    with waiting():
        return getpass(f"{question} ")


def prepare_streams() -> None:
    """UTF-8 whatever the system says, and never a failure because a terminal lacks a letter."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def let_go_of_streams() -> None:
    """After a reader went away: let nothing be written at exit that would fail again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()


def _is_dangerous(character: str) -> bool:
    return unicodedata.category(character) in _DANGEROUS_CATEGORIES and character not in _HARMLESS_FORMATS


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _without_halves(value: object) -> object:
    """`value` with a question mark for each half of a character, which a name on the disk may have and JSON may not."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_halves(key): _without_halves(item) for key, item in value.items()}
    return [_without_halves(item) for item in value] if isinstance(value, list | tuple) else value


def _json_escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
