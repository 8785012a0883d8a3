"""Every photograph of the shared samples, with what is expected of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from fieldapp.media.preview import DecoderProcess

# Upright width and height of each, and one fact of its EXIF.
EXPECTED: dict[str, tuple[int, int, str, str | int | None]] = {
    "67-0_length_string.jpg": (4032, 2012, "Model", "SM-G930F"),
    "Canon_40D.jpg": (100, 68, "Model", "Canon EOS 40D"),
    "DSCN0010.jpg": (640, 480, "latitude", "43.467448"),
    "DSCN0021.jpg": (640, 480, "longitude", "11.884538"),
    "DSCN0040.jpg": (640, 480, "DateTimeOriginal", "2008:10:22 16:55:37"),
    "IMG_5195.HEIC": (2566, 3313, "longitude", "-94.288772"),
    "Jobagent.tiff": (264, 84, "Orientation", 1),
    "corrupted.jpg": (3648, 2736, "Make", "OLYMPUS IMAGING CORP."),
    "empty.jpg": (2164, 1626, "Orientation", 1),
    "image00971.jpg": (636, 227, "Orientation", 1),
    "image01551.jpg": (61, 58, "Orientation", None),
    "iphone_hdr_NO.jpg": (3264, 2448, "Model", "iPhone 6"),
    "jolla.jpg": (3264, 2448, "Make", "Jolla"),
    "landscape_1.jpg": (600, 450, "Orientation", 1),
    "landscape_6.jpg": (600, 450, "Orientation", 6),
    "long_description.jpg": (100, 73, "Orientation", 1),
    "no_exif.jpg": (322, 466, "Orientation", 1),
    "portrait_3.jpg": (450, 600, "Orientation", 3),
    "portrait_8.jpg": (450, 600, "Orientation", 8),
}


def photo(shared: Path, name: str) -> bytes:
    return (shared / "samples" / "photos" / name).read_bytes()


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures of one motif are apart, 0 to 255, looked at from afar."""
    first, second = (image.convert("L").resize((24, 24)) for image in (one, other))
    return ImageStat.Stat(ImageChops.difference(first, second)).mean[0]


def test_the_table_names_every_sample(shared: Path) -> None:
    assert {path.name for path in (shared / "samples" / "photos").iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sample_gives_a_thumbnail_and_its_facts(name: str, shared: Path, decoder: DecoderProcess) -> None:
    width, height, tag, value = EXPECTED[name]

    preview = decoder.preview(photo(shared, name))

    assert preview.reason is None
    assert preview.thumbnail is not None
    assert (preview.width, preview.height) == (width, height)
    assert preview.exif.get(tag) == value
    shown = Image.open(io.BytesIO(preview.thumbnail))
    assert max(shown.size) == min(512, max(width, height))
    assert abs(shown.width / shown.height - width / height) < 0.02 * width / height
    assert not shown.getexif()
    assert "icc_profile" not in shown.info
    assert "comment" not in shown.info


@pytest.mark.parametrize(
    ("turned", "upright"), [("landscape_6.jpg", "landscape_1.jpg"), ("portrait_3.jpg", "portrait_8.jpg")]
)
def test_a_turned_photo_is_shown_upright(turned: str, upright: str, shared: Path, decoder: DecoderProcess) -> None:
    shown, reference = (
        Image.open(io.BytesIO(decoder.preview(photo(shared, name)).thumbnail or b"")) for name in (turned, upright)
    )

    assert shown.size == reference.size
    assert difference(shown, reference) < 8
    assert difference(shown.transpose(Image.Transpose.ROTATE_180), reference) > 24


def test_a_photo_in_halves_is_damaged_and_still_tells_its_facts(shared: Path, decoder: DecoderProcess) -> None:
    whole = photo(shared, "DSCN0010.jpg")

    preview = decoder.preview(whole[: len(whole) // 2])

    assert preview.thumbnail is None
    assert preview.reason == "damaged"
    assert (preview.width, preview.height) == (640, 480)
    assert preview.exif["Make"] == "NIKON"
