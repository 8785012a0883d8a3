"""Keys and values of claims, and what a record is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp import i18n
from fieldapp.errors import BadValueError, BugError, UnknownFieldError, UnknownTypeError
from fieldapp.records import model
from fieldapp.records.fields_values import LONG_TEXT_MAX_CHARACTERS, NUMBER_MAX, TEXT_MAX_CHARACTERS
from fieldapp.records.payload import HIDDEN
from fieldapp.records.vocabulary import vocabulary_names

ANY_CBOR = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=6,
)
EVERY_FIELD = [(kind.name, field) for kind in model.TYPES.values() for field in kind.fields]


@pytest.fixture(autouse=True)
def _english() -> None:
    i18n.use_language("en")


def test_every_field_is_complete_and_its_name_is_used_once_in_its_type() -> None:
    for kind in model.TYPES.values():
        names = [field.name for field in kind.fields]
        assert len(set(names)) == len(names)
        assert all("#" not in name for name in names)
        assert HIDDEN not in names, "entries that hide a record claim a field of this name"
        assert all(kind.field(name) for name in kind.date_fields)
    for _, field in EVERY_FIELD:
        assert field.label
        assert field.compartment in model.COMPARTMENTS
        assert field.group in model.GROUPS
        assert (field.kind is model.FieldKind.CHOICE) == (field.vocabulary is not None)
        assert field.vocabulary is None or field.vocabulary in vocabulary_names()


def test_whatever_reaches_a_person_safely_is_one_compartment_and_code_words_another() -> None:
    of = {field.name: field.compartment for field in model.TYPES["person"].fields}

    contact = {name for name, compartment in of.items() if compartment == model.CONTACT}
    codes = {name for name, compartment in of.items() if compartment == model.CODES}

    assert {"phone", "safe_channel", "safe_hours", "who_may_answer", "what_to_say", "compromised_since"} <= contact
    assert codes == {"challenge", "answer", "trouble_word"}


def test_an_item_key_is_taken_apart_again() -> None:
    assert model.split_key(model.item_key("phone", "0a1b2c3d")) == ("phone", "0a1b2c3d")
    assert model.split_key("phone") == ("phone", None)
    assert model.split_key("phone#XYZ") == ("phone#XYZ", None)
    assert model.split_key("a#0a1b2c3d#00000000") == ("a#0a1b2c3d", "00000000")


@pytest.mark.parametrize("item", ["", "0a1b2c3", "0A1B2C3D", "0a1b2c3d\n", "0a1b2c3g"])
def test_an_item_that_is_not_eight_hex_digits_is_our_own_mistake(item: str) -> None:
    with pytest.raises(BugError):
        model.item_key("phone", item)


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownTypeError) as refused:
        model.parse_value("persn", "name", "x")

    assert refused.value.known == ("testimony", "person", "document", "link", "task")


def test_an_unknown_field_is_refused_with_those_a_person_may_set() -> None:
    with pytest.raises(UnknownFieldError) as refused:
        model.parse_value("document", "colour", "red")

    assert "title" in refused.value.known
    assert "sha256" not in refused.value.known


def test_an_item_of_a_field_that_holds_one_value_is_refused() -> None:
    with pytest.raises(UnknownFieldError):
        model.parse_value("person", "name#0a1b2c3d", "x")

    assert model.parse_value("person", "phone#0a1b2c3d", "+7 999") == "+7 999"


def test_blank_text_and_null_clear_a_field() -> None:
    assert model.parse_value("person", "name", "  \n") is None
    assert model.parse_value("person", "birth_date", None) is None


def test_text_becomes_one_line_of_composed_characters() -> None:
    assert model.parse_value("person", "name", " Йўлдошев\n Ўктам ") == "Йўлдошев Ўктам"


def test_a_narrative_keeps_its_lines() -> None:
    assert model.parse_value("testimony", "narrative", "one\r\n\ttwo\rthree ") == "one\n\ttwo\nthree "


@pytest.mark.parametrize("raw", ["a\x00b", "a\x1b[31mb", "a\x85b", "a\udce4b"])
def test_control_characters_and_half_characters_are_refused(raw: str) -> None:
    for name in ("title", "narrative"):
        with pytest.raises(BadValueError) as refused:
            model.parse_value("testimony", name, raw)
        assert refused.value.reason == "control"


def test_text_may_be_as_long_as_its_bound_and_no_longer() -> None:
    for name, most in (("title", TEXT_MAX_CHARACTERS), ("narrative", LONG_TEXT_MAX_CHARACTERS)):
        assert model.parse_value("testimony", name, "я" * most) == "я" * most
        with pytest.raises(BadValueError) as refused:
            model.parse_value("testimony", name, "я" * (most + 1))
        assert refused.value.reason == "length"


def test_a_choice_is_read_from_its_code_and_from_its_term_in_both_languages() -> None:
    for raw in ("missing", "Missing", "MISSING", "пропал без вести", "Пропал Без Вести"):
        assert model.parse_value("person", "status", raw) == "missing"


def test_an_unknown_choice_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadValueError) as refused:
        model.parse_value("person", "sex", "blue")

    assert (refused.value.reason, refused.value.known) == ("choice", ("male", "female", "other", "unknown"))


def test_a_date_is_read_from_edtf_and_from_words_which_are_kept() -> None:
    assert model.parse_value("testimony", "date", "2026-03~") == {"edtf": "2026-03~"}
    assert model.parse_value("testimony", "date", "весна 2026") == {"edtf": "2026-21", "told": "весна 2026"}
    assert model.parse_value("testimony", "date", {"told": "three days after Nowruz"}) == {
        "edtf": "XXXX",
        "told": "three days after Nowruz",
    }


@pytest.mark.parametrize("raw", ["soon", "31.02.2026", {"edtf": "soon"}, {"edtf": "2026", "zone": "x"}, {"zone": "x"}])
def test_what_is_no_date_is_refused(raw: object) -> None:
    with pytest.raises(BadValueError) as refused:
        model.parse_value("testimony", "date", raw)

    assert refused.value.reason == "date"


def test_a_number_is_whole_and_bounded() -> None:
    assert model.parse_value("person", "group_size", "52") == 52
    refused: list[object] = ["-1", "5.5", "five", 5.5, True, [], NUMBER_MAX + 1, "9" * 5000]
    for raw in refused:
        with pytest.raises(BadValueError):
            model.parse_value("person", "group_size", raw)


def test_a_record_is_named_by_the_hex_of_its_id() -> None:
    assert model.parse_value("link", "to", "00" * 16) == bytes(16)
    for raw in ("00" * 15, "zz" * 16, 7, bytes(15)):
        with pytest.raises(BadValueError):
            model.parse_value("link", "to", raw)


def test_what_the_program_found_out_itself_cannot_be_set_by_hand() -> None:
    for name in ("file_name", "media_type", "size", "sha256", "exif"):
        with pytest.raises(BadValueError) as refused:
            model.parse_value("document", name, None)
        assert refused.value.reason == "machine"


@given(raw=ANY_CBOR)
def test_any_json_value_is_parsed_or_refused_with_a_typed_error(raw: object) -> None:
    for type_name, field in EVERY_FIELD:
        try:
            value = model.parse_value(type_name, field.name, raw)
        except BadValueError:
            continue
        assert model.parse_value(type_name, field.name, value) == value, "what was parsed parses to itself"


@given(value=ANY_CBOR)
def test_nothing_that_may_arrive_stops_a_record_from_being_shown(value: object) -> None:
    for type_name, field in EVERY_FIELD:
        values = {field.name: value}
        assert isinstance(model.show_value(field, value), str)
        assert isinstance(model.title_of(type_name, values), str)
        assert isinstance(model.searchable_text(type_name, values), list)
        model.date_of(type_name, values)
    assert isinstance(model.show_value(None, value), str)


def test_numbers_beyond_reason_and_endless_nesting_are_shown_too() -> None:
    nested: object = "x"
    for _ in range(2000):
        nested = [nested]

    assert model.show_value(None, nested) == "…"
    assert model.show_value(None, 10**5000) == "…"


def test_bytes_are_shown_as_hex() -> None:
    assert model.show_value(model.field_of("document", "sha256"), b"\xab\xcd") == "abcd"


def test_a_date_is_shown_in_the_words_it_was_told_in() -> None:
    field = model.field_of("testimony", "date")

    assert model.show_value(field, {"edtf": "2026-03-23", "told": "after Nowruz"}) == "after Nowruz (23 March 2026)"
    assert model.show_value(field, {"edtf": "XXXX", "told": "after Nowruz"}) == "after Nowruz"
    assert model.show_value(field, {"edtf": "no date"}) == "no date"


def test_a_code_of_a_newer_version_is_shown_as_itself() -> None:
    assert model.show_value(model.field_of("person", "status"), "on_the_moon") == "on_the_moon"


def test_a_testimony_is_called_by_its_title_else_its_first_words_else_its_kind_and_date() -> None:
    kind_and_date: dict[str, object] = {"account_kind": "call", "date": {"edtf": "2026-03-05"}}
    narrative: dict[str, object] = {"narrative": "Они  пришли ночью\nи забрали паспорт. " * 10}

    assert model.title_of("testimony", {"title": "Bus", **narrative, **kind_and_date}) == "Bus"
    told = model.title_of("testimony", narrative | kind_and_date)
    assert told.startswith("Они пришли ночью и забрали паспорт. Они")
    assert told.endswith("…")
    assert len(told) <= model.TITLE_MAX_CHARACTERS
    assert model.title_of("testimony", kind_and_date) == "Call, 5 March 2026"
    assert model.title_of("testimony", {}) == ""


def test_other_records_are_called_by_what_people_know_them_by() -> None:
    assert model.title_of("person", {"other_name#0a1b2c3d": "Marufjon"}) == "Marufjon"
    assert model.title_of("document", {"file_name": "IMG_1.jpg"}) == "IMG_1.jpg"
    assert model.title_of("link", {"role": "narrator"}) == "Narrator"
    assert model.title_of("event_of_a_newer_version", {"title": "Raid", "x": 1}) == "Raid"


def test_search_finds_terms_in_both_languages_and_phones_by_their_digits() -> None:
    found = model.searchable_text("person", {"status": "missing", "phone#0a1b2c3d": "+998 90 123-45-67"})

    assert found == [
        ("status", "Missing"),
        ("status", "Пропал без вести"),
        ("phone", "+998 90 123-45-67"),
        ("phone", "998901234567"),
    ]


def test_search_never_finds_code_words_or_what_it_does_not_know() -> None:
    values = {"trouble_word": "apricot", "exif": "apricot", "from": bytes(16), "secret_of_tomorrow": "apricot"}

    assert all(not model.searchable_text(name, values) for name in (*model.TYPES, "tomorrow"))


def test_a_record_stands_on_the_time_line_at_its_first_date() -> None:
    assert model.date_of("testimony", {"date": {"edtf": "0001-01-02"}}) == (2, 2)
    values = {"collected_date": {"edtf": "0001-01-03"}, "captured_date": {"edtf": "XXXX"}}
    assert model.date_of("document", values) == (3, 3)
    assert model.date_of("testimony", {}) is None
    assert model.date_of("tomorrow", {"date": {"edtf": "2026"}}) is None
