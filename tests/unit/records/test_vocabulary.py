"""The controlled lists, and that HURIDOCS terms are HURIDOCS terms."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from fieldapp.errors import BugError
from fieldapp.records.vocabulary import vocabulary, vocabulary_names

REFERENCE = Path("reference", "huridocs-microthesauri.csv")
HURIDOCS_LISTS = {
    "reliability": "42",
    "material_type": "16",
    "source_connection": "19",
    "relation": "21",
    "counting_unit": "7",
}


@pytest.mark.parametrize("name", vocabulary_names())
def test_every_list_has_unique_codes_and_terms_in_both_languages(name: str) -> None:
    terms = vocabulary(name).terms

    assert terms
    for texts in ([term.code for term in terms], [term.en for term in terms], [term.ru for term in terms]):
        assert len({text.casefold() for text in texts}) == len(texts)
    for term in terms:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", term.code)
        assert re.search("[a-z]", term.en)
        assert re.search("[а-я]", term.ru)


@pytest.mark.parametrize(("name", "number"), HURIDOCS_LISTS.items())
def test_lists_taken_from_huridocs_have_its_codes_and_its_english_terms(name: str, number: str, shared: Path) -> None:
    with (shared / REFERENCE).open(encoding="utf-8", newline="") as lines:
        theirs = {
            f"MT{row['list']}/{row['huri_code']}": row["term_en"]
            for row in csv.DictReader(lines)
            if row["list"] == number
        }

    assert {term.huridocs: term.en for term in vocabulary(name).terms} == theirs


def test_a_term_is_found_by_code_and_by_its_words_in_both_languages() -> None:
    relation = vocabulary("relation")

    assert relation.find("fiance") == "fiance"
    assert relation.find("Fiancé") == "fiance"
    assert relation.find(" партнёр ИЛИ партнерша ") == "partner"
    assert relation.find("") is None
    assert relation.find("cousin") is None


def test_each_term_is_shown_in_its_language_and_an_unknown_code_as_itself() -> None:
    reliability = vocabulary("reliability")

    assert reliability.term("highly_reliable", "en") == "Highly reliable"
    assert reliability.term("highly_reliable", "ru") == "Весьма достоверно"
    assert reliability.term("from_tomorrow", "ru") == "from_tomorrow"


def test_a_list_that_does_not_exist_is_our_own_mistake() -> None:
    with pytest.raises(BugError):
        vocabulary("../secrets")
