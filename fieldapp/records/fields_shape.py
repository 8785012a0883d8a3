"""What a field and a record type are; the types themselves stand in `fields_*.py`, all of them in `model.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fieldapp.i18n import N_

ORDINARY, CONTACT, CODES, CONSENT = "ordinary", "contact", "codes", "consent"

COMPARTMENTS = (ORDINARY, CONTACT, CODES, CONSENT)
"""What can be withheld, shredded or shared alone: one entry holds claims of one of these.

`contact` is phones and the safe-contact line, which travel together. `codes` is code words, which never leave the
device unless ticked by hand for one bundle. `consent` has no fields yet.
"""

GROUPS = {
    "account": N_("The account"),
    "people": N_("Who was there"),
    "narrative": N_("What was told"),
    "assessment": N_("How sure we are"),
    "care": N_("Care"),
    "name": N_("Names"),
    "identity": N_("Who it is"),
    "situation": N_("Situation now"),
    "contact": N_("Safe contact"),
    "codes": N_("Code words"),
    "document": N_("The document"),
    "collection": N_("How it was collected"),
    "file": N_("The file"),
    "link": N_("The link"),
    "task": N_("The task"),
    "notes": N_("Notes"),
}
"""Group of fields → its heading (a message id)."""


class FieldKind(Enum):
    """What a value is; resources/docs/formats/records.md gives the shapes."""

    TEXT = "text"
    """One line, at most 1,000 characters."""
    LONG_TEXT = "long_text"
    """Lines, at most 1,000,000 characters."""
    DATE = "date"
    """Map {"edtf": text, "told": text if there is one}."""
    CHOICE = "choice"
    """A code of the field's vocabulary; a clarifying note goes with the claim, not into the value."""
    NUMBER = "number"
    """Whole number from 0."""
    RECORD = "record"
    """The 16 bytes of a record's id."""
    BYTES = "bytes"
    """Bytes written by the program, shown as hex."""
    MAP = "map"
    """Map written by the program, such as a snapshot of EXIF."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be said of a record.

    `label` and `hint` are message ids. `huridocs` is the HURIDOCS field and micro-thesaurus. `multi` fields hold any
    number of items, each a claim of its own (`model.item_key`). `machine` fields are written by the program alone.
    """

    name: str
    kind: FieldKind
    label: str
    compartment: str = ORDINARY
    vocabulary: str | None = None
    multi: bool = False
    group: str = "notes"
    hint: str | None = None
    huridocs: str | None = None
    machine: bool = False


@dataclass(frozen=True, slots=True)
class RecordType:
    """A noun of the field. `label` and `plural` are message ids; `fields` are in the order of the form.

    `date_fields`: the first of these that has a date puts the record on the time line.
    """

    name: str
    label: str
    plural: str
    fields: tuple[Field, ...]
    date_fields: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name (no item), or None."""
        return next((field for field in self.fields if field.name == name), None)
