"""The key that opens bundles sealed for this vault, copied out on purpose, so that they open without this program."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.errors import PlaceTakenError, storage_error
from fieldapp.services.archive import Archive
from fieldapp.system import make_private_file, sync_folder
from fieldapp.vault.entry import Body

KEY_COPIED = "key"
"""Kind of the entry that remembers the copy; its body never travels."""


def write_age_key(archive: Archive, path: Path) -> None:
    """Write the age identity (`AGE-SECRET-KEY-PQ-1…`) to a new file that only its owner can read.

    Whoever has it opens every bundle that was and will be sealed for this vault. The copy is remembered first.

    Raises:
        PlaceTakenError, DiskFullError, PlaceUnwritableError: no key was written.
    """
    try:
        make_private_file(path)
    except FileExistsError as problem:
        raise PlaceTakenError from problem
    except OSError as problem:
        raise storage_error(problem) from problem
    try:
        with archive.vault.saving():
            archive.write([Body(KEY_COPIED, secrets.token_bytes(16), {"what": "age"})])
        with path.open("w", encoding="ascii") as file:
            file.write(HybridIdentity(bytes(archive.vault.identity.age)).to_text() + "\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.resolve().parent)
    except OSError as problem:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise storage_error(problem) from problem
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise
