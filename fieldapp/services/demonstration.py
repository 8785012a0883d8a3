"""A small invented archive, for practice, for showing the program, and for the pictures in its guide.

The cases are `resources/demonstration/<language>.json`, the same cases in each language: people with their links and
with accounts that contradict each other, then testimonies with their links and the names of their pictures. Nobody in
them exists, and no telephone number in them can be called. Values are what `services.records.save` takes; people are
named by `key`, which is the same in every language.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from fieldapp.crypto.keyslots import FLOOR_KIB, KdfParameters
from fieldapp.media.preview import DecoderProcess
from fieldapp.media.probe import HEAD_BYTES
from fieldapp.records.ids import new_record_id
from fieldapp.services import documents, records, vaults
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.demonstration_pictures import Drawn, draw_all
from fieldapp.services.documents import Attached, StagedFile
from fieldapp.services.records import NewLink, Told
from fieldapp.services.vaults import Created
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault.objects import ObjectStore

_Case = TypeVar("_Case", bound="Case")
LANGUAGES: Final = ("en", "ru")

PRACTICE_PASSPHRASE: Final = "only for practice"  # noqa: S105 - it is shown to everybody, and guards invented people
"""What opens every practice vault. Whoever shows such a vault shows this too."""

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "demonstration"

Value = str | int | dict[str, str] | list[str]
"""Text, a number, a date, or the items of a field of several."""


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is read from the files of cases: nothing that is not named here."""


class Link(Strict, frozen=True):
    """A link to the person with the key `to`. From a person to a person it may have a relation."""

    to: str
    role: str
    relation: str = ""
    may_be_told: str = ""
    note: str = ""


class Account(Strict, frozen=True):
    """What one source says of a person, beside what others say."""

    source: str
    reliability: str
    values: dict[str, Value]
    note: str = ""


class Picture(Strict, frozen=True):
    """A picture of a testimony, by its file name, and what its document record says."""

    file: str
    values: dict[str, Value]


class Case(Strict, frozen=True):
    """A sheet: its key, its fields, and its links to people."""

    key: str
    values: dict[str, Value]
    links: tuple[Link, ...] = ()


class PersonCase(Case, frozen=True):
    """A person or a group."""

    accounts: tuple[Account, ...] = ()


class TestimonyCase(Case, frozen=True):
    """A testimony. Where `photographs` is true, photographs that belong to no testimony by name may hang on it."""

    pictures: tuple[Picture, ...] = ()
    photographs: bool = False


class Cases(Strict, frozen=True):
    """A whole archive to be written down, and what its writer and their machine are called."""

    language: str
    person: str
    device: str
    people: tuple[PersonCase, ...]
    testimonies: tuple[TestimonyCase, ...]


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """One of the photographs, in its place."""

    name: str
    testimony: RecordId
    attached: Attached


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written down: records by the keys of the cases, and the photographs in the order they were attached."""

    people: Mapping[str, RecordId]
    testimonies: Mapping[str, RecordId]
    photographs: tuple[AttachedFile, ...]
    changed: Changed


def read_cases(language: str) -> Cases:
    """The cases in one of `LANGUAGES`; in English for any other."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=Cases)


def mixed(first: Cases, second: Cases) -> Cases:
    """The same cases, every other one in the language of `second`, as in an archive that several people keep."""
    return msgspec.structs.replace(
        first,
        people=_by_turns(first.people, second.people),
        testimonies=_by_turns(first.testimonies, second.testimonies),
    )


def generated_photographs(folder: Path) -> list[Path]:
    """Write the drawn pictures into a folder, in the clear, for those who want to attach files from a disk."""
    paths = []
    for drawn in draw_all():
        path = folder / drawn.name
        path.write_bytes(drawn.content)
        paths.append(path)
    return paths


def record_cases(
    archive: Archive,
    cases: Cases,
    photographs: Sequence[Path | Drawn],
    decoder: DecoderProcess,
    progress: Progress = no_progress,
) -> Recorded:
    """Write down the cases: one save for each sheet with its links, one for each account and each relation.

    A photograph goes to the testimony that names it, any other to the next of those that take some. `progress` counts
    sheets and photographs, not bytes. What was saved before an error or a cancellation stays.

    Raises:
        FileUnreadableError: a photograph cannot be read. DiskFullError and its kind. CancelledError: from `progress`.
    """
    total = 2 * len(cases.people) + len(cases.testimonies) + len(photographs)
    writing = _Writing(archive, progress, total)
    people = {person.key: writing.save("person", person.values) for person in cases.people}
    for person in cases.people:
        writing.relate(person, people)
    testimonies = {
        each.key: writing.save(
            "testimony", each.values, [NewLink(people[link.to], link.role, link.note) for link in each.links]
        )
        for each in cases.testimonies
    }
    attached = [
        writing.attach(photograph, testimonies[key], values, decoder)
        for photograph, key, values in _places(cases, photographs)
    ]
    return Recorded(people, testimonies, tuple(attached), writing.changed)


def make_practice_vault(
    folder: Path,
    language: str,
    progress: Progress = no_progress,
    *,
    parameters: KdfParameters | None = None,
    floor_kib: int = FLOOR_KIB,
) -> Created:
    """A vault with the invented archive, opened by `PRACTICE_PASSPHRASE`. Runs on the thread that will own the archive.

    Nothing is written in the clear: the pictures go from memory into the vault.

    Raises:
        VaultExistsError: there is something in the folder, and it stays. DiskFullError, PlaceUnwritableError,
        MemoryShortError, CancelledError: nothing is left of the vault.
    """
    cases = read_cases(language)
    made = vaults.create(
        folder,
        PRACTICE_PASSPHRASE,
        person=cases.person,
        device=cases.device,
        parameters=parameters,
        floor_kib=floor_kib,
    )
    try:
        with DecoderProcess() as decoder:
            record_cases(made.archive, cases, draw_all(), decoder, progress)
    except BaseException:
        made.archive.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return made


class _Writing:
    """Saves, one after the other, and how far they are."""

    def __init__(self, archive: Archive, progress: Progress, total: int) -> None:
        self._archive = archive
        self._progress = progress
        self._total = total
        self._done = 0
        self.changed = Changed()

    def save(self, type_name: str, values: Mapping[str, Value], links: Sequence[NewLink] = ()) -> RecordId:
        """A new sheet."""
        record = new_record_id(self._archive.own_log)
        self._took(records.save(self._archive, type_name, values, record=record, links=links))
        return record

    def relate(self, person: PersonCase, people: Mapping[str, RecordId]) -> None:
        """The accounts of a person, and the links to others."""
        record = people[person.key]
        changed = Changed()
        for each in person.accounts:
            told = Told(each.source, each.reliability, each.note)
            changed |= records.save(self._archive, "person", each.values, record=record, told=told)
        for link in person.links:
            values = {name: value for name, value in msgspec.structs.asdict(link).items() if value and name != "to"}
            ends = {"from": record, "to": people[link.to]}
            changed |= records.save(self._archive, "link", {**ends, **values})
        self._took(changed)

    def attach(
        self, photograph: Path | Drawn, testimony: RecordId, values: Mapping[str, Value], decoder: DecoderProcess
    ) -> AttachedFile:
        """A photograph in its place."""
        staged = _staged(self._archive.vault.objects, photograph, decoder)
        (attached,), changed = documents.attach(self._archive, [staged], owner=testimony, values=values)
        self._took(changed)
        return AttachedFile(photograph.name, testimony, attached)

    def _took(self, changed: Changed) -> None:
        self.changed = Changed(self.changed.records | changed.records)
        self._done += 1
        self._progress(self._done, self._total)


def _staged(objects: ObjectStore, photograph: Path | Drawn, decoder: DecoderProcess) -> StagedFile:
    if isinstance(photograph, Path):
        return documents.stage(objects, photograph, decoder)
    staged = objects.stage(BytesIO(photograph.content))
    return documents.describe(objects, staged, photograph.name, photograph.content[:HEAD_BYTES], decoder)


def _places(
    cases: Cases, photographs: Sequence[Path | Drawn]
) -> Iterator[tuple[Path | Drawn, str, Mapping[str, Value]]]:
    """Each photograph with the key of its testimony and the values of its document."""
    named = {picture.file: (each.key, picture.values) for each in cases.testimonies for picture in each.pictures}
    others = cycle([each.key for each in cases.testimonies if each.photographs])
    for photograph in photographs:
        key, values = named[photograph.name] if photograph.name in named else (next(others), {})
        yield photograph, key, values


def _by_turns(first: Sequence[_Case], second: Sequence[_Case]) -> tuple[_Case, ...]:
    return tuple((one, other)[place % 2] for place, (one, other) in enumerate(zip(first, second, strict=True)))
