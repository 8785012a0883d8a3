"""The words of dates in English and Russian: to say them, and to read what people type.

Every noun has three cases: `plain` (March, март), `of` (after "about" and "since": марта), `between` (мартом).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """All that saying a date in one language needs; templates take their dates at {}."""

    months: Mapping[str, tuple[str, ...]]
    seasons: Mapping[str, tuple[str, ...]]
    decade: Mapping[str, str]
    century: Mapping[str, str]
    about: str
    roughly: str
    uncertain: str
    between: str
    since: str
    until: str
    unknown: str
    start_unknown: str
    end_unknown: str
    month_unknown: str
    day_unknown: str


def _cases(plain: str, of: str, between: str) -> dict[str, tuple[str, ...]]:
    return {"plain": tuple(plain.split()), "of": tuple(of.split()), "between": tuple(between.split())}


_EN_MONTHS = "January February March April May June July August September October November December"
_EN_SEASONS = "spring summer autumn winter"

WORDS: Mapping[str, Words] = {
    "en": Words(
        months=_cases(_EN_MONTHS, _EN_MONTHS, _EN_MONTHS),
        seasons=_cases(_EN_SEASONS, _EN_SEASONS, _EN_SEASONS),
        decade=dict.fromkeys(("plain", "of", "between"), "the {}s"),
        century=dict.fromkeys(("plain", "of", "between"), "the century from {}"),
        about="about",
        roughly="roughly",
        uncertain="uncertain",
        between="between {} and {}",
        since="since {}",
        until="no later than {}",
        unknown="unknown",
        start_unknown="start unknown",
        end_unknown="end unknown",
        month_unknown="month unknown",
        day_unknown="day unknown",
    ),
    "ru": Words(
        months=_cases(
            "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
            "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
            "январём февралём мартом апрелем маем июнем июлем августом сентябрём октябрём ноябрём декабрём",
        ),
        seasons=_cases("весна лето осень зима", "весны лета осени зимы", "весной летом осенью зимой"),
        decade={"plain": "{}-е годы", "of": "{}-х годов", "between": "{}-ми годами"},
        century={"plain": "столетие с {} года", "of": "столетия с {} года", "between": "столетием с {} года"},
        about="около",
        roughly="примерно",
        uncertain="под вопросом",
        between="между {} и {}",
        since="с {}",
        until="не позднее {}",
        unknown="неизвестно",
        start_unknown="начало неизвестно",
        end_unknown="конец неизвестен",
        month_unknown="месяц неизвестен",
        day_unknown="день неизвестен",
    ),
}

_MORE_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "янв фев мар апр май июн июл авг сен окт ноя дек",
    "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре",
)
_APPROXIMATE = (
    r"(?:(?:около|примерно|приблизительно|где-то|ок|ca|circa|about|around|approx|approximately)(?:\.\s*|\s+)|~\s*)"
)
_UNCERTAIN = r"(?:возможно|наверное|вероятно|может быть|maybe|perhaps|probably|possibly),?\s+"
_INTERVALS = (
    re.compile(r"(?:с|со|от) (?P<a>.+?) (?:по|до) (?P<b>.+)"),
    re.compile(r"между (?P<a>.+?) и (?P<b>.+)"),
    re.compile(r"from (?P<a>.+?) (?:to|until|till) (?P<b>.+)"),
    re.compile(r"between (?P<a>.+?) and (?P<b>.+)"),
)
_TIME = r"(?:,? (?:в |at )?(?P<time>[0-9]{1,2}:[0-9]{2}))?"
_YEAR = r"(?P<year>[0-9]{4})(?:\s*(?:г\.?|год|года|году|годом|year))?"
_SHAPES = (
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<number>[0-9]{1,2})\." + _YEAR + _TIME),
    re.compile(r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|-?го)? (?:of )?(?P<month>[^\W\d_]+)\.?,? " + _YEAR + _TIME),
    re.compile(r"(?P<month>[^\W\d_]+) (?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,? " + _YEAR),
    re.compile(r"(?P<number>[0-9]{1,2})\." + _YEAR),
    re.compile(r"(?P<month>[^\W\d_]+)\.?,? (?:of )?" + _YEAR),
    re.compile(r"(?P<decade>[0-9]{3})0(?:s|-?е|-?х)(?: год(?:ы|ов|ах))?"),
    re.compile(_YEAR),
)


def _forms() -> Mapping[str, int]:
    """Each form of a month or season → its EDTF number."""
    forms: dict[str, int] = {"fall": 23, "sept": 9}
    rows = [(1, row.split()) for row in _MORE_MONTHS]
    for words in WORDS.values():
        rows += [(1, list(row)) for row in words.months.values()]
        rows += [(21, list(row)) for row in words.seasons.values()]
    for first, row in rows:
        forms.update({_flat(word): first + index for index, word in enumerate(row)})
    return forms


def as_edtf(text: str) -> str:
    """The EDTF text that typed words most likely mean; empty when no rule reads them. Still to be parsed."""
    words = _flat(" ".join(text.split()))
    for shape in _INTERVALS:
        match = shape.fullmatch(words)
        if match:
            ends = (_one(match["a"]), _one(match["b"]))
            return "/".join(ends) if all(ends) else ""
    return _one(words)


def _one(words: str) -> str:
    words, uncertain = re.subn(r"^" + _UNCERTAIN + r"|\s*\(?\?\)?$", "", words)
    words, approximate = re.subn(r"^" + _APPROXIMATE, "", words)
    words = re.sub(r"^(?:в|во|in|on|the)\s+", "", words)
    edtf = next((found for found in (_shaped(shape, words) for shape in _SHAPES) if found), "")
    mark = "%" if uncertain and approximate else "?" if uncertain else "~" if approximate else ""
    return edtf + mark if edtf else ""


def _shaped(shape: re.Pattern[str], words: str) -> str:
    match = shape.fullmatch(words)
    if match is None:
        return ""
    parts = match.groupdict()
    if parts.get("decade"):
        return f"{parts['decade']}X"
    if parts.get("month") and parts["month"] not in _FORMS:
        return ""
    number = _FORMS[parts["month"]] if parts.get("month") else int(parts.get("number") or 0)
    day, time = parts.get("day"), parts.get("time")
    edtf = f"{parts['year']}-{number:02}" if number or parts.get("number") else str(parts["year"])
    if day:
        edtf += f"-{int(day):02}"
    return f"{edtf}T{time:0>5}" if time else edtf


def _flat(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")


_FORMS = _forms()
