"""Media types from first bytes, kinds of documents, and names that are safe to show."""

from __future__ import annotations

import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.media.probe import NAME_CHARACTERS, clean_name, document_kind, media_type, visible

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OCTETS = "application/octet-stream"


def zipped(*members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    return out.getvalue()


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return (len(body) + 4).to_bytes(4, "big") + body + b"\x00\x00\x00\x08mdat"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"BM\x36\x00\x00\x00\x00\x00\x00\x00", "image/bmp"),
        (ftyp(b"heic", b"mif1"), "image/heic"),
        (ftyp(b"mif1", b"heic"), "image/heic"),
        (ftyp(b"mif1"), "image/heif"),
        (ftyp(b"avif"), "image/avif"),
        (ftyp(b"mif1", b"avif"), "image/avif"),
        (ftyp(b"isom", b"mp41"), "video/mp4"),
        (ftyp(b"qt  "), "video/quicktime"),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "video/quicktime"),
        (ftyp(b"3gp5"), "video/3gpp"),
        (ftyp(b"M4A "), "audio/mp4"),
        (b"\x1aE\xdf\xa3\x01\x00\x42\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x01\x00\x42\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"OggS\x00\x02" + bytes(22) + b"OpusHead", "audio/ogg"),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora", "video/ogg"),
        (b"fLaC", "audio/flac"),
        (b"#!AMR\n", "audio/amr"),
        (b"%PDF-1.7", "application/pdf"),
        (zipped("[Content_Types].xml", "word/document.xml"), DOCX),
        (zipped("a.txt"), "application/zip"),
        (b"MZ\x90\x00", OCTETS),
        (b"\x7fELF", OCTETS),
        (b"#!/bin/sh\nrm -rf ~", OCTETS),
        ("Мой рассказ\n".encode(), "text/plain"),
        (b"<html><script>x()</script>", OCTETS),
        (b"\x00\x01\x02", OCTETS),
        (b"", OCTETS),
    ],
)
def test_the_first_bytes_tell_the_type_without_a_name(head: bytes, expected: str) -> None:
    assert media_type(head, "") == expected


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"\xff\xd8\xff\xe1", "contract.pdf", "image/jpeg"),
        (b"MZ\x90\x00", "photo.jpg", OCTETS),
        (b"#!/bin/sh", "notes.txt", OCTETS),
        (b"hello", "notes.TXT", "text/plain"),
        (b"a;b", "list.csv", "text/csv"),
        (b"echo off", "photo.jpg.bat", OCTETS),
        (b"x", "page.html", OCTETS),
        (zipped("META-INF/MANIFEST.MF"), "game.jar", OCTETS),
        (b"\x01\x02\x03", "voice.amr", "audio/amr"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "order.doc", "application/msword"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "setup.msi", OCTETS),
    ],
)
def test_the_name_is_asked_only_where_the_bytes_are_silent(head: bytes, name: str, expected: str) -> None:
    assert media_type(head, name) == expected


def test_text_is_text_also_where_the_head_ends_within_a_letter() -> None:
    assert media_type(("я" * 5000).encode()[:4095], "") == "text/plain"


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_and_name_have_a_type_and_a_kind(head: bytes, name: str) -> None:
    assert document_kind(media_type(head, name)) in {"photo", "scan", "audio", "video", "file"}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("image/jpeg", "photo"),
        ("image/heic", "photo"),
        ("image/tiff", "scan"),
        ("application/pdf", "scan"),
        ("audio/ogg", "audio"),
        ("video/mp4", "video"),
        ("text/plain", "file"),
        (OCTETS, "file"),
    ],
)
def test_the_kind_of_a_document_follows_its_type(told: str, kind: str) -> None:
    assert document_kind(told) == kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Шартнома ўқ.jpg", "Шартнома ўқ.jpg"),
        ("photo\u202egpj.exe", "photo[U+202E]gpj.exe"),
        ("a\u200bb\u2066.txt", "a[U+200B]b[U+2066].txt"),
        ("line\nbreak\x1b[2J", "line[U+000A]break[U+001B][2J"),
        ("photo.jpg                    .exe", "photo.jpg .exe"),
        ("photo.jpg\u3164\u3164.exe", "photo.jpg[U+3164][U+3164].exe"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("C:\\Users\\me\\x.txt", "C:_Users_me_x.txt"),
        ("\udce9.txt", "[U+DCE9].txt"),
        ("   ", "unnamed file"),
        ("", "unnamed file"),
    ],
)
def test_a_name_is_shown_as_it_is_with_nothing_hidden(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_a_long_name_keeps_its_extension() -> None:
    shown = clean_name("х" * 400 + ".heic")

    assert len(shown) == NAME_CHARACTERS
    assert shown.endswith("х….heic")
    assert len(clean_name("x." + "y" * 400)) == NAME_CHARACTERS


@given(st.text())
def test_no_name_hides_anything(name: str) -> None:
    shown = clean_name(name)

    assert 0 < len(shown) <= NAME_CHARACTERS
    assert not set(shown) & set("/\\\u202e\u200b\u3164")
    assert all(unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in shown)
    assert clean_name(shown) == shown
    assert visible(shown) == shown
