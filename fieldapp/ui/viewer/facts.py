"""What is known of a document beside its picture: read in the vault lane, shown as plain lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldapp.i18n import N_, _
from fieldapp.media.probe import clean_name, visible
from fieldapp.services import views
from fieldapp.services.archive import Archive
from fieldapp.services.documents import ATTACHMENT
from fieldapp.services.views import HistoryEntry, RecordView
from fieldapp.values import RecordId

_EVENTS: Mapping[str, str] = {
    "capture": N_("Taken or recorded"),
    "ingest": N_("Came into the vault"),
    "fixity check": N_("Checked against its hash"),
    "derivation": N_("Another document was made from it"),
    "access": N_("A copy was taken out"),
    "transfer": N_("Handed over"),
    "redaction": N_("Parts were covered"),
    "deletion": N_("Removed"),
}
_GROUP = 8
_MAX_EXIF = 200


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """One thing that happened to the file: what, when, by whom, and for what purpose or by what way."""

    event: str
    time_ms: int
    who: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A document as it is told beside its picture. Texts are cleaned for show."""

    title: str
    file_name: str
    media_type: str
    size_bytes: int | None
    sha256: str
    told: tuple[tuple[str, str], ...]
    exif: tuple[tuple[str, str], ...]
    custody: tuple[CustodyLine, ...]
    siblings: tuple[RecordId, ...]
    """The documents of the same record, in their order; only this one where it hangs on none."""


def facts_of(archive: Archive, document: RecordId) -> Facts:
    """Read all of it. Raises RecordNotFoundError."""
    view = views.view(archive, document)
    size, sha256 = view.value("size"), view.value("sha256")
    exif = view.value("exif")
    custody = tuple(_custody(entry) for entry in views.history(archive, document) if entry.event)
    return Facts(
        title=visible(view.row.title) or _("Document"),
        file_name=clean_name(str(view.value("file_name") or "")),
        media_type=visible(str(view.value("media_type") or "")),
        size_bytes=size if isinstance(size, int) else None,
        sha256=in_groups(sha256) if isinstance(sha256, bytes) else "",
        told=tuple(_told(view)),
        exif=tuple((visible(str(name)), visible(str(value))) for name, value in list(exif.items())[:_MAX_EXIF])
        if isinstance(exif, dict)
        else (),
        custody=custody,
        siblings=_siblings(archive, view),
    )


def in_groups(value: bytes, group: int = _GROUP) -> str:
    """Hex digits in groups, so that two people can compare them."""
    digits = value.hex()
    return " ".join(digits[start : start + group] for start in range(0, len(digits), group))


def event_words(event: str) -> str:
    """A custody event in words; one that this version does not know as it is."""
    return _(_EVENTS[event]) if event in _EVENTS else visible(event)


def _custody(entry: HistoryEntry) -> CustodyLine:
    who = ", ".join(visible(part) for part in (entry.author, entry.device) if part)
    return CustodyLine(entry.event, entry.time_ms, who, visible(entry.purpose))


def _told(view: RecordView) -> list[tuple[str, str]]:
    """What people said of it."""
    return [
        (_(field.field.label), visible(field.told))
        for field in view.fields
        if field.field is not None and not field.field.machine and field.told
    ]


def _siblings(archive: Archive, view: RecordView) -> tuple[RecordId, ...]:
    owners = [link.other_id for link in view.links if link.role == ATTACHMENT and not link.outgoing and link.other]
    if not owners:
        return (view.row.id,)
    links = views.view(archive, owners[0]).links
    return tuple(link.other_id for link in links if link.role == ATTACHMENT and link.outgoing and link.other) or (
        view.row.id,
    )
