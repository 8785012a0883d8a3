"""Identity cards: the own one, those of logs that were written here before, and files that hold one.

A vault that was restored, or whose log forked, writes a newer log under new keys: its card is that of the newest one.
Bundles that were sealed for an earlier card still open, since its keys are kept. Where several people write in one
vault, each has a card: the own one is that of who unlocked, and what is sealed for any of them opens here.
"""

from __future__ import annotations

from pathlib import Path

from fieldapp.bundles.card import MAX_CARD_BYTES, Card, read_card, write_card
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.crypto.words import fingerprint
from fieldapp.services.archive import Archive
from fieldapp.services.files import open_ordinary, write_new
from fieldapp.values import LogId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import SealedEntry, sealed_entries, stored_entry

_KEPT = "card"
"""The setting that holds the file of a card; one for each log, and without a log that of before there were several."""


def own_card(archive: Archive) -> Card:
    """The card of who writes here; made once for each log, so that it is the same file each time."""
    return card_of(archive, archive.vault.author.log)


def card_of(archive: Archive, log: LogId) -> Card:
    """The card of a log that is or was written here; made once, so that it is the same file each time."""
    for name in (_name_of(log), _KEPT):
        kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (name,))
        card = None if kept is None else read_card(kept)
        if card is not None and card.log == log:
            return card
    file = _write(archive, log, dict(_own(archive))[log])
    with archive.connection.transaction():
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_name_of(log), file))
    return read_card(file)


def _name_of(log: LogId) -> str:
    """The name of the setting that holds the card of a log."""
    return f"{_KEPT} {log.hex()}"


def earlier_cards(archive: Archive) -> list[Card]:
    """The cards that who unlocked had here before, newest first; without those of which a repair found nothing."""
    return [card_of(archive, log) for log in archive.vault.earlier_logs if _can_have_card(archive, log)]


def writing_fingerprints(archive: Archive) -> frozenset[bytes]:
    """The fingerprints of the cards under which somebody writes here now: theirs, whoever unlocked."""
    writing = {writer.log for writer in archive.vault.writers() if writer.removed_ms is None}
    return frozenset(of for of, log in own_logs_by_fingerprint(archive).items() if log in writing)


def own_logs_by_fingerprint(archive: Archive) -> dict[bytes, LogId]:
    """The logs that are or were written here, by the fingerprints of their cards."""
    return {_fingerprint(log, keys): log for log, keys in _own(archive)}


def other_keys(archive: Archive) -> list[tuple[bytes, IdentitySecrets]]:
    """Fingerprints and keys of the cards of this vault but the own one: those before, and those of who else writes."""
    return [(_fingerprint(log, keys), keys) for log, keys in _own(archive) if log != archive.own_log]


def own_fingerprints(archive: Archive) -> frozenset[bytes]:
    """The fingerprints of every card of this vault: what is sealed for one of them is for us."""
    return frozenset(own_logs_by_fingerprint(archive))


def own_recipients(archive: Archive) -> list[HybridIdentity]:
    """What opens the bundles sealed for us, the newest card first."""
    return [HybridIdentity(bytes(keys.age)) for _log, keys in _own(archive)]


def write_card_file(archive: Archive, path: Path) -> Card:
    """Write the own card to a new file; it holds nothing secret.

    Raises:
        PlaceTakenError, DiskFullError, PlaceUnwritableError: no file was written.
    """
    card = own_card(archive)
    write_new(path, card.file)
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


def _can_have_card(archive: Archive, log: LogId) -> bool:
    """Whether the opening of a log is here, or the card that it stands in."""
    kept = archive.connection.value("SELECT 1 FROM setting WHERE name = ?", (_name_of(log),))
    opening = "SELECT 1 FROM entry JOIN log ON log.id = entry.log WHERE log.log = ? AND entry.seq = 0"
    return kept is not None or archive.connection.value(opening, (log,)) is not None


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
