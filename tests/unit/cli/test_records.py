"""Writing records down from the command line, and reading them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from fieldapp.errors import DiskFullError
from fieldapp.records import search
from fieldapp.services import indexing
from tests.unit.cli.calling import Desk


def test_a_person_is_written_down_shown_listed_and_found(desk: Desk) -> None:
    made = desk(
        "new", "person", "--set", "name=Амина Каримова", "--set", "language=uz", "--set", "language=ru", "--json"
    )
    record = made.json["id"]

    shown = desk("show", record[:8], "--json").json
    listed = desk("list", "--type", "person", "--json").json
    found = desk("search", "амин", "--json").json

    languages = [field["value"] for key, field in shown["fields"].items() if key.startswith("language#")]
    assert sorted(languages) == ["ru", "uz"]
    assert shown["fields"]["name"]["value"] == "Амина Каримова"
    assert shown["fields"]["name"]["accounts"][0]["author"] == "Amina"
    assert (shown["author"], shown["through"]) == ("Amina", "")
    assert [row["id"] for row in listed] == [record]
    assert [(hit["id"], hit["title"]) for hit in found] == [(record, "Амина Каримова")]
    assert found[0]["snippet"][slice(*found[0]["marks"][0])] == "Амина"


def test_without_json_the_id_stands_alone_and_a_list_gives_a_beginning_that_other_commands_take(desk: Desk) -> None:
    record = desk("new", "testimony", "--set", "title=Call from the depot").out.strip()
    line = desk("list").out.strip()

    assert len(bytes.fromhex(record)) == 16
    assert record.startswith(line.split()[0])
    assert line.endswith("Call from the depot")
    assert "Title: Call from the depot" in desk("show", line.split()[0]).out


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2026-03~", ["2026-03"]),
        ("2026", ["2026"]),
        ("2026-03-05", ["2026-03-05"]),
        ("2026-22", ["2026-06/2026-08"]),
        ("2025-12-30/2026-01-02", ["2025-12-30/2026-01-02"]),
        ("195X", ["1950/1959"]),
        ("XXXX", []),
    ],
)
def test_a_list_says_no_day_where_none_was_told(date: str, shown: list[str], desk: Desk) -> None:
    desk("new", "testimony", "--set", "title=x", "--set", f'date={{"edtf": "{date}", "told": "so it was told"}}')

    assert desk("list").out.split()[2:-1] == shown


def test_editing_changes_what_is_named_clears_what_is_cleared_and_leaves_the_rest(desk: Desk) -> None:
    record = desk("new", "person", "--set", "name=Amina", "--set", "occupation=cook", "--set", "phone=+99890", "--json")
    target = record.json["id"]

    changed = desk("edit", target, "--set", "name=Amina K.", "--clear", "occupation", "--clear", "phone", "--json")
    fields = desk("show", target, "--json").json["fields"]

    assert changed.json == {"id": None, "changed": [target]}
    assert {key: field["value"] for key, field in fields.items()} == {"name": "Amina K."}


def test_an_edit_that_changes_nothing_says_so(desk: Desk) -> None:
    target = desk("new", "person", "--set", "name=Amina").out.strip()

    assert desk("edit", target, "--set", "name=Amina", "--json").json == {"id": None, "changed": []}
    assert desk("edit", target).status == 2


def test_fields_come_from_a_json_file_and_from_standard_input(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "call.json"
    file.write_text(
        json.dumps({"title": "Звонок", "date": {"told": "три дня после Навруза"}, "referral": ["doctor", "lawyer"]}),
        encoding="utf-8",
    )
    from_file = desk("new", "testimony", "--from", file, "--set", "title=Mine wins", "--json").json["id"]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b'{"language": "ru"}'), isatty=lambda: False))
    from_input = desk("new", "person", "--from", "-", "--json").json["id"]

    first = desk("show", from_file, "--json").json["fields"]
    second = desk("show", from_input, "--json").json["fields"]

    assert first["title"]["value"] == "Mine wins"
    assert first["date"]["value"] == {"edtf": "XXXX", "told": "три дня после Навруза"}
    assert {field["value"] for key, field in first.items() if key.startswith("referral#")} == {"doctor", "lawyer"}
    assert [field["value"] for field in second.values()] == ["ru"]


@pytest.mark.parametrize("content", ["[]", "{", '"text"', '{"title": "x"', "\xff"])
def test_what_is_no_json_object_is_wrong_usage(content: str, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "call.json"
    file.write_bytes(content.encode("latin-1"))

    done = desk("new", "testimony", "--from", file)

    assert done.status == 2
    assert "--from" in done.err
    assert desk("list").out == ""


def test_words_that_are_no_date_are_kept_as_told_when_asked_and_otherwise_explained(desk: Desk) -> None:
    told = """{"told": "три дня после Навруза"}"""
    refused = desk("new", "testimony", "--set", "date=три дня после Навруза")
    kept = desk("new", "testimony", "--set", f"date={told}", "--json").json["id"]

    assert refused.status == 2
    assert """--set 'date={"told": "…"}'""" in refused.err
    assert desk("show", kept, "--json").json["fields"]["date"]["value"]["told"] == "три дня после Навруза"


def test_text_that_looks_like_json_stays_text(desk: Desk) -> None:
    record = desk("new", "testimony", "--set", """narrative={"a": 1}""", "--json").json["id"]

    assert desk("show", record, "--json").json["fields"]["narrative"]["value"] == """{"a": 1}"""


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["new", "persn"], "UnknownType"),
        (["new", "person", "--set", "nmae=x"], "UnknownField"),
        (["new", "person", "--set", "sex=sideways"], "BadValue"),
        (["new", "document", "--set", "sha256=00"], "BadValue"),
        (["new", "testimony", "--set", "date={broken"], "BadValue"),
        (["new", "testimony", "--set", 'date={"told": "\udcff"}'], "BadValue"),
        (["new", "testimony", "--set", 'date={"told": ' + "[" * 5000], "BadValue"),
        (["new", "person", "--set", "name=a", "--set", "name=b"], "Usage"),
        (["new", "person", "--set", "name"], "Usage"),
        (["list", "--type", "persn"], "UnknownType"),
        (["search", "x", "--from-date", "yesterday"], "BadValue"),
        (["show", "xyz"], "Usage"),
        (["show", "abc"], "Usage"),
        (["new", "person", "--sat", "name=a"], "Usage"),
    ],
)
def test_wrong_input_is_usage_and_changes_nothing(command: list[str], error: str, desk: Desk) -> None:
    done = desk(command[0], *command[1:], "--json")

    assert (done.status, done.error["error"]) == (2, error)
    assert done.out == ""
    assert desk("list").out == ""


def test_a_record_that_is_not_there_is_refused_with_one_line_or_one_object(desk: Desk) -> None:
    line, as_json = desk("show", "abcdef"), desk("show", "abcdef", "--json")

    assert line.status == as_json.status == 1
    assert line.err.count("\n") == 1
    assert set(as_json.error) == {"error", "what", "safe", "do", "facts"}
    assert as_json.error["error"] == "RecordNotFound"


def test_links_hiding_and_undoing(desk: Desk) -> None:
    call = desk("new", "testimony", "--set", "title=Call").out.strip()
    person = desk("new", "person", "--set", "name=Amina").out.strip()

    link = desk("link", call[:10], person[:10], "--role", "narrator", "--note", "by phone", "--json").json["id"]
    shown = desk("show", call, "--json").json["links"]
    by_person = desk("search", "call", "--person", person, "--json").json

    assert [(each["id"], each["other"], each["role"], each["note"]) for each in shown] == [
        (link, person, "narrator", "by phone")
    ]
    assert [hit["id"] for hit in by_person] == [call]
    assert "narrator" in desk("show", call).out

    desk("hide", call)
    assert [row["id"] for row in desk("list", "--json").json] == [person]
    assert {row["id"] for row in desk("list", "--hidden", "--json").json} == {person, call}
    desk("unhide", call)
    desk("edit", call, "--set", "title=Another")
    desk("undo", call)
    assert desk("show", call, "--json").json["title"] == "Call"


def test_history_tells_what_was_replaced(desk: Desk) -> None:
    call = desk("new", "testimony", "--set", "title=First").out.strip()
    desk("edit", call, "--set", "title=Second")

    entries = desk("history", call, "--json").json

    assert [entry["author"] for entry in entries] == ["Amina", "Amina"]
    assert entries[1]["changes"] == [{"key": "title", "value": "Second", "shown": "Second", "replaced": ["First"]}]
    assert "First" in desk("history", call).out


def test_a_search_first_prepares_what_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        desk("new", "testimony", "--set", f"title=canary {number}")
    monkeypatch.setattr(search, "AT_ONCE", 0)
    assert desk("rebuild", "--json").status == 0

    found = desk("search", "canary", "--json")

    assert len(found.json) == 3
    assert found.err == ""


def test_a_search_tells_how_many_records_it_could_not_prepare(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_archive: object, _progress: object) -> None:
        raise DiskFullError

    for number in range(3):
        desk("new", "testimony", "--set", f"title=canary {number}")
    monkeypatch.setattr(search, "AT_ONCE", 0)
    assert desk("rebuild", "--json").status == 0
    monkeypatch.setattr(indexing, "finish_indexing", refuse)

    in_words, for_scripts = desk("search", "canary"), desk("search", "canary", "--json")

    assert (in_words.status, in_words.out) == (0, "")
    assert in_words.err.startswith("3 records could not be prepared")
    assert for_scripts.json == []
    assert for_scripts.errors == [{"waiting": 3}]


def test_dates_narrow_a_search(desk: Desk) -> None:
    spring = desk("new", "testimony", "--set", "title=contract", "--set", "date=2026-03-05").out.strip()
    autumn = desk("new", "testimony", "--set", "title=contract", "--set", "date=2026-10").out.strip()

    after = desk("search", "contract", "--from-date", "2026-06", "--json").json
    before = desk("search", "contract", "--to-date", "2026-03", "--json").json

    assert [hit["id"] for hit in after] == [autumn]
    assert [hit["id"] for hit in before] == [spring]


def test_a_link_can_be_written_down_with_beginnings_of_ids(desk: Desk) -> None:
    call = desk("new", "testimony").out.strip()
    person = desk("new", "person").out.strip()

    done = desk("new", "link", "--set", f"from={call[:8]}", "--set", f"to={person[:8]}", "--set", "role=narrator")

    assert done.status == 0
    assert [link["other"] for link in desk("show", call, "--json").json["links"]] == [person]


def test_an_account_from_another_source_stands_beside_the_first(desk: Desk) -> None:
    person = desk("new", "person", "--set", "status=missing", "--source", "her sister").out.strip()
    desk("edit", person, "--set", "status=detained", "--source", "a neighbour")

    field = desk("show", person, "--json").json["fields"]["status"]
    shown = desk("show", person).out

    assert {(account["source"], account["value"]) for account in field["accounts"]} == {
        ("her sister", "missing"),
        ("a neighbour", "detained"),
    }
    assert "Account of her sister: " in shown
    assert "Account of a neighbour: " in shown
