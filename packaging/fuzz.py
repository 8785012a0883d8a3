"""Try every reader of outside bytes with inputs that are made to break it; the targets are in tests/fuzz.

    packaging/dev fuzz [TARGET …] [--seconds 60] [--jobs N] [--engine atheris|ours] [--grow]
    packaging/dev fuzz TARGET --replay FILE
    packaging/dev fuzz --list

A finding is what is not an error of ours: any other exception, more than 2 s of processor time, more than 300 MB, a
file written, a socket, a process. Inputs of findings are put into build/fuzz, and the status is 1. Each target runs in
a process and a home folder of its own, as many at once as there are cores. `--grow` keeps small inputs that reached new
code in tests/fuzz/corpora.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import figures  # noqa: E402 - the checkout must be on the path first
from tests.fuzz import corpus  # noqa: E402

FINDINGS = ROOT / "build" / "fuzz"
_PATIENCE_S = 600
"""How much longer than asked a target may take: the engine looks at all our code first, and a machine may be busy."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that must not be, and the input that shows it."""

    what: str
    content: bytes
    trace: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one target."""

    target: str
    engine: str
    executions: int
    findings: tuple[Found, ...]


def main(arguments: Sequence[str]) -> int:
    """Run the named targets, or all; 1 where something was found."""
    asked = _parsed(arguments)
    known = _names()
    unknown = [name for name in asked.targets if name not in known]
    if asked.list or unknown:
        print("\n".join(known) if asked.list else f"no target {unknown[0]!r}; `packaging/dev fuzz --list` names them")
        return 2 if unknown else 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        results = list(pool.map(lambda name: _run_and_tell(name, asked), asked.targets or known))
    findings = sum(len(result.findings) for result in results)
    print(f"{sum(result.executions for result in results):,} executions, {findings} findings")
    return 1 if findings else 0


def _run_and_tell(name: str, asked: argparse.Namespace) -> Result:
    result = run(name, asked)
    print(f"{'FOUND' if result.findings else 'ok   '} {name}: {result.executions:,} ({result.engine})", flush=True)
    for found in result.findings:
        print(f"      {found.what}\n      {_saved(name, found.content)}\n{found.trace}", flush=True)
    return result


def run(name: str, asked: argparse.Namespace) -> Result:
    """Run one target in a process and a home of its own."""
    with tempfile.TemporaryDirectory(prefix="fieldapp-fuzz-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        home = folder / "home"
        home.mkdir()
        done = _called(name, asked, folder)
        result = _result(name, done, folder / "current")
        left = sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
        if left:
            result = _with(result, Found(f"left behind: {', '.join(left)}", b"", ""))
        if asked.grow:
            corpus.keep(name, _useful(folder / "corpus" / "inputs"))
    return result


def _called(name: str, asked: argparse.Namespace, folder: Path) -> subprocess.CompletedProcess[str] | None:
    """The process of a target; None where it had to be ended."""
    command = [sys.executable, "-m", "tests.fuzz.running", name, "--seconds", str(asked.seconds)]
    command += ["--corpus", str(folder / "corpus"), "--current", str(folder / "current")]
    command += ["--engine", asked.engine] if asked.engine else []
    command += ["--replay", str(asked.replay.resolve())] if asked.replay else []
    inside = dict(os.environ) | {"HOME": str(folder / "home"), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    inside |= {"PYTHONDONTWRITEBYTECODE": "1", "QT_QPA_PLATFORM": "offscreen", "LANGUAGE": "en"}
    try:
        return subprocess.run(
            command,
            cwd=folder / "home",
            env=inside,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=asked.seconds + _PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def _result(name: str, done: subprocess.CompletedProcess[str] | None, current: Path) -> Result:
    if done is not None and done.returncode in (0, 1) and done.stdout.strip().startswith("{"):
        told = json.loads(done.stdout.strip().splitlines()[-1])
        findings = (Found(each["what"], base64.b64decode(each["input"]), each["trace"]) for each in told["findings"])
        return Result(name, told["engine"], told["executions"], tuple(findings))
    begun = current.exists() and current.stat().st_size > 0
    hung = "hung" if begun else "did not begin in time"
    what = hung if done is None else f"the process died with {done.returncode}"
    figures.note("fuzzing", name, executions=0, failures=1)
    return Result(name, "?", 0, (Found(what, _last(current), "" if done is None else done.stderr[-3000:]),))


def _with(result: Result, found: Found) -> Result:
    figures.note("fuzzing", result.target, failures=1)
    return Result(result.target, result.engine, result.executions, (*result.findings, found))


def _last(current: Path) -> bytes:
    """What a process was reading when it ended."""
    whole = current.read_bytes() if current.exists() else b""
    return whole[8 : 8 + int.from_bytes(whole[:8], "big")]


def _useful(inputs: Path) -> Iterator[bytes]:
    """What the engine kept because it reached new code."""
    for path in inputs.glob("*"):
        if not path.name.startswith("example-"):
            yield path.read_bytes()


def _saved(name: str, content: bytes) -> str:
    FINDINGS.mkdir(parents=True, exist_ok=True)
    place = FINDINGS / f"{corpus.place_of(name).stem}-{hashlib.sha256(content).hexdigest()[:12]}"
    place.write_bytes(content)
    return str(place.relative_to(ROOT))


def _names() -> list[str]:
    from tests.fuzz.registry import targets  # noqa: PLC0415 - it loads the whole program

    return [target.name for target in targets()]


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="packaging/dev fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="as --list names them; all, if none is given")
    parser.add_argument("--seconds", type=float, default=60, help="for each target (default 60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at once (default: cores)")
    parser.add_argument("--engine", choices=("atheris", "ours"), help="default: atheris where it is installed")
    parser.add_argument("--grow", action="store_true", help="keep small inputs that reached new code")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="only try this one input")
    parser.add_argument("--list", action="store_true", help="name the targets")
    asked = parser.parse_args(arguments)
    if asked.replay and len(asked.targets) != 1:
        parser.error("--replay wants one target")
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
