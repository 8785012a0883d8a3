"""Choosing what goes into a bundle: of each entry the body, or only the header. The rules are those of `handover`.

What others wrote may not make anything go that nobody ticked:
Rule 1: only a document goes along as an attachment, and only where the link was written here, or by who wrote the
        document: anybody can link to what is not theirs.
Rule 2: a file goes only with a document that goes and shows its hash, and whose author brought the file: the own log
        where it was attached here, else who named its hash first (`objects_going`). Else a hash, once named, would
        fetch the file, or tell that it is here.
Rule 3: what tells of a record that is withdrawn or withheld stays with it: documents that nothing else uses, and tasks
        about it. A task goes to coordinators, to who made it and to the one it is for, and to nobody else.
Nothing is looked through as a whole where recipients have acknowledged most of it: what they lack is where it begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from fieldapp.records import store
from fieldapp.records.decisions import NEVER_TRAVEL
from fieldapp.records.fields_document import DOCUMENT
from fieldapp.records.store import LinkRow
from fieldapp.services import decisions_going, drafts, erasure, going, objects_going, row_sets, slips
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import ATTACHMENT
from fieldapp.services.going import ALWAYS_TRAVEL, Audience, Basis, audience
from fieldapp.services.objects_going import first_author
from fieldapp.services.trust import Peer
from fieldapp.values import RecordId
from fieldapp.vault.objects import StoredObject

__all__ = ["NEVER_TRAVEL", "Asked", "Basis", "Selection", "select", "still_allowed"]

_HIDE = "hide"
_ENDS = ("from", "to", "role")
"""What a link claims about where it leads."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person ticked: records (None: everything), what goes only when ticked, and what stays behind.

    `again`: what recipients took off their devices goes once more. `withhold`: of these records only that they are
    hidden or withdrawn may go, and what tells of them stays with them: attachments, tasks.
    """

    records: tuple[RecordId, ...] | None
    codes: bool = False
    attachments: bool = True
    contact: bool = False
    again: bool = False
    basis: Basis = Basis.ACKNOWLEDGED
    withhold: frozenset[RecordId] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bundle would carry. `bodies` are rows of entries; `withheld` counts entries of which only headers go.

    `hidden` counts the records of which it is told that they are hidden; `decisions` what goes beside records:
    revocations, withdrawals, receipts passed on. `finished`: what was being typed until now.
    """

    records: dict[str, int]
    documents: tuple[RecordId, ...]
    objects: tuple[StoredObject, ...]
    bodies: frozenset[int] = field(repr=False)
    withheld: int
    hidden: int = 0
    decisions: int = 0
    asked: Asked = field(default_factory=lambda: Asked(None))
    finished: Changed = field(default_factory=Changed)

    @property
    def size(self) -> int:
        """Bytes of all attached files."""
        return sum(each.size for each in self.objects)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that anybody would get."""
        return not (self.records or self.hidden or self.decisions or self.objects)


def select(
    archive: Archive,
    records: Sequence[RecordId] | None = None,
    *,
    to: Sequence[Peer] = (),
    basis: Basis = Basis.ACKNOWLEDGED,
    codes: bool = False,
    contact: bool = False,
    attachments: bool = True,
    again: bool = False,
    withhold: Collection[RecordId] = (),
) -> Selection:
    """What goes when these records are ticked (None: everything), with the links between them.

    What is being typed is finished first. `to`: who gets it; while nobody is named, all is shown that coordinators
    would get who have nothing yet, and `handover.plan` leaves out what the recipients have or may not get. `basis`:
    measured against what. `attachments`: the documents attached to a ticked record go along. `codes`: code words go,
    this once. `contact`: contact safety goes to field devices too. `again`, `withhold`: see `Asked`.

    Raises:
        RecordNotFoundError: one of them is not here. FileTooLargeForBundleError: a file does not fit into a bundle.
    """
    finished = drafts.finish_all(archive)
    ticked = None if records is None else tuple(records)
    asked = Asked(ticked, codes, attachments, contact, again, basis, frozenset(withhold))
    return replace(_selected(archive, asked, audience(archive, to, basis)), finished=finished)


def still_allowed(archive: Archive, selection: Selection, to: Audience) -> Selection:
    """Of what was selected, what these recipients lack and may get now."""
    return replace(_selected(archive, selection.asked, to, among=selection.bodies), finished=selection.finished)


def _selected(archive: Archive, asked: Asked, to: Audience, *, among: frozenset[int] | None = None) -> Selection:
    connection = archive.connection
    lacking = to.lack(connection, gone=asked.again)
    total = int(connection.value("SELECT count(*) FROM entry")) if lacking is None else len(lacking)
    if among is not None:
        lacking = among if lacking is None else lacking & among
    contact = asked.contact or to.coordinators_only
    wanted = _Wanted(archive, asked, lacking, to, contact=contact)
    bodies: set[int] = set()
    gone: dict[RecordId, str] = {}
    hidden: set[RecordId] = set()
    for rowid, record, is_hidden, type_name in wanted.bodies():
        bodies.add(rowid)
        if is_hidden:
            hidden.add(record)
        elif type_name is not None:
            gone[record] = type_name
    told = decisions_going.decisions(archive, lacking, to) | going.relayed(archive, lacking, to)
    if asked.records is None:
        told |= going.unplaced(archive, lacking, codes=asked.codes, contact=contact)
    bodies |= told
    gone.update((each, DOCUMENT.name) for each in objects_going.asked_for(archive, to) if wanted.may_go(each))
    documents, objects = objects_going.of_documents(archive, gone, to)
    bodies |= going.openings(archive, bodies, lacking)
    return Selection(
        records=dict(Counter(gone.values())),
        documents=documents,
        objects=objects,
        bodies=frozenset(bodies),
        withheld=total - len(bodies),
        hidden=len(hidden),
        decisions=len(told),
        asked=asked,
    )


class _Wanted:
    """What was ticked, with what belongs to it: attachments, links of which both ends go, and hidden links of one."""

    def __init__(
        self, archive: Archive, asked: Asked, lacking: frozenset[int] | None, to: Audience, *, contact: bool
    ) -> None:
        self._archive = archive
        self._asked = asked
        self._lacking = lacking
        self._contact = contact
        self._records: set[RecordId] | None = None
        self._kept = erasure.staying_with(archive, asked.withhold) | slips.staying(archive, to.peers)
        if asked.records is not None:
            for each in asked.records:
                store.row_of(archive.connection, each)
            self._records = self._with_links(set(asked.records), attachments=asked.attachments)

    def bodies(self) -> Iterator[tuple[int, RecordId, bool, str | None]]:
        """Row of the entry, record, whether that is hidden, and its type."""
        rows = self._lacking if self._records is None else self._rows_about(self._records)
        staying = going.staying(self._archive, rows, codes=self._asked.codes, contact=self._contact)
        query = (
            "SELECT touch.entry, touch.record, body.kind, record.hidden, record.type FROM touch"
            " JOIN body ON body.entry = touch.entry LEFT JOIN record ON record.record = touch.record"
        )
        found = row_sets.about(self._archive.connection, query, "touch.entry", rows)
        apart = _links_of_hidden(self._archive) if rows is None else None
        for rowid, record, kind, hidden, type_name in found:
            if kind in NEVER_TRAVEL or kind in ALWAYS_TRAVEL or rowid in staying:
                continue
            at_hidden = record in apart if apart is not None else type_name == "link" and self._is_at_hidden(record)
            out_of_sight = bool(hidden) or at_hidden or self._is_kept(RecordId(record), type_name)
            if not out_of_sight or kind == _HIDE:
                yield rowid, RecordId(record), out_of_sight, type_name

    def may_go(self, record: RecordId) -> bool:
        """Whether more of a record may go than that it is hidden."""
        ticked = self._records is None or record in self._records
        return ticked and record not in self._kept and not self._is_hidden(record)

    def _rows_about(self, records: set[RecordId]) -> frozenset[int]:
        """The entries about these records that somebody lacks."""
        found = (
            row
            for record in records
            for (row,) in self._archive.connection.execute("SELECT entry FROM touch WHERE record = ?", (record,))
        )
        return frozenset(row for row in found if self._lacking is None or row in self._lacking)

    def _with_links(self, chosen: set[RecordId], *, attachments: bool) -> set[RecordId]:
        links = [link for record in chosen for link in self._links(record)]
        if attachments:
            chosen |= {link.other for link in links if self._is_attachment(link)}
            links = [link for record in chosen for link in self._links(record)]
        return chosen | {link.id for link in links if link.other in chosen or self._is_hidden(link.id)}

    def _links(self, record: RecordId) -> list[LinkRow]:
        return store.links_of(self._archive.connection, record, hidden=True)

    def _is_kept(self, record: RecordId, type_name: str | None) -> bool:
        """Whether a record stays behind, or is a link to one that does."""
        if not self._kept or record in self._kept or type_name != "link":
            return record in self._kept
        ends = self._archive.connection.execute("SELECT origin, target FROM link WHERE record = ?", (record,))
        return any(end in self._kept for pair in ends for end in pair)

    def _is_attachment(self, link: LinkRow) -> bool:
        if link.role != ATTACHMENT or not link.outgoing or self._is_hidden(link.id):
            return False
        other = store.row_if_there(self._archive.connection, link.other)
        if other is None or other.type != DOCUMENT.name:
            return False
        fields = store.fields_of(self._archive.connection, link.id)
        said = [state.claims[0] for key in _ENDS if (state := fields.get(key)) is not None]
        author = first_author(self._archive, link.other)
        return all(not claim.foreign or claim.log == author for claim in said)

    def _is_hidden(self, record: RecordId) -> bool:
        return bool(self._archive.connection.value("SELECT hidden FROM record WHERE record = ?", (record,)))

    def _is_at_hidden(self, link: bytes) -> bool:
        query = (
            "SELECT 1 FROM link JOIN record ON record.record IN (link.origin, link.target)"
            " WHERE link.record = ? AND record.hidden = 1"
        )
        return self._archive.connection.value(query, (link,)) is not None


def _links_of_hidden(archive: Archive) -> frozenset[bytes]:
    """Links from or to a hidden record: what is noted on them stays, too."""
    rows = archive.connection.execute(
        "SELECT link.record FROM record JOIN link ON link.origin = record.record OR link.target = record.record"
        " WHERE record.hidden = 1"
    )
    return frozenset(link for (link,) in rows)
