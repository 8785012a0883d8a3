"""What is shown: snippets of what was found, in place, and words that nobody is deceived by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.errors import RecordNotFoundError
from fieldapp.records.fold import fold_plain
from fieldapp.records.ids import new_record_id
from fieldapp.records.model import ORDINARY
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.records.search import Filters, parse
from fieldapp.services import records, trust, views
from fieldapp.services.views import _cut
from fieldapp.vault.connection import Connection
from fieldapp.vault.journal import StoredEntry, stored_entries
from tests.unit.services.people import Someone

LONG = "Они пришли утром и ушли. " * 100


@pytest.mark.parametrize("before", ["", LONG])
@pytest.mark.parametrize("after", ["", LONG])
def test_a_snippet_shows_the_place_where_all_words_stand_together(ainura: Someone, before: str, after: str) -> None:
    text = f"{before}Договор подписал Маруфжон. {before}Договоры лежали ночью у Маруфжона.{after}"
    ainura.new("testimony", title="Marker", narrative=text)

    (hit,) = views.find(ainura.archive, "договор ночью маруфжон")

    marked = [hit.snippet.text[start:end] for start, end in hit.snippet.marks]
    assert marked == ["Договоры", "ночью", "Маруфжона"] or (not before and len(marked) == 5)
    assert hit.snippet.text.startswith("…") == bool(before and len(hit.snippet.text) < len(text))


@given(st.text(alphabet="абв é\u0301Ўғ-.\n", max_size=1500), st.text(alphabet="абвў ", max_size=8), st.integers(0, 3))
def test_marks_lie_in_the_snippet(text: str, query: str, times: int) -> None:
    cut = _cut(text + " слово " * 100 * times, parse(query).terms)

    assert all(0 <= start < end <= len(cut.text) for start, end in cut.marks)
    assert len(cut.text) <= 130
    assert "\n" not in cut.text


def test_of_hostile_megabytes_a_hit_looks_at_a_bounded_part(ainura: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    megabyte = "ﬁnd İt é\u0301 " * 80_000
    for kind, keys in (
        ("testimony", ("narrative", "needs", "place")),
        ("person", ("phone#00000001", "phone#00000002")),
    ):
        claims = (NewClaim("title", "Marker"), NewClaim("name", "Marker"), *(NewClaim(key, megabyte) for key in keys))
        said = Claims(new_record_id(ainura.archive.own_log), kind, ORDINARY, claims)
        with ainura.archive.vault.saving():
            ainura.archive.write([claims_body(said, kind="edit", save=bytes(16))])
    looked_at: list[int] = []

    def counted(text: str) -> str:
        looked_at.append(len(text))
        return fold_plain(text)

    monkeypatch.setattr(views, "fold_plain", counted)
    hits = views.find(ainura.archive, "marker find")

    assert len(hits) == 2
    assert all(hit.snippet.marks for hit in hits)
    assert sum(looked_at) <= len(hits) * 150_000


def test_what_stands_far_behind_is_found_and_shown_with_a_beginning(ainura: Someone) -> None:
    record = ainura.new("testimony", title="Call", narrative="ночью " * 10_000 + "паспорт")

    (hit,) = views.find(ainura.archive, "паспорт")

    assert hit.row.id == record
    assert hit.snippet.text


def test_a_search_narrows_to_one_person(ainura: Someone) -> None:
    person = ainura.new("person", name="Karim")
    testimony, other = ainura.new("testimony", title="night one"), ainura.new("testimony", title="night two")
    records.link(ainura.archive, testimony, person, "narrator")

    assert {hit.row.id for hit in views.find(ainura.archive, "night")} == {testimony, other}
    assert [hit.row.id for hit in views.find(ainura.archive, "night", Filters(person=person))] == [testimony]
    assert len(views.find(ainura.archive, "night", limit=1)) == 1


def test_a_number_is_found_by_its_part_and_shown(ainura: Someone) -> None:
    record = ainura.new("person", name="A", phone=["+998 90 123 45 67"])

    (hit,) = views.find(ainura.archive, "90123")

    assert hit.row.id == record


def test_history_tells_what_replaced_what(ainura: Someone) -> None:
    record = ainura.new("person", name="one")
    ainura.edit(record, name="two")
    records.undo(ainura.archive, record)
    records.hide(ainura.archive, record)

    told = [
        (entry.kind, [(change.told, change.replaced) for change in entry.changes], entry.undoes)
        for entry in views.history(ainura.archive, record)
    ]

    assert told == [
        ("edit", [("one", ())], False),
        ("edit", [("two", ("one",))], False),
        ("edit", [("one", ("two",))], True),
        ("hide", [("True", ())], False),
    ]


def test_a_contested_hiding_is_shown_and_can_be_settled(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    record = ainura.new("person", name="A")
    records.hide(ainura.archive, record)
    bek.takes(ainura.bundle(bek))
    records.hide(bek.archive, record, hidden=False)
    records.hide(ainura.archive, record, hidden=False)
    records.hide(ainura.archive, record)

    ainura.takes(bek.bundle(ainura))

    (hidden,) = [field for field in views.view(ainura.archive, record).fields if field.key == "hidden"]
    assert hidden.contested and not views.row(ainura.archive, record).hidden
    chosen = next(account for account in hidden.accounts if account.value is True)
    records.resolve(ainura.archive, record, "hidden", chosen.entry)
    assert views.row(ainura.archive, record).hidden
    bek.takes(ainura.bundle(bek))
    assert views.row(bek.archive, record).hidden


def test_what_is_not_here_is_told(ainura: Someone) -> None:
    for look in (views.view, views.history, views.row):
        with pytest.raises(RecordNotFoundError):
            look(ainura.archive, new_record_id(ainura.archive.own_log))


def test_who_wrote_what_is_read_once_and_again_when_a_name_changes(
    ainura: Someone, bek: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    one, two = bek.new("person", name="one"), bek.new("person", name="two")
    ainura.takes(bek.bundle(ainura))
    read: list[str | None] = []

    def counted(connection: Connection, *, kind: str | None = None) -> Iterator[StoredEntry]:
        read.append(kind)
        return stored_entries(connection, kind=kind)

    monkeypatch.setattr("fieldapp.services.history.stored_entries", counted)

    assert [views.view(ainura.archive, each).author for each in (one, two, one)] == ["Bek", "Bek", "Bek"]
    ainura.edit(one, notes="seen")
    assert views.history(ainura.archive, one)[0].author == "Bek"
    assert len(read) <= 1

    trust.trust(ainura.archive, trust.own_card(bek.archive), name="Bek of Osh")
    assert views.view(ainura.archive, one).author == "Bek of Osh"
