"""The EXIF snapshot: faithful, plain, bounded, and never an exception."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from fieldapp.media.exif import SNAPSHOT_BYTES, Snapshot, snapshot
from tests.unit.media.making import red_corner, saved


def told_by(
    image: dict[int, Any], exif: dict[int, Any] | None = None, gps: dict[int, Any] | None = None, name: str = "JPEG"
) -> Snapshot:
    """The snapshot of a picture that tells these tags."""
    told = Image.Exif()
    told.update(image)
    told.get_ifd(ExifTags.IFD.Exif).update(exif or {})
    told.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return snapshot(Image.open(io.BytesIO(saved(red_corner(), name, exif=told.tobytes()))))


def place(*parts: float) -> tuple[IFDRational, ...]:
    return tuple(IFDRational(int(part * 100), 100) for part in parts)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_dates_fractions_and_texts_are_kept_as_told(name: str) -> None:
    found = told_by(
        {0x010F: "Xiaomi"},
        {0x9003: "2026:02:31 25:61:00", 0x9011: "+05:00", 0x9291: "042", 0x829A: IFDRational(1, 200), 0xA431: "SN-9"},
        name=name,
    )

    assert found["Make"] == "Xiaomi"
    assert found["DateTimeOriginal"] == "2026:02:31 25:61:00"
    assert found["OffsetTimeOriginal"] == "+05:00"
    assert found["SubsecTimeOriginal"] == "042"
    assert found["ExposureTime"] == "1/200"
    assert found["BodySerialNumber"] == "SN-9"


def test_text_that_a_phone_wrote_as_utf_8_is_read_as_such() -> None:
    assert told_by({0x0131: "Фото".encode()})["Software"] == "Фото"
    assert told_by({0x0131: "Büro".encode("latin-1")})["Software"] == "Büro"


def test_a_place_is_reckoned_in_signed_decimals() -> None:
    found = told_by(
        {}, gps={1: "S", 2: place(41, 18, 36), 3: "W", 4: place(69, 16.5, 0), 5: b"\x01", 6: IFDRational(285, 10)}
    )

    assert (found["latitude"], found["longitude"], found["altitude"]) == ("-41.310000", "-69.275000", "-28.5")
    assert found["GPSLatitude"] == "41/1, 18/1, 36/1"


@pytest.mark.parametrize("latitude", [place(91, 0, 0), (IFDRational(1, 0),) * 3, place(1, 2, 3, 4)])
def test_a_place_that_cannot_be_is_kept_as_told_but_not_reckoned(latitude: tuple[IFDRational, ...]) -> None:
    found = told_by({}, gps={1: "N", 2: latitude})

    assert "latitude" not in found
    assert "GPSLatitude" in found


def test_comments_in_bytes_become_text() -> None:
    found = told_by({0x9C9C: "тайна".encode("utf-16-le")}, {0x9286: b"UNICODE\0" + "сирли".encode("utf-16")})

    assert found["XPComment"] == "тайна"
    assert found["UserComment"] == "сирли"


def test_a_tag_without_a_name_is_kept_under_its_number() -> None:
    assert told_by({0xDEAD: "who knows"})["Tag 0xDEAD"] == "who knows"


def test_long_bytes_are_told_by_their_beginning_and_length() -> None:
    note = told_by({}, {0x927C: bytes(range(256)) * 10})["MakerNote"]

    assert str(note).startswith("0x00010203")
    assert str(note).endswith("… (2560)")


values = st.one_of(
    st.text(max_size=3000),
    st.binary(max_size=3000),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 65535)).map(tuple),
)


@settings(max_examples=60)
@given(st.dictionaries(st.integers(1, 65535), values, max_size=40))
def test_whatever_is_told_becomes_bounded_plain_values(tags: dict[int, Any]) -> None:
    image = red_corner()
    told = image.getexif()
    told.update(tags)

    found = snapshot(image)

    assert all(isinstance(value, str | int) for value in found.values())
    assert len(json.dumps(found)) <= SNAPSHOT_BYTES


@settings(max_examples=100)
@given(st.sampled_from([b"II*\x00\x08\x00\x00\x00", b"MM\x00*\x00\x00\x00\x08"]), st.binary(max_size=600))
def test_any_bytes_as_exif_give_a_snapshot(head: bytes, body: bytes) -> None:
    picture = saved(red_corner(), "PNG", exif=head + body)

    found = snapshot(Image.open(io.BytesIO(picture)))

    assert len(json.dumps(found)) <= SNAPSHOT_BYTES
