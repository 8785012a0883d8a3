"""Coordinators keep shares: any two help the owner in, one alone nothing; what is forged, old or foreign is refused."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from fieldapp.bundles import share
from fieldapp.bundles.share import open_share, seal_share, sign, write_statement
from fieldapp.crypto import recovery
from fieldapp.crypto.keyslots import SlotKind
from fieldapp.errors import (
    DiskFullError,
    FileUnreadableError,
    HolderNotFoundError,
    HoldersError,
    PlaceTakenError,
    RecoveryPhraseError,
    ShareDamagedError,
    ShareDayError,
    ShareGoneError,
    ShareNotForYouError,
    ShareNotFoundError,
    ShareSameError,
    ShareSenderError,
    ShareSpokenError,
    ShareWordsError,
    SlotsFullError,
    WrongPassphraseError,
    WrongSharesError,
)
from fieldapp.services import cards, incoming, paper, receipts, revoking, shares, trust, vaults, writers
from fieldapp.services.incoming import Sealed
from fieldapp.services.safety import escrow, holding_shares, rekeying
from fieldapp.services.safety.escrow import Help
from fieldapp.services.trust import Role
from fieldapp.vault.journal import stored_entries
from tests.unit.services.people import CHEAP, PASSPHRASE, Clock, Someone, payload_of, tree

NEW = "a new good passphrase"


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Someone]:
    """Ainura, whose vault has no phrase on paper."""
    made = vaults.create(
        tmp_path / "field vault",
        PASSPHRASE,
        person="Ainura",
        device="laptop",
        phrase=False,
        parameters=CHEAP,
        floor_kib=0,
        clock=Clock(),
    )
    assert made.recovery_phrase is None
    someone = Someone("Ainura", made.archive, tmp_path, "")
    yield someone
    someone.archive.close()


@pytest.fixture
def three(owner: Someone, person: Callable[[str], Someone]) -> list[Someone]:
    """Three coordinators who know the owner."""
    found = [person(name) for name in ("Bek", "Chinara", "Daniyar")]
    owner.trusts(*found, role=Role.COORDINATOR)
    for each in found:
        each.trusts(owner)
    return found


def chosen(owner: Someone, *holders: Someone) -> None:
    escrow.choose(owner.archive, [owner.peer(each) for each in holders])


def handed_over(owner: Someone, holder: Someone) -> Path:
    path = owner.folder / f"{owner.name}-{holder.name}-{next(owner.made)}.share"
    escrow.write(owner.archive, owner.peer(holder).fingerprint, path)
    escrow.import_file(holder.archive, path)
    return path


def rehearsal_words_of(holder: Someone, owner: Someone) -> str:
    return escrow.rehearsal_words(holder.archive, trust.own_card(owner.archive).fingerprint)


def words_of(holder: Someone, owner: Someone) -> str:
    return escrow.words(holder.archive, cards.own_card(owner.archive).fingerprint)


def forged(whose: Someone, keeper: Someone, signer: Someone, **changes: object) -> Path:
    """A file like that of a share, with something else in it."""
    statement = share.Statement(
        owner=cards.own_card(whose.archive).fingerprint,
        holder=cards.own_card(keeper.archive).fingerprint,
        person="Ainura",
        device="laptop",
        number=9,
        time_ms=1_800_000_000_000,
        share=bytes(16),
        others=("Nodira",),
    )
    encoded = write_statement(replace(statement, **changes))  # type: ignore[arg-type]
    path = whose.folder / f"forged-{next(whose.made)}.share"
    sealed = seal_share(encoded, sign(signer.vault.identity, encoded), cards.own_card(keeper.archive).recipient)
    path.write_bytes(sealed)
    return path


def test_without_a_phrase_nobody_can_help_until_two_have_their_files(owner: Someone, three: list[Someone]) -> None:
    assert escrow.state(owner.archive).help is Help.NOBODY
    chosen(owner, *three)
    assert escrow.state(owner.archive).help is Help.NOT_YET
    handed_over(owner, three[0])
    assert escrow.state(owner.archive).help is Help.NOT_YET
    handed_over(owner, three[1])
    assert escrow.state(owner.archive).help is Help.WRITTEN
    for each in three[:2]:
        escrow.rehearse(owner.archive, rehearsal_words_of(each, owner))
    assert escrow.state(owner.archive).help is Help.SURE
    assert not escrow.state(owner.archive).should_rotate


def test_with_a_phrase_the_paper_helps(ainura: Someone) -> None:
    assert escrow.state(ainura.archive).help is Help.PHRASE


def test_a_phrase_that_was_shown_and_never_asked_back_helps_nobody(ainura: Someone) -> None:
    paper.note_shown(ainura.archive)
    ainura.reopen()
    assert escrow.state(ainura.archive).help is Help.NOBODY

    paper.note_written(ainura.archive)
    assert escrow.state(ainura.archive).help is Help.PHRASE

    paper.note_shown(ainura.archive)
    rekeying.rekey(ainura.archive, PASSPHRASE, NEW, phrase=rekeying.new_phrase())
    ainura.archive = vaults.unlock(ainura.vault.folder, NEW)
    assert escrow.state(ainura.archive).help is Help.PHRASE


def test_who_has_come_in_with_the_phrase_has_it(ainura: Someone) -> None:
    """It was shown and never asked back; whoever typed its twelve words has written them down."""
    paper.note_shown(ainura.archive)
    ainura.archive.close()

    ainura.archive = vaults.recover(ainura.vault.folder, ainura.recovery_phrase, NEW)

    assert escrow.state(ainura.archive).help is Help.PHRASE


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (2, 1)])
def test_any_two_of_three_open_the_vault(owner: Someone, three: list[Someone], pair: tuple[int, int]) -> None:
    chosen(owner, *three)
    for each in three:
        handed_over(owner, each)
    first, second = (words_of(three[place], owner) for place in pair)
    owner.archive.close()

    owner.archive = vaults.recover_with_shares(owner.vault.folder, first, second, NEW, clock=owner.archive.clock)

    state = escrow.state(owner.archive)
    assert state.spoken_ms is not None
    assert state.should_rotate
    owner.archive.close()
    with pytest.raises(WrongPassphraseError):
        vaults.unlock(owner.vault.folder, PASSPHRASE)
    owner.archive = vaults.unlock(owner.vault.folder, NEW, clock=owner.archive.clock)


def test_one_share_alone_opens_nothing(owner: Someone, three: list[Someone], person: Callable[[str], Someone]) -> None:
    chosen(owner, *three)
    for each in three:
        handed_over(owner, each)
    other = person("Erkin")
    other.trusts(*three, role=Role.COORDINATOR)
    for each in three:
        each.trusts(other)
    chosen(other, *three)
    handed_over(other, three[0])
    mine, foreign = words_of(three[0], owner), words_of(three[0], other)
    owner.archive.close()
    before = tree(owner.vault.folder)

    with pytest.raises(ShareSameError):
        vaults.recover_with_shares(owner.vault.folder, mine, f" {mine.upper()} ", NEW)
    with pytest.raises(WrongSharesError):
        vaults.recover_with_shares(owner.vault.folder, mine, foreign, NEW)
    with pytest.raises(WrongPassphraseError):
        vaults.recover(owner.vault.folder, mine, NEW)
    with pytest.raises(RecoveryPhraseError):
        vaults.recover_with_shares(owner.vault.folder, mine, "abandon", NEW)
    assert tree(owner.vault.folder) == before


def test_a_share_is_here_until_its_file_is_written_and_never_after(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three[:2])
    fingerprint = owner.peer(three[0]).fingerprint
    taken = owner.folder / "taken.share"
    taken.write_bytes(b"somebody's")
    with pytest.raises(PlaceTakenError):
        escrow.write(owner.archive, fingerprint, taken)
    assert taken.read_bytes() == b"somebody's"

    handed_over(owner, three[0])

    secret = bytes(recovery.to_secret(words_of(three[0], owner)))
    settings = owner.archive.connection.execute("SELECT value FROM setting")
    assert not any(secret in value for (value,) in settings)
    with pytest.raises(ShareGoneError):
        escrow.write(owner.archive, fingerprint, owner.folder / "again.share")
    assert not (owner.folder / "again.share").exists()
    with pytest.raises(HolderNotFoundError):
        escrow.write(owner.archive, owner.peer(three[2]).fingerprint, owner.folder / "other.share")


def test_a_file_whose_writing_could_not_be_noted_is_taken_back(
    owner: Someone, three: list[Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(owner, *three[:2])
    path = owner.folder / "bek.share"

    def full(*_given: object) -> None:
        raise DiskFullError

    with monkeypatch.context() as patch:
        patch.setattr(shares, "note_written", full)
        with pytest.raises(DiskFullError):
            escrow.write(owner.archive, owner.peer(three[0]).fingerprint, path)
    assert not path.exists()
    handed_over(owner, three[0])


def test_only_two_or_three_different_coordinators_keep_shares(
    owner: Someone, three: list[Someone], person: Callable[[str], Someone]
) -> None:
    field, many = person("Field"), person("Erkin")
    owner.trusts(field)
    owner.trusts(many, role=Role.COORDINATOR)
    peers = [owner.peer(each) for each in three]
    namesake = replace(peers[1].card, person="  bek")
    for holders, reason in (
        (peers[:1], "few"),
        ([*peers, owner.peer(many)], "many"),
        ([peers[0], peers[0]], "twice"),
        ([peers[0], owner.peer(field)], "role"),
        ([peers[0], replace(peers[1], card=namesake)], "twice"),
    ):
        with pytest.raises(HoldersError) as refused:
            escrow.choose(owner.archive, holders)
        assert refused.value.reason == reason
    revoking.revoke(owner.archive, peers[2])
    with pytest.raises(HoldersError):
        escrow.choose(owner.archive, peers)
    assert escrow.state(owner.archive).help is Help.NOBODY


def test_there_must_be_room_for_every_pair(owner: Someone, three: list[Someone]) -> None:
    for number in range(5):
        writers.add(owner.archive, f"passphrase of number {number}", person=f"Writer {number}")

    with pytest.raises(SlotsFullError):
        chosen(owner, *three)
    chosen(owner, *three[:2])
    handed_over(owner, three[0])
    chosen(owner, *three[1:])


def test_choosing_anew_ends_the_shares_of_before(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    for each in three:
        handed_over(owner, each)
    before = [words_of(each, owner) for each in three]

    chosen(owner, *three[:2])

    with pytest.raises(ShareWordsError):
        escrow.rehearse(owner.archive, before[0])  # the share of before is none of now
    assert sum(slot.kind is SlotKind.SHARES for slot in owner.vault.slots()) == 1
    for each in three[:2]:
        handed_over(owner, each)
    after = [words_of(each, owner) for each in three[:2]]
    owner.archive.close()
    for one, other in ((before[0], before[1]), (before[0], before[2]), (after[0], before[1])):
        with pytest.raises(WrongSharesError):
            vaults.recover_with_shares(owner.vault.folder, one, other, NEW)
    owner.archive = vaults.recover_with_shares(owner.vault.folder, after[0], after[1], NEW, clock=owner.archive.clock)


@pytest.mark.parametrize("stopped_in", ["_empty_unused", "add_slot"])
def test_the_shares_of_before_open_nothing_as_soon_as_others_are_chosen_though_it_is_cut_short(
    owner: Someone, three: list[Someone], monkeypatch: pytest.MonkeyPatch, stopped_in: str
) -> None:
    def stopped(*_given: object) -> None:
        raise DiskFullError

    chosen(owner, *three[:2])
    for each in three[:2]:
        handed_over(owner, each)
    one, other = [words_of(each, owner) for each in three[:2]]
    with monkeypatch.context() as patch:
        patch.setattr(type(owner.vault), stopped_in, stopped)
        with pytest.raises(DiskFullError):
            chosen(owner, *three[1:])
        owner.vault.give_up()

    with pytest.raises(WrongSharesError):
        vaults.recover_with_shares(owner.vault.folder, one, other, NEW)
    owner.reopen()
    assert {holder.name for holder in escrow.state(owner.archive).holders} == {each.name for each in three[1:]}
    assert escrow.state(owner.archive).help is Help.NOT_YET


def test_what_a_stop_left_unfinished_is_finished_before_the_first_file(
    owner: Someone, three: list[Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_given: object) -> None:
        raise DiskFullError

    with monkeypatch.context() as patch:
        patch.setattr(type(owner.vault), "add_slot", stopped)
        with pytest.raises(DiskFullError):
            chosen(owner, *three)
        with pytest.raises(DiskFullError):
            escrow.write(owner.archive, owner.peer(three[0]).fingerprint, owner.folder / "bek.share")
    assert escrow.state(owner.archive).help is Help.NOT_YET
    assert not (owner.folder / "bek.share").exists()

    for each in three[:2]:
        handed_over(owner, each)

    spoken = [words_of(each, owner) for each in three[:2]]
    owner.archive.close()
    one, other = spoken
    owner.archive = vaults.recover_with_shares(owner.vault.folder, one, other, NEW, clock=owner.archive.clock)


def test_a_rehearsal_tells_whose_words_they_are(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    for each in three:
        handed_over(owner, each)

    assert escrow.rehearse(owner.archive, rehearsal_words_of(three[1], owner).upper()).name == "Chinara"

    with pytest.raises(ShareWordsError):
        escrow.rehearse(owner.archive, recovery.new_phrase())
    with pytest.raises(RecoveryPhraseError):
        escrow.rehearse(owner.archive, "twelve words are these not")
    assert [holder.rehearsed_ms is None for holder in escrow.state(owner.archive).holders] == [True, False, True]


def test_who_listens_to_all_rehearsals_cannot_come_in(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    for each in three:
        handed_over(owner, each)
    overheard = [rehearsal_words_of(each, owner) for each in three]
    for words in overheard:
        escrow.rehearse(owner.archive, words)

    assert not escrow.state(owner.archive).should_rotate
    assert not set(overheard) & {words_of(each, owner) for each in three}
    owner.archive.close()
    for one, other in permutations(overheard, 2):
        with pytest.raises(WrongSharesError):
            vaults.recover_with_shares(owner.vault.folder, one, other, NEW)
    owner.archive = vaults.unlock(owner.vault.folder, PASSPHRASE)


def test_a_share_that_was_read_aloud_in_a_rehearsal_counts_as_spoken(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    handed_over(owner, three[0])

    with pytest.raises(ShareSpokenError):
        escrow.rehearse(owner.archive, words_of(three[0], owner))

    state = escrow.state(owner.archive)
    assert state.should_rotate
    assert all(holder.rehearsed_ms is None for holder in state.holders)


def test_words_to_rehearse_with_are_of_one_share_one_number_and_one_day(root: Path) -> None:
    digest, day = hashlib.sha256(bytes(range(16))).digest(), 20_717
    phrase = recovery.phrase_of(recovery.rehearsal_entropy(digest, 1, day))
    others = {recovery.rehearsal_entropy(digest, *other) for other in ((2, day), (1, day + 1), (1, day - 1))}
    assert f"    {phrase}\n" in (root / "resources/docs/formats/keys.md").read_text(encoding="utf-8")
    assert len(others | {recovery.rehearsal_entropy(digest, 1, day)}) == 4


DAY_MS = 24 * 60 * 60 * 1000


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_the_calendars_of_two_computers_may_be_a_day_apart(owner: Someone, three: list[Someone], days: int) -> None:
    chosen(owner, *three)
    handed_over(owner, three[0])
    clock_of(three[0]).now_ms += days * DAY_MS

    assert escrow.rehearse(owner.archive, rehearsal_words_of(three[0], owner)).name == "Bek"


@pytest.mark.parametrize("days", [-300, -2, 2])
def test_words_that_were_noted_on_another_day_prove_nothing(owner: Someone, three: list[Someone], days: int) -> None:
    """Who wrote them on a slip may have lost the share since; who overheard them never had it."""
    chosen(owner, *three)
    handed_over(owner, three[0])
    clock_of(three[0]).now_ms += days * DAY_MS

    with pytest.raises(ShareDayError):
        escrow.rehearse(owner.archive, rehearsal_words_of(three[0], owner))

    assert all(holder.rehearsed_ms is None for holder in escrow.state(owner.archive).holders)


def clock_of(someone: Someone) -> Clock:
    clock = someone.archive.clock
    assert isinstance(clock, Clock)
    return clock


def test_who_was_put_out_counts_no_more(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    for each in three[:2]:
        handed_over(owner, each)
    revoking.revoke(owner.archive, owner.peer(three[0]))
    trust.set_role(owner.archive, owner.peer(three[2]), Role.FIELD)

    state = escrow.state(owner.archive)

    assert state.help is Help.NOT_YET
    assert [holder.name for holder in state.put_out] == ["Bek", "Daniyar"]
    assert state.should_rotate
    with pytest.raises(HoldersError):
        escrow.write(owner.archive, owner.peer(three[2]).fingerprint, owner.folder / "no.share")


def test_forged_shares_are_refused_and_change_nothing(
    owner: Someone, three: list[Someone], person: Callable[[str], Someone]
) -> None:
    chosen(owner, *three)
    bek, chinara, stranger = three[0], three[1], person("Stranger")
    good = handed_over(owner, bek)
    kept = escrow.held(bek.archive)
    bek.trusts(chinara)
    bek.new("person", name="Timur")
    chinara_card = cards.own_card(chinara.archive)

    for path, error in (
        (forged(owner, bek, chinara), ShareSenderError),  # a colleague signs in the owner's name
        (forged(owner, bek, chinara, owner=chinara_card.fingerprint, holder=b"h" * 32), ShareNotForYouError),
        (forged(owner, bek, stranger, owner=cards.own_card(stranger.archive).fingerprint), ShareSenderError),
        (forged(owner, chinara, owner), ShareNotForYouError),
        (bek.bundle(chinara), ShareDamagedError),
    ):
        with pytest.raises(error):
            escrow.import_file(bek.archive, path)
    sealed_for_bek = forged(owner, bek, owner, holder=chinara_card.fingerprint)
    with pytest.raises(ShareNotForYouError):
        escrow.import_file(bek.archive, sealed_for_bek)
    giant = owner.folder / "giant.share"
    giant.write_bytes(good.read_bytes() + bytes(share.MAX_FILE_BYTES))
    with pytest.raises(ShareDamagedError):
        escrow.import_file(bek.archive, giant)
    with pytest.raises(FileUnreadableError):
        escrow.import_file(bek.archive, owner.folder / "none.share")
    assert escrow.held(bek.archive) == kept


def test_a_share_of_somebody_who_is_put_out_is_not_taken(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    path = owner.folder / "bek.share"
    escrow.write(owner.archive, owner.peer(three[0]).fingerprint, path)
    revoking.revoke(three[0].archive, three[0].peer(owner))

    with pytest.raises(ShareSenderError):
        escrow.import_file(three[0].archive, path)


def test_the_newest_share_counts_in_whatever_order_they_come(owner: Someone, three: list[Someone]) -> None:
    bek = three[0]
    fingerprint = owner.peer(bek).fingerprint
    paths = []
    for number in (1, 2):
        chosen(owner, *three)
        paths.append(owner.folder / f"{number}.share")
        escrow.write(owner.archive, fingerprint, paths[-1])

    assert escrow.import_file(bek.archive, paths[1], dry_run=True).is_news
    assert escrow.held(bek.archive) == []
    assert [escrow.import_file(bek.archive, path).is_news for path in (paths[1], paths[0], paths[1])] == [
        True,
        False,
        False,
    ]
    newest = bek.archive.connection.rows("SELECT number, statement FROM share")
    identities = cards.own_recipients(bek.archive)
    with paths[1].open("rb") as file:
        assert list(newest) == [(2, open_share(file, identities)[0])]
    assert escrow.import_file(bek.archive, forged(owner, bek, owner, number=3)).is_news
    assert [each.number for each in escrow.held(bek.archive)] == [3]


def test_what_is_kept_says_whose_it_is_and_when_it_was_told(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    bek = three[0]
    handed_over(owner, bek)

    (held,) = escrow.held(bek.archive)
    assert (held.name, held.person, held.device, held.others) == ("Ainura", "Ainura", "laptop", ("Chinara", "Daniyar"))
    assert (held.trusted, held.told_ms) == (True, None)
    assert holding_shares.find(bek.archive, "ainura") == held
    assert holding_shares.find(bek.archive, held.owner.hex()[:8]) == held

    words_of(bek, owner)

    (held,) = escrow.held(bek.archive)
    assert held.told_ms is not None
    assert len(list(stored_entries(bek.archive.connection, kind="key"))) == 1
    with pytest.raises(ShareNotFoundError):
        escrow.words(bek.archive, b"n" * 32)
    with pytest.raises(ShareNotFoundError):
        holding_shares.find(bek.archive, "Nobody")


def test_who_calls_themselves_like_an_owner_does_not_hide_that_owners_share(
    owner: Someone, three: list[Someone]
) -> None:
    bek, chinara = three[:2]
    bek.trusts(chinara)
    chosen(owner, *three)
    handed_over(owner, bek)
    escrow.import_file(bek.archive, forged(chinara, bek, chinara, person="Ainura"))

    assert holding_shares.find(bek.archive, "Ainura").owner == cards.own_card(owner.archive).fingerprint
    assert holding_shares.find(bek.archive, "Chinara").person == "Ainura"


def test_a_share_never_travels_in_a_bundle(owner: Someone, three: list[Someone]) -> None:
    chosen(owner, *three)
    bek, chinara = three[:2]
    handed_over(owner, bek)
    secret = bytes(recovery.to_secret(words_of(bek, owner)))
    bek.trusts(chinara, role=Role.COORDINATOR)
    chinara.trusts(bek)
    bek.new("person", name="Timur")

    entries, objects = payload_of(chinara, bek.bundle(chinara))

    assert entries
    assert not any(secret in (entry.body_bytes or b"") for entry in entries)
    assert not any(b"owner" in (entry.body_bytes or b"") for entry in entries)
    assert objects == []


def test_files_that_come_in_are_told_apart(owner: Someone, three: list[Someone]) -> None:
    bek = three[0]
    chosen(owner, *three)
    owner.new("person", name="Timur")
    path = handed_over(owner, bek)
    receipt = owner.folder / "bek.receipt"
    receipts.write_file(owner.archive, owner.peer(bek), receipt)
    rubbish = owner.folder / "rubbish"
    rubbish.write_bytes(os.urandom(5000))
    identities = cards.own_recipients(bek.archive)

    for file, kind in (
        (path, Sealed.SHARE),
        (receipt, Sealed.RECEIPT),
        (owner.bundle(bek), Sealed.OTHER),
        (rubbish, Sealed.OTHER),
    ):
        assert incoming.kind_of(identities, file) is kind
    assert incoming.kind_of(cards.own_recipients(three[1].archive), path) is Sealed.OTHER
