"""The rows of the desk in words; each section is made only where it has something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtWidgets import QPushButton

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.acknowledged import Missing, Unacknowledged
from fieldapp.services.desk import ArrivalRow, Desk
from fieldapp.services.parts import WaitingSet
from fieldapp.services.quarantine import Sender
from fieldapp.services.tasks import Task
from fieldapp.services.withdrawals import Group
from fieldapp.ui.desk.reading import OnDesk
from fieldapp.ui.desk.rows import RowButton, Section
from fieldapp.ui.exchange.number_words import number_words
from fieldapp.ui.plain import push_button
from fieldapp.ui.times import day_words, moment_words

Go = Callable[[], None]
_TITLES = 3
_LONGEST_TITLE = 60


class Ways:
    """Where rows lead to; the page fills these in."""

    record: Callable[[bytes], None]
    task: Callable[[bytes], None]
    arrival: Callable[[ArrivalRow], None]
    part: Callable[[str], None]
    withdrawals: Go
    told: Go
    seen: Go
    all_urgent: Go


def withdrawn_section(desk: Desk, ways: Ways) -> Section | None:
    """Who takes something back, who asks for it, and who must still be told."""
    if not (desk.withdrawals or desk.requests or desk.to_tell):
        return None
    count = sum(len(group.withdrawals) for group in (*desk.withdrawals, *desk.requests))
    section = Section("hide", _("Taken back by who told it"), count, role="danger")
    for group in desk.withdrawals:
        text = _("Out of all lists and bundles already. Decide whether it is erased here.")
        section.add(_led(_group_row(group, text, "withdrawn"), ways.withdrawals))
    for group in desk.requests:
        text = _("They are neither who wrote it down nor a coordinator: nothing happens until you decide.")
        section.add(_led(_group_row(group, text, "asked"), ways.withdrawals))
    if desk.to_tell:
        words = ngettext(
            "Of %d erased record somebody must still be told",
            "Of %d erased records somebody must still be told",
            len(desk.to_tell),
        )
        text = _("They got it before, and no bundle reaches what left a device: tell them by another way.")
        section.add(_led(RowButton("told", "phone", words % len(desk.to_tell), text), ways.told))
    return section


def urgent_section(shown: OnDesk, ways: Ways) -> Section | None:
    """People in danger, and accounts of somebody in distress."""
    if not shown.urgent:
        return None
    fresh = shown.desk.urgent_new
    section = Section("urgent", _("Urgent"), len(shown.urgent) + shown.urgent_others, role="danger")
    if fresh:
        section.count.setText(ngettext("%d changed since you looked", "%d changed since you looked", fresh) % fresh)
        section.head.addWidget(_seen_button("seen urgent", ways))
    for place, row in enumerate(shown.urgent):
        facts = shown.facts.get(row.id)
        told = [facts.when, facts.about] if facts else []
        button = RowButton(
            f"urgent {row.id.hex()}",
            row.type,
            visible(row.title) or _("Without a title"),
            "  ·  ".join(visible(each) for each in told if each),
            role="danger" if place < fresh else "quiet",
            end=_("changed %s") % moment_words(row.changed_ms),
            look="accent" if place < fresh else "caption",
            short=True,
        )
        section.add(_led(button, partial(ways.record, row.id)))
    if shown.urgent_others:
        more = push_button(_("Show all"), "link")
        more.setObjectName("all urgent")
        more.clicked.connect(ways.all_urgent)
        section.head.addWidget(more)
    return section


def tasks_section(desk: Desk, ways: Ways) -> Section | None:
    """What somebody is asked to find out, what is due first at the front."""
    if not desk.tasks_due:
        return None
    section = Section("task", _("Tasks"), len(desk.tasks_due))
    for task in desk.tasks_due:
        section.add(_led(_task_row(task), partial(ways.task, task.record)))
    return section


def came_section(desk: Desk, ways: Ways) -> Section | None:
    """The latest bundles; those that nobody has looked at are marked."""
    if not desk.arrivals:
        return None
    fresh = sum(not each.seen for each in desk.arrivals)
    section = Section("take_in", _("Came in lately"), fresh)
    section.count.setText(ngettext("%d not looked at", "%d not looked at", fresh) % fresh if fresh else "")
    if fresh:
        section.head.addWidget(_seen_button("seen", ways))
    for arrival in desk.arrivals[: _shown_of(fresh)]:
        section.add(_led(_arrival_row(arrival), partial(ways.arrival, arrival)))
    return section


def aside_section(desk: Desk, ways: Ways) -> Section | None:
    """Who is not trusted, or not any more, and what of theirs waits."""
    if not desk.quarantined:
        return None
    section = Section("shield", _("Set aside until you decide"), len(desk.quarantined))
    for sender in desk.quarantined:
        section.add(_led(_sender_row(sender), lambda: ways.part("take_in")))
    return section


def missing_section(desk: Desk, ways: Ways) -> Section | None:
    """Bundles that never came, and bundles of which parts are missing."""
    if not (desk.missing or desk.waiting_parts):
        return None
    section = Section("waiting", _("Not arrived"), missing_count(desk))
    for place, each in enumerate(desk.missing):
        section.add(_led(_missing_row(place, each), lambda: ways.part("take_in")))
    for waiting in desk.waiting_parts:
        section.add(_led(_parts_row(waiting), lambda: ways.part("take_in")))
    return section


def there_section(unacknowledged: Unacknowledged, ways: Ways) -> Section | None:
    """What is in no bundle yet, and what nobody has confirmed."""
    if not (unacknowledged.waiting or unacknowledged.sent):
        return None
    section = Section("take_out", _("Not there yet"))
    if unacknowledged.waiting:
        words = ngettext("%d record is in no bundle yet", "%d records are in no bundle yet", unacknowledged.waiting)
        text = _("If this device is lost today, it is lost with it. Hand it over when you can.")
        row = RowButton("waiting", "take_out", words % unacknowledged.waiting, text)
        section.add(_led(row, lambda: ways.part("hand_over")))
    if unacknowledged.sent:
        words = ngettext(
            "%d record was sent, and nobody has confirmed it yet",
            "%d records were sent, and nobody has confirmed them yet",
            unacknowledged.sent,
        )
        text = _("A confirmation comes with their next bundle. Until then it goes along again.")
        row = RowButton("sent", "clock", words % unacknowledged.sent, text)
        section.add(_led(row, lambda: ways.part("people")))
    return section


def missing_count(desk: Desk) -> int:
    """How many bundles have not come, or not wholly."""
    return sum(each.count for each in desk.missing) + sum(not each.is_complete for each in desk.waiting_parts)


def arrival_words(arrival: ArrivalRow) -> str:
    """What a bundle made and changed here."""
    told = []
    if arrival.new:
        told.append(ngettext("%d new", "%d new", arrival.new) % arrival.new)
    if arrival.changed:
        told.append(ngettext("%d changed", "%d changed", arrival.changed) % arrival.changed)
    words = ", ".join(told)
    return _("%s or more") % words if words and not arrival.counted else words


def _seen_button(name: str, ways: Ways) -> QPushButton:
    button = push_button(_("I have seen this"), "quiet", icon_name="check")
    button.setObjectName(name)
    button.clicked.connect(ways.seen)
    return button


def _shown_of(fresh: int) -> int:
    """All that nobody has looked at, and a few before them."""
    return max(3, min(fresh + 1, 30))


def _led(row: RowButton, go: Go) -> RowButton:
    row.clicked.connect(lambda _checked=False: go())
    return row


def _group_row(group: Group, text: str, name: str) -> RowButton:
    count = len(group.withdrawals)
    who = _("You") if group.mine else visible(group.sender) or _("Somebody unknown")
    if name == "asked":
        words = ngettext(
            "%(name)s asks to take back %(count)d record", "%(name)s asks to take back %(count)d records", count
        )
    else:
        words = ngettext(
            "%(name)s: %(count)d record is taken back", "%(name)s: %(count)d records are taken back", count
        )
    titles = [visible(each.title)[:_LONGEST_TITLE] for each in group.withdrawals if each.title]
    named = ", ".join(titles[:_TITLES]) + (" …" if count > _TITLES else "")
    told = "\n".join(part for part in (named, text) if part)
    return RowButton(
        f"{name} {group.sender_log.hex()}", "hide", words % {"name": who, "count": count}, told, role="danger"
    )


def _task_row(task: Task) -> RowButton:
    title = visible(task.title) or _("About %s") % (visible(task.about_title) or _("somebody unknown"))
    told = [_("about %s") % visible(task.about_title)] if task.title and task.about_title else []
    first = task.questions.strip().partition("\n")[0]
    told += [visible(first)[: 2 * _LONGEST_TITLE]] if first else []
    end = ""
    if task.due is not None:
        words = _("was due on %s") if task.overdue else _("due on %s")
        end = words % _day(task.due)
    return RowButton(
        f"task {task.record.hex()}",
        "task",
        title,
        "\n".join(told),
        role="danger" if task.overdue else "accent",
        end=end,
        look="danger" if task.overdue else "caption",
    )


def _arrival_row(arrival: ArrivalRow) -> RowButton:
    who = visible(arrival.sender) or _("Somebody unknown")
    return RowButton(
        f"arrival {arrival.arrival}",
        "take_in",
        _("From %s") % who,
        "  ·  ".join((moment_words(arrival.arrived_ms), _("their bundle number %d") % arrival.number)),
        role="quiet" if arrival.seen else "accent",
        end=arrival_words(arrival) or ("" if arrival.seen else _("nothing for the lists")),
        look="caption" if arrival.seen else "accent",
    )


def _sender_row(sender: Sender) -> RowButton:
    claimed = visible(sender.person) or _("Somebody unknown")
    who = visible(sender.name) or _("Somebody who calls themselves %s") % claimed
    told = []
    if sender.bundles:
        told.append(ngettext("%d bundle waits", "%d bundles wait", len(sender.bundles)) % len(sender.bundles))
    if sender.held is not None:
        told.append(ngettext("%d change waits", "%d changes wait", sender.held.entries) % sender.held.entries)
    reason = _("Their device counts as lost.") if sender.revoked else _("You do not trust their card.")
    return RowButton(f"aside {sender.log.hex()}", "shield", who, reason, end=", ".join(told))


def _missing_row(place: int, missing: Missing) -> RowButton:
    words = ngettext(
        "Bundle %(numbers)s of %(name)s has not arrived",
        "Bundles %(numbers)s of %(name)s have not arrived",
        missing.count,
    )
    numbers = number_words(missing.numbers) + (" …" if missing.count > len(missing.numbers) else "")
    title = words % {"numbers": numbers, "name": visible(missing.peer.name)}
    text = _("The latest that came has the number %d. Ask for it, or say that it will not come.") % missing.last
    return RowButton(f"missing {place} {missing.peer.fingerprint.hex()}", "waiting", title, text)


def _parts_row(waiting: WaitingSet) -> RowButton:
    if waiting.is_complete:
        return RowButton(
            f"parts {waiting.id.hex()}", "take_in", _("A bundle in parts is whole, and can be taken in"), role="accent"
        )
    words = ngettext(
        "Of a bundle in %(count)d part %(here)d is here",
        "Of a bundle in %(count)d parts %(here)d are here",
        waiting.count,
    )
    missing = waiting.missing
    text = ngettext("Still missing: part %s.", "Still missing: parts %s.", len(missing)) % number_words(missing)
    title = words % {"count": waiting.count, "here": len(waiting.here)}
    return RowButton(f"parts {waiting.id.hex()}", "waiting", title, text)


def _day(ordinal: int) -> str:
    return day_words(date.fromordinal(max(1, ordinal)))
