"""Every operation that faults are tried in, by name."""

from __future__ import annotations

from tests.faults import operations_exchange, operations_records, operations_vault
from tests.faults.scene import Operation

OPERATIONS: dict[str, Operation] = {
    each.name: each for room in (operations_vault, operations_records, operations_exchange) for each in room.OPERATIONS
}
