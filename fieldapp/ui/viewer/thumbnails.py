"""Small pictures of documents for every screen: fetched once, kept while there is room, made where none was made yet.

No picture is decoded in this process, thumbnails out of the vault neither: the decoder gives pixels. What came with a
bundle has no thumbnail yet; it is made the first time somebody looks, and kept in the vault.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from fieldapp.errors import FieldAppError, NoContentError, RecordNotFoundError
from fieldapp.i18n import _
from fieldapp.media.preview import DecoderProcess, Pixels, Preview, reason_words
from fieldapp.services import documents
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import Thumbnail
from fieldapp.ui.plain import is_there
from fieldapp.ui.session import Session
from fieldapp.values import Progress, RecordId

SIDE = 256
CACHE_BYTES = 32 << 20
"""About 120 thumbnails: more than any screen shows at once."""


@dataclass(frozen=True)
class Shown:
    """A small picture, or in words why there is none."""

    image: QImage | None
    words: str = ""

    @property
    def size_bytes(self) -> int:
        return self.image.sizeInBytes() if self.image is not None else 64


Done = Callable[[Shown], None]


class Thumbnails(QObject):
    """The thumbnails of one open vault."""

    def __init__(self, session: Session, cache_bytes: int = CACHE_BYTES) -> None:
        super().__init__(session)
        self._session = session
        self._most_bytes = cache_bytes
        self._kept: OrderedDict[RecordId, Shown] = OrderedDict()
        self._kept_bytes = 0
        self._waiting: dict[RecordId, list[tuple[QObject, Done]]] = {}
        session.changed.connect(self._on_changed)

    @property
    def kept_bytes(self) -> int:
        """How much memory the kept pictures take."""
        return self._kept_bytes

    def fetch(self, owner: QObject, document: RecordId, done: Done) -> None:
        """Call `done` with the picture: at once if it is kept, else later, and only while `owner` is there."""
        kept = self._kept.get(document)
        if kept is not None:
            self._kept.move_to_end(document)
            done(kept)
            return
        waiting = self._waiting.setdefault(document, [])
        waiting.append((owner, done))
        if len(waiting) == 1:
            self._session.ask(
                self,
                lambda archive: documents.thumbnail(archive, document),
                lambda found: self._on_found(document, found),
                lambda error: self._on_failed(document, error),
            )

    def _on_found(self, document: RecordId, found: Thumbnail) -> None:
        if found.picture is not None:
            self._decode(document, found.picture)
        elif found.reason is not None:
            self._end(document, Shown(None, reason_words(found.reason)))
        else:
            self._make(document)

    def _decode(self, document: RecordId, jpeg: bytes) -> None:
        def work(_archive: Archive, decoder: DecoderProcess, _progress: Progress) -> Pixels:
            return decoder.pixels(jpeg, max_side=SIDE)

        self._session.on_pictures(
            self,
            work,
            lambda pixels: self._end(document, shown_of(pixels)),
            lambda error: self._on_failed(document, error),
        )

    def _make(self, document: RecordId) -> None:
        """Look at content that nobody has looked at, and remember what was seen."""

        def failed(error: FieldAppError) -> None:
            self._on_failed(document, error)

        def look(work: Callable[[Archive, DecoderProcess, Progress], Preview], sha256: bytes) -> None:
            self._session.on_pictures(self, work, lambda made: self._on_made(document, sha256, made), failed)

        self._session.ask(
            self,
            lambda archive: documents.content_of(archive, document),
            lambda stored: look(
                lambda archive, decoder, _: documents.make_preview(archive.vault.objects, stored, decoder),
                stored.sha256,
            ),
            failed,
        )

    def _on_made(self, document: RecordId, sha256: bytes, made: Preview) -> None:
        self._session.ask(self, lambda archive: documents.keep_preview(archive, sha256, made))
        self._on_found(document, Thumbnail(made.thumbnail, made.reason))

    def _on_failed(self, document: RecordId, error: FieldAppError) -> None:
        if isinstance(error, NoContentError | RecordNotFoundError):
            words = _("The file itself has not come here.")
        else:
            words = _("No preview: the file in the vault cannot be read.")
        self._end(document, Shown(None, words), keep=False)

    def _end(self, document: RecordId, shown: Shown, *, keep: bool = True) -> None:
        if keep:
            self._keep(document, shown)
        for owner, done in self._waiting.pop(document, []):
            if is_there(owner):
                done(shown)

    def _keep(self, document: RecordId, shown: Shown) -> None:
        self._forget(document)
        self._kept[document] = shown
        self._kept_bytes += shown.size_bytes
        while self._kept_bytes > self._most_bytes and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def _forget(self, document: RecordId) -> None:
        gone = self._kept.pop(document, None)
        if gone is not None:
            self._kept_bytes -= gone.size_bytes

    def _on_changed(self, changed: Changed) -> None:
        for document in changed.records:
            self._forget(document)


def thumbnails_of(session: Session) -> Thumbnails:
    """The thumbnails of a session, made when first asked for."""
    there = session.findChild(Thumbnails)
    return there if isinstance(there, Thumbnails) else Thumbnails(session)


def shown_of(pixels: Pixels) -> Shown:
    """What the decoder gave, as a picture of its own memory."""
    if pixels.reason is not None:
        return Shown(None, reason_words(pixels.reason))
    image = QImage(pixels.rows, pixels.width, pixels.height, 4 * pixels.width, QImage.Format.Format_RGB32)
    return Shown(image.copy())
