"""A target: one way in for bytes from outside, as a function that may only refuse them with an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fieldapp.errors import ExpectedError


@dataclass(frozen=True, slots=True)
class Target:
    """One way in.

    `read` takes any bytes and gives nothing; what it raises outside `allowed` is a finding, and so is an AssertionError
    where it says what must hold of that which was read (most say: written again, these are the bytes that were read).
    """

    name: str
    read: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    """Whole examples, from which others are made. Called once, before anything is measured."""
    words: tuple[bytes, ...] = ()
    """What changes are made of, besides chance: marks and names of the format."""
    allowed: tuple[type[Exception], ...] = (ExpectedError,)
    quick: int = 400
    """How many changed inputs the quick tests try: fewer where one takes long."""
    starts_processes: bool = False
    """Whether reading may start a process of ours (the picture decoder)."""
