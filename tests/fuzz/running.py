"""One target in a process of its own: `python -m tests.fuzz.running TARGET --seconds 60`, for packaging/fuzz.py.

Prints one JSON line, {target, engine, executions, findings: [{what, input (base64), trace}]}, and ends with 1 where
there are findings. What is being read lies in the file `--current`, for the case that this process dies of it.

Two engines. `atheris` (libFuzzer) sees which code an input reaches and goes on from what reached new code; it is there
for Linux on x86-64 only. `ours` changes the examples by chance and runs wherever Python does.
"""

from __future__ import annotations

import argparse
import base64
import importlib
import importlib.util
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from tests import figures
from tests.fuzz.mutations import MOST_BYTES, mutated

Trial = Callable[[bytes], tuple[str, str] | None]


class Run:
    """One target being tried for a while: counts, and keeps the first input of each kind of finding."""

    def __init__(self, target: str, engine: str, current: Path | None) -> None:
        self.target, self.engine = target, engine
        self.executions = 0
        self.findings: dict[str, dict[str, str]] = {}
        self._current = None if current is None else os.open(current, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)

    def count(self, content: bytes, trial: Trial) -> None:
        """Try one input."""
        if self._current is not None:
            os.pwrite(self._current, len(content).to_bytes(8, "big") + content, 0)
        self.executions += 1
        found = trial(content)
        if found is not None and found[0] not in self.findings:
            self.findings[found[0]] = {
                "what": found[0],
                "input": base64.b64encode(content).decode(),
                "trace": found[1],
            }

    def tell(self) -> int:
        """Print what came of it, and note the figures. Gives the exit status."""
        findings = list(self.findings.values())
        told = {"target": self.target, "engine": self.engine, "executions": self.executions, "findings": findings}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        figures.note("fuzzing", self.target, executions=self.executions, failures=len(findings))
        return 1 if findings else 0


def main(arguments: Sequence[str]) -> int:
    """Run one target. With atheris this does not return: the engine ends the process."""
    asked = _parser().parse_args(arguments)
    engine = asked.engine or ("atheris" if importlib.util.find_spec("atheris") else "ours")
    with _seen_by(engine):
        registry = importlib.import_module("tests.fuzz.registry")
        target = registry.find(asked.target)
    watching = importlib.import_module("tests.fuzz.watching")
    places = importlib.import_module("tests.fuzz.places")
    watching.prepare()
    places.scratch()
    examples = [asked.replay.read_bytes()] if asked.replay else registry.examples(target)
    run = Run(target.name, engine, asked.current)

    def trial(content: bytes) -> tuple[str, str] | None:
        finding = watching.tried(target, content)
        return (finding.what, finding.trace) if finding else None

    with watching.bounded_memory():
        for example in examples:
            run.count(example, trial)
        until = time.monotonic() + (0 if asked.replay else asked.seconds)
        if engine == "atheris" and not asked.replay:
            _atheris(run, trial, until, _laid_out(asked.corpus, examples, target.words))
        for content in _changed(examples, target.words, asked.seed, until):
            run.count(content, trial)
    return run.tell()


def _changed(examples: Sequence[bytes], words: Sequence[bytes], seed: int | None, until: float) -> Iterator[bytes]:
    """Changed examples, until the time is over."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        yield mutated(chance, examples, words)


def _seen_by(engine: str) -> AbstractContextManager[object]:
    """What makes the engine see the code of ours that is imported inside."""
    if engine != "atheris":
        return nullcontext()
    instrumented: AbstractContextManager[object] = _library().instrument_imports(include=["fieldapp"])
    return instrumented


def _library() -> Any:
    """Atheris, which is not on every machine."""
    return importlib.import_module("atheris")


def _laid_out(corpus: Path, examples: Sequence[bytes], words: Sequence[bytes]) -> list[str]:
    """The engine's arguments, its examples and words laid into the folder `corpus`; what it finds useful goes there."""
    inputs = corpus / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(examples):
        (inputs / f"example-{number}").write_bytes(example)
    dictionary = corpus / "words"
    lines = ["".join(f"\\x{byte:02x}" for byte in word) for word in words if word]
    dictionary.write_text("".join(f'"{line}"\n' for line in lines) or '"\\x00"\n', encoding="ascii")
    return [
        "fuzz", f"-max_len={MOST_BYTES}", "-timeout=60", "-rss_limit_mb=0", "-verbosity=0", "-len_control=20",
        f"-artifact_prefix={corpus}/", f"-dict={dictionary}", str(inputs),
    ]  # fmt: skip


def _atheris(run: Run, trial: Trial, until: float, arguments: list[str]) -> None:
    """Let atheris choose. When the time is over this process ends, since the engine would never give it back."""

    def once(content: bytes) -> None:
        if time.monotonic() > until:
            status = run.tell()
            os._exit(status)
        run.count(content, trial)

    library = _library()
    library.Setup(arguments, once)
    library.Fuzz()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Try one fuzz target.")
    parser.add_argument("target")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--engine", choices=("atheris", "ours"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--current", type=Path)
    parser.add_argument("--replay", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
