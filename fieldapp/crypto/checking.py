"""Many Ed25519 signatures checked in a process beside the program: the library checks them without letting other
threads work, so a thread would gain nothing.

    question = count (4 bytes, big-endian) ‖ count × (key[32] ‖ signature[64] ‖ length (4 bytes) ‖ message)
    answer   = count (4 bytes): so many of the first ones are valid

Rule 1: it only ever saves work. What it did not call valid is checked here, by whoever asked; so is everything where it
        cannot be started, dies, or answers nonsense.
Rule 2: it holds no key but public ones and sees no body: what is signed are headers.
Rule 3: one question at a time, so that neither side ever waits to write while the other does.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from fieldapp.crypto.identity import ED25519_PUBLIC_SIZE, ED25519_SIGNATURE_SIZE, Verifier
from fieldapp.errors import KeyRefusedError, SignatureError
from fieldapp.system import harden_process
from fieldapp.system.child import Child, child_command, start_child

MOST: Final = 4096
"""Signatures of one question."""

MAX_MESSAGE: Final = 64 * 1024

_COUNT: Final = struct.Struct(">I")
_LIBRARIES: Final = ("cryptography", "cffi", "_cffi_backend")


@dataclass(frozen=True, slots=True)
class Signed:
    """A message, its signature, and under which key that should be valid."""

    key: bytes
    signature: bytes
    message: bytes


Checks = Callable[[Sequence[Signed]], Callable[[], int]]
"""Begins to check, and gives what waits for the answer: how many of the first ones are valid. One at a time."""


def no_checks(_signed: Sequence[Signed]) -> Callable[[], int]:
    """`Checks` that leave all the work to whoever asks."""
    return lambda: 0


@dataclass(slots=True)
class _Beside:
    """The process, from the first question on; once it failed it is not asked again."""

    command: Sequence[str]
    process: Child | None = None
    failed: bool = field(default=False)

    def ask(self, signed: Sequence[Signed]) -> Callable[[], int]:
        """Begin to check the first `MOST` of these."""
        if self.failed or not signed:
            return lambda: 0
        asked = signed[:MOST]
        try:
            self.process = self.process or start_child(self.command)
            pipe = self.process.stdin
            if pipe is not None:
                pipe.write(_question(asked))
                pipe.flush()
        except OSError:
            self.failed = True
        return lambda: self._answer(len(asked))

    def _answer(self, asked: int) -> int:
        pipe = self.process.stdout if self.process else None
        answer = b"" if self.failed or pipe is None else pipe.read(_COUNT.size)
        valid = int.from_bytes(answer)
        if len(answer) != _COUNT.size or valid > asked:
            self.failed = True
            return 0
        return valid

    def close(self) -> None:
        """End the process; one that was asked and not heard, too."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


@contextmanager
def checks_beside(command: Sequence[str] | None = None) -> Iterator[Checks]:
    """`Checks` with a process of their own, which is started at the first question and has ended when this ends."""
    beside = _Beside(command or child_command(__name__, _LIBRARIES))
    try:
        yield beside.ask
    finally:
        beside.close()


def run() -> None:
    """Answer questions on the standard streams until they end: the process itself."""
    harden_process()
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    verifiers: dict[bytes, Verifier] = {}
    while head := questions.read(_COUNT.size):
        signed = [_read(questions) for _ in range(int.from_bytes(head))]
        answers.write(_COUNT.pack(_count_valid(signed, verifiers)))
        answers.flush()


def _count_valid(signed: Sequence[Signed], verifiers: dict[bytes, Verifier]) -> int:
    for place, each in enumerate(signed):
        try:
            verifier = verifiers.get(each.key) or verifiers.setdefault(each.key, Verifier(each.key))
            verifier.verify(each.signature, each.message)
        except (KeyRefusedError, SignatureError):
            return place
    return len(signed)


def _question(signed: Sequence[Signed]) -> bytes:
    parts = [_COUNT.pack(len(signed))]
    for each in signed:
        parts += (each.key, each.signature, _COUNT.pack(len(each.message)), each.message)
    return b"".join(parts)


def _read(questions: BinaryIO) -> Signed:
    key, signature = questions.read(ED25519_PUBLIC_SIZE), questions.read(ED25519_SIGNATURE_SIZE)
    return Signed(key, signature, questions.read(int.from_bytes(questions.read(_COUNT.size))))
