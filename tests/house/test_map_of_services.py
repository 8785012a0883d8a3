"""The map in fieldapp/services/__init__.py names every module of services, each of them once, and nothing else."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

_NAMED = re.compile(r"^    ([a-z_.]+) {2,}\S", re.MULTILINE)


def named(text: str) -> list[str]:
    """The modules at the beginnings of the lines of a map."""
    return _NAMED.findall(text)


def modules(folder: Path) -> set[str]:
    """Every module below a folder, as it is imported from there."""
    return {
        ".".join(path.relative_to(folder).with_suffix("").parts)
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    }


def test_every_service_is_on_the_map_once(root: Path) -> None:
    services = root / "fieldapp" / "services"
    on_map = named(ast.get_docstring(ast.parse((services / "__init__.py").read_text("utf-8")), clean=False) or "")

    assert [name for name, times in Counter(on_map).items() if times > 1] == []
    assert set(on_map) == modules(services)


def test_a_map_is_read_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "safety").mkdir()
    for name in ("__init__.py", "records.py", "safety/__init__.py", "safety/escrow.py"):
        (tmp_path / name).touch()

    assert modules(tmp_path) == {"records", "safety.escrow"}
    assert named("A map.\n\nGroup\n    records   writing\n    safety.escrow   shares\n") == ["records", "safety.escrow"]
