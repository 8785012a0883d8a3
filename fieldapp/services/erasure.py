"""Taking bodies and objects off this device: what withdrawals, travelling light and expired tasks have in common.

    reach     what goes with records: their bodies, those of the links at them, and the documents attached only to them
    take_off  the bodies leave the journal and everything that was made from them, in the caller's transaction
    clean_up  what stands outside the database follows: the objects
    scrub     nothing is left in free room of the database either (`scrubbing`)

Rule 1: a record is wholly here or wholly gone. The rows go in one transaction, which also notes the objects that follow
        them; `clean_up` removes those once that is on the disk, and the next opening does where it was cut short.
Rule 2: entries that hide, withdraw or decide stay: they hold no words of the record, and must go on having effect.
Rule 3: a document goes along only where nothing else here uses it. Whoever links to what is not theirs cannot make it
        go: the link that attaches it must be ours, or of who wrote the document. The others are named, and stay.
Rule 4: an object goes only where no document that stays names its content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from fieldapp.errors import DiskFullError, EntryMalformedError, PlaceUnwritableError
from fieldapp.records import projection, standing, store
from fieldapp.records.payload import read_claims
from fieldapp.records.store import LinkRow
from fieldapp.services import half_finished, scrubbing, seen, traces
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import ATTACHMENT
from fieldapp.values import LogId, RecordId
from fieldapp.vault import journal
from fieldapp.vault.connection import Connection
from fieldapp.vault.encoding import decode, encode
from fieldapp.vault.journal import StoredEntry

STAYING = frozenset({"hide", "withdraw", "keep", "shred"})
"""Kinds of entries about a record whose bodies stay when it goes."""

_DOCUMENT = "document"
_TASK = "task"
_ENDS = ("from", "to", "role")
_LEADING = ("from", "to", "about")
_FOLLOWING = "objects that go"
_PORTION = 500
_DOCUMENTS_AT = tuple(
    f"SELECT one.record FROM link CROSS JOIN record AS one ON one.record = link.{end}"  # noqa: S608 - fixed texts
    f" WHERE link.{other} IN (?*) AND one.type = 'document'"
    for end, other in (("target", "origin"), ("origin", "target"))
)


@dataclass(frozen=True, slots=True)
class Shared:
    """A document that stays, and the records that it is linked with besides those that go.

    None of them where it stays because the link that attaches it is neither ours nor of who wrote the document.
    """

    document: RecordId
    records: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What goes with records. `entries` are rows of entries whose bodies are here; `objects` are SHA-256."""

    records: frozenset[RecordId]
    links: frozenset[RecordId]
    documents: frozenset[RecordId]
    entries: tuple[int, ...]
    objects: tuple[bytes, ...]
    kept: tuple[Shared, ...]

    @property
    def everything(self) -> frozenset[RecordId]:
        """All records of which something goes, links and documents too."""
        return self.records | self.links | self.documents


def reach(archive: Archive, records: Collection[RecordId], *, with_tasks: bool = False) -> Reach:
    """What goes with these records, as it is now.

    `with_tasks`: also the tasks about them, and what does not stand and tells of them: links, tasks, attachments.
    """
    going = set(records)
    if with_tasks:
        going |= tasks_about(archive.connection, going)
        going |= _aside_about(archive.connection, going)
    documents, kept = _documents_along(archive, going)
    named = going | documents
    links = {link.id for record in named for link in store.links_of(archive.connection, record, hidden=True)}
    return Reach(
        records=frozenset(going),
        links=frozenset(links),
        documents=frozenset(documents),
        entries=tuple(sorted(bodies_of(archive.connection, named | links))),
        objects=tuple(sorted(_objects_only_of(archive.connection, named))),
        kept=kept,
    )


def _aside_about(connection: Connection, records: set[RecordId]) -> set[RecordId]:
    """What is known only by entries that do not stand, and tells of these records: no table knows where it leads.

    Links and tasks; and the documents that such a link of their own author leads to: nobody takes along another's.
    """
    leads: dict[RecordId, set[bytes]] = {}
    logs: dict[RecordId, set[LogId]] = {}
    documents: set[RecordId] = set()
    for entry in (journal.stored_entry(connection, rowid) for rowid in standing.unstanding(connection)):
        said = read_claims(entry.body) if entry.body else None
        if said is None or store.row_if_there(connection, said.record) is not None:
            continue
        ends = {each.value for each in said.claims if each.key in _LEADING and isinstance(each.value, bytes)}
        leads.setdefault(said.record, set()).update(ends)
        logs.setdefault(said.record, set()).add(entry.log)
        documents |= {said.record} if said.type == _DOCUMENT else set()
    telling = {record for record, ends in leads.items() if ends & records}
    others = set[bytes]().union(*(ends for record, ends in leads.items() if record not in telling))
    along = {each for link in telling for each in documents if each in leads[link] and logs[each] == logs[link]}
    return telling | (along - others)


def bodies_of(connection: Connection, records: Iterable[RecordId]) -> Iterator[int]:
    """The rows of the entries about these records whose bodies are here and may go."""
    return (entry for _record, entry in _going(connection, records))


def contents_of(connection: Connection, records: Iterable[RecordId]) -> set[bytes]:
    """The SHA-256 that these records name, also in entries that do not stand."""
    named = set[bytes]()
    for some in _portions(records):
        rows = connection.execute(
            f"SELECT DISTINCT value FROM claim WHERE key = 'sha256' AND record IN ({_marks(some)})",  # noqa: S608
            some,
        )
        named |= {sha256 for (value,) in rows if isinstance(sha256 := decode(value), bytes)}
        for record in some:
            for rowid in standing.unstanding_about(connection, record):
                named |= _named_in(journal.stored_entry(connection, rowid))
    return named


def count_bodies(connection: Connection, records: Collection[RecordId]) -> dict[RecordId, int]:
    """How many bodies of each of these records are here that may go."""
    counts = dict.fromkeys(records, 0)
    for record, _entry in _going(connection, records):
        counts[record] += 1
    return counts


def size_of(connection: Connection, sha256s: Iterable[bytes]) -> int:
    """Bytes of these contents, as far as they are here."""
    sizes = (connection.value("SELECT size FROM object WHERE sha256 = ?", (each,)) for each in sha256s)
    return sum(size or 0 for size in sizes)


def tasks_about(connection: Connection, records: Collection[RecordId]) -> set[RecordId]:
    """The tasks about these records."""
    rows = connection.execute(
        "SELECT claim.record, claim.value FROM record JOIN claim ON claim.record = record.record"
        " WHERE record.type = ? AND claim.key = 'about'",
        (_TASK,),
    )
    said = ((task, decode(value)) for task, value in rows)
    return {RecordId(task) for task, about in said if isinstance(about, bytes) and about in records} - set(records)


def take_off(archive: Archive, going: Reach, *, for_good: bool) -> Changed:
    """Take the bodies off; those that did not go `for_good` are taken in again when they come. Inside `vault.saving()`.

    Call `clean_up` when the transaction has ended, and `scrubbing.scrub` when all is done.
    """
    connection = archive.connection
    touched = set(going.everything)
    traces.note(connection, going.records | going.documents)
    for rowid in going.entries:
        touched |= projection.unapply(connection, journal.stored_entry(connection, rowid))
        (journal.shred if for_good else journal.remove)(connection, rowid)
    for record in going.everything:
        if for_good:  # else what could not be finished stays typed: nobody's words go with those of others
            connection.execute("DELETE FROM draft WHERE record = ?", (record,))
        seen.forget_all_but(connection, record, ())
    half_finished.forget_records(archive, going.everything)
    for sha256 in going.objects:
        connection.execute("DELETE FROM object WHERE sha256 = ?", (sha256,))
    _note_following(connection, {*_following(connection), *going.objects})
    if going.entries:
        scrubbing.ask_for(connection)
    return Changed(frozenset(projection.refresh(connection, touched)))


def withdrawn_documents(archive: Archive) -> frozenset[RecordId]:
    """The documents that only withdrawn records use: while those are out of sight, these go nowhere either."""
    rows = archive.connection.execute("SELECT record FROM record INDEXED BY record_withdrawn WHERE withdrawn = 1")
    withdrawn = {RecordId(record) for (record,) in rows}
    return frozenset(used_only_by(archive, withdrawn) - withdrawn)


def staying_with(archive: Archive, withheld: Collection[RecordId]) -> frozenset[RecordId]:
    """What goes nowhere when these records are withheld: they, all that are withdrawn here, and what tells of them.

    The last are the documents that nothing else uses, copies made of them too, and the tasks about any of them.
    """
    rows = archive.connection.execute("SELECT record FROM record INDEXED BY record_withdrawn WHERE withdrawn = 1")
    staying = {*withheld, *(RecordId(record) for (record,) in rows)}
    if not staying:
        return frozenset()
    staying |= used_only_by(archive, staying)
    return frozenset(staying | tasks_about(archive.connection, staying))


def used_only_by(archive: Archive, records: Collection[RecordId]) -> set[RecordId]:
    """The documents at these records, also by way of other documents, that no other record uses.

    Any link leads to them, a hidden one too: whoever hides the link at a photo does not set it free. A use is only
    what `_may_take_along` believes, so nobody does by linking it to something else either.
    """
    found: set[RecordId] = set()
    asked = set(records)
    while asked:
        at = {RecordId(end) for query in _DOCUMENTS_AT for (end,) in archive.connection.among(query, asked)}
        asked = at - found - set(records)
        found |= asked
    while used := {each for each in found if _uses(archive, each) - found - set(records)}:
        found -= used
    return found


def clean_up(archive: Archive) -> None:
    """Remove the objects that were taken off, when the transaction has ended. What fails is tried at the next opening.

    Nothing can be read in what is left over: its keys are gone.
    """
    following = _following(archive.connection)
    if not following:
        return
    here = {sha256 for sha256 in following if _is_here(archive.connection, sha256)}  # it came again meanwhile
    try:
        held = archive.vault.objects.remove(following - here)
        with archive.connection.transaction():
            _note_following(archive.connection, held)
    except (DiskFullError, PlaceUnwritableError):
        return


def _going(connection: Connection, records: Iterable[RecordId]) -> Iterator[tuple[RecordId, int]]:
    for some in _portions(records):
        marks = _marks(some)
        rows = connection.execute(
            "SELECT touch.record, touch.entry, body.kind FROM touch"  # noqa: S608 - fixed texts
            f" JOIN body ON body.entry = touch.entry WHERE touch.record IN ({marks})"
            " UNION SELECT unstanding.record, unstanding.entry, body.kind FROM unstanding"
            f" JOIN body ON body.entry = unstanding.entry WHERE unstanding.record IN ({marks})",
            [*some, *some],
        )
        yield from ((RecordId(record), int(entry)) for record, entry, kind in rows if kind not in STAYING)


def _documents_along(archive: Archive, going: set[RecordId]) -> tuple[set[RecordId], tuple[Shared, ...]]:
    """The documents that go with records, also copies made from them; and those at them that stay."""
    along: set[RecordId] = set()
    kept: dict[RecordId, Shared] = {}
    waiting = [(record, link) for record in sorted(going) for link in _document_links(archive, record)]
    while waiting:
        record, link = waiting.pop()
        document = link.other
        if document in going or document in along:
            continue
        others = _users(archive, document) - going
        if others or not _may_take_along(archive, record, link):
            kept[document] = Shared(document, tuple(sorted(others)))
            continue
        kept.pop(document, None)
        along.add(document)
        waiting += [(document, each) for each in _document_links(archive, document)]
    return along, tuple(kept[document] for document in sorted(kept))


def _uses(archive: Archive, document: RecordId) -> set[RecordId]:
    """What a document is linked with by us, or by who wrote it."""
    links = store.links_of(archive.connection, document, hidden=True)
    return {
        link.other
        for link in links
        if not _is_hidden(archive, link.id) and _is_said_by_ours_or(archive, link.id, document)
    }


def _document_links(archive: Archive, record: RecordId) -> list[LinkRow]:
    """The links from a record to what is attached to it, and from a document to the copies made of it."""
    row = store.row_if_there(archive.connection, record)
    of_document = row is not None and row.type == _DOCUMENT
    return [
        link
        for link in store.links_of(archive.connection, record, hidden=True)
        if (of_document or (link.role == ATTACHMENT and link.outgoing))
        and _is_document(archive, link.other)
        and not _is_hidden(archive, link.id)
    ]


def _users(archive: Archive, document: RecordId) -> set[RecordId]:
    """The records, no documents, that are linked with a document; hidden ones count: they can be brought back."""
    links = store.links_of(archive.connection, document, hidden=True)
    return {link.other for link in links if not _is_document(archive, link.other) and not _is_hidden(archive, link.id)}


def _may_take_along(archive: Archive, record: RecordId, link: LinkRow) -> bool:
    """Whether the link was written here, or by who wrote the document."""
    return _is_said_by_ours_or(archive, link.id, link.other if link.outgoing else record)


def _is_said_by_ours_or(archive: Archive, link: RecordId, document: RecordId) -> bool:
    """Whether all that says where a link leads was written here, or by who wrote the document first."""
    fields = store.fields_of(archive.connection, link)
    said = [state.claims[0] for key in _ENDS if (state := fields.get(key)) is not None]
    authors = _first_author(archive.connection, document)
    return all(not claim.foreign or claim.log in authors for claim in said)


def _first_author(connection: Connection, record: RecordId) -> set[LogId]:
    rows = connection.execute(
        "SELECT log.log FROM touch JOIN entry ON entry.id = touch.entry JOIN log ON log.id = entry.log"
        " WHERE touch.record = ? AND touch.type IS NOT NULL ORDER BY touch.entry LIMIT 1",
        (record,),
    )
    return {LogId(log) for (log,) in rows}


def _is_document(archive: Archive, record: RecordId) -> bool:
    return bool(archive.connection.value("SELECT type = ? FROM record WHERE record = ?", (_DOCUMENT, record)))


def _is_hidden(archive: Archive, record: RecordId) -> bool:
    return bool(archive.connection.value("SELECT hidden FROM record WHERE record = ?", (record,)))


def _objects_only_of(connection: Connection, records: set[RecordId]) -> Iterator[bytes]:
    """The contents here that only these records name."""
    for sha256 in contents_of(connection, records):
        named_by = connection.execute("SELECT record FROM claim WHERE key = 'sha256' AND value = ?", (encode(sha256),))
        if {record for (record,) in named_by} <= records and _is_here(connection, sha256):
            yield sha256


def _named_in(entry: StoredEntry) -> set[bytes]:
    claims = read_claims(entry.body) if entry.body else None
    said = claims.claims if claims else ()
    return {each.value for each in said if each.key == "sha256" and isinstance(each.value, bytes)}


def _is_here(connection: Connection, sha256: bytes) -> bool:
    return connection.value("SELECT 1 FROM object WHERE sha256 = ?", (sha256,)) is not None


def _following(connection: Connection) -> set[bytes]:
    kept = connection.value("SELECT value FROM setting WHERE name = ?", (_FOLLOWING,))
    try:
        hashes = decode(kept) if isinstance(kept, bytes) else []
    except EntryMalformedError:
        hashes = []
    return {each for each in hashes if isinstance(each, bytes)} if isinstance(hashes, list) else set()


def _note_following(connection: Connection, sha256s: Collection[bytes]) -> None:
    if sha256s:
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_FOLLOWING, encode([*sorted(sha256s)])))
    else:
        connection.execute("DELETE FROM setting WHERE name = ?", (_FOLLOWING,))


def _portions(records: Iterable[RecordId]) -> Iterator[list[RecordId]]:
    left = iter(records)
    while some := list(islice(left, _PORTION)):
        yield some


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
