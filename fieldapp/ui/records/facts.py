"""What a row of a list shows beside its title. Read in the vault lane, for the rows that are seen and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldapp.errors import RecordNotFoundError
from fieldapp.i18n import language
from fieldapp.records import dates
from fieldapp.records.model import show_value
from fieldapp.services import views
from fieldapp.services.archive import Archive
from fieldapp.services.views import RecordView
from fieldapp.ui.sizes import size_words
from fieldapp.values import RecordId

ATTACHMENT = "attachment"
_MOST_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """Two short texts; for a document also its kind."""

    when: str = ""
    about: str = ""
    kind: str = ""


def facts_of(archive: Archive, records: Sequence[RecordId]) -> dict[RecordId, Facts]:
    """The facts of these records; a record that has gone has none."""
    found: dict[RecordId, Facts] = {}
    for record in records:
        try:
            found[record] = _facts(views.view(archive, record))
        except RecordNotFoundError:
            found[record] = Facts()
    return found


def _facts(view: RecordView) -> Facts:
    if view.row.type == "testimony":
        return Facts(_when(view, "date"), _people(view) or _told(view, "account_kind"))
    if view.row.type == "person":
        return Facts(_told(view, "status"), ", ".join(_all_told(view, "citizenship")) or _told(view, "occupation"))
    kind = view.value("document_kind")
    size = view.value("size")
    about = [_told(view, "document_kind"), size_words(size) if isinstance(size, int) else ""]
    return Facts(
        _when(view, "captured_date") or _when(view, "collected_date"),
        ", ".join(part for part in about if part),
        kind if isinstance(kind, str) else "",
    )


def _told(view: RecordView, name: str) -> str:
    return next(iter(_all_told(view, name)), "")


def _when(view: RecordView, name: str) -> str:
    """A date as short as a list wants it: by the day, in words; as told only where nothing else is known."""
    value = view.value(name)
    edtf = value.get("edtf") if isinstance(value, dict) else None
    found = dates.understand(edtf.partition("T")[0]) if isinstance(edtf, str) else None
    if found is None or found.edtf == dates.UNKNOWN:
        return _told(view, name)
    return dates.describe(found, language())


def _all_told(view: RecordView, name: str) -> list[str]:
    return [show_value(field.field, field.value) for field in view.fields if field.name == name]


def _people(view: RecordView) -> str:
    names = [link.other.title for link in view.links if link.other and link.other.type == "person" and link.other.title]
    shown = list(dict.fromkeys(names))
    return ", ".join(shown[:_MOST_PEOPLE]) + (" …" if len(shown) > _MOST_PEOPLE else "")
