"""What a test needs to call the command line, and what it gets back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSPHRASE = "four words of nobody"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)

    @property
    def outcomes(self) -> Any:
        """What several steps came to, also where one was refused."""
        return json.loads(self.out)

    @property
    def errors(self) -> list[Any]:
        """One object for each line of standard error."""
        return [json.loads(line) for line in self.err.splitlines()]

    @property
    def error(self) -> Any:
        assert self.status != 0
        return json.loads(self.err)


Call = Callable[..., Done]


@dataclass(frozen=True)
class Desk:
    """A vault, and the commands that work on it."""

    folder: Path
    call: Call

    def __call__(self, command: str, *arguments: object, passphrase: str = PASSPHRASE) -> Done:
        first, *more = command.split()
        words = [first, str(self.folder), *more, *map(str, arguments)]
        return self.call(*words, secrets={"--passphrase-fd": passphrase})


MakeDesk = Callable[[str], Desk]
