"""What others hold counts only where nothing shows that it may be gone, and nobody relies on who relies on them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fieldapp.bundles.receipt import Statement, sign, write_statement
from fieldapp.records import store
from fieldapp.records.decisions import Receipt, decision_body
from fieldapp.services import alarms, handover, keeping, receipts, removal, trust, vaults, withdrawals
from fieldapp.services.alarms import AlarmKind
from fieldapp.services.going import Basis
from fieldapp.services.receipts import Doubt
from fieldapp.services.removal import Reason
from fieldapp.services.trust import Role
from fieldapp.services.withdrawals import How
from fieldapp.values import RecordId
from tests.unit.services.people import PASSPHRASE, Someone


def told(maker: Someone, taker: Someone) -> Path:
    """A receipt in a file of its own, taken in."""
    file = maker.folder / f"{maker.name}-{next(maker.made)}.receipt"
    receipts.write_file(maker.archive, maker.peer(taker), file)
    receipts.import_file(taker.archive, file)
    return file


def here(*people: Someone, record: RecordId) -> list[str]:
    return [each.name for each in people if store.row_if_there(each.archive.connection, record)]


def doubts(somebody: Someone) -> dict[str, Doubt]:
    return {each.peer.name: each.doubt for each in receipts.holders(somebody.archive).uncounted}


def reasons(kept: Sequence[removal.Kept]) -> set[Reason]:
    return {each.reason for each in kept}


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    """A field worker, and the one coordinator whom she needs."""
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura)
    removal.set_copies_needed(ainura.archive, 1)
    return ainura, bek


def test_a_restored_coordinator_does_not_rely_on_what_others_told_before(
    ainura: Someone, bek: Someone, tmp_path: Path
) -> None:
    """Ainura's copy is of before she told Bek that his words are safe with her. He travelled light since."""
    for one, other in ((ainura, bek), (bek, ainura)):
        one.trusts(other, role=Role.COORDINATOR)
        removal.set_copies_needed(one.archive, 1)
    ainura.new("person", name="something")
    bek.takes(ainura.bundle(bek))
    words = bek.new("testimony", narrative="words")
    ainura.takes(bek.bundle(ainura))  # brings Bek's receipt: he holds his own log
    ainura.archive.close()
    shutil.copytree(ainura.vault.folder, tmp_path / "backup")
    ainura.reopen()
    told(ainura, bek)
    assert words in removal.travel_light(bek.archive).records
    clock = ainura.archive.clock
    ainura.archive.close()  # the laptop is lost
    ainura.archive = vaults.restore(
        tmp_path / "backup", tmp_path / "again", PASSPHRASE, device="new laptop", clock=clock
    )

    removal.travel_light(ainura.archive)
    assert here(ainura, bek, record=words)
    keeping.set_keeps_for_others(ainura.archive, on=False)
    removal.travel_light(ainura.archive)
    assert here(ainura, bek, record=words)


def test_a_coordinator_put_back_by_copying_files_is_not_believed_to_hold_what_came_later(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, bek = pair
    ainura.new("person", name="something")
    bek.takes(ainura.bundle(bek))
    told(bek, ainura)
    clock = bek.archive.clock
    bek.archive.close()
    shutil.copytree(bek.vault.folder, tmp_path / "backup")
    bek.reopen()
    words = ainura.new("testimony", narrative="words")
    bek.takes(ainura.bundle(bek))
    before = told(bek, ainura)
    bek.archive.close()  # the disk dies; the copy takes its place
    bek.archive = vaults.unlock(tmp_path / "backup", PASSPHRASE, clock=clock)
    told(bek, ainura)  # says honestly that the words are not there

    removal.travel_light(ainura.archive)
    assert here(ainura, record=words)
    assert doubts(ainura) == {"Bek": Doubt.PUT_BACK}
    assert [(each.kind, each.name) for each in alarms.alarms(ainura.archive)] == [(AlarmKind.PUT_BACK, "Bek")]
    bek.takes(ainura.bundle(bek))  # what was lost goes again
    assert here(bek, record=words)
    receipts.import_file(ainura.archive, before)  # the older one, once more
    assert words not in removal.travel_light(ainura.archive).records


def test_receipts_that_only_come_late_say_nothing_against_their_maker(
    pair: tuple[Someone, Someone],
) -> None:
    ainura, bek = pair
    ainura.new("person", name="something")
    bek.takes(ainura.bundle(bek))
    file = bek.folder / "late.receipt"
    receipts.write_file(bek.archive, bek.peer(ainura), file)
    told(bek, ainura)

    assert not receipts.import_file(ainura.archive, file).is_news
    assert doubts(ainura) == {}


def test_whose_log_has_two_ends_counts_as_no_copy(pair: tuple[Someone, Someone], tmp_path: Path) -> None:
    ainura, bek = pair
    ainura.new("person", name="something")
    bek.takes(ainura.bundle(bek))
    clock = bek.archive.clock
    bek.archive.close()
    shutil.copytree(bek.vault.folder, tmp_path / "backup")
    for name, folder in (("one", bek.vault.folder), ("other", tmp_path / "backup")):
        bek.archive = vaults.unlock(folder, PASSPHRASE, clock=clock)
        bek.new("person", name=name)
        ainura.takes(bek.bundle(ainura, basis=Basis.EVERYTHING))
        bek.archive.close()

    assert doubts(ainura) == {"Bek": Doubt.PUT_BACK}
    assert removal.travel_light(ainura.archive).records == ()


@pytest.mark.parametrize("late", [False, True])
def test_what_was_kept_against_a_withdrawal_is_not_given_up_to_those_who_obey_it(
    ainura: Someone, bek: Someone, chinara: Someone, late: bool
) -> None:
    """She hears of it at once, or only when the others have destroyed it; their receipts are of before."""
    ainura.trusts(bek, chinara, role=Role.COORDINATOR)
    bek.trusts(ainura)
    bek.trusts(chinara, role=Role.COORDINATOR)
    chinara.trusts(ainura)
    chinara.trusts(bek, role=Role.COORDINATOR)
    words = ainura.new("testimony", narrative="words")
    for holder in (bek, chinara):
        holder.takes(ainura.bundle(holder, basis=Basis.EVERYTHING))
        told(holder, ainura)
    removal.set_copies_needed(ainura.archive, 1)
    withdrawals.withdraw(bek.archive, words, by="a voice on the phone", how=How.SPOKEN)
    chinara.takes(bek.bundle(chinara))
    if late:
        withdrawals.confirm(chinara.archive, withdrawals.pending(chinara.archive))
    ainura.takes(chinara.bundle(ainura))
    withdrawals.decline(ainura.archive, withdrawals.pending(ainura.archive))  # she knows better
    withdrawals.confirm(bek.archive, withdrawals.pending(bek.archive))

    gone = removal.travel_light(ainura.archive)
    assert (here(ainura, record=words), reasons(gone.refused)) == (["Ainura"], {Reason.WITHDRAWN})


def test_a_file_that_is_lost_on_a_coordinators_disk_is_not_told_to_be_held(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    words = ainura.new("testimony", narrative="words")
    ainura.attach(words, b"the only photo" * 100)
    bek.takes(ainura.bundle(bek))
    for file in (bek.vault.folder / "objects").rglob("*"):
        if file.is_file():
            file.unlink()
    bek.reopen()
    told(bek, ainura)

    assert words not in removal.travel_light(ainura.archive).records
    bek.takes(ainura.bundle(bek))  # the file goes again
    told(bek, ainura)
    assert words in removal.travel_light(ainura.archive).records


@pytest.mark.parametrize("has_told", [False, True])
def test_a_machine_and_its_restored_copy_are_one_copy_from_the_beginning(
    ainura: Someone, bek: Someone, tmp_path: Path, has_told: bool
) -> None:
    """The new card is trusted; a receipt comes as a file, so no entry of the new log is here; or nothing has come."""
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura)
    words = ainura.new("testimony", narrative="words")
    bek.takes(ainura.bundle(bek))
    told(bek, ainura)
    clock = bek.archive.clock
    bek.archive.close()
    bek.archive = vaults.restore(bek.vault.folder, tmp_path / "again", PASSPHRASE, device="new", clock=clock)
    trust.trust(ainura.archive, trust.own_card(bek.archive), name="Bek new", role=Role.COORDINATOR)
    if has_told:
        told(bek, ainura)

    assert doubts(ainura) == {"Bek": Doubt.CONTINUED if has_told else Doubt.SAME_PERSON}
    assert words not in removal.travel_light(ainura.archive).records  # two copies are needed, and there is one machine
    removal.set_copies_needed(ainura.archive, 1)
    assert (words in removal.travel_light(ainura.archive).records) is has_told


def test_two_people_of_one_name_are_two_copies_once_both_have_told(
    person: Callable[[str], Someone], bek: Someone, chinara: Someone
) -> None:
    ainura = person("Ainura")
    ainura.trusts(bek, role=Role.COORDINATOR)
    other = person("bek")
    trust.trust(ainura.archive, trust.own_card(other.archive), name="Bek of Osh", role=Role.COORDINATOR)
    keeping.set_keeps_for_others(other.archive, on=True)
    words = ainura.new("testimony", narrative="words")
    for each in (bek, other):
        each.trusts(ainura)
        each.takes(ainura.bundle(each) if each is bek else bundle_for(ainura, "Bek of Osh"))
    told(bek, ainura)
    assert doubts(ainura) == {"Bek": Doubt.SAME_PERSON}
    told(other, ainura)

    assert doubts(ainura) == {}
    assert words in removal.travel_light(ainura.archive).records


def test_a_field_device_can_travel_light_with_what_coordinators_sent(
    ainura: Someone, bek: Someone, chinara: Someone
) -> None:
    """Nobody relies on a field device; what came to it before the visit may go when two coordinators hold it."""
    ainura.trusts(bek, chinara, role=Role.COORDINATOR)
    bek.trusts(ainura)
    chinara.trusts(ainura)
    bek.trusts(chinara, role=Role.COORDINATOR)
    chinara.trusts(bek, role=Role.COORDINATOR)
    who = bek.new("person", name="kanareika")
    chinara.takes(bek.bundle(chinara))
    ainura.takes(bek.bundle(ainura))
    ainura.new("testimony", narrative="mine")
    for holder in (bek, chinara):
        holder.takes(ainura.bundle(holder))
        told(holder, ainura)

    assert who in removal.travel_light(ainura.archive).records


def test_who_is_called_a_coordinator_and_keeps_nothing_is_no_copy_and_it_is_said_in_words(
    pair: tuple[Someone, Someone],
) -> None:
    ainura, bek = pair
    keeping.set_keeps_for_others(bek.archive, on=False)
    words = ainura.new("testimony", narrative="words")
    bek.takes(ainura.bundle(bek))
    told(bek, ainura)

    light = removal.qualifying(ainura.archive)
    assert (light.records, reasons(light.kept)) == ((), {Reason.COORDINATORS})
    (uncounted,) = light.uncounted
    assert receipts.doubt_words(uncounted).startswith("The device of Bek is not set to keep things for others")
    assert receipts.covered(ainura.archive, [words])[words].copies == 0
    keeping.set_keeps_for_others(bek.archive, on=True)
    assert receipts.due(bek.archive, bek.peer(ainura))
    told(bek, ainura)
    assert removal.qualifying(ainura.archive).records == (words,)


def test_what_was_promised_stays_when_the_device_keeps_nothing_more(
    ainura: Someone, bek: Someone, chinara: Someone
) -> None:
    """Chinara keeps nothing for others any more, and told so; that Ainura heard it is nowhere proved."""
    chinara.trusts(ainura)
    for one in (ainura, chinara):
        one.trusts(bek, role=Role.COORDINATOR)
        removal.set_copies_needed(one.archive, 1)
    bek.trusts(ainura, chinara)
    ainura.trusts(chinara, role=Role.COORDINATOR)
    first, later = (ainura.new("testimony", narrative=words) for words in ("first", "later"))
    for holder in (bek, chinara):
        holder.takes(ainura.bundle(holder, only=[first]))
    told(chinara, ainura)
    assert keeping.set_keeps_for_others(chinara.archive, on=False) == 1
    told(chinara, ainura)
    for holder in (bek, chinara):
        holder.takes(ainura.bundle(holder, basis=Basis.EVERYTHING))
    bek.takes(chinara.bundle(bek))
    told(bek, chinara)

    assert removal.travel_light(chinara.archive).records == (later,)
    assert not keeping.keeps_for_others(chinara.archive)
    assert list(receipts.promises(chinara.archive)) == [chinara.peer(ainura).fingerprint]


def test_a_forged_receipt_of_a_third_one_does_not_keep_the_true_ones_back(
    ainura: Someone, bek: Someone, chinara: Someone
) -> None:
    """Chinara writes "receipts" of Bek for Ainura, with the greatest number and no good signature, in her own log."""
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura, chinara)
    chinara.trusts(bek, role=Role.COORDINATOR)
    ainura.new("testimony", narrative="words")
    bek.takes(ainura.bundle(bek))
    made_by, made_for = (trust.own_card(one.archive).fingerprint for one in (bek, ainura))
    forged = write_statement(Statement(made_by, made_for, 2**53, 0))
    for signature in (bytes(64), sign(chinara.vault.identity, forged)):
        chinara.write(decision_body(Receipt(forged, signature), save=bytes(16)))
    chinara.new("person", name="x")
    bek.takes(chinara.bundle(bek))
    bek.new("person", name="y")
    ainura.takes(bek.bundle(ainura))

    assert receipts.held_by(ainura.archive, ainura.peer(bek)).statement is not None


def bundle_for(sender: Someone, name: str) -> Path:
    """A bundle for somebody by the name that they have here."""
    path = sender.folder / f"{sender.name}-{next(sender.made)}.bundle"
    peers = [trust.find_peer(sender.archive, name)]
    handover.export(sender.archive, peers, handover.select(sender.archive, to=peers), path)
    return path
