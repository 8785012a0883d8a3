"""The lock files: every package for every system, pinned by hash, with no index address and no path in them.

`uv` resolves, because pip cannot resolve for other systems than its own. It asks the index that pip is configured for;
what is already in a lock file stays as it is unless `--upgrade` is asked.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from devtool.places import Checkout, Lock, Refusal, say

_OPTIONS = (
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--annotation-style",
    "line",
    "--quiet",
)
_WHEELS = ("--only-binary", ":all:")  # building a source package would fetch unpinned tools
_OLDEST_PYTHON = "3.11"
_HEADER = "# Written by `packaging/dev lock` from pyproject.toml. Do not edit.\n"


def write_all(checkout: Checkout, environment: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Write the lock files: `run`; `dev`, which holds all of `run` at the very same versions; `source`.

    `source` has what is published without a wheel. It is built with the pinned tools that are in `dev`.

    Raises:
        Refusal: the resolver found no answer; it has said why.
    """
    inside = {**environment, **_index(checkout)}
    ours = ("pyproject.toml", *_WHEELS)
    _write(checkout, "run", (*ours, *arguments), inside)
    _write(checkout, "dev", (*ours, "--group", "dev", "--constraint", "packaging/locks/run.txt", *arguments), inside)
    _write(checkout, "source", ("--group", "source", "--no-deps", *arguments), inside)
    return 0


def _write(checkout: Checkout, lock_name: Lock, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    lock = checkout.lock(lock_name)
    say(f"Writing {lock.relative_to(checkout.root)}")
    name = lock.relative_to(checkout.root).as_posix()
    command = [str(checkout.scripts / "uv"), "pip", "compile", *_OPTIONS]
    command += ["--python-version", _OLDEST_PYTHON, "--output-file", name, *arguments]
    done = subprocess.run(command, cwd=checkout.root, env=dict(environment), stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        msg = "The lock files could not be written; the resolver says why above."
        raise Refusal(msg)
    lock.write_text(_HEADER + lock.read_text(encoding="utf-8").removeprefix(_HEADER), encoding="utf-8")


def _index(checkout: Checkout) -> dict[str, str]:
    """The index of pip as uv wants to hear it; nothing when pip is not told of any."""
    asked = [str(checkout.python), "-m", "pip", "config", "list"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        if key.endswith(".index-url"):
            return {"UV_DEFAULT_INDEX": value.strip("'\"")}
    return {}
