"""What depends on the operating system, behind one interface with one conformance test.

`posix.py` serves Linux and macOS, `windows.py` Windows; nothing else in the program asks which system it runs on.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from fieldapp.system.windows import (
        FolderLock,
        harden_process,
        lock_folder,
        make_private_file,
        make_private_folder,
        replace_process,
        send_to_disk,
        sync_files,
        sync_folder,
        sync_folders,
    )
else:
    from fieldapp.system.posix import (
        FolderLock,
        harden_process,
        lock_folder,
        make_private_file,
        make_private_folder,
        replace_process,
        send_to_disk,
        sync_files,
        sync_folder,
        sync_folders,
    )

__all__ = [
    "FolderLock",
    "harden_process",
    "lock_folder",
    "make_private_file",
    "make_private_folder",
    "replace_process",
    "send_to_disk",
    "sync_files",
    "sync_folder",
    "sync_folders",
]
