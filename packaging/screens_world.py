"""The people that screens show: a field worker with the invented archive, a coordinator, somebody unknown, bundles."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from screens_stage import CHEAP, PASSPHRASE

from fieldapp.media.preview import DecoderProcess
from fieldapp.services import arrivals, demonstration, handover, in_parts, parts, records, trust, vaults
from fieldapp.services.archive import Archive
from fieldapp.services.demonstration_pictures import draw_all
from fieldapp.values import RecordId
from fieldapp.vault.journal import Moment

_BEGAN_MS = 1_772_700_000_000  # 5 March 2026
_STEP_MS = 47_000
_ZONE_MINUTES = 300
_FIRST = 5

_NAMES = {
    "en": {
        "later": "A lawyer was found; she asks for the papers.",
        "coordinator": ("Nodira K.", "office computer"),
        "partner": ("Jyldyz", "Bishkek, grey laptop"),
        "stranger": ("Timur", "borrowed laptop"),
        "says": "Called again: he heard from a guard that they are moved on Friday.",
    },
    "ru": {
        "later": "Нашёлся адвокат; она просит документы.",
        "coordinator": ("Нодира К.", "рабочий компьютер"),
        "partner": ("Жылдыз", "Бишкек, серый ноутбук"),
        "stranger": ("Тимур", "чужой ноутбук"),
        "says": "Звонил ещё раз: слышал от охранника, что в пятницу их переведут.",
    },
}


@dataclass(frozen=True, slots=True)
class World:
    """Vaults and files, ready to be copied; the ids of a few records that screens open."""

    folder: Path
    testimony: RecordId
    contested: RecordId
    document: RecordId

    def copy(self, to: Path) -> World:
        """The same in another folder."""
        shutil.copytree(self.folder, to)
        return World(to, self.testimony, self.contested, self.document)

    @property
    def field(self) -> Path:
        return self.folder / "Vault"

    @property
    def coordinator(self) -> Path:
        return self.folder / "Office"

    @property
    def partner_card(self) -> Path:
        return self.folder / "7d20f1.card"

    def bundle(self, which: str) -> Path:
        """One of: first (taken in already), second, third, damaged, unknown."""
        return self.folder / f"{which}.bin"

    @property
    def pieces(self) -> list[Path]:
        """The parts of another bundle."""
        return sorted((self.folder / "pieces").iterdir())


class SteadyClock:
    """Tells the same moments in every run, one after the other."""

    def __init__(self) -> None:
        self._now_ms = _BEGAN_MS

    def __call__(self) -> Moment:
        self._now_ms += _STEP_MS
        return Moment(self._now_ms, _ZONE_MINUTES)


def make_world(folder: Path, language: str) -> World:
    """Make it all in an empty folder."""
    names, clock = _NAMES[language], SteadyClock()
    cases = demonstration.read_cases(language)
    folder.mkdir(parents=True)
    world = World(folder, RecordId(b""), RecordId(b""), RecordId(b""))

    def person(place: str, called: tuple[str, str], *, keeps: bool = False) -> Archive:
        made = vaults.create(
            folder / place,
            PASSPHRASE,
            person=called[0],
            device=called[1],
            keeps_for_others=keeps,
            clock=clock,
            **CHEAP,  # type: ignore[arg-type]  # two kinds of values in one map
        )
        return made.archive

    mine = person("Vault", (cases.person, cases.device))
    office = person("Office", (str(names["coordinator"][0]), str(names["coordinator"][1])), keeps=True)
    partner = person("Partner", (str(names["partner"][0]), str(names["partner"][1])))
    stranger = person("Unknown", (str(names["stranger"][0]), str(names["stranger"][1])))
    with DecoderProcess() as decoder:
        written = demonstration.record_cases(mine, cases, draw_all(), decoder)
    trust.write_card_file(partner, world.partner_card)
    for one, other in ((mine, office), (office, mine), (stranger, office)):
        role = trust.Role.COORDINATOR if other is office else trust.Role.FIELD
        trust.trust(one, trust.own_card(other), role=role)
    testimonies = list(written.testimonies.values())
    _seal(mine, [*testimonies[:_FIRST], *list(written.people.values())[:_FIRST]], world.bundle("first"))
    arrivals.import_file(office, world.bundle("first"))
    records.save(mine, "testimony", {"needs": str(names["says"])}, record=testimonies[1])
    _seal(mine, testimonies, world.bundle("second"))
    records.save(mine, "testimony", {"needs": str(names["later"])}, record=testimonies[2])
    _seal(mine, testimonies, world.bundle("lost"))
    _seal(mine, testimonies[2:3], world.bundle("third"))
    records.save(mine, "testimony", {"needs": str(names["later"])}, record=testimonies[3])
    _cut(mine, folder / "pieces")
    records.save(stranger, "testimony", {"narrative": str(names["says"])})
    _seal(stranger, None, world.bundle("unknown"))
    whole = world.bundle("second").read_bytes()
    world.bundle("damaged").write_bytes(whole[: len(whole) * 2 // 3])
    for archive in (mine, office, partner, stranger):
        archive.close()
    shutil.rmtree(folder / "Partner")
    shutil.rmtree(folder / "Unknown")
    return World(folder, testimonies[0], written.people["marufjon_latin"], written.photographs[0].attached.document)


def _seal(archive: Archive, chosen: Sequence[RecordId] | None, path: Path) -> None:
    handover.export(archive, trust.peers(archive), handover.select(archive, chosen), path)


def _cut(archive: Archive, place: Path) -> None:
    """Everything, in parts of a megabyte."""
    selection = handover.select(archive, basis=handover.Basis.EVERYTHING)
    in_parts.export(archive, trust.peers(archive), selection, place, part_bytes=parts.LEAST_PART_BYTES)
