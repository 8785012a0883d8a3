"""Zarina in the field, Nodira and Timur who coordinate: words go on through a third, and their arrival is confirmed."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from fieldapp.services import records, trust
from fieldapp.services.archive import Archive
from fieldapp.services.trust import Role
from fieldapp.ui.workspace import Workspace
from tests.stories.windows import Windows, windows, words_in


def meet(people: Windows, one: Workspace, other: Workspace, roles: tuple[Role, Role]) -> None:
    """Both have added the card of the other, who is this to them."""
    cards: list[object] = []
    for each in (one, other):
        each.session.ask(each, trust.own_card, cards.append)
    people.until(lambda: len(cards) == 2)
    for workspace, card, role in ((one, cards[1], roles[0]), (other, cards[0], roles[1])):

        def work(archive: Archive, card: object = card, role: Role = role) -> None:
            trust.trust(archive, card, role=role)  # type: ignore[arg-type]  # a Card

        done: list[object] = []
        workspace.session.ask(workspace, work, done.append)
        people.until(lambda done=done: done)  # type: ignore[misc]  # one list for each turn


def hand_over(people: Windows, workspace: Workspace, name: str, path: Path) -> None:
    """All that is new for one person, with one button."""
    workspace.show_place("exchange")
    part = workspace.exchange.hand_over
    if part.look.is_done:
        part.start_over()
    workspace.exchange.show_part("hand_over")
    people.until(lambda: any(peer.name == name for peer in part.recipients.peers))
    for peer in part.recipients.peers:
        part.recipients.boxes[peer.fingerprint].setChecked(peer.name == name)
    people.until(lambda: part.seal_button.isEnabled() and [peer.name for peer in part.choice.to] == [name])
    part.seal(path)
    people.until(lambda: part.look.is_done)


def take_in(people: Windows, workspace: Workspace, path: Path) -> None:
    workspace.show_place("exchange")
    workspace.exchange.show_part("take_in")
    (card,) = workspace.exchange.take_in.add_files([path])
    people.until(lambda: card.is_ready)
    card.take()
    people.until(lambda: card.state == "done")


def test_words_go_on_through_a_third_and_the_confirmation_comes_back(qtbot: QtBot, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with windows(qtbot, tmp_path) as people:
        places = [people.vault(name, "laptop") for name in ("Zarina", "Nodira", "Timur")]
        with (
            people.unlocked(places[0]) as zarina,
            people.unlocked(places[1]) as nodira,
            people.unlocked(places[2]) as timur,
        ):
            meet(people, zarina, nodira, (Role.COORDINATOR, Role.FIELD))
            meet(people, nodira, timur, (Role.COORDINATOR, Role.COORDINATOR))
            zarina.session.write(zarina, lambda archive: records.save(archive, "testimony", {"title": "Twenty buses"}))

            hand_over(people, zarina, "Nodira", stick / "1.bin")
            take_in(people, nodira, stick / "1.bin")
            hand_over(people, nodira, "Timur", stick / "2.bin")
            take_in(people, timur, stick / "2.bin")
            timur.show_place("testimony")
            people.until(lambda: timur.records.list.model.rowCount() == 1)

            hand_over(people, nodira, "Zarina", stick / "3.bin")
            take_in(people, zarina, stick / "3.bin")
            zarina.exchange.hand_over.start_over()
            zarina.exchange.show_part("hand_over")
            people.until(lambda: "everything has arrived there" in words_in(zarina.exchange.hand_over.recipients))
