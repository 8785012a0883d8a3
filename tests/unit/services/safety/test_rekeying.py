"""A new key: nothing of before opens the vault, nobody is forgotten without being told, and it happens whole or not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.errors import (
    DiskFullError,
    HoldersError,
    PassphraseTakenError,
    PassphraseTooShortError,
    RecoveryPhraseError,
    RollbackError,
    SlotsFullError,
    VaultDamagedError,
    WriterNotFoundError,
    WriterPassphraseError,
    WrongPassphraseError,
    WrongSharesError,
)
from fieldapp.services import cards, documents, shares, trust, vaults, views, writers
from fieldapp.services.safety import escrow, rekeying
from fieldapp.services.safety.escrow import Help
from fieldapp.services.trust import Role
from tests.unit.services.people import PASSPHRASE, Someone, tree

NEW, OTHER, THIRD = "a new good passphrase", "another good passphrase", "a third good passphrase"


def comes_in(someone: Someone, passphrase: str) -> None:
    someone.archive.close()
    someone.archive = vaults.unlock(someone.vault.folder, passphrase, clock=someone.archive.clock)


@pytest.fixture
def two(person: Callable[[str], Someone], ainura: Someone) -> list[Someone]:
    """Two coordinators who know Ainura."""
    found = [person(name) for name in ("Bek", "Chinara")]
    ainura.trusts(*found, role=Role.COORDINATOR)
    for each in found:
        each.trusts(ainura)
    return found


def peers(owner: Someone, holders: list[Someone]) -> list[trust.Peer]:
    return [owner.peer(each) for each in holders]


def handed_over(owner: Someone, holders: list[Someone]) -> tuple[str, str]:
    """Writes the files, has them taken in, and gives the words."""
    words = []
    for each in holders:
        path = owner.folder / f"{each.name}-{next(owner.made)}.share"
        escrow.write(owner.archive, owner.peer(each).fingerprint, path)
        escrow.import_file(each.archive, path)
        words.append(escrow.words(each.archive, cards.own_card(owner.archive).fingerprint))
    return words[0], words[1]


def test_passphrase_phrase_and_shares_of_before_open_nothing(ainura: Someone, two: list[Someone]) -> None:
    record = ainura.new("person", name="Timur")
    document = ainura.attach(record, b"a photograph" * 1000)[0]
    escrow.choose(ainura.archive, peers(ainura, two))
    spoken = handed_over(ainura, two)
    phrase = rekeying.new_phrase()
    told = rekeying.plan(ainura.archive)
    assert (told.others, told.phrase, [each.name for each in told.holders]) == ((), True, ["Bek", "Chinara"])
    folder = ainura.vault.folder

    done = rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=phrase, holders=peers(ainura, two))

    assert done.left_out == ()
    assert not ainura.vault.is_open
    with pytest.raises(WrongPassphraseError):
        vaults.unlock(folder, PASSPHRASE)
    with pytest.raises(WrongPassphraseError):
        vaults.recover(folder, ainura.recovery_phrase, THIRD)
    with pytest.raises(WrongSharesError):
        vaults.recover_with_shares(folder, *spoken, THIRD)
    comes_in(ainura, NEW)
    assert views.view(ainura.archive, record).row.title == "Timur"
    assert escrow.state(ainura.archive).help is Help.PHRASE, "the new shares are with nobody yet"
    anew = handed_over(ainura, two)
    assert set(anew).isdisjoint(spoken)
    while rekeying.unfinished(ainura.archive):
        rekeying.continue_rekey(ainura.archive, most=1)
    with ainura.vault.objects.open(documents.content_of(ainura.archive, document)) as file:
        assert file.read() == b"a photograph" * 1000
    ainura.archive.close()
    ainura.archive = vaults.recover_with_shares(folder, *anew, THIRD, clock=ainura.archive.clock)
    ainura.archive.close()
    ainura.archive = vaults.recover(folder, phrase, PASSPHRASE, clock=ainura.archive.clock)


def test_shares_that_are_not_renewed_are_gone_and_the_vault_says_so(ainura: Someone, two: list[Someone]) -> None:
    escrow.choose(ainura.archive, peers(ainura, two))
    spoken = handed_over(ainura, two)

    rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=None)

    comes_in(ainura, NEW)
    state = escrow.state(ainura.archive)
    assert (state.help, state.phrase, state.holders) == (Help.NOBODY, False, ())
    ainura.archive.close()
    with pytest.raises(WrongSharesError):
        vaults.recover_with_shares(ainura.vault.folder, *spoken, THIRD)
    ainura.archive = vaults.unlock(ainura.vault.folder, NEW, clock=ainura.archive.clock)


def test_a_new_key_ends_what_was_spoken(ainura: Someone, two: list[Someone]) -> None:
    escrow.choose(ainura.archive, peers(ainura, two))
    spoken = handed_over(ainura, two)
    ainura.archive.close()
    ainura.archive = vaults.recover_with_shares(ainura.vault.folder, *spoken, NEW, clock=ainura.archive.clock)
    escrow.choose(ainura.archive, peers(ainura, two))
    assert escrow.state(ainura.archive).should_rotate, "choosing anew is not enough: a copy of before still opens"

    rekeying.rekey(ainura.archive, NEW, THIRD, phrase=None, holders=peers(ainura, two))

    comes_in(ainura, THIRD)
    assert not escrow.state(ainura.archive).should_rotate


def test_who_gives_their_passphrase_stays_in_and_who_does_not_is_let_in_anew(ainura: Someone) -> None:
    daniyar = writers.add(ainura.archive, OTHER, person="Daniyar")
    writers.add(ainura.archive, THIRD, person="Erkin")
    assert [each.name for each in rekeying.plan(ainura.archive).others] == ["Daniyar", "Erkin"]

    done = rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=None, others={daniyar.id: OTHER})

    assert done.left_out == ("Erkin",)
    comes_in(ainura, OTHER)
    assert cards.own_card(ainura.archive).fingerprint == daniyar.card.fingerprint
    with pytest.raises(WrongPassphraseError):
        comes_in(ainura, THIRD)
    comes_in(ainura, NEW)
    erkin = writers.find(ainura.archive, "Erkin")
    assert not erkin.can_open
    assert rekeying.plan(ainura.archive).others == (writers.find(ainura.archive, "Daniyar"),)

    assert writers.let_in(ainura.archive, erkin.id, THIRD).can_open

    comes_in(ainura, THIRD)
    assert cards.own_card(ainura.archive).fingerprint == erkin.card.fingerprint


def test_everything_is_checked_before_anything_is_changed(ainura: Someone, two: list[Someone]) -> None:
    daniyar = writers.add(ainura.archive, OTHER, person="Daniyar")
    before = tree(ainura.vault.folder)
    asked: dict[str, object] = {"phrase": None, "others": {}, "holders": ()}
    cases: list[tuple[str, str, dict[str, object], type[Exception]]] = [
        (THIRD, NEW, {}, WrongPassphraseError),
        (OTHER, NEW, {}, WrongPassphraseError),
        (ainura.recovery_phrase, NEW, {}, WrongPassphraseError),
        (PASSPHRASE, "short", {}, PassphraseTooShortError),
        (PASSPHRASE, PASSPHRASE, {}, PassphraseTakenError),
        (PASSPHRASE, OTHER, {"others": {daniyar.id: OTHER}}, PassphraseTakenError),
        (PASSPHRASE, NEW, {"others": {daniyar.id: THIRD}}, WriterPassphraseError),
        (PASSPHRASE, NEW, {"others": {daniyar.id: PASSPHRASE}}, WriterPassphraseError),
        (PASSPHRASE, NEW, {"others": {ainura.vault.writer: PASSPHRASE}}, WriterNotFoundError),
        (PASSPHRASE, NEW, {"others": {77: OTHER}}, WriterNotFoundError),
        (PASSPHRASE, NEW, {"phrase": "no phrase at all"}, RecoveryPhraseError),
        (PASSPHRASE, NEW, {"holders": peers(ainura, two[:1])}, HoldersError),
    ]
    for now, new, more, error in cases:
        with pytest.raises(error):
            rekeying.rekey(ainura.archive, now, new, **{**asked, **more})  # type: ignore[arg-type]
        assert ainura.vault.is_open
    assert tree(ainura.vault.folder) == before
    comes_in(ainura, PASSPHRASE)


def test_there_must_be_room_for_everybody(ainura: Someone, two: list[Someone]) -> None:
    others = {}
    for number in range(6):
        typed = f"passphrase of number {number}"
        others[writers.add(ainura.archive, typed, person=f"Writer {number}").id] = typed

    with pytest.raises(SlotsFullError):
        rekeying.rekey(
            ainura.archive,
            PASSPHRASE,
            NEW,
            phrase=rekeying.new_phrase(),
            others=others,
            holders=peers(ainura, two),
        )
    assert ainura.vault.is_open
    assert escrow.state(ainura.archive).holders == ()


def test_a_new_key_that_did_not_come_leaves_the_shares_of_before(
    ainura: Someone, two: list[Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    escrow.choose(ainura.archive, peers(ainura, two))
    spoken = handed_over(ainura, two)

    def full(*_given: object, **_named: object) -> None:
        raise DiskFullError

    with monkeypatch.context() as patch:
        patch.setattr(type(ainura.vault), "rekey", full)
        with pytest.raises(DiskFullError):
            rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=None, holders=peers(ainura, two))
    assert escrow.state(ainura.archive).help is Help.WRITTEN
    comes_in(ainura, PASSPHRASE)
    assert escrow.state(ainura.archive).help is Help.WRITTEN
    ainura.archive.close()
    ainura.archive = vaults.recover_with_shares(ainura.vault.folder, *spoken, NEW)


def test_new_shares_never_stand_under_the_key_of_before(
    ainura: Someone, two: list[Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, made = ainura.vault.folder, dict[bytes, bytes]()
    really = shares.new_shares

    def watched(holders: list[trust.Peer]) -> dict[bytes, bytes]:
        made.update(really(holders))
        return made

    seen: list[tuple[str, bytes]] = []
    connection = ainura.archive.connection
    execute = type(connection).execute

    def noting(self: object, sql: str, values: tuple[object, ...] = ()) -> object:
        if self is connection:
            seen.extend((sql, value) for value in values if isinstance(value, bytes))
        return execute(self, sql, values)  # type: ignore[arg-type]

    monkeypatch.setattr(shares, "new_shares", watched)
    monkeypatch.setattr(type(connection), "execute", noting)

    rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=None, holders=peers(ainura, two))

    assert made
    assert not any(share in value for share in made.values() for _sql, value in seen)
    ainura.archive = vaults.unlock(folder, NEW, clock=ainura.archive.clock)
    assert [each.written_ms for each in escrow.state(ainura.archive).holders] == [None, None]


def test_the_header_of_before_beside_the_database_of_now_opens_nothing(ainura: Someone, tmp_path: Path) -> None:
    ainura.new("person", name="Timur")
    folder = ainura.vault.folder
    kept = tmp_path / "kept"
    ainura.archive.close()
    shutil.copytree(folder, kept)
    ainura.archive = vaults.unlock(folder, PASSPHRASE, clock=ainura.archive.clock)
    rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=None)
    thief = tmp_path / "thief"
    shutil.copytree(folder, thief)
    for name in ("header.a", "header.b"):
        shutil.copy(kept / name, thief / name)

    with pytest.raises((VaultDamagedError, RollbackError)):
        vaults.unlock(thief, PASSPHRASE)

    ainura.archive = vaults.unlock(folder, NEW, clock=ainura.archive.clock)


def test_with_a_new_card_the_keys_of_a_copy_open_and_sign_nothing_that_comes_later(ainura: Someone) -> None:
    before = trust.own_card(ainura.archive)
    writers.add(ainura.archive, "another good passphrase", person="Daniyar")
    rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=None, others={2: "another good passphrase"}, new_card=True)

    comes_in(ainura, NEW)

    after = trust.own_card(ainura.archive)
    assert (after.person, after.device) == (before.person, before.device)
    assert after.log != before.log
    assert after.recipient.public != before.recipient.public
    assert len(ainura.vault.own_logs) == 4
    comes_in(ainura, NEW)
    assert trust.own_card(ainura.archive) == after


def test_a_new_card_is_due_where_somebody_may_have_a_copy(ainura: Someone) -> None:
    assert not rekeying.plan(ainura.archive).copy_likely
    other = writers.add(ainura.archive, "another good passphrase", person="Daniyar")
    assert not rekeying.plan(ainura.archive).copy_likely
    writers.remove(ainura.archive, other.id)
    assert rekeying.plan(ainura.archive).copy_likely
