"""Revocations, quarantine and alarms, as JSON and as lines. resources/docs/command-line.md describes the JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fieldapp.cli.shapes import Json, moment
from fieldapp.i18n import N_, _, ngettext
from fieldapp.services.alarms import Alarm, AlarmKind
from fieldapp.services.outcomes import RecordOutcome
from fieldapp.services.quarantine import Held, Look, Sender
from fieldapp.services.revoking import Revocation

_SHORT_DIGITS = 8
_DAY_MS = 24 * 60 * 60 * 1000


def record(outcome: RecordOutcome) -> Json:
    """A record that something brought or changed."""
    return {
        "id": outcome.id.hex(),
        "type": outcome.type,
        "title": outcome.title,
        "what": outcome.what,
        "urgent": outcome.urgent,
        "contested": outcome.contested,
    }


def record_line(outcome: RecordOutcome) -> str:
    """The same as a line."""
    marks = [_("urgent")] * outcome.urgent + [_("accounts differ")] * outcome.contested
    marked = f"  ({', '.join(marks)})" if marks else ""
    return f"{outcome.id.hex()[:_SHORT_DIGITS]}  {outcome.type:<9}  {outcome.what:<9}  {outcome.title}{marked}"


def revocation(shown: Revocation) -> Json:
    """A revocation that is here."""
    return {
        "entry": shown.entry.hex(),
        "issuer": shown.issuer,
        "issuer_known": shown.issuer_known,
        "name": shown.name,
        "fingerprint": shown.fingerprint.hex(),
        "log": shown.log.hex(),
        "stands_until": shown.seq,
        "reason": shown.reason,
        "time": moment(shown.time_ms),
        "arrived": None if shown.arrived_ms is None else moment(shown.arrived_ms),
        "counts": shown.counts,
        "in_spite": shown.in_spite,
        "own": shown.own,
        "about_us": shown.about_us,
        "entries_beyond": shown.entries_beyond,
    }


def revocation_line(shown: Revocation) -> str:
    """The same as a line."""
    effect = _("in effect") if shown.counts else _("trusted again") if shown.in_spite else _("without effect")
    issuer = shown.issuer if shown.issuer_known else _("somebody unknown")
    told = _("%(name)s, by %(issuer)s") % {"name": shown.name or shown.log.hex()[:_SHORT_DIGITS], "issuer": issuer}
    reason = f" ({shown.reason})" if shown.reason else ""
    return f"{moment(shown.time_ms)}  {told}: {effect}{reason}"


def sender(shown: Sender) -> Json:
    """Somebody of whom something waits."""
    held = shown.held
    return {
        "name": shown.name or None,
        "trusted": shown.trusted,
        "revoked": shown.revoked,
        "person": shown.person,
        "device": shown.device,
        "log": shown.log.hex(),
        "fingerprint": shown.card.fingerprint.hex() if shown.card else None,
        "words": list(shown.card.words) if shown.card else None,
        "bundles": [{"number": each.id, "arrived": moment(each.arrived_ms)} for each in shown.bundles],
        "held": None
        if held is None
        else {
            "entries": held.entries,
            "first": moment(held.first_ms),
            "last": moment(held.last_ms),
            "records": [each.hex() for each in held.records],
        },
        "refused": shown.refused,
    }


def sender_lines(shown: Sender) -> list[str]:
    """The same as lines."""
    named = shown.name or _("%(person)s, %(device)s (nobody you trust)") % {
        "person": shown.person,
        "device": shown.device,
    }
    lines = [f"{shown.log.hex()[:_SHORT_DIGITS]}  {named}" + (_(", whose device is revoked") if shown.revoked else "")]
    bundle = _("Bundle %(number)d")
    lines += [f"    {bundle % {'number': each.id}}  {moment(each.arrived_ms)}" for each in shown.bundles]
    if shown.held is not None:
        lines.append(f"    {_held_line(shown.held)}")
    return lines


def look(shown: Look, errors: Callable[[BaseException], Json]) -> Json:
    """What would come in."""
    return {
        "new_entries": shown.entries,
        "new_objects": shown.new_objects,
        "records": [record(each) for each in shown.records],
        "withdrawals": shown.withdrawals,
        "revocations": shown.revocations,
        "unreadable": [{"number": number, "error": errors(problem)} for number, problem in shown.unreadable],
    }


def alarm(shown: Alarm) -> Json:
    """Something that a person must hear of."""
    return {
        "key": shown.key.hex(),
        "kind": shown.kind.value,
        "name": shown.name,
        "device": shown.device,
        "known": shown.known,
        "log": shown.log.hex(),
        "first_seen": moment(shown.first_seen_ms),
        "count": shown.count,
        "place": shown.seq,
        "other": shown.other,
        "reason": shown.reason,
        "off_ms": shown.off_ms,
        "dismissed": shown.dismissed,
        "what": alarm_words(shown),
    }


def alarm_words(shown: Alarm) -> str:
    """What happened, in a sentence."""
    facts = {
        "name": shown.name or shown.log.hex()[:_SHORT_DIGITS],
        "device": shown.device,
        "other": shown.other or _("somebody unknown"),
        "count": shown.count,
        "place": shown.seq,
        "days": max(1, abs(shown.off_ms) // _DAY_MS),
    }
    if shown.kind is AlarmKind.CLOCK and shown.off_ms < 0:
        return _("The clock of %(name)s (%(device)s) went back by %(days)d days.") % facts
    return _(_ALARMS[shown.kind]) % facts


def _held_line(held: Held) -> str:
    about = len(held.records)
    return _("%(entries)s about %(records)s, %(span)s") % {
        "entries": ngettext("%(count)d entry", "%(count)d entries", held.entries) % {"count": held.entries},
        "records": ngettext("%(count)d record", "%(count)d records", about) % {"count": about},
        "span": f"{moment(held.first_ms)} … {moment(held.last_ms)}",
    }


_ALARMS: Mapping[AlarmKind, str] = {
    AlarmKind.CLONE: N_(
        "A copy of this vault, or of its keys, is in use elsewhere. Begin anew on one of them: fieldapp anew VAULT"
    ),
    AlarmKind.ROLLBACK: N_(
        "%(other)s has %(count)d entries of yours that this vault does not have: older files were put back here."
    ),
    AlarmKind.REVOKED_ME: N_("%(other)s has revoked this device. What you wrote stays here."),
    AlarmKind.FORK: N_(
        "Two different things stand at one place of what %(name)s (%(device)s) wrote: a copy of it is in use."
    ),
    AlarmKind.TWO_BUNDLES: N_("%(name)s (%(device)s) gave number %(place)d to two different bundles."),
    AlarmKind.PUT_BACK: N_("Older files were put back on the device of %(name)s (%(device)s): it counts as no copy."),
    AlarmKind.REVOKED: N_("%(other)s has revoked the device of %(name)s."),
    AlarmKind.CLOCK: N_("The clock of %(name)s (%(device)s) was %(days)d days ahead."),
    AlarmKind.WITHOUT_EFFECT: N_(
        "%(other)s revokes devices, but does not coordinate here: %(count)d times, no effect."
    ),
}
