from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.crypto.identity import sign_ed25519
from fieldapp.errors import PlaceUnwritableError
from fieldapp.values import EntryId, LogId
from fieldapp.vault import chains, journal, receiving
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import NO_ENTRY, NO_LOG, Body, Header
from fieldapp.vault.journal import Fork, LogHave, Receiver, SealedEntry, StoredEntry
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import MOMENT, House, identity_of, note, save, texts_in
from tests.unit.vault.test_journal import Writer, everything, forks, head_of, id_of, receive, without_body


def row_of(opened: Vault, sealed: SealedEntry) -> int:
    return int(opened.connection.value("SELECT id FROM entry WHERE entry = ?", (id_of(sealed),)))


def rows_of(opened: Vault, *entries: SealedEntry) -> list[int]:
    return [row_of(opened, entry) for entry in entries]


def have_of(opened: Vault, log: LogId) -> LogHave:
    return journal.have(opened.connection, [log])[0]


def drop(opened: Vault, how: Callable[..., None], *entries: SealedEntry) -> None:
    with opened.connection.transaction():
        for entry in entries:
            how(opened.connection, row_of(opened, entry))


def continuing(writer: Writer, old: Writer, *, key: bytes | None = None, **wrong: Plain) -> tuple[SealedEntry, LogId]:
    """An opening of `writer` that goes on from the log of `old`, and the id of its log."""
    own = writer.secrets.public().ed25519
    signature = sign_ed25519(old.secrets.ed25519, b"fieldapp log continues 1\0" + old.log + (key or own))
    after: dict[str, Plain] = {"log": old.log, "seq": 0, "head": id_of(old.opening), "signature": signature, **wrong}
    header = Header(NO_LOG, 0, NO_ENTRY, 1, 5, 0, bytes(32), 0, own)
    sealed = writer.seal(header, Body("open", bytes(16), {"person": "Bakhyt", "after": after}))
    return sealed, LogId(id_of(sealed)[:16])


def opening_in(opened: Vault, log: LogId) -> StoredEntry:
    return next(each for each in journal.stored_entries(opened.connection, kind="open") if each.log == log)


# --- what is here ----------------------------------------------------------------------------------


def test_what_is_here_is_told_as_head_and_runs_of_what_is_not(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain(*"abcdefgh")
    left_out = {1, 2, 5}
    receive(opened, [without_body(each) if place in left_out else each for place, each in enumerate(entries)])
    drop(opened, journal.shred, entries[3])
    drop(opened, journal.remove, entries[4], entries[8])

    found = have_of(opened, writer.log)

    assert found == LogHave(writer.log, 8, EntryId(id_of(entries[8])), ((1, 2), (5, 5)), ((3, 4), (8, 8)))
    assert [each.log for each in journal.have(opened.connection)] == sorted([writer.log, opened.author.log])
    assert journal.have(opened.connection, []) == []
    assert journal.have(opened.connection, [LogId(b"x" * 16)]) == []


def test_what_was_removed_is_taken_again_and_what_was_shredded_never(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain("removed", "shredded", "both", "withheld")
    receive(opened, [*entries[:4], without_body(entries[4])])
    drop(opened, journal.remove, entries[1], entries[3], entries[4])
    drop(opened, journal.shred, entries[2], entries[3])
    drop(opened, journal.remove, entries[3])
    assert texts_in(opened) == ["first"]
    assert have_of(opened, writer.log).gone == ((1, 4),)

    assert receive(opened, entries) == 2

    assert texts_in(opened) == ["first", "removed", "withheld"]
    assert have_of(opened, writer.log).gone == ((2, 3),)
    assert have_of(opened, writer.log).withheld == ()


def test_a_body_that_never_came_and_is_shredded_never_comes(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain("a")
    receive(opened, [entries[0], without_body(entries[1])])
    drop(opened, journal.shred, entries[1])
    assert receive(opened, entries) == 0
    assert texts_in(opened) == ["first"]


def test_two_entries_at_one_place_are_one_run(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain("a", "b", "c")
    receive(opened, [*entries, *writer.chain("d", "e", after=entries[0])])
    for sealed in [entries[1], entries[2], *writer_branch(opened, writer, entries)]:
        drop(opened, journal.remove, sealed)
    assert have_of(opened, writer.log).gone == ((1, 2),)


def writer_branch(opened: Vault, writer: Writer, main: list[SealedEntry]) -> list[SealedEntry]:
    on_main = {id_of(each) for each in main}
    return [each for _row, each in journal.sealed_entries(opened.connection, writer.log) if id_of(each) not in on_main]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.data())
def test_an_entry_without_a_body_is_always_among_the_lacking_and_no_other_is(
    opened: Vault, data: st.DataObject
) -> None:
    writer = Writer("Bakhyt")
    main = writer.chain(*"abcde")
    entries = [*main, *writer.chain(*"xyz", after=main[1])]
    opened.connection.execute("SAVEPOINT here")
    opened.connection._depth = 1
    shredded: set[bytes] = set()
    receive(opened, [without_body(each) if data.draw(st.booleans()) else each for each in entries])
    for _ in range(data.draw(st.integers(0, 8))):
        sealed = data.draw(st.sampled_from(entries))
        match data.draw(st.sampled_from(["shred", "remove", "receive"])):
            case "shred":
                journal.shred(opened.connection, row_of(opened, sealed))
                shredded.add(id_of(sealed))
            case "remove":
                journal.remove(opened.connection, row_of(opened, sealed))
            case _:
                receive(opened, [sealed])

    rows = opened.connection.execute(
        "SELECT entry.entry, body.entry IS NULL, why, lacking.log IS NULL OR lacking.log = entry.log"
        " AND lacking.seq = entry.seq FROM entry LEFT JOIN body ON body.entry = entry.id"
        " LEFT JOIN lacking ON lacking.entry = entry.id"
    )
    opened.connection._depth = 0
    opened.connection.execute("ROLLBACK TO here")
    opened.connection.execute("RELEASE here")

    assert all(bool(lacks) == (why is not None) and placed for _id, lacks, why, placed in rows)
    assert {entry for entry, _lacks, why, _placed in rows if why == "shredded"} == shredded


# --- what is beyond --------------------------------------------------------------------------------


def test_what_is_beyond_a_place_is_what_comes_after_it(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain("a", "b", "c")
    receive(opened, entries)
    connection, log = opened.connection, writer.log

    assert journal.beyond(connection, log, 1, EntryId(id_of(entries[1]))) == rows_of(opened, *entries[2:])
    assert journal.beyond(connection, log, 3, EntryId(id_of(entries[3]))) == []
    assert journal.beyond(connection, log, -1, None) == rows_of(opened, *entries)
    assert journal.beyond(connection, log, 2, None) == rows_of(opened, *entries)
    assert journal.beyond(connection, log, -1, EntryId(id_of(entries[3]))) == rows_of(opened, *entries)
    assert journal.beyond(connection, LogId(b"x" * 16), 0, EntryId(bytes(32))) == []


def test_where_the_head_is_not_here_its_place_counts_and_where_it_is_its_own(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain("a", "b", "c")
    receive(opened, entries)
    connection, log = opened.connection, writer.log

    assert journal.beyond(connection, log, 1, EntryId(bytes(32))) == rows_of(opened, *entries[2:])
    assert journal.beyond(connection, log, 9, EntryId(bytes(32))) == []
    foreign = opened.author.log
    assert journal.beyond(connection, log, 2, journal.heads(connection)[foreign].id) == rows_of(opened, entries[3])
    assert journal.beyond(connection, log, 3, EntryId(id_of(entries[1]))) == rows_of(opened, *entries[2:])


def test_side_branches_are_beyond_wherever_they_part(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    main = writer.chain("a", "b", "c", "d")
    early = writer.chain("e", "f", "g", after=main[1])
    late = writer.chain("h", after=main[3])
    receive(opened, [*main, *early, *late])
    connection, log = opened.connection, writer.log

    assert set(journal.beyond(connection, log, 4, EntryId(id_of(main[4])))) == set(rows_of(opened, *early, *late))
    assert set(journal.beyond(connection, log, 3, EntryId(id_of(main[3])))) == set(
        rows_of(opened, main[4], *early, *late)
    )
    assert set(journal.beyond(connection, log, 3, EntryId(id_of(early[1])))) == set(
        rows_of(opened, *main[2:], early[2], *late)
    )
    found = journal.beyond(connection, log, 4, EntryId(id_of(late[0])))
    assert len(found) == len(set(found))
    assert set(found) == set(rows_of(opened, main[4], *early))


# --- forks -----------------------------------------------------------------------------------------


def test_forks_name_all_entries_of_a_place_and_whether_the_log_is_ours(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    main = writer.chain("a", "b")
    side = writer.chain("c", after=main[0])
    receive(opened, [*main, *side])
    assert journal.forks(opened.connection) == [Fork(writer.log, 1, tuple(sorted(ids(main[1], side[0]))), own=False)]

    save(opened, "second")
    thief = Writer("Amina")
    thief.log = opened.author.log
    before = [sealed for _row, sealed in journal.sealed_entries(opened.connection, thief.log)]
    stolen = thief.after(before[1], "with a copy of the key", tick=50)
    receive(opened, [stolen])

    assert Fork(thief.log, 2, tuple(sorted(ids(before[2], stolen))), own=True) in journal.forks(opened.connection)


def test_where_we_write_over_what_a_copy_wrote_the_place_is_marked_too(opened: Vault) -> None:
    thief = Writer("Amina")
    thief.log = opened.author.log
    before = [sealed for _row, sealed in journal.sealed_entries(opened.connection, thief.log)]
    receive(opened, [thief.after(before[-1], "x", tick=50)])
    opened.connection.execute("DELETE FROM fork")

    save(opened, "second")

    assert [(fork.seq, len(fork.entries), fork.own) for fork in journal.forks(opened.connection)] == [(2, 2, True)]


def ids(*entries: SealedEntry) -> list[EntryId]:
    return [EntryId(id_of(entry)) for entry in entries]


# --- going on in a new log -------------------------------------------------------------------------


def test_a_log_goes_on_from_another_only_where_the_key_of_that_one_says_so(opened: Vault) -> None:
    old, new, thief = Writer("Bakhyt"), Writer("Bakhyt again"), Writer("Thief")
    good, log = continuing(new, old)
    for wrong, _log in (
        continuing(thief, old, key=new.secrets.public().ed25519),  # the signature is for another key
        continuing(thief, old, signature=bytes(64)),
        continuing(Writer("1"), old, signature=b"short"),
        continuing(Writer("2"), old, signature=None),
        continuing(Writer("3"), old, log=opened.author.log),
        continuing(Writer("4"), old, log=LogId(b"x" * 16)),
        continuing(Writer("5"), old, log="text"),
        (Writer("6").seal(Header(NO_LOG, 0, NO_ENTRY, 1, 5, 0, bytes(32), 0, identity_of("6").public().ed25519),
                          Body("open", bytes(16), {"after": [1]})), NO_LOG),
    ):  # fmt: skip
        receive(opened, [wrong])
    receive(opened, [good])
    assert journal.continuations(opened.connection) == {}, "the log it goes on from is not here"

    receive(opened, [old.opening])

    assert journal.continuations(opened.connection) == {log: old.log}
    assert journal.continues(opened.connection, opening_in(opened, log)) == old.log
    assert journal.continues(opened.connection, opening_in(opened, old.log)) is None


def test_only_an_opening_says_what_it_goes_on_from(opened: Vault) -> None:
    old, new = Writer("Bakhyt"), Writer("Bakhyt again")
    good, log = continuing(new, old)
    body = journal.stored_entry(opened.connection, 1).body
    assert body
    receive(opened, [old.opening, good])
    opening = opening_in(opened, log)
    assert opening.body
    new.log = log
    said = new.seal(
        Header(log, 1, EntryId(id_of(good)), 2, 5, 0, bytes(32), 0), Body("open", bytes(16), opening.body.payload)
    )
    other = new.seal(
        Header(log, 1, EntryId(id_of(good)), 2, 5, 0, bytes(32), 0), Body("note", bytes(16), opening.body.payload)
    )
    receive(opened, [said, other])

    for sealed in (said, other):
        stored = journal.stored_entry(opened.connection, row_of(opened, sealed))
        assert journal.continues(opened.connection, stored) is None


def test_a_new_log_is_begun_and_the_old_one_stays_as_it_is(house: House, make_house: Callable[[str], House]) -> None:
    opened = house.open()
    old = opened.author.log
    head = journal.heads(opened.connection)[old]
    identity = identity_of("Amina, restored")

    log = opened.begin_log(identity, {"person": "Amina", "device": "new laptop"}, MOMENT)
    save(opened, "second")

    assert log == opened.author.log != old
    assert opened.own_logs == (log, old)
    assert [keys.ed25519 for keys in opened.identities] == [identity.ed25519, identity_of("Amina").ed25519]
    assert opened.identity.ed25519 == identity.ed25519
    assert journal.heads(opened.connection)[old] == head
    assert journal.heads(opened.connection)[log].seq == 1
    assert journal.continuations(opened.connection) == {log: old}
    opening = opening_in(opened, log)
    assert opening.body
    assert opening.body.payload["device"] == "new laptop"
    assert (opening.body.payload["after"])["seq"] == head.seq  # type: ignore[index,call-overload]  # a map
    sent = [each for one in (log, old) for _row, each in journal.sealed_entries(opened.connection, one)]
    opened.close()

    opened = house.open()
    assert opened.author.log == log
    assert set(opened._kept.state.heads) == {log, old}
    save(opened, "third")
    assert texts_in(opened) == ["first", "second", "third"]
    opened.close()
    other = make_house("other").make()
    receive(other, sent)
    assert journal.continuations(other.connection) == {log: old}
    other.close()


def test_what_the_copy_had_not_yet_comes_back_into_the_old_log_without_an_alarm(opened: Vault) -> None:
    lost = Writer("Amina")
    lost.log = opened.author.log
    before = [sealed for _row, sealed in journal.sealed_entries(opened.connection, lost.log)]
    entries = lost.chain("written after the backup", "and more", after=before[-1])
    opened.begin_log(identity_of("Amina, restored"), {"person": "Amina"}, MOMENT)

    assert receive(opened, entries) == 2

    assert forks(opened) == []
    assert head_of(opened, lost.log) == id_of(entries[-1])
    assert journal.own_heads_are_newest(opened.connection)
    assert journal.beyond(opened.connection, lost.log, 1, EntryId(id_of(before[-1]))) == rows_of(opened, *entries)


def test_a_new_log_that_could_not_be_begun_changes_nothing(opened: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    log, before = opened.author.log, everything(opened.connection)

    def refuse(*_: object) -> None:
        raise PlaceUnwritableError

    with monkeypatch.context() as patched:
        patched.setattr(journal, "note_tick", refuse)
        with pytest.raises(PlaceUnwritableError):
            opened.begin_log(identity_of("new"), {"person": "Amina"}, MOMENT)
    with pytest.raises(KeyError):
        begin_and_stop(opened)

    assert everything(opened.connection) == before
    assert opened.author.log == log
    save(opened, "second")
    assert journal.heads(opened.connection)[log].seq == 2


def begin_and_stop(opened: Vault) -> None:
    with opened.saving():
        opened.begin_log(identity_of("new"), {"person": "Amina"}, MOMENT)
        raise KeyError


# --- many at once ----------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.data())
def test_portions_of_any_size_store_what_single_entries_do(opened: Vault, data: st.DataObject) -> None:
    writer, other = Writer("Bakhyt"), Writer("Nodira")
    main = writer.chain(*"abcdef")
    entries = [*main, *writer.chain(*"xyz", after=main[2]), *other.chain("q"), *main[3:5], writer.after(main[-1], "on")]
    sent = [without_body(each) if data.draw(st.booleans()) else each for each in entries]
    seen = []
    before = receiving._PORTION
    for portion in (1, data.draw(st.integers(2, 12)), before):
        opened.connection.execute("SAVEPOINT here")
        opened.connection._depth = 1
        opened.connection.execute(
            "INSERT INTO arrival VALUES (1, ?, ?, 1, ?, 5, NULL)", (bytes(16), bytes(32), bytes(32))
        )
        receiving._PORTION = portion
        stored = list(Receiver(opened.connection, 1).receive_all(sent))
        lacking = opened.connection.execute("SELECT * FROM lacking ORDER BY entry")
        tick = opened.connection.value("SELECT value FROM setting WHERE name = 'tick'")
        seen.append((stored, lacking, tick, everything(opened.connection)))
        opened.connection._depth = 0
        opened.connection.execute("ROLLBACK TO here")
        opened.connection.execute("RELEASE here")
    receiving._PORTION = before

    assert seen[0] == seen[1] == seen[2]


def test_whoever_receives_may_write_meanwhile(opened: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_PORTION", 3)
    entries = Writer("Bakhyt").chain(*"abcdefgh")
    with opened.saving() as connection:
        connection.execute("INSERT INTO arrival VALUES (1, ?, ?, 1, ?, 5, NULL)", (bytes(16), bytes(32), bytes(32)))
        for stored in Receiver(connection, 1).receive_all(entries):
            assert connection.value("SELECT count(*) FROM body WHERE entry = ?", (stored.rowid,)) == 1
            journal.append(connection, opened.author, [note(f"answer {stored.seq}")], MOMENT)

    assert len(texts_in(opened)) == 1 + 8 + 9
    assert forks(opened) == []
    assert journal.heads(opened.connection)[opened.author.log].seq == 10


def test_what_is_here_and_what_forked_is_told_without_looking_through_all_entries(opened: Vault) -> None:
    for statement in (chains._LACKING.format(""), chains._LACKING.format(" WHERE log = 1"), chains._FORKS):
        plan = [row[3] for row in opened.connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert [line for line in plan if line.startswith("SCAN")] in (
            [],
            ["SCAN lacking USING COVERING INDEX lacking_by_place"],
            ["SCAN fork"],
        )
