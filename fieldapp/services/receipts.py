"""Receipts: who proved to hold what, and what follows from it. Everything that window and command line ask for."""

from __future__ import annotations

from fieldapp.services.acknowledged import (
    Copies,
    Coverage,
    Lack,
    Missing,
    Unacknowledged,
    covered,
    dismiss_missing,
    lacking_before,
    missing_bundles,
    promised,
    unacknowledged,
)
from fieldapp.services.departures import Went, went, went_with
from fieldapp.services.holdings import Holding
from fieldapp.services.statements import (
    SUFFIX,
    Made,
    Taken,
    due,
    held_by,
    import_file,
    is_receipt,
    make,
    note,
    statement_of,
    take,
    take_entries,
    take_entry,
    write_file,
)

__all__ = [
    "SUFFIX",
    "Copies",
    "Coverage",
    "Holding",
    "Lack",
    "Made",
    "Missing",
    "Taken",
    "Unacknowledged",
    "Went",
    "covered",
    "dismiss_missing",
    "due",
    "held_by",
    "import_file",
    "is_receipt",
    "lacking_before",
    "make",
    "missing_bundles",
    "note",
    "promised",
    "statement_of",
    "take",
    "take_entries",
    "take_entry",
    "unacknowledged",
    "went",
    "went_with",
    "write_file",
]
