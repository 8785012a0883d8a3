"""Typing survives everything, and no word of it is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.errors import DiskFullError, FieldAppError
from fieldapp.records import store
from fieldapp.records.ids import new_record_id
from fieldapp.records.model import TYPES
from fieldapp.services import drafts, records, trust, vaults, views
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain
from tests.unit.services.people import PASSPHRASE, Someone

CHILD = """
import sys
from pathlib import Path
from fieldapp.services import drafts, vaults
from fieldapp.values import RecordId
archive = vaults.unlock(Path(sys.argv[1]), sys.argv[2])
drafts.keep(archive, RecordId(b"r" * 16), "testimony", {"narrative": "they came at"})
drafts.keep(archive, RecordId(b"r" * 16), "testimony", {"narrative": "they came at night"})
print("kept", flush=True)
sys.stdin.read()
"""


def test_what_was_typed_survives_a_kill(ainura: Someone, root: Path) -> None:
    ainura.archive.close()
    command = [sys.executable, "-c", CHILD, str(ainura.vault.folder), PASSPHRASE]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "kept\n"
        child.kill()

    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE)

    record = RecordId(b"r" * 16)
    assert drafts.kept(ainura.archive, record) == {"narrative": "they came at night"}
    drafts.finish_all(ainura.archive)
    assert ainura.value(record, "narrative") == "they came at night"
    assert drafts.kept(ainura.archive, record) == {}


def test_what_does_not_fit_goes_to_the_notes_under_its_label(ainura: Someone) -> None:
    record = ainura.new("person", name="A", notes="before")
    drafts.keep(
        ainura.archive,
        record,
        "person",
        {
            "sex": "no such choice",
            "group_size": "about fifty",
            "birth_date": "three days after Nowruz",
            "name": "B" * 2000,
            "language": ["uz", "the language of the mountains"],
            "occupation": "builder",
        },
    )

    drafts.finish(ainura.archive, record)

    notes = str(ainura.value(record, "notes"))
    lines = notes.split("\n")
    assert lines[0] == "before"
    assert sorted(lines[1:]) == sorted(
        [
            "Sex: no such choice",
            "Number of people: about fifty",
            "Name as told: " + "B" * 2000,
            "Languages: the language of the mountains",
        ]
    )
    assert ainura.value(record, "birth_date") == {"edtf": "XXXX", "told": "three days after Nowruz"}
    assert views.view(ainura.archive, record).values("language") == ["uz"]
    assert (ainura.value(record, "occupation"), ainura.value(record, "name")) == ("builder", "A")
    assert drafts.kept(ainura.archive, record) == {}


def test_notes_that_are_being_typed_take_what_does_not_fit(ainura: Someone) -> None:
    record = ainura.new("person")
    drafts.keep(ainura.archive, record, "person", {"notes": "typed", "sex": "?"})

    drafts.finish(ainura.archive, record)

    assert ainura.value(record, "notes") == "typed\nSex: ?"


def test_control_characters_and_halves_of_characters_do_not_stop_the_words(ainura: Someone) -> None:
    record = new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, record, "testimony", {"narrative": "one\0two\ud800three", "title": "x\x07y"})

    drafts.finish(ainura.archive, record)

    assert ainura.value(record, "narrative") == "onetwo\ufffdthree"
    assert ainura.value(record, "title") == "xy"


def test_more_than_a_record_holds_stays_typed_and_stops_nothing_else(ainura: Someone) -> None:
    record, other = new_record_id(ainura.archive.own_log), new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, record, "testimony", {"narrative": "x" * 1_000_001, "title": "T"})
    drafts.keep(ainura.archive, other, "testimony", {"title": "other"})

    drafts.finish_all(ainura.archive)

    assert ainura.value(record, "title") == "T"
    assert ainura.value(other, "title") == "other"
    assert drafts.kept(ainura.archive, record) == {"narrative": "x" * 1_000_001}


def test_a_draft_of_a_newer_type_waits_for_the_newer_version(ainura: Someone) -> None:
    record = new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, record, "vehicle", {"plate": "01 A 777"})

    assert not drafts.finish_all(ainura.archive).records

    assert drafts.kept(ainura.archive, record) == {"plate": "01 A 777"}
    assert store.row_if_there(ainura.archive.connection, record) is None


def test_a_new_record_with_nothing_typed_is_none(ainura: Someone) -> None:
    record = new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, record, "testimony", {"title": "a"})
    drafts.keep(ainura.archive, record, "testimony", {"title": " ", "narrative": ""})

    drafts.finish_all(ainura.archive)

    assert store.row_if_there(ainura.archive.connection, record) is None
    assert drafts.kept(ainura.archive, record) == {}


def test_typing_in_a_hidden_record_is_kept_in_it(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    drafts.keep(ainura.archive, record, "person", {"name": "B"})
    records.hide(ainura.archive, record)

    drafts.finish(ainura.archive, record)

    assert store.row_of(ainura.archive.connection, record).hidden
    assert ainura.value(record, "name") == "B"


def test_a_draft_of_another_type_than_the_record_is_kept_until_it_is_of_that_type(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    drafts.keep(ainura.archive, record, "testimony", {"title": "words", "notes": "more"})
    drafts.keep(ainura.archive, record, "person", {"name": "B"})

    drafts.finish_all(ainura.archive)

    assert (ainura.value(record, "name"), ainura.value(record, "notes")) == ("B", None)
    assert drafts.kept(ainura.archive, record) == {"title": "words", "notes": "more"}


def test_code_words_and_contact_lines_never_go_to_the_notes(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    typed: dict[str, Plain] = {
        "challenge": "c" * 1001,
        "answer": ["swordfish"],
        "safe_channel": "by pigeon",
        "who_may_answer": "w" * 1001,
        "a field of a newer version": "secret",
    }
    drafts.keep(ainura.archive, record, "person", typed | {"sex": "?"})

    drafts.finish_all(ainura.archive)

    assert ainura.value(record, "notes") == "Sex: ?"
    assert drafts.kept(ainura.archive, record) == typed


def test_a_code_word_stays_a_draft_where_the_record_has_become_something_else(ainura: Someone) -> None:
    record = ainura.new("document", title="D")
    drafts.keep(ainura.archive, record, "person", {"challenge": "swordfish"})

    drafts.finish_all(ainura.archive)

    assert ainura.value(record, "notes") is None
    assert drafts.kept(ainura.archive, record) == {"challenge": "swordfish"}


def test_one_phone_that_does_not_fit_stays_a_draft_and_the_others_are_written(ainura: Someone) -> None:
    record = ainura.new("person", name="A", phone=["+996 1"])
    drafts.keep(ainura.archive, record, "person", {"phone": ["+996 1", "9" * 1001, "+996 2"]})

    drafts.finish_all(ainura.archive)
    drafts.finish_all(ainura.archive)

    assert views.view(ainura.archive, record).values("phone") == ["+996 1", "+996 2"]
    assert ainura.value(record, "notes") is None
    assert list(drafts.kept(ainura.archive, record).values()) == ["9" * 1001]


def test_a_record_that_cannot_be_finished_keeps_its_words_and_stops_no_other(ainura: Someone) -> None:
    person, other = sorted((new_record_id(ainura.archive.own_log), new_record_id(ainura.archive.own_log)))
    drafts.keep(ainura.archive, person, "person", {"phone": [f"{number:01000}" for number in range(9000)]})
    drafts.keep(ainura.archive, other, "person", {"name": "B"})
    with pytest.raises(FieldAppError):
        drafts.finish(ainura.archive, person)

    drafts.finish_all(ainura.archive)

    assert ainura.value(other, "name") == "B"
    assert len(drafts.kept(ainura.archive, person)) == 1


def test_a_full_disk_is_told(ainura: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    record = ainura.new("person", name="A")
    drafts.keep(ainura.archive, record, "person", {"name": "B"})

    def full(*_arguments: object, **_more: object) -> None:
        raise DiskFullError

    monkeypatch.setattr(records, "save_under", full)
    with pytest.raises(DiskFullError):
        drafts.finish_all(ainura.archive)
    assert drafts.kept(ainura.archive, record) == {"name": "B"}


def test_what_was_typed_back_to_what_it_was_makes_no_entry(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    drafts.keep(ainura.archive, record, "person", {"name": "A"})
    before = ainura.snapshot()

    assert not drafts.finish(ainura.archive, record).records
    assert ainura.snapshot() == before


@pytest.fixture
def shared(ainura: Someone, bek: Someone) -> tuple[Someone, Someone, RecordId]:
    """Ainura and Bek, and a person whose record both have."""
    for one, other in ((ainura, bek), (bek, ainura)):  # contacts travel to coordinators only
        trust.trust(one.archive, trust.own_card(other.archive), role=trust.Role.COORDINATOR)
    record = ainura.new("person", name="P", phone=["+996 1", "+996 2"], notes="N")
    bek.takes(ainura.bundle(bek))
    return ainura, bek, record


def told(someone: Someone, record: RecordId, name: str) -> set[Plain]:
    """Every account of a field that is live."""
    fields = store.fields_of(someone.archive.connection, record)
    return {claim.value for key, state in fields.items() if key.split("#")[0] == name for claim in state.claims}


def test_what_came_in_while_somebody_typed_stands_beside_what_was_typed(
    shared: tuple[Someone, Someone, RecordId],
) -> None:
    ainura, bek, record = shared
    bek.edit(record, name="P of Osh")
    drafts.keep(ainura.archive, record, "person", {"name": "P o"})
    ainura.takes(bek.bundle(ainura))
    drafts.keep(ainura.archive, record, "person", {"name": "P of Naryn"})

    drafts.finish_all(ainura.archive)

    assert told(ainura, record, "name") == {"P of Osh", "P of Naryn"}
    assert store.row_of(ainura.archive.connection, record).contested


def test_items_that_came_in_while_somebody_typed_are_not_cleared(shared: tuple[Someone, Someone, RecordId]) -> None:
    ainura, bek, record = shared
    bek.edit(record, phone=["+996 1", "+996 2", "+996 7", "+996 8"])
    drafts.keep(ainura.archive, record, "person", {"phone": ["+996 1", "+996 3", "+996 8"]})
    ainura.takes(bek.bundle(ainura))

    drafts.finish_all(ainura.archive)

    assert sorted(map(str, views.view(ainura.archive, record).values("phone"))) == [
        "+996 1",
        "+996 3",
        "+996 7",
        "+996 8",
    ]


def test_an_item_that_was_changed_elsewhere_meanwhile_is_not_told_twice(
    shared: tuple[Someone, Someone, RecordId],
) -> None:
    ainura, bek, record = shared
    bek.edit(record, phone=["+996 1", "+996 22"])
    drafts.keep(ainura.archive, record, "person", {"phone": ["+996 1", "+996 2", "+996 3"]})
    ainura.takes(bek.bundle(ainura))

    drafts.finish_all(ainura.archive)

    assert sorted(map(str, views.view(ainura.archive, record).values("phone"))) == ["+996 1", "+996 22", "+996 3"]


def test_emptying_a_field_does_not_clear_what_came_in_meanwhile(shared: tuple[Someone, Someone, RecordId]) -> None:
    ainura, bek, record = shared
    bek.edit(record, name="P of Osh", phone=["+996 1", "+996 22"])
    drafts.keep(ainura.archive, record, "person", {"name": "", "phone": []})
    ainura.takes(bek.bundle(ainura))

    drafts.finish_all(ainura.archive)

    assert ainura.value(record, "name") == "P of Osh"
    assert views.view(ainura.archive, record).values("phone") == ["+996 22"]


def test_a_body_that_came_late_is_not_replaced_unseen(shared: tuple[Someone, Someone, RecordId]) -> None:
    ainura, bek, record = shared
    bek.edit(record, challenge="the moon")
    ainura.takes(bek.bundle(ainura))
    drafts.keep(ainura.archive, record, "person", {"challenge": "the sun"})
    ainura.takes(bek.bundle(ainura, codes=True))

    drafts.finish_all(ainura.archive)

    assert told(ainura, record, "challenge") == {"the moon", "the sun"}


def test_what_was_here_at_the_first_keystroke_and_what_was_written_here_since_is_replaced(
    shared: tuple[Someone, Someone, RecordId],
) -> None:
    ainura, bek, record = shared
    bek.edit(record, name="P of Osh")
    ainura.takes(bek.bundle(ainura))
    drafts.keep(ainura.archive, record, "person", {"name": "P of N"})
    ainura.edit(record, name="P of Talas")
    drafts.keep(ainura.archive, record, "person", {"name": "P of Naryn"})

    drafts.finish_all(ainura.archive)

    assert told(ainura, record, "name") == {"P of Naryn"}


def test_typing_that_is_finished_is_forgotten(shared: tuple[Someone, Someone, RecordId]) -> None:
    ainura, bek, record = shared
    bek.edit(record, name="P of Osh")
    drafts.keep(ainura.archive, record, "person", {"name": "P of Talas"})
    drafts.finish_all(ainura.archive)
    ainura.takes(bek.bundle(ainura))
    drafts.keep(ainura.archive, record, "person", {"name": "P of Osh or Talas"})

    drafts.finish_all(ainura.archive)

    assert told(ainura, record, "name") == {"P of Osh or Talas"}
    assert not ainura.archive.connection.execute("SELECT name FROM setting WHERE name LIKE 'typing %'")


def test_words_that_go_to_the_notes_leave_contested_notes_as_they_are(
    shared: tuple[Someone, Someone, RecordId],
) -> None:
    ainura, bek, record = shared
    bek.edit(record, notes="by Bek")
    ainura.edit(record, notes="by Ainura")
    ainura.takes(bek.bundle(ainura))
    drafts.keep(ainura.archive, record, "person", {"sex": "?"})
    shown = str(ainura.value(record, "notes"))

    drafts.finish_all(ainura.archive)

    assert told(ainura, record, "notes") == {"by Bek", "by Ainura", f"{shown}\nSex: ?"} - {shown}


def test_typing_of_a_vault_that_did_not_remember_is_finished_as_before(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    drafts.keep(ainura.archive, record, "person", {"name": "B"})
    ainura.archive.connection.execute("DELETE FROM setting WHERE name LIKE 'typing %'")

    drafts.finish_all(ainura.archive)

    assert told(ainura, record, "name") == {"B"}


TYPED = st.text(max_size=40) | st.integers(-5, 10**18) | st.none() | st.lists(st.text(max_size=9), max_size=3)
NAMES = st.sampled_from([field.name for kind in TYPES.values() for field in kind.fields] + ["?", "phone#0a0b0c0d"])


@pytest.mark.parametrize("kind", sorted(TYPES))
@given(typed=st.dictionaries(NAMES, TYPED, max_size=5))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_finishing_never_raises_and_every_word_is_somewhere(
    ainura: Someone, kind: str, typed: dict[str, Plain]
) -> None:
    record = new_record_id(ainura.archive.own_log)
    drafts.keep(ainura.archive, record, kind, typed)

    drafts.finish(ainura.archive, record)

    left = drafts.kept(ainura.archive, record)
    row = store.row_if_there(ainura.archive.connection, record)
    fields = views.view(ainura.archive, record).fields if row else ()
    said = " ".join("".join([f"{field.told} {field.value!r}" for field in fields] + [repr(left)]).casefold().split())
    assert not any(drafts._may_be_noted(kind, name) for name in left)
    for value in typed.values():
        for words in value if isinstance(value, list) else [value]:
            if isinstance(words, str) and words.isascii() and words.isalnum():
                assert words.casefold() in said or any(words == str(field.value) for field in fields) or _known(words)


def _known(words: str) -> bool:
    """A term of a list is kept as its code."""
    return any(
        field.vocabulary is not None and _is_term(field.vocabulary, words)
        for kind in TYPES.values()
        for field in kind.fields
    )


def _is_term(name: str, words: str) -> bool:
    from fieldapp.records.vocabulary import vocabulary

    return vocabulary(name).find(words) is not None
