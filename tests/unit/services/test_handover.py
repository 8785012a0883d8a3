"""What leaves in a bundle and what never does, and what is remembered of it."""

from __future__ import annotations

import hashlib
from itertools import count
from pathlib import Path

import pytest

from fieldapp.bundles.bag import Recipient
from fieldapp.bundles.read import BundleReader
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.errors import (
    BugError,
    BundleNotForYouError,
    CancelledError,
    DiskFullError,
    NothingToSendError,
    PeerNotFoundError,
    PlaceTakenError,
    RecordNotFoundError,
)
from fieldapp.records import store
from fieldapp.records.ids import new_record_id
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.services import drafts, handover, records, trust, vaults, views
from fieldapp.services.documents import ATTACHMENT
from fieldapp.services.handover import Basis, Handover
from fieldapp.services.trust import Role
from fieldapp.values import RecordId
from fieldapp.vault import journal, receiving
from fieldapp.vault.entry import Body
from tests.unit.services.people import PASSPHRASE, Clock, Someone, payload_of, tree


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura, role=Role.COORDINATOR)
    return ainura, bek


def said(recipient: Someone, bundle: Path) -> bytes:
    """All plaintext of a bundle, as who decrypts it has it."""
    entries, objects = payload_of(recipient, bundle)
    return b"".join([*(entry.header_bytes + (entry.body_bytes or b"") for entry in entries), *objects])


def info(recipient: Someone, bundle: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201 - BundleInfo and digest
    keys = recipient.vault.identity
    with bundle.open("rb") as file:
        reader = BundleReader(
            file, [HybridIdentity(bytes(keys.age))], me=[trust.own_card(recipient.archive).fingerprint]
        )
        return reader.info, reader.digest


def test_what_was_not_ticked_never_leaves(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ticked = ainura.new("testimony", title="canary-ticked")
    person = ainura.new("person", name="canary-person", phone=["canary-phone"], trouble_word="canary-code")
    records.link(ainura.archive, ticked, person, "narrator", note="canary-link")
    ainura.attach(ticked, b"canary-attached")
    ainura.attach(person, b"canary-of-person")
    drafts.keep(ainura.archive, person, "person", {"notes": "canary-draft"})

    plain = said(bek, ainura.bundle(bek, only=[ticked]))

    assert b"canary-ticked" in plain and b"canary-attached" in plain
    for canary in (b"canary-person", b"canary-phone", b"canary-code", b"canary-link", b"canary-of", b"canary-draft"):
        assert canary not in plain
    assert trust.own_card(bek.archive).file not in plain


def test_everything_is_everything_but_trust_and_code_words(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    person = ainura.new("person", name="canary-person", phone=["canary-phone"], trouble_word="canary-code")
    ainura.write(
        Body("edit", bytes(16), {"record": person, "type": "person", "part": "ordinary",
                                 "claims": [{"field": "answer", "value": "canary-misplaced"}]}),
        Body("new kind", bytes(16), {"part": "codes", "word": "canary-unplaced"}),
        Body("new kind", bytes(16), {"word": "canary-new"}),
    )  # fmt: skip

    plain, with_codes = said(bek, ainura.bundle(bek)), said(bek, ainura.bundle(bek, codes=True))

    assert b"canary-person" in plain and b"canary-phone" in plain and b"canary-new" in plain
    for canary in (b"canary-code", b"canary-misplaced", b"canary-unplaced"):
        assert canary not in plain
        assert canary in with_codes
    assert trust.own_card(bek.archive).file not in with_codes


def test_links_go_when_both_ends_go(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    testimony, person = ainura.new("testimony", title="T"), ainura.new("person", name="P")
    records.link(ainura.archive, testimony, person, "narrator", note="canary-link")

    alone = ainura.bundle(bek, only=[testimony])
    both = ainura.bundle(bek, only=[testimony, person])

    assert b"canary-link" not in said(bek, alone)
    assert b"canary-link" in said(bek, both)


def test_a_hidden_record_leaves_only_what_hides_it(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("person", name="canary-mistake")
    bek.takes(ainura.bundle(bek))
    records.hide(ainura.archive, record)
    ainura.edit(record, notes="canary-later")

    bundle = ainura.bundle(bek)

    assert b"canary" not in said(bek, bundle)
    bek.takes(bundle)
    assert store.row_of(bek.archive.connection, record).hidden
    assert views.find(bek.archive, "canary") == []


def test_taking_an_attachment_off_is_handed_over(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("testimony", title="T")
    ainura.attach(record, b"photo")
    bek.takes(ainura.bundle(bek, only=[record]))
    (link,) = store.links_of(ainura.archive.connection, record)
    records.hide(ainura.archive, link.id)

    bek.takes(ainura.bundle(bek, only=[record]))

    assert store.links_of(bek.archive.connection, record) == []


def test_an_undone_hiding_is_handed_over(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("person", name="A")
    records.hide(ainura.archive, record)
    bek.takes(ainura.bundle(bek))
    records.undo(ainura.archive, record)

    bek.takes(ainura.bundle(bek))

    assert bek.snapshot()["record"] == ainura.snapshot()["record"]


def test_who_opened_a_log_is_told_only_where_something_of_it_goes(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    chinara.trusts(ainura)
    ainura.trusts(chinara)
    theirs = chinara.new("person", name="from Chinara")
    ainura.takes(chinara.bundle(ainura))
    ours = ainura.new("person", name="from Ainura")

    assert b"laptop of Chinara" not in said(bek, ainura.bundle(bek, only=[ours]))
    assert b"laptop of Chinara" in said(bek, ainura.bundle(bek, only=[theirs]))


def test_what_is_being_typed_goes_along(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("person", name="A")
    drafts.keep(ainura.archive, record, "person", {"name": "typed a moment ago"})

    selection = handover.select(ainura.archive)
    assert record in selection.finished.records

    assert b"typed a moment ago" in said(bek, ainura.bundle(bek))


def test_what_was_hidden_since_it_was_selected_stays_and_nothing_newer_goes(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    mistake = ainura.new("person", name="canary-mistake")
    kept = ainura.new("testimony", title="kept")
    ainura.attach(mistake, b"canary-photo")
    records.link(ainura.archive, kept, mistake, "about", note="canary-link")
    selection = handover.select(ainura.archive)
    records.hide(ainura.archive, mistake)
    records.hide(ainura.archive, ainura.attach(None, b"canary-photo")[0])
    ainura.edit(kept, title="canary-newer")

    path = ainura.folder / "bundle"
    done = handover.export(ainura.archive, [trust.find_peer(ainura.archive, "Bek")], selection, path)

    assert b"canary" not in said(bek, path)
    assert b"kept" in said(bek, path)
    assert done.selection.records == {"testimony": 1}


def test_bundles_are_numbered_and_name_the_one_before(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    ainura.trusts(chinara)
    ainura.new("person", name="A")

    first, second, third = ainura.bundle(bek), ainura.bundle(bek, chinara), ainura.bundle(chinara)

    one, digest_one = info(bek, first)
    two, digest_two = info(chinara, second)
    three, _digest = info(chinara, third)
    to_bek, to_chinara = (trust.own_card(each.archive).fingerprint for each in (bek, chinara))
    assert one.recipients == (Recipient(to_bek, 1),)
    assert set(two.recipients) == {Recipient(to_bek, 2, digest_one), Recipient(to_chinara, 1)}
    assert three.recipients == (Recipient(to_chinara, 2, digest_two),)
    assert said(bek, second) == said(chinara, second)
    with pytest.raises(BundleNotForYouError):
        payload_of(chinara, first)


def test_the_sender_cannot_open_what_was_sealed(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("person", name="A")

    with pytest.raises(BundleNotForYouError):
        ainura.takes(ainura.bundle(bek))


@pytest.mark.parametrize("only", [None, "only a hidden one that was never here"])
def test_nothing_to_send_is_told(pair: tuple[Someone, Someone], only: str | None) -> None:
    ainura, bek = pair

    with pytest.raises(NothingToSendError):
        ainura.bundle(bek)
    ainura.new("person", name="A")
    with pytest.raises(NothingToSendError):
        handover.plan(ainura.archive, [], handover.select(ainura.archive))


def test_a_cancelled_or_failed_export_leaves_nothing(
    pair: tuple[Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, _bek = pair
    ainura.attach(ainura.new("person", name="A"), b"x" * 300_000)
    peers = [trust.find_peer(ainura.archive, "Bek")]
    before, snapshot, path = tree(ainura.folder), ainura.snapshot(), ainura.folder / "bundle"

    def cancel(done_bytes: int, total_bytes: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        handover.export(ainura.archive, peers, handover.select(ainura.archive), path, cancel)
    assert (tree(ainura.folder), ainura.snapshot()) == (before, snapshot)

    def full(*_arguments: object) -> None:
        raise DiskFullError

    with monkeypatch.context() as patch:
        patch.setattr(handover, "record", full)
        with pytest.raises(DiskFullError):
            handover.export(ainura.archive, peers, handover.select(ainura.archive), path)
    assert (tree(ainura.folder), ainura.snapshot()) == (before, snapshot)

    path.write_bytes(b"mine")
    with pytest.raises(PlaceTakenError):
        handover.export(ainura.archive, peers, handover.select(ainura.archive), path)
    assert path.read_bytes() == b"mine"
    assert list((ainura.vault.folder / "objects" / "new").iterdir()) == []


def test_pending_counts_what_was_in_no_bundle(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    one, two = ainura.new("person", name="A", challenge="moon"), ainura.new("testimony", title="T")
    assert handover.pending(ainura.archive) == 2

    ainura.bundle(bek, only=[one])
    assert handover.pending(ainura.archive) == 1
    ainura.bundle(bek, only=[two])
    assert handover.pending(ainura.archive) == 0

    bek.takes(ainura.bundle(bek))
    assert handover.pending(bek.archive) == 0
    bek.edit(one, notes="more")
    ainura.edit(two, title="T2")
    assert (handover.pending(ainura.archive), handover.pending(bek.archive)) == (1, 1)


def test_a_transfer_is_told_by_what_the_recipient_calls_themselves(ainura: Someone, bek: Someone) -> None:
    trust.trust(ainura.archive, trust.own_card(bek.archive), name="canary-nickname")
    bek.trusts(ainura)
    (document,) = ainura.attach(None, b"photo")
    peers = [trust.find_peer(ainura.archive, "canary-nickname")]

    def sent(name: str) -> Handover:
        return handover.export(ainura.archive, peers, handover.select(ainura.archive), ainura.folder / name)

    sent("first")
    (transfer,) = [e for e in views.history(ainura.archive, document) if e.event == "transfer"]
    assert transfer.purpose == "Bek"
    sent("second")
    assert b"canary" not in said(bek, ainura.folder / "second")


def test_unknown_records_cannot_be_ticked(pair: tuple[Someone, Someone]) -> None:
    from fieldapp.errors import RecordNotFoundError

    ainura, _bek = pair
    unknown: RecordId = new_record_id(ainura.archive.own_log)

    with pytest.raises(RecordNotFoundError):
        handover.select(ainura.archive, [unknown])


def test_nothing_is_sealed_for_who_lost_our_trust_since_being_chosen(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="T")
    chosen, selection = trust.peers(ainura.archive), handover.select(ainura.archive)
    trust.distrust(ainura.archive, trust.find_peer(ainura.archive, bek.name))

    with pytest.raises(PeerNotFoundError):
        handover.plan(ainura.archive, chosen, selection)


def claim(someone: Someone, record: RecordId, type_name: str, **values: bytes | str) -> None:
    """Claim what the program's own services would not."""
    claims = tuple(NewClaim(name, value) for name, value in values.items())
    someone.write(claims_body(Claims(record, type_name, "ordinary", claims), kind="edit", save=bytes(16)))


def test_an_attachment_drags_no_person_along(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    testimony, secret = ainura.new("testimony", title="T"), ainura.new("person", name="canary-secret")
    records.link(ainura.archive, testimony, secret, "attachment")

    assert b"canary-secret" not in said(bek, ainura.bundle(bek, only=[testimony]))


def test_nobody_makes_others_documents_go_along(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    testimony, other = ainura.new("testimony", title="T"), ainura.new("testimony", title="other")
    (document,) = ainura.attach(other, b"canary-photo")
    bek.takes(ainura.bundle(bek))
    records.link(bek.archive, testimony, document, "attachment")
    ainura.takes(bek.bundle(ainura))

    selection = handover.select(ainura.archive, [testimony])

    assert (selection.documents, selection.objects) == ((), ())


def test_an_attachment_turned_to_another_document_by_somebody_drags_nothing_along(
    pair: tuple[Someone, Someone],
) -> None:
    ainura, bek = pair
    testimony, other = ainura.new("testimony", title="T"), ainura.new("testimony", title="other")
    ainura.attach(testimony, b"photo")
    (secret,) = ainura.attach(other, b"canary-photo")
    bek.takes(ainura.bundle(bek))
    (link,) = store.links_of(bek.archive.connection, testimony)
    bek.edit(link.id, to=secret)
    ainura.takes(bek.bundle(ainura))
    assert [each.other for each in store.links_of(ainura.archive.connection, testimony)] == [secret]

    assert handover.select(ainura.archive, [testimony]).documents == ()


def test_what_somebody_attached_to_a_record_goes_along_with_it(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    ainura.trusts(chinara)
    testimony = ainura.new("testimony", title="T")
    bek.takes(ainura.bundle(bek))
    (document,) = bek.attach(testimony, b"photo of Bek")
    ainura.takes(bek.bundle(ainura))

    bundle = ainura.bundle(chinara, only=[testimony])

    assert payload_of(chinara, bundle)[1] == [b"photo of Bek"]
    assert handover.select(ainura.archive, [testimony]).documents == (document,)


@pytest.mark.parametrize("type_name", ["testimony", "document"])
@pytest.mark.parametrize("hidden", [False, True])
def test_naming_a_hash_does_not_fetch_the_file(pair: tuple[Someone, Someone], type_name: str, *, hidden: bool) -> None:
    ainura, bek = pair
    (secret,) = ainura.attach(None, b"canary-photo")
    if hidden:
        records.hide(ainura.archive, secret)
    sha256 = ainura.vault.connection.value("SELECT sha256 FROM object")
    asked = bek.new("testimony", title="B")
    if type_name == "document":
        asked = new_record_id(ainura.archive.own_log)
    claim(bek, asked, type_name, sha256=sha256)
    ainura.takes(bek.bundle(ainura))

    assert handover.select(ainura.archive, [asked]).objects == ()


def test_a_hash_claimed_of_a_document_later_fetches_no_other_file(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    (chosen,) = ainura.attach(None, b"chosen")
    ainura.attach(None, b"canary-photo")
    bek.takes(ainura.bundle(bek, only=[chosen]))
    for (sha256,) in ainura.vault.connection.execute("SELECT sha256 FROM object"):
        claim(bek, chosen, "document", sha256=sha256)
    ainura.takes(bek.bundle(ainura))

    assert [each.size for each in handover.select(ainura.archive, [chosen]).objects] == [len(b"chosen")]
    assert handover.select(ainura.archive, [chosen]).documents == (chosen,)


def test_a_file_that_two_people_have_goes_with_the_document_of_who_had_it_first(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    chinara.trusts(ainura, bek)
    bek.trusts(chinara)
    ainura.trusts(chinara)
    (first,) = ainura.attach(None, b"photo")
    chinara.takes(ainura.bundle(chinara))
    (second,) = bek.attach(None, b"photo")
    chinara.takes(bek.bundle(chinara))

    assert handover.select(chinara.archive, [first]).documents == (first,)
    assert handover.select(chinara.archive, [second]).documents == ()
    assert len(handover.select(chinara.archive).objects) == 1


def test_what_is_only_noted_must_claim_nothing(ainura: Someone) -> None:
    claiming = claims_body(
        Claims(new_record_id(ainura.archive.own_log), "testimony", "ordinary", ()), kind="edit", save=bytes(16)
    )
    before = ainura.archive.connection.value("SELECT count(*) FROM entry")

    with pytest.raises(BugError):
        note(ainura, claiming)

    assert ainura.archive.connection.value("SELECT count(*) FROM entry") == before


def note(somebody: Someone, body: Body) -> None:
    with somebody.archive.vault.saving():
        somebody.archive.note([body])


def test_a_flood_of_logs_does_not_end_handing_over(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    bek.new("person", name="B")
    ainura.takes(bek.bundle(ainura))
    ainura.new("person", name="A")
    with ainura.archive.connection.transaction():
        for number in range(40_000):
            ainura.archive.connection.execute(
                "INSERT INTO log (log, key, head_seq, head) VALUES (?, ?, 0, ?)",
                (number.to_bytes(16, "big"), bytes(32), bytes(32)),
            )

    told, _digest = info(bek, ainura.bundle(bek))

    assert len(told.have) == journal.MOST_NEW_LOGS
    assert {ainura.vault.author.log, bek.vault.author.log} <= {have.log for have in told.have}


def test_a_bundle_carries_no_more_idle_logs_than_its_reader_takes(
    pair: tuple[Someone, Someone], chinara: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, bek = pair
    chinara.trusts(ainura)
    ainura.trusts(chinara)
    theirs = chinara.new("person", name="from Chinara")
    ainura.takes(chinara.bundle(ainura))
    ours = ainura.new("person", name="from Ainura")
    for module in (journal, receiving):
        monkeypatch.setattr(module, "MOST_NEW_LOGS", 1)

    bek.takes(ainura.bundle(bek))

    assert views.row(bek.archive, ours).title == "from Ainura"
    with pytest.raises(RecordNotFoundError):
        views.row(bek.archive, theirs)
    ainura.takes(bek.bundle(ainura))  # acknowledges what came
    bek.takes(ainura.bundle(bek))
    assert views.row(bek.archive, theirs).title == "from Chinara"


def test_what_a_stolen_laptop_writes_in_our_earlier_log_drags_no_file_of_ours_along(
    pair: tuple[Someone, Someone], tmp_path: Path
) -> None:
    ainura, bek = pair
    ticked, kept = ainura.new("testimony", title="ticked"), ainura.new("person", name="kept")
    (document,) = ainura.attach(kept, b"canary-photo")
    sha256 = hashlib.sha256(b"canary-photo").digest()
    thief = ainura.vault.folder
    ainura.archive.close()
    ainura.archive = vaults.restore(thief, tmp_path / "again", PASSPHRASE, device="new", clock=Clock())
    stolen = Someone("Ainura", vaults.unlock(thief, PASSPHRASE, clock=Clock()), ainura.folder, "", made=count(100))
    records.link(stolen.archive, ticked, document, ATTACHMENT)
    forged = new_record_id(stolen.archive.own_log)
    stolen.write(
        claims_body(
            Claims(forged, "document", "ordinary", (NewClaim("sha256", sha256),)), kind="attach", save=bytes(16)
        )
    )
    records.link(stolen.archive, ticked, forged, ATTACHMENT)
    bek.takes(stolen.bundle(bek))
    trust.distrust(bek.archive, bek.peer(stolen))
    stolen.archive.close()
    bek.trusts(ainura, role=Role.COORDINATOR)
    ainura.takes(bek.bundle(ainura))
    assert len(store.links_of(ainura.archive.connection, ticked)) == 2

    assert payload_of(bek, ainura.bundle(bek, only=[ticked], basis=Basis.EVERYTHING))[1] == []
