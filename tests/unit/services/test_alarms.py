"""What nobody does by accident is told: copies in use, clocks that jump, old files; counted, and never lost."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from fieldapp.bundles.bag import BundleInfo, Have, Recipient
from fieldapp.services import alarms, trust, vaults
from fieldapp.services.alarms import Alarm, AlarmKind
from fieldapp.values import EntryId
from fieldapp.vault import journal
from fieldapp.vault.entry import Body, Entry, Header, write_body, write_header
from fieldapp.vault.journal import Moment, Receiver, SealedEntry
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


def branched(someone: Someone, seq: int, after: Sequence[EntryId], time_ms: int) -> list[SealedEntry]:
    """Entries at one place of somebody's log, one after each of these, as only who has the key can make them."""
    made = []
    for prev in after:
        body = write_body(Body("new kind", bytes(16), {}), secrets.token_bytes(16))
        header = Header(
            log=someone.archive.own_log, seq=seq, prev=prev, tick=9999, time_ms=time_ms, zone_minutes=0,
            body_hash=hashlib.sha256(body).digest(), body_len=len(body),
        )  # fmt: skip
        unsigned = Entry(header, write_header(header), b"")
        made.append(SealedEntry(unsigned.header_bytes, someone.vault.author.sign(unsigned.signed_bytes), body))
    return made


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


def test_a_lie_about_our_log_that_was_dismissed_silences_nobody_else(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    ainura.trusts(chinara)
    to = (Recipient(trust.own_card(ainura.archive).fingerprint, 1),)

    def tells(somebody: Someone, seq: int) -> None:
        have = Have(ainura.archive.own_log, seq, EntryId(secrets.token_bytes(32)))
        info = BundleInfo(bytes(16), trust.own_card(somebody.archive).fingerprint, to, (have,))
        with ainura.vault.saving():
            alarms.note_bundle(ainura.archive, info)

    tells(bek, 2**40)
    alarms.dismiss(ainura.archive, alarms.alarms(ainura.archive))
    assert alarms.alarms(ainura.archive) == []
    tells(chinara, 9)

    assert [(each.kind, each.other, each.seq) for each in alarms.alarms(ainura.archive)] == [
        (AlarmKind.ROLLBACK, "Chinara", 9)
    ]


def test_quiet_vaults_are_quiet(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    for number in range(3):
        bek.new("person", name=f"{number}")
        assert ainura.takes(bek.bundle(ainura)).alarms == ()

    assert alarms.alarms(ainura.archive) == alarms.alarms(bek.archive) == []


def test_who_branches_a_log_at_many_places_makes_one_alarm_and_no_pairs(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    bek.new("person", name="B")
    ainura.takes(bek.bundle(ainura))
    log = bek.archive.own_log
    head, now = journal.heads(ainura.archive.connection)[log], bek.archive.clock().time_ms
    first = branched(bek, head.seq + 1, [head.id] * 30, now)
    ids = [EntryId(hashlib.sha256(each.header_bytes + each.signature).digest()) for each in first]
    second = branched(bek, head.seq + 2, ids, now - 10 * DAY_MS)

    with ainura.vault.saving() as connection:
        list(Receiver(connection, connection.value("SELECT max(id) FROM arrival")).receive_all([*first, *second]))

    assert [(each.kind, each.count) for each in alarms.alarms(ainura.archive)] == [(AlarmKind.FORK, 2)]


def test_jumps_of_one_clock_are_one_alarm_with_the_longest_of_them(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    bek.new("person", name="B")
    ainura.takes(bek.bundle(ainura))
    log = bek.archive.own_log
    head, now = journal.heads(ainura.archive.connection)[log], bek.archive.clock().time_ms
    last, sealed = head.id, []
    for place, days in enumerate((0, -2, 0, -5, 0, -3), start=head.seq + 1):
        (entry,) = branched(bek, place, [last], now + days * DAY_MS)
        last = EntryId(hashlib.sha256(entry.header_bytes + entry.signature).digest())
        sealed.append(entry)

    with ainura.vault.saving() as connection:
        list(Receiver(connection, connection.value("SELECT max(id) FROM arrival")).receive_all(sealed))

    alarm = only(ainura)
    assert (alarm.kind, alarm.count, alarm.seq, alarm.off_ms) == (AlarmKind.CLOCK, 3, head.seq + 2, -5 * DAY_MS)
