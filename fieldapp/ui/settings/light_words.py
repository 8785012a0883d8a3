"""What may leave, what left and what stays, in words."""

from __future__ import annotations

from collections.abc import Sequence

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.receipts import doubt_words
from fieldapp.services.removal import Kept, Light, Removed, reason_words
from fieldapp.ui.sizes import size_words

_KINDS = ("testimony", "person", "document", "task")


def going_words(light: Light) -> str:
    """What may leave, by kind: "3 testimonies, 2 people; with 4 documents, 12 MB"."""
    told = [_kind_words(kind, light.counts[kind]) for kind in _KINDS if light.counts.get(kind)]
    others = sum(count for kind, count in light.counts.items() if kind not in _KINDS)
    if others:
        told.append(ngettext("%d other record", "%d other records", others) % others)
    return "; ".join(filter(None, [", ".join(told), _documents(light.documents, light.object_bytes)]))


def removed_words(gone: Removed) -> str:
    """What left."""
    count = len(gone.records)
    if not count:
        return _("Nothing left this device.")
    words = ngettext("%d record is off this device", "%d records are off this device", count) % count
    return "; ".join(filter(None, [words, _documents(gone.documents, gone.object_bytes)])) + "."


def kept_sentences(kept: Sequence[Kept], copies: int) -> list[str]:
    """What stays, most of it first."""
    several = sorted(kept, key=lambda each: -len(each.records))
    return [visible(reason_words(each, copies)) for each in several]


def doubt_sentences(light: Light) -> list[str]:
    """Which coordinators are no copy, and why."""
    return [visible(doubt_words(each)) for each in light.uncounted]


def _documents(count: int, size_bytes: int) -> str:
    if not count:
        return ""
    words = ngettext("with %(count)d document, %(size)s", "with %(count)d documents, %(size)s", count)
    return words % {"count": count, "size": size_words(size_bytes)}


def _kind_words(kind: str, count: int) -> str:
    words = {
        "testimony": ngettext("%d testimony", "%d testimonies", count),
        "person": ngettext("%d person", "%d people", count),
        "document": ngettext("%d document", "%d documents", count),
        "task": ngettext("%d task", "%d tasks", count),
    }
    return words[kind] % count
