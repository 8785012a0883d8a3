"""Passphrases and phrases: typed unseen at a terminal, or read from a file descriptor; never argv or environment."""

from __future__ import annotations

import os

import typer

from fieldapp.cli.terminal import ask_secret, complain, is_asking_possible
from fieldapp.i18n import _

MOST_BYTES = 1024


def passphrase(fd: int | None) -> str:
    """The passphrase of a vault that is there."""
    return _given(fd, _("Passphrase:"), "--passphrase-fd")


def new_passphrase(fd: int | None, option: str = "--new-passphrase-fd") -> str:
    """A passphrase to be; at a terminal it is typed twice until both are equal."""
    if fd is not None or not is_asking_possible():
        return _given(fd, "", option)
    while True:
        typed = ask_secret(_("New passphrase:"))
        if ask_secret(_("The same once more:")) == typed:
            return typed
        complain(_("The two are not the same. Please try again."))


def recovery_phrase(fd: int | None) -> str:
    """The twelve words."""
    return _given(fd, _("Recovery phrase (twelve words):"), "--phrase-fd")


def share_words(fd: int | None, option: str = "--words-fd") -> str:
    """The twelve words of one share, as its keeper reads them aloud."""
    return _given(fd, _("Words of a share (twelve):"), option)


def passphrase_of(name: str) -> str:
    """The passphrase of somebody else who sits here too; nothing where they do not."""
    return ask_secret(_("Passphrase of %(name)s (nothing: they cannot come in any more):") % {"name": name})


def _given(fd: int | None, question: str, option: str) -> str:
    if fd is not None:
        return _first_line(fd, option)
    if not is_asking_possible():
        raise typer.BadParameter(_("There is no terminal to ask at: give %(option)s N.") % {"option": option})
    return ask_secret(question)


def _first_line(fd: int, option: str) -> str:
    """The next line of the descriptor, read byte by byte so that what follows stays there for others."""
    line = bytearray()
    try:
        while (byte := os.read(fd, 1)) not in (b"", b"\n"):
            line += byte
            if len(line) > MOST_BYTES:
                raise typer.BadParameter(_("%(option)s: the line is longer than 1 KiB.") % {"option": option})
        return bytes(line).removesuffix(b"\r").decode()
    except OSError as problem:
        raise typer.BadParameter(
            _("%(option)s: this file descriptor cannot be read.") % {"option": option}
        ) from problem
    except UnicodeDecodeError as problem:
        raise typer.BadParameter(_("%(option)s: the line is not UTF-8 text.") % {"option": option}) from problem
