"""Bundles and what became of them, as JSON and as lines. resources/docs/command-line.md describes the JSON."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.cli import trust_shapes
from fieldapp.cli.shapes import Json, moment
from fieldapp.i18n import _, ngettext
from fieldapp.services.arrivals import Arrival, BundleFacts, Outcome, Quarantined
from fieldapp.services.handover import Handover


@dataclass(frozen=True, slots=True)
class Told:
    """One outcome, both ways. `lines` has at least one."""

    shape: Json
    lines: tuple[str, ...]


def handed_over(done: Handover, size_bytes: int) -> Json:
    """A bundle that was made."""
    info = done.plan.info
    return {
        "bundle": info.bundle_id.hex(),
        "number": info.recipients[0].number,
        "recipients": [
            {"name": peer.name, "fingerprint": peer.fingerprint.hex(), "number": number}
            for peer, (_name, number) in zip(done.recipients, numbers(done), strict=True)
        ],
        "records": dict(sorted(done.selection.records.items())),
        "hidden": done.selection.hidden,
        "documents": [document.hex() for document in done.selection.documents],
        "objects": len(done.selection.objects),
        "object_bytes": done.selection.size,
        "withheld_entries": done.selection.withheld,
        "size": size_bytes,
    }


def numbers(done: Handover) -> list[tuple[str, int]]:
    """Each recipient's name, and which of the bundles for them this is."""
    by_fingerprint = {each.fingerprint: each.number for each in done.plan.info.recipients}
    return [(peer.name, by_fingerprint[peer.fingerprint]) for peer in done.recipients]


def of_facts(facts: BundleFacts) -> Told:
    """What a bundle says of itself."""
    size = _("%(size)d bytes, %(objects)d files (%(new)d new)") % {
        "size": facts.payload_bytes,
        "objects": facts.objects,
        "new": facts.new_objects,
    }
    return Told({"state": "inspected", **_facts(facts)}, (_from_whom(facts), size))


def of_outcome(outcome: Outcome, *, dry_run: bool = False) -> Told:
    """What became of a bundle that was taken in, or would become of it."""
    shape: Json = {
        "state": outcome.state.value,
        "dry_run": dry_run,
        **_facts(outcome.facts),
        "new_entries": outcome.new_entries,
        "taken_objects": outcome.new_objects,
        "records": [trust_shapes.record(each) for each in outcome.records],
        "alarms": [trust_shapes.alarm(each) for each in outcome.alarms],
        "withdrawals": len(outcome.withdrawals),
        "revocations": [trust_shapes.revocation(each) for each in outcome.revocations],
        "receipts": outcome.receipts,
        "held": outcome.held,
        "missing": list(outcome.missing.numbers) if outcome.missing else [],
    }
    alarms = tuple(trust_shapes.alarm_words(each) for each in outcome.alarms)
    records = tuple(trust_shapes.record_line(each) for each in outcome.records)
    return Told(shape, (f"{_from_whom(outcome.facts)} {_what_became(outcome, dry_run=dry_run)}", *alarms, *records))


def waiting(bundle: Quarantined) -> Json:
    """A bundle that waits for a decision about its sender."""
    return {
        "number": bundle.id,
        "person": bundle.card.person,
        "device": bundle.card.device,
        "fingerprint": bundle.card.fingerprint.hex(),
        "words": list(bundle.card.words),
        "arrived": moment(bundle.arrived_ms),
    }


def _facts(facts: BundleFacts) -> Json:
    return {
        "bundle": facts.info.bundle_id.hex(),
        "number": facts.number,
        "sender": facts.sender_name or None,
        "trusted": bool(facts.sender_name),
        "person": facts.card.person,
        "device": facts.card.device,
        "fingerprint": facts.card.fingerprint.hex(),
        "words": list(facts.card.words),
        "recipients": [each.hex() for each in facts.info.fingerprints],
        "objects": facts.objects,
        "new_objects": facts.new_objects,
        "payload_bytes": facts.payload_bytes,
    }


def _from_whom(facts: BundleFacts) -> str:
    if facts.sender_name:
        return _("From %(name)s, number %(number)d.") % {"name": facts.sender_name, "number": facts.number}
    return _("From somebody whom you do not trust: they call themselves %(person)s; words to compare: %(words)s.") % {
        "person": facts.card.person,
        "words": " ".join(facts.card.words),
    }


def _what_became(outcome: Outcome, *, dry_run: bool) -> str:
    if outcome.state is Arrival.NOTHING_NEW:
        return _("Everything in it is here already.")
    if outcome.state is Arrival.QUARANTINED:
        return _("It would wait, unopened.") if dry_run else _("It waits, unopened, until you trust them.")
    counted = ngettext("%(count)d record", "%(count)d records", len(outcome.records)) % {"count": len(outcome.records)}
    told = _("Would be taken in: %(counted)s.") if dry_run else _("Taken in: %(counted)s.")
    removed = sum(each.what == "hidden" for each in outcome.records)
    left = _("Removed from lists: %(count)d; see list --hidden.") % {"count": removed} if removed else ""
    return f"{told % {'counted': counted}} {left}".rstrip()
