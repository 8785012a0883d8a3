"""What travels between the program and its picture decoder, over two pipes.

    frame    = length (4 bytes, big-endian) ‖ that many bytes
    hello    = frame(JSON: {"limits": [names of the limits that hold]})      decoder → program, once
    request  = frame(JSON: {"want", "format", "max_side", "timeout_ms"}) ‖ picture
    picture  = frames of at most CHUNK_BYTES ‖ one empty frame
    answer   = frame(JSON: {"reason", "width", "height", "exif"}) ‖ frame(picture bytes, empty where there is a reason)

`want` is `thumbnail` (JPEG bytes) or `pixels` (rows of B, G, R, 255 from the top, as many rows as fit the length);
`format` is one of `FORMATS`. `width` and `height` are the size of the whole picture, upright, for a thumbnail, and the
size of what is sent, for pixels. Either side ends the conversation when a frame is longer than it may be.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

LENGTH = struct.Struct(">I")

CHUNK_BYTES = 1 << 20
HEADER_BYTES = 1 << 20
"""The longest header: the EXIF snapshot is 64 KiB, and JSON may write one byte of it as six."""

PICTURE_BYTES = 128 << 20
"""The longest picture that is decoded: larger than any camera writes, small enough for an old laptop's memory."""

THUMBNAIL_SIDE = 512
PIXELS_SIDE = 4096
"""The longest sides that may be asked for; 4096 is beyond any field laptop's screen and 64 MiB of pixels."""

THUMBNAIL_BYTES = 1 << 20

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/heic": "HEIF",
    "image/heif": "HEIF",
}
"""The media types that are decoded at all, and what Pillow calls each. Nothing else is ever opened."""


class FrameError(Exception):
    """The other side sent a frame that is longer than it may be, or ended inside one."""


def frame(body: bytes) -> bytes:
    """`body` with its length before it."""
    return LENGTH.pack(len(body)) + body


def read_frame(stream: BinaryIO, most_bytes: int) -> bytes | None:
    """The body of the next frame, or None at a clean end.

    Raises:
        FrameError: the frame is longer than `most_bytes`, or cut off.
    """
    head = stream.read(LENGTH.size)
    if not head:
        return None
    if len(head) < LENGTH.size:
        raise FrameError
    (length,) = LENGTH.unpack(head)
    if length > most_bytes:
        raise FrameError
    body = stream.read(length)
    if len(body) < length:
        raise FrameError
    return body


def read_picture(stream: BinaryIO) -> bytes:
    """The bytes of the picture that follows a request.

    Raises:
        FrameError: it is longer than `PICTURE_BYTES`, or cut off.
    """
    picture = bytearray()
    while chunk := read_frame(stream, CHUNK_BYTES):
        picture += chunk
        if len(picture) > PICTURE_BYTES:
            raise FrameError
    if chunk is None:
        raise FrameError
    return bytes(picture)
