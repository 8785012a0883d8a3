"""Who comes in with what after a repair, where the page that said so was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldapp.errors import WayLostError, WriterNotFoundError, WriterUnclearError, WrongPassphraseError
from fieldapp.records.ids import new_record_id
from fieldapp.services import drafts, vaults, writers
from fieldapp.services.archive import Archive
from fieldapp.services.safety import checking, rekeying, rescue
from fieldapp.services.safety.rescue import Rescue
from fieldapp.services.ways import ByPhrase, Way
from fieldapp.vault import kept_ways
from tests.unit.services.people import PASSPHRASE, Clock, someone
from tests.unit.services.safety.wrecks import Wreck

BEKS, CHINARAS, NEW = "another good passphrase", "a third good passphrase", "a brand new passphrase"
WITHOUT_A_COPY = "DELETE FROM setting WHERE name = 'ways'"


@dataclass
class Shared:
    """A closed vault in which Ainura and Chinara write, and Bek did until he was removed."""

    wreck: Wreck
    phrase: str
    to: Path

    def repair(self, way: Way = PASSPHRASE, who: str | None = None) -> Rescue:
        before = self.wreck.tree()
        done = rescue.repair(self.wreck.folder, self.to, way, device="another laptop", who=who, clock=Clock())
        assert self.wreck.tree() == before
        return done

    def told(self, passphrase: str) -> tuple[str, dict[str, bool]]:
        """Who comes in with a passphrase, and who has one there; closed again."""
        archive = vaults.unlock(self.to, passphrase)
        told = _told(archive)
        assert checking.check(archive).damage == ()
        archive.close()
        return told

    def told_by_phrase(self, writer: str, passphrase: str = NEW) -> tuple[str, dict[str, bool]]:
        archive = vaults.recover(self.to, self.phrase, passphrase, writer=writer)
        told = _told(archive)
        archive.close()
        return told


def _told(archive: Archive) -> tuple[str, dict[str, bool]]:
    active = writers.active(archive)
    return next(each.name for each in active if each.me), {each.name: each.can_open for each in active}


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    ainura = someone(tmp_path, "Ainura")
    ainura.new("testimony", title="A call")
    bek = writers.add(ainura.archive, BEKS, person="Bek")
    writers.add(ainura.archive, CHINARAS, person="Chinara")
    writers.remove(ainura.archive, bek.id)
    ainura.archive.close()
    return Shared(Wreck(ainura.vault.folder, {}), ainura.recovery_phrase, tmp_path / "new")


BOTH = {"Ainura": True, "Chinara": True}


@pytest.mark.parametrize("who", [PASSPHRASE, CHINARAS])
@pytest.mark.parametrize("table", ["slot", "writer"])
def test_a_page_that_says_who_is_who_can_go_and_everybody_comes_in_as_before(
    shared: Shared, table: str, who: str
) -> None:
    shared.wreck.flip_page_of(table)

    done = shared.repair(who)

    assert (done.whole, done.ways_lost, done.keys_lost, done.put_out) == (False, False, False, 0)
    assert shared.told(PASSPHRASE) == ("Ainura", BOTH)
    assert shared.told(CHINARAS) == ("Chinara", BOTH)
    with pytest.raises(WrongPassphraseError):
        vaults.unlock(shared.to, BEKS)
    assert shared.told_by_phrase("Chinara") == ("Chinara", BOTH)


def test_a_vault_that_never_wrote_it_down_twice_does_so_at_the_next_unlocking(shared: Shared) -> None:
    archive = vaults.unlock(shared.wreck.folder, PASSPHRASE)
    with archive.connection.transaction():
        archive.connection.execute(WITHOUT_A_COPY)
    archive.close()
    vaults.unlock(shared.wreck.folder, PASSPHRASE).close()
    shared.wreck.flip_page_of("slot")

    shared.repair()

    assert shared.told(CHINARAS) == ("Chinara", BOTH)


def test_where_nothing_tells_whose_a_passphrase_is_who_repairs_says_it(shared: Shared) -> None:
    """The others are told to be let in anew, and not that somebody put old files back; the phrase opens as before."""
    shared.wreck.change(WITHOUT_A_COPY)
    shared.wreck.flip_page_of("slot")

    with pytest.raises(WriterUnclearError) as unclear:
        shared.repair(CHINARAS)
    with pytest.raises(WriterNotFoundError):
        shared.repair(CHINARAS, "Bek")
    assert not shared.to.exists()
    done = shared.repair(CHINARAS, "chinara")

    assert unclear.value.known == ("Ainura", "Chinara")
    assert (done.ways_lost, done.put_out) == (True, 0)
    assert shared.told(CHINARAS) == ("Chinara", {"Ainura": False, "Chinara": True})
    with pytest.raises(WayLostError):
        vaults.unlock(shared.to, PASSPHRASE)
    assert shared.told_by_phrase("Chinara") == ("Chinara", {"Ainura": False, "Chinara": True})
    assert shared.told_by_phrase("Ainura", "and one more of hers") == ("Ainura", BOTH)


def test_with_the_phrase_each_comes_in_as_who_they_say_they_are(shared: Shared) -> None:
    shared.wreck.change(WITHOUT_A_COPY)
    shared.wreck.flip_page_of("slot")

    with pytest.raises(WriterUnclearError):
        shared.repair(ByPhrase(shared.phrase, NEW))
    done = shared.repair(ByPhrase(shared.phrase, NEW, "Chinara"))

    assert done.ways_lost
    assert shared.told(NEW) == ("Chinara", {"Ainura": False, "Chinara": True})


def test_a_new_key_ends_what_the_repair_could_not_tell(shared: Shared) -> None:
    shared.wreck.change(WITHOUT_A_COPY)
    shared.wreck.flip_page_of("slot")
    shared.repair(PASSPHRASE, "Ainura")
    archive = vaults.unlock(shared.to, PASSPHRASE)
    assert kept_ways.are_lost(archive.connection)

    rekeying.rekey(archive, PASSPHRASE, NEW, phrase=None)

    archive = vaults.unlock(shared.to, NEW)
    assert not kept_ways.are_lost(archive.connection)
    archive.close()
    with pytest.raises(WrongPassphraseError):
        vaults.unlock(shared.to, CHINARAS)


def test_who_alone_writes_in_a_vault_need_not_say_so(tmp_path: Path) -> None:
    person = someone(tmp_path, "Ainura")
    person.archive.close()
    alone = Shared(Wreck(person.vault.folder, {}), person.recovery_phrase, tmp_path / "new")
    alone.wreck.change(WITHOUT_A_COPY)
    alone.wreck.flip_page_of("slot")

    assert alone.repair().ways_lost

    assert alone.told(PASSPHRASE) == ("Ainura", {"Ainura": True})
    assert alone.told_by_phrase("Ainura") == ("Ainura", {"Ainura": True})


def test_where_nothing_tells_who_was_removed_nobody_without_a_way_in_writes_again(shared: Shared) -> None:
    shared.wreck.change(WITHOUT_A_COPY)
    shared.wreck.flip_page_of("writer")

    done = shared.repair(CHINARAS)

    assert (done.ways_lost, done.put_out) == (False, 1)
    assert shared.told(CHINARAS) == ("Chinara", BOTH)
    assert shared.told(PASSPHRASE) == ("Ainura", BOTH)


@pytest.mark.parametrize("by_phrase", [False, True])
def test_where_nothing_at_all_is_left_only_who_repairs_writes_on(shared: Shared, *, by_phrase: bool) -> None:
    shared.wreck.change(WITHOUT_A_COPY)
    shared.wreck.flip_page_of("writer")
    shared.wreck.flip_page_of("slot")
    way: Callable[[str | None], Way] = lambda who: ByPhrase(shared.phrase, NEW, who) if by_phrase else CHINARAS  # noqa: E731

    with pytest.raises(WriterUnclearError) as unclear:
        shared.repair(way(None))
    done = shared.repair(way("Chinara"), "Chinara")

    assert unclear.value.known == ("Ainura", "Bek", "Chinara")
    assert (done.ways_lost, done.put_out) == (True, 2)
    assert shared.told(NEW if by_phrase else CHINARAS) == ("Chinara", {"Chinara": True})


def test_who_was_typing_is_not_put_out(tmp_path: Path) -> None:
    person = someone(tmp_path, "Ainura")
    bek = writers.add(person.archive, BEKS, person="Bek")
    person.archive.close()
    archive = vaults.unlock(person.vault.folder, BEKS)
    drafts.keep(archive, new_record_id(archive.own_log), "testimony", {"title": "Cut off"})
    archive.close()
    left = Shared(Wreck(person.vault.folder, {}), person.recovery_phrase, tmp_path / "new")
    left.wreck.change(WITHOUT_A_COPY, f"DELETE FROM slot WHERE writer = {bek.id}")
    left.wreck.flip_page_of("writer")

    assert left.repair().put_out == 0

    assert left.told(PASSPHRASE) == ("Ainura", {"Ainura": True, "Bek": False})


def test_of_who_was_removed_nothing_may_be_left_but_keys(shared: Shared) -> None:
    """No entry and no card says any more who it was."""
    shared.wreck.change(
        "DELETE FROM body WHERE entry IN (SELECT id FROM entry WHERE log IN (SELECT id FROM log WHERE writer = 2))",
        "DELETE FROM entry WHERE log IN (SELECT id FROM log WHERE writer = 2)",
        "DELETE FROM setting WHERE name GLOB 'card*'",
    )

    shared.repair()

    assert shared.told(PASSPHRASE) == ("Ainura", BOTH)
    with pytest.raises(WrongPassphraseError):
        vaults.unlock(shared.to, BEKS)


def test_who_lost_their_keys_keeps_their_passphrase_and_is_nobody_else(shared: Shared) -> None:
    """Their names stood in their logs; no two people are called the same."""
    shared.wreck.flip_page_of("log")

    done = shared.repair(CHINARAS)

    assert (done.keys_lost, done.ways_lost) == (True, False)
    names = {"another laptop": True, "another laptop 2": True}
    assert shared.told(PASSPHRASE) == ("another laptop", names)
    assert shared.told(CHINARAS) == ("another laptop 2", names)
