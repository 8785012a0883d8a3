"""The words for what a check of a vault finds: what it is, and what to do. Message ids with %(count)d."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp.i18n import N_, _
from fieldapp.messages import Words
from fieldapp.services.safety.findings import Finding, Kind

_REPAIR = N_("Repair it in a copy; this vault stays as it is meanwhile.")
_SEND_AGAIN = N_("Whoever has it can hand it over again: your coordinators, or a backup.")
_OLD_FILES = N_(
    "If you did not put a copy back yourself, somebody else did. Repair it in a copy, and tell your coordinator."
)

FOUND: Mapping[Kind, tuple[str, str]] = {
    Kind.HEADERS_LOST: (
        N_("Both files that open the vault are damaged, missing or exchanged. Once locked, it may never open again."),
        N_("Make a backup now, before you lock it: a new vault can be restored from that."),
    ),
    Kind.HEADER_COPY: (
        N_("One of the two files that open the vault is damaged or missing; the other is whole."),
        N_("Open the vault and change something: it is written anew. Then check again."),
    ),
    Kind.PAGES: (N_("Damaged places in the database: %(count)d."), _REPAIR),
    Kind.DATABASE_MISSING: (
        N_("The database is missing, and with it the keys of all attached files."),
        N_("Go back to a backup. Without one, ask your coordinators for what you handed over."),
    ),
    Kind.DATABASE: (N_("The database does not agree with itself."), _REPAIR),
    Kind.ROLLED_BACK: (N_("Something in the vault is older than it should be: old files were put back."), _OLD_FILES),
    Kind.LOG_GAP: (N_("Entries that are missing: %(count)d."), _SEND_AGAIN),
    Kind.CHAIN: (N_("Entries that do not follow the one before them: %(count)d."), _REPAIR),
    Kind.ENTRY: (N_("Entries that are damaged: %(count)d."), _REPAIR),
    Kind.SIGNATURE: (N_("Entries whose signature is not right: %(count)d."), _REPAIR),
    Kind.BODY: (N_("Entries with words that are not theirs: %(count)d."), _REPAIR),
    Kind.BODY_LOST: (N_("Entries whose words are lost: %(count)d."), _SEND_AGAIN),
    Kind.MARKS: (N_("Notes of the vault about its own entries that are not right: %(count)d."), _REPAIR),
    Kind.OBJECT_MISSING: (N_("Attached files that are missing: %(count)d."), _SEND_AGAIN),
    Kind.OBJECT_DAMAGED: (N_("Attached files that are damaged: %(count)d."), _SEND_AGAIN),
    Kind.OBJECT_KEY_LOST: (N_("Attached files that cannot be opened any more: %(count)d."), _SEND_AGAIN),
    Kind.INDEX: (
        N_("Lists or search differ from what was written down, in %(count)d places."),
        N_("Make them anew; nothing that was written down changes."),
    ),
    Kind.HEADER_MENDED: (
        N_(
            "Of the two files that open the vault, damaged or missing were: %(count)d. Both have been written anew just"
            " now, and nothing is lost."
        ),
        N_("If that happens again, the disk may be failing: make a backup on another one."),
    ),
    Kind.BEHIND_GAP: (
        N_(
            "Entries that were lost before a repair: %(count)d. What came after them is here, and is not handed on yet."
        ),
        _SEND_AGAIN,
    ),
    Kind.CONTENT_NOT_HERE: (N_("Files of others that have not come here: %(count)d."), ""),
    Kind.UNKNOWN_OBJECT: (
        N_("Sealed files that nobody speaks of: %(count)d."),
        N_("They do no harm. A repair keeps them apart."),
    ),
    Kind.FOREIGN_FILE: (
        N_("Files in the vault's folder that are not the vault's: %(count)d."),
        N_("They are not protected. Look at them, and take them out."),
    ),
    Kind.LEFTOVER: (N_("Files that were being written when the program stopped: %(count)d."), ""),
    Kind.UNFINISHED: (
        N_("Something was under way when the program stopped."),
        N_("Open the vault once: it is finished or taken back. Then check again."),
    ),
    Kind.OLDER_VERSION: (
        N_("An older version of the program wrote this vault last. Only its database was checked."),
        N_("Open the vault once, then check again."),
    ),
    Kind.NOT_CHECKED: (N_("A part of the vault could not be checked: %(part)s."), ""),
}

PARTS: Mapping[str, str] = {
    "database": N_("the database"),
    "heads": N_("how new it is"),
    "size": N_("how large it is"),
    "journal": N_("the entries"),
    "objects": N_("attached files"),
    "files": N_("files in the folder"),
    "index": N_("lists and search"),
}


def words_of(finding: Finding) -> Words:
    """What a person reads about a finding."""
    what, do = FOUND[finding.kind]
    facts = {"count": finding.count, "part": _(PARTS.get(finding.where, finding.where))}
    return Words(_(what) % facts, "", _(do) if do else "")
