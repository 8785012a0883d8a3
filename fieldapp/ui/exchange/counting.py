"""Counts of records in words."""

from __future__ import annotations

from fieldapp.i18n import ngettext

KINDS = ("testimony", "person", "document")
"""The records that people tick and count, in this order; links go along by themselves."""


def counted(records: dict[str, int]) -> str:
    """How many records of which kind: "3 testimonies, 2 people". Links are not counted."""
    told = [_words(kind, records[kind]) for kind in KINDS if records.get(kind)]
    others = sum(count for kind, count in records.items() if kind not in (*KINDS, "link"))
    if others:
        told.append(ngettext("%d other record", "%d other records", others) % others)
    return ", ".join(told)


def _words(kind: str, count: int) -> str:
    words = {
        "testimony": ngettext("%d testimony", "%d testimonies", count),
        "person": ngettext("%d person", "%d people", count),
        "document": ngettext("%d document", "%d documents", count),
    }
    return words[kind] % count
