"""The rows of a list: fetched page by page as they are scrolled to, and their details when they are seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QImage

from fieldapp.i18n import _
from fieldapp.jobs import Job
from fieldapp.records.search import Filters, Found
from fieldapp.records.snippets import Snippet
from fieldapp.records.store import RecordRow
from fieldapp.services import views
from fieldapp.services.archive import Archive
from fieldapp.services.views import Hit
from fieldapp.ui.records.facts import Facts, facts_of
from fieldapp.ui.records.marks import is_urgent
from fieldapp.ui.session import Session
from fieldapp.ui.viewer.thumbnails import Shown, thumbnails_of
from fieldapp.values import RecordId

PAGE = 100
HITS_PAGE = 25
"""So many of the texts that a search found are looked at at a time: more than a screen shows, and soon done."""
MOST_HITS = 100

ROW_ROLE = Qt.ItemDataRole.UserRole
FACTS_ROLE = Qt.ItemDataRole.UserRole + 1
SNIPPET_ROLE = Qt.ItemDataRole.UserRole + 2
PICTURE_ROLE = Qt.ItemDataRole.UserRole + 3

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows: all of a type, or what a search finds."""

    type: str | None = None
    text: str = ""
    filters: Filters | None = None

    @property
    def is_search(self) -> bool:
        return bool(self.text.strip())


@dataclass(frozen=True, slots=True)
class _Answer:
    """Rows that were read, how many there are in all, and, of a search, their places and what else was found."""

    rows: list[RecordRow]
    total: int = 0
    hits: Sequence[Hit] = ()
    found: Found | None = None


class RecordListModel(QAbstractListModel):
    """Rows for one query at a time. Only the newest query's answer is shown."""

    loaded = Signal()
    """The first rows of the query are here, or there are none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.query = Query()
        self.total: int | None = None
        self._rows: list[RecordRow] = []
        self._snippets: dict[RecordId, Snippet] = {}
        self._facts: dict[RecordId, Facts] = {}
        self._fresh: set[RecordId] = set()
        self._wanted: dict[RecordId, None] = {}
        self._pictures: dict[RecordId, QImage | None] = {}
        self._thumbnails = thumbnails_of(session)
        self._complete = False
        self._found: Found | None = None
        self._answered: Query | None = None
        self._job: Job[Any] | None = None
        self._givers: dict[int, Callable[[RecordRow], object]] = {
            Qt.ItemDataRole.DisplayRole: lambda row: row.title,
            Qt.ItemDataRole.AccessibleTextRole: self._spoken,
            ROW_ROLE: lambda row: row,
            FACTS_ROLE: lambda row: self._facts_for(row.id),
            SNIPPET_ROLE: lambda row: self._snippets.get(row.id),
            PICTURE_ROLE: self._picture_for,
        }
        self._facts_timer = QTimer(self, singleShot=True, interval=0)
        self._facts_timer.timeout.connect(self._fetch_facts)

    def show_query(self, query: Query) -> None:
        """Show this from now on."""
        self.query = query
        self.reload()

    def reload(self) -> None:
        """Ask again; what is shown stays until the answer is here."""
        if self._job is not None:
            self._job.cancel()
        query = self.query
        seen = len(self._rows) if self._answered == query else 0

        def read(archive: Archive) -> _Answer:
            if query.is_search:
                found = views.look_up(archive, query.text, query.filters, limit=MOST_HITS)
                hits = views.hits(archive, found, count=max(HITS_PAGE, seen))
                return _Answer([hit.row for hit in hits], len(found.records), hits, found)
            total = views.counts(archive).get(query.type or "", 0)
            return _Answer(views.rows(archive, kind=query.type, limit=max(PAGE, seen)), total)

        self._job = self._session.ask(self, read, partial(self._on_read, query))

    def row_at(self, place: int) -> RecordRow | None:
        """The row at this place, if it is loaded."""
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def place_of(self, record: RecordId) -> int | None:
        """Where a record is in the list, if it is loaded."""
        return next((place for place, row in enumerate(self._rows) if row.id == record), None)

    def rowCount(self, parent: Index = _TOP) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802 - Qt's name
        return not parent.isValid() and not self._complete and self._job is None

    def fetchMore(self, parent: Index) -> None:  # noqa: N802 - Qt's name
        if not self.canFetchMore(parent):
            return
        query, found, offset = self.query, self._found, len(self._rows)

        def read(archive: Archive) -> _Answer:
            if found is not None:
                hits = views.hits(archive, found, offset, HITS_PAGE)
                return _Answer([hit.row for hit in hits], hits=hits)
            return _Answer(views.rows(archive, kind=query.type, limit=PAGE, offset=offset))

        self._job = self._session.ask(self, read, partial(self._on_more, query))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row_at(index.row())
        give = self._givers.get(role)
        return give(row) if row is not None and give is not None else None

    def _facts_for(self, record: RecordId) -> Facts | None:
        """What is known; asked for again when the list was, and the old shown until the new is here."""
        if record not in self._fresh and record not in self._wanted:
            self._wanted[record] = None
            self._facts_timer.start()
        return self._facts.get(record)

    def _picture_for(self, row: RecordRow) -> QImage | None:
        if row.type != "document":
            return None
        if row.id not in self._pictures:
            self._pictures[row.id] = None
            self._thumbnails.fetch(self, row.id, partial(self._on_picture, row.id))
        return self._pictures[row.id]

    def _on_picture(self, record: RecordId, shown: Shown) -> None:
        self._pictures[record] = shown.image
        place = self.place_of(record)
        if place is not None and shown.image is not None:
            self.dataChanged.emit(self.index(place), self.index(place), [PICTURE_ROLE])

    def _fetch_facts(self) -> None:
        wanted: Sequence[RecordId] = list(self._wanted)
        self._session.ask(self, lambda archive: facts_of(archive, wanted), self._on_facts)

    def _on_facts(self, facts: dict[RecordId, Facts]) -> None:
        self._facts |= facts
        self._fresh |= facts.keys()
        for record in facts:
            self._wanted.pop(record, None)
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [FACTS_ROLE])

    def _on_read(self, query: Query, answer: _Answer) -> None:
        if query != self.query:
            return
        self._job = None
        self._answered = query
        self.beginResetModel()
        self._rows, self.total, self._found = answer.rows, answer.total, answer.found
        self._snippets = {hit.row.id: hit.snippet for hit in answer.hits}
        self._fresh.clear()
        self._drop_unseen()
        self._wanted.clear()
        self._complete = len(self._rows) >= self.total
        self.endResetModel()
        self.loaded.emit()

    def _drop_unseen(self) -> None:
        """Forget what belongs to no row any more."""
        there = {row.id for row in self._rows}
        self._facts = {record: facts for record, facts in self._facts.items() if record in there}
        self._pictures = {record: image for record, image in self._pictures.items() if record in there and image}

    def _on_more(self, query: Query, answer: _Answer) -> None:
        if query != self.query:
            return
        self._job = None
        there = {row.id for row in self._rows}
        fresh = [row for row in answer.rows if row.id not in there]
        self._complete = len(answer.rows) < (HITS_PAGE if query.is_search else PAGE)
        self._snippets |= {hit.row.id: hit.snippet for hit in answer.hits}
        if fresh:
            self.beginInsertRows(_TOP, len(self._rows), len(self._rows) + len(fresh) - 1)
            self._rows += fresh
            self.endInsertRows()

    def _spoken(self, row: RecordRow) -> str:
        facts = self._facts.get(row.id) or Facts()
        parts = [
            row.title or _("Without a title"),
            facts.when,
            facts.about,
            _("urgent") if is_urgent(row) else "",
            _("accounts differ") if row.contested else "",
        ]
        return ", ".join(part for part in parts if part)
