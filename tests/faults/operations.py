"""Every operation that faults are tried in, by name."""

from __future__ import annotations

from tests.faults import (
    operations_backup,
    operations_exchange,
    operations_records,
    operations_safety,
    operations_vault,
)
from tests.faults.operations_records import attach, draft_new, edit, finish_all, hide, link, new_record
from tests.faults.scene import Operation

_ROOMS = (operations_vault, operations_records, operations_exchange, operations_backup, operations_safety)

OPERATIONS: dict[str, Operation] = {each.name: each for room in _ROOMS for each in room.OPERATIONS}

WORK = Operation(
    "work", (new_record, edit, attach, hide, draft_new, operations_exchange.export, link, finish_all), halfway=3
)
"""Much in one go, to be killed whenever."""

KNOWN = {**OPERATIONS, WORK.name: WORK}
