"""What the writers of logs are called here: by our name for their card, else as their log says of itself."""

from __future__ import annotations

from fieldapp.services.archive import Archive
from fieldapp.services.cards import own_card
from fieldapp.services.trust import known_cards
from fieldapp.values import LogId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import stored_entry


class Callings:
    """Names of people and devices by log; looked up when asked for, and good for one reading of the vault."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        own = own_card(archive)
        self._known: dict[LogId, tuple[str, str]] = {own.log: (own.person, own.device)}
        self._known |= {peer.card.log: (peer.name, peer.card.device) for peer in known_cards(archive)}
        self._compared = frozenset(self._known) | frozenset(archive.vault.own_logs)

    def is_known(self, log: LogId) -> bool:
        """Whether it is ours, or its card is or was trusted here; else the name is what the log says of itself."""
        return log in self._compared

    def name(self, log: LogId) -> str:
        """What the person is called; empty where nothing says it."""
        return self._called(log)[0]

    def device(self, log: LogId) -> str:
        """What the device is called; empty where nothing says it."""
        return self._called(log)[1]

    def _called(self, log: LogId) -> tuple[str, str]:
        if log not in self._known:
            self._known[log] = self._opening(log)
        return self._known[log]

    def _opening(self, log: LogId) -> tuple[str, str]:
        rowid = self._archive.connection.value(
            "SELECT entry.id FROM entry JOIN log ON log.id = entry.log JOIN body ON body.entry = entry.id"
            " WHERE log.log = ? AND entry.seq = 0",
            (log,),
        )
        body = stored_entry(self._archive.connection, rowid).body if rowid is not None else None
        payload: dict[str, Plain] = body.payload if body else {}
        return _text(payload.get("person")), _text(payload.get("device"))


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else ""
