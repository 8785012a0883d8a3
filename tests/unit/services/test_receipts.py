"""Receipts: what others prove to hold, what goes again, and what nobody may make us believe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldapp.bundles.receipt import HeldLog, Statement, seal_receipt, sign, write_statement
from fieldapp.errors import (
    BundleNeedsEarlierError,
    NothingToSendError,
    PlaceTakenError,
    ReceiptNotForYouError,
    ReceiptSenderError,
)
from fieldapp.records import store
from fieldapp.records.decisions import Receipt, decision_body
from fieldapp.services import handover, receipts, records, trust, views
from fieldapp.services.handover import Basis
from fieldapp.services.trust import Role
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault import journal, receiving
from tests.unit.services.people import Someone, payload_of


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    """A field worker and her coordinator."""
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura)
    return ainura, bek


def answered(sender: Someone, recipient: Someone) -> None:
    """A receipt goes back in a file of its own."""
    path = recipient.folder / f"{recipient.name}-{next(recipient.made)}.receipt"
    receipts.write_file(recipient.archive, recipient.peer(sender), path)
    receipts.import_file(sender.archive, path)


def bodies_in(recipient: Someone, bundle: Path) -> int:
    return sum(entry.body_bytes is not None for entry in payload_of(recipient, bundle)[0])


def states(
    one: Someone, other: Someone, *, maker: Someone | None = None, number: int = 9, **facts: object
) -> Statement:
    """What `one` states to `other`; signed by them, whatever it is."""
    statement = Statement(
        trust.own_card((maker or one).archive).fingerprint, trust.own_card(other.archive).fingerprint, number, 0
    )
    return replace(statement, **facts)  # type: ignore[arg-type]


def takes(other: Someone, statement: Statement, signer: Someone) -> bool:
    encoded = write_statement(statement)
    with other.vault.saving():
        return receipts.take(other.archive, encoded, sign(signer.vault.identity, encoded))


def believed(one: Someone, other: Someone) -> set[bytes]:
    """The entries of which `one` believes that `other` has the bodies."""
    holding = receipts.held_by(one.archive, one.peer(other))
    rows = one.archive.connection.execute(
        "SELECT log.log, entry.seq, entry.id, entry.entry FROM entry JOIN log ON log.id = entry.log"
    )
    return {entry for log, seq, row, entry in rows if holding.has_body(LogId(log), seq, row)}


def bodies_of(one: Someone) -> set[bytes]:
    rows = one.archive.connection.execute("SELECT entry.entry FROM body JOIN entry ON entry.id = body.entry")
    return {entry for (entry,) in rows}


def test_what_was_acknowledged_does_not_go_again(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    first = ainura.new("testimony", title="one")
    ainura.attach(first, b"photo")
    bek.takes(ainura.bundle(bek))
    answered(ainura, bek)
    bek.takes(ainura.bundle(bek))  # that the photo was handed over
    answered(ainura, bek)

    with pytest.raises(NothingToSendError):
        ainura.bundle(bek)
    second = ainura.new("testimony", title="two")
    bundle = ainura.bundle(bek)

    entries, objects = payload_of(bek, bundle)
    assert (len(entries), len(objects)) == (1, 0)
    bek.takes(bundle)
    assert store.row_of(bek.archive.connection, second).title == "two"


def test_what_was_lost_goes_again_and_again(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.attach(ainura.new("testimony", title="one"), b"photo")
    ainura.bundle(bek)
    ainura.new("testimony", title="two")

    for _ in range(2):
        assert payload_of(bek, ainura.bundle(bek))[1] == [b"photo"]
    outcome = bek.takes(ainura.bundle(bek))

    assert {each.title for each in outcome.records} >= {"one", "two"}
    kept = of_kind(ainura, "trust") | of_kind(ainura, "custody")  # whom she trusts; that it was handed over now
    assert bodies_of(ainura) - bodies_of(bek) <= kept


def of_kind(one: Someone, kind: str) -> set[bytes]:
    rows = one.archive.connection.execute(
        "SELECT entry.entry FROM body JOIN entry ON entry.id = body.entry WHERE body.kind = ?", (kind,)
    )
    return {entry for (entry,) in rows}


def test_receipts_travel_in_bundles_also_through_a_third(
    pair: tuple[Someone, Someone], person: Callable[[str], Someone]
) -> None:
    ainura, bek = pair
    chinara = person("Chinara")
    for one, other in ((bek, chinara), (chinara, bek), (ainura, chinara)):
        one.trusts(other, role=Role.COORDINATOR)
    chinara.trusts(ainura)
    ainura.new("testimony", title="one")
    bek.takes(ainura.bundle(bek))
    bek.new("testimony", title="from Bek")
    bek.bundle(ainura)  # is lost, and the receipt in it
    chinara.takes(bek.bundle(chinara))
    assert believed(ainura, bek) == set()

    outcome = ainura.takes(chinara.bundle(ainura))

    assert outcome.receipts == 1
    assert believed(ainura, bek) and believed(ainura, bek) <= bodies_of(bek)


def test_a_receipt_goes_to_nobody_but_its_addressee_and_coordinators(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    bek.trusts(chinara)
    chinara.trusts(bek)
    ainura.new("testimony", title="one")
    bek.takes(ainura.bundle(bek))
    bek.bundle(ainura)

    entries, _objects = payload_of(chinara, bek.bundle(chinara))

    assert not any(b"statement" in (entry.body_bytes or b"") for entry in entries)


def test_a_bundle_against_what_was_sent_says_which_it_needs(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="one")
    lost = ainura.bundle(bek)
    two = ainura.new("testimony", title="two")

    bundle = ainura.bundle(bek, basis=Basis.SENT)

    outcome = bek.takes(bundle)
    assert (outcome.facts.number, outcome.facts.addressed.needed) == (2, 1)
    assert [each.id for each in outcome.records] == [two]
    (missing,) = receipts.missing_bundles(bek.archive)
    assert (missing.numbers, missing.count, missing.last) == ((1,), 1, 2)
    bek.takes(lost)
    assert receipts.missing_bundles(bek.archive) == []
    assert len(store.rows(bek.archive.connection)) == 2


def test_gaps_can_be_dismissed_until_there_are_new_ones(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="one")
    ainura.bundle(bek)
    bek.takes(ainura.bundle(bek))
    (missing,) = receipts.missing_bundles(bek.archive)

    receipts.dismiss_missing(bek.archive, missing)

    assert receipts.missing_bundles(bek.archive) == []
    ainura.bundle(bek)
    bek.takes(ainura.bundle(bek))
    assert [each.numbers for each in receipts.missing_bundles(bek.archive)] == [(3,)]


def test_a_break_in_the_chain_names_what_is_needed(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="one")
    ainura.bundle(bek)
    log = ainura.vault.author.log
    head = journal.heads(ainura.archive.connection)[log]
    assert takes(ainura, states(bek, ainura, have=(HeldLog(log, head.seq, EntryId(head.id)),)), bek)
    ainura.new("testimony", title="two")

    with pytest.raises(BundleNeedsEarlierError) as refused:
        bek.takes(ainura.bundle(bek))

    assert (refused.value.number, refused.value.needed, refused.value.missing) == (2, 1, (1,))
    bek.takes(ainura.bundle(bek, basis=Basis.EVERYTHING))
    assert len(store.rows(bek.archive.connection)) == 2


def test_everything_is_for_who_lost_everything(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="one")
    bek.takes(ainura.bundle(bek))
    answered(ainura, bek)

    entries, _objects = payload_of(bek, ainura.bundle(bek, basis=Basis.EVERYTHING))

    assert len(entries) == ainura.archive.connection.value("SELECT count(*) FROM entry")


def test_what_was_taken_off_a_device_comes_again_only_when_asked_for(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("testimony", title="one")
    bek.takes(ainura.bundle(bek))
    answered(ainura, bek)
    with bek.vault.saving():
        for (row,) in bek.archive.connection.execute("SELECT entry FROM touch WHERE record = ?", (record,)):
            journal.remove(bek.archive.connection, row)
    assert receipts.due(bek.archive, bek.peer(ainura))
    answered(ainura, bek)

    assert believed(ainura, bek) <= bodies_of(bek)
    with pytest.raises(NothingToSendError):
        ainura.bundle(bek)
    assert bodies_in(bek, ainura.bundle(bek, only=[record], again=True)) == 1


def test_contact_safety_goes_to_coordinators_and_to_others_when_ticked(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    ainura.trusts(chinara)
    chinara.trusts(ainura)
    person = ainura.new("person", name="A", phone=["canary-phone"], trouble_word="canary-word")

    def said(recipient: Someone, *everybody: Someone, **asked: Any) -> bytes:
        entries, _objects = payload_of(recipient, ainura.bundle(*everybody, **asked))
        return b"".join(entry.body_bytes or b"" for entry in entries)

    assert b"canary-phone" in said(bek, bek)
    assert b"canary-phone" not in said(chinara, chinara)
    assert b"canary-phone" not in said(bek, bek, chinara)
    assert b"canary-phone" in said(chinara, chinara, only=[person], contact=True)
    assert b"canary-word" not in said(chinara, chinara, only=[person], contact=True)


def test_what_is_withheld_leaves_an_honest_gap(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    kept, told = ainura.new("testimony", title="canary-kept"), ainura.new("testimony", title="told")
    ainura.attach(kept, b"canary-photo")
    (shared,) = ainura.attach(told, b"shared")
    records.link(ainura.archive, kept, shared, "attachment")
    records.link(ainura.archive, told, kept, "about", note="canary-note")

    bundle = ainura.bundle(bek, withhold=[kept])

    entries, objects = payload_of(bek, bundle)
    assert b"canary" not in b"".join(entry.body_bytes or b"" for entry in entries)
    assert objects == [b"shared"]
    bek.takes(bundle)
    answered(ainura, bek)
    assert believed(ainura, bek) == bodies_of(ainura) & bodies_of(bek)
    bek.takes(ainura.bundle(bek))
    assert store.row_of(bek.archive.connection, kept).title == "canary-kept"


def test_field_devices_learn_of_no_logs_of_which_nothing_goes(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    for one, other in ((bek, chinara), (chinara, bek)):
        one.trusts(other, role=Role.COORDINATOR)
    theirs, later = chinara.new("person", name="C"), chinara.new("person", name="later")
    bek.takes(chinara.bundle(bek))
    bek.new("person", name="B")

    own, _objects = payload_of(ainura, bek.bundle(ainura, only=[bek.new("person", name="D")]))
    with_theirs, _objects = payload_of(ainura, bek.bundle(ainura, only=[theirs]))

    def of_chinara(entries: list[journal.SealedEntry]) -> int:
        log: bytes = chinara.vault.author.log
        return sum(log in entry.header_bytes for entry in entries)

    assert of_chinara(own) == 0
    last = chinara.archive.connection.value("SELECT max(seq) FROM entry")
    assert 0 < of_chinara(with_theirs) < last
    assert store.row_of(chinara.archive.connection, later).title == "later"


def test_counts_tell_what_waits_and_what_was_sent(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="one")
    assert vars_of(ainura) == (1, 0)

    lost = ainura.bundle(bek)
    ainura.new("person", name="two")
    assert vars_of(ainura) == (1, 1)
    bek.takes(lost)
    answered(ainura, bek)
    assert vars_of(ainura) == (1, 0)
    assert handover.pending(ainura.archive) == 1


def vars_of(one: Someone) -> tuple[int, int]:
    counted = receipts.unacknowledged(one.archive)
    return counted.waiting, counted.sent


def test_only_coordinators_who_hold_all_of_a_record_cover_it(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    ainura.trusts(chinara)
    chinara.trusts(ainura)
    record = ainura.new("testimony", title="one")
    (document,) = ainura.attach(record, b"photo")

    def copies(*chosen: RecordId) -> list[int]:
        found = receipts.covered(ainura.archive, chosen)
        return [found[each].copies for each in chosen]

    for other in (bek, chinara):
        other.takes(ainura.bundle(other, attachments=False, only=[record, document]))
        answered(ainura, other)
    assert copies(record, document) == [1, 0]  # what tells of the transfer of the photo is not there yet
    bek.takes(ainura.bundle(bek))
    answered(ainura, bek)
    assert copies(record, document) == [1, 1]
    ainura.edit(record, title="changed")
    assert copies(record) == [0]
    (lack,) = receipts.covered(ainura.archive, [record])[record].lacking
    assert (lack.name, lack.entries, lack.objects) == ("Bek", 1, 0)
    trust.distrust(ainura.archive, ainura.peer(bek))
    assert copies(document) == [0]


def test_promises_are_known(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="one")
    bek.takes(ainura.bundle(bek))
    rows = [
        (LogId(log), seq, row)
        for log, seq, row in bek.archive.connection.execute(
            "SELECT log.log, entry.seq, entry.id FROM entry JOIN log ON log.id = entry.log"
        )
    ]
    assert receipts.promised(bek.archive, rows) == frozenset()

    bek.bundle(ainura)

    assert receipts.promised(bek.archive, rows)


# --- hostile ---------------------------------------------------------------------------------------


def test_receipts_of_and_for_others_are_not_believed(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    chinara.trusts(ainura, bek)
    log = ainura.vault.author.log
    head = journal.heads(ainura.archive.connection)[log]
    have = (HeldLog(log, head.seq, head.id),)

    assert not takes(ainura, states(chinara, ainura, have=have), chinara)  # not trusted
    assert not takes(ainura, states(bek, ainura, have=have), chinara)  # signed by another
    assert not takes(ainura, states(bek, chinara, have=have), bek)  # for another
    assert believed(ainura, bek) == set()
    trust.distrust(ainura.archive, ainura.peer(bek))
    assert not takes(ainura, states(bek, ainura, have=have), bek)


def test_an_older_or_repeated_receipt_changes_nothing(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    log = ainura.vault.author.log
    head = journal.heads(ainura.archive.connection)[log]

    assert takes(ainura, states(bek, ainura, number=5), bek)
    for number in (1, 4, 5):
        assert not takes(ainura, states(bek, ainura, number=number, have=(HeldLog(log, head.seq, head.id),)), bek)
    assert believed(ainura, bek) == set()


def test_one_that_only_claims_to_be_newer_keeps_no_good_one_out(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    ainura.trusts(chinara)
    chinara.trusts(ainura)
    good, forged = (write_statement(states(bek, ainura, number=number)) for number in (2, 2**53))
    signed = Receipt(good, sign(bek.vault.identity, good)), Receipt(forged, sign(chinara.vault.identity, forged))
    chinara.write(*(decision_body(each, save=bytes(16)) for each in (*signed, Receipt(b"not one", bytes(64)))))
    chinara.new("person", name="C")
    for each in signed:
        with ainura.vault.saving():
            entries, _changed = ainura.archive.write([decision_body(each, save=bytes(16))])
            assert receipts.take_entries(ainura.archive, entries) == (each is signed[0])

    assert receipts.held_by(ainura.archive, ainura.peer(bek)).statement == states(bek, ainura, number=2)


@pytest.mark.parametrize("place", [0, 10**12])
def test_a_head_that_nobody_knows_proves_nothing(pair: tuple[Someone, Someone], place: int) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="one")
    log = ainura.vault.author.log
    known = EntryId(ainura.archive.connection.value("SELECT entry FROM entry WHERE seq = 1"))
    strange = HeldLog(log, place, EntryId(b"?" * 32))

    assert takes(ainura, states(bek, ainura, have=(strange,), number=1), bek)
    assert believed(ainura, bek) == set()
    wrong_log = HeldLog(LogId(b"x" * 16), 10**9, known)
    wrong_place = HeldLog(log, 2, known)
    assert takes(
        ainura, states(bek, ainura, have=tuple(sorted((wrong_log, wrong_place), key=lambda h: h.log)), number=2), bek
    )
    assert believed(ainura, bek) == set()
    giant = HeldLog(log, 2**40, EntryId(b"?" * 32), ((0, 2**40),), ((0, 2**40),), ((1, known),))
    assert takes(ainura, states(bek, ainura, have=(giant,), number=3), bek)
    assert believed(ainura, bek) == set()
    honest = replace(giant, withheld=(), gone=())
    assert takes(ainura, states(bek, ainura, have=(honest,), number=4), bek)
    assert len(believed(ainura, bek)) == 2


def test_too_many_missing_files_mean_that_none_is_held(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.attach(None, b"photo")
    log = ainura.vault.author.log
    head = journal.heads(ainura.archive.connection)[log]
    sha256 = ainura.archive.connection.value("SELECT sha256 FROM object")
    have = (HeldLog(log, head.seq, head.id),)

    found = []
    for number, missing in enumerate(((), (sha256,), None), start=1):
        assert takes(ainura, states(bek, ainura, have=have, number=number, missing=missing), bek)
        found.append(receipts.held_by(ainura.archive, ainura.peer(bek)).has_object(sha256))
    assert found == [True, False, False]


def test_a_file_of_a_receipt_is_refused_by_name(
    pair: tuple[Someone, Someone], chinara: Someone, tmp_path: Path
) -> None:
    ainura, bek = pair
    to_ainura = trust.own_card(ainura.archive).recipient

    def imported(statement: Statement, signer: Someone) -> None:
        encoded = write_statement(statement)
        path = tmp_path / "made.receipt"
        path.write_bytes(seal_receipt(encoded, sign(signer.vault.identity, encoded), to_ainura))
        receipts.import_file(ainura.archive, path)

    with pytest.raises(ReceiptNotForYouError):
        imported(states(bek, chinara), bek)
    with pytest.raises(ReceiptSenderError):
        imported(states(chinara, ainura), chinara)
    with pytest.raises(ReceiptSenderError):
        imported(states(bek, ainura), chinara)
    path = tmp_path / "taken"
    path.write_bytes(b"mine")
    with pytest.raises(PlaceTakenError):
        receipts.write_file(ainura.archive, ainura.peer(bek), path)
    assert path.read_bytes() == b"mine"


def test_a_flood_of_logs_goes_on_in_portions_and_stops_nobody(
    person: Callable[[str], Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_NEW_LOGS", 3)
    ainura, zarina = person("Ainura"), person("Zarina")
    others = [person(name) for name in ("Bek", "Chinara", "Dilshod", "Erlan", "Farid")]
    ainura.trusts(zarina, *others, role=Role.COORDINATOR)
    zarina.trusts(ainura, role=Role.COORDINATOR)
    for each in others:
        each.trusts(ainura, role=Role.COORDINATOR)
        each.new("person", name=each.name)
        ainura.takes(each.bundle(ainura))
    for each in others[2:]:
        trust.distrust(ainura.archive, ainura.peer(each))
    ainura.new("person", name="hers")
    first = ainura.bundle(zarina)
    zarina.takes(first)
    assert {row.title for row in views.rows(zarina.archive)} == {"hers", "Bek", "Chinara"}
    for _ in range(2):  # nothing is acknowledged
        zarina.takes(ainura.bundle(zarina))

    assert {row.title for row in views.rows(zarina.archive)} == {"hers", *(each.name for each in others)}
