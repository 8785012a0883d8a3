"""Search: in any script and form, by parts of phone numbers, and with hostile queries."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.records import projection, search
from fieldapp.records.search import Filters, parse, phone_endings
from fieldapp.values import RecordId
from fieldapp.vault import connection as database
from fieldapp.vault import schema
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain


@dataclass
class Index:
    """An index with records of our making."""

    connection: Connection
    rows: dict[RecordId, int] = field(default_factory=dict)

    def put(self, kind: str, *, hidden: bool = False, latest: int | None = None, **values: Plain) -> RecordId:
        record = RecordId(secrets.token_bytes(16))
        self.rows[record] = self.connection.insert(
            "INSERT INTO record (record, type, title, earliest, latest, created_ms, changed_ms, changed_tick, hidden,"
            " contested) VALUES (?, ?, '', ?, ?, 0, 0, 0, ?, 0)",
            (record, kind, latest, latest, hidden),
        )
        search.put(self.connection, self.rows[record], kind, {} if hidden else values)
        return record

    def link(self, origin: RecordId, target: RecordId, *, hidden: bool = False) -> None:
        link = self.put("link", hidden=hidden)
        self.connection.execute("INSERT INTO link VALUES (?, ?, ?, 'about')", (link, origin, target))

    def find(self, text: str, filters: Filters | None = None, limit: int = 100) -> list[RecordId]:
        return list(search.find(self.connection, parse(text), filters or Filters(), limit).records)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = new_index(tmp_path)
    yield made
    made.connection.close()


def new_index(folder: Path) -> Index:
    key = bytearray(secrets.token_bytes(database.KEY_SIZE))
    made = Index(database.create(folder / f"{secrets.token_hex(4)}.db", key))
    schema.create(made.connection)
    projection.create(made.connection)
    return made


@pytest.mark.parametrize(
    "query",
    [
        "90123",
        "901234567",
        "998901234567",
        "+998 90 123-45-67",
        "123 45 67",
        "4567",
        "2345",
        "(90) 123",
        "9012 345",
        "67",
    ],
)
def test_any_part_of_a_phone_number_finds_it_however_it_is_grouped(index: Index, query: str) -> None:
    person = index.put("person", name="A", phone="+998 90 123 45 67")
    told = index.put("testimony", narrative="Called from +998(90)123-45-67 at night")
    index.put("person", name="B", phone="+992 93 000 11 22")

    assert set(index.find(query)) == {person, told}


def test_parts_of_numbers_are_indexed_only_of_phone_numbers() -> None:
    assert phone_endings("on 12.03.2026 he paid 15000") == ["12032026", "2032026", "032026", "32026", "2026", "026"]
    assert phone_endings("paid 150 000") == []
    assert "67" not in phone_endings("+998 90 123 45 67")


@pytest.mark.parametrize(
    ("written", "query"),
    [
        ("Oʻktam Qodirov", "oktam"),
        ("Ўктам Қодиров", "уктам кодиров"),
        ("Ёдгор", "едг"),
        ("Он подписал договор ночью", "подписали договоры"),
        ("Он подписал договор ночью", "догов"),
        ("They were deceived twice", "deceive"),
        ("Шарҳ дар бораи коргарон", "коргаронро"),  # Tajik: no stemmer, found by its beginning
        ("Ishchilar uchastkada", "ishchilarimiz"),  # Uzbek
        ("Чиновник в полиции", '"в полиции"'),
        ("Чиновник в полиции", "«чиновник в»"),
    ],
)
def test_words_are_found_in_forms_that_were_not_typed(index: Index, written: str, query: str) -> None:
    found = index.put("testimony", narrative=written)
    index.put("testimony", narrative="quite another thing")

    assert index.find(query) == [found]


@pytest.mark.parametrize("query", ['"полиции в"', "чиновник полковник", '"в полици"', "", " ", "!?", '""'])
def test_what_is_not_there_is_not_found(index: Index, query: str) -> None:
    index.put("testimony", narrative="Чиновник в полиции")

    assert index.find(query) == []


def test_filters_narrow_by_type_date_and_person(index: Index) -> None:
    karim = index.put("person", name="night watch Karim")
    early = index.put("testimony", narrative="night", latest=100)
    late = index.put("testimony", narrative="night", latest=200)
    index.link(early, karim)
    index.link(late, karim, hidden=True)

    assert set(index.find("night")) == {karim, early, late}
    assert set(index.find("night", Filters(type="testimony"))) == {early, late}
    assert index.find("night", Filters(earliest=150)) == [late]
    assert index.find("night", Filters(latest=150)) == [early]
    assert set(index.find("night", Filters(person=karim))) == {karim, early}
    assert index.find("night", Filters(type="person", person=karim)) == [karim]


def test_what_was_taken_out_leaves_no_word(index: Index) -> None:
    record = index.put("person", name="canary")
    search.put(index.connection, index.rows[record], "person", {})

    assert index.find("canary") == []
    assert search.snapshot(index.connection) == []


def test_code_words_and_links_are_not_indexed(index: Index) -> None:
    index.put("person", name="A", challenge="moonlight")
    index.put("link", note="moonlight")

    assert index.find("moonlight") == []


def test_the_words_by_which_something_was_found_are_told(index: Index) -> None:
    index.put("testimony", narrative="ishchilar")

    assert search.find(index.connection, parse("ishchilar"), Filters(), 9).terms == ("ishchilar",)
    assert search.find(index.connection, parse("ishchilarim"), Filters(), 9).terms == ("ishchila",)
    assert search.find(index.connection, parse("nobody"), Filters(), 9).records == ()


@pytest.mark.parametrize(
    "query",
    [
        '"', "' OR 1=1 --", "a AND", "NEAR(a b)", "title:a", "^a", "a*", "*", "-a", "a\0b", "{title} : a", '"a" "b',
        "()", "\ud800", "a" * 10_000_000, '"' * 100_000, "a " * 100_000, "\u0301" * 50, "𞤀𞤁", "\ue000", "ﷺ" * 1000,
        "½ ² ①", "꜠", "🜁 🜂", "\u202eevil", "٠١٢٣", "x\u200dy", "\U0001e030",
    ],
)  # fmt: skip
def test_hostile_queries_find_or_find_nothing(index: Index, query: str) -> None:
    index.put("testimony", narrative="a b evil 0123 x y 𞤀𞤁")

    index.find(query)
    index.find(query, Filters(type="testimony"), limit=1)


@given(text=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_raises(folder: Path, text: str) -> None:
    index = new_index(folder)
    try:
        record = index.put("testimony", narrative=text)
        index.find(text)
        words = parse(text).words
        if words and text.isascii():
            assert index.find(words[0]) == [record]
    finally:
        index.connection.close()
