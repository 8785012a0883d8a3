"""STREAM, the payload of age v1: authenticated encryption in chunks, written once, read in order or at random.

The format (C2SP age.md, "Payload"): the plaintext is cut into chunks of 64 KiB. Each is sealed with ChaCha20-Poly1305
under one 32-byte key that is used for this one stream only. The 12-byte nonce is the number of the chunk (11 bytes, big
endian, from 0) and one byte that is 1 for the final chunk and 0 for all before it. The final chunk may be shorter than
64 KiB, and is empty only where the whole plaintext is. So every length, cut and order of chunks is authenticated.

Two rules:

1. No byte is given out before the tag of its chunk has verified. The library decrypts first and verifies afterwards, so
   chunks are opened in a buffer of our own, which is wiped when the tag is wrong.
2. A stream is complete only when its final chunk was opened and nothing follows. Who stops reading earlier has not
   checked the end. A writer that is dropped without `close` leaves a stream that every reader calls truncated.

None of these objects may be used from two threads at once.
"""

from __future__ import annotations

import io
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from fieldapp.errors import BugError, PayloadTamperedError, PayloadTrailingError, PayloadTruncatedError, SealedError

KEY_BYTES = 32
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES

Buffer = bytes | bytearray | memoryview


class ByteSource(Protocol):
    """What gives bytes in order: an open binary file, a socketless pipe, a BytesIO, a reader of this package."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class ByteSink(Protocol):
    """What takes bytes in order. It may take fewer than it was given, and then says how many."""

    def write(self, data: memoryview, /) -> int | None: ...


@runtime_checkable
class RoomySink(ByteSink, Protocol):
    """A sink that gives out the place of the bytes that come next, so that they are made there and never copied."""

    def room(self, size_bytes: int, /) -> memoryview: ...

    def put(self, size_bytes: int, /) -> None:
        """Take what was made at the beginning of the room given last."""


class SeekableSource(ByteSource, Protocol):
    """A binary file that can be read at any place, and closed."""

    def seek(self, offset: int, whence: int = ..., /) -> int: ...

    def close(self) -> None: ...


def sealed_size(plain_size: int) -> int:
    """The bytes that `plain_size` bytes take when sealed."""
    chunks = max(1, -(-plain_size // CHUNK_BYTES))
    return plain_size + chunks * TAG_BYTES


def plain_size(sealed_size: int) -> int:
    """The bytes inside a stream of `sealed_size` bytes, if it is whole.

    Raises:
        PayloadTruncatedError: no whole stream has that length.
    """
    chunks = -(-sealed_size // SEALED_CHUNK_BYTES)
    last = sealed_size - (chunks - 1) * SEALED_CHUNK_BYTES
    if sealed_size <= 0 or not _may_be_last(last, chunks - 1):
        raise PayloadTruncatedError
    return sealed_size - chunks * TAG_BYTES


def read_full(source: ByteSource, view: memoryview) -> int:
    """Fill `view` from `source`; returns how many bytes there were, fewer than asked only at the end."""
    filled = 0
    while filled < len(view):
        count = source.readinto(view[filled:])
        if not count:
            break
        filled += count
    return filled


def write_full(out: ByteSink, view: memoryview) -> None:
    """Write all of `view`, also to a raw file that takes a part at a time.

    Raises:
        OSError: `out` fails, or takes nothing.
    """
    while view:
        count = out.write(view)
        if not count:
            raise OSError("nothing was written")
        view = view[count:]


class SealedWriter:
    """Seals what is written to it and writes it on to `out`, which it never closes.

    Holds at most one chunk. Use it as a context manager: leaving by an exception drops it, so that half a stream never
    looks whole. `key` is 32 bytes, fresh for this stream.
    """

    def __init__(self, out: ByteSink, key: bytes) -> None:
        self._out: RoomySink = out if isinstance(out, RoomySink) else _ThroughBuffer(out)
        self._aead = ChaCha20Poly1305(key)
        self._held = memoryview(bytearray(CHUNK_BYTES))
        self._held_bytes = 0
        self._counter = 0
        self._open = True

    def write(self, data: Buffer) -> int:
        """Take all of `data`; returns its length in bytes.

        Raises:
            OSError: `out` cannot be written; the writer is dropped.
            BugError: the writer was closed or dropped.
        """
        if not self._open:
            raise BugError("write to a closed stream")
        view = memoryview(data).cast("B")
        size = len(view)
        while view:
            # A full chunk goes out only when a byte follows it: the final one is sealed differently.
            if self._held_bytes == CHUNK_BYTES:
                self._emit(self._held, final=False)
                self._held_bytes = 0
            if not self._held_bytes and len(view) > CHUNK_BYTES:
                self._emit(view[:CHUNK_BYTES], final=False)
                view = view[CHUNK_BYTES:]
            else:
                view = self._hold(view)
        return size

    def close(self) -> None:
        """Write the final chunk. Does nothing when closed or dropped already.

        Raises:
            OSError: `out` cannot be written; the writer is dropped.
        """
        if self._open:
            self._emit(self._held[: self._held_bytes], final=True)
            self._open = False

    def drop(self) -> None:
        """Give up: nothing more is written, and what was written reads as truncated."""
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

    def _hold(self, view: memoryview) -> memoryview:
        take = min(CHUNK_BYTES - self._held_bytes, len(view))
        self._held[self._held_bytes : self._held_bytes + take] = view[:take]
        self._held_bytes += take
        return view[take:]

    def _emit(self, chunk: memoryview, *, final: bool) -> None:
        self._open = False  # stays so if the write fails: a retry would leave a hole
        size = len(chunk) + TAG_BYTES
        self._aead.encrypt_into(_nonce(self._counter, final=final), chunk, None, self._out.room(size))
        self._out.put(size)
        self._counter += 1
        self._open = True


class _ThroughBuffer:
    """Makes room for a sink that has none."""

    def __init__(self, out: ByteSink) -> None:
        self._out = out
        self._buffer = memoryview(bytearray(SEALED_CHUNK_BYTES))

    def write(self, data: memoryview, /) -> int | None:
        return self._out.write(data)

    def room(self, size_bytes: int, /) -> memoryview:
        return self._buffer[:size_bytes]

    def put(self, size_bytes: int, /) -> None:
        write_full(self._out, self._buffer[:size_bytes])


class SealedReader(io.RawIOBase):
    """The plaintext of a stream that is read once, in order. It never closes `source`.

    A read gives at most one chunk; wrap it in `io.BufferedReader` for exact sizes. What was given out before an
    error is genuine. After an error every further read raises it again.

    Raises, from every read:
        PayloadTruncatedError, PayloadTamperedError, PayloadTrailingError: the stream is not whole.
        OSError, SealedError: what `source` raises.
    """

    def __init__(self, source: ByteSource, key: bytes) -> None:
        super().__init__()
        self._source = source
        self._aead = ChaCha20Poly1305(key)
        self._sealed = memoryview(bytearray(SEALED_CHUNK_BYTES))
        self._plain = memoryview(bytearray(CHUNK_BYTES))
        self._unread = self._plain[:0]
        self._counter = 0
        self._final = False
        self._failure: SealedError | OSError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # collections.abc.Buffer begins with Python 3.12
        target = memoryview(buffer).cast("B")
        if target and not self._unread:
            self._unread = self._next()
        count = min(len(target), len(self._unread))
        target[:count] = self._unread[:count]
        self._unread = self._unread[count:]
        return count

    def _next(self) -> memoryview:
        if self._failure is not None:
            raise self._failure
        try:
            return self._end() if self._final else self._next_chunk()
        except (SealedError, OSError) as failure:
            self._failure = failure
            raise

    def _next_chunk(self) -> memoryview:
        size = read_full(self._source, self._sealed)
        if size < SEALED_CHUNK_BYTES:
            return self._last_chunk(size)
        if not _open_into(self._plain, self._aead, _nonce(self._counter, final=False), self._sealed):
            return self._last_chunk(size)
        self._counter += 1
        return self._plain

    def _last_chunk(self, size: int) -> memoryview:
        if not _may_be_last(size, self._counter):
            raise PayloadTruncatedError
        plain = self._plain[: size - TAG_BYTES]
        if not _open_into(plain, self._aead, _nonce(self._counter, final=True), self._sealed[:size]):
            raise PayloadTamperedError(self._counter, last=size < SEALED_CHUNK_BYTES)
        self._final = True
        return plain or self._end()

    def _end(self) -> memoryview:
        if read_full(self._source, self._sealed[:1]):
            raise PayloadTrailingError
        return self._plain[:0]


class SealedFile(io.RawIOBase):
    """The plaintext of a stream inside `file`, readable at any place; `size` is known and true from the beginning.

    The stream is the `size` bytes of `file` from `offset`; without a size, all from there to the end. The final chunk
    is verified when this is made, which authenticates the length; every other chunk when it is read. Reads give all
    that was asked for, except at the end. Closing it closes `file`; if making it fails, `file` stays open.

    Raises, from making it and from every read:
        PayloadTruncatedError, PayloadTamperedError: the stream is not whole. Trailing bytes read as one of these.
        OSError: what `file` raises.
    """

    _file: SeekableSource | None = None  # for `close`, which also runs when making one has failed

    def __init__(self, file: SeekableSource, key: bytes, *, offset: int = 0, size: int | None = None) -> None:
        super().__init__()
        self._aead = ChaCha20Poly1305(key)
        self._offset = offset
        self._sealed_bytes = file.seek(0, io.SEEK_END) - offset if size is None else size
        self.size = plain_size(self._sealed_bytes)
        self._last = (self._sealed_bytes - 1) // SEALED_CHUNK_BYTES
        self._sealed = memoryview(bytearray(SEALED_CHUNK_BYTES))
        self._plain = memoryview(bytearray(CHUNK_BYTES))
        self._cached: int | None = None
        self._position = 0
        self._load(file, self._last)
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("seek to before the beginning")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # collections.abc.Buffer begins with Python 3.12
        if self._file is None:
            raise ValueError("read of a closed file")
        target = memoryview(buffer).cast("B")
        position = self._position
        wanted = max(0, min(len(target), self.size - position))
        filled = 0
        while filled < wanted:
            index, start = divmod(position + filled, CHUNK_BYTES)
            self._load(self._file, index)
            part = self._plain[start : start + wanted - filled]
            target[filled : filled + len(part)] = part
            filled += len(part)
        self._position = position + filled
        return filled

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()

    def _load(self, file: SeekableSource, index: int) -> None:
        """Have chunk `index` verified in `_plain`."""
        if self._cached == index:
            return
        self._cached = None
        begin = index * SEALED_CHUNK_BYTES
        sealed = self._sealed[: min(SEALED_CHUNK_BYTES, self._sealed_bytes - begin)]
        file.seek(self._offset + begin)
        if read_full(file, sealed) < len(sealed):
            raise PayloadTruncatedError
        plain = self._plain[: len(sealed) - TAG_BYTES]
        final = index == self._last
        if not _open_into(plain, self._aead, _nonce(index, final=final), sealed):
            raise self._why(index, sealed)
        self._cached = index

    def _why(self, index: int, sealed: memoryview) -> SealedError:
        """A last chunk that is genuine as a middle one: the file was cut between two chunks."""
        cut = len(sealed) == SEALED_CHUNK_BYTES and index == self._last
        if cut and _open_into(self._plain, self._aead, _nonce(index, final=False), sealed):
            self._plain[:] = bytes(CHUNK_BYTES)
            return PayloadTruncatedError()
        return PayloadTamperedError(index, last=index == self._last)


def _nonce(counter: int, *, final: bool) -> bytes:
    return counter.to_bytes(11, "big") + (b"\x01" if final else b"\x00")


def _may_be_last(size: int, index: int) -> bool:
    """Whether `size` sealed bytes can be the final chunk, as chunk number `index`."""
    return size > TAG_BYTES or (size == TAG_BYTES and index == 0)


def _open_into(plain: memoryview, aead: ChaCha20Poly1305, nonce: bytes, sealed: memoryview) -> bool:
    try:
        aead.decrypt_into(nonce, sealed, None, plain)
    except InvalidTag:
        plain[:] = bytes(len(plain))
        return False
    return True
