"""What waits is looked into without being believed, and accepted or refused sender by sender."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.errors import PeerNotFoundError
from fieldapp.records import store
from fieldapp.services import quarantine, revoking, trust, vaults
from fieldapp.services.alarms import alarms
from fieldapp.services.arrivals import Arrival
from fieldapp.services.quarantine import Sender
from fieldapp.services.revoking import NOTHING
from fieldapp.services.trust import Role
from tests.unit.services.people import Someone, dump, tree


@pytest.fixture
def pair(ainura: Someone, bek: Someone) -> tuple[Someone, Someone]:
    ainura.trusts(bek)
    bek.trusts(ainura, role=Role.COORDINATOR)
    return ainura, bek


def titles(someone: Someone) -> set[str]:
    return {row.title for row in store.rows(someone.archive.connection, kind="person")}


def only(someone: Someone) -> Sender:
    (sender,) = quarantine.senders(someone.archive)
    return sender


def whole(someone: Someone) -> tuple[object, object]:
    files = {name: content for name, content in tree(someone.vault.folder).items() if not name.startswith("header")}
    return dump(someone.archive), files


def revoked_with_two_bundles(ainura: Someone, bek: Someone) -> tuple[Path, Path]:
    """Bek's device is revoked, and then two bundles of his come, the second of which goes on from the first."""
    bek.new("person", name="Before")
    ainura.takes(bek.bundle(ainura))
    revoking.revoke(ainura.archive, ainura.peer(bek))
    record = bek.new("person", name="Second")
    bek.attach(record, b"photo" * 20_000)
    first = bek.bundle(ainura)
    bek.edit(record, name="Second, edited")
    bek.new("person", name="Third")
    second = bek.bundle(ainura)
    for bundle in (first, second):
        assert ainura.takes(bundle).state is Arrival.QUARANTINED
    return first, second


def test_looking_inside_tells_what_accepting_brings_and_changes_nothing_at_all(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    revoked_with_two_bundles(ainura, bek)
    before = whole(ainura)

    look = quarantine.look_inside(ainura.archive, only(ainura))

    assert whole(ainura) == before
    told = {(each.title, each.what) for each in look.records if each.type == "person"}
    assert told == {("Second, edited", "new"), ("Third", "new")}
    assert look.new_objects == 1 and look.unreadable == ()
    quarantine.accept(ainura.archive, only(ainura))
    assert titles(ainura) == {"Before", "Second, edited", "Third"}
    assert quarantine.senders(ainura.archive) == []


def test_what_is_accepted_stands_the_sender_stays_revoked_and_later_words_wait_again(
    pair: tuple[Someone, Someone],
) -> None:
    ainura, bek = pair
    revoked_with_two_bundles(ainura, bek)
    quarantine.accept(ainura.archive, only(ainura))
    bek.new("person", name="Later")

    assert ainura.peer(bek).revoked
    assert ainura.takes(bek.bundle(ainura)).state is Arrival.QUARANTINED
    assert "Later" not in titles(ainura)
    before = ainura.snapshot()
    vaults.rebuild(ainura.archive)
    assert ainura.snapshot() == before


def test_one_bundle_is_accepted_and_the_other_refused(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    revoked_with_two_bundles(ainura, bek)
    first, second = quarantine.waiting(ainura.archive)

    quarantine.accept(ainura.archive, first)
    quarantine.refuse(ainura.archive, second)

    assert titles(ainura) == {"Before", "Second"}
    assert quarantine.senders(ainura.archive) == [] and not second.path.exists() and not first.path.exists()


def test_a_stranger_is_looked_into_and_accepted_only_by_trusting_them(
    pair: tuple[Someone, Someone], chinara: Someone
) -> None:
    ainura, _bek = pair
    chinara.trusts(ainura)
    chinara.new("person", name="Stranger's")
    ainura.takes(chinara.bundle(ainura))
    sender = only(ainura)

    look = quarantine.look_inside(ainura.archive, sender)

    assert (sender.name, sender.person, sender.trusted) == ("", "Chinara", False)
    assert [each.title for each in look.records] == ["Stranger's"]
    with pytest.raises(PeerNotFoundError):
        quarantine.accept(ainura.archive, sender)
    assert titles(ainura) == set()
    ainura.trusts(chinara)
    quarantine.accept(ainura.archive, only(ainura))
    assert titles(ainura) == {"Stranger's"}


def test_entries_that_do_not_stand_are_looked_at_accepted_and_refused_and_it_can_be_decided_again(
    pair: tuple[Someone, Someone],
) -> None:
    ainura, bek = pair
    first = bek.new("person", name="A")
    ainura.takes(bek.bundle(ainura))
    revoking.revoke(ainura.archive, ainura.peer(bek), upto=NOTHING)
    sender = only(ainura)
    assert titles(ainura) == set() and sender.held is not None and sender.held.records == (first,)
    before = whole(ainura)

    look = quarantine.look_inside(ainura.archive, sender)

    assert whole(ainura) == before
    assert [(each.title, each.what) for each in look.records] == [("A", "new")]
    quarantine.refuse(ainura.archive, sender)
    assert titles(ainura) == set() and only(ainura).held is None and only(ainura).refused == sender.held.entries
    quarantine.accept(ainura.archive, sender)
    assert titles(ainura) == {"A"} and quarantine.senders(ainura.archive) == []


def test_every_branch_of_what_waits_is_accepted(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    bek.new("person", name="A")
    ainura.takes(bek.bundle(ainura))
    copy = bek.archive.connection.execute("SELECT head_seq, head FROM log")[0]
    bek.new("person", name="One way")
    ainura.takes(bek.bundle(ainura))
    bek.archive.connection.execute("UPDATE log SET head_seq = ?, head = ?", copy)
    bek.new("person", name="Other way")
    ainura.takes(bek.bundle(ainura))
    assert titles(ainura) == {"A", "One way", "Other way"} and alarms(ainura.archive)
    revoking.revoke(ainura.archive, ainura.peer(bek), upto=NOTHING)
    assert titles(ainura) == set()

    quarantine.accept(ainura.archive, only(ainura))

    assert titles(ainura) == {"A", "One way", "Other way"}


def test_a_bundle_that_cannot_be_read_is_told_with_its_reason(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    revoked_with_two_bundles(ainura, bek)
    first, second = quarantine.waiting(ainura.archive)
    first.path.write_bytes(b"x")

    look = quarantine.look_inside(ainura.archive, only(ainura))

    assert first.id in {number for number, _problem in look.unreadable}
    assert len(look.unreadable) == len({number for number, _problem in look.unreadable})
    assert second.path.exists()


def test_who_is_no_longer_trusted_but_not_revoked_can_be_accepted_for_once(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    trust.distrust(ainura.archive, ainura.peer(bek))
    bek.new("person", name="A")
    ainura.takes(bek.bundle(ainura))

    done = quarantine.accept(ainura.archive, only(ainura))

    assert [each.state for each in done.outcomes] == [Arrival.IMPORTED]
    assert titles(ainura) == {"A"} and trust.peers(ainura.archive) == []


def test_a_refused_bundle_that_a_stop_left_in_the_inbox_goes_at_the_next_opening(pair: tuple[Someone, Someone]) -> None:
    ainura, bek = pair
    revoked_with_two_bundles(ainura, bek)
    inbox = ainura.vault.folder / "inbox"
    kept, lost = sorted(path.name for path in inbox.iterdir())
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("DELETE FROM quarantine WHERE name = ?", (lost,))
    ainura.reopen()
    assert [path.name for path in inbox.iterdir()] == [kept]


def test_a_file_that_cannot_be_removed_is_no_reason_to_wait_on(
    pair: tuple[Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stays(_path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError

    ainura, bek = pair
    revoked_with_two_bundles(ainura, bek)
    monkeypatch.setattr(Path, "unlink", stays)
    quarantine.refuse(ainura.archive, only(ainura))
    monkeypatch.undo()
    assert ainura.archive.connection.value("SELECT count(*) FROM quarantine") == 0
    ainura.reopen()
    assert list((ainura.vault.folder / "inbox").iterdir()) == []
