"""Whose share it is: the name that was given here, a claimed one as such, and two of one look told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import Held
from fieldapp.ui.safety.shares_held import HeldSheet
from tests.ui.rooms import Rooms, words_in

OURS = Held(
    owner=bytes.fromhex("3f2a91bc" + "00" * 28),
    name="Zarina from the hostel",
    person="Z.",
    device="laptop",
    number=1,
    made_ms=1_700_000_000_000,
    arrived_ms=1_700_000_000_000,
    others=(),
    trusted=True,
    told_ms=None,
)
OTHER = bytes.fromhex("77aa0021" + "00" * 28)


@pytest.fixture
def parent(rooms: Rooms) -> QWidget:
    parent = QWidget()
    rooms.show(parent)
    return parent


def shown(rooms: Rooms, parent: QWidget, monkeypatch: pytest.MonkeyPatch, *found: Held) -> HeldSheet:
    """The sheet as it is where these shares are kept."""
    monkeypatch.setattr(escrow, "held", lambda _archive: list(found))
    sheet = HeldSheet(rooms.new("Nodira K."), parent)
    with rooms.qtbot.waitSignal(sheet.loaded):
        sheet.open()
    return sheet


def names(sheet: QWidget) -> list[str]:
    return [label.text() for label in sheet.findChildren(QLabel) if label.property("look") == "strong"]


def test_the_name_that_was_given_here_is_shown_and_not_the_claimed_one(
    rooms: Rooms, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = shown(
        rooms, parent, monkeypatch, OURS, replace(OURS, owner=OTHER, name="Timur", person="Zarina from the hostel")
    )

    assert names(sheet) == ["Zarina from the hostel", "Timur"]


def test_a_name_that_is_only_claimed_says_so_everywhere(
    rooms: Rooms, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = replace(OURS, name="", trusted=False)
    sheet = shown(rooms, parent, monkeypatch, claims)

    (name,) = names(sheet)
    aloud = words_in(sheet.read_aloud(claims))

    assert "not checked" in name
    assert "not checked" in aloud
    assert "Anybody can call themselves so" in aloud


def test_two_of_the_same_look_are_told_apart_by_their_cards(
    rooms: Rooms, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = replace(OURS, owner=OTHER, name="", person="zarina from the h0stel")
    sheet = shown(rooms, parent, monkeypatch, OURS, claims)

    one, other = names(sheet)
    aloud = words_in(sheet.read_aloud(OURS))

    assert one.endswith("card 3f2a 91bc")
    assert other.endswith("card 77aa 0021")
    assert "card 3f2a 91bc" in aloud
    rooms.until(lambda: words_in(sheet).count("compare the digits") == len(names(sheet)))


def test_one_alone_needs_no_digits(rooms: Rooms, parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = shown(rooms, parent, monkeypatch, OURS)

    assert names(sheet) == ["Zarina from the hostel"]
    rooms.until(lambda: "share number" in words_in(sheet))
    assert "compare the digits" not in words_in(sheet)


def test_a_share_that_a_newer_one_of_the_same_vault_replaces_says_so(
    rooms: Rooms, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = replace(OURS, owner=OTHER, name="Timur", number=2)
    older = replace(OURS, replaced_by=OTHER)
    sheet = shown(rooms, parent, monkeypatch, newer, older)

    rooms.until(lambda: words_in(sheet).count("a newer share of the same vault") == 1)
    assert "a newer share of the same vault" in words_in(sheet.read_aloud(older))
    assert "a newer share" not in words_in(sheet.read_aloud(newer))
