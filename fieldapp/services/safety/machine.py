"""What the machine under the program gives away, in plain words: for a page of the window and `fieldapp machine`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fieldapp.i18n import N_, _
from fieldapp.system.machine import machine_state
from fieldapp.system.machine_state import Kept, MachineState
from fieldapp.system.network import NetworkLock


class Topic(StrEnum):
    """What is looked at, in the order in which it is told."""

    DISK = "disk"
    SWAP = "swap"
    HIBERNATION = "hibernation"
    DUMPS = "dumps"
    NETWORK = "network"


class Level(StrEnum):
    """What it means for the person."""

    GOOD = "good"
    UNKNOWN = "unknown"
    """The machine does not tell: see what there is to do."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about it. `state` is a code for scripts; `what` and `do` are words, `do` is empty if all is well.

    States: `not`, `encrypted`, `plain`, `unknown`; of the network the locks that hold, such as `namespace filter hook`.
    """

    topic: Topic
    state: str
    level: Level
    what: str
    do: str


_LEVELS = {
    Kept.NOT: Level.GOOD,
    Kept.ENCRYPTED: Level.GOOD,
    Kept.PLAIN: Level.WARNING,
    Kept.UNKNOWN: Level.UNKNOWN,
}

_WHAT = {
    Topic.DISK: {
        Kept.NOT: N_("This folder is only in memory. What is in it is gone when the computer is switched off."),
        Kept.ENCRYPTED: N_("The disk is encrypted."),
        Kept.PLAIN: N_("The disk does not look encrypted. The vault itself is; your other files are not."),
        Kept.UNKNOWN: N_("It is not known whether the disk is encrypted."),
    },
    Topic.SWAP: {
        Kept.NOT: N_("Memory is never written to the disk while you work."),
        Kept.ENCRYPTED: N_("When memory is scarce, it is written to the disk encrypted."),
        Kept.PLAIN: N_(
            "When memory is scarce, it is written to the disk in the clear, and what you read may stay there."
        ),
        Kept.UNKNOWN: N_("It is not known whether memory is written to the disk in the clear."),
    },
    Topic.HIBERNATION: {
        Kept.NOT: N_("This computer does not hibernate."),
        Kept.ENCRYPTED: N_("If this computer hibernates, its memory is written to the disk encrypted."),
        Kept.PLAIN: N_("If this computer hibernates, all its memory is written to the disk in the clear."),
        Kept.UNKNOWN: N_("It is not known where memory goes if this computer hibernates."),
    },
    Topic.DUMPS: {
        Kept.NOT: N_("If the program crashes, its memory is not kept."),
        Kept.PLAIN: N_("If the program crashes, its memory may be kept on the disk."),
        Kept.UNKNOWN: N_("It is not known whether the system keeps or sends memory of programs that crash."),
    },
}

_DO = {
    Topic.DISK: N_("Have the whole disk encrypted: LUKS, BitLocker or FileVault. Switch it off when you carry it."),
    Topic.SWAP: N_("Have the whole disk encrypted, or swap turned off."),
    Topic.HIBERNATION: N_("Have hibernation and fast start-up turned off, or the whole disk encrypted."),
    Topic.DUMPS: N_("Have error reporting turned off."),
}

_NO_NETWORK = N_("The program cannot reach any network: the system keeps it out.")
_HARDLY_NETWORK = N_("The program refuses every connection by itself. The system does not keep it out as well.")
_PERHAPS_NETWORK = N_("Nothing keeps the program from the network here but that it has no code for it.")
_DO_NETWORK = N_("Have the computer offline while you work, if you can.")


def look(folder: Path | None = None) -> list[Finding]:
    """All findings, in order; about the disk only where the folder of a vault, or of a vault to be, is given."""
    return findings_of(machine_state(folder), with_disk=folder is not None)


def warnings(found: list[Finding]) -> list[Finding]:
    """Those that should be told without being asked for."""
    return [each for each in found if each.level is Level.WARNING]


def findings_of(state: MachineState, *, with_disk: bool = True) -> list[Finding]:
    """What a state means, in words of the language in use."""
    told = [(Topic.DISK, state.disk)] if with_disk else []
    told += [(Topic.SWAP, state.swap), (Topic.HIBERNATION, state.hibernation), (Topic.DUMPS, state.dumps)]
    return [*(_kept(topic, kept) for topic, kept in told), _network(state.network)]


def _kept(topic: Topic, kept: Kept) -> Finding:
    level = _LEVELS[kept]
    return Finding(topic, kept.value, level, _(_WHAT[topic][kept]), "" if level is Level.GOOD else _(_DO[topic]))


def _network(locks: frozenset[NetworkLock]) -> Finding:
    state = " ".join(lock.value for lock in NetworkLock if lock in locks)
    if locks & {NetworkLock.NAMESPACE, NetworkLock.FILTER}:
        return Finding(Topic.NETWORK, state, Level.GOOD, _(_NO_NETWORK), "")
    what = _HARDLY_NETWORK if NetworkLock.HOOK in locks else _PERHAPS_NETWORK
    return Finding(Topic.NETWORK, state, Level.UNKNOWN, _(what), _(_DO_NETWORK))
