"""Where somebody was and what was half finished, kept in the vault."""

from __future__ import annotations

import pytest

from fieldapp.records.ids import new_record_id
from fieldapp.services import drafts, half_finished, records, withdrawals
from fieldapp.services.half_finished import GoingOn, Place
from fieldapp.services.withdrawals import How
from fieldapp.values import RecordId
from fieldapp.vault.encoding import encode
from tests.unit.services.people import Someone


def a_record(ainura: Someone, title: str = "A call") -> RecordId:
    made = records.save(ainura.archive, "testimony", {"title": title}).created
    assert made is not None
    return made


def test_in_a_new_vault_nothing_is_going_on(ainura: Someone) -> None:
    assert half_finished.going_on(ainura.archive) == GoingOn()


def test_the_place_is_there_again_until_somebody_closes_the_window(ainura: Someone) -> None:
    place = Place("testimony", a_record(ainura), "narrative", "market")

    half_finished.keep_place(ainura.archive, place)
    kept = half_finished.going_on(ainura.archive).place
    half_finished.keep_place(ainura.archive, None)

    assert kept == place
    assert half_finished.going_on(ainura.archive).place is None


def test_the_texts_of_a_sheet_are_kept_until_it_is_done(ainura: Someone) -> None:
    record = a_record(ainura)

    half_finished.keep_sheet(ainura.archive, "withdraw", record, {"by": "Zarina", "reason": ""})
    texts = half_finished.sheet_texts(ainura.archive, "withdraw", record)
    (sheet,) = half_finished.going_on(ainura.archive).sheets
    half_finished.forget_sheet(ainura.archive, "withdraw", record)

    assert texts == {"by": "Zarina", "reason": ""}
    assert (sheet.kind, sheet.about, sheet.texts) == ("withdraw", record, texts)
    assert [row.title for row in sheet.rows] == ["A call"]
    assert half_finished.going_on(ainura.archive).sheets == ()


def test_a_sheet_without_a_word_is_nothing(ainura: Someone) -> None:
    record = a_record(ainura)
    half_finished.keep_sheet(ainura.archive, "withdraw", record, {"by": "Zarina"})

    half_finished.keep_sheet(ainura.archive, "withdraw", record, {"by": "  "})

    assert half_finished.going_on(ainura.archive).sheets == ()


def test_a_sheet_about_several_records_knows_them_all(ainura: Someone) -> None:
    first, second = a_record(ainura, "One"), a_record(ainura, "Two")

    half_finished.keep_sheet(ainura.archive, "withdraw", first + second, {"by": "Zarina"})

    (sheet,) = half_finished.going_on(ainura.archive).sheets
    assert [row.title for row in sheet.rows] == ["One", "Two"]


def test_words_about_a_record_that_was_taken_back_are_forgotten(ainura: Someone) -> None:
    record = a_record(ainura)
    half_finished.keep_sheet(ainura.archive, "task", record, {"questions": "Has he called?"})

    withdrawals.withdraw(ainura.archive, record, by="Zarina", how=How.SPOKEN)

    assert half_finished.going_on(ainura.archive).sheets == ()
    assert half_finished.sheet_texts(ainura.archive, "task", record) == {}


def test_records_that_were_being_typed_in_are_told_once(ainura: Someone) -> None:
    record = new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, record, "testimony", {"title": "Cut off in the mid"})

    half_finished.note_records(ainura.archive)
    drafts.finish_all(ainura.archive)

    assert [row.title for row in half_finished.going_on(ainura.archive).records] == ["Cut off in the mid"]
    assert half_finished.going_on(ainura.archive).records == ()


@pytest.mark.parametrize("name", ["place", "half finished records", "half finished withdraw 00"])
@pytest.mark.parametrize(
    "value", [b"", b"\xff", encode({"page": 3, "records": 1}), encode({"kind": 1, "about": "x", "records": ["x"]})]
)
def test_what_nobody_could_have_kept_counts_for_nothing(ainura: Someone, name: str, value: bytes) -> None:
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("INSERT INTO setting VALUES (?, ?)", (name, value))

    assert half_finished.going_on(ainura.archive) == GoingOn()
