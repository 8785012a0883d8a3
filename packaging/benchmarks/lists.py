"""With 10,000 testimonies: the first rows of a list, and of any search as it is typed.

Measured twice: what the service takes, and until the window's list has its rows (its model, the vault lane and the way
back into the window's thread).
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from benchmarks.bundles_child import PASSPHRASE, new_vault
from benchmarks.figures import Figure, Size

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from fieldapp.jobs import Ends, Lanes, open_lanes
from fieldapp.services import records, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.ui.application import make_application
from fieldapp.ui.hop import Hop
from fieldapp.ui.records.list_model import HITS_PAGE, MOST_HITS, PAGE, Query, RecordListModel
from fieldapp.ui.session import Session

GOAL_MS = 50
SEARCHES = (
    "м", "пас", "паспорт", "в мелехове", "контракт военкомат", "abdu", "o‘ktam", '"забрали паспорт"', "полиц", "zzzz",
    "мигр центр угроз", "90123",
)  # fmt: skip
"""One letter, beginnings, several words, other scripts, a phrase, what is nowhere, and part of a phone number."""

_WORDS = (
    "паспорт забрали полицейский участок миграционный центр контракт подписать угроза депортация Мелехово общежитие"
    " стройка военкомат автобус брат мать звонок номер деньги билет адвокат посольство заявление прокурор обещали"
    " гражданство шесть месяцев рабочий патент суд срок колония больница избили наручники ночь вода еда телефон"
    " Oʻktam Abdulla Маруфжон Гулнора Шерзод Нурлан Айбек Ташкент Душанбе Бишкек Москва Калуга Владимир вернулся"
    " пропал фронт часть"
)
_WORDS_EACH = 120


def measure_lists(size: Size) -> list[Figure]:
    """The median of the list, and the slowest median of all searches."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    try:
        archive = new_vault(folder / "vault", "Anna")
        _fill(archive, size.records)
        figures = _of_services(archive, size)
        archive.close()
        return figures + _of_window(folder / "vault", size)
    finally:
        shutil.rmtree(folder)


def _of_services(archive: Archive, size: Size) -> list[Figure]:
    listed = _median_ms(size, lambda: views.rows(archive, kind="testimony", limit=PAGE))
    searched = {text: _median_ms(size, partial(_found, archive, text)) for text in SEARCHES}
    return _figures("service", size, listed, searched)


def _found(archive: Archive, text: str) -> list[views.Hit]:
    return views.hits(archive, views.look_up(archive, text, limit=MOST_HITS), count=HITS_PAGE)


def _of_window(vault: Path, size: Size) -> list[Figure]:
    application = make_application()
    hop = Hop(application)
    lanes = open_lanes(hop)
    opened: list[Archive] = []
    lanes.vault.start(lambda _: vaults.unlock(vault, PASSPHRASE), Ends(opened.append))
    _until(lambda: bool(opened))
    model = RecordListModel(Session(lanes, opened[0]))
    listed = _median_ms(size, lambda: _shown(model, Query("testimony")))
    searched = {text: _median_ms(size, partial(_shown, model, Query("testimony", text))) for text in SEARCHES}
    _close(opened[0], lanes)
    hop.stop()
    return _figures("window", size, listed, searched)


def _figures(where: str, size: Size, listed: float, searched: dict[str, float]) -> list[Figure]:
    slowest = max(searched.values())
    detail = f"slowest of {len(searched)}; median {statistics.median(searched.values()):.1f}; {HITS_PAGE} rows"
    return [
        Figure(f"list, first rows, {where}", listed, "ms", GOAL_MS, f"{size.records} testimonies, {PAGE} rows"),
        Figure(f"search, first rows, {where}", slowest, "ms", GOAL_MS, detail),
    ]


def _shown(model: RecordListModel, query: Query) -> None:
    """Show a query, and wait until its first rows are there."""
    loop = QEventLoop()
    model.loaded.connect(loop.quit)
    model.show_query(query)
    loop.exec()
    model.loaded.disconnect(loop.quit)


def _close(archive: Archive, lanes: Lanes) -> None:
    closed: list[None] = []
    lanes.vault.start(lambda _: archive.close(), Ends(closed.append))
    _until(lambda: bool(closed))
    lanes.close(10)


def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def _fill(archive: Archive, count: int) -> None:
    chance = random.Random(7)
    words = _WORDS.split()
    with archive.vault.saving():
        for number in range(count):
            narrative = [*chance.choices(words, k=_WORDS_EACH), f"+998 {chance.randrange(10**9):09}"]
            date = f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            values = {"narrative": " ".join(narrative), "date": date, "title": f"№ {number}"}
            records.save(archive, "testimony", values)


def _median_ms(size: Size, act: Callable[[], object]) -> float:
    act()
    return statistics.median(_taken_ms(act for _ in range(max(size.rounds, 5))))


def _taken_ms(acts: Iterable[Callable[[], object]]) -> Iterable[float]:
    for act in acts:
        begin = time.perf_counter()
        act()
        yield (time.perf_counter() - begin) * 1000
