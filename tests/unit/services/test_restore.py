"""A copy that goes on has a log and a card of its own; whoever knew the old one sees that it goes on from there."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from fieldapp.errors import (
    CardTextError,
    DiskFullError,
    VaultExistsError,
    VaultInUseError,
    VaultNotFoundError,
    VaultUnfinishedError,
    WrongPassphraseError,
)
from fieldapp.services import alarms, cards, drafts, handover, revoking, trust, vaults, views, writers
from fieldapp.services.arrivals import Arrival
from fieldapp.services.handover import Basis
from fieldapp.services.history import history
from fieldapp.services.revoking import Cut
from fieldapp.services.safety import destroying
from fieldapp.vault import chains, unfinished
from fieldapp.vault.journal import heads
from tests.unit.services.people import PASSPHRASE, Clock, Someone

OTHER_PASSPHRASE = "another horse battery"


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    ainura.trusts(bek)
    bek.trusts(ainura)
    ainura.new("person", name="A")
    return ainura, bek


def restored(someone: Someone, place: Path, device: str = "new laptop") -> Someone:
    """Closes the vault, and goes on with a copy of it."""
    someone.archive.close()
    archive = vaults.restore(someone.vault.folder, place, PASSPHRASE, device=device, clock=Clock())
    return Someone(someone.name, archive, someone.folder, "", made=iter(range(100, 200)))


def test_a_restored_copy_writes_a_log_and_shows_a_card_of_its_own(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, _bek = pair
    before = trust.own_card(ainura.archive)
    old_log = ainura.archive.own_log
    ainura.archive.close()
    copied = {path.name: path.read_bytes() for path in ainura.vault.folder.rglob("*") if path.is_file()}

    again = restored(ainura, tmp_path / "again")

    card = trust.own_card(again.archive)
    assert (card.person, card.device) == ("Ainura", "new laptop")
    assert card.log == again.archive.own_log != old_log and card.fingerprint != before.fingerprint
    assert [each.fingerprint for each in cards.earlier_cards(again.archive)] == [before.fingerprint]
    assert cards.own_fingerprints(again.archive) == {card.fingerprint, before.fingerprint}
    assert chains.continuations(again.archive.connection) == {card.log: old_log}
    assert [peer.name for peer in trust.peers(again.archive)] == ["Bek"]
    record = again.new("person", name="B")
    assert again.value(record, "name") == "B" and alarms.alarms(again.archive) == []
    assert {path.name: path.read_bytes() for path in ainura.vault.folder.rglob("*") if path.is_file()} == copied
    assert sorted(path.name for path in tmp_path.iterdir() if "again" in path.name) == ["again"]
    snapshot = again.snapshot()
    vaults.rebuild(again.archive)
    assert again.snapshot() == snapshot
    again.archive.close()


def test_what_was_sealed_for_the_card_of_before_still_opens(pair: tuple[Someone, Someone], tmp_path: Path) -> None:
    ainura, bek = pair
    record = bek.new("person", name="Underway")
    bundle = bek.bundle(ainura)

    again = restored(ainura, tmp_path / "again")

    assert again.takes(bundle).state is Arrival.IMPORTED
    assert again.value(record, "name") == "Underway"
    again.archive.close()


def test_others_compare_the_new_card_and_then_see_whose_log_it_goes_on_from(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, bek = pair
    bek.takes(ainura.bundle(bek))
    again = restored(ainura, tmp_path / "again")
    again.new("person", name="B")
    bundle = again.bundle(bek)
    assert bek.takes(bundle).state is Arrival.QUARANTINED

    card = trust.own_card(again.archive)
    trust.trust(bek.archive, card, name="Ainura, again")
    bek.takes(bundle)

    found = trust.continued_by(bek.archive, card)
    assert found is not None and found.name == "Ainura"
    assert alarms.alarms(bek.archive) == []
    again.archive.close()


def test_where_a_copy_goes_on_elsewhere_one_of_the_two_begins_anew_and_they_exchange_as_two_devices(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, _bek = pair
    other = restored(ainura, tmp_path / "other", "other laptop")
    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE, clock=Clock())
    late = ainura.new("person", name="Written on the first")

    trust.trust(other.archive, trust.own_card(ainura.archive), name="First laptop")
    trust.trust(ainura.archive, trust.own_card(other.archive), name="Other laptop")
    to_other = ainura.folder / "to-other.bundle"
    peers = [trust.find_peer(ainura.archive, "Other laptop")]
    handover.export(ainura.archive, peers, handover.select(ainura.archive), to_other)
    outcome = other.takes(to_other)

    assert outcome.state is Arrival.IMPORTED and other.value(late, "name") == "Written on the first"
    (came,) = history(other.archive, late)
    assert (came.author, came.own) == ("First laptop", False)  # whoever has the earlier laptop writes with the same key
    assert alarms.alarms(other.archive) == []
    card = vaults.begin_anew(ainura.archive, "first laptop, anew")
    assert card == trust.own_card(ainura.archive) and card.device == "first laptop, anew"
    assert len(ainura.vault.own_logs) == 2
    other.archive.close()


def test_the_log_of_a_stolen_laptop_can_be_revoked_by_its_owner_who_restored_a_copy(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, _bek = pair
    again = restored(ainura, tmp_path / "again")
    (earlier,) = cards.earlier_cards(again.archive)
    head = heads(again.archive.connection)[earlier.log]

    revoking.revoke(again.archive, earlier, upto=Cut(head.seq, head.id))

    (revocation,) = revoking.revocations(again.archive)
    assert revocation.counts and revocation.entries_beyond == 0
    assert {row[0] for row in again.archive.connection.execute("SELECT title FROM record")} == {"A"}
    again.archive.close()


def test_nothing_is_made_where_something_is_wrong(pair: tuple[Someone, Someone], tmp_path: Path) -> None:
    ainura, _bek = pair
    copy = ainura.vault.folder
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").write_text("x")
    with pytest.raises(VaultInUseError):
        vaults.restore(copy, tmp_path / "new", PASSPHRASE, device="d")
    ainura.archive.close()
    before = sorted(path.name for path in tmp_path.iterdir())

    with pytest.raises(WrongPassphraseError):
        vaults.restore(copy, tmp_path / "new", "another passphrase", device="d")
    with pytest.raises(CardTextError):
        vaults.restore(copy, tmp_path / "new", PASSPHRASE, device=" ")
    with pytest.raises(VaultExistsError):
        vaults.restore(copy, tmp_path / "taken", PASSPHRASE, device="d")
    with pytest.raises(VaultNotFoundError):
        vaults.restore(tmp_path / "nothing", tmp_path / "new", PASSPHRASE, device="d")

    assert sorted(path.name for path in tmp_path.iterdir()) == before
    (tmp_path / "empty").mkdir()
    vaults.restore(copy, tmp_path / "empty", PASSPHRASE, device="d").close()
    ainura.archive = vaults.unlock(copy, PASSPHRASE)


@pytest.mark.parametrize("step", ["services.vaults.begin_anew", "vault.unfinished.give_name"])
def test_a_disk_that_fills_up_leaves_neither_a_copy_nor_a_folder(
    pair: tuple[Someone, Someone], tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, _bek = pair
    ainura.archive.close()
    before = sorted(path.name for path in tmp_path.iterdir())

    def full(*_arguments: object) -> None:
        raise DiskFullError

    with monkeypatch.context() as patch:
        patch.setattr(f"fieldapp.{step}", full)
        with pytest.raises(DiskFullError):
            vaults.restore(ainura.vault.folder, tmp_path / "new", PASSPHRASE, device="d", clock=Clock())

    assert sorted(path.name for path in tmp_path.iterdir()) == before
    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE)


def test_who_began_anew_hands_over_what_was_not_sent_yet(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura)
    for name in ("one", "two", "three"):
        ainura.new("person", name=name)
        ainura.bundle(bek)
    vaults.begin_anew(ainura.archive, "new")
    trust.trust(bek.archive, trust.own_card(ainura.archive), name="Ainura again")
    ainura.new("person", name="later")
    bek.takes(ainura.bundle(bek, basis=Basis.SENT))

    assert {row.title for row in views.rows(bek.archive)} == {"one", "two", "three", "later"}


def test_what_was_half_typed_in_a_copy_becomes_an_entry_of_a_new_log(tmp_path: Path, ainura: Someone) -> None:
    writers.add(ainura.archive, OTHER_PASSPHRASE, person="Bek")
    record = ainura.new("testimony", title="A")
    ainura.archive.close()
    folder = ainura.vault.folder
    with closing(vaults.unlock(folder, OTHER_PASSPHRASE)) as archive:
        drafts.keep(archive, record, "testimony", {"title": "typed by Bek when the power went"})
        ends = heads(archive.connection)
    stick = shutil.copytree(folder, tmp_path / "stick")

    with closing(vaults.restore(stick, tmp_path / "again", PASSPHRASE, device="again")) as archive:
        after = heads(archive.connection)

    assert {log: after[log] for log in ends} == ends
    assert sorted(head.seq for log, head in after.items() if log not in ends) == [0, 1]


def test_a_copy_that_was_cut_off_is_not_written_in_and_goes_with_the_next_try(
    tmp_path: Path, ainura: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura.archive.close()
    folder = tmp_path / "again"
    for _ in range(2):
        if (pid := os.fork()) == 0:  # the process ends where the copy would get its own log
            monkeypatch.setattr(vaults, "begin_anew", lambda *_a, **_k: os._exit(7))
            vaults.restore(ainura.vault.folder, folder, PASSPHRASE, device="again", clock=Clock())
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    (left,) = unfinished.left_for(folder)
    elsewhere = tmp_path / "link"
    elsewhere.symlink_to(left)

    for place in (left, elsewhere):
        with pytest.raises(VaultUnfinishedError):
            vaults.unlock(place, PASSPHRASE)
        with pytest.raises(VaultUnfinishedError):
            vaults.recover(place, ainura.recovery_phrase, PASSPHRASE)
    vaults.restore(ainura.vault.folder, folder, PASSPHRASE, device="again", clock=Clock()).close()

    assert unfinished.left_for(folder) == []


def test_a_copy_that_was_cut_off_is_destroyed_with_the_vault(tmp_path: Path, ainura: Someone) -> None:
    ainura.archive.close()
    folder = ainura.vault.folder
    beside = [folder.with_name(f"{folder.name}{end}") for end in (f".{'a' * 16}.unfinished", f".{'a' * 16}", ".bak")]
    for each in beside:
        shutil.copytree(folder, each)

    destroying.destroy(folder)

    assert [each.exists() for each in (folder, *beside)] == [False, False, True, True]


def test_no_vault_is_made_under_the_name_of_one_that_was_cut_off(tmp_path: Path, ainura: Someone) -> None:
    ainura.archive.close()
    place = tmp_path / f"vault.{'0' * 16}.unfinished"
    with pytest.raises(VaultUnfinishedError):
        vaults.create(place, PASSPHRASE, person="A", device="d")
    with pytest.raises(VaultUnfinishedError):
        vaults.restore(ainura.vault.folder, place, PASSPHRASE, device="d")
    assert not place.exists()
