"""Broken and hostile files: each gives a reason, quickly, and the decoder goes on."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fieldapp.media.frames import PICTURE_BYTES
from fieldapp.media.preview import DecoderProcess, Preview, Reason, reason_words
from tests.unit.media.making import jpeg_with_exif, lying, png, red_corner, saved, tiff, zeros

STARTS = [
    saved(red_corner(), name) for name in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF")
]  # valid pictures for the property test to spoil


def assert_still_well(decoder: DecoderProcess) -> None:
    assert decoder.preview(lying("JPEG", 1)).reason is None


def test_a_decompression_bomb_is_refused_by_its_header_and_its_size_told(decoder: DecoderProcess) -> None:
    bomb = png(30_000, 30_000, 1, 0, zeros(30_000 * 3751))
    assert len(bomb) < 1_000_000

    preview = decoder.preview(bomb)

    assert preview == Preview(None, 30_000, 30_000, {}, Reason.TOO_LARGE)
    assert_still_well(decoder)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_bomb_is_not_decoded_even_to_look_for_its_metadata() -> None:
    gif = bytearray(saved(red_corner("P"), "GIF"))
    gif[6:10] = b"\xff\xff\xff\xff"
    with DecoderProcess() as decoder:
        for bomb in (png(30_000, 30_000, 1, 0, zeros(30_000 * 3751)), bytes(gif), lying("BMP", 1)):
            decoder.preview(bomb)

        status = Path(f"/proc/{decoder.pid}/status").read_text()
    (peak,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 300_000  # KiB; the bomb would be 900 MB


def test_a_header_that_promises_more_than_there_is(decoder: DecoderProcess) -> None:
    preview = decoder.preview(png(10_000, 10_000, 8, 2, zeros(1000)))

    assert preview.reason == Reason.DAMAGED
    assert (preview.width, preview.height) == (10_000, 10_000)


@pytest.mark.parametrize("size", [0, 65535])
def test_a_gif_of_an_absurd_size(size: int, decoder: DecoderProcess) -> None:
    gif = bytearray(saved(red_corner("P"), "GIF"))
    gif[6:10] = struct.pack("<HH", size, size)

    assert decoder.preview(bytes(gif)).reason in (Reason.TOO_LARGE, Reason.DAMAGED, None)
    assert_still_well(decoder)


def test_a_webp_of_the_largest_size_there_is(decoder: DecoderProcess) -> None:
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\xff" * 2
    webp = b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas

    assert decoder.preview(webp).reason in (Reason.TOO_LARGE, Reason.DAMAGED)
    assert_still_well(decoder)


def test_a_tiff_whose_directories_go_in_a_circle(decoder: DecoderProcess) -> None:
    entries = [(256, 4, 1, 16), (257, 4, 1, 16), (34665, 4, 1, 8), (34853, 4, 1, 8), (40965, 4, 1, 8), (330, 4, 1, 8)]

    assert decoder.preview(tiff(entries, next_offset=8)).reason == Reason.DAMAGED
    assert_still_well(decoder)


def test_a_small_tiff_with_a_giant_tile(decoder: DecoderProcess) -> None:
    entries = [(256, 4, 1, 9), (257, 4, 1, 9), (258, 3, 1, 8), (259, 3, 1, 5), (262, 3, 1, 1), (277, 3, 1, 1)]
    tiles = [(322, 4, 1, 60_000), (323, 4, 1, 60_000), (324, 4, 1, 8), (325, 4, 1, 8)]

    assert decoder.preview(tiff(entries + tiles)).reason in (Reason.TOO_LARGE, Reason.DAMAGED)
    assert_still_well(decoder)


def test_a_tiff_that_asks_for_all_memory(decoder: DecoderProcess) -> None:
    strips = [(256, 4, 1, 14_000), (257, 4, 1, 14_000), (258, 3, 1, 32), (262, 3, 1, 1), (273, 4, 0xFFFFFFFF, 8)]

    assert decoder.preview(tiff(strips)).reason in (Reason.TOO_LARGE, Reason.DAMAGED)
    assert_still_well(decoder)


def test_ten_megabytes_of_description_are_cut(decoder: DecoderProcess) -> None:
    preview = decoder.preview(saved(red_corner(), "TIFF", tiffinfo={270: "A" * 10_000_000}))

    assert preview.reason is None
    assert len(str(preview.exif["ImageDescription"])) == 2000


def test_ten_megabytes_of_comment_in_a_jpeg_are_cut(decoder: DecoderProcess) -> None:
    segment = b"\xff\xfe" + struct.pack(">H", 65535) + b"c" * 65533
    plain = saved(red_corner(), "JPEG")

    preview = decoder.preview(plain[:2] + segment * 160 + plain[2:])

    assert preview.reason is None
    assert len(preview.thumbnail or b"") < 10_000


def test_a_thousand_long_tags_leave_room_for_what_identifies(decoder: DecoderProcess) -> None:
    told = Image.Exif()
    for tag in range(1000):
        told[0xC000 + tag] = "x" * 60
    told[0x010F] = "Canon"
    told[0x0110] = "X" * 300

    preview = decoder.preview(saved(red_corner(), "PNG", exif=told.tobytes()))

    assert preview.exif["Make"] == "Canon"
    assert int(preview.exif["truncated"]) > 0


def test_hidden_characters_in_exif_are_made_visible(decoder: DecoderProcess) -> None:
    told = Image.Exif()
    told[0x010F] = "Ca\x1b[31mnon"
    told[0x0131] = "gpj\u202e.exe".encode()

    preview = decoder.preview(jpeg_with_exif(told))

    assert preview.exif["Make"] == "Ca[U+001B][31mnon"
    assert preview.exif["Software"] == "gpj[U+202E].exe"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", Reason.UNSUPPORTED),
        (b"<?xml version='1.0'?>\n<svg/>", Reason.UNSUPPORTED),
        (b"8BPS\x00\x01" + bytes(100), Reason.UNSUPPORTED),
        (b"\x00\x00\x00\x1cftypavif" + bytes(100), Reason.UNSUPPORTED),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", Reason.NOT_A_PICTURE),
        (b"P6 1 1 255\n\x00\x00\x00", Reason.NOT_A_PICTURE),
        (b"%PDF-1.7\n", Reason.NOT_A_PICTURE),
        (b"just words", Reason.NOT_A_PICTURE),
        (bytes(5000), Reason.NOT_A_PICTURE),
        (b"\xff\xd8\xff", Reason.DAMAGED),
        (b"\x89PNG\r\n\x1a\n", Reason.DAMAGED),
        (b"GIF89a", Reason.DAMAGED),
        (b"II*\x00\xff\xff\xff\xff", Reason.DAMAGED),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), Reason.DAMAGED),
    ],
)
def test_what_is_no_picture_has_a_reason(file: bytes, reason: Reason, decoder: DecoderProcess) -> None:
    assert decoder.preview(file) == Preview(None, None, None, {}, reason)
    assert_still_well(decoder)


@pytest.mark.parametrize("tail", [b"PK\x03\x04" + bytes(100), b"%!PS\n(evil) run\n", b"<svg onload='x()'/>"])
def test_a_polyglot_is_only_what_it_begins_with(tail: bytes, decoder: DecoderProcess) -> None:
    assert decoder.preview(lying("JPEG", 1) + tail).reason is None
    assert decoder.preview(tail + lying("JPEG", 1)).reason in (Reason.NOT_A_PICTURE, Reason.UNSUPPORTED)


def test_every_cut_of_a_picture_is_damaged_or_shown_whole(decoder: DecoderProcess) -> None:
    for whole in STARTS:
        for end in range(64, len(whole) - 64, max(1, len(whole) // 12)):
            assert decoder.preview(whole[:end]).reason in (Reason.DAMAGED, Reason.TOO_LARGE, None)
    assert_still_well(decoder)


class Film:
    """A picture's first bytes, then three gigabytes that nobody should read."""

    def __init__(self, head: bytes) -> None:
        self.head = io.BytesIO(head)
        self.read_bytes = 0

    def read(self, size: int, /) -> bytes:
        part = self.head.read(size) or bytes(size)
        self.read_bytes += len(part)
        return part


@pytest.mark.parametrize(
    ("head", "size", "reason"),
    [
        (b"\x00\x00\x00\x18ftypisom", 3 << 30, Reason.NOT_A_PICTURE),
        (b"\xff\xd8\xff\xe0", 3 << 30, Reason.TOO_LARGE),
        (b"\xff\xd8\xff\xe0", PICTURE_BYTES + 1, Reason.TOO_LARGE),
    ],
)
def test_a_large_file_is_not_read(head: bytes, size: int, reason: Reason, decoder: DecoderProcess) -> None:
    film = Film(head)

    assert decoder.preview(film, size).reason == reason
    assert film.read_bytes <= 4096


@settings(max_examples=150)
@given(start=st.sampled_from(STARTS), at=st.integers(0, 4000), put=st.binary(max_size=40), end=st.integers(0, 4096))
def test_any_spoiled_picture_gives_a_preview(start: bytes, at: int, put: bytes, end: int) -> None:
    spoiled = (start[:at] + put + start[at + len(put) :])[:end]

    preview = ONE.preview(spoiled)

    assert (preview.thumbnail is None) == (preview.reason is not None)


@settings(max_examples=150)
@given(st.binary(max_size=4096))
def test_any_bytes_give_a_preview(file: bytes) -> None:
    assert ONE.preview(file).reason is not None


def test_every_reason_has_words() -> None:
    assert all(reason_words(reason).startswith("No preview:") for reason in Reason)


ONE = DecoderProcess()  # one for all examples of the property tests; it starts with the first of them


@pytest.fixture(scope="module", autouse=True)
def _closing():  # type: ignore[no-untyped-def]  # noqa: ANN202 - a fixture
    yield
    ONE.close()
