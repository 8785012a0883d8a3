"""Whether this device keeps things for others: a person's choice, without which nobody relies on what is told here.

Rule 1: only where a person said so does a receipt promise anything (`bundles.receipt`: keeps).
Rule 2: a promise is not taken back. Who switches it off keeps what others wrote and what came until then: who was told
        that it is safe here may have taken it off their own device, and a later word may never reach them.
"""

from __future__ import annotations

from fieldapp.bundles.receipt import Statement, read_statement
from fieldapp.i18n import ngettext
from fieldapp.services.archive import Archive

_SETTING = "keeps for others"
_PROMISED = "promised "
_ALL = 2**63 - 1
_NUMBER_BYTES = 8


def keeps_for_others(archive: Archive) -> bool:
    """Whether this device keeps what others hand over, so that they may rely on it."""
    return bound_upto(archive) == _ALL


def bound_upto(archive: Archive) -> int:
    """Of what others wrote, all that came with the arrival of this number, or before it, stays here. 0: nothing."""
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (_SETTING,))
    return int.from_bytes(kept, "big") if isinstance(kept, bytes) else 0


def set_keeps_for_others(archive: Archive, *, on: bool) -> int:
    """Choose it. Gives how many people were told to rely on this device: what they were told of stays here anyway.

    Raises:
        DiskFullError and its kind: nothing was changed.
    """
    upto = _ALL
    if not on:
        newest = int(archive.connection.value("SELECT coalesce(max(id), 0) FROM arrival"))
        upto = newest if keeps_for_others(archive) else bound_upto(archive)
    with archive.connection.transaction():
        archive.connection.execute(
            "INSERT OR REPLACE INTO setting VALUES (?, ?)", (_SETTING, upto.to_bytes(_NUMBER_BYTES, "big"))
        )
    return len(promised(archive))


def still_words(relying: int) -> str:
    """What stays although it is switched off, in the words of the language in use."""
    words = ngettext(
        "%d person was told to rely on it: what came until then stays here.",
        "%d people were told to rely on it: what came until then stays here.",
        relying,
    )
    return words % relying


def promised(archive: Archive) -> dict[bytes, Statement]:
    """By fingerprint, the newest receipt that promised somebody that this device keeps things for them."""
    rows = archive.connection.execute("SELECT peer, statement FROM acknowledged")
    now = {peer: read_statement(encoded) for peer, encoded in rows}
    before = archive.connection.execute("SELECT name, value FROM setting WHERE name LIKE ?", (_PROMISED + "%",))
    return {
        **{bytes.fromhex(name.removeprefix(_PROMISED)): read_statement(encoded) for name, encoded in before},
        **{peer: statement for peer, statement in now.items() if statement.keeps},
    }


def note_promise(archive: Archive, peer: bytes, before: bytes | None, *, keeps: bool) -> None:
    """Remember what was promised somebody `before`, where the next word promises nothing; inside the transaction."""
    if before is not None and not keeps and read_statement(before).keeps:
        archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_PROMISED + peer.hex(), before))
