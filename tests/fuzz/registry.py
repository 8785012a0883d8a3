"""Every target by name. A new reader of outside bytes gets a target, and so all tests and runs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

from tests.fuzz.corpus import kept
from tests.fuzz.target import Target

_GROUPS = ("targets_crypto", "targets_bundles", "targets_records", "targets_files", "targets_safety")
_ON_LINUX = ("targets_bus",)


def targets() -> Iterator[Target]:
    """All targets, group after group: the code of a group is loaded when its turn comes."""
    for group in (*_GROUPS, *(_ON_LINUX if sys.platform == "linux" else ())):
        yield from importlib.import_module(f"tests.fuzz.{group}").TARGETS


def find(name: str) -> Target:
    """The target of that name. Raises StopIteration where there is none."""
    return next(target for target in targets() if target.name == name)


def examples(target: Target) -> list[bytes]:
    """What inputs are made of: the seeds of the target, and what longer runs found to lead elsewhere."""
    return [*target.seeds(), *kept(target.name)]
