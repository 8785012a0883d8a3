"""What a person sees of a hit: original words, whole characters, right marks."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from fieldapp.records.snippets import Snippet, snippet

STORY = (
    "Их привезли в посёлок Мелехово ночью.\nНас было пятьдесят два человека. "
    + "Ждали очень долго, никто ничего не говорил. " * 10
    + "Потом у всех забрали паспорта и дали подписать контракт. «'Oʻktam' отказался», — сказала мать. "
    + "После этого его никто не видел. " * 10
)


def _marked(found: Snippet) -> list[str]:
    return [found.text[start:end] for start, end in found.marks]


def test_another_form_of_the_word_is_found_and_marked_in_the_original_spelling() -> None:
    assert _marked(snippet(STORY, ["Мелехове"])) == ["Мелехово"]
    assert _marked(snippet(STORY, ["паспортом"])) == ["паспорта"]


def test_another_apostrophe_is_found_and_the_quotation_mark_stays_outside() -> None:
    assert _marked(snippet(STORY, ["O'ktam"])) == ["Oʻktam"]


def test_the_beginning_of_a_word_is_enough() -> None:
    assert _marked(snippet(STORY, ["контр"])) == ["контракт"]


def test_the_place_that_answers_most_words_wins_over_many_answers_of_one() -> None:
    assert _marked(snippet(STORY, ["долго", "паспорт", "контракт"], width=60)) == ["паспорта", "контракт"]


def test_the_snippet_is_cut_between_words_and_says_where_it_was_cut() -> None:
    found = snippet(STORY, ["паспорт"], width=60)

    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert found.text[1:-1] in STORY
    assert set(found.text[1:-1].split()) <= set(STORY.split())
    assert len(found.text) <= 62


def test_with_no_hit_the_text_begins_at_its_beginning_on_one_line() -> None:
    found = snippet(STORY, ["Ташкент"], width=60)

    assert found == Snippet("Их привезли в посёлок Мелехово ночью. Нас было пятьдесят два…", ())


def test_what_stands_before_a_hit_is_shown_too() -> None:
    before, _, after = snippet(STORY, ["контракт"], width=60).text.partition("контракт")

    assert len(before.split()) >= 2
    assert len(after.split()) >= 2


def test_of_equal_places_the_earliest_is_shown() -> None:
    found = snippet("мать " + "и " * 100 + "мать " + "и " * 100, ["мать"], width=40)

    assert (found.text[0], found.marks) == ("м", ((0, 4),))


def test_marks_are_right_in_a_text_that_begins_with_spaces() -> None:
    assert snippet("\n  мать Маруфа", ["мать"]) == Snippet("мать Маруфа", ((0, 4),))


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("мать Маруфа", ["мать"]) == Snippet("мать Маруфа", ((0, 4),))
    assert snippet("", ["мать"]) == Snippet("", ())


def test_a_text_without_spaces_is_cut_between_whole_characters() -> None:
    found = snippet("e\u0301" * 200, ["нет"], width=51)

    assert found.text == "e\u0301" * 25 + "…"
    for width in (30, 31, 32):
        assert snippet("👩\u200d🚀" * 50, [], width).text == "👩\u200d🚀" * 10 + "…"


def test_a_query_of_marks_and_spaces_finds_nothing() -> None:
    assert snippet("мать", ["'", "", " … "]).marks == ()


@example(text="aaaa \u0301baaaa", words=["b"], width=10)
@given(
    text=st.text(alphabet=st.sampled_from("abаёй \n'ʻ\u0301\u0306\u200dи№.हि")),
    words=st.lists(st.text(alphabet="abаеи", max_size=3), max_size=3),
    width=st.integers(1, 40),
)
def test_marks_lie_in_the_text_in_order_and_the_width_is_kept(text: str, words: list[str], width: int) -> None:
    found = snippet(text, words, width)

    assert len(found.text) <= width + 2
    assert "\n" not in found.text
    ends = [place for mark in found.marks for place in mark]
    assert ends == sorted(set(ends))
    assert not ends or (ends[0] >= 0 and ends[-1] <= len(found.text))
    if found.text.startswith("…") and len(found.text) > 1:
        assert not unicodedata.combining(found.text[1]) or width < 10


def test_a_character_with_very_many_marks_does_not_make_the_line_longer() -> None:
    text = "начало " * 8 + "а" + "\u0301" * 30 + "слово и дальше " * 8

    found = snippet(text, ["дальше"], 40)

    assert len(found.text) <= 42
