"""Every error has words, and its facts are in them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

from fieldapp import errors
from fieldapp.errors import BugError, ExpectedError
from fieldapp.i18n import use_language
from fieldapp.messages import bug_code, facts_of, name_of, words_for
from fieldapp.messages.codes import CODES
from fieldapp.messages.texts import TEXTS
from fieldapp.records.model import item_key

SAMPLES: dict[str, object] = {
    "int": 7,
    "str": "somecode",
    "bytes": bytes(range(32)),
    "bool": True,
    "tuple[str, ...]": ("alpha", "beta"),
    "tuple[int, ...]": (3, 7),
}


def expected_errors(kind: type[ExpectedError] = ExpectedError) -> Iterator[type[ExpectedError]]:
    """The class and all below it."""
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from expected_errors(below)


def facts_taken(kind: type[ExpectedError]) -> dict[str, str]:
    """The facts that an error of this class is made with: name → type."""
    if kind.__init__ is Exception.__init__:
        return {}
    parameters = list(inspect.signature(kind).parameters.values())
    return {each.name: str(each.annotation) for each in parameters if each.annotation is not inspect.Parameter.empty}


def sample(kind: type[ExpectedError], **facts: object) -> ExpectedError:
    made = {name: SAMPLES[annotation] for name, annotation in facts_taken(kind).items()}
    return kind(**(made | facts))


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.mark.parametrize("kind", list(expected_errors()), ids=lambda kind: kind.__name__)
def test_every_error_has_words_of_its_own_that_hold_its_facts(kind: type[ExpectedError]) -> None:
    assert kind in TEXTS

    words = words_for(sample(kind))

    assert words.what
    assert words.do or kind is errors.CancelledError
    assert "%(" not in f"{words.what}{words.safe}{words.do}"
    told = "".join((*TEXTS[kind], *(text for each in CODES.get(kind, {}).values() for text in each.values())))
    assert set(re.findall(r"%\((\w+)\)", told)) == set(facts_taken(kind))


def test_no_words_are_left_of_errors_that_are_gone() -> None:
    assert set(TEXTS) == set(expected_errors())
    assert set(CODES) <= set(TEXTS)


@pytest.mark.parametrize("kind", list(CODES), ids=lambda kind: kind.__name__)
def test_the_codes_that_have_words_are_those_that_the_class_names(kind: type[ExpectedError]) -> None:
    for fact, codes in CODES[kind].items():
        named = re.sub(r"\s+", " ", kind.__doc__ or "")
        assert [code for code in codes if not re.search(rf"\b{code}\b", named)] == []
        for code, told in codes.items():
            words = words_for(sample(kind, **{fact: code}))
            assert told.split("%")[0] in words.what


def test_facts_are_told_in_units_and_lists_that_people_read() -> None:
    assert "256 MiB" in words_for(errors.MemoryShortError(256 * 1024)).what
    assert "9.0 GiB" in words_for(errors.FileTooLargeForBundleError(9 * 1024**3, bytes(32))).what
    assert "alpha, beta" in words_for(errors.UnknownTypeError(("alpha", "beta"))).do
    assert "0001 0203" in words_for(errors.BundleForwardedError(bytes(range(32)))).what
    assert "female, male" in words_for(errors.BadValueError("sex", "choice", ("female", "male"))).what


def test_an_error_of_a_class_that_came_later_has_the_words_of_its_parent() -> None:
    class StrangeBundleError(errors.BundleError):
        pass

    assert words_for(StrangeBundleError()) == words_for(errors.BundleError())


def test_a_mistake_of_ours_is_told_with_a_code_and_no_content() -> None:
    error = KeyError("Amina's secret")

    words = words_for(error)

    assert "KeyError@" in words.what
    assert "Amina" not in words.what + words.safe + words.do
    assert name_of(error) == name_of(BugError("x")) == "Bug"
    assert facts_of(error) == {"code": bug_code(error)}


def test_the_code_of_a_mistake_says_where_in_our_code_it_was() -> None:
    with pytest.raises(BugError) as caught:
        item_key("language", "not eight digits")

    assert re.fullmatch(r"BugError@records/model\.py:\d+", bug_code(caught.value))


def test_facts_for_scripts_are_plain() -> None:
    assert facts_of(errors.UnknownFieldError("nmae", ("name", "sex"))) == {"field": "nmae", "known": ["name", "sex"]}
    assert facts_of(errors.BundleForwardedError(b"\x01\x02")) == {"sender": "0102"}
    assert name_of(errors.UnknownFieldError("nmae", ())) == "UnknownField"


def test_who_typed_a_wrong_passphrase_is_promised_no_way_in_that_a_vault_need_not_have() -> None:
    words = words_for(errors.WrongPassphraseError())

    assert "Where a recovery phrase was written down" in words.do


def test_how_short_a_passphrase_may_be_is_said_rightly_of_any_number() -> None:
    assert words_for(errors.PassphraseTooShortError(1)).what.endswith("at least: 1.")
