"""Words for facts that are codes: class → fact → code → message id."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp import errors
from fieldapp.errors import ExpectedError
from fieldapp.i18n import N_

CODES: Mapping[type[ExpectedError], Mapping[str, Mapping[str, str]]] = {
    errors.VaultDamagedError: {
        "part": {
            "header": N_("its header"),
            "database": N_("its database"),
            "object": N_("an attached file"),
            "journal": N_("its journal"),
        }
    },
    errors.RollbackError: {
        "what": {"header": N_("its header"), "journal": N_("its journal"), "pages": N_("a part of its database")},
    },
    errors.FileUnreadableError: {
        "reason": {
            "missing": N_("there is no such file"),
            "folder": N_("it is a folder"),
            "refused": N_("the system does not allow it"),
            "special": N_("it is not an ordinary file"),
            "changed": N_("it was changed while it was being read"),
            "io": N_("the disk or stick does not give it out"),
        }
    },
    errors.KdfParametersError: {
        "which": {"memory": N_("memory"), "passes": N_("passes"), "lanes": N_("lanes")},
    },
    errors.PassphraseTextError: {
        "reason": {
            "characters": N_("it has characters that might be written differently another time"),
            "long": N_("it is too long"),
        }
    },
    errors.WriterStaysError: {
        "reason": {
            "self": N_("it is you"),
            "removed": N_("it was done already"),
        }
    },
    errors.HoldersError: {
        "reason": {
            "few": N_("one alone could not help you"),
            "many": N_("they are more than three"),
            "twice": N_("two of them are, or may be, one person or one device"),
            "role": N_("not all of them are coordinators whom you trust now"),
        }
    },
    errors.AgeRecipientsError: {
        "reason": {
            "none": N_("there is nobody"),
            "many": N_("there are too many people"),
            "mixed": N_("their keys are of different kinds"),
            "alone": N_("a passphrase cannot stand beside keys"),
        }
    },
    errors.BadValueError: {
        "reason": {
            "type": N_("this kind of value does not fit"),
            "choice": N_("it is none of these: %(known)s"),
            "date": N_("this is not a date such as 2026, 2026-03 or 2026-03-05"),
            "number": N_("this is not a whole number"),
            "length": N_("this is too long"),
            "control": N_("there are characters in it that cannot be seen"),
            "machine": N_("the program writes this field by itself"),
        }
    },
    errors.CardTextError: {
        "reason": {
            "empty": N_("it is empty"),
            "long": N_("it is longer than 100 characters"),
            "control": N_("there are characters in it that cannot be seen"),
        }
    },
    errors.BundleDamagedError: {
        "where": {
            "seal": N_("its seal"),
            "tar": N_("its order of files"),
            "bag": N_("its list of contents"),
            "journal": N_("its entries"),
            "object": N_("an attached file"),
            "end": N_("its end"),
        }
    },
    errors.BackupDamagedError: {
        "where": {
            "tar": N_("its order of files"),
            "manifest": N_("its list of contents"),
            "header": N_("its header"),
            "database": N_("its database"),
            "object": N_("an attached file"),
            "end": N_("its end"),
            "document": N_("a text that lies in it"),
            "mixed": N_("parts of different vaults stand in it"),
        }
    },
    errors.BackupNoRoomError: {
        "why": {
            "asked": N_("you asked for it"),
            "key": N_("the vault has a new key"),
            "access": N_("other passphrases open the vault now"),
            "erased": N_("something was taken off the vault"),
            "unknown": N_("what is in it was not noted in the vault"),
        }
    },
}
