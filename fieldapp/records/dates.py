"""Dates as people know them: EDTF (ISO 8601-2:2019), levels 0 and 1 and a little of level 2.

What is read:
    2026  2026-03  2026-03-05  2026-03-05T14:30  2026-03-05T14:30:00+05:00  …Z
    2026-21 … 2026-24       spring, summer, autumn, winter
    202X  20XX  XXXX        a decade, a century, nothing known
    2026-XX  2026-03-XX  2026-XX-XX
    2026-03?  2026-03~  2026-03%   uncertain, approximate, both; behind a whole date without a time
    2026-03/2026-05  2026-03/..  ../2026-05  2026-03/  /2026-05   from-to; ".." is open, nothing is unknown
Years are 0001 to 9999, days must be in the calendar, an interval must not run backwards. Nothing else is a date.

`earliest` and `latest` are the first and last day that the text allows; a qualifier does not widen them. Winter has no
agreed year: 2026-24 reaches from December 2025 to February 2027, so that no filter misses it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fieldapp.errors import BadDateError
from fieldapp.records.dates_words import WORDS, Words, as_edtf

UNKNOWN = "XXXX"
"""The EDTF text of a date of which nothing is known."""

MAX_CHARACTERS = 64

QUALIFIERS: Mapping[str, str] = {"": "exact", "?": "uncertain", "~": "approximate", "%": "approximate and uncertain"}

_POINT = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX|XXXX)"
    r"(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX)"
    r"(?:T(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?::[0-5][0-9])?"
    r"(?P<zone>Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?)?)?"
    r"(?P<qualifier>[?~%]?)",
    re.ASCII,
)
_SEASONS: Mapping[int, tuple[int, int]] = {21: (3, 5), 22: (6, 8), 23: (9, 11)}
_WINTER = 24


@dataclass(frozen=True, slots=True)
class ApproximateDate:
    """A date as far as it is known.

    `precision` is minute, day, month, season, year, decade, century, unknown or interval; `qualifier` a value of
    `QUALIFIERS`.
    """

    edtf: str
    earliest: date
    latest: date
    precision: str
    qualifier: str


@dataclass(frozen=True, slots=True)
class _Point:
    """One date of the text: its matched parts, and the days they allow."""

    parts: Mapping[str, str | None]
    earliest: date
    latest: date
    precision: str

    @property
    def mark(self) -> str:
        return self.parts["qualifier"] or ""


def parse(text: str) -> ApproximateDate:
    """The date that an EDTF text says; `edtf` of the result equals the text.

    Raises:
        BadDateError: the text is not of the part of EDTF above.
    """
    start, end = _ends(text)
    if start is not None and start is end:
        return ApproximateDate(text, start.earliest, start.latest, start.precision, QUALIFIERS[start.mark])
    earliest = start.earliest if start else date.min
    latest = end.latest if end else date.max
    if earliest > latest or (start and end and _runs_backwards(start, end)):
        raise BadDateError("interval runs backwards")
    return ApproximateDate(text, earliest, latest, "interval", QUALIFIERS[_joint_mark(start, end)])


def understand(text: str) -> ApproximateDate | None:
    """The date that a person means who types it in English or Russian ("5.3.2026", "около марта 2026"); None if unsure.

    EDTF is understood too. Dates that read differently in different countries (5/3/2026, 5.3.26) are not.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    for edtf in (text.strip(), as_edtf(text)):
        try:
            return parse(edtf)
        except BadDateError:
            continue
    return None


def describe(when: ApproximateDate, language: str) -> str:
    """The date in words of `language` ("ru", else English): "5 March 2026", "около марта 2026"."""
    words = WORDS.get(language, WORDS["en"])
    start, end = _ends(when.edtf)
    if start is not None and start is end:
        case = "of" if start.mark in {"~", "%"} else "plain"
        return _marked(words, start.mark, _point_words(words, start, case), words.about)
    return _marked(words, _joint_mark(start, end), _interval_words(words, when.edtf, start, end), words.roughly)


def _ends(text: str) -> tuple[_Point | None, _Point | None]:
    """Both ends of an interval, None where open or unknown; a single date is both of its ends, the same object."""
    if len(text) > MAX_CHARACTERS:
        raise BadDateError("too long")
    first, slash, second = text.partition("/")
    if not slash:
        point = _point(first)
        return point, point
    ends = tuple(None if end in {"", ".."} else _point(end) for end in (first, second))
    if ends == (None, None):
        raise BadDateError("an interval without ends")
    return ends[0], ends[1]


def _point(text: str) -> _Point:
    match = _POINT.fullmatch(text)
    if match is None:
        raise BadDateError("not EDTF")
    parts = match.groupdict()
    if parts["hour"] and parts["qualifier"]:
        raise BadDateError("a time with a qualifier")
    try:
        return _point_of(parts)
    except ValueError as error:
        raise BadDateError("not in the calendar") from error


def _point_of(parts: Mapping[str, str | None]) -> _Point:
    """Raises ValueError for days that no calendar has, and for a month of an unknown year."""
    year, month, day = parts["year"] or "", parts["month"], parts["day"]
    if month is None:
        return _years(parts, year)
    number = int(year)
    if month == "XX":
        if day not in {None, "XX"}:
            raise ValueError("a day of no month")
        return _Point(parts, date(number, 1, 1), date(number, 12, 31), "year")
    if int(month) > 12:
        return _season(parts, number, int(month))
    if day in {None, "XX"}:
        return _Point(parts, date(number, int(month), 1), _month_end(number, int(month)), "month")
    exact = date(number, int(month), int(day or ""))
    return _Point(parts, exact, exact, "minute" if parts["hour"] else "day")


def _years(parts: Mapping[str, str | None], year: str) -> _Point:
    precision = ("year", "decade", "century", "", "unknown")[year.count("X")]
    first, last = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if precision != "year":
        first = max(first, date.min.year)
    return _Point(parts, date(first, 1, 1), date(last, 12, 31), precision)


def _season(parts: Mapping[str, str | None], year: int, season: int) -> _Point:
    if parts["day"]:
        raise ValueError("a day of a season")
    if season == _WINTER:
        first, last = max(year - 1, date.min.year), min(year + 1, date.max.year)
        earliest = date(first, 12, 1) if first < year else date.min
        return _Point(parts, earliest, _month_end(last, 2) if last > year else date.max, "season")
    if season not in _SEASONS:
        raise ValueError("no such month or season")
    begins, ends = _SEASONS[season]
    return _Point(parts, date(year, begins, 1), _month_end(year, ends), "season")


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _runs_backwards(start: _Point, end: _Point) -> bool:
    first, last = _moment(start), _moment(end)
    if first is None or last is None or (first.tzinfo is None) != (last.tzinfo is None):
        return start.earliest > end.latest
    return first > last


def _moment(point: _Point) -> datetime | None:
    if point.precision != "minute":
        return None
    clock = f"{point.earliest.isoformat()}T{point.parts['hour']}:{point.parts['minute']}"
    zone = (point.parts["zone"] or "").replace("Z", "+00:00")
    moment = datetime.fromisoformat(clock + zone)
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within a day of the calendar's ends: compared by days
        return None


def _joint_mark(start: _Point | None, end: _Point | None) -> str:
    marks = "".join(point.mark for point in (start, end) if point)
    approximate, uncertain = "~" in marks or "%" in marks, "?" in marks or "%" in marks
    return {(True, True): "%", (True, False): "~", (False, True): "?"}.get((approximate, uncertain), "")


def _marked(words: Words, mark: str, said: str, about: str) -> str:
    if mark in {"~", "%"}:
        said = f"{about} {said}"
    return f"{said} ({words.uncertain})" if mark in {"?", "%"} else said


def _interval_words(words: Words, edtf: str, start: _Point | None, end: _Point | None) -> str:
    if start and end:
        return words.between.format(_point_words(words, start, "between"), _point_words(words, end, "between"))
    if start:
        said = words.since.format(_point_words(words, start, "of"))
        return said if edtf.endswith("..") else f"{said} ({words.end_unknown})"
    said = words.until.format(_point_words(words, end, "of")) if end else ""
    return said if edtf.startswith("..") else f"{said} ({words.start_unknown})"


def _point_words(words: Words, point: _Point, case: str) -> str:
    year = (point.parts["year"] or "").lstrip("0")
    if point.precision == "unknown":
        return words.unknown
    if point.precision in {"decade", "century"}:
        return (words.decade if point.precision == "decade" else words.century)[case].format(point.earliest.year)
    if point.precision == "season":
        return f"{words.seasons[case][int(point.parts['month'] or 0) - 21]} {year}"
    if point.precision == "year":
        return f"{year} ({words.month_unknown})" if point.parts["month"] else year
    if point.precision == "month":
        said = f"{words.months[case][point.earliest.month - 1]} {year}"
        return f"{said} ({words.day_unknown})" if point.parts["day"] else said
    said = f"{point.earliest.day} {words.months['of'][point.earliest.month - 1]} {year}"
    return said + _clock_words(point)


def _clock_words(point: _Point) -> str:
    if point.precision != "minute":
        return ""
    zone = (point.parts["zone"] or "").replace("Z", "+00:00")
    return f", {point.parts['hour']}:{point.parts['minute']}" + (f" (UTC{zone})" if zone else "")
