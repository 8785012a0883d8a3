"""The text armor of age files: strict PEM, for places that carry only text.

C2SP age.md, "ASCII armor" (RFC 7468, strict):

    -----BEGIN AGE ENCRYPTED FILE-----
    base64 in lines of 64 columns, with padding, canonical; the last line may be shorter and is never empty
    -----END AGE ENCRYPTED FILE-----

Lines end with LF or CRLF. Up to 1,024 bytes of white space may stand before and after; nothing else may. Reading and
writing take little memory, whatever the size.
"""

from __future__ import annotations

import binascii
import io
from types import TracebackType
from typing import Self

from fieldapp.crypto.stream import Buffer, ByteSink, ByteSource, write_full
from fieldapp.errors import ArmorError, BugError, SealedError

BEGIN_LINE = b"-----BEGIN AGE ENCRYPTED FILE-----"
END_LINE = b"-----END AGE ENCRYPTED FILE-----"
COLUMNS = 64
LINE_BYTES = COLUMNS // 4 * 3
WHITESPACE_LIMIT_BYTES = 1024

_READ_BYTES = 4096


class ArmorWriter:
    """Writes what is written to it as armor to `out`, which it never closes.

    As a context manager it drops the rest when left by an exception.
    """

    def __init__(self, out: ByteSink) -> None:
        self._out = out
        self._held = b""
        self._open = True
        write_full(out, memoryview(BEGIN_LINE + b"\n"))

    def write(self, data: Buffer) -> int:
        """Take all of `data`; returns its length in bytes.

        Raises:
            OSError: `out` cannot be written; the writer is dropped.
            BugError: the writer was closed or dropped.
        """
        if not self._open:
            raise BugError("write to closed armor")
        content = self._held + bytes(data)
        whole = len(content) - len(content) % LINE_BYTES
        self._put(content[:whole])
        self._held = content[whole:]
        return memoryview(data).nbytes

    def close(self) -> None:
        """Write the last line and the end. Does nothing when closed or dropped already."""
        if self._open:
            self._put(self._held, END_LINE + b"\n")
            self._open = False

    def drop(self) -> None:
        """Give up: what was written has no end, and every reader refuses it."""
        self._open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.drop()

    def _put(self, content: bytes, end: bytes = b"") -> None:
        starts = range(0, len(content), LINE_BYTES)
        lines = b"".join(binascii.b2a_base64(content[start : start + LINE_BYTES]) for start in starts)
        self._open = False  # stays so if the write fails
        write_full(self._out, memoryview(lines + end))
        self._open = True


class ArmorReader(io.RawIOBase):
    """What is inside the armor that `source` gives; a source for `age.open_with`. It never closes `source`.

    Raises, from every read:
        ArmorError: the armor is not strict, not complete, or something stands around it.
        OSError: what `source` raises.
    """

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source = source
        self._ahead = bytearray()
        self._unread = memoryview(b"")
        self._begun = False
        self._ended = False
        self._failure: SealedError | OSError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # collections.abc.Buffer begins with Python 3.12
        target = memoryview(buffer).cast("B")
        if target and not self._unread:
            self._unread = memoryview(self._next())
        count = min(len(target), len(self._unread))
        target[:count] = self._unread[:count]
        self._unread = self._unread[count:]
        return count

    def _next(self) -> bytes:
        """The content of the next line, empty after the last."""
        if self._failure is not None:
            raise self._failure
        try:
            self._begin()
            return b"" if self._ended else self._next_line()
        except (SealedError, OSError) as failure:
            self._failure = failure
            raise

    def _begin(self) -> None:
        skipped = 0
        while not self._begun:
            line = self._line()
            if not line.strip():
                skipped += len(line) + 1
                if skipped > WHITESPACE_LIMIT_BYTES:
                    raise ArmorError("white space")
            elif line != BEGIN_LINE:
                raise ArmorError("first line")
            else:
                self._begun = True

    def _next_line(self) -> bytes:
        line = self._line()
        if line == END_LINE:
            self._end()
            return b""
        content = _decode_line(line)
        if len(content) < LINE_BYTES:
            if self._line() != END_LINE:
                raise ArmorError("last line")
            self._end()
        return content

    def _end(self) -> None:
        while len(self._ahead) <= WHITESPACE_LIMIT_BYTES and self._read_more():
            pass
        if self._ahead.strip() or len(self._ahead) > WHITESPACE_LIMIT_BYTES:
            raise ArmorError("something after the end")
        self._ended = True

    def _line(self) -> bytes:
        """The next line without its line end. The very last may have none."""
        more = True
        while more and b"\n" not in self._ahead and len(self._ahead) <= WHITESPACE_LIMIT_BYTES:
            more = self._read_more()
        line, end, _rest = self._ahead.partition(b"\n")
        if not line and not end:
            raise ArmorError("cut off")
        if len(line) > WHITESPACE_LIMIT_BYTES:
            raise ArmorError("long line")
        del self._ahead[: len(line) + len(end)]
        return bytes(line.removesuffix(b"\r"))

    def _read_more(self) -> bool:
        block = bytearray(_READ_BYTES)
        count = self._source.readinto(memoryview(block)) or 0
        self._ahead += block[:count]
        return count > 0


def _decode_line(line: bytes) -> bytes:
    try:
        content = binascii.a2b_base64(line, strict_mode=True)
    except ValueError:
        raise ArmorError("base64") from None
    if not line or len(line) > COLUMNS or binascii.b2a_base64(content, newline=False) != line:
        raise ArmorError("line form")
    return content
