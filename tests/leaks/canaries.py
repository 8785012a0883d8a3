"""Words that stand nowhere else in the world, and how to find them however somebody may have spelt them.

Every canary of a drive grows from one of a few stems, and what is searched for is the stem: so a search costs the same
for a thousand canaries. Stems are random letters (nothing folds, cuts or corrects them away), Latin and Cyrillic, and
random digits for what only takes a number.
"""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import string
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CYRILLIC = "абвгдежзиклмнопрстуфхцчшэюя"


def random_letters(count: int, alphabet: str = string.ascii_lowercase) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def spellings(word: str) -> set[bytes]:
    """The word as it may lie in a file or in memory."""
    found = set()
    for cased in {word, word.upper(), word.title()}:
        found |= {cased.encode(), cased.encode("utf-16-le"), cased.encode("utf-16-be"), cased.encode("utf-32-le")}
    raw = word.encode()
    for encoded in (raw, word.encode("utf-16-le")):
        found |= {encoded.hex().encode(), encoded.hex().upper().encode()}
        found |= {base64.b64encode(b"x" * shift + encoded)[4:-4] for shift in range(3)}
        found |= {base64.urlsafe_b64encode(b"x" * shift + encoded)[4:-4] for shift in range(3)}
    found |= {json.dumps(word)[1:-1].encode(), urllib.parse.quote(word).encode(), ascii(raw)[2:-1].encode()}
    found |= {urllib.parse.quote(word).lower().encode(), json.dumps(word)[1:-1].upper().replace("\\U", "\\u").encode()}
    return found


@dataclass(frozen=True)
class Canaries:
    """The stems of one drive. `secret` is for passphrases alone, so that these can be told apart."""

    latin: str = field(default_factory=lambda: "kan" + random_letters(13))
    cyrillic: str = field(default_factory=lambda: random_letters(10, CYRILLIC))
    digits: str = field(default_factory=lambda: "79" + "".join(secrets.choice(string.digits) for _ in range(10)))
    secret: str = field(default_factory=lambda: "geh" + random_letters(13))
    _count: Iterator[int] = field(default_factory=itertools.count)

    def word(self) -> str:
        """A canary that was not given before: both scripts, so that each field has both."""
        number = next(self._count)
        letters = "".join(string.ascii_lowercase[digit] for digit in divmod(number, 26))
        return f"{self.latin}{letters} {self.cyrillic}"

    def name(self) -> str:
        """One for the name of a file."""
        return self.word().replace(" ", "-")

    def phone(self) -> str:
        return "+" + self.digits

    def passphrase(self, more: str = "") -> str:
        return f"{self.secret} dry apricots{more}"

    def stems(self) -> dict[str, str]:
        return {"latin": self.latin, "cyrillic": self.cyrillic, "digits": self.digits, "secret": self.secret}


class Search:
    """Looks for every spelling of some words in bytes."""

    def __init__(self, words: dict[str, str]) -> None:
        self._sought = {name: sorted(spellings(word)) for name, word in words.items()}
        self.longest_bytes = max(len(each) for many in self._sought.values() for each in many)

    def found(self, content: bytes) -> list[str]:
        """The names of the words that are there."""
        return [name for name, many in self._sought.items() if any(each in content for each in many)]

    def count(self, content: bytes) -> dict[str, int]:
        """How often each is there, in all spellings together."""
        counts = {name: sum(content.count(each) for each in many) for name, many in self._sought.items()}
        return {name: count for name, count in counts.items() if count}

    def in_tree(self, *folders: Path) -> list[str]:
        """H1: the files below whose name or content has one, with what they have."""
        found = []
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                here = self.found(str(path.relative_to(folder)).encode(errors="surrogateescape"))
                if path.is_symlink():
                    here += self.found(str(path.readlink()).encode(errors="surrogateescape"))
                elif path.is_file():
                    here += self.found(path.read_bytes())
                if here:
                    found.append(f"{path}: {', '.join(sorted(set(here)))}")
        return found
