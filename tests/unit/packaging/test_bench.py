"""What the benchmarks say of what they measured; and each of them once, on very little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bench
import pytest
from benchmarks.figures import Figure, Size, percentile, ratio_of_medians, seconds, table

EXPORT = Figure("export", 0.912, "×", 1.0, "512 MB")
MEMORY = Figure("memory over idle", 120.0, "MB", 100, "")


def test_a_goal_is_met_up_to_itself() -> None:
    assert [Figure("", value, "", 1.0, "").met for value in (0.99, 1.0, 1.01)] == [True, True, False]


def test_the_table_shows_what_was_missed_in_even_columns() -> None:
    assert table([EXPORT, MEMORY]).split("\n") == [
        "what              measured  goal              of which",
        "export            0.912 ×   ≤ 1 ×     met     512 MB",
        "memory over idle  120 MB    ≤ 100 MB  MISSED",
    ]


def test_a_ratio_is_that_of_the_medians() -> None:
    assert ratio_of_medians([1.0, 20.0, 3.0], [2.0, 10.0, 6.0]) == 0.5


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 201)]

    assert percentile(values, 95) == 190
    assert percentile(values, 100) == 200
    assert percentile([7.0], 95) == 7


def test_seconds_show_the_range() -> None:
    assert seconds([1.0, 3.0, 1.5]) == "1.50 s (1.00–3.00)"


@pytest.fixture
def two_benchmarks(monkeypatch: pytest.MonkeyPatch) -> list[Size]:
    """Benchmarks that take no time, and the sizes that they were asked for."""
    asked: list[Size] = []

    def giving(figure: Figure) -> object:
        def measure(size: Size) -> list[Figure]:
            asked.append(size)
            return [figure]

        return measure

    monkeypatch.setattr(bench, "BENCHMARKS", {"export": giving(EXPORT), "memory": giving(MEMORY)})
    return asked


def test_all_are_run_and_a_missed_goal_is_a_failure(
    two_benchmarks: list[Size], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main([]) == 1
    assert capsys.readouterr().out == table([EXPORT, MEMORY]) + "\n"
    assert two_benchmarks == [Size(rounds=5, megabytes=512, records=10_000, testimonies=100_000)] * 2


def test_one_is_run_and_written_to_a_file(two_benchmarks: list[Size], tmp_path: Path) -> None:
    path = tmp_path / "figures.json"

    assert bench.main(["export", "--json", str(path), "--rounds", "1", "--megabytes", "2"]) == 0

    assert json.loads(path.read_text()) == [EXPORT.as_json()]
    assert two_benchmarks == [Size(rounds=1, megabytes=2, records=10_000, testimonies=100_000)]


def test_a_name_that_is_none_is_told_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["speed"])
    assert "export, import, backup, window, lock, lists, typing, vaults" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["export", "import", "backup", "window", "lock", "lists", "typing", "vaults"])
def test_each_measures_something(name: str) -> None:
    if missing := [tool for tool in ("age", "strace", "Xvfb") if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")

    figures = bench.BENCHMARKS[name](Size(rounds=1, megabytes=1, records=20, testimonies=200))

    assert figures
    assert all(figure.value > 0 for figure in figures if "memory" not in figure.name)
