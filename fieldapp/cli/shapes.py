"""Values of the services as JSON: ids and bytes as hex, times as ISO 8601 in UTC, dates as maps; keys in this order.

resources/docs/command-line.md describes these shapes; scripts rely on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from fieldapp.bundles.card import Card
from fieldapp.records.store import RecordRow
from fieldapp.services.archive import Changed
from fieldapp.services.trust import Peer
from fieldapp.services.views import Account, FieldView, HistoryEntry, Hit, LinkView, RecordView

Json = dict[str, object]


def plain(value: object) -> object:
    """A record's value: bytes become hex, at any depth."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def moment(time_ms: int) -> str:
    """A time, such as 2026-03-05T14:30:00.123Z; a foreign clock may say what no calendar has."""
    try:
        told = datetime.fromtimestamp(time_ms // 1000, UTC).replace(microsecond=time_ms % 1000 * 1000)
    except (ValueError, OverflowError, OSError):
        return f"@{time_ms}"
    return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(ordinal: int | None) -> str | None:
    """A day, such as 2026-03-05."""
    return None if ordinal is None else date.fromordinal(ordinal).isoformat()


def row(shown: RecordRow) -> Json:
    """A line of a list."""
    return {
        "id": shown.id.hex(),
        "type": shown.type,
        "title": shown.title,
        "earliest": day(shown.earliest),
        "latest": day(shown.latest),
        "created": moment(shown.created_ms),
        "changed": moment(shown.changed_ms),
        "hidden": shown.hidden,
        "contested": shown.contested,
    }


def hit(found: Hit) -> Json:
    """A line of a search: the record, and the place of its text that was found."""
    return {**row(found.row), "snippet": found.snippet.text, "marks": [list(mark) for mark in found.snippet.marks]}


def record(view: RecordView) -> Json:
    """A whole record."""
    return {
        **row(view.row),
        "author": view.author,
        "through": view.through,
        "fields": {field.key: _field(field) for field in view.fields},
        "links": [_link(link) for link in view.links],
    }


def changed(result: Changed) -> Json:
    """What a change made: the new record, and every record whose row is another now."""
    return {
        "id": result.created.hex() if result.created else None,
        "changed": sorted(each.hex() for each in result.records),
    }


def history_entry(entry: HistoryEntry) -> Json:
    """One entry of a record's history."""
    return {
        "entry": entry.entry.hex(),
        "kind": entry.kind,
        "author": entry.author,
        "device": entry.device,
        "own": entry.own,
        "time": moment(entry.time_ms),
        "zone_minutes": entry.zone_minutes,
        "came_in": entry.came_in,
        "changes": [
            {"key": each.key, "value": plain(each.value), "shown": each.told, "replaced": list(each.replaced)}
            for each in entry.changes
        ],
        "event": entry.event,
        "purpose": entry.purpose,
        "through": entry.through,
        "undoes": entry.undoes,
        "author_known": entry.author_known,
    }


def card(shown: Card) -> Json:
    """Who a card says it is."""
    return {
        "person": shown.person,
        "device": shown.device,
        "log": shown.log.hex(),
        "fingerprint": shown.fingerprint.hex(),
        "words": list(shown.words),
    }


def peer(known: Peer) -> Json:
    """Somebody who is trusted."""
    return {
        "name": known.name,
        "since": moment(known.since_ms),
        **card(known.card),
        "role": known.role.value,
        "revoked": known.revoked,
        "trusted": known.trusted,
    }


def _field(field: FieldView) -> Json:
    return {
        "name": field.name,
        "value": plain(field.value),
        "shown": field.told,
        "contested": field.contested,
        "accounts": [_account(each) for each in field.accounts],
    }


def _account(account: Account) -> Json:
    return {
        "entry": account.entry.hex(),
        "value": plain(account.value),
        "shown": account.told,
        "author": account.author,
        "time": moment(account.time_ms),
        "source": account.source,
        "reliability": account.reliability,
        "note": account.note,
        "through": account.through,
    }


def _link(link: LinkView) -> Json:
    return {
        "id": link.id.hex(),
        "role": link.role,
        "direction": "to" if link.outgoing else "from",
        "note": link.note,
        "other": link.other_id.hex(),
        "other_type": link.other.type if link.other else None,
        "other_title": link.other.title if link.other else None,
    }
