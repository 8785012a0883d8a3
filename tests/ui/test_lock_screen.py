"""What takes the window's place at the lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fieldapp.ui.starting_again import this_program


def test_the_lock_screen_is_this_program_and_not_one_that_lies_where_the_window_was_started(tmp_path: Path) -> None:
    """That folder may be a stick, with files of the names of any of our modules."""
    for name in ("fieldapp", "json", "argparse", "typing"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('somebody else')", encoding="utf-8")

    said = subprocess.run(
        [*this_program(), "--version"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )

    assert "somebody else" not in said.stderr
    assert said.stdout.startswith("Field App ")


def test_the_lock_screen_waits_for_no_other_screen_to_be_read() -> None:
    program = "import sys; from fieldapp.__main__ import main; import fieldapp.ui.application; print(*sys.modules)"

    read = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    screens = {name for name in read if name.startswith(("fieldapp.ui.opening.", "fieldapp.ui.safety"))}
    assert screens == {f"fieldapp.ui.opening.{name}" for name in ("doors", "page", "unlock")}
    assert not {"cryptography", "sqlcipher3", "PIL", "fieldapp.ui.workspace", "fieldapp.services.vaults"} & set(read)
