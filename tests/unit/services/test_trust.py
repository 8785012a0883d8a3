"""Who is trusted, under which name, and whom nobody can be taken for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.bundles.card import Card
from fieldapp.errors import (
    CardDamagedError,
    CardTextError,
    FileUnreadableError,
    OwnCardError,
    PeerAmbiguousError,
    PeerNameTakenError,
    PeerNotFoundError,
    PlaceTakenError,
    PlaceUnwritableError,
)
from fieldapp.services import arrivals, trust
from fieldapp.vault.entry import Body
from tests.unit.services.people import Someone


def card_of(someone: Someone) -> Card:
    return trust.own_card(someone.archive)


def test_a_card_goes_through_a_file(ainura: Someone, bek: Someone, tmp_path: Path) -> None:
    path = tmp_path / "ainura.card"
    written = trust.write_card_file(ainura.archive, path)

    read = trust.read_card_file(path)

    assert read == written and len(read.words) == 8
    assert trust.trust(bek.archive, read).name == "Ainura"
    with pytest.raises(PlaceTakenError):
        trust.write_card_file(ainura.archive, path)
    with pytest.raises(PlaceUnwritableError):
        trust.write_card_file(ainura.archive, tmp_path / "no" / "where")


def test_what_is_no_card_is_told(tmp_path: Path, ainura: Someone) -> None:
    path = tmp_path / "card"
    with pytest.raises(FileUnreadableError):
        trust.read_card_file(path)
    good = card_of(ainura).file
    for content in (b"", b"x", good[:-1], good + b"x", good[:100] + b"\0" + good[101:], bytes(10**6)):
        path.write_bytes(content)
        with pytest.raises(CardDamagedError):
            trust.read_card_file(path)


def test_the_own_card_is_for_others(ainura: Someone) -> None:
    with pytest.raises(OwnCardError):
        trust.trust(ainura.archive, card_of(ainura))


def test_the_newest_decision_counts_whatever_ticks_others_send(ainura: Someone, bek: Someone) -> None:
    ainura.archive.connection.execute(
        "INSERT OR REPLACE INTO setting VALUES ('tick', ?)", ((2**53 - 1).to_bytes(7, "big"),)
    )
    for _ in range(6):
        trust.trust(ainura.archive, card_of(bek))
        assert [peer.name for peer in trust.peers(ainura.archive)] == ["Bek"]
        trust.distrust(ainura.archive, trust.find_peer(ainura.archive, "Bek"))
        assert trust.peers(ainura.archive) == []
    assert [peer.name for peer in trust.known_cards(ainura.archive)] == ["Bek"]


def test_a_name_can_be_changed_and_belongs_to_one(
    ainura: Someone, bek: Someone, chinara: Someone, person: Callable[[str], Someone]
) -> None:
    trust.trust(ainura.archive, card_of(bek), name="  Aunt   Bek ")
    assert trust.find_peer(ainura.archive, "aunt bek").card == card_of(bek)

    for name in ("Aunt Bek", "AUNT BEK", "Aunt\u00a0Bek", "Aunt Be\u0301k"):
        with pytest.raises(PeerNameTakenError):
            trust.trust(ainura.archive, card_of(chinara), name=name)
    trust.trust(ainura.archive, card_of(bek), name="Uncle")
    trust.trust(ainura.archive, card_of(chinara), name="Aunt Bek")

    assert [peer.name for peer in trust.peers(ainura.archive)] == ["Aunt Bek", "Uncle"]


@pytest.mark.parametrize(
    ("called", "other"),
    [
        ("Bek", "\u0412\u0435k"),  # Cyrillic Ve and Ie
        ("Bek", "\u0392ek"),  # Greek Beta
        ("Bek", "Be\u043a"),
        ("\u0421\u0430\u0440\u0430", "Capa"),
        ("\u0401\u043c\u0430", "Ema"),
        ("\u0406van", "Ivan"),
        ("\u0406\u0432\u0430\u043d", "\u0418\u0432\u0430\u043d"),  # spelling habits count as well
        ("Aliya", "AIiya"),
        ("Cho 1", "Ch\u03bf l"),
    ],
)
def test_nobody_is_given_a_name_that_only_looks_like_anothers(
    ainura: Someone, bek: Someone, chinara: Someone, called: str, other: str
) -> None:
    trust.trust(ainura.archive, card_of(bek), name=called)

    with pytest.raises(PeerNameTakenError):
        trust.trust(ainura.archive, card_of(chinara), name=other)

    assert trust.find_peer(ainura.archive, other).card == card_of(bek)


def test_names_that_look_different_are_different(
    ainura: Someone, bek: Someone, chinara: Someone, person: Callable[[str], Someone]
) -> None:
    names = ("Bek", "Бек", "Bec")

    for someone, name in zip((bek, chinara, person("Dina")), names, strict=True):
        trust.trust(ainura.archive, card_of(someone), name=name)

    assert {peer.name for peer in trust.peers(ainura.archive)} == set(names)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "a\u202eb"])
def test_a_name_that_would_deceive_is_refused(ainura: Someone, bek: Someone, name: str) -> None:
    with pytest.raises(CardTextError):
        trust.trust(ainura.archive, card_of(bek), name=name)

    assert trust.peers(ainura.archive) == []


def test_people_are_found_by_name_or_fingerprint_and_never_by_guess(
    ainura: Someone, bek: Someone, chinara: Someone
) -> None:
    ainura.trusts(bek)
    digits = card_of(bek).fingerprint.hex()
    trust.trust(ainura.archive, card_of(chinara), name=digits[:8])

    assert trust.find_peer(ainura.archive, f" {digits[:4]} {digits[4:12]} ".upper()).name == "Bek"
    with pytest.raises(PeerAmbiguousError):
        trust.find_peer(ainura.archive, digits[:8])
    for text in ("", " ", digits[:5], "zzzzzz", "nobody"):
        with pytest.raises(PeerNotFoundError) as unknown:
            trust.find_peer(ainura.archive, text)
        assert set(unknown.value.known) == {"Bek", digits[:8]}


def test_nobody_elses_trust_becomes_ours(ainura: Someone, bek: Someone, chinara: Someone) -> None:
    ainura.trusts(bek)
    bek.trusts(ainura, chinara)
    bek.new("person", name="A")
    bek.write(Body("trust", bytes(16), {"card": card_of(chinara).file, "name": "C", "state": "trusted"}))
    ainura.takes(bek.bundle(ainura))
    # Also where the body of such an entry did come, from a program that does not withhold it.
    ainura.archive.connection.execute("UPDATE body SET kind = 'trust' WHERE kind = 'edit'")

    assert [peer.name for peer in trust.peers(ainura.archive)] == ["Bek"]


def test_what_a_person_says_of_others_is_not_what_a_card_says(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    peer = trust.find_peer(ainura.archive, "Bek")

    assert replace(peer.card, person="x").fingerprint == peer.fingerprint
    assert arrivals.receiving(ainura.archive).trusted == {peer.fingerprint: "Bek"}
