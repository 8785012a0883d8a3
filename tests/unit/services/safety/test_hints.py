"""What the desk mentions of the safety of a vault, and when it falls silent; what would be lost with a vault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fieldapp.services import erasure, records, vaults
from fieldapp.services.safety import backups, destroying, looking_after
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.services.safety.hints import BACKUP_DAYS, Hint, hints
from tests.unit.services.people import PASSPHRASE, Clock, Someone

DAY_MS = 24 * 60 * 60 * 1000
MINE = {Hint.DAMAGED, Hint.NO_BACKUP, Hint.BACKUP_KEEPS}


def mentioned(someone: Someone) -> list[Hint]:
    return [hint for hint in hints(someone.archive) if hint in MINE]


def days_go_by(someone: Someone, days: int) -> None:
    clock = someone.archive.clock
    assert isinstance(clock, Clock)
    clock.now_ms += days * DAY_MS


def test_a_vault_without_a_backup_is_mentioned_when_it_is_a_month_old(ainura: Someone) -> None:
    ainura.new("person", name="A")
    days_go_by(ainura, BACKUP_DAYS - 1)
    assert mentioned(ainura) == []

    days_go_by(ainura, 1)
    assert mentioned(ainura) == [Hint.NO_BACKUP]


def test_an_old_backup_is_mentioned_where_something_was_written_since(ainura: Someone, tmp_path: Path) -> None:
    backups.back_up(ainura.archive, tmp_path / "b")
    days_go_by(ainura, BACKUP_DAYS)
    assert mentioned(ainura) == []

    ainura.new("person", name="A")
    assert mentioned(ainura) == [Hint.NO_BACKUP]
    backups.back_up(ainura.archive, tmp_path / "b")
    assert mentioned(ainura) == []


def test_a_backup_that_keeps_what_was_erased_is_mentioned_until_the_next(ainura: Someone, tmp_path: Path) -> None:
    record = ainura.new("person", name="A")
    backups.back_up(ainura.archive, tmp_path / "b")
    with ainura.vault.saving():
        erasure.take_off(ainura.archive, erasure.reach(ainura.archive, [record]), for_good=True)
    assert mentioned(ainura) == [Hint.BACKUP_KEEPS]

    backups.back_up(ainura.archive, tmp_path / "b")
    assert mentioned(ainura) == []


def test_damage_is_mentioned_until_a_check_finds_none(ainura: Someone) -> None:
    damaged = Report((Finding(Kind.OBJECT_MISSING), Finding(Kind.LEFTOVER)), 1, 1, 1, 1)
    assert looking_after.note_check(ainura.archive, damaged).damage == 1
    assert mentioned(ainura) == [Hint.DAMAGED]

    looking_after.note_check(ainura.archive, Report((), 1, 1, 1, 1))
    assert mentioned(ainura) == []


def test_what_was_looked_after_outlives_the_lock(ainura: Someone, tmp_path: Path) -> None:
    assert looking_after.looked_after(ainura.archive).checked_ms is None
    looking_after.note_backup_place(ainura.archive, tmp_path / "stick" / "b")
    looking_after.note_check(ainura.archive, Report((), 1, 1, 1, 1))
    folder = ainura.vault.folder
    ainura.archive.close()

    with_clock = Clock(now_ms=1_790_000_000_000 + 3 * DAY_MS)
    archive = vaults.unlock(folder, PASSPHRASE, clock=with_clock)
    remembered = looking_after.looked_after(archive)
    archive.close()

    assert (remembered.backup_place, remembered.days, remembered.damage) == (tmp_path / "stick" / "b", 2, 0)


def test_how_long_ago_a_check_was_is_not_known_where_the_clock_went_back(ainura: Someone) -> None:
    days_go_by(ainura, 400)
    looking_after.note_check(ainura.archive, Report((), 1, 1, 1, 1))

    days_go_by(ainura, -400)
    remembered = looking_after.looked_after(ainura.archive)

    assert remembered.checked_ms is not None
    assert remembered.days is None


def test_a_place_that_no_text_can_say_is_not_remembered(ainura: Someone) -> None:
    remembered = looking_after.note_backup_place(ainura.archive, Path(os.fsdecode(b"/stick/\xff.backup")))

    assert remembered.backup_place is None


@pytest.mark.parametrize("kept", [b"\xff", b"\xa1\x66damage\x61x"])
def test_what_cannot_be_read_counts_as_not_remembered(ainura: Someone, kept: bytes) -> None:
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("INSERT INTO setting VALUES ('looked after', ?)", (kept,))

    assert looking_after.looked_after(ainura.archive).damage == 0


def test_what_would_be_lost_with_a_vault_is_counted(ainura: Someone, bek: Someone, tmp_path: Path) -> None:
    ainura.trusts(bek)
    one, other = ainura.new("person", name="A"), ainura.new("testimony", title="B")
    ainura.bundle(bek, only=[one])
    records.link(ainura.archive, other, one, "narrator")
    (ainura.vault.folder / "notes.txt").write_text("mine")

    lost = destroying.lost_with(ainura.archive)

    assert (lost.records, lost.elsewhere.waiting, lost.elsewhere.sent) == (2, 1, 1)
    assert (lost.backup.made_ms, lost.foreign) == (None, 1)
