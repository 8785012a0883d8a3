"""Choosing what goes into a bundle: of each entry the body, or only the header. The rules are those of `handover`.

What others wrote may not make anything go that nobody ticked:
Rule 1: only a document goes along as an attachment, and only where the link was written here, or by who wrote the
        document: anybody can link to what is not theirs.
Rule 2: a file goes only with a document that goes and shows its hash, and whose author brought the file: the own log
        where it was attached here, else who named its hash first. Else a hash, once named, would fetch the file, or
        tell that it is here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from fieldapp.bundles.write import check_size
from fieldapp.records import store
from fieldapp.records.fields_document import DOCUMENT
from fieldapp.records.model import CODES, TYPES, split_key
from fieldapp.records.payload import part_of
from fieldapp.records.store import LinkRow
from fieldapp.services import drafts
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import ATTACHMENT
from fieldapp.values import LogId, RecordId
from fieldapp.vault import journal
from fieldapp.vault.encoding import decode
from fieldapp.vault.objects import StoredObject

NEVER_TRAVEL = frozenset({"trust", "key"})

_ENDS = ("from", "to", "role")
"""What a link claims about where it leads."""


@dataclass(frozen=True, slots=True)
class _Named:
    """That an entry (its row) of a log claims a content for a record."""

    sha256: bytes
    rowid: int
    log: LogId


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
                chosen |= {link.other for link in links if self._is_attachment(link)}
        ends = self._archive.connection.execute(
            "SELECT link.record, origin, target, hidden FROM link JOIN record ON record.record = link.record"
        )
        return chosen | {
            RecordId(link)
            for link, origin, target, hidden in ends
            if (origin in chosen and target in chosen) or (hidden and (origin in chosen or target in chosen))
        }

    def _is_attachment(self, link: LinkRow) -> bool:
        if link.role != ATTACHMENT or not link.outgoing or self._is_hidden(link.id):
            return False
        other = store.row_if_there(self._archive.connection, link.other)
        if other is None or other.type != DOCUMENT.name:
            return False
        fields = store.fields_of(self._archive.connection, link.id)
        said = {state.claims[0].log for key in _ENDS if (state := fields.get(key)) is not None}
        return said <= {*_own_logs(self._archive), _first_author(self._archive, link.other)}

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
    """The documents among the records whose content is here and may go with them, and that content."""
    here = {
        sha256: StoredObject(sha256, size, key)
        for sha256, size, key in archive.connection.execute("SELECT sha256, size, key FROM object")
    }
    named = _named_hashes(archive)
    own = _own_logs(archive)
    brought_by = _who_brought(named, own)
    shown = {
        record: _shown_hash(archive, record, named[record])
        for record, type_name in records.items()
        if type_name == DOCUMENT.name and record in named
    }
    going = {sha256 for sha256, log in shown.values() if sha256 in here and (log in own or brought_by[sha256] == log)}
    for sha256 in sorted(going):
        check_size(sha256, here[sha256].size)
    documents = tuple(sorted(record for record, (sha256, _log) in shown.items() if sha256 in going))
    return documents, tuple(here[sha256] for sha256 in sorted(going))


def _named_hashes(archive: Archive) -> dict[RecordId, list[_Named]]:
    """Which content each record claims, in the order in which the entries came here."""
    rows = archive.connection.execute(
        "SELECT claim.record, claim.value, claim.entry, log.log FROM claim JOIN entry ON entry.id = claim.entry"
        " JOIN log ON log.id = entry.log WHERE claim.key = 'sha256' ORDER BY claim.entry"
    )
    named: defaultdict[RecordId, list[_Named]] = defaultdict(list)
    for record, encoded, rowid, log in rows:
        sha256 = decode(encoded)
        if isinstance(sha256, bytes):
            named[RecordId(record)].append(_Named(sha256, rowid, LogId(log)))
    return named


def _who_brought(named: Mapping[RecordId, list[_Named]], own: frozenset[LogId]) -> dict[bytes, LogId]:
    """The log that brought each content: the first that claimed it, one written here before all others."""
    everything = sorted(chain.from_iterable(named.values()), key=lambda each: (each.log not in own, each.rowid))
    return {each.sha256: each.log for each in reversed(everything)}


def _shown_hash(archive: Archive, record: RecordId, named: Sequence[_Named]) -> tuple[bytes, LogId]:
    """What a document shows as its content, and who says so; empty where it is cleared."""
    if len(named) == 1:
        return named[0].sha256, named[0].log
    state = store.fields_of(archive.connection, record).get("sha256")
    value = state.value if state else None
    return (value, state.claims[0].log) if state and isinstance(value, bytes) else (b"", LogId(b""))


def _own_logs(archive: Archive) -> frozenset[LogId]:
    rows = archive.connection.execute("SELECT log FROM log WHERE secrets IS NOT NULL")
    return frozenset(LogId(log) for (log,) in rows)


def _first_author(archive: Archive, record: RecordId) -> LogId:
    """The log of the entry about a record that came here first: a foreign tick or clock cannot get in front of it."""
    log = archive.connection.value(
        "SELECT log.log FROM touch JOIN entry ON entry.id = touch.entry JOIN log ON log.id = entry.log"
        " WHERE touch.record = ? AND touch.type IS NOT NULL ORDER BY touch.entry LIMIT 1",
        (record,),
    )
    return LogId(log or b"")
