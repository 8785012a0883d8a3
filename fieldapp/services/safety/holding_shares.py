"""Shares that are kept here for others: taken in from a file, told to nobody, spoken only when their owner asks.

Rule 1: kept is what somebody who is trusted now signed for one of our cards. Of one owner only the newest is kept.
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

from fieldapp.bundles.share import MAX_FILE_BYTES, Statement, open_share, read_statement, verify
from fieldapp.crypto.recovery import phrase_of, rehearsal_phrase
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
    they are trusted here now. `told_ms`: when its words were last shown here.
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
    """The shares that are kept here for others, by name."""
    names = {peer.fingerprint: peer.name for peer in trust.known_cards(archive)}
    trusted = {peer.fingerprint for peer in trust.peers(archive)}
    told = _told(archive)
    found = []
    for number, arrived_ms, encoded in archive.connection.execute("SELECT number, arrived_ms, statement FROM share"):
        said = read_statement(encoded)
        found.append(
            Held(
                owner=said.owner,
                name=names.get(said.owner, ""),
                person=said.person,
                device=said.device,
                number=number,
                made_ms=said.time_ms,
                arrived_ms=arrived_ms,
                others=said.others,
                trusted=said.owner in trusted,
                told_ms=told.get(said.owner),
            )
        )
    return sorted(found, key=lambda each: ((each.name or each.person).casefold(), each.owner))


def find(archive: Archive, name: str) -> Held:
    """The share of who is called so here or by themselves, or whose fingerprint begins so.

    Raises:
        ShareNotFoundError: none, or several.
    """
    digits = name.replace(" ", "").lower()
    called = name.casefold()
    kept = held(archive)
    by_print = [each for each in kept if len(digits) >= _LEAST_PREFIX and each.owner.hex().startswith(digits)]
    by_our_name = [each for each in kept if each.name.casefold() == called]  # what anybody calls themselves comes last
    found = by_print or by_our_name or [each for each in kept if each.person.casefold() == called]
    if len(found) != 1:
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

    Raises:
        ShareNotFoundError: no share of theirs is here.
    """
    encoded = archive.connection.value("SELECT statement FROM share WHERE owner = ?", (owner,))
    if encoded is None:
        raise ShareNotFoundError
    statement = read_statement(encoded)
    return rehearsal_phrase(hashlib.sha256(statement.share).digest(), statement.number)


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


def _told(archive: Archive) -> dict[bytes, int]:
    """When the words of which owner's share were shown last."""
    told: dict[bytes, int] = {}
    for entry in stored_entries(archive.connection, kind=KEY_COPIED):
        owner = entry.body.payload.get("owner") if entry.body else None
        if isinstance(owner, bytes) and entry.arrival is None:
            told[owner] = entry.time_ms
    return told
