"""The message catalogues in `resources/locale`: template (.pot) and Russian (.po) follow the code, .mo follows .po.

Everything written here depends on the code alone (no clock, no line numbers), so that writing twice changes nothing.
`update` brings the files up to date, `check` says what is stale or untranslated. Needs Babel.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

DOMAIN = "fieldapp"
TRANSLATED = ("ru",)

_KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_HEADER: dict[str, Any] = {
    "project": "Field App",
    "version": "1",
    "msgid_bugs_address": "none",
    "last_translator": "Field App",
    "charset": "utf-8",
    "creation_date": _WHEN,
    "revision_date": _WHEN,
    "fuzzy": False,
}


def template(root: Path) -> Catalog:
    """Every message in the code below `root`/fieldapp."""
    catalogue = Catalog(header_comment="# Every message of Field App, written by `packaging/dev locale`.", **_HEADER)
    found = extract_from_dir(
        root / DOMAIN, keywords=_KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=False
    )
    for name, _line, message, comments, context in found:
        place = (f"{DOMAIN}/{Path(name).as_posix()}", 0)
        catalogue.add(message, None, [place], auto_comments=comments, context=context)
    return catalogue


def merged(locale: str, old: bytes | None, fresh: Catalog) -> Catalog:
    """The catalogue of `locale` with the messages of `fresh`: those gone from the code dropped, new ones empty."""
    begun = Catalog(locale, DOMAIN, header_comment="# The words of Field App.", language_team="Field App", **_HEADER)
    catalogue = read_po(io.BytesIO(old), locale=locale, domain=DOMAIN) if old else begun
    catalogue.update(fresh, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    catalogue.creation_date = _WHEN
    catalogue.revision_date = _WHEN
    return catalogue


def compiled(po: bytes, locale: str) -> bytes:
    """The .mo file that belongs to a .po file."""
    out = io.BytesIO()
    write_mo(out, read_po(io.BytesIO(po), locale=locale, domain=DOMAIN))
    return out.getvalue()


def update(root: Path) -> None:
    """Write template, .po and .mo files anew."""
    folder = root / "resources" / "locale"
    fresh = template(root)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{DOMAIN}.pot").write_bytes(_po_bytes(fresh))
    for locale in TRANSLATED:
        po_file, mo_file = _files(folder, locale)
        po_file.parent.mkdir(parents=True, exist_ok=True)
        old = po_file.read_bytes() if po_file.exists() else None
        po = _po_bytes(merged(locale, old, fresh))
        po_file.write_bytes(po)
        mo_file.write_bytes(compiled(po, locale))


def troubles(root: Path) -> Iterator[str]:
    """One line for each thing that is stale, unfinished or wrong; nothing while there is no catalogue at all."""
    folder = root / "resources" / "locale"
    for locale in TRANSLATED:
        po_file, mo_file = _files(folder, locale)
        if not (folder / locale).is_dir():
            continue
        if not po_file.exists() or not mo_file.exists():
            yield f"{locale}: the .po or .mo file is missing"
            continue
        po = po_file.read_bytes()
        if mo_file.read_bytes() != compiled(po, locale):
            yield f"{locale}: the .mo file is older than the .po file"
        yield from _untranslated(locale, read_po(io.BytesIO(po), locale=locale, domain=DOMAIN), template(root))


def main(arguments: Sequence[str]) -> int:
    """`update` or `check`; 0 when all is well, 1 when something is to be done, 2 when not understood."""
    root = Path(__file__).resolve().parent.parent.parent
    if list(arguments) == ["update"]:
        update(root)
        waiting = list(troubles(root))
        print(f"Catalogues written; {len(waiting)} messages wait for a translator.")
        return 0
    if list(arguments) != ["check"]:
        print("packaging/dev locale [update|check]", file=sys.stderr)
        return 2
    found = list(troubles(root))
    print("\n".join(found) or "The catalogues are complete.")
    return 1 if found else 0


def _untranslated(locale: str, catalogue: Catalog, fresh: Catalog) -> Iterator[str]:
    for message in fresh:
        if not message.id:
            continue
        ours = catalogue.get(message.id, message.context)
        if ours is None:
            yield f"{locale}: not in the catalogue yet: {message.id!r}"
        elif ours.fuzzy:
            yield f"{locale}: marked as a guess: {message.id!r}"
        elif not _is_full(ours.string):
            yield f"{locale}: not translated: {message.id!r}"
        else:
            yield from (f"{locale}: {error} in {message.id!r}" for error in ours.check(catalogue))
    for message in catalogue:
        if message.id and fresh.get(message.id, message.context) is None:
            yield f"{locale}: no longer in the code: {message.id!r}"


def _is_full(string: str | Sequence[str] | None) -> bool:
    """Whether a translation, or every plural form of it, is there."""
    return string is not None and len(string) > 0 and all(string)


def _files(folder: Path, locale: str) -> tuple[Path, Path]:
    messages = folder / locale / "LC_MESSAGES"
    return messages / f"{DOMAIN}.po", messages / f"{DOMAIN}.mo"


def _po_bytes(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=0, sort_output=True, include_lineno=False)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
