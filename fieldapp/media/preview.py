"""Small pictures of attached files, made by a decoder process that can do nothing else.

The program never decodes a picture itself: it sends the bytes to `decoder` and gets back a thumbnail or pixels, or the
reason why there are none. Any file may be asked about; what is no picture, or too large a one, is known from its first
bytes and its size, and is not read further. Nothing a picture does raises here: a decoder that dies or hangs is one
`Preview` without a thumbnail, and the next picture gets a new decoder.

Rules: no threads, no files. A `DecoderProcess` serves one thread at a time; only `close` may be called from another.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

import msgspec

from fieldapp.errors import CancelledError
from fieldapp.i18n import N_, _
from fieldapp.media import frames
from fieldapp.media.pipes import GoneError, LateError, Pipes, decoder_command, start
from fieldapp.media.probe import HEAD_BYTES, media_type

_START_MS = 60_000  # the first start on an old disk, with a virus scanner looking on
_GRACE_MS = 2_000  # the watchdog inside goes first; this is for a decoder that no longer obeys it
_WATCHDOG_STATUS = 1
_NONSENSE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # what msgspec raises of bytes


class Reason(StrEnum):
    """Why there is no preview."""

    NOT_A_PICTURE = "not_a_picture"
    EMPTY = "empty"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    TIMEOUT = "timeout"
    DECODER_FAILED = "decoder_failed"


_WORDS = {
    Reason.NOT_A_PICTURE: N_("No preview: this file is not a picture."),
    Reason.EMPTY: N_("No preview: the file is empty."),
    Reason.UNSUPPORTED: N_("No preview: this kind of picture cannot be shown here."),
    Reason.TOO_LARGE: N_("No preview: the picture is too large to be shown here."),
    Reason.DAMAGED: N_("No preview: the picture is damaged or incomplete. The file is kept as it is."),
    Reason.TIMEOUT: N_("No preview: it took too long. The file is kept as it is."),
    Reason.DECODER_FAILED: N_("No preview: the picture could not be read safely. The file is kept as it is."),
}


class Readable(Protocol):
    """A source of bytes; gives fewer than asked only near its end, none at its end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What is known of a picture.

    `thumbnail`: JPEG without metadata, upright, sides of at most 512; None exactly where there is a `reason`.
    `width`, `height`: of the whole picture, upright; known also for many pictures that cannot be shown.
    `exif`: the snapshot that the `exif` module specifies, orientation as told.
    """

    thumbnail: bytes | None
    width: int | None
    height: int | None
    exif: dict[str, str | int]
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture for the screen, upright and opaque: rows of B, G, R, 255 from the top (QImage.Format_RGB32).

    `rows` holds 4 × `width` × `height` bytes, and is empty exactly where there is a `reason`.
    """

    rows: bytes
    width: int
    height: int
    reason: Reason | None


class _Answer(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    reason: Reason | None
    width: int | None
    height: int | None
    exif: dict[str, str | int]


class _Hello(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    limits: list[str]


def reason_words(reason: Reason) -> str:
    """What a person reads where the picture would be."""
    return _(_WORDS[reason])


class DecoderProcess:
    """A decoder, started when first needed, used for many pictures, started again after it died. Close it at the end.

    It must be closed before the vault is locked: while it decodes, it holds the picture.
    """

    def __init__(
        self, *, timeout_ms: int = 20_000, grace_ms: int = _GRACE_MS, command: Sequence[str] | None = None
    ) -> None:
        """Give `timeout_ms` to each picture. `command` replaces `decoder_command` where the program is one file."""
        self._timeout_ms = timeout_ms
        self._grace_ms = grace_ms
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._asking = False
        self.limits: tuple[str, ...] = ()
        """The names of the limits that hold in the decoder (see `confine`); empty until the first picture."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The id of the decoder that runs now, if one does."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def preview(self, source: bytes | Readable, size_bytes: int | None = None) -> Preview:
        """A thumbnail of `source`, its facts and its EXIF. `size_bytes` is the size of a source that is not bytes.

        Raises:
            CancelledError: `close` was called. Whatever `source.read` raises.
        """
        answer, body = self._ask("thumbnail", frames.THUMBNAIL_SIDE, source, size_bytes)
        if body and (len(body) > frames.THUMBNAIL_BYTES or not body.startswith(b"\xff\xd8\xff")):
            answer, body = _without(Reason.DECODER_FAILED)
        return Preview(body or None, answer.width, answer.height, answer.exif, answer.reason)

    def pixels(self, source: bytes | Readable, size_bytes: int | None = None, *, max_side: int) -> Pixels:
        """`source` for the screen, made smaller where a side is longer than `max_side` (at most `PIXELS_SIDE`).

        Also for thumbnails out of the vault: so that no picture is ever decoded in the process that holds keys.

        Raises:
            CancelledError: `close` was called. Whatever `source.read` raises.
        """
        answer, body = self._ask("pixels", min(max_side, frames.PIXELS_SIDE), source, size_bytes)
        width, height = answer.width or 0, answer.height or 0
        if answer.reason is not None:
            return Pixels(b"", 0, 0, answer.reason)
        if min(width, height) < 1 or len(body) != 4 * width * height:
            return Pixels(b"", 0, 0, Reason.DECODER_FAILED)
        return Pixels(body, width, height, None)

    def close(self) -> None:
        """End the decoder now, also in the middle of a picture; whoever waits for that picture gets `CancelledError`.

        The only method that another thread may call. Afterwards there are no more pictures.
        """
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
            process.wait()
        if not self._asking:
            self._discard()

    def _ask(self, want: str, max_side: int, source: bytes | Readable, size_bytes: int | None) -> tuple[_Answer, bytes]:
        whole = len(source) if isinstance(source, bytes) else size_bytes
        if whole is None:
            raise TypeError
        pieces = _pieces(source, whole)
        head = next(pieces, b"")
        found = media_type(head, "")
        refused = _refused(head, found, whole)
        if refused is not None:
            return _without(refused)
        request = {
            "want": want,
            "format": frames.FORMATS[found],
            "max_side": max_side,
            "timeout_ms": self._timeout_ms,
        }
        self._asking = True
        try:
            answered = self._exchange(msgspec.json.encode(request), head, pieces, max_side)
        finally:
            self._asking = False
            if self._closed:
                self._discard()
        if self._closed:
            raise CancelledError
        return answered

    def _exchange(self, request: bytes, head: bytes, pieces: Iterator[bytes], max_side: int) -> tuple[_Answer, bytes]:
        """One question and its answer. A decoder that did not answer in full is never asked again."""
        complete = False
        try:
            pipes = self._running()
            pipes.write(frames.frame(request) + frames.frame(head))
            for piece in pieces:
                pipes.write(frames.frame(piece))
            pipes.write(frames.frame(b""))
            pipes.due_in(self._timeout_ms + self._grace_ms)
            answered = _checked_answer(pipes, max_side)
            complete = True
        except LateError:
            return _without(Reason.TIMEOUT)
        except GoneError:
            return _without(self._why_gone())
        finally:
            if not complete:
                self._discard()
        return answered

    def _running(self) -> Pipes:
        """The pipes of a decoder that has said hello."""
        if self._closed:
            raise CancelledError
        if self._process is not None and self._process.poll() is None:
            return Pipes(self._process, self._timeout_ms + self._grace_ms)
        self._discard()
        self._process = start(self._command or decoder_command())
        pipes = Pipes(self._process, self._timeout_ms + self._grace_ms)
        pipes.due_in(_START_MS)
        self.limits = tuple(_checked_hello(pipes).limits)
        return pipes

    def _why_gone(self) -> Reason:
        process = self._process
        if process is None:
            return Reason.DECODER_FAILED
        process.kill()
        return Reason.TIMEOUT if process.wait() == _WATCHDOG_STATUS else Reason.DECODER_FAILED

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _pieces(source: bytes | Readable, size_bytes: int) -> Iterator[bytes]:
    """The first `HEAD_BYTES` of `source` in one piece, then the rest, `size_bytes` in all at most."""
    if isinstance(source, bytes):
        yield source[:HEAD_BYTES]
        for at in range(HEAD_BYTES, size_bytes, frames.CHUNK_BYTES):
            yield source[at : at + frames.CHUNK_BYTES]
        return
    head = b""
    while len(head) < min(HEAD_BYTES, size_bytes) and (part := source.read(min(HEAD_BYTES, size_bytes) - len(head))):
        head += part
    yield head
    left = size_bytes - len(head)
    while left > 0 and (part := source.read(min(left, frames.CHUNK_BYTES))):
        yield part
        left -= len(part)


def _refused(head: bytes, found: str, size_bytes: int) -> Reason | None:
    """Why a file that begins so is not sent to the decoder at all."""
    if not head:
        return Reason.EMPTY
    if found not in frames.FORMATS:
        return Reason.UNSUPPORTED if found.startswith("image/") else Reason.NOT_A_PICTURE
    return Reason.TOO_LARGE if size_bytes > frames.PICTURE_BYTES else None


def _without(reason: Reason) -> tuple[_Answer, bytes]:
    return _Answer(reason, None, None, {}), b""


def _checked_hello(pipes: Pipes) -> _Hello:
    try:
        return msgspec.json.decode(pipes.read_frame(frames.HEADER_BYTES), type=_Hello)
    except _NONSENSE as error:
        raise GoneError from error


def _checked_answer(pipes: Pipes, max_side: int) -> tuple[_Answer, bytes]:
    """The answer, believed only as far as it is possible: a decoder may have been taken over by its picture."""
    try:
        answer = msgspec.json.decode(pipes.read_frame(frames.HEADER_BYTES), type=_Answer)
    except _NONSENSE as error:
        raise GoneError from error
    body = pipes.read_frame(max(frames.THUMBNAIL_BYTES, 4 * max_side * max_side))
    if answer.reason is None and (not body or not answer.width or not answer.height):
        raise GoneError
    if answer.reason is not None and body:
        raise GoneError
    return answer, body
