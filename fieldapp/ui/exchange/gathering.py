"""Many bundles looked at together: every record once, what cannot wait first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fieldapp.i18n import _, ngettext
from fieldapp.services.arrivals import Outcome, RecordOutcome
from fieldapp.ui.exchange.counting import counted


@dataclass(frozen=True, slots=True)
class Gathered:
    """What several bundles bring together."""

    records: tuple[RecordOutcome, ...]
    alarms: int
    withdrawals: int
    revocations: int
    confirmations: int
    held: int

    @property
    def urgent(self) -> tuple[RecordOutcome, ...]:
        """The records that are urgent."""
        return tuple(each for each in self.records if each.urgent)

    @property
    def contested(self) -> tuple[RecordOutcome, ...]:
        """The records of which accounts differ."""
        return tuple(each for each in self.records if each.contested)


def gathered(outcomes: Iterable[Outcome]) -> Gathered:
    """All of it. A record that one bundle makes and another changes is new; how it looks last counts."""
    records: dict[bytes, RecordOutcome] = {}
    alarms, withdrawals, revocations = set[bytes](), set[bytes](), set[bytes]()
    confirmations = held = 0
    for outcome in outcomes:
        for each in outcome.records:
            first = records.get(each.id)
            is_new = first is not None and first.what == "new" and each.what == "changed"
            records[each.id] = replace(each, what="new") if is_new else each
        alarms |= {alarm.key for alarm in outcome.alarms}
        withdrawals |= set(outcome.withdrawals)
        revocations |= {each.entry for each in outcome.revocations}
        confirmations += outcome.receipts
        held += outcome.held
    found = tuple(records.values())
    return Gathered(found, len(alarms), len(withdrawals), len(revocations), confirmations, held)


def grave_sentences(found: Gathered) -> list[str]:
    """What a person must hear of before all else."""
    told = []
    if found.alarms:
        words = ngettext(
            "%d thing looks wrong with a device or a clock: see “What came in”.",
            "%d things look wrong with devices or clocks: see “What came in”.",
            found.alarms,
        )
        told.append(words % found.alarms)
    if found.revocations:
        words = ngettext("%d device is said to be lost.", "%d devices are said to be lost.", found.revocations)
        told.append(words % found.revocations)
    if found.withdrawals:
        words = ngettext(
            "%d withdrawal came: somebody does not want to be told of any more.",
            "%d withdrawals came: people do not want to be told of any more.",
            found.withdrawals,
        )
        told.append(words % found.withdrawals)
    return told


def record_sentences(records: Sequence[RecordOutcome]) -> list[str]:
    """What is urgent, what differs, what left the lists, what is new, what changed."""
    told = [(_("Urgent: %s."), _of(each for each in records if each.urgent))]
    by_what = (
        ("withdrawn", _("Withdrawn: %s.")),
        ("hidden", _("Removed from lists: %s.")),
        ("new", _("New: %s.")),
        ("changed", _("Changed: %s.")),
    )
    told += [(words, _of(each for each in records if each.what == what)) for what, words in by_what]
    told.append((_("Accounts differ: %s."), _of(each for each in records if each.contested)))
    return [words % counts for words, counts in told if counts]


def quiet_sentences(found: Gathered) -> list[str]:
    """What is good to know, and needs nobody."""
    told = []
    if found.confirmations:
        words = ngettext(
            "%d confirmation: what you sent has arrived.",
            "%d confirmations: what you sent has arrived.",
            found.confirmations,
        )
        told.append(words % found.confirmations)
    if found.held:
        words = ngettext(
            "%d change of a lost device waits aside.", "%d changes of lost devices wait aside.", found.held
        )
        told.append(words % found.held)
    return told


def _of(records: Iterable[RecordOutcome]) -> str:
    return counted(dict(Counter(each.type for each in records)))
