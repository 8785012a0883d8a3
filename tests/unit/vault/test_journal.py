from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.crypto.identity import sign_ed25519
from fieldapp.errors import (
    BodyMismatchError,
    ChainBrokenError,
    EntryMalformedError,
    EntrySignatureError,
    TooManyLogsError,
    VaultDamagedError,
)
from fieldapp.values import EntryId, LogId
from fieldapp.vault import journal, receiving
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import decode_map, encode
from fieldapp.vault.entry import (
    MAX_TICK,
    NO_ENTRY,
    NO_LOG,
    SIGNATURE_CONTEXT,
    Body,
    Header,
    read_entry,
    write_body,
    write_header,
)
from fieldapp.vault.journal import MOST_TICKS_AT_ONCE, Receiver, SealedEntry
from fieldapp.vault.vault import Vault
from tests.unit.vault.houses import House, identity_of, note, save, texts_in

ARRIVAL = 1


class Writer:
    """Somebody far away, who writes entries without a database."""

    def __init__(self, name: str, *, key: bytes | None = None) -> None:
        self.secrets = identity_of(name)
        self.tick = 0
        opening = Header(NO_LOG, 0, NO_ENTRY, 1, 5, 0, bytes(32), 0, key or self.secrets.public().ed25519)
        self.opening = self.seal(opening, Body("open", bytes(16), {"person": name}))
        self.log = LogId(id_of(self.opening)[:16])

    def seal(self, header: Header, body: Body) -> SealedEntry:
        body_bytes = write_body(body, hashlib.sha256(repr((header, body)).encode()).digest()[:16])
        digest = hashlib.sha256(body_bytes).digest()
        header_bytes = write_header(replace(header, body_hash=digest, body_len=len(body_bytes)))
        return SealedEntry(header_bytes, self.sign(header_bytes), body_bytes)

    def sign(self, header_bytes: bytes) -> bytes:
        return sign_ed25519(self.secrets.ed25519, SIGNATURE_CONTEXT + header_bytes)

    def after(self, before: SealedEntry, text: str, *, tick: int | None = None) -> SealedEntry:
        seq = read_entry(before.header_bytes, before.signature).header.seq + 1
        self.tick += 1
        header = Header(self.log, seq, EntryId(id_of(before)), tick or self.tick + 1, 5, 0, bytes(32), 0)
        return self.seal(header, note(text))

    def chain(self, *texts: str, after: SealedEntry | None = None) -> list[SealedEntry]:
        entries = [] if after else [self.opening]
        for text in texts:
            entries.append(self.after(entries[-1] if entries else after or self.opening, text))
        return entries


def id_of(sealed: SealedEntry) -> bytes:
    return read_entry(sealed.header_bytes, sealed.signature).id


def receive(opened: Vault, entries: Sequence[SealedEntry]) -> int:
    """How many of them were new."""
    with opened.connection.transaction():
        opened.connection.execute(
            "INSERT OR IGNORE INTO arrival VALUES (?, ?, ?, 1, ?, 5, NULL)", (ARRIVAL, bytes(16), bytes(32), bytes(32))
        )
        receiver = Receiver(opened.connection, ARRIVAL)
        return sum(receiver.receive(entry) is not None for entry in entries)


def everything(connection: Connection) -> object:
    """All that the journal says, without the order in which it came."""
    return (
        connection.execute(
            "SELECT e.entry, log.log, e.seq, e.tick, e.header, e.signature, body.body, body.kind FROM entry e"
            " JOIN log ON log.id = e.log LEFT JOIN body ON body.entry = e.id ORDER BY e.entry"
        ),
        connection.execute("SELECT log, key, head_seq, head FROM log ORDER BY log"),
        connection.execute("SELECT log.log, seq FROM fork JOIN log ON log.id = fork.log ORDER BY 1, 2"),
    )


def forks(opened: Vault) -> list[int]:
    return [seq for (seq,) in opened.connection.execute("SELECT seq FROM fork ORDER BY seq")]


def without_body(sealed: SealedEntry) -> SealedEntry:
    return replace(sealed, body_bytes=None)


def head_of(opened: Vault, log: bytes) -> bytes:
    return journal.heads(opened.connection)[LogId(log)].id


def test_entries_written_here_form_a_chain_that_another_vault_takes(
    opened: Vault, make_house: Callable[[str], House]
) -> None:
    stored = save(opened, "second", "third")
    log = opened.author.log
    sent = [sealed for _row, sealed in journal.sealed_entries(opened.connection, log)]
    other = make_house("other").make()

    assert receive(other, sent) == 4
    assert texts_in(other) == ["first", "second", "third"]
    assert journal.heads(other.connection)[log] == journal.heads(opened.connection)[log]
    assert [entry.seq for entry in stored] == [2, 3]
    assert len({entry.tick for entry in stored}) == 1
    other.close()


def test_what_came_is_given_on_byte_for_byte_also_what_is_not_understood(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    body = encode({**decode_map(write_body(Body("омонат", bytes(16), {"x": [1]}), bytes(16))), "later": "field"})
    opening = read_entry(writer.opening.header_bytes, writer.opening.signature)
    fields = {
        **decode_map(writer.after(writer.opening, "x").header_bytes),
        "hash": hashlib.sha256(body).digest(), "len": len(body), "colour": "green",
    }  # fmt: skip
    strange = SealedEntry(encode(fields), writer.sign(encode(fields)), body)
    assert opening.header.seq == 0

    receive(opened, [writer.opening, strange])

    assert [sealed for _row, sealed in journal.sealed_entries(opened.connection, writer.log)] == [
        writer.opening,
        strange,
    ]
    assert [entry.body.kind for entry in journal.stored_entries(opened.connection) if entry.body][-1] == "омонат"


def test_receiving_again_changes_nothing(opened: Vault) -> None:
    entries = Writer("Bakhyt").chain("a", "b")
    assert receive(opened, entries) == 3
    before = everything(opened.connection)

    assert receive(opened, entries) == 0
    assert everything(opened.connection) == before


def test_a_gap_in_the_chain_is_refused(opened: Vault) -> None:
    entries = Writer("Bakhyt").chain("a", "b", "c")
    for missing in ([entries[1]], [entries[0], entries[2]], entries[2:], [entries[0], entries[1], entries[3]]):
        with pytest.raises(ChainBrokenError):
            receive(opened, missing)
    assert texts_in(opened) == ["first"]


def test_more_new_logs_than_people_could_have_are_refused(opened: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_NEW_LOGS", 2)
    one, two, three, four = (Writer(name).opening for name in ("Bakhyt", "Nodira", "Rustam", "Zarina"))

    with pytest.raises(TooManyLogsError) as refused:
        receive(opened, [one, two, three])
    assert refused.value.most == 2
    assert len(journal.heads(opened.connection)) == 1

    assert receive(opened, [one, two]) == 2
    assert receive(opened, [one, two, three, four]) == 2


def test_the_heads_that_are_named_first_are_the_own_and_those_that_came_first(opened: Vault) -> None:
    first, second = Writer("Bakhyt"), Writer("Nodira")
    receive(opened, [first.opening])
    receive(opened, [second.opening])

    assert set(journal.heads(opened.connection, most=2)) == {opened.author.log, first.log}


def test_an_entry_that_names_another_place_or_log_is_refused(opened: Vault) -> None:
    writer, other = Writer("Bakhyt"), Writer("Nodira")
    first, second = writer.chain("a", "b")[1:]
    receive(opened, [writer.opening, other.opening, first])
    header = read_entry(second.header_bytes, second.signature).header
    for changes in (
        {"seq": 3}, {"seq": 1}, {"prev": id_of(writer.opening)}, {"prev": id_of(other.opening)},
        {"prev": bytes(31) + b"\1"},
    ):  # fmt: skip
        with pytest.raises(ChainBrokenError):
            receive(opened, [writer.seal(replace(header, **changes), note("b"))])
    with pytest.raises(EntrySignatureError):
        receive(opened, [writer.seal(replace(header, log=other.log), note("b"))])
    with pytest.raises(ChainBrokenError):
        receive(opened, [writer.seal(replace(header, log=LogId(b"x" * 16)), note("b"))])


def test_every_flipped_byte_of_header_signature_and_body_is_refused(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entry = writer.after(writer.opening, "a")
    receive(opened, [writer.opening])
    assert entry.body_bytes
    for name, raw in (("header_bytes", entry.header_bytes), ("signature", entry.signature)):
        for place in range(len(raw)):
            spoiled = bytearray(raw)
            spoiled[place] ^= 1
            with pytest.raises((EntryMalformedError, EntrySignatureError, BodyMismatchError, ChainBrokenError)):
                receive(opened, [replace(entry, **{name: bytes(spoiled)})])
    for place in range(0, len(entry.body_bytes), 7):
        changed = bytearray(entry.body_bytes)
        changed[place] ^= 1
        with pytest.raises(BodyMismatchError):
            receive(opened, [replace(entry, body_bytes=bytes(changed))])
    assert texts_in(opened) == ["first"]


def test_keys_of_low_order_open_no_log(opened: Vault) -> None:
    for key in (bytes(32), b"\1" + bytes(31), b"\xff" * 32):
        with pytest.raises(EntrySignatureError):
            receive(opened, [Writer("Bakhyt", key=key).opening])


def test_only_the_key_of_a_log_writes_in_it(opened: Vault) -> None:
    writer, thief = Writer("Bakhyt"), Writer("Thief")
    entry = writer.after(writer.opening, "a")
    receive(opened, [writer.opening, thief.opening])
    with pytest.raises(EntrySignatureError):
        receive(opened, [replace(entry, signature=thief.sign(entry.header_bytes))])


def test_a_body_may_come_later_and_is_taken_once(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain("a", "b")
    assert receive(opened, [writer.opening, without_body(entries[1]), entries[2]]) == 3
    assert texts_in(opened) == ["first", "b"]

    with pytest.raises(BodyMismatchError):
        receive(opened, [replace(entries[1], body_bytes=entries[2].body_bytes)])
    assert receive(opened, [without_body(entries[1])]) == 0
    assert receive(opened, [entries[1]]) == 1
    assert receive(opened, [entries[1]]) == 0
    assert sorted(texts_in(opened)) == ["a", "b", "first"]


def test_what_was_shredded_does_not_come_back_and_the_chain_still_verifies(
    opened: Vault, make_house: Callable[[str], House]
) -> None:
    writer = Writer("Bakhyt")
    entries = writer.chain("a", "b")
    receive(opened, entries)
    row = next(entry.rowid for entry in journal.stored_entries(opened.connection) if entry.id == id_of(entries[1]))
    with opened.connection.transaction():
        journal.shred(opened.connection, row)

    assert receive(opened, entries) == 0
    assert texts_in(opened) == ["first", "b"]
    sent = [sealed for _row, sealed in journal.sealed_entries(opened.connection, writer.log)]
    assert sent == [entries[0], without_body(entries[1]), entries[2]]
    other = make_house("other").make()
    assert receive(other, sent) == 3
    other.close()


def test_both_branches_of_a_fork_are_kept_and_the_place_is_marked(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    one = writer.chain("a", "b")
    two = writer.chain("c", "d", "e", after=one[0])
    receive(opened, one)
    assert forks(opened) == []

    receive(opened, two)

    assert sorted(texts_in(opened)) == ["a", "b", "c", "d", "e", "first"]
    assert forks(opened) == [1, 2]
    assert head_of(opened, writer.log) == id_of(one[-1])
    more = writer.after(one[-1], "f")
    receive(opened, [more])
    assert head_of(opened, writer.log) == id_of(more)
    assert forks(opened) == [1, 2, 3]


def test_a_fork_is_marked_the_same_whichever_branch_came_first(
    opened: Vault, make_house: Callable[[str], House]
) -> None:
    writer = Writer("Bakhyt")
    one = writer.chain("a", "b")
    two = writer.chain("c", "d", "e", after=one[0])
    other = make_house("other").make()
    receive(opened, [*one, *two])
    receive(other, [one[0], *two, *one])

    assert forks(opened) == forks(other) == [1, 2]
    other.close()


def test_the_log_written_here_is_not_continued_from_elsewhere(opened: Vault) -> None:
    save(opened, "second")
    log = opened.author.log
    head = journal.heads(opened.connection)[log]
    thief = Writer("Amina")
    thief.log = log
    before = [sealed for _row, sealed in journal.sealed_entries(opened.connection, log)]
    stolen = thief.after(before[-1], "written with a copy of the key", tick=50)

    receive(opened, [stolen])

    assert journal.heads(opened.connection)[log] == head
    assert forks(opened) == [3]
    save(opened, "third")
    assert journal.heads(opened.connection)[log].seq == 3
    assert journal.own_heads_are_newest(opened.connection)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.data())
def test_the_order_of_logs_and_of_arrival_does_not_matter(opened: Vault, data: st.DataObject) -> None:
    writers = [Writer("Bakhyt"), Writer("Nodira"), Writer("Temur")]
    logs = [writer.chain("a", "b", "c") for writer in writers]
    left = [list(log) for log in logs]
    mixed = []
    while any(left):
        mixed.append(data.draw(st.sampled_from([log for log in left if log])).pop(0))
    with_gaps = [without_body(entry) if data.draw(st.booleans()) else entry for entry in mixed]
    seen = []
    for batch in ([entry for log in logs for entry in log], [*with_gaps, *mixed]):
        opened.connection.execute("SAVEPOINT here")
        opened.connection._depth = 1
        receive(opened, batch)
        seen.append(everything(opened.connection))
        opened.connection._depth = 0
        opened.connection.execute("ROLLBACK TO here")
        opened.connection.execute("RELEASE here")

    assert seen[0] == seen[1]


def test_ticks_go_on_from_what_came_and_one_entry_cannot_use_them_up(opened: Vault) -> None:
    writer = Writer("Bakhyt")
    receive(opened, [writer.opening, writer.after(writer.opening, "a", tick=1000)])
    assert save(opened, "x")[0].tick == 1001

    hostile = Writer("Hostile")
    receive(opened, [hostile.opening, hostile.after(hostile.opening, "last word", tick=MAX_TICK)])
    ticks = [save(opened, "y")[0].tick, save(opened, "z")[0].tick]

    assert ticks[0] < ticks[1] <= 1003 + MOST_TICKS_AT_ONCE + 1


def test_a_body_that_changed_in_the_database_is_not_believed(opened: Vault) -> None:
    body = opened.connection.value("SELECT body FROM body ORDER BY entry DESC")
    forged = write_body(note("forged"), bytes(16))
    assert len(forged) == len(body)
    for wrong in (forged, body[:-1] + b"\0", bytes(len(body)), b""):
        opened.connection.execute("UPDATE body SET body = ? WHERE kind = 'note'", (wrong,))
        with pytest.raises(VaultDamagedError):
            texts_in(opened)


def test_what_no_reader_would_take_is_not_written(opened: Vault) -> None:
    before = everything(opened.connection)
    for moment in (journal.Moment(2**60, 0), journal.Moment(0, 5000)):
        with pytest.raises(EntryMalformedError), opened.saving() as connection:
            journal.append(connection, opened.author, [note("x")], moment)
    assert everything(opened.connection) == before


def test_a_save_begins_where_the_last_one_ended_also_after_reopening(house: House) -> None:
    for number in range(3):
        opened = house.open()
        assert [entry.seq for entry in save(opened, "x", "y")] == [2 * number + 2, 2 * number + 3]
        opened.close()
