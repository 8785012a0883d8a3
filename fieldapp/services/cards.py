"""Identity cards: the own one, those of logs that were written here before, and files that hold one.

A vault that was restored, or whose log forked, writes a newer log under new keys: its card is that of the newest one.
Bundles that were sealed for an earlier card still open, since its keys are kept.
"""

from __future__ import annotations

from pathlib import Path

from fieldapp.bundles.card import MAX_CARD_BYTES, Card, read_card, write_card
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.crypto.words import fingerprint
from fieldapp.errors import PlaceTakenError, storage_error
from fieldapp.services.archive import Archive
from fieldapp.services.files import open_ordinary
from fieldapp.values import LogId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import SealedEntry, sealed_entries, stored_entry

_KEPT = "card"
"""The setting that holds the file of the own card."""


def own_card(archive: Archive) -> Card:
    """The card of who writes here; made once for each log, so that it is the same file each time."""
    log = archive.vault.author.log
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_KEPT,))
    if kept is not None:
        card = read_card(kept)
        if card.log == log:
            return card
    file = _write(archive, log, archive.vault.identity)
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_KEPT, file))
    return read_card(file)


def earlier_cards(archive: Archive) -> list[Card]:
    """The cards of logs that were written here before, newest first."""
    now = archive.vault.author.log
    return [read_card(_write(archive, log, keys)) for log, keys in _own(archive) if log != now]


def own_fingerprints(archive: Archive) -> frozenset[bytes]:
    """The fingerprints of every card of this vault: what is sealed for one of them is for us."""
    return frozenset(_fingerprint(log, keys) for log, keys in _own(archive))


def own_recipients(archive: Archive) -> list[HybridIdentity]:
    """What opens the bundles sealed for us, the newest card first."""
    return [HybridIdentity(bytes(keys.age)) for _log, keys in _own(archive)]


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


def _own(archive: Archive) -> list[tuple[LogId, IdentitySecrets]]:
    """The logs that were ever written here with their keys, the newest first."""
    return list(zip(archive.vault.own_logs, archive.vault.identities, strict=True))


def _fingerprint(log: LogId, keys: IdentitySecrets) -> bytes:
    public, age = keys.public(), HybridIdentity(bytes(keys.age)).recipient.public
    return fingerprint(public.ed25519 + public.mldsa65 + age + log)


def _write(archive: Archive, log: LogId, keys: IdentitySecrets) -> bytes:
    rowid, opening = next(iter(sealed_entries(archive.connection, log)))
    payload: dict[str, Plain] = {}
    if opening.body_bytes is not None and (body := stored_entry(archive.connection, rowid).body) is not None:
        payload = body.payload
    return write_card(
        keys,
        person=str(payload.get("person")),
        device=str(payload.get("device")),
        opening=SealedEntry(opening.header_bytes, opening.signature, None),
    )
