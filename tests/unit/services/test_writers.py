"""Several people on one machine: each comes in with their own passphrase, and every entry is theirs by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.errors import (
    DiskFullError,
    OwnCardError,
    PassphraseTakenError,
    WriterNameTakenError,
    WriterNotFoundError,
    WriterStaysError,
    WriterUnclearError,
    WrongPassphraseError,
)
from fieldapp.records.ids import new_record_id
from fieldapp.services import (
    arrivals,
    cards,
    drafts,
    half_finished,
    handover,
    receipts,
    records,
    revoking,
    trust,
    vaults,
    views,
    writers,
)
from fieldapp.services.archive import Changed
from fieldapp.services.arrivals import Arrival
from fieldapp.services.safety import rekeying
from fieldapp.services.trust import Peer, Role
from fieldapp.services.writers import OpenToAll
from tests.unit.services.people import CHEAP, PASSPHRASE, Someone

OTHER = "another good passphrase"


def comes_in(someone: Someone, passphrase: str) -> None:
    someone.archive.close()
    someone.archive = vaults.unlock(someone.vault.folder, passphrase, clock=someone.archive.clock)


def export(sender: Someone, peer: Peer, path: Path) -> None:
    """A bundle for somebody whose name here is not that of a `Someone`."""
    handover.export(sender.archive, [peer], handover.select(sender.archive, None, to=[peer]), path)


def number_of(recipient: Someone, bundle: Path) -> int:
    """Takes a bundle in, and gives which of its sender's it is."""
    number = arrivals.inspect(arrivals.receiving(recipient.archive), bundle).number
    recipient.takes(bundle)
    return number


@pytest.fixture
def shared(ainura: Someone) -> Someone:
    """The vault of Ainura, in which Daniyar writes too."""
    writers.add(ainura.archive, OTHER, person="Daniyar")
    return ainura


def test_each_writes_in_their_own_name_and_under_their_own_card(shared: Someone) -> None:
    record = shared.new("person", name="Timur")
    first = cards.own_card(shared.archive)

    comes_in(shared, OTHER)
    shared.edit(record, occupation="driver")
    second = cards.own_card(shared.archive)

    assert (first.person, second.person) == ("Ainura", "Daniyar")
    assert first.fingerprint != second.fingerprint
    told = views.history(shared.archive, record)
    assert [(each.author, each.own, each.mine) for each in told] == [("Ainura", True, False), ("Daniyar", True, True)]
    assert [(each.name, each.me) for each in writers.list_(shared.archive)] == [("Ainura", False), ("Daniyar", True)]
    comes_in(shared, PASSPHRASE)
    assert cards.own_card(shared.archive).file == first.file


def test_nobody_comes_in_under_the_passphrase_or_the_name_of_another(shared: Someone) -> None:
    with pytest.raises(PassphraseTakenError):
        writers.add(shared.archive, PASSPHRASE, person="Erkin")
    with pytest.raises(WriterNameTakenError):
        writers.add(shared.archive, "a third good passphrase", person="daniyar")
    with pytest.raises(PassphraseTakenError):
        vaults.change_passphrase(shared.archive, PASSPHRASE, OTHER)
    with pytest.raises(WrongPassphraseError):  # one changes one's own with one's own
        vaults.change_passphrase(shared.archive, OTHER, "a third good passphrase")


def test_who_is_removed_comes_in_no_more_and_what_they_wrote_stays_theirs(shared: Someone) -> None:
    comes_in(shared, OTHER)
    record = shared.new("person", name="Timur")
    half = new_record_id(shared.archive.own_log)
    drafts.keep(shared.archive, half, "person", {"name": "Half typed"})
    comes_in(shared, PASSPHRASE)
    daniyar = writers.find(shared.archive, "Daniyar")

    gone = writers.remove(shared.archive, daniyar.id)

    assert gone.removed_ms is not None
    assert not gone.can_open
    assert [each.author for each in views.history(shared.archive, record)] == ["Daniyar"]
    assert [each.author for each in views.history(shared.archive, half)] == ["Daniyar"]
    for again, reason in ((daniyar.id, "removed"), (shared.vault.writer, "self")):
        with pytest.raises(WriterStaysError) as stays:
            writers.remove(shared.archive, again)
        assert stays.value.reason == reason
    with pytest.raises(WriterNotFoundError):
        writers.remove(shared.archive, 99)
    with pytest.raises(WriterNotFoundError):
        writers.find(shared.archive, "Daniyar")
    with pytest.raises(WriterNotFoundError):
        writers.let_in(shared.archive, daniyar.id, "a third good passphrase")
    with pytest.raises(WrongPassphraseError):
        comes_in(shared, OTHER)
    comes_in(shared, PASSPHRASE)


@pytest.mark.parametrize("renewed", [True, False])
def test_whoever_removes_somebody_is_told_that_the_paper_still_opens_and_a_new_key_ends_that(
    tmp_path: Path, renewed: bool
) -> None:
    made = vaults.create(tmp_path / "vault", PASSPHRASE, person="Ainura", device="d", parameters=CHEAP, floor_kib=0)
    writers.add(made.archive, OTHER, person="Daniyar")
    phrase, archive = str(made.recovery_phrase), made.archive
    if renewed:
        phrase = rekeying.new_phrase()
        rekeying.rekey(archive, PASSPHRASE, PASSPHRASE + " anew", phrase=phrase, others={2: OTHER})
    archive.close()
    archive = vaults.unlock(tmp_path / "vault", OTHER)

    assert writers.open_to_all(archive) == OpenToAll(phrase=True, shares=False)
    writers.remove(archive, 1)

    assert writers.open_to_all(archive).phrase
    archive.close()
    vaults.recover(tmp_path / "vault", phrase, "a third good passphrase").close()
    archive = vaults.unlock(tmp_path / "vault", "a third good passphrase")
    assert archive.vault.writer == 2
    rekeying.rekey(archive, "a third good passphrase", "a fourth good passphrase", phrase=None)
    with pytest.raises(WrongPassphraseError):
        vaults.recover(tmp_path / "vault", phrase, OTHER)
    archive = vaults.unlock(tmp_path / "vault", "a fourth good passphrase")
    assert writers.open_to_all(archive) == OpenToAll(phrase=False, shares=False)
    archive.close()


def test_what_one_was_typing_when_it_stopped_becomes_their_own_entry(shared: Someone) -> None:
    comes_in(shared, OTHER)
    record = new_record_id(shared.archive.own_log)
    drafts.keep(shared.archive, record, "person", {"name": "Typed by Daniyar"})

    comes_in(shared, PASSPHRASE)

    assert drafts.kept(shared.archive, record) == {}
    assert [(each.author, each.mine) for each in views.history(shared.archive, record)] == [("Daniyar", False)]
    drafts.keep(shared.archive, record, "person", {"name": "Typed by Ainura"})
    comes_in(shared, PASSPHRASE)
    assert drafts.kept(shared.archive, record) == {"name": "Typed by Ainura"}, "one's own waits where it was"


def test_the_newest_decision_of_either_holds_for_the_vault(shared: Someone, bek: Someone) -> None:
    shared.trusts(bek)
    comes_in(shared, OTHER)
    trust.distrust(shared.archive, shared.peer(bek))
    assert trust.peers(shared.archive) == []

    comes_in(shared, PASSPHRASE)
    assert trust.peers(shared.archive) == []
    shared.trusts(bek, role=Role.COORDINATOR)
    assert [peer.role for peer in trust.coordinators(shared.archive)] == [Role.COORDINATOR]
    comes_in(shared, OTHER)
    assert [peer.role for peer in trust.coordinators(shared.archive)] == [Role.COORDINATOR]


def test_a_colleague_on_the_same_machine_is_not_somebody_elsewhere(shared: Someone) -> None:
    daniyar = writers.find(shared.archive, "Daniyar").card

    with pytest.raises(OwnCardError):
        trust.trust(shared.archive, daniyar)
    with pytest.raises(OwnCardError):
        revoking.revoke(shared.archive, daniyar)


def test_bundles_for_either_open_and_each_counts_their_own(shared: Someone, bek: Someone) -> None:
    shared.trusts(bek)
    first = trust.own_card(shared.archive)
    bek.trusts(shared)
    record = shared.new("person", name="Timur")
    assert number_of(bek, shared.bundle(bek)) == 1
    comes_in(shared, OTHER)
    bek.trusts(shared)
    shared.edit(record, occupation="driver")
    assert number_of(bek, shared.bundle(bek)) == 1
    comes_in(shared, PASSPHRASE)
    shared.edit(record, occupation="cook")
    assert number_of(bek, shared.bundle(bek)) == 2
    assert receipts.missing_bundles(bek.archive) == []
    told = views.history(bek.archive, record)
    assert [each.author for each in told] == ["Ainura", "Daniyar", "Ainura"]

    bek.new("person", name="Alisher")
    for_ainura = bek.folder / "for-ainura.bundle"
    peer = next(each for each in trust.peers(bek.archive) if each.card.fingerprint == first.fingerprint)
    export(bek, peer, for_ainura)
    comes_in(shared, OTHER)
    assert shared.takes(for_ainura).state is Arrival.IMPORTED


def test_two_coordinators_on_one_machine_are_one_copy(shared: Someone, bek: Someone) -> None:
    bek.trusts(shared, role=Role.COORDINATOR)
    shared.trusts(bek)
    comes_in(shared, OTHER)
    bek.trusts(shared, role=Role.COORDINATOR)
    comes_in(shared, PASSPHRASE)
    record = bek.new("person", name="Timur")
    for passphrase in (PASSPHRASE, OTHER):
        comes_in(shared, passphrase)
        peer = next(p for p in trust.peers(bek.archive) if p.fingerprint == cards.own_card(shared.archive).fingerprint)
        path = bek.folder / f"{peer.name}.bundle"
        export(bek, peer, path)
        shared.takes(path)
        receipt = bek.folder / f"{peer.name}.receipt"
        receipts.write_file(shared.archive, shared.peer(bek), receipt)
        receipts.import_file(bek.archive, receipt)

    assert receipts.covered(bek.archive, [record])[record].holders == ("Daniyar",)
    assert [(each.peer.name, each.doubt) for each in receipts.holders(bek.archive).uncounted] == [
        ("Ainura", receipts.Doubt.SAME_DEVICE)
    ]
    comes_in(shared, PASSPHRASE)
    again = bek.folder / "again.receipt"
    receipts.write_file(shared.archive, shared.peer(bek), again)
    receipts.import_file(bek.archive, again)
    assert receipts.covered(bek.archive, [record])[record].holders == ("Ainura",), "whoever told last"


def test_after_a_restore_nobody_goes_on_in_a_log_of_before(shared: Someone) -> None:
    record = shared.new("person", name="Timur")
    comes_in(shared, OTHER)
    before = {writer.card.log for writer in writers.list_(shared.archive)}
    shared.archive.close()

    copy = vaults.restore(shared.vault.folder, shared.folder / "restored", PASSPHRASE, device="new laptop")

    try:
        assert {writer.name for writer in writers.active(copy)} == {"Ainura", "Daniyar"}
        assert not before & {writer.card.log for writer in writers.active(copy)}
        assert {writer.device for writer in writers.active(copy)} == {"new laptop"}
        records.save(copy, "person", {"occupation": "driver"}, record=record)
        assert [each.author for each in views.history(copy, record)] == ["Ainura", "Ainura"]
    finally:
        copy.close()


def test_the_phrase_lets_in_who_says_who_they_are(shared: Someone) -> None:
    shared.archive.close()
    folder, phrase = shared.vault.folder, shared.recovery_phrase
    with pytest.raises(WriterUnclearError) as unclear:
        vaults.recover(folder, phrase, "a third good passphrase")
    assert unclear.value.known == ("Ainura", "Daniyar")
    with pytest.raises(WriterNotFoundError):
        vaults.recover(folder, phrase, "a third good passphrase", writer="Erkin")

    shared.archive = vaults.recover(folder, phrase, "a third good passphrase", writer="Daniyar")

    assert cards.own_card(shared.archive).person == "Daniyar"
    comes_in(shared, PASSPHRASE)
    assert cards.own_card(shared.archive).person == "Ainura"
    with pytest.raises(WrongPassphraseError):
        comes_in(shared, OTHER)
    comes_in(shared, "a third good passphrase")


def test_what_was_made_before_cards_stood_beside_it_counts_for_the_first_of_them(shared: Someone, bek: Someone) -> None:
    shared.trusts(bek)
    bek.trusts(shared)
    record = shared.new("person", name="Timur")
    assert number_of(bek, shared.bundle(bek)) == 1
    shared.archive.connection.execute("UPDATE departure SET sender = NULL")

    shared.edit(record, occupation="driver")
    assert number_of(bek, shared.bundle(bek)) == 2
    comes_in(shared, OTHER)
    bek.trusts(shared)
    shared.edit(record, occupation="cook")
    assert number_of(bek, shared.bundle(bek)) == 1


def test_of_what_a_coordinator_confirmed_to_two_of_us_the_later_word_counts(shared: Someone, bek: Someone) -> None:
    shared.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(shared)
    comes_in(shared, OTHER)
    bek.trusts(shared)
    paths = []
    for name in ("Ainura", "Daniyar"):
        paths.append(bek.folder / f"for-{name}.receipt")
        receipts.write_file(bek.archive, trust.find_peer(bek.archive, name), paths[-1])

    assert receipts.import_file(shared.archive, paths[1]).is_news
    assert not receipts.import_file(shared.archive, paths[0]).is_news
    comes_in(shared, PASSPHRASE)
    assert not receipts.import_file(shared.archive, paths[0]).is_news, "nor where it is for who unlocked"
    statement = receipts.statement_of(shared.archive, shared.peer(bek))
    assert statement is not None
    assert statement.recipient == writers.find(shared.archive, "Daniyar").card.fingerprint
    assert [each.peer.name for each in receipts.holders(shared.archive).counted] == ["Bek"]


@pytest.mark.parametrize("then", ["finish", "type", "ask"])
def test_what_could_not_be_finished_for_somebody_else_waits_for_their_log(
    shared: Someone, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """The disk is full when the other writer unlocks, and there is room again a moment later."""

    def fails(*_values: object) -> Changed:
        raise DiskFullError

    comes_in(shared, OTHER)
    daniyar = shared.vault.writer
    record = shared.new("testimony", narrative="first")
    drafts.keep(shared.archive, record, "testimony", {"narrative": "typed by Daniyar", "notes": "his notes"})
    folder = shared.vault.folder
    shared.archive.close()
    with monkeypatch.context() as full:
        full.setattr(drafts, "finish", fails)
        shared.archive = vaults.unlock(folder, PASSPHRASE, clock=shared.archive.clock)

    assert drafts.kept(shared.archive, record) == {}
    half_finished.note_records(shared.archive)
    assert half_finished.going_on(shared.archive).records == ()
    if then == "type":
        drafts.keep(shared.archive, record, "testimony", {"narrative": "typed by Ainura"})
        assert drafts.kept(shared.archive, record) == {"narrative": "typed by Ainura"}
    elif then == "ask":
        assert drafts.finish(shared.archive, record) == Changed()
    drafts.finish_all(shared.archive)

    rows = shared.archive.connection.execute(
        "SELECT log.writer FROM entry JOIN log ON log.id = entry.log ORDER BY entry.id DESC LIMIT 2"
    )
    assert [writer for (writer,) in rows][then == "type"] == daniyar
    assert rows[0][0] == (1 if then == "type" else daniyar)
    assert shared.value(record, "notes") == "his notes"
    assert shared.archive.connection.value("SELECT count(*) FROM draft") == 0
