"""Whose word counts as a copy: machines that keep things for others, each of them once.

A copy is what one machine holds by its newest receipt, made for the card that we have now. Copies count only where all
of this is so of a coordinator; else a `Doubt` says why not, so that a person can do something about it.

Rule 1: its person has set it to keep things for others: who has not, may take anything off it (`keeping`).
Rule 2: its files were never put back, and its log has no fork: else it may have lost what it told of.
Rule 3: no other log goes on from its log, neither ours nor by an opening, nor by what another receipt says: that
        machine, and its copy, may be gone.
Rule 4: two cards of one person (by the name in them) may be of one machine and its restored copy. So neither counts
        until both have told what was written on them before.
Rule 5: several people may write on one machine. Who began later names those before as written there earlier; of two
        such people the later one counts, or the other where both by their clock and by ours they told more lately.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fieldapp.i18n import _
from fieldapp.services import statements, trust
from fieldapp.services.archive import Archive
from fieldapp.services.cards import writing_fingerprints
from fieldapp.services.holdings import Holding, own_logs
from fieldapp.services.likeness import look_alike
from fieldapp.services.trust import Peer
from fieldapp.values import LogId
from fieldapp.vault import chains


class Doubt(StrEnum):
    """Why what a coordinator told does not count as a copy."""

    KEEPS_NOTHING = "keeps_nothing"
    PUT_BACK = "put_back"
    CONTINUED = "continued"
    SAME_PERSON = "same_person"
    SAME_DEVICE = "same_device"


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A coordinator who is no copy, and why."""

    peer: Peer
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Holder:
    """A coordinator whose word counts. Where nothing was told for our card yet, nothing is held."""

    peer: Peer
    holding: Holding = field(repr=False)


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody whom we call a coordinator, at one moment."""

    counted: tuple[Holder, ...]
    uncounted: tuple[Uncounted, ...]


def holders(archive: Archive) -> Holders:
    """Whose word counts now, and whose does not."""
    weighing = _Weighing(archive)
    counted, uncounted = [], []
    for peer in trust.coordinators(archive):
        doubt = weighing.doubt(peer)
        if doubt is None:
            counted.append(Holder(peer, Holding(archive.connection, weighing.told.get(peer.fingerprint))))
        else:
            uncounted.append(Uncounted(peer, doubt))
    return Holders(tuple(counted), tuple(uncounted))


def doubt_about(archive: Archive, peer: Peer) -> Uncounted | None:
    """Why somebody is no copy although we call them a coordinator; None where they are, or are none to us."""
    return next((each for each in holders(archive).uncounted if each.peer.fingerprint == peer.fingerprint), None)


def doubt_words(uncounted: Uncounted) -> str:
    """Why somebody does not count, in the words of the language in use; a name in it is as it is kept."""
    words = {
        Doubt.KEEPS_NOTHING: _("The device of %(name)s is not set to keep things for others, so it counts as no copy."),
        Doubt.PUT_BACK: _(
            "Older files were put back on the device of %(name)s, or a copy of it is in use. It counts as no copy "
            "until they go on anew and you trust their new card."
        ),
        Doubt.CONTINUED: _("%(name)s has another card now, so what this one confirmed counts as no copy."),
        Doubt.SAME_PERSON: _(
            "You trust two cards of one name, and both may be of one device: %(name)s counts as a copy when a receipt "
            "has come from both."
        ),
        Doubt.SAME_DEVICE: _(
            "%(name)s writes on the same device as somebody else who confirmed too: one device counts as one copy."
        ),
    }
    return words[uncounted.doubt] % {"name": uncounted.peer.name}


class _Weighing:
    """What was told for the card that we have now, and what shows that it does not count."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._peers = trust.peers(archive)
        now = writing_fingerprints(archive)
        found = {peer.fingerprint: statements.statement_of(archive, peer) for peer in self._peers}
        self.told = {peer: said for peer, said in found.items() if said is not None and said.recipient in now}
        self._beside, earlier = self._earlier()
        self._over = {*chains.continuations(archive.connection).values(), *earlier, *own_logs(archive.connection)}
        self._forked = {
            log for (log,) in archive.connection.execute("SELECT log.log FROM fork JOIN log ON log.id = fork.log")
        }

    def doubt(self, peer: Peer) -> Doubt | None:
        """Why a coordinator does not count."""
        if peer.card.log in self._over:
            return Doubt.CONTINUED
        if peer.card.log in self._forked or statements.put_back_ms(self._archive, peer) is not None:
            return Doubt.PUT_BACK
        told = self.told.get(peer.fingerprint)
        if told is None:
            return None  # nothing is told, nothing is held
        if not told.keeps:
            return Doubt.KEEPS_NOTHING
        if peer.fingerprint in self._beside:
            return Doubt.SAME_DEVICE
        return Doubt.SAME_PERSON if self._has_silent_twin(peer) else None

    def _earlier(self) -> tuple[set[bytes], set[LogId]]:
        """Who does not count because somebody else on their device does (rule 5); and the logs that are over."""
        by_log = {peer.card.log: peer for peer in self._peers}
        names = {peer.fingerprint: peer.card.person for peer in self._peers}
        beside: set[bytes] = set()
        over: set[LogId] = set()
        for later, said in self.told.items():
            for log in said.earlier:
                peer = by_log.get(log)
                if peer is None or look_alike(peer.card.person, names[later]):
                    over.add(log)
                else:
                    beside.add(later if self._told_later(peer.fingerprint, later) else peer.fingerprint)
        return beside, over

    def _told_later(self, one: bytes, other: bytes) -> bool:
        """Whether the newest word of one came, and was made, after that of the other."""
        rows = self._archive.connection.execute("SELECT peer, made_ms, arrived_ms FROM receipt")
        at = {peer: (made_ms, arrived_ms) for peer, made_ms, arrived_ms in rows if peer in self.told}
        return one in at and all(mine > theirs for mine, theirs in zip(at[one], at[other], strict=True))

    def _has_silent_twin(self, peer: Peer) -> bool:
        return any(
            other.fingerprint not in self.told and look_alike(other.card.person, peer.card.person)
            for other in self._peers
            if other.card.log not in self._over
        )
