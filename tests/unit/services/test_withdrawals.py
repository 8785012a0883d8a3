from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldapp.errors import BadValueError, DiskFullError, RecordNotFoundError
from fieldapp.records import projection, standing
from fieldapp.services import documents, drafts, erasure, records, revoking, telling, trust, views, withdrawals
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How, State
from fieldapp.values import RecordId
from fieldapp.vault import journal, rewriting
from fieldapp.vault.objects import ObjectStore
from tests.conformance import independent_reader as reader
from tests.unit.services.people import PASSPHRASE, Someone, dump


def withdraw(somebody: Someone, record: RecordId) -> None:
    withdrawals.withdraw(somebody.archive, record, by=somebody.name, how=How.SPOKEN, date="2026-03-05", reason="fear")


def coordinators(*people: Someone) -> None:
    for each in people:
        for other in people:
            if other is not each:
                trust.trust(each.archive, trust.own_card(other.archive), role=Role.COORDINATOR)


def objects_of(somebody: Someone) -> list[Path]:
    return [path for path in (somebody.vault.folder / "objects").rglob("*") if path.is_file()]


def shown(somebody: Someone) -> set[RecordId]:
    return {row.id for row in views.rows(somebody.archive)}


def everything(somebody: Someone) -> dict[str, list[tuple[object, ...]]]:
    """The projection, which a rebuild must give again."""
    before = somebody.snapshot()
    projection.rebuild(somebody.archive.connection)
    assert somebody.snapshot() == before
    return before


def test_a_withdrawal_takes_a_record_out_of_lists_and_search_at_once_and_destroys_nothing(ainura: Someone) -> None:
    record = ainura.new("testimony", narrative="the kanareika sings")
    withdraw(ainura, record)

    assert shown(ainura) == set()
    assert views.find(ainura.archive, "kanareika") == []
    (waiting,) = withdrawals.pending(ainura.archive)
    assert (waiting.record, waiting.state, waiting.own, waiting.again) == (record, State.PENDING, True, False)
    assert (waiting.by, waiting.how, waiting.date, waiting.reason) == ("Ainura", "spoken", "2026-03-05", "fear")
    assert waiting.bodies > 0


def test_lifting_brings_it_back(ainura: Someone) -> None:
    record = ainura.new("testimony", narrative="sings")
    withdraw(ainura, record)
    withdrawals.lift(ainura.archive, record, by="Ainura")

    assert shown(ainura) == {record}
    assert withdrawals.pending(ainura.archive) == []
    assert withdrawals.lift(ainura.archive, record).records == frozenset()


@pytest.mark.parametrize(
    ("facts", "wrong"), [({"by": "  "}, "by"), ({"date": "once upon a time"}, "date"), ({"reason": "\x00"}, "reason")]
)
def test_who_confirmed_and_when_must_be_told(ainura: Someone, facts: dict[str, str], wrong: str) -> None:
    record = ainura.new("testimony", narrative="sings")
    with pytest.raises(BadValueError) as refused:
        withdrawals.withdraw(ainura.archive, record, **{"by": "Bek", "how": How.WRITTEN, **facts})  # type: ignore[arg-type]

    assert refused.value.field == wrong
    assert shown(ainura) == {record}


def test_what_is_not_here_cannot_be_withdrawn(ainura: Someone) -> None:
    with pytest.raises(RecordNotFoundError):
        withdrawals.withdraw(ainura.archive, RecordId(bytes(16)), by="Bek", how=How.AUDIO)


def test_confirming_destroys_bodies_links_tasks_and_files_of_the_record_alone(ainura: Someone) -> None:
    record, other = ainura.new("testimony", narrative="sings"), ainura.new("person", name="stays")
    ainura.attach(record, b"only here")
    records.link(ainura.archive, record, other, "narrator", note="his cousin")
    ainura.new("task", about=record, questions="who saw it?")
    withdraw(ainura, record)
    outlook = withdrawals.outlook(ainura.archive, withdrawals.pending(ainura.archive))
    gone = withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert gone.records == (record,)
    assert (gone.entries, gone.documents, gone.kept) == (outlook.entries, 1, ())
    assert outlook.object_bytes == len(b"only here")
    assert shown(ainura) == {other}
    assert objects_of(ainura) == []
    assert views.view(ainura.archive, other).links == ()
    assert withdrawals.pending(ainura.archive) == []
    assert not any(word in repr(dump(ainura.archive)) for word in ("sings", "his cousin", "who saw it"))
    everything(ainura)


def test_confirming_again_does_nothing(ainura: Someone) -> None:
    record = ainura.new("testimony", narrative="sings")
    withdraw(ainura, record)
    waiting = withdrawals.pending(ainura.archive)
    withdrawals.confirm(ainura.archive, waiting)
    before = dump(ainura.archive)
    again = withdrawals.confirm(ainura.archive, waiting)

    assert again.records == ()
    assert dump(ainura.archive) == before


def test_a_file_that_something_else_uses_stays_and_is_named(ainura: Someone) -> None:
    record, other = ainura.new("testimony", narrative="sings"), ainura.new("person", name="Other")
    (shared,) = ainura.attach(record, b"of both")
    ainura.attach(other, b"of both")
    withdraw(ainura, record)
    gone = withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    (kept,) = gone.kept
    assert (kept.document, kept.shared_with) == (shared, ("Other",))
    assert len(objects_of(ainura)) == 1
    assert documents.content_of(ainura.archive, shared).size == len(b"of both")
    everything(ainura)


def test_a_file_shared_only_among_records_that_go_goes(ainura: Someone) -> None:
    both = [ainura.new("testimony", narrative=word) for word in ("one", "two")]
    for record in both:
        ainura.attach(record, b"of both")
        withdraw(ainura, record)
    gone = withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert (set(gone.records), gone.documents, gone.kept) == (set(both), 1, ())
    assert objects_of(ainura) == []


def test_a_copy_made_of_a_file_goes_with_it(ainura: Someone) -> None:
    record = ainura.new("testimony", narrative="sings")
    (original,) = ainura.attach(record, b"the face")
    (copy,) = ainura.attach(None, b"the face, blurred")
    records.link(ainura.archive, copy, original, "derived_from")
    withdraw(ainura, record)

    assert withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive)).documents == 2
    assert objects_of(ainura) == []


def test_a_stranger_cannot_have_our_file_destroyed_by_linking_to_it(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    (ours,) = ainura.attach(None, b"evidence")
    bek.takes(ainura.bundle(bek))
    theirs = bek.new("testimony", narrative="bait")
    records.link(bek.archive, theirs, ours, "attachment")
    ainura.takes(bek.bundle(ainura))
    withdraw(bek, theirs)
    ainura.takes(bek.bundle(ainura))
    gone = withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert gone.records == (theirs,)
    assert [kept.document for kept in gone.kept] == [ours]
    assert len(objects_of(ainura)) == 1


def test_what_arrives_hides_and_waits_and_what_nobody_may_say_is_a_request(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    ours, theirs = ainura.new("person", name="Ours"), bek.new("person", name="Theirs")
    ainura.takes(bek.bundle(ainura))
    bek.takes(ainura.bundle(bek))
    withdraw(bek, ours)
    withdraw(bek, theirs)
    ainura.takes(bek.bundle(ainura))

    assert shown(ainura) == {ours}
    assert [each.record for each in withdrawals.pending(ainura.archive)] == [theirs]
    assert [each.record for each in withdrawals.requests(ainura.archive)] == [ours]
    assert withdrawals.confirm(ainura.archive, withdrawals.requests(ainura.archive)).records == ()
    assert ainura.value(theirs, "name") == "Theirs"


def test_a_coordinator_may_withdraw_what_others_wrote(ainura: Someone, bek: Someone) -> None:
    coordinators(ainura, bek)
    ours = ainura.new("person", name="Ours")
    bek.takes(ainura.bundle(bek))
    withdraw(bek, ours)
    ainura.takes(bek.bundle(ainura))

    assert [(each.record, each.sender) for each in withdrawals.pending(ainura.archive)] == [(ours, "Bek")]


def test_declining_has_no_effect_elsewhere_and_brings_the_records_back(ainura: Someone, bek: Someone) -> None:
    coordinators(ainura, bek)
    some = [bek.new("person", name=f"Person {number}") for number in range(4)]
    ainura.takes(bek.bundle(ainura))
    for each in some:
        withdraw(bek, each)
    ainura.takes(bek.bundle(ainura))
    (group,) = withdrawals.by_sender(withdrawals.pending(ainura.archive))
    assert (group.sender, len(group.withdrawals)) == ("Bek", 4)
    withdrawals.decline(ainura.archive, group.withdrawals, "not by him")

    assert shown(ainura) == set(some)
    assert withdrawals.pending(ainura.archive) == []
    assert len(withdrawals.declined(ainura.archive)) == 4
    assert shown(bek) == set()


def test_five_hundred_of_a_device_that_is_revoked_destroy_nothing(ainura: Someone, bek: Someone) -> None:
    coordinators(ainura, bek)
    some = {ainura.new("person", name=f"Person {number}") for number in range(30)}
    bek.takes(ainura.bundle(bek))
    cut = revoking.everything_known(ainura.archive, trust.own_card(bek.archive).log)
    for each in some:
        withdraw(bek, each)
    ainura.takes(bek.bundle(ainura))
    assert shown(ainura) == set()
    revoking.revoke(ainura.archive, trust.find_peer(ainura.archive, "Bek"), reason="stolen", upto=cut)

    assert shown(ainura) == some
    assert withdrawals.pending(ainura.archive) == []
    assert withdrawals.requests(ainura.archive) == []


def test_what_comes_later_of_a_destroyed_record_is_hidden_at_once_and_offered_again(
    ainura: Someone, bek: Someone
) -> None:
    coordinators(ainura, bek)
    record = bek.new("testimony", narrative="first")
    ainura.takes(bek.bundle(ainura))
    withdraw(ainura, record)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    bek.edit(record, notes="second")
    ainura.takes(bek.bundle(ainura))

    assert shown(ainura) == set()
    assert views.find(ainura.archive, "second") == []
    (waiting,) = withdrawals.pending(ainura.archive)
    assert (waiting.record, waiting.again, waiting.bodies) == (record, True, 1)
    assert withdrawals.confirm(ainura.archive, [waiting]).entries == 1
    assert "second" not in repr(dump(ainura.archive))


def test_what_was_destroyed_does_not_come_back(ainura: Someone, bek: Someone) -> None:
    coordinators(ainura, bek)
    record = bek.new("testimony", narrative="kanareika")
    bundle = bek.bundle(ainura)
    ainura.takes(bundle)
    withdraw(ainura, record)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("DELETE FROM arrival WHERE id NOT IN (SELECT arrival FROM entry)")
    ainura.takes(bundle)

    assert "kanareika" not in repr(dump(ainura.archive))


def test_who_got_it_must_be_told_also_after_it_is_gone(ainura: Someone, bek: Someone, tmp_path: Path) -> None:
    coordinators(ainura, bek)
    record, other = ainura.new("testimony", narrative="sings"), ainura.new("person", name="Other")
    (document,) = ainura.attach(record, b"only here")
    ainura.bundle(bek, only=[other])
    documents.log_copy(ainura.archive, document, "for the lawyer")
    ainura.bundle(bek, only=[record])
    withdraw(ainura, record)
    live = withdrawals.who_must_be_told(ainura.archive, record)
    gone = withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert [(each.kind, each.name, each.number, each.purpose) for each in live] == [
        ("copy", "Ainura", 0, "for the lawyer"),
        ("bundle", "Bek", 2, ""),
    ]
    assert gone.told == {record: live}
    assert withdrawals.who_must_be_told(ainura.archive, record) == live
    assert withdrawals.to_tell(ainura.archive) == [record]
    withdrawals.told(ainura.archive, record)
    assert withdrawals.to_tell(ainura.archive) == []
    assert withdrawals.who_must_be_told(ainura.archive, record) == ()


def test_a_list_of_who_must_be_told_that_cannot_be_read_is_none(ainura: Someone) -> None:
    with ainura.archive.connection.transaction():
        for record, kept in ((bytes(16), b"\xff"), (bytes([1] * 16), b"\x81\x01")):
            ainura.archive.connection.execute("INSERT INTO setting VALUES (?, ?)", (f"to tell {record.hex()}", kept))

    assert [telling.who_must_be_told(ainura.archive, each) for each in withdrawals.to_tell(ainura.archive)] == [(), ()]


def test_typing_in_a_record_that_is_destroyed_goes_with_it(ainura: Someone) -> None:
    record = ainura.new("testimony", narrative="sings")
    drafts.keep(ainura.archive, record, "testimony", {"notes": "kanareika"})
    withdraw(ainura, record)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert drafts.kept(ainura.archive, record) == {}
    assert [name for (name, _v) in dump(ainura.archive)["setting"] if str(name).startswith("typing")] == []


def test_a_full_disk_destroys_nothing(ainura: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    record = ainura.new("testimony", narrative="sings")
    ainura.attach(record, b"only here")
    withdraw(ainura, record)
    before = dump(ainura.archive)

    def full(*_given: object, **_named: object) -> None:
        raise DiskFullError

    monkeypatch.setattr("fieldapp.services.withdrawals.erasure.take_off", full)
    with pytest.raises(DiskFullError):
        withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert dump(ainura.archive) == before
    assert len(objects_of(ainura)) == 1


def test_files_that_a_crash_left_behind_are_removed_at_the_next_opening(
    ainura: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ainura.new("testimony", narrative="sings")
    ainura.attach(record, b"only here")
    withdraw(ainura, record)
    with monkeypatch.context() as patched:
        patched.setattr(ObjectStore, "remove", lambda _store, hashes: set(hashes))
        withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    assert len(objects_of(ainura)) == 1
    ainura.reopen()

    assert objects_of(ainura) == []
    assert [name for (name, _v) in dump(ainura.archive)["setting"] if name == "objects that go"] == []


WORDS = ("narrative", "notes", "title")


def spellings(word: str) -> Iterator[bytes]:
    yield from (word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode().hex().encode())


def pages_of(somebody: Someone) -> bytes:
    folder = somebody.vault.folder
    somebody.archive.close()
    master_key = reader.open_headers(folder, PASSPHRASE.encode()).master_key
    return b"".join(reader.plain_pages((folder / "records.db").read_bytes(), master_key))


def fill(somebody: Someone, count: int) -> None:
    for number in range(count):
        person = somebody.new("person", name=f"Somebody {number}", notes="what stays " * (number % 40))
        somebody.edit(person, occupation="driver", notes="said again " * (number % 60))


@pytest.mark.parametrize("in_memory_bytes", [rewriting.IN_MEMORY_BYTES, 0], ids=["small", "large"])
@pytest.mark.parametrize("size", [1, 30, 3000])
def test_nothing_of_what_was_destroyed_is_in_any_decrypted_page(
    person: Callable[[str], Someone], size: int, in_memory_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "IN_MEMORY_BYTES", in_memory_bytes)
    ainura = person("Ainura")
    word = "kanareika" + secrets.token_hex(6)
    fill(ainura, 25)
    record = ainura.new("testimony", **{name: f"{word} {name} " * (size if name != "title" else 1) for name in WORDS})
    (document,) = ainura.attach(record, word.encode() * 10, name=f"{word}.jpg")
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("UPDATE object SET preview = ?", (word.encode() * size,))
    ainura.edit(record, "the brother", narrative=f"{word} or otherwise " * size)
    other = ainura.new("person", name="stays")
    records.link(ainura.archive, record, other, "narrator", note=f"{word} is the cousin")
    documents.log_copy(ainura.archive, document, "for the lawyer")
    fill(ainura, 25)
    drafts.keep(ainura.archive, record, "testimony", {"notes": f"{word} typed " * size})
    views.find(ainura.archive, word)
    withdraw(ainura, record)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    pages = pages_of(ainura)

    assert len(pages) > 50_000
    assert b"Somebody 3" in pages
    assert [each for each in spellings(word) if each in pages] == []
    assert [p.name for p in ainura.vault.folder.rglob("*") if p.is_file() and "journal" in p.name] == []


def test_a_database_that_was_written_anew_says_what_it_said(ainura: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "IN_MEMORY_BYTES", 0)
    fill(ainura, 60)
    before, schema = (
        dump(ainura.archive),
        ainura.archive.connection.execute("SELECT type, name, sql FROM sqlite_schema"),
    )
    rewriting.write_anew(ainura.archive.connection)

    assert dump(ainura.archive) == before
    assert ainura.archive.connection.execute("SELECT type, name, sql FROM sqlite_schema") == schema
    assert ainura.archive.connection.is_whole()
    assert len(views.find(ainura.archive, "Somebody 41")) == 1


def test_no_memory_for_writing_the_database_anew_shuts_nobody_out(
    ainura: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, other = ainura.new("person", name="x"), ainura.new("person", name="y")

    def poor(_connection: object) -> None:
        raise MemoryError

    monkeypatch.setattr(rewriting, "write_anew", poor)
    withdraw(ainura, record)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))
    ainura.reopen()

    assert [row.id for row in views.rows(ainura.archive)] == [other]


def test_a_large_database_is_written_anew_only_when_a_person_takes_something_off(
    ainura: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(rewriting, "write_anew", asked.append)
    monkeypatch.setattr(rewriting, "is_small", lambda _connection: False)
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("INSERT INTO setting VALUES ('to scrub', x'')")
    ainura.reopen()
    assert asked == []
    record = ainura.new("person", name="x")
    withdraw(ainura, record)
    withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert len(asked) == 1


def test_documents_that_only_withdrawn_records_use_are_known(ainura: Someone) -> None:
    record, other = ainura.new("testimony", narrative="sings"), ainura.new("person", name="Other")
    (alone,) = ainura.attach(record, b"only here")
    ainura.attach(record, b"of both")
    ainura.attach(other, b"of both")
    ainura.attach(None, b"of nobody")
    assert erasure.withdrawn_documents(ainura.archive) == frozenset()
    withdraw(ainura, record)

    assert erasure.withdrawn_documents(ainura.archive) == {alone}


def test_what_a_revoked_device_said_of_a_destroyed_record_goes_with_it_and_nothing_else(
    ainura: Someone, bek: Someone
) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    who, other = ainura.new("person", name="kanareika"), ainura.new("person", name="another")
    bek.takes(ainura.bundle(bek))
    ainura.takes(bek.bundle(ainura, only=[bek.new("person", name="before")]))
    records.link(bek.archive, who, other, "relative", note="kanareika is her sister")
    bek.attach(who, b"kanareika", name="kanareika.jpg")
    account = bek.new("testimony", narrative="of somebody else")
    records.link(bek.archive, account, other, "narrator", note="stays")
    later = bek.bundle(ainura)
    peer = ainura.peer(bek)
    known = revoking.everything_known(ainura.archive, peer.card.log)
    ainura.takes(later)
    revoking.revoke(ainura.archive, peer, upto=known)
    assert standing.unstanding(ainura.archive.connection)
    withdraw(ainura, who)
    expected = withdrawals.outlook(ainura.archive, withdrawals.pending(ainura.archive))
    gone = withdrawals.confirm(ainura.archive, withdrawals.pending(ainura.archive))

    assert "kanareika" not in repr(dump(ainura.archive))
    assert "stays" in repr([entry.body for entry in journal.stored_entries(ainura.archive.connection)])
    assert "of somebody else" in repr([entry.body for entry in journal.stored_entries(ainura.archive.connection)])
    assert objects_of(ainura) == []
    assert gone.entries == expected.entries
