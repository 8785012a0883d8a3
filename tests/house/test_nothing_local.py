"""No file of the project names a path of the machine it was written on, or the registry its packages came from."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ENOUGH_PARTS = 2  # "/src/" alone would be found in many an innocent address


def configured_sources(environment: Mapping[str, str]) -> Iterator[str]:
    """Everything that pip is told about where packages are, and where it looks if it is told nothing."""
    asked = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        if key.endswith(("index-url", "find-links", "proxy", "trusted-host")):
            yield from value.strip("'\"").replace("\\n", " ").split()
    default = "from pip._internal.models.index import PyPI; print(PyPI.simple_url, PyPI.file_storage_domain)"
    asked = [sys.executable, "-c", default]
    yield from subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.split()


def local_words(sources: list[str], folders: list[Path]) -> set[str]:
    """Hosts and folders that must not be named. A folder counts when it is more than one level deep."""
    words = set()
    for source in sources:
        parts = urlsplit(source if ":" in source or source.startswith("/") else f"//{source}")
        if parts.hostname:
            words.add(parts.hostname)
        if not parts.hostname and parts.path.count("/") >= ENOUGH_PARTS:
            words.add(unquote(parts.path))
    words |= {str(folder) for folder in folders if len(folder.parts) > ENOUGH_PARTS}
    return words


def found_in(content: bytes, words: set[str]) -> set[str]:
    """Those of `words` that stand in `content`, not as the tail of a longer word."""
    return {word for word in words if re.search(rb"(?<![\w.-])" + re.escape(word.encode()) + rb"(?![\w-])", content)}


@pytest.fixture(scope="module")
def words(root: Path, outer_environment: Mapping[str, str]) -> set[str]:
    return local_words(list(configured_sources(outer_environment)), [root, Path(sys.base_prefix), Path(sys.prefix)])


def test_no_file_names_this_machine_or_its_registry(words: set[str], tracked: list[Path], root: Path) -> None:
    named = {
        f"{path.relative_to(root)}: {word}"
        for path in tracked
        if path != Path(__file__).resolve()
        for word in found_in(path.read_bytes(), words)
    }

    assert named == set()


def test_hosts_and_folders_are_found_where_they_stand() -> None:
    sources = ["https://user:secret@registry.example:8443/simple", "file:///opt/made/up", "registry.example"]
    words = local_words(sources, [Path("/made/up/checkout"), Path("/src")])

    assert words == {"registry.example", "/opt/made/up", "/made/up/checkout"}
    assert found_in(b"--index-url https://registry.example:8443/simple", words) == {"registry.example"}
    assert found_in(b"see (/made/up/checkout/README.md)", words) == {"/made/up/checkout"}
    assert found_in(b"not-registry.example, /made/up/checkout-of-others", words) == set()
