"""Withdrawals, what left the device, tasks and the desk as JSON; resources/docs/command-line.md describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldapp.cli.shapes import Json, day, moment, row
from fieldapp.services.acknowledged import Missing
from fieldapp.services.alarms import Alarm
from fieldapp.services.desk import ArrivalRow, Desk
from fieldapp.services.quarantine import Sender
from fieldapp.services.receipts import Uncounted, doubt_words
from fieldapp.services.removal import Kept, Light, Removed, RemovedRow, reason_words
from fieldapp.services.tasks import Task
from fieldapp.services.withdrawals import Group, KeptDocument, Shredded, Told, Withdrawal
from fieldapp.values import RecordId

LEAST_DIGITS = 4


def withdrawal(shown: Withdrawal) -> Json:
    """One withdrawal."""
    return {
        "entry": shown.entry.hex(),
        "record": shown.record.hex(),
        "type": shown.type,
        "title": shown.title,
        "sender": shown.sender,
        "sender_log": shown.sender_log.hex(),
        "own": shown.own,
        "by": shown.by,
        "how": shown.how,
        "date": shown.date,
        "reason": shown.reason,
        "time": moment(shown.time_ms),
        "state": shown.state.value,
        "bodies": shown.bodies,
        "again": shown.again,
    }


def told(shown: Told) -> Json:
    """Somebody who must be told by other means."""
    return {
        "kind": shown.kind,
        "name": shown.name,
        "fingerprint": shown.fingerprint.hex() or None,
        "number": shown.number or None,
        "time": moment(shown.time_ms),
        "purpose": shown.purpose,
    }


def by_record(lists: Mapping[RecordId, Sequence[Told]]) -> Json:
    """Who must be told, by record."""
    return {record.hex(): [told(each) for each in several] for record, several in lists.items()}


def shredded(gone: Shredded) -> Json:
    """What was destroyed."""
    return {
        "records": [each.hex() for each in gone.records],
        "entries": gone.entries,
        "documents": gone.documents,
        "kept": [_kept_document(each) for each in gone.kept],
        "told": by_record(gone.told),
    }


def light(found: Light) -> Json:
    """What may leave this device."""
    return {
        "records": [each.hex() for each in found.records],
        "counts": found.counts,
        "documents": found.documents,
        "object_bytes": found.object_bytes,
        "copies_needed": found.copies_needed,
        "kept": [_kept(each, found.copies_needed) for each in found.kept],
        "uncounted": [_uncounted(each) for each in found.uncounted],
    }


def removed(gone: Removed, found: Light) -> Json:
    """What left this device."""
    return {
        "records": [each.hex() for each in gone.records],
        "documents": gone.documents,
        "object_bytes": gone.object_bytes,
        "cancelled": gone.cancelled,
        "copies_needed": found.copies_needed,
        "kept": [_kept(each, found.copies_needed) for each in (*found.kept, *gone.refused)],
        "uncounted": [_uncounted(each) for each in found.uncounted],
    }


def removed_row(shown: RemovedRow) -> Json:
    """What is still known of a record that left."""
    return {
        "id": shown.record.hex(),
        "type": shown.type,
        "created": moment(shown.created_ms),
        "removed": moment(shown.removed_ms),
        "documents": shown.documents,
        "why": shown.why,
    }


def task(shown: Task) -> Json:
    """One task."""
    return {
        "id": shown.record.hex(),
        "title": shown.title,
        "about": shown.about.hex() if shown.about else None,
        "about_title": shown.about_title,
        "questions": shown.questions,
        "answer": shown.answer,
        "due": day(shown.due),
        "expires": day(shown.expires),
        "state": shown.state,
        "assigned_to": shown.assigned_to,
        "mine": shown.mine,
        "overdue": shown.overdue,
    }


def desk(shown: Desk) -> Json:
    """Everything that waits for a person."""
    return {
        "alarms": [_alarm(each) for each in shown.alarms],
        "withdrawals": _of_groups(shown.withdrawals),
        "requests": _of_groups(shown.requests),
        "urgent_count": shown.urgent_count,
        "urgent_new": shown.urgent_new,
        "urgent": [row(each) for each in shown.urgent],
        "tasks_due": [task(each) for each in shown.tasks_due],
        "contested_count": shown.contested_count,
        "contested": [{**row(each.row), "fields": [field.key for field in each.fields]} for each in shown.contested],
        "arrivals": [_arrival(each) for each in shown.arrivals],
        "missing": [_missing(each) for each in shown.missing],
        "waiting_parts": [
            {"set": each.id.hex(), "count": each.count, "missing": list(each.missing)} for each in shown.waiting_parts
        ],
        "unacknowledged": {"waiting": shown.unacknowledged.waiting, "sent": shown.unacknowledged.sent},
        "quarantined": [_sender(each) for each in shown.quarantined],
        "to_tell": [each.hex() for each in shown.to_tell],
    }


def _kept_document(kept: KeptDocument) -> Json:
    return {"id": kept.document.hex(), "title": kept.title, "shared_with": list(kept.shared_with)}


def _kept(kept: Kept, copies: int) -> Json:
    return {
        "reason": kept.reason.value,
        "words": reason_words(kept, copies),
        "records": [each.hex() for each in kept.records],
        "lacking": list(kept.lacking),
    }


def _uncounted(shown: Uncounted) -> Json:
    return {
        "name": shown.peer.name,
        "fingerprint": shown.peer.fingerprint.hex(),
        "doubt": shown.doubt.value,
        "words": doubt_words(shown),
    }


def _alarm(alarm: Alarm) -> Json:
    return {
        "kind": alarm.kind.value,
        "name": alarm.name,
        "device": alarm.device,
        "log": alarm.log.hex() if alarm.log else None,
        "count": alarm.count,
    }


def _of_groups(groups: Sequence[Group]) -> list[Json]:
    return [withdrawal(each) for group in groups for each in group.withdrawals]


def _arrival(arrival: ArrivalRow) -> Json:
    return {
        "arrival": arrival.arrival,
        "number": arrival.number,
        "sender": arrival.sender,
        "fingerprint": arrival.fingerprint.hex(),
        "arrived": moment(arrival.arrived_ms),
        "new": arrival.new,
        "changed": arrival.changed,
        "counted": arrival.counted,
        "seen": arrival.seen,
    }


def _missing(missing: Missing) -> Json:
    return {"sender": missing.peer.name, "numbers": list(missing.numbers), "last": missing.last}


def _sender(sender: Sender) -> Json:
    return {
        "name": sender.name,
        "person": sender.person,
        "device": sender.device,
        "bundles": len(sender.bundles),
        "entries": sender.held.entries if sender.held else 0,
    }
