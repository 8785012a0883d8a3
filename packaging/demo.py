"""Walk through the program's work with invented people: an activist writes down, hands over, a coordinator takes in.

    packaging/dev demo [--folder DIR] [--language en|ru]

Everything is done by the program's own services, and everything is compared: each field of each record, and the SHA-256
of each file before it went in with that of the copy that comes out at the coordinator. Exit status 0 only if all of it
is the same. The two vaults stay, to be looked at; of what is in them nothing stays outside in the clear.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.errors import BundleError, RecordNotFoundError, VaultExistsError
from fieldapp.i18n import _, use_language
from fieldapp.media.preview import DecoderProcess, reason_words
from fieldapp.records.model import CODES, record_type
from fieldapp.services import arrivals, demonstration, documents, handover, trust, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.services.arrivals import Arrival
from fieldapp.services.demonstration import PRACTICE_PASSPHRASE, AttachedFile
from fieldapp.services.demonstration_pictures import Drawn, draw_all
from fieldapp.services.trust import Peer, Role
from fieldapp.services.views import RecordView
from fieldapp.values import RecordId

SAMPLES = Path(__file__).resolve().parent.parent.parent / "shared" / "samples" / "photos"
"""Photographs beside the checkout; where there are none, the drawn pictures are enough."""

BUNDLE = "handover.fieldapp"
OKTAM = ("Oʻktam", "Ўктам")
QUERIES = {
    "в Мелехове": ("Мелехово",),
    "oktam": OKTAM,
    "уктам": OKTAM,
    "маруфжон": ("Маруфжон",),
    "998005550101": OKTAM,
}
"""What the coordinator searches for, and which words must be in a title or line that is found (any of them)."""

_COLUMN, _HITS = 34, 4

CopyOut = Callable[[Archive, RecordId, Path], None]


@dataclass(slots=True)
class Report:
    """What is told on the way, in English or Russian, and how many of its checks failed."""

    language: str
    failures: int = 0
    began: float = field(default_factory=time.monotonic)

    def part(self, english: str, russian: str) -> None:
        """A heading."""
        title = self._chosen(english, russian)
        print(f"\n{title}\n{'─' * len(title)}", flush=True)

    def tell(self, english: str, russian: str = "") -> None:
        """A line; the same in both languages where only one is given."""
        print(f"  {self._chosen(english, russian)}", flush=True)

    def check(self, english: str, russian: str, *, holds: bool) -> None:
        """A line that must be true; where it is not, that is seen at once, and the demonstration has failed."""
        self.failures += not holds
        print(f"  {'✓' if holds else '✗'} {self._chosen(english, russian)}", flush=True)

    def _chosen(self, english: str, russian: str) -> str:
        return russian if russian and self.language == "ru" else english


@dataclass(frozen=True, slots=True)
class Pair:
    """The two vaults, unlocked."""

    activist: Archive
    coordinator: Archive

    def close(self) -> None:
        """Give both folders up."""
        self.activist.close()
        self.coordinator.close()


def main(arguments: Sequence[str]) -> int:
    """Do it all; 0 if everything came out as it went in, 1 if not, or if the folder is not empty."""
    parser = argparse.ArgumentParser(prog="packaging/dev demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the two vaults go (default: a temporary one)")
    parser.add_argument("--language", choices=demonstration.LANGUAGES, default="en", help="of what is told")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console without Cyrillic shows question marks, and goes on
    use_language(given.language)
    folder = Path(given.folder or tempfile.mkdtemp(prefix="fieldapp-demo-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(given.language)
    try:
        demonstrate(folder, report)
    except VaultExistsError:
        report.tell(f"There is something in {folder} already.", f"В папке {folder} уже что-то есть.")
        return 1
    return 1 if report.failures else 0


def demonstrate(folder: Path, report: Report, copy_out: CopyOut | None = None) -> None:
    """All steps, in order. `copy_out` is how a document leaves the coordinator's vault.

    Raises:
        VaultExistsError: there are vaults in the folder already.
    """
    pair = make_vaults(folder, report)
    try:
        with DecoderProcess() as decoder:
            attached, sums = write_down(pair.activist, decoder, report)
            coordinator = exchange_cards(pair, folder, report)
            bundle = hand_over(pair.activist, coordinator, folder / BUNDLE, report)
            take_in(pair.coordinator, bundle, decoder, report)
        tell_records(pair.coordinator, report)
        compare_records(pair, report)
        compare_files(pair.coordinator, attached, sums, report, copy_out or copy_of_document)
        search(pair.coordinator, report)
        try_again(pair.coordinator, bundle, report)
    finally:
        pair.close()
    say_where(folder, report)


def make_vaults(folder: Path, report: Report) -> Pair:
    """An activist's vault and a coordinator's."""
    report.part("1. Two vaults", "1. Два хранилища")
    cases = demonstration.read_cases(report.language)
    desk = ("Анвар К.", "компьютер в офисе") if report.language == "ru" else ("Anvar K.", "office computer")
    archives = []
    for name, person, device in (("activist", cases.person, cases.device), ("coordinator", *desk)):
        keeps = name == "coordinator"
        made = vaults.create(folder / name, PRACTICE_PASSPHRASE, person=person, device=device, keeps_for_others=keeps)
        archives.append(made.archive)
        report.tell(f"{name:<12} {person}, {device}")
    return Pair(*archives)


def write_down(
    activist: Archive, decoder: DecoderProcess, report: Report
) -> tuple[tuple[AttachedFile, ...], dict[str, bytes]]:
    """The cases, every other one in the other language, with all pictures. Gives these, and their SHA-256 by name."""
    report.part("2. The activist writes down what was told", "2. Активистка записывает, что рассказали")
    other = "en" if report.language == "ru" else "ru"
    cases = demonstration.mixed(demonstration.read_cases(report.language), demonstration.read_cases(other))
    photographs: list[Path | Drawn] = [*draw_all(), *sorted(SAMPLES.glob("*"))]
    sums = {each.name: sha256_of(each) for each in photographs}
    recorded = demonstration.record_cases(activist, cases, photographs, decoder)
    report.tell(counted(views.counts(activist)))
    report.tell("Half of it in English, half in Russian.", "Половина по-русски, половина по-английски.")
    tell_previews(activist, report)
    return recorded.photographs, sums


def sha256_of(photograph: Path | Drawn) -> bytes:
    """Of the bytes as they are before they go into a vault."""
    content = photograph.read_bytes() if isinstance(photograph, Path) else photograph.content
    return hashlib.sha256(content).digest()


def counted(counts: Mapping[str, int]) -> str:
    """Records by type, in words."""
    return "   ".join(
        f"{_(record_type(name).plural)}: {counts.get(name, 0)}" for name in ("testimony", "person", "document", "link")
    )


def tell_previews(archive: Archive, report: Report) -> None:
    """How many documents have a small picture, and why others have none."""
    without = []
    rows = views.rows(archive, kind="document")
    for row in rows:
        shown = documents.thumbnail(archive, row.id)
        if shown.picture is None:
            words = reason_words(shown.reason) if shown.reason else "?"
            without.append(f"  {views.view(archive, row.id).value('file_name')!s:<24} {words}")
    report.tell(
        f"Files with a preview: {len(rows) - len(without)}; without one, kept as they are: {len(without)}",
        f"Файлы, которые можно посмотреть: {len(rows) - len(without)}; остальные хранятся как есть: {len(without)}",
    )
    for line in sorted(without):
        report.tell(line)


def exchange_cards(pair: Pair, folder: Path, report: Report) -> Peer:
    """Both give each other the file of their card, and read the words aloud. Gives the coordinator, trusted."""
    report.part("3. Identity cards, both ways", "3. Карточки, в обе стороны")
    trusted = []
    for owner, reader, name, role in (
        (pair.activist, pair.coordinator, "activist", Role.FIELD),
        (pair.coordinator, pair.activist, "coordinator", Role.COORDINATOR),  # only they get phone numbers
    ):
        path = folder / f"{name}.card"
        trust.write_card_file(owner, path)
        card = trust.read_card_file(path)
        said = " ".join(trust.own_card(owner).words)
        same = " ".join(card.words) == said
        report.check(f"{card.person} reads out: {said}", f"{card.person} читает вслух: {said}", holds=same)
        trusted.append(trust.trust(reader, card, role=role))
    return trusted[1]


def hand_over(activist: Archive, coordinator: Peer, path: Path, report: Report) -> Path:
    """One bundle with everything, sealed for the coordinator alone."""
    report.part("4. One bundle, sealed for the coordinator", "4. Одна посылка, запечатана для координатора")
    selection = handover.select(activist)
    handover.export(activist, [coordinator], selection, path)
    size = f"{path.stat().st_size / 1e6:.1f}"
    report.tell(
        f"{path.name}: {size} MB, files: {len(selection.objects)}, entries withheld: {selection.withheld}",
        f"{path.name}: {size} МБ, файлов: {len(selection.objects)}, не отдано записей журнала: {selection.withheld}",
    )
    return path


def take_in(coordinator: Archive, bundle: Path, decoder: DecoderProcess, report: Report) -> None:
    """The coordinator sees who sent the bundle, takes it in, and has the small pictures made."""
    report.part("5. The coordinator takes it in", "5. Координатор принимает")
    facts = arrivals.inspect(arrivals.receiving(coordinator), bundle)
    report.tell(
        f"From {facts.sender_name}, bundle {facts.number}, new files: {facts.new_objects}",
        f"От кого: {facts.sender_name}, посылка {facts.number}, новых файлов: {facts.new_objects}",
    )
    outcome = arrivals.import_file(coordinator, bundle)
    report.check(
        f"Imported: {outcome.new_entries} entries of the journal, {outcome.new_objects} files",
        f"Принято: записей журнала {outcome.new_entries}, файлов {outcome.new_objects}",
        holds=outcome.state is Arrival.IMPORTED,
    )
    for row in views.rows(coordinator, kind="document"):
        stored = documents.content_of(coordinator, row.id)
        preview = documents.make_preview(coordinator.vault.objects, stored, decoder)
        documents.keep_preview(coordinator, stored.sha256, preview)
    tell_previews(coordinator, report)


def tell_records(coordinator: Archive, report: Report) -> None:
    """What arrived, line by line."""
    report.part("6. What arrived", "6. Что пришло")
    report.tell(counted(views.counts(coordinator)))
    for name, line in (("testimony", testimony_line), ("person", person_line)):
        print()
        for row in reversed(views.rows(coordinator, kind=name)):
            report.tell(line(views.view(coordinator, row.id)))


def testimony_line(shown: RecordView) -> str:
    """Its date, its title, and how many people and documents are linked to it."""
    people = sum(link.other is not None and link.other.type == "person" for link in shown.links)
    files = sum(link.role == documents.ATTACHMENT for link in shown.links)
    told = f"{_(record_type('person').plural)}: {people}, {_(record_type('document').plural)}: {files}"
    return f"{told_in(shown, 'date')}  {shown.row.title}  [{told}]"


def person_line(shown: RecordView) -> str:
    """Their status, or several where sources differ, and their name."""
    return f"{told_in(shown, 'status')}  {shown.row.title}"


def told_in(shown: RecordView, name: str) -> str:
    """Every account of a field in words, as wide as the first column."""
    accounts = [account.told for each in shown.fields if each.name == name for account in each.accounts]
    words = " / ".join(accounts)
    return f"{words if len(words) <= _COLUMN else words[: _COLUMN - 1] + '…':<{_COLUMN}}"


def compare_records(pair: Pair, report: Report) -> None:
    """Every field of every record with all accounts of it, here and there; code words must not have come."""
    report.part("7. Compared", "7. Сверено")
    rows = [*views.rows(pair.activist), *views.rows(pair.activist, kind="link")]
    fields = codes = differing = 0
    for row in rows:
        sent, came = accounts_of(pair.activist, row.id), accounts_of(pair.coordinator, row.id)
        kept = {key: told for key, told in sent.items() if key[1] != CODES}
        codes += len(sent) - len(kept)
        fields += len(kept)
        differing += kept != came
    report.check(
        f"Records: {len(rows)}, with {fields} fields: the same in both vaults",
        f"Записи: {len(rows)}, полей в них {fields}: одинаковы в обоих хранилищах",
        holds=fields > 0 and not differing,
    )
    report.check(
        f"Code words: {codes}, and none of them left the activist's vault",
        f"Кодовые слова: {codes}, и ни одно не покинуло хранилища активистки",
        holds=codes > 0 and not differing,
    )


def accounts_of(archive: Archive, record: RecordId) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """By field and compartment: each value with its source and reliability. Nothing where the record is not here."""
    try:
        shown = views.view(archive, record)
    except RecordNotFoundError:
        return {}
    return {
        (each.key, each.field.compartment if each.field else ""): sorted(
            (repr(account.value), account.source, account.reliability) for account in each.accounts
        )
        for each in shown.fields
    }


def compare_files(
    coordinator: Archive,
    attached: Sequence[AttachedFile],
    sums: Mapping[str, bytes],
    report: Report,
    copy_out: CopyOut,
) -> None:
    """Copy each file out of the coordinator's vault, and compare its SHA-256 with that from before it went in."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="fieldapp-demo-") as outside:
        for each in attached:
            path = Path(outside) / "copy"
            copy_out(coordinator, each.attached.document, path)
            found[each.name] = sha256_of(path)
            path.unlink()
            title = views.row(coordinator, each.attached.document).title
            line = f"{found[each.name].hex()[:16]}…  {each.name:<24} {title}"
            report.check(line, line, holds=found[each.name] == sums[each.name])
    report.check(
        f"Files: {len(found)}, each with the SHA-256 it had before it went in",
        f"Файлы: {len(found)}, у каждого тот же SHA-256, что до приёма",
        holds=found == sums,
    )


def copy_of_document(archive: Archive, document: RecordId, path: Path) -> None:
    """Copy a document out, as the program does it when a person asks."""
    documents.write_copy(archive.vault.objects, documents.log_copy(archive, document, "comparison"), path)


def search(coordinator: Archive, report: Report) -> None:
    """What the coordinator asks, and what is found: across scripts, spellings and inflections."""
    report.part("8. The coordinator searches", "8. Координатор ищет")
    for query, expected in QUERIES.items():
        hits = views.find(coordinator, query)
        texts = [f"{hit.row.title} {hit.snippet.text}" for hit in hits]
        found = next((word for word in expected for text in texts if word in text), "")
        report.check(f"“{query}” finds “{found}”", f"«{query}» находит «{found}»", holds=bool(found))
        for hit in hits[:_HITS]:
            report.tell(f"    {hit.row.title}")


def try_again(coordinator: Archive, bundle: Path, report: Report) -> None:
    """The same bundle once more changes nothing; one flipped bit is refused."""
    report.part("9. Once more, and damaged", "9. Ещё раз, и с повреждением")
    before = views.counts(coordinator)
    again = arrivals.import_file(coordinator, bundle)
    report.check(
        "The same bundle again: nothing changes",
        "Та же посылка ещё раз: ничего не меняется",
        holds=again.state is Arrival.NOTHING_NEW and views.counts(coordinator) == before,
    )
    damaged = bundle.with_suffix(".damaged")
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    refusal = ""
    try:
        arrivals.import_file(coordinator, damaged)
    except BundleError as error:
        refusal = type(error).__name__
    finally:
        damaged.unlink()
    report.check(
        f"One bit flipped: refused ({refusal}), and nothing changes",
        f"Изменён один бит: отказ ({refusal}), ничего не меняется",
        holds=bool(refusal) and views.counts(coordinator) == before,
    )


def say_where(folder: Path, report: Report) -> None:
    """What came of it, and how to look at the vaults."""
    report.part("Where it is", "Где всё лежит")
    seconds = f"{time.monotonic() - report.began:.0f}"
    if report.failures:
        report.tell(f"FAILED: {report.failures} of the checks above.", f"НЕ СОШЛОСЬ: {report.failures}, см. выше.")
    else:
        report.tell(f"Everything came as it was sent, in {seconds} s.", f"Всё пришло таким, как ушло, за {seconds} с.")
    report.tell(f"Passphrase of both vaults: {PRACTICE_PASSPHRASE}", f"Пароль обоих хранилищ: {PRACTICE_PASSPHRASE}")
    report.tell("To look at them, with a display, or in the terminal:", "Посмотреть в окне или в терминале:")
    for command in ("", "list ", "search "):
        report.tell(f"  packaging/dev run {command}{folder / 'coordinator'}{' oktam' if command == 'search ' else ''}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
