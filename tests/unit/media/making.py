"""Small pictures for the tests, honest and hostile, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

RED = (220, 20, 20)
ORIENTATION = 0x0112
_UNDONE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def saved(image: Image.Image, format_name: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()


def red_corner(mode: str = "RGB") -> Image.Image:
    """96 × 64, white, with its top left quarter red."""
    image = Image.new("RGB", (96, 64), "white")
    image.paste(RED, (0, 0, 48, 32))
    return image.convert(mode)


def lying(format_name: str, orientation: int) -> bytes:
    """`red_corner` stored turned, with the orientation that turns it back."""
    image = red_corner()
    if orientation in _UNDONE:
        image = image.transpose(_UNDONE[orientation])
    told = Image.Exif()
    told[ORIENTATION] = orientation
    return saved(image, format_name, exif=told.tobytes())


def png(width: int, height: int, bits: int, colour: int, rows: bytes) -> bytes:
    """A PNG with this header, whatever its compressed `rows` say."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def zeros(size_bytes: int) -> bytes:
    """So many zero bytes, compressed."""
    packer = zlib.compressobj(1)
    block = bytes(1 << 20)
    packed = [packer.compress(block[: min(len(block), size_bytes - at)]) for at in range(0, size_bytes, len(block))]
    return b"".join(packed) + packer.flush()


def tiff(entries: list[tuple[int, int, int, int]], next_offset: int = 0) -> bytes:
    """A little-endian TIFF with one directory at byte 8, of (tag, type, count, value or offset)."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", next_offset)


def jpeg_with_exif(told: Image.Exif) -> bytes:
    return saved(red_corner(), "JPEG", exif=told.tobytes())


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
