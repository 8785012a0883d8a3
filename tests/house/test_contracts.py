"""The import contracts of `.importlinter`: each fails on a small tree of our shape that breaks it."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("bundles", "cli", "crypto", "exchange", "media", "names", "records", "services", "system", "ui", "vault")
MODULES = ("__main__", "errors", "i18n", "jobs", "messages", "paths", "values", "vault/connection", "media/decoder")

# contract, file of the offender, its line
OFFENCES = [
    ("floors", "records/model", "import fieldapp.services"),
    ("floors", "ui/window", "import fieldapp.cli"),
    ("floors", "bundles/write", "import fieldapp.records"),
    ("floors", "errors", "import fieldapp.values"),
    ("floors", "values", "def f():\n    from fieldapp import crypto"),
    ("floors", "helpers", ""),
    ("acyclic", "vault/header", "def f():\n    import fieldapp.vault.objects"),
    ("window-and-commands", "ui/window", "from fieldapp.vault import connection"),
    ("window-and-commands", "cli/main", "def f():\n    import fieldapp.crypto"),
    ("cryptography", "vault/header", "from cryptography.hazmat.primitives import hashes"),
    ("sqlcipher", "vault/journal", "import sqlcipher3"),
    ("sqlcipher", "vault/connection", "import sqlite3"),
    ("no-network", "exchange/drop", "import socket"),
    ("no-network", "system/linux", "def f():\n    import urllib.request"),
    ("no-network", "jobs", "import asyncio"),
    ("message-bus", "system/linux", "import jeepney"),
    ("message-bus", "ui/window", "from jeepney.io import blocking"),
    ("threads", "services/saving", "import threading"),
    ("threads", "vault/journal", "from concurrent.futures import ThreadPoolExecutor"),
    ("processes", "services/locking", "import subprocess"),
    ("qt", "services/saving", "from PySide6.QtCore import QObject"),
    ("pictures", "bundles/read", "from PIL import Image"),
    ("terminal", "services/saving", "import typer"),
    ("never", "bundles/read", "import tarfile"),
    ("never", "records/store", "def f():\n    import pickle"),
]

DOORS = [
    ("crypto/keyslots", "import cryptography"),
    ("vault/connection", "import sqlcipher3"),
    ("system/watching_bus", "import jeepney\nfrom jeepney.io.blocking import open_dbus_connection"),
    ("jobs", "import threading, concurrent.futures"),
    ("media/decoder", "import subprocess, PIL.Image, pillow_heif"),
    ("ui/window", "import PySide6.QtWidgets"),
    ("cli/main", "import typer, rich"),
]


def build_tree(folder: Path, root: Path) -> None:
    """An empty package of our shape beside a copy of our contracts."""
    for name in ("", *PACKAGES):
        (folder / "fieldapp" / name).mkdir(parents=True)
        (folder / "fieldapp" / name / "__init__.py").touch()
    for name in MODULES:
        (folder / "fieldapp" / f"{name}.py").touch()
    (folder / ".importlinter").write_text((root / ".importlinter").read_text(encoding="utf-8"), encoding="utf-8")


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Ask import-linter about the tree in `folder`."""
    start = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as c; c()"
    asked = [sys.executable, "-c", start, "--no-logo", "--no-cache", *options]
    variables = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(asked, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def contract_names(root: Path) -> list[str]:
    parser = configparser.ConfigParser()
    parser.read(root / ".importlinter", encoding="utf-8")
    return [section.rpartition(":")[2] for section in parser.sections() if section.startswith("importlinter:contract:")]


def test_an_empty_tree_and_every_door_used_by_its_owner_keep_all_contracts(tmp_path: Path, root: Path) -> None:
    build_tree(tmp_path, root)
    for name, line in DOORS:
        (tmp_path / "fieldapp" / f"{name}.py").write_text(line, encoding="utf-8")

    answer = lint(tmp_path)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"{len(contract_names(root))} kept, 0 broken" in answer.stdout


@pytest.mark.parametrize(("contract", "offender", "line"), OFFENCES)
def test_a_contract_breaks_on_its_offence(contract: str, offender: str, line: str, tmp_path: Path, root: Path) -> None:
    build_tree(tmp_path, root)
    if contract == "acyclic":
        (tmp_path / "fieldapp" / "vault" / "objects.py").write_text("import fieldapp.vault.header", encoding="utf-8")
    (tmp_path / "fieldapp" / f"{offender}.py").write_text(line, encoding="utf-8")

    answer = lint(tmp_path, "--contract", contract)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "0 kept, 1 broken" in answer.stdout, answer.stdout + answer.stderr


def test_every_contract_has_an_offence_that_breaks_it(root: Path) -> None:
    assert set(contract_names(root)) == {contract for contract, _, _ in OFFENCES}
