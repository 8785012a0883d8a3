"""What a picture tells about itself, as plain values: the EXIF snapshot.

A snapshot is a flat mapping, text or whole number each, so that it can go into a journal entry (no floats, no tags) and
onto the screen. Names in CamelCase are the tags as EXIF names them, with the values as told: fractions stay `1/200`,
dates stay as written, several values are joined by `, `. A tag without a name is `Tag 0x9999`; a second tag of the
same name gets the directory before it (`Interop.…`). Names in lower case are reckoned by us from the others:
`latitude`, `longitude` (decimal degrees, south and west negative), `altitude` (metres).

Bounds: one value `VALUE_CHARACTERS`, all together `SNAPSHOT_BYTES` of JSON; what identifies time, place and device
comes first and so is never what is left out; `truncated` says how many tags were. Runs in the
decoder only; never raises.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import math
import warnings
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image, TiffImagePlugin

from fieldapp.media.probe import visible

Snapshot = dict[str, str | int]

SNAPSHOT_BYTES = 64 << 10
VALUE_CHARACTERS = 2000
_HEX_BYTES = 64
_MOST_VALUES = 64
_MOST_TAGS = 2000

# What hostile or broken metadata makes Pillow raise; anything else ends the decoder, which is safe too.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    EOFError,
    TypeError,
    AttributeError,
    AssertionError,
)

_FIRST = (
    "DateTimeOriginal", "OffsetTimeOriginal", "SubsecTimeOriginal", "DateTimeDigitized", "DateTime", "OffsetTime",
    "GPSLatitude", "GPSLatitudeRef", "GPSLongitude", "GPSLongitudeRef", "GPSAltitude", "GPSAltitudeRef",
    "GPSDateStamp", "GPSTimeStamp", "Make", "Model", "Software", "BodySerialNumber", "LensModel", "LensSerialNumber",
    "Orientation", "ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength", "CameraOwnerName", "Artist",
    "ImageUniqueID", "ImageDescription",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_FIRST)}

_DIRECTORIES = (
    ("Exif", ExifTags.IFD.Exif, ExifTags.TAGS),
    ("GPS", ExifTags.IFD.GPSInfo, ExifTags.GPSTAGS),
    ("Interop", ExifTags.IFD.Interop, {key.value: key.name for key in ExifTags.Interop}),
    ("Thumbnail", ExifTags.IFD.IFD1, ExifTags.TAGS),
)
_POINTERS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop)
_COMMENT_CODES = {b"ASCII\x00\x00\x00": "utf-8", b"UNICODE\x00": "utf-16", bytes(8): "utf-8"}
_USER_COMMENT = 0x9286
_WINDOWS_TEXTS = range(0x9C9B, 0x9CA0)

for _encoding in ("utf-8", "utf-16", "utf-16-le", "latin-1", "ascii"):
    codecs.lookup(_encoding)  # loads it now: the decoder cannot open a file, so neither import, later


def snapshot(image: Image.Image) -> Snapshot:
    """What `image` (opened, not yet loaded) tells about itself; empty where it tells nothing or cannot be read."""
    with warnings.catch_warnings(action="ignore"):  # Pillow warns of what is broken
        told = dict(_named(image))
    original = image.info.get("original_orientation")  # pillow-heif turns the picture itself and takes the tag away
    if isinstance(original, int):
        told["Orientation"] = original
    return _bounded(told, _place(told))


def _named(image: Image.Image) -> Iterator[tuple[str, Any]]:
    """Each tag with its name, as Pillow gives it; a name is given once."""
    seen: set[str] = set()
    for directory, names, tags in _directories(image):
        for tag, value in tags[:_MOST_TAGS]:
            if tag in _POINTERS:
                continue
            name = names.get(tag) or f"Tag 0x{tag:04X}"
            name = f"{directory}.{name}" if name in seen or directory == "Thumbnail" else name
            if name not in seen:
                seen.add(name)
                yield name, _text_of_tag(tag, value)


def _directories(image: Image.Image) -> Iterator[tuple[str, dict[int, str], list[tuple[int, Any]]]]:
    try:
        exif = image.getexif()
    except BROKEN:
        return
    yield "Image", ExifTags.TAGS, _items(exif)
    for directory, pointer, names in _DIRECTORIES:
        try:
            inner = exif.get_ifd(pointer)
        except BROKEN:
            continue
        yield directory, names, _items(inner)


def _items(directory: Any) -> list[tuple[int, Any]]:
    items = []
    for tag in list(directory):
        try:
            items.append((int(tag), directory[tag]))
        except BROKEN:
            continue
    return items


def _text_of_tag(tag: int, value: Any) -> Any:
    """The two kinds of text that hide in bytes, taken out of them; any other value as it is."""
    if tag == _USER_COMMENT and isinstance(value, bytes) and value[:8] in _COMMENT_CODES:
        return value[8:].decode(_COMMENT_CODES[value[:8]], "replace")
    if tag in _WINDOWS_TEXTS and isinstance(value, bytes):
        return value.decode("utf-16-le", "replace")
    return value


def _plain(value: Any) -> str | int:
    if isinstance(value, int) and abs(value) < 1 << 63:
        return int(value)
    if isinstance(value, bytes):
        return _plain_bytes(value)
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, tuple | list):
        joined = ", ".join(str(_plain(part)) for part in value[:_MOST_VALUES])
        return _cut(joined + (f", … ({len(value)})" if len(value) > _MOST_VALUES else ""))
    if isinstance(value, TiffImagePlugin.IFDRational):
        return f"{value.numerator}/{value.denominator}"
    return _cut(str(value)) if isinstance(value, float | int) else ""


def _plain_text(text: str) -> str:
    """Pillow reads EXIF text as Latin-1; phones write UTF-8 there."""
    with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):  # then it is what it seems to be
        text = text.encode("latin-1").decode("utf-8")
    return _cut(visible(text[: VALUE_CHARACTERS + 1].rstrip("\x00 ")))


def _plain_bytes(value: bytes) -> str | int:
    if len(value) == 1:
        return value[0]
    trimmed = value.rstrip(b"\x00")
    if trimmed and trimmed.isascii() and trimmed.decode("ascii").isprintable():
        return _cut(trimmed.decode("ascii"))
    return "0x" + value[:_HEX_BYTES].hex() + (f"… ({len(value)})" if len(value) > _HEX_BYTES else "")


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_CHARACTERS else text[: VALUE_CHARACTERS - 1] + "…"


def _place(told: dict[str, Any]) -> Snapshot:
    """Latitude, longitude and altitude in decimals, where they are told and possible."""
    place: Snapshot = {}
    for name, tag, negative, most in (("latitude", "GPSLatitude", "S", 90), ("longitude", "GPSLongitude", "W", 180)):
        degrees = _degrees(told.get(tag))
        if degrees is not None and degrees <= most:
            sign = -1 if str(told.get(tag + "Ref", "")).upper().startswith(negative) else 1
            place[name] = f"{sign * degrees:.6f}"
    metres = _number(told.get("GPSAltitude"))
    if metres is not None and 0 <= metres < 100_000:
        below = told.get("GPSAltitudeRef") in (1, b"\x01")
        place["altitude"] = f"{-metres if below else metres:.1f}"
    return place


def _degrees(value: Any) -> float | None:
    """Degrees, minutes and seconds (the last two may be missing) as degrees."""
    told = value if isinstance(value, tuple) else (value,)
    parts = [part for part in map(_number, told) if part is not None and part >= 0]
    if len(parts) != len(told) or len(parts) > 3:
        return None
    return math.fsum(part / 60**place for place, part in enumerate(parts))


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except BROKEN:
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None


def _bounded(told: dict[str, Any], place: Snapshot) -> Snapshot:
    kept: Snapshot = dict(place)
    room = SNAPSHOT_BYTES - 256
    left_out = 0
    for name in sorted(told, key=lambda name: _RANK.get(name, len(_RANK))):
        try:
            value = _plain(told[name])
        except BROKEN:
            value = ""
        cost = len(json.dumps({name: value}).encode())
        if cost > room:
            left_out += 1
            continue
        room -= cost
        kept[name] = value
    if left_out:
        kept["truncated"] = left_out
    return kept
