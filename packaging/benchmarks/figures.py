"""A measured figure, its goal, and the table of them all."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Size:
    """How much to measure with."""

    rounds: int
    megabytes: int
    records: int
    testimonies: int


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`, which should be at most `goal`; `detail` says of what it was made."""

    name: str
    value: float
    unit: str
    goal: float
    detail: str

    @property
    def met(self) -> bool:
        """Whether the goal was reached."""
        return self.value <= self.goal

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "goal": self.goal,
            "met": self.met,
            "detail": self.detail,
        }


def ratio_of_medians(ours: list[float], theirs: list[float]) -> float:
    """How often theirs goes into ours, each by its median."""
    return statistics.median(ours) / statistics.median(theirs)


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def seconds(values: list[float]) -> str:
    """Median and range, for the detail column."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f}–{max(values):.2f})"


def table(figures: list[Figure]) -> str:
    """The figures in columns, the goals beside them."""
    rows = [("what", "measured", "goal", "", "of which")]
    rows += [
        (f.name, f"{f.value:.3g} {f.unit}", f"≤ {f.goal:g} {f.unit}", "met" if f.met else "MISSED", f.detail)
        for f in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
