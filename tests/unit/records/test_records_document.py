"""The document of the record format says what the code does. Run as a program, this writes its tables anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldapp.records.fields_shape import Field
from fieldapp.records.model import COMPARTMENTS, TYPES, FieldKind
from fieldapp.records.vocabulary import vocabulary, vocabulary_names

DOCUMENT = Path(__file__).parents[3] / "resources" / "docs" / "formats" / "records.md"


def fields_tables() -> str:
    """A table of fields for each record type."""
    parts = []
    for kind in TYPES.values():
        rows = [_row(field) for field in kind.fields]
        head = ["| field | kind | many | compartment | list | meaning | HURIDOCS |", "|---|---|---|---|---|---|---|"]
        parts.append("\n".join([f"### {kind.name}", "", *head, *rows]))
    return "\n\n".join(parts)


def lists_tables() -> str:
    """Each list with its codes and English terms."""
    parts = []
    for name in vocabulary_names():
        terms = vocabulary(name).terms
        source = f" (HURIDOCS {terms[0].huridocs.partition('/')[0]})" if terms[0].huridocs else ""
        words = "; ".join(f"`{term.code}` {term.en}" for term in terms)
        parts.append(f"**{name}**{source}: {words}.")
    return "\n\n".join(parts)


def _row(field: Field) -> str:
    cells = [
        f"`{field.name}`",
        field.kind.value + (" *machine*" if field.machine else ""),
        "many" if field.multi else "",
        field.compartment,
        field.vocabulary or "",
        field.label,
        field.huridocs or "",
    ]
    return f"| {' | '.join(cells)} |"


def with_tables(document: str) -> str:
    """The document with its tables made anew."""
    for name, made in (("fields", fields_tables()), ("lists", lists_tables())):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = document.split(begin)
        document = f"{before}{begin}\n{made}\n{end}{rest.split(end)[1]}"
    return document


def test_the_tables_are_those_of_the_code() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert with_tables(document) == document


@pytest.mark.parametrize("word", [*COMPARTMENTS, *(kind.value for kind in FieldKind)])
def test_every_compartment_and_every_kind_of_value_is_explained(word: str) -> None:
    assert re.search(rf"^\| `?{word}`? \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
