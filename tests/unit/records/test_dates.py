"""Dates as people know them: never made more exact than they were told."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.errors import BadDateError
from fieldapp.records.dates import MAX_CHARACTERS, describe, parse, understand

KNOWN = [
    ("2026", "2026-01-01", "2026-12-31", "year", "exact", "2026", "2026"),
    ("2026-02", "2026-02-01", "2026-02-28", "month", "exact", "February 2026", "февраль 2026"),
    ("2024-02-29", "2024-02-29", "2024-02-29", "day", "exact", "29 February 2024", "29 февраля 2024"),
    ("2026-03-05T14:30", "2026-03-05", "2026-03-05", "minute", "exact", "5 March 2026, 14:30", "5 марта 2026, 14:30"),
    (
        "2026-03-05T14:30:59+05:00",
        "2026-03-05",
        "2026-03-05",
        "minute",
        "exact",
        "5 March 2026, 14:30 (UTC+05:00)",
        "5 марта 2026, 14:30 (UTC+05:00)",
    ),
    ("2026-21", "2026-03-01", "2026-05-31", "season", "exact", "spring 2026", "весна 2026"),
    ("2026-23~", "2026-09-01", "2026-11-30", "season", "approximate", "about autumn 2026", "около осени 2026"),
    ("2026-24", "2025-12-01", "2027-02-28", "season", "exact", "winter 2026", "зима 2026"),
    ("202X", "2020-01-01", "2029-12-31", "decade", "exact", "the 2020s", "2020-е годы"),
    ("198X~", "1980-01-01", "1989-12-31", "decade", "approximate", "about the 1980s", "около 1980-х годов"),
    ("19XX", "1900-01-01", "1999-12-31", "century", "exact", "the century from 1900", "столетие с 1900 года"),
    ("XXXX", "0001-01-01", "9999-12-31", "unknown", "exact", "unknown", "неизвестно"),
    ("2026-XX", "2026-01-01", "2026-12-31", "year", "exact", "2026 (month unknown)", "2026 (месяц неизвестен)"),
    (
        "2026-03-XX",
        "2026-03-01",
        "2026-03-31",
        "month",
        "exact",
        "March 2026 (day unknown)",
        "март 2026 (день неизвестен)",
    ),
    (
        "2026-03?",
        "2026-03-01",
        "2026-03-31",
        "month",
        "uncertain",
        "March 2026 (uncertain)",
        "март 2026 (под вопросом)",
    ),
    ("2026-03~", "2026-03-01", "2026-03-31", "month", "approximate", "about March 2026", "около марта 2026"),
    (
        "2026-03-05%",
        "2026-03-05",
        "2026-03-05",
        "day",
        "approximate and uncertain",
        "about 5 March 2026 (uncertain)",
        "около 5 марта 2026 (под вопросом)",
    ),
    (
        "2026-03/2026-05",
        "2026-03-01",
        "2026-05-31",
        "interval",
        "exact",
        "between March 2026 and May 2026",
        "между мартом 2026 и маем 2026",
    ),
    (
        "2026-03-05/2026-03-07",
        "2026-03-05",
        "2026-03-07",
        "interval",
        "exact",
        "between 5 March 2026 and 7 March 2026",
        "между 5 марта 2026 и 7 марта 2026",
    ),
    (
        "2025-21~/2025-23?",
        "2025-03-01",
        "2025-11-30",
        "interval",
        "approximate and uncertain",
        "roughly between spring 2025 and autumn 2025 (uncertain)",
        "примерно между весной 2025 и осенью 2025 (под вопросом)",
    ),
    ("2026-03/..", "2026-03-01", "9999-12-31", "interval", "exact", "since March 2026", "с марта 2026"),
    (
        "../2026-05-09",
        "0001-01-01",
        "2026-05-09",
        "interval",
        "exact",
        "no later than 9 May 2026",
        "не позднее 9 мая 2026",
    ),
    (
        "2026-03/",
        "2026-03-01",
        "9999-12-31",
        "interval",
        "exact",
        "since March 2026 (end unknown)",
        "с марта 2026 (конец неизвестен)",
    ),
    (
        "/2026",
        "0001-01-01",
        "2026-12-31",
        "interval",
        "exact",
        "no later than 2026 (start unknown)",
        "не позднее 2026 (начало неизвестно)",
    ),
]


@pytest.mark.parametrize("row", KNOWN, ids=[row[0] for row in KNOWN])
def test_a_date_is_read_and_said(row: tuple[str, ...]) -> None:
    edtf, earliest, latest, precision, qualifier, english, russian = row

    when = parse(edtf)

    assert (when.edtf, when.earliest.isoformat(), when.latest.isoformat()) == (edtf, earliest, latest)
    assert (when.precision, when.qualifier) == (precision, qualifier)
    assert describe(when, "en") == english
    assert describe(when, "ru") == russian
    assert understand(edtf) == when


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-1",
        "2026-13",
        "2026-00",
        "2026-25",
        "2026-20",
        "2026-02-29",
        "2026-04-31",
        "2026-03-00",
        "0000",
        "0000-05",
        "10000",
        "-2026",
        "2026-03-05T24:00",
        "2026-03-05T14:60",
        "2026-03-05T14:30~",
        "2026-03-05T14:30+15:00",
        "2026-03-05 14:30",
        "2026-XX-05",
        "202X-03",
        "2X26",
        "2026-1X",
        "2026-21-05",
        "2026??",
        "?2026",
        "2026x",
        "2026/2025",
        "2026-03-06/2026-03-05",
        "../..",
        "/",
        "../",
        "2026/2027/2028",
        "..",
        "2026/...",
        " 2026",
        "2026\n",
        "२०२६",
        "2026-03-05T14:30/2026-03-05T14:29",
        "2026-03-05T14:30+01:00/2026-03-05T14:29+01:00",
        "2026" + "?" * MAX_CHARACTERS,
        "xxxx",
        "20261",
        "2026-03-05T14",
        "2026-03-05T1430",
        "2026-W10",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadDateError):
        parse(text)


def test_an_interval_across_zones_is_ordered_by_the_moment() -> None:
    assert parse("2026-03-05T14:30+05:00/2026-03-05T10:00Z").precision == "interval"


def test_the_ends_of_the_calendar_are_held() -> None:
    assert parse("0001-24").earliest == date.min
    assert parse("9999-24").latest == date.max
    assert parse("000X").earliest == date.min
    assert parse("0001-01-01T00:00+05:00/0001-01-01T00:00+06:00").earliest == date.min


@given(st.dates(), st.sampled_from(["", "?", "~", "%"]))
def test_every_day_of_the_calendar_goes_there_and_back(day: date, mark: str) -> None:
    when = parse(day.isoformat() + mark)

    assert (when.earliest, when.latest, when.edtf) == (day, day, day.isoformat() + mark)
    assert describe(when, "en")
    assert describe(when, "ru")


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_every_minute_with_its_zone_goes_there_and_back(moment: datetime, zone_minutes: int) -> None:
    text = moment.replace(tzinfo=timezone(timedelta(minutes=zone_minutes))).isoformat(timespec="minutes")

    assert parse(text).earliest == moment.date()
    assert parse(text).edtf == text


@given(st.dates(), st.dates())
def test_an_interval_holds_exactly_when_it_runs_forward(first: date, second: date) -> None:
    text = f"{first.isoformat()}/{second.isoformat()}"

    if first <= second:
        assert (parse(text).earliest, parse(text).latest) == (first, second)
    else:
        with pytest.raises(BadDateError):
            parse(text)


@given(st.text(alphabet="0123456789-/.X?~%T:Z+ mарт"))
def test_any_text_is_a_date_or_a_typed_refusal(text: str) -> None:
    try:
        when = parse(text)
    except BadDateError:
        understood = understand(text)
        assert understood is None or parse(understood.edtf) == understood
        return
    assert when.earliest <= when.latest
    assert describe(when, "ru")


@given(st.dates(min_value=date(1000, 1, 1)))  # earlier years are said without zeros, and read with four digits
def test_what_is_said_of_a_day_is_understood_again(day: date) -> None:
    for language in ("en", "ru"):
        for edtf in (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4], f"{day.isoformat()[:7]}~"):
            assert understand(describe(parse(edtf), language)) == parse(edtf)


@pytest.mark.parametrize(
    ("typed", "edtf"),
    [
        ("5.3.2026", "2026-03-05"),
        ("05.03.2026", "2026-03-05"),
        ("05.03.2026 г.", "2026-03-05"),
        ("5.3.2026 9:30", "2026-03-05T09:30"),
        ("5 марта 2026 в 14:30", "2026-03-05T14:30"),
        ("март 2026", "2026-03"),
        ("  В  МАРТЕ 2026 года ", "2026-03"),
        ("March 2026", "2026-03"),
        ("in March 2026", "2026-03"),
        ("March 5th, 2026", "2026-03-05"),
        ("5 Mar 2026", "2026-03-05"),
        ("03.2026", "2026-03"),
        ("весна 2026", "2026-21"),
        ("весной 2026", "2026-21"),
        ("fall 2026", "2026-23"),
        ("2026 год", "2026"),
        ("около 2026", "2026~"),
        ("ca. 2026", "2026~"),
        ("~ 2026", "2026~"),
        ("примерно в марте 2026?", "2026-03%"),
        ("возможно, май 2026", "2026-05?"),
        ("2020-е годы", "202X"),
        ("the 1990s", "199X"),
        ("с марта 2026 по май 2026", "2026-03/2026-05"),
        ("between 5 March 2026 and 7 March 2026", "2026-03-05/2026-03-07"),
    ],
)
def test_what_people_type_is_understood(typed: str, edtf: str) -> None:
    understood = understand(typed)

    assert understood is not None
    assert understood.edtf == edtf


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "5/3/2026",
        "5.3.26",
        "31.02.2026",
        "0.2026",
        "13.2026",
        "мартышка 2026",
        "May",
        "after Nowruz",
        "между маем 2026 и мартом 2026",
        "5 весны 2026",
        "about 5.3.2026 14:30",
        "март 2026 " + "я" * 100,
    ],
)
def test_what_could_be_read_in_two_ways_is_left_to_the_person(typed: str) -> None:
    assert understand(typed) is None
