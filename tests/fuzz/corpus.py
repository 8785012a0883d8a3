"""Small inputs that lead to other places than the seeds: one text file for each target, one base64 line for each input.

They were found by `packaging/dev fuzz --grow` and are made of our own seeds, never of anybody's files. An input that
once was a finding stays here too, so that every run tries it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpora"
MOST_INPUTS = 40
MOST_BYTES = 1024


def place_of(name: str) -> Path:
    """The file of a target."""
    return FOLDER / f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.txt"


def kept(name: str) -> list[bytes]:
    """The inputs of a target."""
    place = place_of(name)
    return [base64.b64decode(line) for line in place.read_text("ascii").splitlines()] if place.exists() else []


def keep(name: str, found: Iterable[bytes]) -> int:
    """Add inputs to those of a target, the shortest first, as many as there is room for. Gives how many there are."""
    before = kept(name)
    fresh = sorted(
        {each for each in found if len(each) <= MOST_BYTES} - set(before), key=lambda each: (len(each), each)
    )
    inputs = [*before, *fresh][:MOST_INPUTS]
    if inputs:
        FOLDER.mkdir(exist_ok=True)
        place_of(name).write_text("".join(base64.b64encode(each).decode() + "\n" for each in inputs), "ascii")
    return len(inputs)
