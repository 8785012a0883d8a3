"""What nobody does by accident is told: copies in use, clocks that jump, old files; counted, and never lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldapp.services import alarms, trust, vaults
from fieldapp.services.alarms import Alarm, AlarmKind
from fieldapp.vault.journal import Moment
from tests.unit.services.people import PASSPHRASE, Clock, Someone

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    ainura.trusts(bek)
    bek.trusts(ainura)
    return ainura, bek


def kinds(someone: Someone) -> list[AlarmKind]:
    return [each.kind for each in alarms.alarms(someone.archive)]


def only(someone: Someone) -> Alarm:
    (alarm,) = alarms.alarms(someone.archive)
    return alarm


def copied(someone: Someone, place: Path) -> Someone:
    """The vault of somebody as it is now, copied and opened on another machine."""
    someone.archive.close()
    shutil.copytree(someone.vault.folder, place)
    someone.archive = vaults.unlock(someone.vault.folder, PASSPHRASE, clock=Clock())
    archive = vaults.unlock(place, PASSPHRASE, clock=Clock())
    return Someone(someone.name, archive, place.parent, "", made=iter(range(100, 200)))


def test_a_copied_vault_in_use_on_two_machines_is_told_on_both_sides(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, bek = pair
    ainura.new("person", name="A")
    twin = copied(ainura, tmp_path / "twin")
    ainura.new("person", name="Here")
    twin.new("person", name="There")
    bek.takes(ainura.bundle(bek))

    outcome = bek.takes(twin.bundle(bek))

    assert {each.kind for each in outcome.alarms} == {AlarmKind.FORK, AlarmKind.TWO_BUNDLES}
    assert {each.name for each in outcome.alarms} == {"Ainura"}
    back = bek.bundle(ainura)
    assert AlarmKind.CLONE in {each.kind for each in ainura.takes(back).alarms}
    clone = next(each for each in alarms.alarms(ainura.archive) if each.kind is AlarmKind.CLONE)
    assert clone.log == ainura.archive.own_log and clone.known
    assert ainura.takes(back).alarms == ()
    before = alarms.alarms(ainura.archive)
    vaults.rebuild(ainura.archive)
    assert alarms.alarms(ainura.archive) == before
    twin.archive.close()


def test_an_alarm_that_was_seen_comes_back_when_there_is_more_of_it(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, bek = pair
    twin = copied(ainura, tmp_path / "twin")
    ainura.new("person", name="Here")
    twin.new("person", name="There")
    bek.takes(ainura.bundle(bek))
    bek.takes(twin.bundle(bek))

    alarms.dismiss(bek.archive, alarms.alarms(bek.archive))

    assert alarms.alarms(bek.archive) == []
    assert {each.dismissed for each in alarms.alarms(bek.archive, dismissed=True)} == {True}
    ainura.new("person", name="Here, again")
    bek.takes(ainura.bundle(bek))
    twin.new("person", name="There, again")
    raised = bek.takes(twin.bundle(bek)).alarms
    assert AlarmKind.FORK in {each.kind for each in raised}
    assert AlarmKind.FORK in kinds(bek)
    twin.archive.close()


def test_a_clock_that_goes_back_by_years_is_told_once(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    bek.new("person", name="A")
    bek.archive = type(bek.archive)(bek.vault, lambda: Moment(1_400_000_000_000, 0))
    bek.new("person", name="B")
    bek.new("person", name="C")

    outcome = ainura.takes(bek.bundle(ainura))

    (alarm,) = outcome.alarms
    assert (alarm.kind, alarm.name, alarm.count) == (AlarmKind.CLOCK, "Bek", 1)
    assert alarm.off_ms < -DAY_MS
    assert only(bek).log == bek.archive.own_log


def test_a_clock_ahead_is_told_and_one_that_is_a_little_off_is_not(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    now = ainura.archive.clock().time_ms
    bek.archive = type(bek.archive)(bek.vault, lambda: Moment(now + DAY_MS // 2, 0))
    bek.new("person", name="A")
    assert ainura.takes(bek.bundle(ainura)).alarms == ()
    bek.archive = type(bek.archive)(bek.vault, lambda: Moment(now + 3 * DAY_MS, 0))
    bek.new("person", name="B")

    (alarm,) = ainura.takes(bek.bundle(ainura)).alarms

    assert alarm.kind is AlarmKind.CLOCK and alarm.off_ms > 2 * DAY_MS


def test_old_files_put_back_are_told_by_whoever_has_more(pair: tuple[Someone, Someone], tmp_path: Path) -> None:
    ainura, bek = pair
    bek.new("person", name="B")
    ainura.new("person", name="A")
    old = copied(ainura, tmp_path / "old")
    ainura.new("person", name="Lost")
    bek.takes(ainura.bundle(bek))
    assert [peer.name for peer in trust.peers(old.archive)] == ["Bek"]

    outcome = old.takes(bek.bundle(ainura))

    assert outcome.alarms and {each.kind for each in outcome.alarms} <= {AlarmKind.ROLLBACK, AlarmKind.CLONE}
    old.archive.close()


def test_quiet_vaults_are_quiet(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    for number in range(3):
        bek.new("person", name=f"{number}")
        assert ainura.takes(bek.bundle(ainura)).alarms == ()

    assert alarms.alarms(ainura.archive) == alarms.alarms(bek.archive) == []
