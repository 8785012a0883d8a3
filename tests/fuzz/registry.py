"""Every target by name. A new reader of outside bytes gets a target, and so all tests and runs."""

from __future__ import annotations

from tests.fuzz import targets_bundles, targets_crypto, targets_files, targets_records
from tests.fuzz.corpus import kept
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for group in (targets_crypto, targets_bundles, targets_records, targets_files)
    for target in group.TARGETS
}


def examples(target: Target) -> list[bytes]:
    """What inputs are made of: the seeds of the target, and what longer runs found to lead elsewhere."""
    return [*target.seeds(), *kept(target.name)]
