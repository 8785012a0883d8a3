"""Ways in: creation without paper, coordinators who help in, a backup restored; and inside, all their sheets."""

from __future__ import annotations

import tarfile
from pathlib import Path

from PySide6.QtWidgets import QWidget
from screens_stage import CHEAP, PASSPHRASE, Stage, type_secret
from screens_world import World

from fieldapp.services import trust, vaults, writers
from fieldapp.services.safety import backups, escrow
from fieldapp.services.trust import Role
from fieldapp.ui.opening.create import CreateScreen
from fieldapp.ui.opening.helpers import HelpersScreen
from fieldapp.ui.opening.recover import RecoverScreen
from fieldapp.ui.opening.restore import RestoreScreen
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.safety.rekey_sheet import RekeySheet
from fieldapp.ui.safety.ways_sheet import WaysSheet
from fieldapp.ui.workspace import Workspace

_NEW = "nine brand new words here"
_HEARD = "abandon " * 11 + "about"
_SLIPPED = "abandon ability ablr"
_OTHERS = {
    "en": (("Timur", "grey laptop"), ("Madina", "four of her own words")),
    "ru": (("Тимур", "серый ноутбук"), ("Мадина", "four of her own words")),
}


def before_it_is_open(stage: Stage, world: World, home: Path) -> None:
    """The ways in from outside."""
    with stage.open(None, home) as shell:
        welcome = shell.screen_shown
        assert isinstance(welcome, WelcomeScreen)
        welcome.create_button.click()
        wizard = shell.screen_shown
        assert isinstance(wizard, CreateScreen)
        wizard.place.name.setText("Dull name")
        wizard.next_button.click()
        wizard.names.person.setText("Zarina M.")
        wizard.names.device.setText("old grey laptop")
        wizard.next_button.click()
        wizard.help.people.setChecked(True)
        stage.shoot("ways-0-create", small=True)
        wizard.next_button.click()
        for field in (wizard.passphrase.first, wizard.passphrase.second):
            type_secret(field.box, PASSPHRASE)
        wizard.next_button.click()
        stage.settle()
        stage.shoot("ways-0-create-nobody-yet", small=True)
    _from_the_lock_screen(stage, world, home)


def _from_the_lock_screen(stage: Stage, world: World, home: Path) -> None:
    archive = vaults.unlock(world.field, PASSPHRASE)
    backup = world.folder / "6d01.tar"
    backups.back_up(archive, backup)
    damaged = world.folder / "6d02.tar"
    for _ in range(3):
        backups.back_up(archive, damaged)
    _damage_the_second(damaged)
    archive.close()
    with stage.open(world.field, home) as shell:
        locked = shell.screen_shown
        assert isinstance(locked, UnlockScreen)
        locked.helpers_button.click()
        screen = shell.screen_shown
        assert isinstance(screen, HelpersScreen)
        type_secret(screen.words[0].field.box, _SLIPPED)
        stage.shoot("ways-1-helpers-slip", small=True)
        type_secret(screen.words[0].field.box, _HEARD)
        stage.shoot("ways-1-helpers-heard", small=True)
        screen.next_button.click()
        type_secret(screen.words[1].field.box, _HEARD)
        screen.next_button.click()
        stage.shoot("ways-1-helpers-passphrase", small=True)
        screen.left.emit()
        stage.settle()
        shell.screen_shown.forgotten_button.click()  # type: ignore[attr-defined]  # the lock screen
        paper = shell.screen_shown
        assert isinstance(paper, RecoverScreen)
        type_secret(paper.phrase.box, _SLIPPED[:-4])
        stage.shoot("ways-1-paper", small=True)
        paper.left.emit()
        shell.screen_shown.backup_chosen.emit(backup)  # type: ignore[attr-defined]  # see above
        restore = shell.screen_shown
        assert isinstance(restore, RestoreScreen)
        stage.settle()
        restore.name.device.setText("new grey laptop")
        stage.shoot("ways-1-backup", small=True)
        restore.paper_button.click()
        stage.shoot("ways-1-backup-paper", small=True)
        shell.screen_shown.left.emit()  # type: ignore[attr-defined]  # see above
        shell.screen_shown.left.emit()  # type: ignore[attr-defined]  # see above
        shell.screen_shown.backup_chosen.emit(damaged)  # type: ignore[attr-defined]  # see above
        stage.settle()
        stage.shoot("ways-1-backup-earlier", small=True)


def inside(stage: Stage, world: World, home: Path) -> None:
    """The card's sheet and what it leads to, first with nobody who helps, then with coordinators."""
    _second_coordinator(stage, world)
    with stage.unlocked(world.field, home) as workspace:
        workspace.show_place("safety")
        stage.settle()
        stage.shoot("ways-2-page", small=True)
        sheet = workspace.safety.ways.show_ways()
        stage.shoot("ways-2-all", small=True)
        _holders(stage, workspace, sheet, world)
        _writers(stage, sheet)
        _rekey(stage, sheet)
    _held(stage, world, home)


def _holders(stage: Stage, workspace: Workspace, sheet: WaysSheet, world: World) -> None:
    holders = sheet.show_holders()
    stage.settle()
    choosing = holders.choose()
    stage.settle()
    for box in choosing.choice.boxes.values():
        box.setChecked(True)
    stage.shoot("ways-3-choose", small=True)
    choosing.choose_button.click()
    stage.settle()
    stage.shoot("ways-3-made", small=True)
    assert holders.found is not None
    office = next(each for each in holders.found.holders if each.name != _OTHERS[stage.variant.language][0][0])
    holders.write(office, world.folder / "b81c.share")
    stage.shoot("ways-3-written", small=True)
    rehearsing = holders.rehearse()
    type_secret(rehearsing.first.box, _SLIPPED[:-5])
    stage.shoot("ways-3-rehearse", small=True)
    rehearsing.reject()
    holders.accept()
    stage.settle()
    workspace.session.ask(workspace, lambda archive: trust.distrust(archive, trust.peers(archive)[0]))
    sheet.refresh()
    stage.shoot("ways-3-put-out", small=True)
    workspace.show_place("desk")
    stage.shoot("ways-3-desk")
    workspace.show_place("safety")


def _writers(stage: Stage, sheet: WaysSheet) -> None:
    people = sheet.show_writers()
    stage.settle()
    adding = people.add_writer()
    adding.name.setText(_OTHERS[stage.variant.language][1][0])
    type_secret(adding.passphrase.first.box, "four of")
    stage.shoot("ways-4-add", small=True)
    adding.reject()
    name, words = _OTHERS[stage.variant.language][1]
    sheet._session.ask(sheet, lambda archive: writers.add(archive, words, person=name))  # noqa: SLF001 - as somebody else at the keyboard
    people.refresh()
    stage.shoot("ways-4-people", small=True)
    people.accept()
    stage.settle()


def _rekey(stage: Stage, sheet: WaysSheet) -> None:
    walk = sheet.begin_rekey()
    stage.settle()
    stage.shoot("ways-5-meaning", small=True)
    walk.next_button.click()
    type_secret(walk.secrets.now.box, PASSPHRASE)
    for field in (walk.secrets.new.first, walk.secrets.new.second):
        type_secret(field.box, _NEW)
    stage.shoot("ways-5-passphrase", small=True)
    walk.next_button.click()
    stage.shoot("ways-5-others", small=True)
    walk.next_button.click()
    walk.helpers.people.setChecked(False)
    stage.shoot("ways-5-helpers", small=True)
    walk.next_button.click()
    stage.shoot("ways-5-paper", small=True)
    _to_the_end(stage, walk)


def _to_the_end(stage: Stage, walk: RekeySheet) -> None:
    walk.next_button.click()
    stage.shoot("ways-5-ask-back", small=True)
    for place, edit in walk.ask_back.answers.items():
        type_secret(edit.box, walk._phrase.split()[place])  # noqa: SLF001 - what stands on the paper
    walk.next_button.click()
    stage.shoot("ways-5-ready", small=True)
    walk.reject()
    stage.settle()


def _held(stage: Stage, world: World, home: Path) -> None:
    """At the coordinator's: a share that came, and its words."""
    with stage.unlocked(world.coordinator, home) as workspace:
        workspace.show_place("exchange")
        workspace.exchange.show_part("take_in")
        workspace.exchange.take_in.add_files([world.folder / "b81c.share"])
        stage.shoot("ways-6-came", small=True)
        workspace.show_place("safety")
        held = workspace.safety.ways.show_ways().show_held()
        stage.shoot("ways-6-held", small=True)
        found: list[escrow.Held] = []
        workspace.session.ask(workspace, escrow.held, found.extend)
        stage.settle()
        held.rehearse(found[0])
        stage.shoot("ways-6-rehearse", small=True)
        stage.sheets()[-1].reject()
        aloud = held.read_aloud(found[0])
        stage.shoot("ways-6-sure", small=True)
        _tick(aloud.called_back, aloud.heard)
        aloud.show_button.click()
        stage.shoot("ways-6-words", small=True)


def _tick(*boxes: QWidget) -> None:
    for box in boxes:
        box.setChecked(True)  # type: ignore[attr-defined]  # a box to tick


def _second_coordinator(stage: Stage, world: World) -> None:
    """One more coordinator whom the field worker trusts."""
    name, device = _OTHERS[stage.variant.language][0]
    made = vaults.create(world.folder / "Second", PASSPHRASE, person=name, device=device, **CHEAP)  # type: ignore[arg-type]  # two kinds of values in one map
    card = trust.own_card(made.archive)
    made.archive.close()
    archive = vaults.unlock(world.field, PASSPHRASE)
    trust.trust(archive, card, role=Role.COORDINATOR)
    archive.close()


def _damage_the_second(backup: Path) -> None:
    """Its second state cannot be read, so that nobody knows whether a third stands behind it."""
    with tarfile.open(backup) as tar:
        place = tar.getmember("g0002/id").offset + 1
    with backup.open("r+b") as file:
        file.seek(place)
        file.write(b"?")
