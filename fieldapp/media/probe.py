"""What an attached file says it is: its media type from its first bytes, its kind, and a name that is safe to show.

The first bytes decide; the extension is asked only where they are silent, and only in the table below: the system's own
tables differ between machines. Nothing is parsed here and nothing can fail. What could run as a program is
`application/octet-stream`, whatever its name says.
"""

from __future__ import annotations

import re
import unicodedata

from fieldapp.i18n import _

HEAD_BYTES = 4096
"""How much of a file `media_type` looks at; less is fine when the file is shorter."""

NAME_CHARACTERS = 120
"""The longest name that `clean_name` gives."""

UNKNOWN = "application/octet-stream"

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_ODT = "application/vnd.oasis.opendocument.text"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"

# (offset, bytes that stand there, media type); the first that fits wins.
_MAGIC = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"II+\x00", "image/tiff"),
    (0, b"MM\x00+", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"%!PS", "application/postscript"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ADIF", "audio/aac"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"\x00\x00\x01\xb3", "video/mpeg"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "video/x-ms-asf"),
    (4, b"moov", "video/quicktime"),
    (4, b"mdat", "video/quicktime"),
    (4, b"wide", "video/quicktime"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"MZ", UNKNOWN),
    (0, b"\x7fELF", UNKNOWN),
    (0, b"\xcf\xfa\xed\xfe", UNKNOWN),
    (0, b"\xca\xfe\xba\xbe", UNKNOWN),
    (0, b"#!", UNKNOWN),
)

# ISO base media files (MP4 and its family): the major brand, then the compatible ones, in file order.
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_HEIF_BRANDS = (b"mif1", b"mif2", b"msf1")

_ZIP_MEMBERS = (
    (b"mimetype" + _ODT.encode(), _ODT),
    (b"mimetype" + _ODS.encode(), _ODS),
    (b"word/", _DOCX),
    (b"xl/", _XLSX),
    (b"ppt/", _PPTX),
)

_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}

_EXTENSIONS = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "jfif": "image/jpeg",
    "png": "image/png", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
    "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic", "heif": "image/heif", "avif": "image/avif",
    "svg": "image/svg+xml",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg",
    "wav": "audio/wav", "amr": "audio/amr", "flac": "audio/flac", "aac": "audio/aac",
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "3gp": "video/3gpp", "3g2": "video/3gpp",
    "mkv": "video/x-matroska", "webm": "video/webm", "avi": "video/x-msvideo", "mpg": "video/mpeg",
    "mpeg": "video/mpeg", "ogv": "video/ogg", "wmv": "video/x-ms-asf",
    "pdf": "application/pdf", "rtf": "application/rtf", "zip": "application/zip",
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "docx": _DOCX, "xlsx": _XLSX, "pptx": _PPTX, "odt": _ODT, "ods": _ODS,
    "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "csv": "text/csv", "json": "application/json",
    "vcf": "text/vcard", "eml": "message/rfc822", "srt": "text/plain",
}  # fmt: skip

_PROGRAMS = frozenset({
    "apk", "app", "bat", "class", "cmd", "com", "command", "cpl", "desktop", "dll", "exe", "gadget", "hta", "htm",
    "html", "jar", "js", "jse", "lnk", "msi", "pif", "ps1", "py", "reg", "scr", "sh", "url", "vb", "vbe", "vbs", "ws",
    "wsf", "wsh", "xhtml",
})  # fmt: skip

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLE_TYPES = {name: _EXTENSIONS[name] for name in ("doc", "xls", "ppt")}
_ZIP_TYPES = {name: _EXTENSIONS[name] for name in ("docx", "xlsx", "pptx", "odt", "ods", "zip")}

_SCANS = ("image/tiff", "application/pdf")

# Letters and marks that leave no ink, beyond the control and format classes of Unicode: fillers and selectors.
_INKLESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_UNSEEN_CLASSES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SEPARATORS = str.maketrans(dict.fromkeys("/\\\u2044\u2215\u29f8\ufe68\uff0f\uff3c", "_"))


def media_type(first_bytes: bytes, file_name: str) -> str:
    """The media type of a file that begins with `first_bytes` (at best `HEAD_BYTES` of them) and has that name."""
    head = first_bytes[:HEAD_BYTES]
    extension = _extension(file_name)
    found = _by_magic(head, extension)
    if found is not None:
        return found
    if extension in _PROGRAMS:
        return UNKNOWN
    if extension in _EXTENSIONS:
        return _EXTENSIONS[extension]
    return _by_text(head)


def document_kind(media_type: str) -> str:
    """The choice code of a document's kind: photo, scan, audio, video or file."""
    if media_type in _SCANS:
        return "scan"
    family = media_type.partition("/")[0]
    return {"image": "photo", "audio": "audio", "video": "video"}.get(family, "file")


def visible(text: str) -> str:
    """`text` with everything that hides or reorders made visible: a bidi mark becomes `[U+202E]`. Spaces become one."""
    shown = "".join(_shown(character) for character in unicodedata.normalize("NFC", text))
    return re.sub(" {2,}", " ", shown)


def clean_name(name: str) -> str:
    """`name` as it may be shown: no hidden characters, no path, `NAME_CHARACTERS` at most with the extension kept."""
    shown = visible(name).translate(_SEPARATORS).strip()
    if not shown:
        return _("unnamed file")
    if len(shown) <= NAME_CHARACTERS:
        return shown
    stem, dot, extension = shown.rpartition(".")
    if not dot or len(extension) > NAME_CHARACTERS // 4:
        return shown[: NAME_CHARACTERS - 1] + "…"
    return stem[: NAME_CHARACTERS - len(extension) - 2] + "…." + extension


def _extension(file_name: str) -> str:
    return file_name.rpartition(".")[2].strip().lower() if "." in file_name else ""


def _by_magic(head: bytes, extension: str) -> str | None:
    for offset, magic, found in _MAGIC:
        if head.startswith(magic, offset):
            return found
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"PK\x03\x04"):
        return _by_zip_member(head, extension)
    return _by_rarer_magic(head, extension)


def _by_rarer_magic(head: bytes, extension: str) -> str | None:
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:64] else "audio/ogg"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(_OLE):
        return _OLE_TYPES.get(extension, UNKNOWN)
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    return _by_audio_sync(head)


def _by_audio_sync(head: bytes) -> str | None:
    """MPEG audio without tags begins with eleven set bits; ADTS (AAC) says layer 0, MP3 layer III."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    if head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0:
        return "audio/mpeg"
    return None


def _by_brand(head: bytes) -> str:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))]
    if brands[0] in _BRANDS:
        return _BRANDS[brands[0]]
    if brands[0] in _HEIF_BRANDS:
        pictures = [_BRANDS[brand] for brand in brands if _BRANDS.get(brand, "").startswith("image/")]
        return pictures[0] if pictures else "image/heif"
    return "video/3gpp" if brands[0][:2] == b"3g" else "video/mp4"


def _by_zip_member(head: bytes, extension: str) -> str:
    for member, found in _ZIP_MEMBERS:
        if member in head:
            return found
    if extension in _PROGRAMS:
        return UNKNOWN
    return _ZIP_TYPES.get(extension, "application/zip")


def _by_text(head: bytes) -> str:
    """Plain text where the first bytes are UTF-8 without control characters; SVG and HTML are told apart from it."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # a character cut off at the end of the head is no fault
            return UNKNOWN
        text = head[: error.start].decode("utf-8")
    if not text or any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text):
        return UNKNOWN
    lowered = text.lstrip("\ufeff").lstrip().lower()
    if lowered.startswith("<") and "<svg" in lowered:
        return "image/svg+xml"
    return UNKNOWN if lowered.startswith(("<html", "<!doctype html", "<script")) else "text/plain"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in _UNSEEN_CLASSES or _INKLESS.match(character):
        return f"[U+{ord(character):04X}]"
    return character
