"""Choosing what goes into a bundle: of each entry the body, or only the header. The rules are those of `handover`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fieldapp.bundles.write import check_size
from fieldapp.records import store
from fieldapp.records.model import CODES, TYPES, split_key
from fieldapp.records.payload import part_of
from fieldapp.services import drafts
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import ATTACHMENT
from fieldapp.values import RecordId
from fieldapp.vault import journal
from fieldapp.vault.encoding import decode
from fieldapp.vault.objects import StoredObject

NEVER_TRAVEL = frozenset({"trust", "key"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person ticked: records (None: everything), whether code words go this once, and attachments."""

    records: tuple[RecordId, ...] | None
    codes: bool = False
    attachments: bool = True


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bundle would carry. `bodies` are rows of entries; `withheld` counts entries of which only headers go.

    `hidden` counts the records of which it is told that they are hidden. `finished`: what was being typed until now.
    """

    records: dict[str, int]
    documents: tuple[RecordId, ...]
    objects: tuple[StoredObject, ...]
    bodies: frozenset[int] = field(repr=False)
    withheld: int
    hidden: int = 0
    asked: Asked = field(default_factory=lambda: Asked(None))
    finished: Changed = field(default_factory=Changed)

    @property
    def size(self) -> int:
        """Bytes of all attached files."""
        return sum(each.size for each in self.objects)


def select(
    archive: Archive, records: Sequence[RecordId] | None = None, *, codes: bool = False, attachments: bool = True
) -> Selection:
    """What goes when these records are ticked (None: everything), with the links between them.

    What is being typed is finished first. `attachments`: the documents attached to a ticked record go along. `codes`:
    code words go, this once.

    Raises:
        RecordNotFoundError: one of them is not here. FileTooLargeForBundleError: a file does not fit into a bundle.
    """
    finished = drafts.finish_all(archive)
    asked = Asked(None if records is None else tuple(records), codes, attachments)
    return replace(_selected(archive, asked), finished=finished)


def still_allowed(archive: Archive, selection: Selection) -> Selection:
    """Of what was selected, what may go now."""
    return replace(_selected(archive, selection.asked, among=selection.bodies), finished=selection.finished)


def _selected(archive: Archive, asked: Asked, *, among: frozenset[int] | None = None) -> Selection:
    bodies: set[int] = set()
    gone: dict[RecordId, str] = {}
    hidden: set[RecordId] = set()
    wanted = _Wanted(archive, asked)
    for rowid, record, is_hidden, type_name in wanted.bodies():
        if among is not None and rowid not in among:
            continue
        bodies.add(rowid)
        if is_hidden:
            hidden.add(record)
        elif type_name is not None:
            gone[record] = type_name
    if asked.records is None:
        unplaced = _bodies_of_no_record(archive, codes=asked.codes)
        bodies |= unplaced if among is None else unplaced & among
    bodies |= _openings(archive, bodies)
    documents, objects = _objects(archive, gone)
    total = int(archive.connection.value("SELECT count(*) FROM entry"))
    return Selection(
        records=dict(Counter(gone.values())),
        documents=documents,
        objects=objects,
        bodies=frozenset(bodies),
        withheld=total - len(bodies),
        hidden=len(hidden),
        asked=asked,
    )


class _Wanted:
    """What was ticked, with what belongs to it: attachments, links of which both ends go, and hidden links of one."""

    def __init__(self, archive: Archive, asked: Asked) -> None:
        self._archive = archive
        self._codes = asked.codes
        self._records: set[RecordId] | None = None
        if asked.records is not None:
            for each in asked.records:
                store.row_of(archive.connection, each)
            self._records = self._with_links(set(asked.records), attachments=asked.attachments)
        self._with_codes = _entries_with_codes(archive)
        self._of_hidden = _links_of_hidden(archive)

    def bodies(self) -> Iterator[tuple[int, RecordId, bool, str | None]]:
        """Row of the entry, record, whether that is hidden, and its type."""
        query = (
            "SELECT touch.entry, touch.record, touch.part, body.kind, record.hidden, record.type FROM touch"
            " JOIN body ON body.entry = touch.entry LEFT JOIN record ON record.record = touch.record"
        )
        for rowid, record, part, kind, hidden, type_name in self._archive.connection.rows(query):
            out_of_sight = bool(hidden) or record in self._of_hidden
            ticked = self._records is None or record in self._records
            is_code = part == CODES or rowid in self._with_codes
            may_go = kind not in NEVER_TRAVEL and (self._codes or not is_code)
            if ticked and may_go and (not out_of_sight or kind == "hide"):
                yield rowid, RecordId(record), out_of_sight, type_name

    def _with_links(self, chosen: set[RecordId], *, attachments: bool) -> set[RecordId]:
        if attachments:
            for record in tuple(chosen):
                links = store.links_of(self._archive.connection, record, hidden=True)
                live = {link.id for link in links if not self._is_hidden(link.id)}
                chosen |= {
                    link.other for link in links if link.role == ATTACHMENT and link.outgoing and link.id in live
                }
        ends = self._archive.connection.execute(
            "SELECT link.record, origin, target, hidden FROM link JOIN record ON record.record = link.record"
        )
        return chosen | {
            RecordId(link)
            for link, origin, target, hidden in ends
            if (origin in chosen and target in chosen) or (hidden and (origin in chosen or target in chosen))
        }

    def _is_hidden(self, record: RecordId) -> bool:
        return bool(self._archive.connection.value("SELECT hidden FROM record WHERE record = ?", (record,)))


def _links_of_hidden(archive: Archive) -> frozenset[bytes]:
    """Links from or to a hidden record: what is noted on them stays, too."""
    rows = archive.connection.execute(
        "SELECT link.record FROM link JOIN record ON record.record IN (link.origin, link.target)"
        " WHERE record.hidden = 1"
    )
    return frozenset(link for (link,) in rows)


def _entries_with_codes(archive: Archive) -> frozenset[int]:
    """Entries that claim code words, whatever compartment they say they belong to."""
    names = sorted({known.name for kind in TYPES.values() for known in kind.fields if known.compartment == CODES})
    rows = archive.connection.rows("SELECT entry, key FROM claim")
    return frozenset(rowid for rowid, key in rows if split_key(key)[0] in names)


def _bodies_of_no_record(archive: Archive, *, codes: bool) -> set[int]:
    """What this version cannot place, when everything goes; never trust, and no code words unless asked for."""
    rows = archive.connection.execute(
        "SELECT body.entry, body.kind FROM body WHERE body.entry NOT IN (SELECT entry FROM touch)"
    )
    unplaced = [rowid for rowid, kind in rows if kind != "open" and kind not in NEVER_TRAVEL]
    bodies = ((rowid, journal.stored_entry(archive.connection, rowid).body) for rowid in unplaced)
    return {rowid for rowid, body in bodies if body and (codes or part_of(body) != CODES)}


def _openings(archive: Archive, bodies: set[int]) -> set[int]:
    """The entries that open the own log, and the logs of which something goes."""
    logs = {archive.vault.author.log}
    rows = archive.connection.execute("SELECT entry.id, log.log FROM entry JOIN log ON log.id = entry.log")
    logs |= {log for rowid, log in rows if rowid in bodies}
    return {entry.rowid for entry in journal.stored_entries(archive.connection, kind="open") if entry.log in logs}


def _objects(
    archive: Archive, records: Mapping[RecordId, str]
) -> tuple[tuple[RecordId, ...], tuple[StoredObject, ...]]:
    """The documents among the records whose content is here, and that content."""
    claims = archive.connection.execute("SELECT record, value FROM claim WHERE key = 'sha256' AND replaced = 0")
    wanted = [(RecordId(record), decode(value)) for record, value in claims if record in records]
    here = {
        sha256: StoredObject(sha256, size, key)
        for sha256, size, key in archive.connection.execute("SELECT sha256, size, key FROM object")
    }
    found = [(record, here[sha256]) for record, sha256 in wanted if isinstance(sha256, bytes) and sha256 in here]
    by_hash = {stored.sha256: stored for _record, stored in found}
    for stored in by_hash.values():
        check_size(stored.sha256, stored.size)
    return tuple(sorted({record for record, _stored in found})), tuple(by_hash[sha256] for sha256 in sorted(by_hash))
