"""What the decoder makes of honest pictures: upright, opaque, sRGB, small."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageCms

from fieldapp.media.preview import DecoderProcess, Preview
from tests.unit.media.making import RED, lying, red_corner, saved


def shown(preview: Preview) -> Image.Image:
    assert preview.reason is None
    return Image.open(io.BytesIO(preview.thumbnail or b""))


def near(pixel: object, expected: tuple[int, int, int], within: int = 24) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= within for one, other in zip(pixel, expected, strict=True))


def is_red_corner(image: Image.Image) -> bool:
    white = [image.getpixel(place) for place in ((80, 12), (80, 50), (16, 50))]
    return image.size == (96, 64) and near(image.getpixel((16, 12)), RED) and all(near(p, (255,) * 3) for p in white)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_every_orientation_is_shown_upright(format_name: str, orientation: int, decoder: DecoderProcess) -> None:
    preview = decoder.preview(lying(format_name, orientation))

    assert is_red_corner(shown(preview))
    assert (preview.width, preview.height) == (96, 64)
    assert preview.exif.get("Orientation", 1) == orientation


@pytest.mark.parametrize("told", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(told: int, decoder: DecoderProcess) -> None:
    exif = Image.Exif()
    exif[0x0112] = told

    preview = decoder.preview(saved(red_corner(), "JPEG", exif=exif.tobytes()))

    assert is_red_corner(shown(preview))


@pytest.mark.parametrize(
    ("format_name", "mode"),
    [
        ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "1"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "RGBA"),
        ("PNG", "I;16"), ("GIF", "P"), ("WEBP", "RGBA"), ("TIFF", "1"), ("TIFF", "CMYK"), ("TIFF", "LAB"),
        ("TIFF", "F"), ("TIFF", "I;16"), ("TIFF", "I"), ("BMP", "RGB"), ("BMP", "1"), ("HEIF", "RGBA"),
    ],
)  # fmt: skip
def test_every_colour_mode_is_shown(format_name: str, mode: str, decoder: DecoderProcess) -> None:
    image = red_corner(mode) if mode not in ("I;16", "LAB") else Image.new(mode, (96, 64))
    if mode == "I;16":
        image.paste(65535, (48, 0, 96, 64))

    thumbnail = shown(decoder.preview(saved(image, format_name)))

    assert (thumbnail.size, thumbnail.mode) == ((96, 64), "RGB")
    if mode == "I;16":
        assert near(thumbnail.getpixel((16, 12)), (0, 0, 0))
    if mode != "LAB":
        assert near(thumbnail.getpixel((80, 12)), (255, 255, 255))


def test_what_is_transparent_is_shown_on_white(decoder: DecoderProcess) -> None:
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))

    assert near(shown(decoder.preview(saved(image, "PNG"))).getpixel((16, 16)), (255, 255, 255))


def test_only_the_first_frame_is_shown(decoder: DecoderProcess) -> None:
    second = Image.new("RGB", (96, 64), "black")

    for format_name in ("GIF", "WEBP", "PNG", "TIFF"):
        moving = saved(red_corner(), format_name, save_all=True, append_images=[second])
        assert is_red_corner(shown(decoder.preview(moving)))


def test_a_profile_is_followed(decoder: DecoderProcess) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")
    red = Image.new("RGB", (32, 32), (255, 0, 0))

    plain = shown(decoder.preview(saved(red, "PNG", icc_profile=srgb))).getpixel((16, 16))
    told = shown(decoder.preview(saved(red, "PNG", icc_profile=swapped))).getpixel((16, 16))

    assert near(plain, (255, 0, 0), within=3)
    assert near(told, (0, 255, 0), within=3)


def test_a_profile_of_nonsense_is_passed_over(decoder: DecoderProcess) -> None:
    assert is_red_corner(shown(decoder.preview(saved(red_corner(), "PNG", icc_profile=b"nonsense" * 50))))


def test_a_long_side_is_512_and_a_small_picture_is_not_made_larger(decoder: DecoderProcess) -> None:
    assert shown(decoder.preview(saved(Image.new("RGB", (3000, 30)), "JPEG"))).size == (512, 5)
    assert shown(decoder.preview(saved(Image.new("RGB", (5000, 1)), "PNG"))).size == (512, 1)
    assert shown(decoder.preview(saved(Image.new("RGB", (7, 9)), "PNG"))).size == (7, 9)


def test_a_thumbnail_carries_nothing_of_the_file(decoder: DecoderProcess) -> None:
    exif = Image.Exif()
    exif[0x010E] = "CANARY in the description"
    picture = saved(red_corner(), "JPEG", exif=exif.tobytes(), comment=b"CANARY in the comment", dpi=(300, 300))

    preview = decoder.preview(picture)

    assert preview.exif["ImageDescription"] == "CANARY in the description"
    assert b"CANARY" not in (preview.thumbnail or b"")
    assert not set(shown(preview).info) & {"exif", "comment", "icc_profile", "photoshop"}


def test_pixels_are_rows_of_blue_green_red_and_full(decoder: DecoderProcess) -> None:
    pixels = decoder.pixels(lying("PNG", 6), max_side=4096)

    assert (pixels.reason, pixels.width, pixels.height) == (None, 96, 64)
    assert len(pixels.rows) == 4 * 96 * 64
    assert pixels.rows[:4] == bytes((RED[2], RED[1], RED[0], 255))
    assert pixels.rows[-4:] == b"\xff\xff\xff\xff"


def test_pixels_stay_within_the_side_that_was_asked(decoder: DecoderProcess) -> None:
    wide = saved(Image.new("RGB", (6000, 40)), "JPEG")

    assert decoder.pixels(wide, max_side=300).width == 300
    assert decoder.pixels(wide, max_side=100_000).width == 4096


def test_a_thumbnail_is_itself_a_picture_to_be_shown(decoder: DecoderProcess) -> None:
    thumbnail = decoder.preview(lying("JPEG", 8)).thumbnail or b""

    assert (decoder.pixels(thumbnail, max_side=512).width, decoder.pixels(b"", max_side=512).reason) == (96, "empty")
