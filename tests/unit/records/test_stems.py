"""One search finds every form of a word."""

from __future__ import annotations

import pytest

from fieldapp.records.fold import fold_plain
from fieldapp.records.stems import other_stems, shortened, stem_word


@pytest.mark.parametrize(
    "forms",
    [
        "Мелехово Мелехове Мелехова Мелехову",
        "паспорт паспорта паспортом паспорте",
        "recruit recruited recruiting recruits",
        "подписали подписал",
        "мёртвый мертвого",
    ],
)
def test_the_forms_of_a_word_share_one_stem(forms: str) -> None:
    assert len({stem_word(fold_plain(form)) for form in forms.split()}) == 1


def test_only_stems_that_are_no_words_of_the_text_are_told_and_each_once() -> None:
    text = fold_plain("Из Мелехова, (с паспортом)\n№5! Контракт, контракта, Мелехово")
    assert other_stems(text) == "мелехов паспорт"


def test_short_words_numbers_and_mixed_or_other_scripts_stay() -> None:
    for word in ("оно", "its", "2026", "т34а", "aбвгд", "हिन्दी", "محمد", "кара\u0324"):
        assert stem_word(word) == word


def test_a_word_with_an_ending_of_another_language_shrinks_to_a_beginning_that_finds_it() -> None:
    for form in ("toshkentga", "toshkentda", "toshkentdan", "toshkentlik"):
        beginning = shortened(form)
        assert beginning is not None
        assert "toshkent".startswith(beginning)


def test_short_words_are_not_shortened() -> None:
    assert shortened("onam") is None
    assert shortened("onamni") == "onamn"
