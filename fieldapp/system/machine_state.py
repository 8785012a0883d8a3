"""What is known of the machine below the program: where memory and the vault may lie on a disk in the clear."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fieldapp.system.network import NetworkLock


class Kept(StrEnum):
    """How something that would hold our memory or our files lies on the disk."""

    NOT = "not"
    """Nothing of it is written to a disk."""
    ENCRYPTED = "encrypted"
    PLAIN = "plain"
    """No encryption is seen; a disk that encrypts by itself, without telling, looks the same."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MachineState:
    """All of it, as of now.

    `swap`: memory that is written out when it gets scarce. `hibernation`: all memory, before the machine goes off.
    `dumps`: the memory of this program, should it crash. `disk`: what the vault's folder lies on; `Kept.NOT` is a disk
    in memory. `network`: what keeps this process from the network.
    """

    swap: Kept
    hibernation: Kept
    dumps: Kept
    disk: Kept
    network: frozenset[NetworkLock]
