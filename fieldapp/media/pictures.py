"""Pictures into small ones. Runs in the decoder only: this is where hostile bytes meet C libraries.

Rules: only the plugins named here are ever loaded, and only the one that the request names is tried. The size in the
header is looked at before anything is decoded. First frame only. A damaged picture is refused, never half shown. What
comes out is upright, opaque (on white), sRGB, and carries nothing of the file but its pixels.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import NamedTuple

import pillow_heif
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from fieldapp.media import exif
from fieldapp.media.frames import FORMATS

PIXELS = 200_000_000
"""More than this is not decoded: the largest phone cameras of 2026 give 199.8 million."""

_PLUGINS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
_BROKEN = (*exif.BROKEN, struct.error, zlib.error, ImageCms.PyCMSError)
_TOO_LARGE = (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PROFILE_BYTES = 4 << 20
_QUALITY = 82
_SRGB = ImageCms.createProfile("sRGB")


class Facts(NamedTuple):
    """The head of an answer; see `frames`."""

    reason: str | None
    width: int | None
    height: int | None
    exif: exif.Snapshot


def prepare() -> None:
    """Load all that decoding will need, and shut the door on every other format; afterwards no file is opened."""
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)
    Image._initialized = 2  # noqa: SLF001 - Pillow's own mark for "all plugins are loaded": no other one will be
    allowed = set(FORMATS.values())
    for name in list(Image.OPEN):
        if name not in allowed:
            del Image.OPEN[name]
    Image.ID[:] = sorted(allowed)
    Image.OPEN["JPEG"] = (JpegImagePlugin.JpegImageFile, Image.OPEN["JPEG"][1])  # not the factory that also makes MPO
    Image.MAX_IMAGE_PIXELS = PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    for name in sorted(allowed):
        _rehearse(name)


def thumbnail(picture: bytes, format_name: str, max_side: int) -> tuple[Facts, bytes]:
    """A JPEG of `picture` with sides of at most `max_side`, with the facts about the whole picture."""
    facts, image = _decoded(picture, format_name, max_side)
    if image is None:
        return facts, b""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return facts, out.getvalue()


def pixels(picture: bytes, format_name: str, max_side: int) -> tuple[Facts, bytes]:
    """Rows of B, G, R, 255 with sides of at most `max_side`; the facts tell their size."""
    facts, image = _decoded(picture, format_name, max_side)
    if image is None:
        return facts, b""
    return facts._replace(width=image.width, height=image.height), image.convert("RGBA").tobytes("raw", "BGRA")


def _decoded(picture: bytes, format_name: str, max_side: int) -> tuple[Facts, Image.Image | None]:
    facts = Facts(None, None, None, {})
    try:
        image, fits = _opened(picture, format_name)
        facts = Facts(None, *_upright_size(image), exif.snapshot(image))
        return (facts, _small(image, max_side)) if fits else (facts._replace(reason="too_large"), None)
    except _TOO_LARGE:
        return facts._replace(reason="too_large"), None
    except _BROKEN:
        return facts._replace(reason="damaged"), None


def _opened(picture: bytes, format_name: str) -> tuple[ImageFile.ImageFile, bool]:
    """The picture with its header read, and whether its size allows to decode it."""
    try:
        image, fits = Image.open(io.BytesIO(picture), formats=(format_name,)), True
    except _TOO_LARGE:
        image, fits = _opened_to_measure(picture, format_name), False
    if min(image.size) < 1:
        raise ValueError
    return image, fits


def _opened_to_measure(picture: bytes, format_name: str) -> ImageFile.ImageFile:
    """A picture beyond the limit, only to tell its size and EXIF; it must not be loaded."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(io.BytesIO(picture), formats=(format_name,))
    finally:
        Image.MAX_IMAGE_PIXELS = PIXELS
    if format_name == "PNG":
        image.info.setdefault("exif", b"")  # otherwise Pillow decodes it all, to look for EXIF behind the pixels
    return image


def _orientation(image: Image.Image) -> int:
    try:
        told = image.getexif().get(_ORIENTATION, 1)
    except _BROKEN:
        return 1
    return told if isinstance(told, int) and told in _TURNS else 1


def _upright_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    """Width and height as seen. Pillow itself turns TIFF (and tells the turned size), pillow-heif turns HEIF."""
    if image.format != "TIFF" and _orientation(image) >= 5:
        return image.height, image.width
    return image.width, image.height


def _small(image: Image.Image, max_side: int) -> Image.Image:
    """The picture, upright and opaque in sRGB, with sides of at most `max_side`."""
    enough = max_side + max_side // 2
    image.draft(None, (enough, enough))  # JPEG: decode at 1/2, 1/4 or 1/8
    image.load()
    orientation = _orientation(image)  # after loading: where Pillow has turned the picture, it has taken the tag away
    profile = image.info.get("icc_profile")
    small = _resizable(image)
    small.thumbnail((max_side, max_side), reducing_gap=1.5)
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
    small = _in_srgb(_opaque(small), profile)
    small = small if small.mode == "RGB" else small.convert("RGB")
    small.info.clear()  # comments and profiles would otherwise go into the thumbnail
    return small


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be made smaller without losing what it shows."""
    if image.mode in ("P", "PA", "LA", "La"):
        return image.convert("RGBA" if image.mode != "P" or "transparency" in image.info else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I;16"):
        return image.point(lambda level: level / 256).convert("L")
    if image.mode in ("I", "F"):
        return _stretched(image)
    return image


def _stretched(image: Image.Image) -> Image.Image:
    """32-bit levels have no agreed white: the darkest becomes black, the lightest white."""
    low, high = (float(level) for level in image.getextrema())  # type: ignore[arg-type]  # one band: two numbers
    scale = 255 / (high - low) if high > low else 0
    return image.convert("F").point(lambda level: level * scale - low * scale).convert("L")


def _opaque(image: Image.Image) -> Image.Image:
    if "transparency" in image.info and image.mode in ("L", "RGB"):
        image = image.convert("RGBA")
    if image.mode not in ("RGBA", "RGBa"):
        return image
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """The colours as the embedded profile means them; a profile that does not fit is passed over."""
    if not isinstance(profile, bytes) or not 0 < len(profile) <= _PROFILE_BYTES:
        return image
    try:
        told = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, told, _SRGB, outputMode="RGB") or image
    except _BROKEN:
        return image


def _rehearse(format_name: str) -> None:
    """Write and read one tiny picture: what the libraries import late is imported while files can be opened."""
    image = Image.new("RGB", (16, 16))
    told = Image.Exif()
    told[_ORIENTATION] = 6
    out = io.BytesIO()
    image.save(out, format_name, exif=told, icc_profile=ImageCms.ImageCmsProfile(_SRGB).tobytes())
    thumbnail(out.getvalue(), format_name, 8)
