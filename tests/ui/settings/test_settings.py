"""Settings hold at once, and outlive the window: the vault's in the vault, two words beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.i18n import use_language
from fieldapp.records.store import RecordRow
from fieldapp.services import preferences, records, vaults, views, writers
from fieldapp.services.archive import Changed
from fieldapp.services.look import Look
from fieldapp.services.preferences import Preferences
from fieldapp.ui.session import Session
from fieldapp.ui.settings.look import look_file, remember, remembered
from fieldapp.ui.settings.page import SettingsPage
from fieldapp.ui.settings.passphrase_sheet import PassphraseSheet, ways_beside
from fieldapp.ui.theme import Appearance, theme
from tests.ui.conftest import CHEAP, PASSPHRASE
from tests.ui.rooms import Rooms, sheets, words_in

OTHER = "five other quiet words indeed"


@pytest.fixture(autouse=True)
def nothing_chosen() -> Iterator[None]:
    look_file().unlink(missing_ok=True)
    yield
    look_file().unlink(missing_ok=True)
    use_language("en")
    theme().choose(Appearance.SYSTEM)


@pytest.fixture
def session(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


@pytest.fixture
def page(rooms: Rooms, session: Session) -> SettingsPage:
    page = SettingsPage(session)
    with rooms.qtbot.waitSignal(page.loaded):
        rooms.show(page)
    return page


def test_another_language_is_told_at_once_and_remembered(rooms: Rooms, page: SettingsPage) -> None:
    page.language.setCurrentIndex(page.language.findData("ru"))

    with rooms.qtbot.waitSignal(page.language_chosen) as told:
        page.language.activated.emit(page.language.currentIndex())

    assert told.args == ["ru"]
    assert remembered() == Look("ru", "")


def test_the_appearance_changes_at_once_and_is_remembered(page: SettingsPage) -> None:
    page.appearance.setCurrentIndex(page.appearance.findData("dark"))
    page.appearance.activated.emit(page.appearance.currentIndex())

    assert theme().dark
    assert remembered() == Look("", "dark")


def test_one_choice_leaves_the_other_as_it_was() -> None:
    remember(language="ru")
    remember(appearance="light")

    assert remembered() == Look("ru", "light")


def test_nothing_is_written_beside_the_vault_before_somebody_chooses(page: SettingsPage) -> None:
    page.refresh()

    assert not look_file().exists()


def test_the_time_to_lock_is_kept_in_the_vault(rooms: Rooms, page: SettingsPage, session: Session) -> None:
    assert page.lock_after.currentData() == preferences.LOCK_AFTER_S
    page.lock_after.setCurrentIndex(page.lock_after.findData(60))
    with rooms.qtbot.waitSignal(page.lock_after_chosen) as told:
        page.lock_after.activated.emit(page.lock_after.currentIndex())
    assert told.args == [60]
    assert rooms.do(session, preferences.load) == Preferences(60)

    again = SettingsPage(session)
    rooms.qtbot.addWidget(again)
    with rooms.qtbot.waitSignal(again.lock_after_chosen) as told:
        pass
    assert told.args == [60]


def fill(sheet: PassphraseSheet, old: str, new: str, again: str) -> None:
    for field, text in ((sheet.old, old), (sheet.new, new), (sheet.again, again)):
        field.clear()
        field.box._add(text)


def test_the_passphrase_is_changed(rooms: Rooms, page: SettingsPage, session: Session) -> None:
    sheet = page.change_passphrase()
    fill(sheet, PASSPHRASE, OTHER, OTHER)

    with rooms.qtbot.waitSignal(sheet.changed):
        sheet.change_button.click()

    rooms.until(lambda: any("passphrase is changed" in words_in(each) for each in sheets()))
    assert "the twelve words of the recovery phrase" in words_in(sheets()[-1])
    sheets()[-1].reject()
    rooms.do(session, lambda archive: vaults.change_passphrase(archive, OTHER, PASSPHRASE))


def test_what_opens_a_vault_beside_the_passphrase_is_told_as_it_is(
    rooms: Rooms, session: Session, tmp_path: Path
) -> None:
    alone = vaults.create(tmp_path / "alone", PASSPHRASE, person="A", device="x", phrase=False, **CHEAP).archive  # type: ignore[arg-type]  # two kinds of values in one map
    said_alone = ways_beside(alone)
    alone.close()
    rooms.do(session, lambda archive: writers.add(archive, OTHER, person="Timur"))

    said = rooms.do(session, ways_beside)

    assert said_alone == ""
    assert said.endswith(": the twelve words of the recovery phrase, the passphrases of others who write here.")


def test_the_sheet_for_a_passphrase_names_no_paper_that_need_not_exist(page: SettingsPage) -> None:
    sheet = page.change_passphrase()

    assert "paper" not in words_in(sheet)
    sheet.reject()


def test_a_wrong_old_passphrase_changes_nothing_and_asks_again(
    rooms: Rooms, page: SettingsPage, session: Session
) -> None:
    sheet = page.change_passphrase()
    fill(sheet, "not the right one", OTHER, OTHER)

    with rooms.qtbot.waitSignal(sheet.refused):
        sheet.change_button.click()

    assert "not the passphrase" in sheet.notice.words.text()
    assert sheet.isVisible()
    rooms.do(session, lambda archive: vaults.change_passphrase(archive, PASSPHRASE, PASSPHRASE))
    sheet.reject()


@pytest.mark.parametrize(("new", "again"), [("short", "short"), (OTHER, OTHER + "x"), ("", "")])
def test_a_new_passphrase_that_will_not_do_cannot_be_sent(page: SettingsPage, new: str, again: str) -> None:
    sheet = page.change_passphrase()

    fill(sheet, PASSPHRASE, new, again)

    assert not sheet.change_button.isEnabled()
    sheet.reject()


def test_what_was_typed_is_gone_when_the_sheet_is_closed(page: SettingsPage) -> None:
    sheet = page.change_passphrase()
    fill(sheet, PASSPHRASE, OTHER, "x")

    sheet.reject()

    assert [len(field) for field in (sheet.old, sheet.new, sheet.again)] == [0, 0, 0]


def test_the_lists_are_made_again(rooms: Rooms, page: SettingsPage, session: Session) -> None:
    rooms.testimony(session)
    rooms.do(session, lambda archive: archive.connection.execute("DELETE FROM record"))

    with rooms.qtbot.waitSignal(page.rebuilt) as told:
        page.rebuild_button.click()

    assert told.args == [1]
    assert rooms.do(session, lambda archive: archive.connection.value("SELECT count(*) FROM record")) == 1
    assert page.rebuild_button.isEnabled()


def test_the_page_says_where_the_vault_is_and_what_this_is(page: SettingsPage, session: Session) -> None:
    told = words_in(page)

    assert str(session.folder) in told
    assert "GNU General Public License" in told


def test_a_removed_record_is_found_and_brought_back(rooms: Rooms, session: Session, page: SettingsPage) -> None:
    made: list[Changed] = []
    session.write(page, lambda archive: records.save(archive, "person", {"name": "Oʻktam"}), made.append)
    rooms.qtbot.waitUntil(lambda: bool(made))
    record = made[0].created
    assert record is not None
    with rooms.qtbot.waitSignal(session.changed):
        session.write(page, lambda archive: records.hide(archive, record))

    sheet = page.show_removed()
    rooms.qtbot.waitUntil(lambda: sheet.list.count() == 1)
    sheet.list.item(0).setSelected(True)
    with rooms.qtbot.waitSignal(sheet.listed) as left:
        sheet.back_button.click()

    rows: list[list[RecordRow]] = []
    session.ask(page, views.rows, rows.append)
    rooms.qtbot.waitUntil(lambda: bool(rows))
    assert left.args == [0]
    assert [row.title for row in rows[0]] == ["Oʻktam"]
    sheet.reject()
