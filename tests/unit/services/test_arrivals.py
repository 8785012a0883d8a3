"""Bundles that come in: believed whole or not at all, from people who are trusted, in any order and more than once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.errors import (
    BundleError,
    BundleForwardedError,
    BundleNotForYouError,
    CancelledError,
    DiskFullError,
    FileUnreadableError,
    NoContentError,
    OwnCardError,
    PeerNotFoundError,
)
from fieldapp.records import store
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.services import arrivals, documents, incoming, outcomes, records, trust, vaults, views
from fieldapp.services.arrivals import Arrival
from fieldapp.values import RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.objects import ObjectStore
from tests.unit.services.people import PASSPHRASE, Someone, dump, entries_of, tree

NEW = RecordId(b"n" * 16)


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    ainura.trusts(bek)
    bek.trusts(ainura)
    return ainura, bek


def whole(someone: Someone) -> tuple[object, object]:
    """All of a vault: every row, and every file but the database and its header."""
    files = {name: content for name, content in tree(someone.vault.folder).items() if not name.startswith("header")}
    return dump(someone.archive), files


def test_a_bundle_arrives_with_all_it_holds_and_a_second_time_changes_nothing(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("testimony", title="T", narrative="night")
    ainura.attach(record, b"photo" * 50_000)
    bundle = ainura.bundle(bek)

    first = bek.takes(bundle)

    assert (first.state, first.new_objects) == (Arrival.IMPORTED, 1)
    assert {(each.type, each.what) for each in first.records} == {("testimony", "new"), ("document", "new")}
    assert record in first.changed.records
    assert [hit.row.id for hit in views.find(bek.archive, "night")] == [record]
    (link,) = store.links_of(bek.archive.connection, record)
    with bek.vault.objects.open(documents.content_of(bek.archive, link.other)) as content:
        assert content.read() == b"photo" * 50_000
    assert [entry.event for entry in views.history(bek.archive, link.other)].count("ingest") == 2
    before = whole(bek)

    again = bek.takes(bundle)

    assert (again.state, again.new_entries, again.new_objects) == (Arrival.NOTHING_NEW, 0, 0)
    assert whole(bek) == before


def test_a_dry_run_tells_the_same_and_changes_nothing_at_all(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    ainura.attach(ainura.new("testimony", title="T"), b"photo" * 50_000)
    bundle = ainura.bundle(bek)
    header = tree(bek.vault.folder)
    before = whole(bek)

    tried = bek.takes(bundle, dry_run=True)

    assert whole(bek) == before
    assert tree(bek.vault.folder) == header
    assert not tried.changed.records
    done = bek.takes(bundle)
    assert (tried.state, tried.new_entries, tried.new_objects, tried.records) == (
        done.state,
        done.new_entries,
        done.new_objects,
        done.records,
    )
    chinara.trusts(bek)
    chinara.new("person", name="C")
    before = whole(bek)
    assert bek.takes(chinara.bundle(bek), dry_run=True).state is Arrival.QUARANTINED
    assert whole(bek) == before


def test_what_is_new_in_a_later_version_is_kept_passed_on_byte_for_byte_and_shown(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    bek.trusts(chinara)
    chinara.trusts(bek)
    claims: list[Plain] = [
        {"field": "colour", "value": {"deep": [1, b"x"]}, "newer": True},
        {"field": "name", "value2": 1},
    ]
    ainura.write(
        Body("edit", bytes(16), {"record": NEW, "type": "vehicle", "part": "secret", "claims": claims, "extra": 1}),
        Body("judge", bytes(16), {"record": NEW, "verdict": "same_as"}),
        Body("prophecy", bytes(16), {"what": ["no", {"one": None}]}),
    )
    known = ainura.new("person", name="A")
    ainura.write(Body("edit", bytes(16), {"record": known, "type": "person", "part": "ordinary", "claims": claims}))

    bek.takes(ainura.bundle(bek))
    chinara.takes(bek.bundle(chinara))

    ours = {
        key: entry for key, entry in entries_of(ainura.archive).items() if b"trust" not in (entry.body_bytes or b"")
    }
    passed = entries_of(chinara.archive)
    assert {key: passed.get(key) for key in ours} == ours
    for one in (bek, chinara):
        assert [field.told for field in views.view(one.archive, NEW).fields if field.key == "colour"] == ["deep: 1; 78"]
        assert [entry.kind for entry in views.history(one.archive, NEW)] == ["edit", "judge"]
        assert "colour" in {field.key for field in views.view(one.archive, known).fields}
        assert store.row_of(one.archive.connection, NEW).type == "vehicle"


def test_what_comes_through_another_says_so(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    bek.trusts(chinara)
    chinara.trusts(bek)
    record = ainura.new("person", name="A")
    bek.takes(ainura.bundle(bek))
    bek.edit(record, source="Bek's source", name="B")

    chinara.takes(bek.bundle(chinara))

    shown = views.view(chinara.archive, record)
    assert (shown.author, shown.through) == ("Ainura", "Bek")
    assert [(e.author, e.through, e.author_known) for e in views.history(chinara.archive, record)] == [
        ("Ainura", "Bek", False),
        ("Bek", "", True),
    ]
    assert {(a.author, a.through) for a in shown.fields[0].accounts} == {("Ainura", "Bek"), ("Bek", "")}
    at_bek = views.view(bek.archive, record)
    assert (at_bek.author, at_bek.through) == ("Ainura", "")
    own = views.view(ainura.archive, record)
    assert (own.author, own.through) == ("Ainura", "")


def test_a_trusted_author_goes_by_the_name_given_here(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    trust.trust(bek.archive, trust.own_card(ainura.archive), name="Aunt A")
    record = ainura.new("person", name="A")

    bek.takes(ainura.bundle(bek))

    assert views.view(bek.archive, record).author == "Aunt A"
    trust.distrust(bek.archive, trust.find_peer(bek.archive, "Aunt A"))
    assert views.view(bek.archive, record).author == "Ainura"


def test_a_forged_earlier_photo_is_not_opened_in_place_of_the_one_that_is_here(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    (document,) = ainura.attach(ainura.new("testimony", title="T"), b"original photo")
    bek.takes(ainura.bundle(bek))
    forged = bek.staged(b"forged photo")
    with documents.objects_kept(bek.archive, [forged.staged]), bek.vault.saving():
        documents.keep_objects(bek.archive, [forged])
    bek.archive.connection.execute("UPDATE setting SET value = ? WHERE name = 'tick'", (bytes(7),))
    seen = (NewClaim("sha256", forged.staged.stored.sha256), NewClaim("file_name", "x.jpg"))
    bek.write(claims_body(Claims(document, "document", "ordinary", seen), kind="attach", save=bytes(16)))

    ainura.takes(bek.bundle(ainura))

    with ainura.vault.objects.open(documents.content_of(ainura.archive, document)) as content:
        assert content.read() == b"original photo"
    assert store.row_of(ainura.archive.connection, document).contested


def test_own_entries_may_come_back(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("person", name="A")
    bek.takes(ainura.bundle(bek))
    bek.edit(record, name="B")

    outcome = ainura.takes(bek.bundle(ainura))

    assert [(each.id, each.what) for each in outcome.records] == [(record, "changed")]
    assert ainura.value(record, "name") == "B"
    assert all(not entry.through for entry in views.history(ainura.archive, record))
    records.undo(ainura.archive, ainura.new("person", name="still writes"))


def test_what_a_bundle_removes_from_the_lists_is_told(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    removed, changed, gone_before = (ainura.new("person", name=name) for name in "ABC")
    bek.takes(ainura.bundle(bek))
    records.hide(ainura.archive, gone_before)
    for record in (removed, gone_before):
        records.hide(bek.archive, record)
    bek.edit(changed, name="D")

    outcome = ainura.takes(bek.bundle(ainura))

    told = {each.id: each.what for each in outcome.records}
    assert told == {removed: "hidden", changed: "changed", gone_before: "changed"}
    records.hide(bek.archive, removed, hidden=False)
    assert [each.what for each in ainura.takes(bek.bundle(ainura)).records] == ["changed"]


def test_concurrent_edits_are_marked_settled_and_converge(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    record = ainura.new("person", name="A")
    bek.takes(ainura.bundle(bek))
    ainura.edit(record, name="from Ainura")
    bek.edit(record, name="from Bek")
    theirs, ours = bek.bundle(ainura), ainura.bundle(bek)
    ainura.takes(theirs)
    bek.takes(ours)

    for one in pair:
        (name,) = views.view(one.archive, record).fields
        assert name.contested and {each.value for each in name.accounts} == {"from Ainura", "from Bek"}
        assert store.row_of(one.archive.connection, record).contested
    state = store.fields_of(bek.archive.connection, record)["name"]
    chosen = next(claim for claim in state.claims if claim.value == "from Ainura")
    records.resolve(bek.archive, record, "name", chosen.entry)
    ainura.takes(bek.bundle(ainura))

    assert ainura.value(record, "name") == "from Ainura"
    assert not store.row_of(ainura.archive.connection, record).contested
    assert ainura.snapshot() == bek.snapshot()
    records.undo(bek.archive, record)
    state = store.fields_of(bek.archive.connection, record)["name"]
    assert {claim.value for claim in state.claims} == {"from Ainura", "from Bek"}


@pytest.mark.parametrize("cut", [0, 1, 21, 500, 3000, -70_000, -1])
def test_a_cut_bundle_leaves_the_vault_as_it_was(pair: tuple[Someone, Someone], cut: int) -> None:
    ainura, bek = pair
    ainura.attach(ainura.new("testimony", title="T"), b"photo" * 50_000)
    bundle = ainura.bundle(bek)
    bundle.write_bytes(bundle.read_bytes()[:cut])
    before = whole(bek)

    with pytest.raises(BundleError):
        bek.takes(bundle)

    assert whole(bek) == before


def test_a_changed_bundle_leaves_the_vault_as_it_was(pair: tuple[Someone, Someone], chinara: Someone) -> None:
    ainura, bek = pair
    chinara.trusts(bek)
    ainura.attach(ainura.new("testimony", title="T"), b"photo" * 50_000)
    chinara.attach(chinara.new("testimony", title="T"), b"photo" * 50_000)
    for sender in (ainura, chinara):
        bundle = sender.bundle(bek)
        good = bundle.read_bytes()
        before = whole(bek)
        for place in range(3, len(good), len(good) // 12):
            bundle.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            with pytest.raises(BundleError):
                bek.takes(bundle)
        assert whole(bek) == before


@pytest.mark.parametrize("step", ["stage", "keep", "commit"])
def test_a_full_disk_leaves_the_vault_as_it_was(
    pair: tuple[Someone, Someone], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ainura, bek = pair
    ainura.attach(ainura.new("testimony", title="T"), b"photo" * 50_000, b"other")
    bundle = ainura.bundle(bek)
    before = whole(bek)

    def full(*_arguments: object, **_more: object) -> None:
        raise DiskFullError

    def kept_then_full(self: ObjectStore, staged: list[object]) -> None:
        keep(self, staged)  # type: ignore[arg-type]
        raise DiskFullError

    keep = ObjectStore.keep
    with monkeypatch.context() as patch:
        if step == "stage":
            patch.setattr(ObjectStore, "stage", full)
        elif step == "keep":
            patch.setattr(ObjectStore, "keep", kept_then_full)
        else:
            patch.setattr(outcomes, "told", full)
        with pytest.raises(DiskFullError):
            bek.takes(bundle)

    assert whole(bek) == before
    assert bek.takes(bundle).state is Arrival.IMPORTED


def test_cancelling_leaves_nothing(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.attach(ainura.new("testimony", title="T"), b"photo" * 500_000)
    bundle = ainura.bundle(bek)
    before = whole(bek)

    def cancel(done_bytes: int, total_bytes: int) -> None:
        if done_bytes > total_bytes // 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        arrivals.import_file(bek.archive, bundle, cancel)

    assert whole(bek) == before


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("asked", [1, 3, 6])
def test_believing_can_be_stopped_at_any_entry_and_leaves_nothing(
    pair: tuple[Someone, Someone], *, dry_run: bool, asked: int
) -> None:
    ainura, bek = pair
    for title in ("T", "U", "V"):
        ainura.new("testimony", title=title)
    ainura.attach(ainura.new("testimony", title="T"), b"photo" * 500)
    bundle = ainura.bundle(bek)
    before = whole(bek)
    taken = arrivals.take(arrivals.receiving(bek.archive), bek.vault.objects, bundle, dry_run=dry_run)
    times = 0

    def stop(done_bytes: int, total_bytes: int) -> None:
        nonlocal times
        times += 1
        if times == asked:
            raise CancelledError

    with pytest.raises(CancelledError):
        arrivals.commit(bek.archive, taken, stop, dry_run=dry_run)

    assert whole(bek) == before
    assert bek.takes(bundle).state is Arrival.IMPORTED


def test_making_the_lists_again_can_be_stopped_and_leaves_them_as_they_were(ainura: Someone) -> None:
    for title in ("T", "U", "V"):
        ainura.new("testimony", title=title)
    before = whole(ainura)
    told = iter([None, None, CancelledError])

    def stop(done_bytes: int, total_bytes: int) -> None:
        if (problem := next(told, CancelledError)) is not None:
            raise problem

    with pytest.raises(CancelledError):
        vaults.rebuild(ainura.archive, stop)

    assert whole(ainura) == before


def test_an_unknown_sender_waits_until_a_person_decides(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    record = ainura.new("testimony", title="canary")
    bundle = ainura.bundle(bek)
    before = bek.snapshot()

    first, second = bek.takes(bundle), bek.takes(bundle)

    assert first.state is second.state is Arrival.QUARANTINED
    assert first.facts.sender_name == ""
    assert bek.snapshot() == before
    (waiting,) = arrivals.quarantined(bek.archive)
    assert waiting.card.person == "Ainura"
    assert waiting.path.read_bytes() == bundle.read_bytes()
    assert [path.name for path in (bek.vault.folder / "inbox").iterdir()] == [waiting.path.name]
    with pytest.raises(PeerNotFoundError):
        arrivals.release(bek.archive, waiting)
    bek.trusts(ainura)

    released = arrivals.release(bek.archive, waiting)

    assert released.state is Arrival.IMPORTED
    assert store.row_of(bek.archive.connection, record).title == "canary"
    assert arrivals.quarantined(bek.archive) == []
    assert list((bek.vault.folder / "inbox").iterdir()) == []


def test_refusing_removes_the_bundle_and_trusts_nobody(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    ainura.new("testimony", title="T")
    before = whole(bek)
    bek.takes(ainura.bundle(bek))
    (waiting,) = arrivals.quarantined(bek.archive)

    arrivals.refuse(bek.archive, waiting)

    assert whole(bek) == before


def test_a_copy_that_is_not_put_under_quarantine_is_removed(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    ainura.new("testimony", title="T")
    before = whole(bek)
    taken = incoming.take(arrivals.receiving(bek.archive), bek.vault.objects, ainura.bundle(bek))
    assert taken.sealed is not None

    arrivals.discard(taken)

    assert whole(bek) == before


def test_a_copy_left_by_a_stop_is_removed_at_the_next_unlocking(ainura: Someone, bek: Someone) -> None:
    ainura.trusts(bek)
    ainura.new("testimony", title="T")
    bek.takes(ainura.bundle(bek))
    taken = incoming.take(arrivals.receiving(bek.archive), bek.vault.objects, ainura.bundle(bek))
    assert taken.sealed is not None
    bek.archive.close()

    bek.archive = vaults.unlock(bek.vault.folder, PASSPHRASE)

    assert not taken.sealed.exists()
    assert len(arrivals.quarantined(bek.archive)) == len(list((bek.vault.folder / "inbox").iterdir())) == 1


def test_whoever_is_distrusted_while_their_bundle_is_read_is_not_believed(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="T")
    taken = arrivals.take(arrivals.receiving(bek.archive), bek.vault.objects, ainura.bundle(bek))
    trust.distrust(bek.archive, trust.find_peer(bek.archive, "Ainura"))
    before = whole(bek)

    with pytest.raises(PeerNotFoundError):
        arrivals.commit(bek.archive, taken)

    assert dump(bek.archive) == before[0]
    assert list((bek.vault.folder / "objects" / "new").iterdir()) == []


def test_a_bundle_for_others_and_a_bundle_passed_on_are_told_apart(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, bek = pair
    ainura.new("testimony", title="T")
    bundle = ainura.bundle(bek)

    with pytest.raises(BundleNotForYouError):
        chinara.takes(bundle)
    passed_on = _sealed_again(bek, chinara, bundle)
    with pytest.raises(BundleForwardedError):
        chinara.takes(passed_on)
    with pytest.raises((OwnCardError, BundleForwardedError)):
        ainura.takes(_sealed_again(bek, ainura, bundle))


def _sealed_again(opener: Someone, recipient: Someone, bundle: Path) -> Path:
    from fieldapp.crypto.age import open_with, seal_to
    from fieldapp.crypto.age_hybrid import HybridIdentity

    path = bundle.with_suffix(f".for {recipient.name}")
    with bundle.open("rb", buffering=0) as sealed, path.open("wb", buffering=0) as out:
        plain = open_with([HybridIdentity(bytes(opener.vault.identity.age))], sealed)
        with seal_to([trust.own_card(recipient.archive).recipient], out) as again:
            again.write(plain.read())
    return path


def test_a_sender_cannot_pass_their_entries_off_as_another_bundle(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    """Two senders who use one bundle id are two arrivals all the same."""
    import secrets as randomness

    ainura, bek = pair
    bek.trusts(chinara)
    chinara.trusts(bek)
    fixed = b"i" * 16
    made: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(randomness, "token_bytes", lambda size: fixed if size == 16 else bytes(size))
        for one in (ainura, chinara):
            record = one.new("person", name=one.name)
            made.append(one.bundle(bek))
            assert record
    for bundle in made:
        bek.takes(bundle)

    rows = bek.archive.connection.execute("SELECT count(DISTINCT sender), count(*) FROM arrival")
    assert rows == [(2, 2)]


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "empty", "text", "nul"])
def test_what_is_no_bundle_is_told_in_a_typed_way(bek: Someone, tmp_path: Path, kind: str) -> None:
    import os

    path = tmp_path / "thing"
    match kind:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("hello")
        case "nul":
            path = Path("a\0b")
    before = whole(bek)

    with pytest.raises((BundleError, FileUnreadableError)):
        bek.takes(path)

    assert whole(bek) == before


def test_a_document_without_its_content_says_so_until_the_content_comes(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    (document,) = ainura.attach(None, b"photo")
    sha256 = documents.content_of(ainura.archive, document).sha256
    ainura.archive.connection.execute("UPDATE object SET sha256 = x'00' WHERE sha256 = ?", (sha256,))
    bek.takes(ainura.bundle(bek))
    with pytest.raises(NoContentError):
        documents.content_of(bek.archive, document)
    assert documents.thumbnail(bek.archive, document) == documents.Thumbnail(None, None)

    owner = bek.new("testimony", title="T")
    assert bek.attach(owner, b"photo") == [document]

    assert documents.content_of(bek.archive, document).sha256 == sha256
    assert [entry.event for entry in views.history(bek.archive, document)] == ["", "ingest", "ingest"]
