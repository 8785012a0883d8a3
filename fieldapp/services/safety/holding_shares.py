"""Shares that are kept here for others: taken in from a file, told to nobody, spoken only when their owner asks.

Rule 1: kept is what somebody who is trusted now signed for one of our cards. Of one card only the newest is kept. A
        vault may have several cards: which of their shares is the newest is told where it is proven, and none is
        dropped: a copy that was restored counts on from its own day, and the vault before it may go on elsewhere.
Rule 2: a share never travels in a bundle. Its words are shown for one owner at a time, and each time is noted in the
        journal.
Rule 3: two shares open a vault. Who is asked for one has to know that the owner asks: by calling back, never by a
        message. To rehearse there are other words, which open nothing.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass
from pathlib import Path

from fieldapp.bundles.share import (
    MAX_FILE_BYTES,
    Replaced,
    Statement,
    open_share,
    read_statement,
    verify,
    verify_voucher,
)
from fieldapp.crypto.recovery import day_of, phrase_of, rehearsal_entropy
from fieldapp.errors import (
    KeyRefusedError,
    ShareDamagedError,
    ShareNotForYouError,
    ShareNotFoundError,
    ShareSenderError,
    SignatureError,
)
from fieldapp.services import cards, trust
from fieldapp.services.age_key import KEY_COPIED
from fieldapp.services.archive import Archive
from fieldapp.services.files import open_ordinary
from fieldapp.services.trust import Peer
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import stored_entries

_SHARE = "share"


@dataclass(frozen=True, slots=True)
class TakenShare:
    """A share that came: whose it is, the owner's count, and whether it is newer than what was here."""

    peer: Peer
    number: int
    is_news: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A share that is kept here. `owner` is the fingerprint of their card, `name` what they are called here, or empty.

    `person` and `device` are what they call themselves, `others` who keeps the other shares, in their words. `trusted`:
    they are trusted here now. `told_ms`: when its words were last shown here. `replaced_by`: the owner of a newer share
    of the same vault, which has other cards too; this one most likely opens nothing any more.
    """

    owner: bytes
    name: str
    person: str
    device: str
    number: int
    made_ms: int
    arrived_ms: int
    others: tuple[str, ...]
    trusted: bool
    told_ms: int | None
    replaced_by: bytes | None = None


def import_file(archive: Archive, path: Path, *, dry_run: bool = False) -> TakenShare:
    """Take in a share from a file.

    Raises:
        FileUnreadableError, ShareError and its kinds, DiskFullError, PlaceUnwritableError: what is kept stays so.
    """
    with open_ordinary(path) as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ShareDamagedError("size")
    encoded, signature = open_share(io.BytesIO(content), cards.own_recipients(archive))
    statement = read_statement(encoded)
    if statement.holder not in cards.own_fingerprints(archive):
        raise ShareNotForYouError
    peer = _signer(archive, statement, encoded, signature)
    is_news = _is_news(archive, statement)
    if is_news and not dry_run:
        with archive.vault.saving() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO share (owner, number, made_ms, arrived_ms, statement, signature)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    statement.owner,
                    statement.number,
                    statement.time_ms,
                    archive.clock().time_ms,
                    encoded,
                    signature,
                ),
            )
    return TakenShare(peer, statement.number, is_news)


def held(archive: Archive) -> list[Held]:
    """The shares that are kept here for others, by name, those that another replaces last, and the newest first."""
    names = {peer.fingerprint: peer.name for peer in trust.known_cards(archive)}
    trusted = {peer.fingerprint for peer in trust.peers(archive)}
    told, replaced = _told(archive), _replaced(archive)
    found = []
    for arrived_ms, encoded in archive.connection.execute("SELECT arrived_ms, statement FROM share"):
        said = read_statement(encoded)
        found.append(
            Held(
                owner=said.owner,
                name=names.get(said.owner, ""),
                person=said.person,
                device=said.device,
                number=said.number,
                made_ms=said.time_ms,
                arrived_ms=arrived_ms,
                others=said.others,
                trusted=said.owner in trusted,
                told_ms=told.get(said.owner),
                replaced_by=replaced.get(said.owner),
            )
        )
    return sorted(found, key=_place)


def find(archive: Archive, name: str) -> Held:
    """The share of who is called so here or by themselves, or whose fingerprint begins so.

    Of several whom we call so, the one is meant that no newer share of the same vault replaces, or else who is trusted.

    Raises:
        ShareNotFoundError: none, or several.
    """
    digits = name.replace(" ", "").lower()
    called = name.casefold()
    kept = held(archive)
    by_print = [each for each in kept if len(digits) >= _LEAST_PREFIX and each.owner.hex().startswith(digits)]
    by_our_name = _meant([each for each in kept if each.name.casefold() == called])
    found = by_print or by_our_name or [each for each in kept if each.person.casefold() == called]
    if len(found) != 1:  # what anybody calls themselves came last
        raise ShareNotFoundError
    return found[0]


_LEAST_PREFIX = 6


def words(archive: Archive, owner: bytes) -> str:
    """The twelve words of a share, to be read aloud to its owner. That they were shown is noted first.

    Raises:
        ShareNotFoundError: no share of theirs is here. DiskFullError, PlaceUnwritableError: nothing was shown.
    """
    encoded = archive.connection.value("SELECT statement FROM share WHERE owner = ?", (owner,))
    if encoded is None:
        raise ShareNotFoundError
    with archive.vault.saving():
        archive.write([Body(KEY_COPIED, secrets.token_bytes(16), {"what": _SHARE, "owner": owner})])
    return phrase_of(read_statement(encoded).share)


def rehearsal_words(archive: Archive, owner: bytes) -> str:
    """Twelve other words, by which the owner knows that their share is here. They open nothing, and may be overheard.

    They are those of today: who only noted them has others tomorrow.

    Raises:
        ShareNotFoundError: no share of theirs is here.
    """
    encoded = archive.connection.value("SELECT statement FROM share WHERE owner = ?", (owner,))
    if encoded is None:
        raise ShareNotFoundError
    statement = read_statement(encoded)
    digest, today = hashlib.sha256(statement.share).digest(), day_of(archive.clock().time_ms)
    return phrase_of(rehearsal_entropy(digest, statement.number, today))


def _meant(found: list[Held]) -> list[Held]:
    """Of those whom we call by one name, the one that is of use now."""
    of_use = [each for each in found if each.replaced_by is None]
    trusted = [each for each in found if each.trusted]
    return next((each for each in (of_use, trusted) if len(each) == 1), found)


def _signer(archive: Archive, statement: Statement, encoded: bytes, signature: bytes) -> Peer:
    """Who is trusted now and signed it. Raises ShareSenderError."""
    for peer in trust.peers(archive):
        if peer.fingerprint == statement.owner:
            try:
                verify(encoded, signature, peer.card.public.ed25519)
            except (SignatureError, KeyRefusedError) as problem:
                raise ShareSenderError from problem
            return peer
    raise ShareSenderError


def _is_news(archive: Archive, statement: Statement) -> bool:
    """Whether it is newer than what is kept: by the owner's count, then by their clock."""
    kept = archive.connection.execute("SELECT number, made_ms FROM share WHERE owner = ?", (statement.owner,))
    return not kept or (statement.number, statement.time_ms) > kept[0]


def _replaced(archive: Archive) -> dict[bytes, bytes]:
    """Whose share is of no use any more, and whose newer one of the same vault says so; proven, not only said."""
    kept = {said.owner: said for said in map(read_statement, _statements(archive))}
    keys = {peer.fingerprint: peer.card.public.ed25519 for peer in trust.known_cards(archive)}
    found: dict[bytes, Statement] = {}
    for said in (kept[peer.fingerprint] for peer in trust.peers(archive) if peer.fingerprint in kept):
        for each in said.replaces:
            before, newest = kept.get(each.owner), found.get(each.owner)
            if before is None or said.number <= max(before.number, newest.number if newest else 0):
                continue
            if _is_vouched(said, each, keys.get(each.owner)):
                found[each.owner] = said
    return {owner: said.owner for owner, said in found.items()}


def _is_vouched(said: Statement, replaced: Replaced, ed25519: bytes | None) -> bool:
    try:
        verify_voucher(said, replaced, ed25519 or b"")
    except (SignatureError, KeyRefusedError):
        return False
    return True


def _statements(archive: Archive) -> list[bytes]:
    return [encoded for (encoded,) in archive.connection.execute("SELECT statement FROM share")]


def _place(each: Held) -> tuple[str, bool, int, bytes]:
    return (each.name or each.person).casefold(), each.replaced_by is not None, -each.made_ms, each.owner


def _told(archive: Archive) -> dict[bytes, int]:
    """When the words of which owner's share were shown last."""
    told: dict[bytes, int] = {}
    for entry in stored_entries(archive.connection, kind=KEY_COPIED):
        owner = entry.body.payload.get("owner") if entry.body else None
        if isinstance(owner, bytes) and entry.arrival is None:
            told[owner] = entry.time_ms
    return told
