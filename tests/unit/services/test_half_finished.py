"""Where somebody was and what was half finished, kept in the vault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldapp.records.ids import new_record_id
from fieldapp.services import drafts, half_finished, records, revoking, trust, vaults, withdrawals, writers
from fieldapp.services.half_finished import GoingOn, Narrowed, Place
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain, encode
from tests.unit.services.people import PASSPHRASE, Someone, dump


def a_record(ainura: Someone, title: str = "A call") -> RecordId:
    made = records.save(ainura.archive, "testimony", {"title": title}).created
    assert made is not None
    return made


def test_in_a_new_vault_nothing_is_going_on(ainura: Someone) -> None:
    assert half_finished.going_on(ainura.archive) == GoingOn()


def test_the_place_is_there_again_until_somebody_closes_the_window(ainura: Someone) -> None:
    person = records.save(ainura.archive, "person", {"name": "Zarina"}).created
    narrowed = Narrowed("testimony", "March 20", "Zarina", person)
    place = Place("testimony", a_record(ainura), "narrative", "market", "people", narrowed)

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


def test_words_about_a_record_that_is_taken_back_are_not_shown_until_a_person_decides(
    ainura: Someone, bek: Someone
) -> None:
    """Nothing that arrives destroys what was typed here, be it from a coordinator."""
    bek.trusts(ainura)
    ainura.trusts(bek, role=Role.COORDINATOR)
    record = a_record(ainura)
    bek.takes(ainura.bundle(bek))
    half_finished.keep_sheet(ainura.archive, "task", record, {"questions": "Has he called?"})
    half_finished.keep_place(ainura.archive, Place("testimony", record, "narrative", "market"))
    withdrawals.withdraw(bek.archive, record, by="Zarina", how=How.SPOKEN)

    ainura.takes(bek.bundle(ainura))
    ainura.reopen()
    hidden = half_finished.going_on(ainura.archive)
    withdrawals.decline(ainura.archive, withdrawals.pending(ainura.archive))
    ainura.reopen()

    assert (hidden.sheets, hidden.place) == ((), Place("testimony", search="market"))
    (sheet,) = half_finished.going_on(ainura.archive).sheets
    assert sheet.texts == {"questions": "Has he called?"}
    assert half_finished.going_on(ainura.archive).place == Place("testimony", record, "narrative", "market")


def test_records_that_were_being_typed_in_are_told_once(ainura: Someone) -> None:
    record = new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, record, "testimony", {"title": "Cut off in the mid"})

    half_finished.note_records(ainura.archive)
    drafts.finish_all(ainura.archive)

    assert [row.title for row in half_finished.going_on(ainura.archive).records] == ["Cut off in the mid"]
    assert half_finished.going_on(ainura.archive).records == ()


@pytest.mark.parametrize("name", ["place 1", "half finished records 1", "half finished sheet 1 withdraw 00", "place"])
@pytest.mark.parametrize(
    "value", [b"", b"\xff", encode({"page": 3, "records": 1}), encode({"kind": 1, "about": "x", "records": ["x"]})]
)
def test_what_nobody_could_have_kept_counts_for_nothing(ainura: Someone, name: str, value: bytes) -> None:
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("INSERT INTO setting VALUES (?, ?)", (name, value))

    assert half_finished.going_on(ainura.archive) == GoingOn()


@pytest.mark.parametrize("value", [3, None, b"x", ["a"], {"a": 1}])
def test_of_a_damaged_place_what_is_none_counts_for_nothing(ainura: Someone, value: Plain) -> None:
    names = ("record", "field", "search", "part", "kind", "when", "about", "person")
    half_finished.keep_place(ainura.archive, Place("testimony"))
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute(
            "UPDATE setting SET value = ? WHERE name LIKE 'place %'",
            (encode({"page": "testimony", **dict.fromkeys(names, value)}),),
        )

    assert half_finished.going_on(ainura.archive) == GoingOn(Place("testimony"))


def test_whom_a_search_is_about_is_not_shown_while_they_are_taken_back(ainura: Someone) -> None:
    person = a_record(ainura)
    place = Place("testimony", search="market", narrowed=Narrowed("person", "March", "A call", person))
    half_finished.keep_place(ainura.archive, place)

    withdrawals.withdraw(ainura.archive, person, by="Zarina", how=How.SPOKEN)
    hidden = half_finished.going_on(ainura.archive).place
    withdrawals.decline(ainura.archive, withdrawals.pending(ainura.archive))

    assert hidden == Place("testimony", search="market", narrowed=Narrowed("person", "March"))
    assert half_finished.going_on(ainura.archive).place == place


WORDS = ("kanareika-reason", "kanareika-answer", "kanareika-search")
FILTERS = Narrowed("person", "kanareika-when", "kanareika-about")


def typed_about(ainura: Someone, record: RecordId) -> None:
    half_finished.keep_sheet(ainura.archive, "withdraw", record, {"reason": WORDS[0]})
    half_finished.keep_sheet(ainura.archive, "slip", record + bytes(16), {"answer": WORDS[1]})
    place = Place("testimony", record, "narrative", WORDS[2], narrowed=FILTERS)
    half_finished.keep_place(ainura.archive, place)


def words_left(ainura: Someone) -> list[str]:
    everything = repr(dump(ainura.archive))
    return [word for word in (*WORDS, FILTERS.when, FILTERS.about) if word in everything]


def test_what_was_typed_about_a_record_is_destroyed_with_it(ainura: Someone) -> None:
    record, other = a_record(ainura), a_record(ainura, "Another")
    withdrawals.withdraw(ainura.archive, record, by="Zarina", how=How.SPOKEN, date="2026-03-05", reason="")
    half_finished.keep_sheet(ainura.archive, "withdraw", other, {"reason": "stays"})
    typed_about(ainura, record)
    assert words_left(ainura) == [*WORDS, FILTERS.when, FILTERS.about]

    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert words_left(ainura) == []
    assert half_finished.sheet_texts(ainura.archive, "withdraw", other) == {"reason": "stays"}


def test_what_was_typed_about_a_record_that_is_gone_goes_at_the_next_unlocking(ainura: Someone) -> None:
    """A sheet that stood open while the record was destroyed."""
    record = a_record(ainura)
    withdrawals.withdraw(ainura.archive, record, by="Zarina", how=How.SPOKEN, date="2026-03-05", reason="")
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    typed_about(ainura, record)

    ainura.reopen()

    assert words_left(ainura) == []


def test_whom_a_search_was_about_takes_all_that_was_looked_for_with_them(ainura: Someone) -> None:
    person = a_record(ainura)
    withdrawals.withdraw(ainura.archive, person, by="Zarina", how=How.SPOKEN, date="2026-03-05", reason="")
    place = Place("testimony", a_record(ainura), "", WORDS[2], narrowed=replace(FILTERS, person=person))
    half_finished.keep_place(ainura.archive, place)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    assert words_left(ainura) == []
    half_finished.keep_place(ainura.archive, place)  # the window, where the filter still stood

    ainura.reopen()

    assert words_left(ainura) == []


def test_nobody_is_shown_what_another_writer_had_half_finished(ainura: Someone) -> None:
    record = a_record(ainura)
    half_finished.keep_sheet(ainura.archive, "withdraw", record, {"reason": WORDS[0]})
    half_finished.keep_place(ainura.archive, Place("testimony", record, "narrative", WORDS[2]))
    other = writers.add(ainura.archive, "another good passphrase", person="Daniyar")
    ainura.archive.close()

    archive = vaults.unlock(ainura.vault.folder, "another good passphrase")
    assert half_finished.going_on(archive) == GoingOn()
    half_finished.keep_place(archive, Place("people"))
    archive.close()
    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE)
    assert half_finished.sheet_texts(ainura.archive, "withdraw", record) == {"reason": WORDS[0]}
    writers.remove(ainura.archive, other.id)
    ainura.reopen()
    assert "place 2" not in repr(dump(ainura.archive))


def test_where_somebody_began_a_record_is_there_again_before_it_is_one(ainura: Someone) -> None:
    begun = new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, begun, "testimony", {"title": "Just begun"})
    place = Place("testimony", begun, "title")
    half_finished.keep_place(ainura.archive, place)

    ainura.reopen()

    assert half_finished.going_on(ainura.archive).place == place


def test_a_sheet_about_somebody_is_there_while_they_are_trusted(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    about = half_finished.about_card(ainura.peer(bek).fingerprint)
    half_finished.keep_sheet(ainura.archive, "lost device", about, {"reason": WORDS[0]})

    half_finished.tidy(ainura.archive)
    (sheet,) = half_finished.going_on(ainura.archive).sheets
    trust.distrust(ainura.archive, ainura.peer(bek))
    gone = half_finished.going_on(ainura.archive).sheets

    assert sheet.peer is not None
    assert (sheet.peer.name, sheet.rows, sheet.texts) == ("Bek", (), {"reason": WORDS[0]})
    assert gone == ()
    assert words_left(ainura) == []


def test_a_sheet_about_a_device_that_another_one_counts_as_lost_is_only_hidden(
    ainura: Someone, bek: Someone, chinara: Someone
) -> None:
    ainura.trusts(bek)
    ainura.trusts(chinara, role=Role.COORDINATOR)
    chinara.trusts(ainura, bek)
    about = half_finished.about_card(ainura.peer(bek).fingerprint)
    half_finished.keep_sheet(ainura.archive, "lost device", about, {"reason": WORDS[0]})
    revoking.revoke(chinara.archive, chinara.peer(bek), reason="made up")

    ainura.takes(chinara.bundle(ainura))
    ainura.reopen()

    assert half_finished.going_on(ainura.archive).sheets == ()
    assert half_finished.sheet_texts(ainura.archive, "lost device", about) == {"reason": WORDS[0]}


def test_a_sheet_about_the_vault_itself_is_there_again(ainura: Someone) -> None:
    half_finished.keep_sheet(ainura.archive, "go on anew", b"", {"device": "the grey lap"})

    half_finished.tidy(ainura.archive)

    assert [sheet.texts for sheet in half_finished.going_on(ainura.archive).sheets] == [{"device": "the grey lap"}]
