"""The names of all commands, grouped as the help shows them.

Imports nothing heavy: `__main__` asks here whether a word is a command or a vault, and the help loads no command.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.i18n import N_


@dataclass(frozen=True, slots=True)
class Listed:
    """A command in the help: the file of `fieldapp.cli` it lives in, its heading and its line (message ids)."""

    file: str
    panel: str
    line: str


_VAULT = N_("A vault")
_RECORDS = N_("Records")
_FILES = N_("Files")
_LEAVING = N_("Taking back and travelling light")
_HANDING = N_("Handing over")

COMMANDS: dict[str, Listed] = {
    "init": Listed("vaults", _VAULT, N_("Make a new vault, and print its recovery phrase once.")),
    "passphrase": Listed("vaults", _VAULT, N_("Change the passphrase.")),
    "recover": Listed("vaults", _VAULT, N_("Open a vault with its recovery phrase, and give it a new passphrase.")),
    "rekey": Listed("rekey", _VAULT, N_("Somebody saw your passphrase: make a new key.")),
    "escrow": Listed("escrow", _VAULT, N_("Coordinators keep shares of your key: any two of them can help you in.")),
    "writer": Listed("writers", _VAULT, N_("Who writes in this vault: each with a passphrase of their own.")),
    "backup": Listed("backup", _VAULT, N_("Copy the vault into one encrypted file, or tell when that was done last.")),
    "restore": Listed("vaults", _VAULT, N_("Go on with a backup or a copy of a vault, in a new folder.")),
    "anew": Listed("vaults", _VAULT, N_("Write on under a new card, because a copy of this vault is in use.")),
    "rebuild": Listed("vaults", _VAULT, N_("Make lists and search anew from the journal.")),
    "verify": Listed("check", _VAULT, N_("See whether a vault, a backup, a bundle or a part is whole.")),
    "repair": Listed("check", _VAULT, N_("Make a new vault of all that is whole in a damaged one.")),
    "destroy": Listed("destroying", _VAULT, N_("Destroy a vault for good; what is elsewhere it cannot reach.")),
    "machine": Listed("machine", _VAULT, N_("Tell what this computer gives away: disk, memory on it, network.")),
    "new": Listed("records", _RECORDS, N_("Write down a new record.")),
    "edit": Listed("records", _RECORDS, N_("Change fields of a record.")),
    "link": Listed("records", _RECORDS, N_("Link two records.")),
    "hide": Listed("records", _RECORDS, N_("Take a mistaken record out of sight. Nothing is destroyed.")),
    "unhide": Listed("records", _RECORDS, N_("Bring a hidden record back.")),
    "undo": Listed("records", _RECORDS, N_("Take back the last change that was written here.")),
    "resolve": Listed("records", _RECORDS, N_("Settle a contested field.")),
    "desk": Listed("desk", _RECORDS, N_("Show what came in: what is urgent, new, contested or missing.")),
    "show": Listed("reading", _RECORDS, N_("Show one record with everything that is said of it.")),
    "history": Listed("reading", _RECORDS, N_("Show who wrote what about a record, and when.")),
    "list": Listed("reading", _RECORDS, N_("List records, the latest changed first.")),
    "search": Listed("reading", _RECORDS, N_("Find records by words, in any script.")),
    "attach": Listed("files", _FILES, N_("Put files into the vault, attached to a record.")),
    "extract": Listed("files", _FILES, N_("Copy a file out of the vault. The copy is not protected.")),
    "withdraw": Listed("erasing", _LEAVING, N_("Say that a narrator takes a record back.")),
    "withdrawals": Listed("erasing", _LEAVING, N_("List what was withdrawn, and destroy it or keep it.")),
    "light": Listed("erasing", _LEAVING, N_("Take off this device what enough coordinators surely have.")),
    "removed": Listed("erasing", _LEAVING, N_("List what was taken off this device.")),
    "identity": Listed("identity", _HANDING, N_("Your identity card, and the people whom you trust.")),
    "quarantine": Listed("quarantine", _HANDING, N_("What waits for your decision, sender by sender.")),
    "alarms": Listed(
        "alarms", _HANDING, N_("Warnings: copies in use elsewhere, lost devices, clocks, older files put back.")
    ),
    "task": Listed("tasks", _HANDING, N_("Task slips: ask one volunteer about one person, for a time.")),
    "bundle": Listed("bundle", _HANDING, N_("Sealed bundles: hand records over, and take them in.")),
}
"""In the order of the help."""


def opens_window(arguments: list[str]) -> bool:
    """Whether the program was called to open its window: with nothing, or with one word that is no command."""
    if not arguments:
        return True
    return len(arguments) == 1 and not arguments[0].startswith("-") and arguments[0] not in COMMANDS
