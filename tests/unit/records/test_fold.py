"""Spelling habits do not hide people from each other, and what is found is cut from the original."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldapp.records.fold import APOSTROPHES, WORD, fold, fold_plain

NAMES = Path("samples", "names", "people-in-several-scripts.tsv")


def test_the_letters_of_the_field_go_to_their_plain_neighbours() -> None:
    assert fold_plain("ёўқғҳӣӯҷңөүії") == "еукгхиучноуии"
    assert fold_plain("ЁЎҚҒҲӢӮҶҢӨҮІЇ") == "еукгхиучноуии"
    assert fold_plain("әұһґє") == "аухге"


def test_short_i_is_kept_however_it_is_composed() -> None:
    assert fold_plain("Йод йўл") == "йод йул"
    assert fold_plain("и\u0306од") == "йод"


def test_latin_diacritics_and_strokes_are_dropped() -> None:
    assert fold_plain("Tölögön Kasımbeyli Øłđ İbrahim ƏLİ Straße Ægir Oʻğuz") == (
        "tologon kasimbeyli old ibrahim eli strasse aegir oguz"
    )


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_no_apostrophe_parts_a_word(apostrophe: str) -> None:
    assert fold_plain(f"Yo{apostrophe}ldoshev") == "yoldoshev"
    assert fold(f"Yo{apostrophe}ldoshev").text == "yoldoshev"


@pytest.mark.parametrize("invisible", "\u00ad\u200b\u200c\u200d\u200e\u2060\u202e\u2066\ufeff\ufe0f\u0301")
def test_nothing_invisible_parts_a_word(invisible: str) -> None:
    assert fold_plain(f"пас{invisible}порт") == "паспорт"


def test_numbers_and_ellipses_stand_apart_from_their_neighbours() -> None:
    assert fold_plain("ИК№5…потом") == "ик 5 потом"


def test_words_keep_the_marks_that_are_letters_of_their_script() -> None:
    assert WORD.findall(fold_plain("हिन्दी में, IMG_12")) == ["हिन्दी", "में", "img", "12"]


@given(st.text())
@example("O´ktam")
@example("e\u0301a\u0323\u0302")
@example("\u1100\u1161\u11a8 \u09c7\u09be")
@example("ŉ ß ﬁ ½ \u00a0№")
@example("́́x")
def test_both_ways_of_folding_give_the_same_text(text: str) -> None:
    assert fold(text).text == fold_plain(text)


@given(st.text(alphabet=st.sampled_from("аЙи\u0306ё\u0301 'ʻ´ßﬁ№…\u00ad\u1100\u1161")))
def test_offsets_rise_from_the_beginning_to_the_end_of_the_original(text: str) -> None:
    folded = fold(text)

    assert len(folded.offsets) == len(folded.text) + 1
    assert folded.offsets[-1] == len(text)
    assert list(folded.offsets) == sorted(folded.offsets)
    for index in range(len(folded.text)):
        start, end = folded.span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert folded.text[index] in fold_plain(text[start:end])


def test_a_span_gives_the_original_letters() -> None:
    original = "«Oʻktam» и\u0306од ﬁn"

    def found(word: str) -> str:
        folded = fold(original)
        start = folded.text.index(word)
        begin, end = folded.span(start, start + len(word))
        return original[begin:end]

    assert found("oktam") == "Oʻktam"
    assert found("йод") == "и\u0306од"
    assert found("f") == "ﬁ"


def test_different_spellings_of_one_name_in_one_script_meet() -> None:
    assert fold_plain("O'ktam Yo'ldoshev") == fold_plain("Oʻktam Yoʻldoshev") == fold_plain("Oktam Yoldoshev")
    assert fold_plain("Хайрулло Ғаппоров") == fold_plain("Ҳайрулло Гаппоров")


def test_real_names_of_the_field_fold_to_letters_and_spaces(shared: Path) -> None:
    people = (shared / NAMES).read_text(encoding="utf-8").splitlines()
    names = [name for person in people for name in person.split("\t")[1:]]

    for name in names:
        folded = fold_plain(name)
        assert fold_plain(unicodedata.normalize("NFD", name)) == folded
        latin_or_cyrillic = all(unicodedata.name(c, "").startswith(("LATIN", "CYRILLIC")) for c in name if c.isalpha())
        if latin_or_cyrillic:
            assert all("a" <= c <= "z" or "а" <= c <= "я" for c in folded if c.isalpha()), folded
