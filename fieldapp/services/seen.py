"""What a record said when somebody began to type in it, so that nothing which came in since is replaced unseen.

Beside the drafts of a record stands a row of `setting`, `typing <record>`: a map from each field that is being typed in
to the rows of the entries whose claims of that field were live at the first keystroke. It goes when the draft goes.

Rule: what was here then and what was written here since is answered by what is typed; what a bundle brought since is
not, also where only the body of an entry came that was here before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from fieldapp.errors import EntryMalformedError
from fieldapp.records import store
from fieldapp.records.merge import Claim, FieldState, merge
from fieldapp.records.model import split_key
from fieldapp.records.past import claims_ever
from fieldapp.values import RecordId
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import Plain, decode_map, encode


def remember(connection: Connection, record: RecordId, fields: Iterable[str]) -> None:
    """Note which claims of these fields are here, where that is not noted yet. Inside a transaction."""
    noted = _noted(connection, record)
    fresh = {_name(field) for field in fields} - noted.keys()
    if not fresh:
        return
    here: dict[str, list[Plain]] = {name: [] for name in fresh}
    for key, entry in connection.execute("SELECT key, entry FROM claim WHERE record = ? AND replaced = 0", (record,)):
        if _name(key) in fresh:
            here[_name(key)].append(entry)
    _note(connection, record, {**noted, **here})


def forget_all_but(connection: Connection, record: RecordId, fields: Collection[str]) -> None:
    """Remove what was noted, but for the fields that are still being typed in. Inside a transaction."""
    names = {_name(field) for field in fields}
    _note(connection, record, {name: rows for name, rows in _noted(connection, record).items() if name in names})


def fields_seen(connection: Connection, record: RecordId) -> dict[str, FieldState]:
    """The fields of a record, as they would be if nothing had come in since somebody began to type in them."""
    noted = _noted(connection, record)
    now = store.fields_of(connection, record)
    if not noted:
        return now
    untouched = {key: state for key, state in now.items() if _name(key) not in noted}
    return untouched | merge(_claims_seen(connection, record, noted))


def _claims_seen(connection: Connection, record: RecordId, noted: Mapping[str, Plain]) -> Iterable[Claim]:
    """The claims that were live then or were made here since, without those that were replaced here since."""
    seen = {name: set(rows) if isinstance(rows, list) else set() for name, rows in noted.items()}
    own = set(
        connection.execute(
            "SELECT claim.entry, claim.key FROM claim JOIN entry ON entry.id = claim.entry"
            " WHERE claim.record = ? AND claim.replaced = 0 AND entry.arrival IS NULL",
            (record,),
        )
    )
    replaced_here = set(
        connection.execute(
            "SELECT replaced.target, replaced.key FROM replaced JOIN entry ON entry.id = replaced.entry"
            " WHERE replaced.record = ? AND entry.arrival IS NULL",
            (record,),
        )
    )
    for claim in claims_ever(connection, record):
        name = _name(claim.key)
        was_seen = claim.place in seen.get(name, ()) and (claim.entry, claim.key) not in replaced_here
        if name in seen and (was_seen or (claim.place, claim.key) in own):
            yield claim


def _name(key: str) -> str:
    return split_key(key)[0]


def _noted(connection: Connection, record: RecordId) -> dict[str, Plain]:
    kept = connection.value("SELECT value FROM setting WHERE name = ?", (_setting(record),))
    try:
        return decode_map(kept) if isinstance(kept, bytes) else {}
    except EntryMalformedError:
        return {}


def _note(connection: Connection, record: RecordId, noted: dict[str, Plain]) -> None:
    if noted:
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_setting(record), encode(noted)))
    else:
        connection.execute("DELETE FROM setting WHERE name = ?", (_setting(record),))


def _setting(record: RecordId) -> str:
    return f"typing {record.hex()}"
