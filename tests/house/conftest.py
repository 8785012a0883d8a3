"""What the house tests look at: the tracked files, and the parsed modules of the program."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_NOT_OURS = {".git", ".venv", "__pycache__", "node_modules", "build", "dist"}


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file. `name` is its path below the checkout, with forward slashes."""

    name: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)


def _modules(root: Path, folder: str) -> list[Module]:
    files = sorted(path for path in (root / folder).rglob("*.py") if not _NOT_OURS & set(path.parts))
    return [Module(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in files]


@pytest.fixture(scope="session")
def program(root: Path) -> list[Module]:
    """Every module of fieldapp."""
    return _modules(root, "fieldapp")


@pytest.fixture(scope="session")
def tools(root: Path) -> list[Module]:
    """Every module in packaging."""
    return _modules(root, "packaging")


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """The files that belong to the project: what git tracks, or all there is where this is no git checkout."""
    asked = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(asked, cwd=root, capture_output=True, check=False)
    if listed.returncode == 0:
        return [root / name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()]
    return [path for path in root.rglob("*") if path.is_file() and not _NOT_OURS & set(path.relative_to(root).parts)]
