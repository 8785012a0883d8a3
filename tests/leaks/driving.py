"""The real program, driven as a script drives it, in a world of its own, and watched all the way.

`Drive.folder` holds two kinds of places, and that is the whole law of H1: in `clear/` lies what a person had before, or
asked to have outside (photos, a copy that was extracted, a key file); everywhere else no canary may be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.leaks import senses
from tests.leaks.canaries import Canaries, Search

HIDDEN = ("home", "tmp", "runtime", "vaults", "sealed", "work")
"""The folders of a drive in which nothing may be read."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    command: str
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Forking:
    """See `forking.py`."""

    def __init__(self, before: list[str], environment: dict[str, str], folder: Path) -> None:
        asked = [*before, sys.executable, "-m", "tests.leaks.forking"]
        self._process = subprocess.Popen(
            asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=folder, text=True
        )

    def ask(self, request: dict[str, object]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> None:
        self._process.communicate()


def started(drive: Drive, words: list[str], secrets: dict[str, str], given: bytes) -> dict[str, Any]:
    """One command as a process of its own."""
    readers = []
    for option, secret in secrets.items():
        reader, writer = os.pipe()
        os.write(writer, secret.encode() + b"\n")
        os.close(writer)
        readers.append(reader)
        words = [*words, option, str(reader)]
    asked = [*drive.before, sys.executable, "-m", "fieldapp", *words]
    try:
        ended = subprocess.run(
            asked, input=given, capture_output=True, check=False, pass_fds=readers, env=drive.environment,
            cwd=drive.folder / "work",
        )  # fmt: skip
    finally:
        for reader in readers:
            os.close(reader)
    return {"status": ended.returncode, "out": ended.stdout.decode(), "err": ended.stderr.decode()}


@dataclass
class Drive:
    """One world, and what was done in it so far."""

    folder: Path
    root: Path
    before: list[str]
    """What a command is started through: a network, a tracer."""
    canaries: Canaries = field(default_factory=Canaries)
    done: list[Done] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    phrases: list[str] = field(default_factory=list)
    there_before: list[int] = field(default_factory=lambda: senses.descendants(os.getpid()))
    forking: Forking | None = None

    def __post_init__(self) -> None:
        for name in (*HIDDEN, "clear", "home/.config", "home/.cache", "home/.local/share"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local/share"),
            "XDG_RUNTIME_DIR": str(self.folder / "runtime"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANGUAGE": "en",
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def vault(self, name: str = "field") -> Path:
        return self.folder / "vaults" / name

    def sealed(self, name: str) -> Path:
        return self.folder / "sealed" / name

    def clear(self, name: str) -> Path:
        return self.folder / "clear" / name

    def __call__(
        self,
        command: str,
        *arguments: object,
        vault: str | None = "field",
        secrets: dict[str, str] | None = None,
        given: bytes = b"",
        status: int = 0,
    ) -> Done:
        """Run one command; its vault comes after its first word, its passphrase through a pipe."""
        first, *more = command.split()
        place = [] if vault is None else [str(self.vault(vault))]
        words = [first, *place, *more, *map(str, arguments)]
        if secrets is None:
            secrets = {"--passphrase-fd": self.passphrase} if vault else {}
        done = self._run(command, words, secrets, given)
        assert done.status == status, f"{command}: {done.status} {done.err or done.out}"
        return done

    @property
    def passphrase(self) -> str:
        return self.canaries.passphrase()

    def _run(self, command: str, words: list[str], secrets: dict[str, str], given: bytes) -> Done:
        if self.forking is None:
            ended = started(self, words, secrets, given)
        else:
            ended = self.forking.ask({"words": words, "secrets": secrets, "given": given.decode()})
        done = Done(command, ended["status"], ended["out"], ended["err"])
        self.done.append(done)
        return done

    def begin(self) -> None:
        """Load the program once, to be forked for each command."""
        self.forking = Forking(self.before, self.environment, self.folder / "work")

    def end(self) -> None:
        """Let go of what `begin` loaded."""
        if self.forking is not None:
            self.forking.end()

    def leaked(self, silent: set[str], telling: set[str]) -> dict[str, list[str]]:
        """H1, H2 and H5 after all that was done: what was found where nothing may be, by name of the check."""
        search = Search(self.canaries.stems() | {f"phrase {n}": each for n, each in enumerate(self.phrases) if each})
        survivors = [pid for pid in senses.descendants(os.getpid()) if pid not in self.there_before]
        spoken = [
            f"{each.command}: {stream} {hit}"
            for each in self.done
            for stream, text, may in (("out", each.out, each.command not in silent), ("err", each.err, False))
            for hit in search.found(text.encode())
            if not (may and hit in ("latin", "cyrillic", "digits"))
            and not (each.command in telling and "phrase" in hit)
        ]
        return {
            "H1": search.in_tree(*(self.folder / name for name in HIDDEN)),
            "H2": [f"{senses.command_of(pid)}: {senses.in_memory(pid, search)}" for pid in survivors],
            "H5": spoken,
        }
