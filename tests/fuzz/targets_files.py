"""Ways in through files and the terminal: vault headers, pictures, names, settings, what the command line is given."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache

import msgspec
import typer

from fieldapp.cli import main, secrets_given, values_given
from fieldapp.cli.commands import COMMANDS
from fieldapp.cli.terminal import visible, visible_json, visible_lines
from fieldapp.crypto import envelope, keyslots
from fieldapp.crypto.keyslots import KdfParameters, Purpose, SlotKind
from fieldapp.errors import EntryMalformedError, ExpectedError
from fieldapp.i18n import LANGUAGES, language_of_environment
from fieldapp.media import frames, probe
from fieldapp.media.pipes import GoneError, LateError, Pipes
from fieldapp.media.preview import DecoderProcess, _checked_answer, _checked_hello
from fieldapp.records.model import TYPES, parse_value
from fieldapp.services import look
from fieldapp.vault import header
from fieldapp.vault.encoding import encode
from tests.fuzz.choices import Choices
from tests.fuzz.places import scratch
from tests.fuzz.target import Target
from tests.fuzz.watching import laid
from tests.unit.media import making

_MASTER = bytes(range(32))
_SECRET = b"seven dry apricots"
_STATE = encode({"epoch": 4, "heads": {"ab" * 16: [3, bytes(32)]}, "pad": bytes(932)})


@cache
def _made() -> tuple[header.Header, bytes]:
    """A header that `_SECRET` opens, and its bytes."""
    cheap, salt = KdfParameters(8, 1, 1), bytes(16)
    root, context = keyslots.derive_root(_SECRET, salt, cheap), keyslots.slot_context(header.VERSION, salt, cheap)
    first = keyslots.seal_slot_with(root, 0, _MASTER, SlotKind.PASSPHRASE, context, seed=bytes(16))
    made = header.Header(cheap, salt, (first, *(bytes([each]) * keyslots.SLOT_SIZE for each in range(1, 8))), b"")
    return made, made.open_part + envelope.seal(keyslots.subkey(_MASTER, Purpose.HEADER_MAC), _STATE, made.open_part)


def _header(content: bytes) -> None:
    """Both copies may be anything: one that a secret opens counts, with costs that are as cheap as ours here."""
    made, whole = _made()
    copy = header.parse(content)
    assert copy.open_part + copy.sealed_state == content
    if copy.parameters == made.parameters:
        header.open_copies([copy, header.parse(whole)], _SECRET)


def _state(content: bytes) -> None:
    """What the header keeps secret, as somebody with the key might write it."""
    with suppress(EntryMalformedError):  # who calls it makes a VaultDamagedError of it
        header._decode_state(content)


def _look(content: bytes) -> None:
    with laid(scratch() / "look", content) as path:
        read = look.read_look(path)
    assert read.language in ("", *LANGUAGES)
    assert read.appearance in ("", *look.APPEARANCES)


def _locale(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    for name in ("LANGUAGE", "LC_ALL", "LANG"):
        assert language_of_environment({name: text}) in LANGUAGES


def _probe(content: bytes) -> None:
    """A file's first bytes, and its name: both chosen by who made it."""
    name = content[-40:].decode("utf-8", "surrogateescape")
    media_type = probe.media_type(content, name)
    assert probe.document_kind(media_type)
    shown = probe.clean_name(name)
    assert 0 < len(shown) <= probe.NAME_CHARACTERS
    assert not set(shown) & set("/\\\0\n\u202e\u200b")


def _terminal(content: bytes) -> None:
    """Whatever is said on the terminal: nothing in it can be a command."""
    text = content.decode("utf-8", "surrogateescape")
    said = visible(text) + visible_json({text: [text]}) + "".join(visible_lines(text))
    assert not set(said) & set("\x1b\x9b\x07\x08\r\n\u202e\u2066")
    msgspec.json.decode(visible_json(text))


@cache
def _decoder() -> DecoderProcess:
    return DecoderProcess(timeout_ms=10_000)


def _picture(content: bytes) -> None:
    """A picture for the decoder, in its own process as always."""
    seen = _decoder().preview(content)
    assert (seen.thumbnail is None) != (seen.reason is None)


def _picture_seeds() -> Iterable[bytes]:
    for name in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF"):
        yield making.saved(making.red_corner(), name)
    yield making.lying("JPEG", 6)
    yield making.tiff([(0x0112, 3, 1, 6)])
    _decoder().preview(making.saved(making.red_corner(), "PNG"))


def _answer(content: bytes) -> None:
    """What a decoder says that was taken over by its picture."""
    with _said(content) as pipes:
        _checked_hello(pipes)
        _checked_answer(pipes, 512)


def _request(content: bytes) -> None:
    """The decoder's own reading of what it is asked."""
    stream = io.BytesIO(content)
    frames.read_frame(stream, frames.HEADER_BYTES)
    frames.read_picture(stream)


class _Spoken:
    """As much of a process as `Pipes` needs: its two pipes."""

    def __init__(self, content: bytes) -> None:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        os.write(writing, content[:60_000])
        os.close(writing)
        self.stdout = os.fdopen(reading, "rb", buffering=0)
        self.stdin = os.fdopen(os.dup(reading), "rb", buffering=0)


@contextmanager
def _said(content: bytes) -> Iterator[Pipes]:
    spoken = _Spoken(content)
    try:
        pipes = Pipes(spoken, 1000)  # type: ignore[arg-type]  # a Child that has said all it will say
        pipes.due_in(1000)
        yield pipes
    finally:
        spoken.stdout.close()
        spoken.stdin.close()


def _answer_seeds() -> Iterable[bytes]:
    hello = frames.frame(b'{"limits":["memory"]}')
    facts = b'{"reason":null,"width":4,"height":3,"exif":{"Make":"x","Orientation":1}}'
    yield hello + frames.frame(facts) + frames.frame(b"jpeg")
    yield hello + frames.frame(b'{"reason":"damaged","width":null,"height":null,"exif":{}}') + frames.frame(b"")


@contextmanager
def _standing_in(content: bytes) -> Iterator[None]:
    """These bytes on standard input."""
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(content))
    try:
        yield
    finally:
        sys.stdin = before


def _json_given(content: bytes) -> None:
    """`--from -`, and each value as its field takes it."""
    with _standing_in(content):
        read = values_given.read_values("-")
    for type_name in TYPES:
        for key, value in read.items():
            for each in value if isinstance(value, list) else [value]:
                with suppress(ExpectedError):
                    parse_value(type_name, key, each)


def _set_given(content: bytes) -> None:
    """`--set FIELD=VALUE`, several times."""
    choices = Choices(content[:1])
    type_name = choices.of(tuple(TYPES))
    sets = content[1:].decode("utf-8", "surrogateescape").split("\n")
    for key, value in values_given._from_sets(type_name, sets).items():
        for each in value if isinstance(value, list) else [value]:
            with suppress(ExpectedError):
                parse_value(type_name, key, each)


def _secret_given(content: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, content[:60_000])
    os.close(writing)
    try:
        secrets_given.passphrase(reading)
    finally:
        os.close(reading)


_MAKING = ("init", "demo", "machine")
"""What may write or ask the machine, and is none of this target's business."""


def _may_not_be_given(word: str) -> bool:
    """No argument has a NUL, and the descriptors of this process are not the target's to read."""
    return "\0" in word or "fd" in word


def _command_line(content: bytes) -> None:
    """A command line about a vault that is not there: a known exit status, and never words for a mistake of ours."""
    words = [word for word in content.decode("utf-8", "surrogateescape").split("\n") if not _may_not_be_given(word)]
    commands = [name for name in COMMANDS if name not in _MAKING]
    words = [commands[len(content) % len(commands)], *words[:12]]
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        with _standing_in(b""):
            status = main.run(words)
    finally:
        sys.stdout, sys.stderr = before
    err.flush()
    said = err.buffer.getvalue().decode("utf-8", "replace")
    assert status in (0, 1, 2, 130)
    assert "BugError" not in said
    assert "Traceback" not in said


TARGETS = (
    Target("vault header", _header, lambda: [_made()[1]], (header.MAGIC, b"\0\0\0\x08\0\0\0\1\0\0\0\1"), quick=150),
    Target("vault header: what is sealed", _state, lambda: [_STATE], (b"\x65epoch", b"\x65heads", b"\x1b")),
    Target("settings file", _look, lambda: [b"ru dark\n", b"en light"], (b"ru", b"dark", b" ", b"\n"), quick=200),
    Target("locale", _locale, lambda: [b"ru_RU.UTF-8:en", b"C"], (b"ru", b":", b"_", b".")),
    Target(
        "file names and first bytes",
        _probe,
        lambda: [
            b"\xff\xd8\xff photo.jpg",
            b"\0\0\0\x20ftypheic\0\0\0\0mif1 a.heic",
            b"PK\3\4" + bytes(26) + b"word/ x.docx",
            b"RIFF\0\0\0\0WEBP",
            b"ID3 x.mp3",
        ],
        (b"ftyp", b"/", b"..", b"\\", b".exe", "\u202e".encode()),
    ),
    Target(
        "terminal",
        _terminal,
        lambda: ["слова words".encode(), b"\x1b[31mred", b"\xff"],
        (b"\x1b]0;", b"\x9b", "\u202e".encode(), b"\r"),
    ),
    Target(
        "pictures",
        _picture,
        _picture_seeds,
        (b"Exif\0\0", b"II*\0", b"\xff\xe1", b"IHDR", b"\xff\xc0"),
        quick=40,
        starts_processes=True,
    ),
    Target(
        "decoder answers",
        _answer,
        _answer_seeds,
        (b'"exif":', b"null", b"1e999", b"\0\0\0\0", b"\\ud800"),
        (GoneError, LateError),
        quick=200,
    ),
    Target(
        "decoder requests",
        _request,
        lambda: [frames.frame(b'{"want":"pixels"}') + frames.frame(b"x" * 9) + frames.frame(b"")],
        (b"\0\0\0\0", b"\0\x10\0\0"),
        (frames.FrameError,),
    ),
    Target(
        "values as JSON",
        _json_given,
        lambda: [
            b'{"name":"A","date":{"edtf":"2026","told":"x"},"phone":["1","2"]}',
            b'{"age":1e400,"x":null}',
            b"[" * 100,
        ],
        (b'"name":', b"{", b"[", b"\\ud800", b"1e999", b"null", b"-0"),
        (ExpectedError, typer.BadParameter),
    ),
    Target(
        "values of options",
        _set_given,
        lambda: [b'\0name=A\ndate={"edtf":"2026"}\nphone=1\nphone=2', b"\3date=5.3.2026", b"\1x#00000000=1"],
        (b"=", b"\n", b"#", b'{"', b"date={"),
        (ExpectedError, typer.BadParameter),
    ),
    Target(
        "passphrase descriptor",
        _secret_given,
        lambda: [b"seven dry apricots\nrest", b"\xff\n"],
        (b"\n", b"\r\n"),
        (ExpectedError, typer.BadParameter),
        quick=200,
    ),
    Target(
        "command line",
        _command_line,
        lambda: [b"vault\n--type\nperson", b"vault\nab12\n-o\nx", b"--help", b"v\nexport\n--to\nBek"],
        (b"\n", b"--", b"--json", b"=", b"-", b"list", b"vault"),
        quick=60,
    ),
)
