"""An earlier state of a record beside the one of today, field by field. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fieldapp.i18n import _
from fieldapp.records.model import FieldKind
from fieldapp.services.views import FieldView, RecordView


@dataclass(frozen=True, slots=True)
class PastLine:
    """One field: what it said then and says now; empty for nothing."""

    label: str
    then: str
    now: str

    @property
    def differs(self) -> bool:
        """Whether it says something else today."""
        return self.then != self.now


def lines_of(then: RecordView, now: RecordView) -> list[PastLine]:
    """What the record said then, in the order of the form; fields that say something only today at their place."""
    before, after = _told(then.fields), _told(now.fields)
    labels = {name: label for name, (label, _text) in (*after.items(), *before.items())}
    places = {name: place for place, name in enumerate(after)}
    names = sorted(labels, key=lambda name: places.get(name, len(places)))
    return [PastLine(labels[name], before.get(name, _NOTHING)[1], after.get(name, _NOTHING)[1]) for name in names]


_NOTHING = ("", "")


def _told(fields: Iterable[FieldView]) -> dict[str, tuple[str, str]]:
    """By field: its label, and all that it says on one line; what the machine saw of a file is left out."""
    told: dict[str, tuple[str, str]] = {}
    for each in fields:
        if each.field is None or each.field.machine or each.field.kind is FieldKind.MAP:
            continue
        text = " / ".join(account.told for account in each.accounts) if each.contested else each.told
        label, before = told.get(each.name, (_(each.field.label), ""))
        told[each.name] = label, "; ".join(part for part in (before, text) if part)
    return {name: words for name, words in told.items() if words[1]}
