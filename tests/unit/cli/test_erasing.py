from __future__ import annotations

from pathlib import Path

from tests.unit.cli.calling import Desk, MakeDesk


def known_to_each_other(one: Desk, other: Desk, tmp_path: Path) -> None:
    for each, to in ((one, other), (other, one)):
        card = tmp_path / f"{each.folder.name}.card"
        each("identity card", "-o", card)
        to("identity trust", card, "--words-match", "--role", "coordinator")


def made(desk: Desk, kind: str, *sets: str) -> str:
    return str(desk("new", kind, *(word for each in sets for word in ("--set", each)), "--json").json["id"])


def test_a_record_is_withdrawn_lifted_and_destroyed(desk: Desk) -> None:
    record = made(desk, "testimony", "narrative=sings")
    said = desk("withdraw", record, "--by", "Amina", "--how", "spoken", "--date", "2026-03-05", "--json")
    assert record in said.json["changed"]
    assert desk("list", "--json").json == []
    assert desk("withdraw", record, "--lift").out == "The withdrawal is taken back.\n"
    assert len(desk("list", "--json").json) == 1

    desk("withdraw", record, "--by", "Amina", "--how", "spoken")
    (waiting,) = desk("withdrawals", "--json").json["withdrawals"]
    assert (waiting["record"], waiting["state"], waiting["own"], waiting["again"]) == (record, "pending", True, False)
    assert record[:12] in desk("withdrawals").out
    gone = desk("withdrawals", "--confirm", record[:8], "--yes", "--json")
    assert (gone.json["records"], gone.json["documents"]) == ([record], 0)
    assert "cannot be undone" in gone.err
    assert desk("withdrawals", "--json").json == {"withdrawals": [], "told": {}}


def test_destroying_asks_and_wrong_words_are_usage(desk: Desk) -> None:
    record = made(desk, "testimony", "narrative=sings")
    assert desk("withdraw", record).status == 2
    assert desk("withdraw", record, "--by", "A", "--how", "somehow").status == 2
    assert desk("withdraw", record, "--by", "A", "--how", "audio", "--date", "once").status == 2
    desk("withdraw", record, "--by", "A", "--how", "audio")

    assert desk("withdrawals", "--confirm", record).status == 2  # no terminal, and no --yes
    assert desk("withdrawals", "--confirm", "ffffffff", "--yes").status == 2
    assert desk("withdrawals", "--confirm", record, "--decline", record).status == 2
    assert desk("withdrawals", "--told", record).status == 2
    assert desk("withdrawals", "--decline", "all", "--json").json["changed"] == [record]
    assert desk("withdrawals", "--json").json["withdrawals"][0]["state"] == "declined"


def test_who_got_a_destroyed_record_is_listed_until_they_were_told(make_desk: MakeDesk, tmp_path: Path) -> None:
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    known_to_each_other(amina, nodira, tmp_path)
    record = made(amina, "testimony", "narrative=sings")
    amina("bundle export", "--to", "Nodira", "-o", tmp_path / "one.bundle")
    amina("withdraw", record, "--by", "Amina", "--how", "written")
    gone = amina("withdrawals", "--confirm", "all", "--from", "Amina", "--yes")

    assert "Nodira, in bundle 1" in gone.out
    assert [each["name"] for each in amina("withdrawals", "--json").json["told"][record]] == ["Nodira"]
    assert amina("withdrawals", "--told", record[:8]).status == 0
    assert amina("withdrawals", "--json").json["told"] == {}


def test_travelling_light_tells_what_stays_and_why(desk: Desk) -> None:
    record = made(desk, "testimony", "narrative=sings")
    found = desk("light", "--dry-run", "--copies", 3, "--json").json

    assert (found["records"], found["copies_needed"]) == ([], 3)
    assert [(each["reason"], each["records"]) for each in found["kept"]] == [("coordinators", [record])]
    assert "1 record: fewer than 3 coordinators here count as copies" in desk("light").out
    assert desk("light", "--copies", 0).status == 2
    assert desk("removed", "--json").json == []
    assert desk("removed").out == ""


def test_a_task_goes_down_and_its_answer_comes_back(make_desk: MakeDesk, tmp_path: Path) -> None:
    amina, nodira = make_desk("Amina"), make_desk("Nodira")
    known_to_each_other(amina, nodira, tmp_path)
    person = made(amina, "person", "name=Karim")
    asked = ("--to", "Nodira", "--about", person, "--questions", "Is he home?", "--expires", "2060-01-01")
    task = amina("task new", *asked, "--json").json["id"]
    amina("bundle export", "--to", "Nodira", "--record", task, "--record", person, "-o", tmp_path / "slip.bundle")
    nodira("bundle import", tmp_path / "slip.bundle")

    (slip,) = nodira("task list", "--mine", "--json").json
    assert (slip["id"], slip["about_title"], slip["questions"], slip["state"]) == (task, "Karim", "Is he home?", "open")
    assert "Karim" in nodira("task list").out
    assert nodira("task answer", task, "He is.").out == "Saved.\n"
    nodira("bundle export", "--to", "Amina", "-o", tmp_path / "answer.bundle")
    amina("bundle import", tmp_path / "answer.bundle")
    assert amina("task list", "--json").json[0]["answer"] == "He is."
    assert amina("task close", task).status == 0
    assert amina("task new", *asked[:-1], "soon").status == 2


def test_the_desk_tells_what_waits_and_when_all_is_quiet(desk: Desk) -> None:
    assert desk("desk").out == "All quiet: nothing waits.\n"
    record = made(desk, "testimony", "narrative=help", "distress=yes")
    shown = desk("desk", "--seen", "--json").json

    assert (shown["urgent_count"], [each["id"] for each in shown["urgent"]]) == (1, [record])
    assert shown["unacknowledged"] == {"waiting": 1, "sent": 0}
    assert "Urgent: 1" in desk("desk").out


def test_the_shapes_are_those_of_the_documents(desk: Desk, root: Path) -> None:
    text = (root / "resources" / "docs" / "command-line.md").read_text(encoding="utf-8")
    record = made(desk, "testimony", "narrative=sings")
    desk("withdraw", record, "--by", "A", "--how", "audio")
    shapes = [desk("desk", "--json").json, desk("light", "--dry-run", "--json").json]
    shapes += [desk("withdrawals", "--json").json["withdrawals"][0]]

    assert [key for shape in shapes for key in shape if f"`{key}`" not in text] == []
