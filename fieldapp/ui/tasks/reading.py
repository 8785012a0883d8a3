"""A task with what stands beside it, read in the vault lane: the person, how they are reached safely, who asks whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.records.model import Plain
from fieldapp.services import tasks, trust, views
from fieldapp.services.archive import Archive
from fieldapp.services.tasks import Task
from fieldapp.services.trust import Peer
from fieldapp.ui.records.safety import Safety, safety_of
from fieldapp.ui.times import day_words
from fieldapp.values import RecordId


@dataclass(frozen=True, slots=True)
class OnList:
    """All tasks, and what the people they are for are called here, by fingerprint in hex digits."""

    tasks: tuple[Task, ...]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reach:
    """How a person is reached: their numbers, and the line without which no number is shown."""

    phones: tuple[str, ...]
    safety: Safety


@dataclass(frozen=True, slots=True)
class OnSheet:
    """One task. `author`: who made it. `peer`: whom it is for, while they are trusted. `reach`: of the person."""

    task: Task
    author: str
    name: str
    peer: Peer | None
    reach: Reach | None


def read_list(archive: Archive) -> OnList:
    """Every task that is here."""
    names = {peer.fingerprint.hex(): peer.name for peer in trust.known_cards(archive)}
    return OnList(tuple(tasks.tasks(archive)), names)


def read_task(archive: Archive, record: RecordId) -> OnSheet:
    """One task. Raises RecordNotFoundError: it is not here."""
    task = tasks.task_of(archive, record)
    known = {peer.fingerprint.hex(): peer.name for peer in trust.known_cards(archive)}
    trusted = {peer.fingerprint.hex(): peer for peer in trust.peers(archive)}
    return OnSheet(
        task=task,
        author=views.view(archive, record).author,
        name=known.get(task.assigned_to, ""),
        peer=trusted.get(task.assigned_to),
        reach=read_reach(archive, task.about) if task.about is not None and task.about_is_here else None,
    )


def read_reach(archive: Archive, person: RecordId) -> Reach:
    """How a person is reached safely, as it is known here. Raises RecordNotFoundError."""
    view = views.view(archive, person)

    def value(name: str) -> Plain:
        return view.value(name)

    return Reach(tuple(str(phone) for phone in view.values("phone")), safety_of(value))


def title_of(task: Task) -> str:
    """What a task is called."""
    return visible(task.title) or _("About %s") % (visible(task.about_title) or _("somebody unknown"))


def last_day_words(ordinal: int) -> str:
    """A last day in words; a foreign clock may say what no calendar has."""
    return day_words(date.fromordinal(min(max(1, ordinal), date.max.toordinal())))
