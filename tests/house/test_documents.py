"""The documents say what is true: every command shown exists, every picture and file linked is there."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po
from devtool.verbs import VERBS

from fieldapp.i18n import LANGUAGES

_FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)")
_CITED = re.compile(r"`((?:fieldapp|packaging|resources|tests)/[\w./-]+|\.ci/run)`")
_QUOTED = re.compile(r"\*\*[“«](.+?)[”»]\*\*", re.DOTALL)
_PARTS_OF_DECISION = ("Summary", "Context", "Decision", "Consequences", "Alternatives")


def shown_commands(text: str) -> Iterator[tuple[str, str]]:
    """(program, its first word) for each line of a code block that calls `packaging/dev` or `fieldapp`."""
    for block in _FENCE.findall(text):
        for line in block.splitlines():
            words = line.removeprefix("$ ").split()
            if words[:1] in (["packaging/dev"], ["fieldapp"]):
                yield words[0], words[1] if len(words) > 1 else ""


def known_commands(root: Path) -> set[str]:
    """What `fieldapp` understands: names given to `.command(…)` and `add_typer(…, name=…)` below fieldapp/cli."""
    names = set()
    for path in (root / "fieldapp" / "cli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("command", "add_typer", "Typer"):
                given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "name")]
                names |= {str(value.value) for value in given if isinstance(value, ast.Constant)}
    return names


def documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *(root / "resources" / "docs").rglob("*.md")]


def wrong_commands(text: str, commands: set[str]) -> list[str]:
    """The commands shown in `text` that do not exist. A vault's name in capitals after `fieldapp` opens the window."""
    known = {"packaging/dev": {*VERBS, "help", "VERB"}, "fieldapp": {*commands, "", "VAULT", "--help", "--version"}}
    return [f"{program} {word}" for program, word in shown_commands(text) if word not in known[program]]


def test_every_command_in_the_documents_exists(root: Path) -> None:
    commands = known_commands(root)
    wrong = {path.name: wrong_commands(path.read_text(encoding="utf-8"), commands) for path in documents(root)}

    assert {name: lines for name, lines in wrong.items() if lines} == {}


def test_a_command_that_does_not_exist_is_caught() -> None:
    text = "```sh\npackaging/dev run\npackaging/dev fly\n$ fieldapp init VAULT\nfieldapp explode VAULT\n```\n"

    assert wrong_commands(text, {"init"}) == ["packaging/dev fly", "fieldapp explode"]


def test_every_link_to_a_file_leads_somewhere(root: Path) -> None:
    dead = [
        f"{path.relative_to(root)}: {link}"
        for path in documents(root)
        for link in _LINK.findall(_COMMENT.sub("", path.read_text(encoding="utf-8")))
        if "://" not in link and not link.startswith("mailto:") and not (path.parent / link).exists()
    ]

    assert dead == []


def test_the_readme_begins_with_the_two_commands(root: Path) -> None:
    blocks = _FENCE.findall((root / "README.md").read_text(encoding="utf-8"))

    assert blocks[0].split("\n")[:2] == ["packaging/dev run", "packaging/dev test"]


def test_every_verb_is_told_in_contributing(root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")

    assert [verb for verb in VERBS if f"packaging/dev {verb}" not in text] == []


def decision_records(root: Path) -> list[Path]:
    return sorted((root / "resources" / "docs" / "decisions").glob("*.md"))


def parts_lacking(text: str) -> list[str]:
    """The parts of a decision record that begin neither a heading nor, in bold, a paragraph."""
    return [part for part in _PARTS_OF_DECISION if not re.search(rf"^(##+ |\*\*){part}\b", text, re.MULTILINE)]


def test_every_decision_has_all_its_parts(root: Path) -> None:
    lacking = {path.name: parts_lacking(path.read_text(encoding="utf-8")) for path in decision_records(root)}

    assert lacking
    assert {name: parts for name, parts in lacking.items() if parts} == {}


def test_a_decision_without_its_alternatives_is_caught() -> None:
    assert parts_lacking("# 1 X\n**Summary.** a\n## Context\n## Decision\n## Consequences\n") == ["Alternatives"]


def test_decisions_are_numbered_without_doubles(root: Path) -> None:
    numbers = [path.name[:4] for path in decision_records(root)]

    assert all(number.isdigit() for number in numbers)
    assert len(numbers) == len(set(numbers))


def cited_places(text: str) -> list[str]:
    """The files and folders of the checkout that stand in `text` between backticks, without their arguments."""
    return _CITED.findall(text)


def test_every_file_that_a_document_names_is_there(root: Path) -> None:
    lacking = {
        str(path.relative_to(root)): [
            place for place in cited_places(path.read_text("utf-8")) if not there(root, place)
        ]
        for path in documents(root)
    }

    assert cited_places((root / "resources" / "docs" / "threat-model.md").read_text("utf-8"))
    assert {name: places for name, places in lacking.items() if places} == {}


def there(root: Path, place: str) -> bool:
    return (root / place).exists()


def test_a_file_that_is_gone_is_caught(root: Path) -> None:
    (place,) = cited_places("Shown by `tests/unit/test_telepathy.py`, and not by tests/unit.")

    assert not there(root, place)


def guides(root: Path) -> dict[str, str]:
    folder = root / "resources" / "docs" / "guide"
    return {language: (folder / f"{language}.md").read_text("utf-8") for language in LANGUAGES}


def labels(guide: str) -> list[str]:
    """What the guide quotes from the window: what stands in bold and in quotation marks, for the help shows no bold."""
    return [" ".join(words.split()) for words in _QUOTED.findall(guide)]


def messages_in_code(root: Path) -> set[str]:
    """Every text in the code that is, or could be, a message id, without the ellipsis and the key behind it."""
    return {
        plain_label(node.value)
        for path in (root / "fieldapp").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def plain_label(label: str) -> str:
    return label.rstrip("….:")


def test_the_guide_quotes_the_window_as_it_is(root: Path) -> None:
    known = messages_in_code(root)
    quoted = labels(guides(root)["en"])

    assert quoted
    assert [label for label in quoted if plain_label(label) not in known] == []


def test_both_guides_tell_the_same_in_the_same_order(root: Path) -> None:
    shapes = {
        language: [
            [line.split(" ")[0] for line in guide.splitlines() if line.startswith("#")],
            len(guide.split("\n\n")),
            len(labels(guide)),
        ]
        for language, guide in guides(root).items()
    }

    assert shapes["ru"] == shapes["en"]


def test_the_guide_quotes_the_russian_window_as_it_is(root: Path) -> None:
    catalogue = root / "resources" / "locale" / "ru" / "LC_MESSAGES" / "fieldapp.po"
    known = {
        plain_label(str(message.id)): plain_label(str(message.string))
        for message in read_po(io.BytesIO(catalogue.read_bytes() if catalogue.exists() else b""))
        if isinstance(message.id, str)
    }
    pairs = zip(*(map(plain_label, labels(guides(root)[language])) for language in ("en", "ru")), strict=True)

    assert [(en, ru, known[en]) for en, ru in pairs if known.get(en, ru) not in (ru, "")] == []


def unsimple_markdown(guide: str) -> list[str]:
    """The lines that hold what the help inside the program does not show: tables, pictures, markup, links out."""
    return [line for line in guide.splitlines() if re.search(r"^\s*\||!\[|<\w|\]\(|^#{4}", line)]


def test_the_guide_holds_only_what_the_help_shows(root: Path) -> None:
    assert {language: unsimple_markdown(guide) for language, guide in guides(root).items()} == {"en": [], "ru": []}
    assert unsimple_markdown("| a | b |\nplain\n![x](y)\n") == ["| a | b |", "![x](y)"]


def test_the_index_leads_to_every_document_once(root: Path) -> None:
    folder = root / "resources" / "docs"
    links = _LINK.findall((folder / "index.md").read_text("utf-8"))
    others = {str(path.relative_to(folder).as_posix()) for path in folder.rglob("*.md")} - {"index.md"}

    assert others - set(links) == set()
    assert [link for link in set(links) if links.count(link) > 1] == []
