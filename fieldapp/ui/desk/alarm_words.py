"""What an alarm says to a person: what happened, and what to do. No name of a mechanism."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldapp.i18n import N_, _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.alarms import Alarm, AlarmKind

_DAY_MS = 24 * 60 * 60 * 1000

_HEADINGS: Mapping[AlarmKind, str] = {
    AlarmKind.CLONE: N_("A copy of this device is in use elsewhere."),
    AlarmKind.ROLLBACK: N_("Older files were put back on this device."),
    AlarmKind.REVOKED_ME: N_("%(other)s says that this device is lost, or that you left."),
    AlarmKind.FORK: N_("A copy of the device of %(name)s is in use."),
    AlarmKind.TWO_BUNDLES: N_("%(name)s gave the number %(place)d to two different bundles."),
    AlarmKind.PUT_BACK: N_("Older files were put back on the device of %(name)s."),
    AlarmKind.REVOKED: N_("%(other)s says: the device of %(name)s is lost, or they left."),
    AlarmKind.CLOCK: N_("The clock of %(name)s was ahead."),
    AlarmKind.WITHOUT_EFFECT: N_("%(other)s says that devices are lost, but does not coordinate here."),
}

_TEXTS: Mapping[AlarmKind, str] = {
    AlarmKind.CLONE: N_(
        "Nothing is lost: what was written on both is kept. If you restored a copy yourself, go on anew here. If you "
        "did not, somebody may have your files: tell your coordinator."
    ),
    AlarmKind.ROLLBACK: N_(
        "%(other)s has something of yours that is not here. Go on anew, so that what you write does not get mixed up; "
        "what is missing comes back with their next bundle."
    ),
    AlarmKind.REVOKED_ME: N_("What you wrote stays here. Others set aside what you write from now on. Talk to them."),
    AlarmKind.FORK: N_(
        "Both what they wrote and what the copy wrote is kept. Ask them by another way whether they restored a copy, "
        "or whether the device was taken."
    ),
    AlarmKind.TWO_BUNDLES: N_("Both are kept. Ask them whether they restored a copy, or whether somebody else has it."),
    AlarmKind.PUT_BACK: N_(
        "What came there later may be lost there, and goes to them again. Ask them to go on anew, and to give you "
        "their new card: until then what they have counts as no copy."
    ),
    AlarmKind.REVOKED: N_("What came before stays as it is. What they write from then on waits aside."),
    AlarmKind.CLOCK: N_("The times on what they wrote may be wrong. Ask them to set the clock of the device."),
    AlarmKind.WITHOUT_EFFECT: N_("Nothing has changed here. If it may be true, ask those whom it is about."),
}

_ANEW = (AlarmKind.CLONE, AlarmKind.ROLLBACK)


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """A heading, a sentence or two, and whether it is for this device to go on anew."""

    heading: str
    text: str
    anew: bool


def alarm_words(alarm: Alarm) -> AlarmWords:
    """An alarm in words."""
    facts = {"name": _called(alarm), "other": visible(alarm.other) or _("somebody unknown"), "place": alarm.seq or 0}
    heading = _(_HEADINGS[alarm.kind]) % facts
    if alarm.kind is AlarmKind.CLOCK:
        heading = _clock_words(alarm)
    text = _(_TEXTS[alarm.kind]) % facts
    if alarm.reason:
        text = f"{_('“%s”') % visible(alarm.reason)} {text}"
    return AlarmWords(heading, text, alarm.kind in _ANEW)


def _clock_words(alarm: Alarm) -> str:
    days = max(1, abs(alarm.off_ms) // _DAY_MS)
    if alarm.off_ms < 0:
        words = ngettext(
            "The clock of %(name)s went back by %(days)d day.",
            "The clock of %(name)s went back by %(days)d days.",
            days,
        )
    else:
        words = ngettext(
            "The clock of %(name)s was %(days)d day ahead.", "The clock of %(name)s was %(days)d days ahead.", days
        )
    return words % {"name": _called(alarm), "days": days}


def _called(alarm: Alarm) -> str:
    """Whom it is about; of a stranger, what they call themselves, and that it is only that."""
    if not alarm.name:
        return _("somebody unknown")
    name = visible(alarm.name)
    if not alarm.known:
        return _("somebody who calls themselves %s") % name
    return _("%(name)s (%(device)s)") % {"name": name, "device": visible(alarm.device)} if alarm.device else name
