"""Who is who: the own identity card, and the people whose cards were compared by voice or in person.

A decision to trust is an entry of the own log (kind `trust`: {card, name, state}); its body never leaves this device.
Only what is written here counts: nobody else's trust becomes ours.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from fieldapp.bundles.card import MAX_CARD_BYTES, Card, check_card_text, read_card, write_card
from fieldapp.errors import (
    CardError,
    OwnCardError,
    PeerAmbiguousError,
    PeerNameTakenError,
    PeerNotFoundError,
    PlaceTakenError,
    storage_error,
)
from fieldapp.records.fold import fold_plain
from fieldapp.services.archive import Archive
from fieldapp.services.files import open_ordinary
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import SealedEntry, sealed_entries, stored_entries

TRUSTED, REFUSED = "trusted", "refused"

_LEAST_PREFIX = 6

_ALIKE = (
    ("АВЕЗКМНОРСТУХІЈЅԚԜҺӀ", "abe3kmhopctyxljsqwhl"),
    ("авекзмнорстухіјѕԛԝһԁӏѵ", "abek3mhopctyxijsqwhdlv"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhlkmnoptyx"),
    ("αεικνορυχγ", "aeikvopuxy"),
    ("I|10", "lllo"),
)
_SHAPES = {ord(letter): shape for row in _ALIKE for letter, shape in zip(*row, strict=True)}
"""Cyrillic and Greek letters, and a few of Latin's own, to the small Latin letter of the same shape."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody whose card is trusted, under the name that is used for them here."""

    name: str
    card: Card
    since_ms: int

    @property
    def fingerprint(self) -> bytes:
        """The fingerprint of their keys."""
        return self.card.fingerprint


def own_card(archive: Archive) -> Card:
    """The card of who writes here; made once, so that it is the same file each time."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = 'card'")
    if kept is not None:
        return read_card(kept)
    log = archive.vault.author.log
    _rowid, opening = next(iter(sealed_entries(archive.connection, log)))
    told = [entry.body for entry in stored_entries(archive.connection, kind="open") if entry.log == log]
    payload = told[0].payload if told and told[0] else {}
    file = write_card(
        archive.vault.identity,
        person=str(payload.get("person")),
        device=str(payload.get("device")),
        opening=SealedEntry(opening.header_bytes, opening.signature, None),
    )
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES ('card', ?)", (file,))
    return read_card(file)


def write_card_file(archive: Archive, path: Path) -> Card:
    """Write the own card to a new file; it holds nothing secret.

    Raises:
        PlaceTakenError, DiskFullError, PlaceUnwritableError: no file was written.
    """
    card = own_card(archive)
    try:
        with path.open("xb") as file:
            file.write(card.file)
    except FileExistsError as problem:
        raise PlaceTakenError from problem
    except OSError as problem:
        raise storage_error(problem) from problem
    return card


def read_card_file(path: Path) -> Card:
    """The card in a file. That it reads says nothing about who it is: words must be compared before `trust`.

    Raises:
        FileUnreadableError: there is no such file. CardError and its kinds: it is not a whole card.
    """
    with open_ordinary(path) as file:
        return read_card(file.read(MAX_CARD_BYTES + 1))


def trust(archive: Archive, card: Card, *, name: str | None = None) -> Peer:
    """Trust a card, after a person has compared its words with its owner. A known card can be given another name.

    Raises:
        OwnCardError: it is this vault's own. CardTextError: no such name will do.
        PeerNameTakenError: somebody else has the name here.
    """
    if card.fingerprint == own_card(archive).fingerprint:
        raise OwnCardError
    called = unicodedata.normalize("NFC", name if name is not None else card.person)
    check_card_text(called)
    called = " ".join(called.split())
    for peer in peers(archive):
        if _look_alike(peer.name, called) and peer.fingerprint != card.fingerprint:
            raise PeerNameTakenError
    _decide(archive, card, called, TRUSTED)
    return next(peer for peer in peers(archive) if peer.fingerprint == card.fingerprint)


def distrust(archive: Archive, peer: Peer) -> None:
    """No longer trust somebody: their bundles go to quarantine, and nothing can be sealed for them. What came stays."""
    _decide(archive, peer.card, peer.name, REFUSED)


def peers(archive: Archive) -> list[Peer]:
    """Everybody who is trusted, by name."""
    return sorted((peer for peer, trusted in _decided(archive) if trusted), key=lambda peer: peer.name.casefold())


def known_cards(archive: Archive) -> list[Peer]:
    """Everybody who is or was trusted; their names stay on what they brought."""
    return [peer for peer, _trusted in _decided(archive)]


def find_peer(archive: Archive, name: str) -> Peer:
    """The trusted person of that name, or with that beginning of a fingerprint (6 hex digits or more).

    Raises:
        PeerNotFoundError, PeerAmbiguousError: none, or several.
    """
    everybody = peers(archive)
    digits = name.replace(" ", "").lower()
    found = [
        peer
        for peer in everybody
        if _look_alike(peer.name, name) or (len(digits) >= _LEAST_PREFIX and peer.fingerprint.hex().startswith(digits))
    ]
    if not found:
        raise PeerNotFoundError(tuple(peer.name for peer in everybody))
    if len(found) > 1:  # also where somebody calls themselves by the beginning of another's fingerprint
        raise PeerAmbiguousError
    return found[0]


def _look_alike(one: str, other: str) -> bool:
    """Whether people would take one name for the other: by how it is spelled, or by its shape, in whatever script."""
    return _spelling(one) == _spelling(other) or _shape(one) == _shape(other)


def _spelling(name: str) -> str:
    return " ".join(fold_plain(name).split())


def _shape(name: str) -> str:
    """Taken apart first, so that a letter with marks has the shape of its base; and again after folding."""
    return _spelling(unicodedata.normalize("NFD", name).translate(_SHAPES)).translate(_SHAPES)


def _decided(archive: Archive) -> list[tuple[Peer, bool]]:
    """The newest decision about each card, by the place in the own log: a foreign tick cannot change their order."""
    own = archive.vault.author.log
    decided: dict[bytes, tuple[Peer, bool]] = {}
    entries = [entry for entry in stored_entries(archive.connection, kind="trust") if entry.log == own]
    for entry in sorted(entries, key=lambda entry: entry.seq):
        payload = entry.body.payload if entry.body else {}
        file, name = payload.get("card"), payload.get("name")
        if not isinstance(file, bytes) or not isinstance(name, str):
            continue
        try:
            card = read_card(file)
        except CardError:
            continue
        decided[card.fingerprint] = Peer(name, card, entry.time_ms), payload.get("state") == TRUSTED
    return list(decided.values())


def _decide(archive: Archive, card: Card, name: str, state: str) -> None:
    body = Body("trust", secrets.token_bytes(16), {"card": card.file, "name": name, "state": state})
    with archive.vault.saving():
        archive.write([body])
