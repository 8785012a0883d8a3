"""The invented archive: the same in both languages, fit for the model, and a vault that anybody can practise with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.errors import CancelledError, VaultExistsError
from fieldapp.media.preview import DecoderProcess, Reason
from fieldapp.records.model import FieldKind, field_of, item_key, parse_value, record_type
from fieldapp.records.vocabulary import vocabulary
from fieldapp.services import demonstration, documents, records, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.services.demonstration import PRACTICE_PASSPHRASE, Case, Cases, Value, read_cases
from fieldapp.services.demonstration_pictures import Drawn, draw_all

CHEAP = KdfParameters(memory_kib=8, passes=1, lanes=1)
TEXTS = (FieldKind.TEXT, FieldKind.LONG_TEXT)
SAFE_CONTACT = {"safe_channel", "safe_hours", "who_may_answer", "what_to_say"}


def both(cases: Cases) -> Iterator[Case]:
    """People and testimonies."""
    yield from cases.people
    yield from cases.testimonies


def sheets(cases: Cases) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """(record type, values) of everything that is written down."""
    for person in cases.people:
        yield "person", person.values
        yield from (("person", account.values) for account in person.accounts)
    for testimony in cases.testimonies:
        yield "testimony", testimony.values
        yield from (("document", picture.values) for picture in testimony.pictures)


def items(cases: Cases) -> Iterator[tuple[str, str, str | int | dict[str, str]]]:
    """(record type, field, value), each item of a field of several by itself."""
    for type_name, values in sheets(cases):
        for name, value in values.items():
            for item in value if isinstance(value, list) else [value]:
                yield type_name, name, item


def without_words(cases: Cases) -> list[object]:
    """Everything that is no matter of language: which fields, codes, dates, numbers, links, file names."""
    told: list[object] = []
    for type_name, name, item in items(cases):
        field = field_of(type_name, name)
        if isinstance(item, dict):
            told.append((type_name, name, item["edtf"], "told" in item))
        else:
            told.append((type_name, name, None if field and field.kind in TEXTS and name != "phone" else item))
    told.extend(
        (case.key, [(link.to, link.role, link.relation, bool(link.note)) for link in case.links])
        for case in both(cases)
    )
    told.extend((each.key, each.photographs, [picture.file for picture in each.pictures]) for each in cases.testimonies)
    return told


@pytest.fixture(scope="module")
def practised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a practice vault in each language, locked."""
    folder = tmp_path_factory.mktemp("practised")
    for language in demonstration.LANGUAGES:
        demonstration.make_practice_vault(folder / language, language, parameters=CHEAP, floor_kib=8).archive.close()
    return folder


@pytest.fixture
def practice(practised: Path) -> Iterator[Archive]:
    """The English practice vault, unlocked; only for looking."""
    archive = vaults.unlock(practised / "en", PRACTICE_PASSPHRASE)
    yield archive
    archive.close()


def found(archive: Archive, text: str) -> set[str]:
    return {hit.row.title for hit in views.find(archive, text)}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = vaults.create(
        tmp_path / "vault", "a passphrase", person="Z", device="d", parameters=CHEAP, floor_kib=8
    ).archive
    yield made
    made.close()


def test_the_same_cases_are_told_in_both_languages() -> None:
    english, russian = read_cases("en"), read_cases("ru")

    assert without_words(english) == without_words(russian)
    assert english.testimonies[0].values["narrative"] != russian.testimonies[0].values["narrative"]
    assert read_cases("uz") == english


@pytest.mark.parametrize("language", demonstration.LANGUAGES)
def test_every_value_fits_its_field_as_it_stands(language: str) -> None:
    for type_name, name, item in items(read_cases(language)):
        field = field_of(type_name, name)
        assert field is not None, name
        value = parse_value(type_name, item_key(name, "00000000") if field.multi else name, item)
        assert value == item or field.kind is FieldKind.LONG_TEXT, (name, item)


@pytest.mark.parametrize("language", demonstration.LANGUAGES)
def test_every_link_leads_to_somebody_in_a_role_there_is(language: str) -> None:
    cases = read_cases(language)
    keys = {person.key for person in cases.people}

    for case in both(cases):
        for link in case.links:
            assert link.to in keys - {case.key}
            assert link.role in vocabulary("link_role").codes
            assert link.relation in ("", *vocabulary("relation").codes)
    assert len(keys) == len(cases.people)
    assert all("narrator" in [link.role for link in each.links] for each in cases.testimonies)


def test_every_picture_that_is_named_is_drawn_and_every_drawn_one_named() -> None:
    named = [picture.file for each in read_cases("en").testimonies for picture in each.pictures]

    assert sorted(named) == sorted(drawn.name for drawn in draw_all())
    assert max(len(drawn.content) for drawn in draw_all()) > 64 * 1024


def test_no_number_in_the_cases_can_be_called() -> None:
    numbers = [str(item) for _type, name, item in items(read_cases("ru")) if name == "phone"]

    assert len(numbers) > 10
    for number in numbers:
        assert re.fullmatch(r"\+(7 000|998 00|992 00|996 000|977 00)[ -][-\d ]+", number)


def test_numbers_come_with_their_safe_contact_line_but_for_the_one_that_must_not_be_called() -> None:
    unsafe = [
        person.key
        for person in read_cases("en").people
        if "phone" in person.values and SAFE_CONTACT - set(person.values)
    ]

    assert unsafe == ["almazbek"]


def test_the_cases_hold_what_the_field_is_like() -> None:
    cases = read_cases("ru")
    texts = " ".join(str(item) for _type, _name, item in items(cases))
    letters = set(texts.casefold())
    dates = " ".join(item["edtf"] for _type, _name, item in items(cases) if isinstance(item, dict))
    kinds = {str(each.values["account_kind"]) for each in cases.testimonies}
    roles = {link.role for each in both(cases) for link in each.links}

    assert {"Мелехово", "Мелехове", "Мелехова", "Мелеховом"} <= set(re.findall(r"\w+", texts))
    assert letters >= set("ўқҳғөӣʻ")
    assert all(mark in dates for mark in "~?%/XT")
    assert kinds == set(vocabulary("account_kind").codes)
    assert {"narrator", "victim", "witness", "relative", "perpetrator", "mentioned", "interpreter"} <= roles
    assert record_type("person").field("trouble_word")
    assert any("trouble_word" in person.values for person in cases.people)


@pytest.mark.parametrize(
    ("language", "query", "title"),
    [
        ("en", "уктам", "Oʻktam Rahmonberdiyev"),
        ("en", "handcuffs", "A night at the police station"),
        ("ru", "oktam", "Ўктам Раҳмонбердиев"),
        ("ru", "в Мелехове", "Прораб отдал зарплату Маруфжона брату"),
    ],
)
def test_a_practice_vault_opens_with_its_passphrase_and_is_searched(
    language: str, query: str, title: str, practised: Path
) -> None:
    archive = vaults.unlock(practised / language, PRACTICE_PASSPHRASE)

    try:
        assert title in found(archive, query)
        assert views.counts(archive)["testimony"] == len(read_cases(language).testimonies)
        assert views.counts(archive)["person"] == len(read_cases(language).people)
    finally:
        archive.close()


def test_its_pictures_can_be_seen_but_for_the_one_that_came_in_half(practice: Archive) -> None:
    shown = {
        str(views.view(practice, row.id).value("file_name")): documents.thumbnail(practice, row.id)
        for row in views.rows(practice, kind="document")
    }

    assert len(shown) == len(draw_all())
    assert shown.pop("half-received.png").reason is Reason.DAMAGED
    assert all(thumbnail.picture for thumbnail in shown.values())


def test_two_sources_tell_different_things_of_one_man(practice: Archive) -> None:
    (marufjon,) = (hit.row.id for hit in views.find(practice, "Marufjon") if hit.row.title == "Marufjon")
    (status,) = (each for each in views.view(practice, marufjon).fields if each.name == "status")

    assert {account.value for account in status.accounts} == {"at_front", "missing"}
    assert all(account.source and account.reliability for account in status.accounts)


def test_a_practice_vault_lies_on_the_disk_sealed(practised: Path) -> None:
    for path in (each for each in practised.rglob("*") if each.is_file()):
        content = path.read_bytes()
        assert b"\x89PNG" not in content
        assert b"Marufjon" not in content


def test_a_practice_vault_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    def cancel_late(done_bytes: int, total_bytes: int) -> None:
        if done_bytes == total_bytes - 1:
            raise CancelledError

    with pytest.raises(CancelledError):
        demonstration.make_practice_vault(tmp_path / "practice", "en", cancel_late, parameters=CHEAP, floor_kib=8)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(VaultExistsError):
        demonstration.make_practice_vault(tmp_path, "en", parameters=CHEAP, floor_kib=8)

    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "mine"


def test_photographs_go_where_they_are_named_and_others_where_there_is_room(archive: Archive, tmp_path: Path) -> None:
    paths = demonstration.generated_photographs(tmp_path)
    ticket = next(path for path in paths if path.name == "ticket.png")
    strangers = [Drawn(f"note {number}.txt", f"page {number}".encode()) for number in range(6)]
    cases = read_cases("en")

    with DecoderProcess() as decoder:
        recorded = demonstration.record_cases(archive, cases, [ticket, *strangers], decoder)

    places = [file.testimony for file in recorded.photographs]
    roomy = [recorded.testimonies[each.key] for each in cases.testimonies if each.photographs]
    assert places[0] == recorded.testimonies["the_whole_team"]
    assert places[1:] == [roomy[number % len(roomy)] for number in range(6)]
    assert views.row(archive, recorded.photographs[0].attached.document).title == "One of the nine tickets"
    assert recorded.changed.records >= {*recorded.people.values(), *recorded.testimonies.values()}


def test_a_link_between_people_says_how_and_what_may_be_told(archive: Archive) -> None:
    with DecoderProcess() as decoder:
        recorded = demonstration.record_cases(archive, read_cases("en"), [], decoder)

    mother = views.view(archive, recorded.people["ainura"])
    (link,) = (each for each in mother.links if each.role == "relative")

    assert link.other_id == recorded.people["bakyt"]
    assert records.shown_value(archive, link.id, "relation") == "child"
    assert "never by text message" in str(records.shown_value(archive, link.id, "may_be_told"))


def test_mixed_cases_take_turns() -> None:
    english, russian = read_cases("en"), read_cases("ru")

    mixed = demonstration.mixed(english, russian)

    assert [each.values["title"] for each in mixed.testimonies[:3]] == [
        english.testimonies[0].values["title"],
        russian.testimonies[1].values["title"],
        english.testimonies[2].values["title"],
    ]
    assert [person.key for person in mixed.people] == [person.key for person in english.people]
