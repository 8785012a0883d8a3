"""The words for what can go wrong with backups."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp import errors
from fieldapp.errors import ExpectedError
from fieldapp.i18n import N_

_AS_IT_WAS = N_("The file was left as it is.")
_OTHER_NAME = N_("Choose another name or place for the backup.")

BACKUPS: Mapping[type[ExpectedError], tuple[str, str, str]] = {
    errors.BackupError: (N_("The backup cannot be used."), _AS_IT_WAS, N_("Please try again.")),
    errors.NotABackupError: (N_("This file is not a backup."), _AS_IT_WAS, N_("Choose another file.")),
    errors.BackupNewerError: (
        N_("The backup was made by a newer version of the program (%(found)s; this one knows %(known)s)."),
        _AS_IT_WAS,
        N_("Please use a newer version of this program."),
    ),
    errors.BackupDamagedError: (
        N_("The backup is damaged: %(where)s."),
        _AS_IT_WAS,
        N_(
            "Make a new backup on another stick, or have this one written anew. Where it still holds a state of the"
            " vault, that can be restored, without the files that are damaged."
        ),
    ),
    errors.BackupLostError: (
        N_("Nothing can be restored from this backup: each state in it lacks something, such as %(where)s."),
        _AS_IT_WAS,
        N_("Take another backup, or a copy of the folder of the vault. Keep this file: perhaps somebody can help."),
    ),
    errors.BackupAlteredError: (
        N_("This backup is not what the vault wrote into that file: somebody changed it, or the stick is failing."),
        _AS_IT_WAS,
        N_(
            "Trust nothing in it, and think of who had it in their hands. Make a new backup on another stick, or have"
            " this one written anew as a whole."
        ),
    ),
    errors.BackupNoRoomError: (
        N_(
            "The whole file has to be written anew, because %(why)s. That needs %(needed_bytes)s beside the old one,"
            " and %(free_bytes)s are free."
        ),
        N_("The backup that was there is as it was."),
        N_(
            "Take another stick, and destroy the old backup when the new one is written. Or remove the old one first:"
            " until the new one is written there is none then."
        ),
    ),
    errors.BackupForeignError: (
        N_("This is the backup of another vault, or of a copy of this one that is in use elsewhere."),
        _AS_IT_WAS,
        _OTHER_NAME,
    ),
    errors.BackupGenerationError: (
        N_("There is no such state in the backup; it holds %(found)s."),
        N_("Nothing was made."),
        N_("Leave the number out to take the newest."),
    ),
    errors.BackupInsideVaultError: (
        N_("A backup inside the folder of its own vault would be lost with it."),
        N_("Nothing was written."),
        N_("Choose a stick, or a disk that you keep elsewhere."),
    ),
    errors.BackupTooLargeError: (
        N_("The stick or disk takes no file so large: with FAT32, files end at 4 GiB."),
        N_("The backup that was there is as it was."),
        N_("Use a stick that is formatted with exFAT or NTFS."),
    ),
    errors.BackupOvertakenError: (
        N_("Something was taken off the vault while it was being copied."),
        N_("The backup that was there is as it was."),
        N_("Please make the backup again."),
    ),
}
