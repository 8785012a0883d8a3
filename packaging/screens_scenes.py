"""What is drawn, scene by scene, as a person would come to it: before a vault, in the field, at the coordinator's."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from screens_stage import PASSPHRASE, Stage, type_secret
from screens_world import World

from fieldapp.errors import DiskFullError, RollbackError, VaultDamagedError
from fieldapp.services import parts, trust, views
from fieldapp.services.archive import Archive
from fieldapp.ui.exchange.anew import show_go_on_anew
from fieldapp.ui.exchange.hand_over import LOOK, WHAT
from fieldapp.ui.exchange.page import ExchangePage
from fieldapp.ui.opening.create import CreateScreen
from fieldapp.ui.opening.restore import RestoreScreen
from fieldapp.ui.opening.steps import AskBackStep
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.opening.welcome import WelcomeScreen
from fieldapp.ui.settings.guide import show_guide
from fieldapp.ui.viewer.sheet import show_document
from fieldapp.ui.words import show_error
from fieldapp.ui.workspace import Workspace
from fieldapp.values import RecordId

_LATER_S = 42
_USUAL_S = 300
_WRONG_TRIES = 3


def before_a_vault(stage: Stage, world: World, home: Path) -> None:
    """Welcome, the wizard step by step, the lock screen, a wrong passphrase, the way back in."""
    with stage.open(None, home) as shell:
        stage.shoot("welcome", small=True)
        welcome = shell.screen_shown
        assert isinstance(welcome, WelcomeScreen)
        welcome.create_button.click()
        stage.settle()
        wizard = shell.screen_shown
        assert isinstance(wizard, CreateScreen)
        _walk(stage, wizard)
    with stage.open(world.field, home) as shell:
        stage.shoot("unlock", small=True)
        locked = shell.screen_shown
        assert isinstance(locked, UnlockScreen)
        notice = locked.notice
        for _ in range(_WRONG_TRIES):
            type_secret(locked.passphrase.box, "not the right words")
            locked.unlock_button.setEnabled(True)
            locked.unlock_button.click()
            stage.until(lambda: not notice.isHidden())
            stage.settle()
        stage.shoot("unlock-wrong")
        locked.copy_button.click()
        screen = shell.screen_shown
        assert isinstance(screen, RestoreScreen)
        screen.name.device.setText("new grey laptop")
        stage.shoot("unlock-copy", small=True)
        screen.left.emit()
        stage.settle()
        locked = shell.screen_shown
        assert isinstance(locked, UnlockScreen)
        locked.forgotten_button.click()
        stage.shoot("recover")


def _walk(stage: Stage, wizard: CreateScreen) -> None:
    stage.shoot("create-1-place")
    wizard.next_button.click()
    wizard.names.person.setText("Zarina M.")
    wizard.names.device.setText("old grey laptop")
    stage.shoot("create-2-names")
    wizard.next_button.click()
    wizard.next_button.click()
    type_secret(wizard.passphrase.first.box, PASSPHRASE)
    type_secret(wizard.passphrase.second.box, PASSPHRASE)
    stage.shoot("create-3-passphrase")
    wizard.next_button.click()
    stage.until(lambda: not wizard._busy.isVisible())  # noqa: SLF001 - there is no signal for it
    stage.shoot("create-4-phrase")
    wizard.next_button.click()
    step = wizard.step
    assert isinstance(step, AskBackStep)
    type_secret(next(iter(step.answers.values())).box, "abandon")
    stage.shoot("create-5-ask-back")


def in_an_empty_vault(stage: Stage, vault: Path, home: Path) -> None:
    """What a person sees on the first day."""
    with stage.unlocked(vault, home) as workspace:
        for place in ("testimony", "person", "document"):
            workspace.show_place(place)
            stage.shoot(f"empty-{place}", small=place == "testimony")
        exchange = _exchange(stage, workspace)
        for part in exchange.parts:
            exchange.show_part(part)
            stage.shoot(f"empty-exchange-{part}")


def in_the_field(stage: Stage, world: World, home: Path) -> None:
    """Lists, sheets, search, pictures, and handing over."""
    with stage.unlocked(world.field, home) as workspace:
        _records(stage, workspace, world)
        _picture(stage, workspace, world.document)
        _hand_over(stage, workspace, world)
        _own(stage, workspace, world)


def _records(stage: Stage, workspace: Workspace, world: World) -> None:
    workspace.show_place("testimony")
    _open(stage, workspace, world.testimony)
    stage.shoot("main-testimonies", small=True)
    workspace.show_place("person")
    _open(stage, workspace, world.contested)
    stage.shoot("main-people-contested", small=True)
    workspace.show_place("document")
    _open(stage, workspace, world.document)
    stage.shoot("main-documents")
    workspace.show_place("testimony")
    workspace.records.begin_new("testimony")
    stage.shoot("main-new-testimony")
    before = workspace.records.list.heading.text()
    workspace.top.search.setText("Маруфжон" if stage.variant.language == "ru" else "Marufjon")
    stage.until(lambda: workspace.records.list.heading.text() != before)
    stage.shoot("main-search")
    workspace.top.search.setText("zzzzz")
    stage.until(lambda: workspace.records.list.model.rowCount() == 0)
    stage.shoot("main-search-nothing")
    workspace.top.search.clear()
    workspace.show_place("testimony")
    _open(stage, workspace, world.testimony)
    workspace.status.say_left(_LATER_S)
    stage.shoot("lock-countdown")
    workspace.records.detail.head.history_button.click()
    stage.shoot("history")
    stage.dismiss()
    workspace.shortcuts._by_combination["F1"].call()  # noqa: SLF001 - the key itself
    stage.shoot("keys")
    stage.dismiss()
    for name, error in (
        ("error-disk-full", DiskFullError()),
        ("error-rollback", RollbackError("header")),
        ("error-damaged", VaultDamagedError("object")),
    ):
        show_error(workspace, error)
        stage.shoot(name)
        stage.dismiss()
    workspace.status.say_left(_USUAL_S)


def _picture(stage: Stage, workspace: Workspace, document: RecordId) -> None:
    view = show_document(workspace.session, document, workspace)
    stage.settle()
    stage.shoot("picture", small=True)
    view.canvas.zoom_to(2.0, QPointF(300, 200))
    stage.shoot("picture-close")
    sheet = view.save_copy()
    assert sheet is not None
    stage.shoot("picture-copy-out")
    stage.dismiss()
    QApplication.sendEvent(view, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier))
    stage.settle()


def _hand_over(stage: Stage, workspace: Workspace, world: World) -> None:
    exchange = _exchange(stage, workspace)
    part = exchange.hand_over
    stage.settle()
    stage.shoot("hand-over-1-whom", small=True)
    part.go(WHAT)
    stage.shoot("hand-over-2-new", small=True)
    part.choosing.some_button.click()
    stage.settle()
    part.choosing.model.tick([*part.choosing.model.shown[:1], world.testimony])
    part.extras.button.setChecked(True)
    part.extras.codes.box.setChecked(True)
    stage.shoot("hand-over-2-ticked", small=True)
    part.extras.choose_left_out()
    stage.shoot("hand-over-2-left-out", small=True)
    stage.dismiss()
    part.extras.codes.box.setChecked(False)
    part.extras.sizes.setCurrentIndex(1)
    part.go(LOOK)
    stage.shoot("hand-over-3-look", small=True)
    part.extras.sizes.setCurrentIndex(0)
    target = world.folder / "9c41e0b2.bin"
    part.seal(target)
    stage.until(lambda: part.look.is_done)
    stage.shoot("hand-over-4-done", small=True)
    part.start_over()


def _own(stage: Stage, workspace: Workspace, world: World) -> None:
    exchange = _exchange(stage, workspace)
    exchange.show_part("card")
    stage.shoot("my-card", small=True)
    show_go_on_anew(workspace.session, workspace)
    stage.shoot("my-card-anew")
    stage.dismiss()
    exchange.show_part("people")
    stage.shoot("people-trusted")
    exchange.people.show_person(exchange.people.peers[0])
    stage.shoot("people-one", small=True)
    stage.dismiss()
    exchange.people.compare(trust.read_card_file(world.partner_card))
    stage.settle()
    sheet = stage.sheets()[-1]
    for button in sheet.words[:3]:  # type: ignore[attr-defined]  # a CompareSheet
        button.setChecked(True)
    stage.shoot("trust-words", small=True)
    sheet.differ_button.click()  # type: ignore[attr-defined]  # see above
    stage.shoot("trust-differ")
    stage.dismiss()
    workspace.show_place("settings")
    stage.shoot("settings", small=True)
    workspace.settings.change_passphrase()
    stage.shoot("settings-passphrase")
    stage.dismiss()
    show_guide(workspace)
    stage.shoot("help")
    stage.dismiss()


def at_the_coordinator(stage: Stage, world: World, home: Path) -> None:
    """Taking in, with every kind of outcome."""
    with stage.unlocked(world.coordinator, home) as workspace:
        exchange = _exchange(stage, workspace)
        exchange.show_part("take_in")
        part = exchange.take_in
        part.add_files([world.bundle(name) for name in ("damaged", "unknown", "first", "second")])
        stage.settle()
        stage.shoot("take-in-looked", small=True)
        for card in part.cards:
            if card.state in ("ready", "stranger"):
                card.take()
        stage.settle()
        for card in list(part.cards):
            if card.state == "done":
                card._on_show()  # noqa: SLF001 - its button
            else:
                card.removed.emit()
        stage.shoot("take-in-done")
        for card in list(part.cards):
            card.removed.emit()
        stage.shoot("take-in-waiting", small=True)
        part.add_files([world.bundle("third")])
        stage.settle()
        part.cards[0].take()
        stage.settle()
        part.cards[0].removed.emit()
        part.add_files(_by_number(world)[1:])
        stage.settle()
        stage.shoot("take-in-parts")
        _lost(stage, workspace, world)


def _lost(stage: Stage, workspace: Workspace, world: World) -> None:
    """A device is said to be lost; what it wrote later waits, and is looked at."""
    exchange = workspace.exchange
    exchange.show_part("people")
    stage.settle()
    exchange.people.show_person(exchange.people.peers[0])
    stage.shoot("take-in-people-one", small=True)
    stage.dismiss()
    sheet = exchange.people.report_lost(exchange.people.peers[0])
    sheet.day.setDate(sheet.day.date().addDays(-2))
    stage.shoot("take-in-people-lost", small=True)
    sheet.all_button.setChecked(True)
    stage.settle()
    sheet.revoke_button.click()
    stage.settle()
    stage.shoot("take-in-people-lost-list", small=True)
    exchange.show_part("take_in")
    exchange.take_in.add_files(_by_number(world)[:1])
    stage.settle()
    exchange.take_in.cards[0].take()
    stage.settle()
    exchange.take_in.cards[0].removed.emit()
    stage.shoot("take-in-aside", small=True)
    known = [sender for sender in exchange.take_in.waiting.waiting if sender.name]
    exchange.take_in.look_inside(known[0])
    stage.shoot("take-in-aside-look", small=True)
    stage.dismiss()


def _by_number(world: World) -> list[Path]:
    return sorted(world.pieces, key=lambda piece: parts.look(piece).head.number)


def window_picture(stage: Stage, world: World, home: Path) -> None:
    """The picture in the README."""
    with stage.unlocked(world.field, home) as workspace:
        workspace.show_place("testimony")
        stage.settle()
        latest = workspace.records.list.model.row_at(0)
        assert latest is not None
        _open(stage, workspace, latest.id)
        stage.shoot("window")


def _exchange(stage: Stage, workspace: Workspace) -> ExchangePage:
    workspace.show_place("exchange")
    stage.settle()
    return workspace.exchange


def _open(stage: Stage, workspace: Workspace, record: RecordId) -> None:
    stage.settle()

    def read(archive: Archive) -> views.RecordRow:
        return views.row(archive, record)

    workspace.session.ask(workspace, read, workspace.records.open)
    stage.settle()
