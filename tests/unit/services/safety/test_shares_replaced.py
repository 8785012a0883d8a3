"""A vault that has several cards, one after the other or side by side: its keeper is told which share is of now.

Nothing is dropped for it: which of two shares opens what is the owner's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.bundles import share
from fieldapp.bundles.share import Replaced, Statement
from fieldapp.services import cards, trust, vaults, writers
from fieldapp.services.safety import escrow, holding_shares
from fieldapp.services.safety.escrow import Held
from fieldapp.services.trust import Role
from tests.unit.services.people import PASSPHRASE, Clock, Someone

OTHER = "another good passphrase"


@pytest.fixture
def ainura(person: Callable[[str], Someone]) -> Someone:
    return person("Ainura")


@pytest.fixture
def keepers(ainura: Someone, person: Callable[[str], Someone]) -> list[Someone]:
    """Two coordinators who know her."""
    found = [person(name) for name in ("Bek", "Chinara")]
    ainura.trusts(*found, role=Role.COORDINATOR)
    for each in found:
        each.trusts(ainura)
    return found


def card(whose: Someone) -> bytes:
    return cards.own_card(whose.archive).fingerprint


def hand_over(owner: Someone, keepers: list[Someone]) -> None:
    """Choose these and give each their file, which they take in."""
    escrow.choose(owner.archive, [owner.peer(each) for each in keepers])
    for each in keepers:
        path = owner.folder / f"{owner.name}-{next(owner.made)}.share"
        escrow.write(owner.archive, card(each), path)
        escrow.import_file(each.archive, path)


def begin_as_gulnara(ainura: Someone) -> None:
    """Somebody else writes in the same vault, and unlocks it."""
    writers.add(ainura.archive, OTHER, person="Gulnara")
    ainura.archive.close()
    ainura.archive = vaults.unlock(ainura.vault.folder, OTHER, clock=Clock(1_800_000_000_000))


def by_owner(keeper: Someone) -> dict[bytes, Held]:
    return {each.owner: each for each in escrow.held(keeper.archive)}


def test_a_share_that_another_writer_of_the_vault_made_later_stands_in_for_the_first(
    ainura: Someone, keepers: list[Someone]
) -> None:
    bek = keepers[0]
    hand_over(ainura, keepers)
    before = card(ainura)
    begin_as_gulnara(ainura)
    bek.trusts(ainura)
    keepers[1].trusts(ainura)

    hand_over(ainura, keepers)

    held = by_owner(bek)
    assert (held[before].replaced_by, held[card(ainura)].replaced_by) == (card(ainura), None)
    assert [held[before].number, held[card(ainura)].number] == [1, 2]
    assert escrow.words(bek.archive, before) != escrow.words(bek.archive, card(ainura))


def test_a_share_of_a_restored_vault_stands_in_for_that_of_its_card_before(
    ainura: Someone, keepers: list[Someone], tmp_path: Path
) -> None:
    bek = keepers[0]
    hand_over(ainura, keepers)
    before = card(ainura)
    ainura.archive.close()
    clock = Clock(1_800_000_000_000)
    ainura.archive = vaults.restore(ainura.vault.folder, tmp_path / "new", PASSPHRASE, device="tablet", clock=clock)
    trust.distrust(bek.archive, trust.find_peer(bek.archive, "Ainura"))
    for each in keepers:
        trust.trust(each.archive, cards.own_card(ainura.archive), name="Ainura" if each is bek else "Ainura tablet")

    hand_over(ainura, keepers)

    assert by_owner(bek)[before].replaced_by == card(ainura)
    assert holding_shares.find(bek.archive, "Ainura").owner == card(ainura)
    assert [each.owner for each in escrow.held(bek.archive)] == [card(ainura), before]
    ainura.archive.close()


def test_of_two_cards_of_one_name_here_the_one_that_is_trusted_now_is_meant(
    ainura: Someone, keepers: list[Someone], person: Callable[[str], Someone]
) -> None:
    bek = keepers[0]
    hand_over(ainura, keepers)
    trust.distrust(bek.archive, bek.peer(ainura))
    another = person("Another")
    another.trusts(*keepers, role=Role.COORDINATOR)
    keepers[1].trusts(another)
    trust.trust(bek.archive, cards.own_card(another.archive), name="Ainura")
    hand_over(another, keepers)

    assert [each.replaced_by for each in escrow.held(bek.archive)] == [None, None]
    assert holding_shares.find(bek.archive, "Ainura").owner == card(another)


def test_shares_that_come_in_the_wrong_order_are_told_apart_just_the_same(
    ainura: Someone, keepers: list[Someone]
) -> None:
    bek = keepers[0]
    before = card(ainura)
    escrow.choose(ainura.archive, [ainura.peer(each) for each in keepers])
    late = ainura.folder / "late.share"
    escrow.write(ainura.archive, card(bek), late)
    begin_as_gulnara(ainura)
    for each in keepers:
        each.trusts(ainura)
    hand_over(ainura, keepers)

    escrow.import_file(bek.archive, late)

    assert by_owner(bek)[before].replaced_by == card(ainura)


def given(keeper: Someone, signer: Someone, **changes: object) -> Statement:
    """Have a keeper take in a share that its signer made up."""
    made = Statement(
        owner=card(signer),
        holder=card(keeper),
        person=signer.name,
        device="laptop",
        number=99,
        time_ms=1_800_000_000_000,
        share=bytes(16),
        others=("Nodira",),
    )
    statement = replace(made, **changes)  # type: ignore[arg-type]
    encoded = share.write_statement(statement)
    path = signer.folder / f"made-up-{next(signer.made)}.share"
    signature = share.sign(signer.vault.identity, encoded)
    path.write_bytes(share.seal_share(encoded, signature, cards.own_card(keeper.archive).recipient))
    escrow.import_file(keeper.archive, path)
    return statement


def test_nobody_can_say_that_their_share_stands_in_for_somebody_elses(
    ainura: Someone, keepers: list[Someone], person: Callable[[str], Someone]
) -> None:
    bek, dilshod = keepers[0], person("Dilshod")
    bek.trusts(dilshod)
    hand_over(ainura, keepers)
    keys, victim = dilshod.vault.identity, card(ainura)
    to_other = share.vouch(ainura.vault.identity, card(ainura), card(bek), 99)
    to_elsewhere = share.vouch(ainura.vault.identity, card(dilshod), card(keepers[1]), 99)
    of_other_count = share.vouch(ainura.vault.identity, card(dilshod), card(bek), 2)
    signed = share.sign(ainura.vault.identity, card(dilshod) + card(bek) + (99).to_bytes(8, "big"))
    by_himself = share.vouch(keys, card(dilshod), card(bek), 99)

    for number, voucher in enumerate((bytes(64), by_himself, to_other, to_elsewhere, of_other_count, signed)):
        given(bek, dilshod, replaces=(Replaced(victim, voucher),), time_ms=1_800_000_000_000 + number)
        assert by_owner(bek)[victim].replaced_by is None
    assert len(escrow.held(bek.archive)) == 2

    voucher = share.vouch(ainura.vault.identity, card(dilshod), card(bek), 100)
    given(bek, dilshod, number=100, replaces=(Replaced(victim, voucher),))
    assert by_owner(bek)[victim].replaced_by == card(dilshod)
    trust.distrust(bek.archive, bek.peer(dilshod))
    assert by_owner(bek)[victim].replaced_by is None


def test_a_share_of_the_same_count_stands_in_for_none(ainura: Someone, keepers: list[Someone]) -> None:
    """A copy of the vault that was restored counts on from its own day, and the vault before may go on elsewhere."""
    bek = keepers[0]
    hand_over(ainura, keepers)
    before, keys = card(ainura), ainura.vault.identity
    begin_as_gulnara(ainura)
    bek.trusts(ainura)

    given(bek, ainura, number=1, replaces=(Replaced(before, share.vouch(keys, card(ainura), card(bek), 1)),))

    assert [each.replaced_by for each in escrow.held(bek.archive)] == [None, None]
