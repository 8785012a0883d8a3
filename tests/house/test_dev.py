"""`packaging/dev`: its words, its stamp, what it asks of the system, and how it takes a refusal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from devtool import checks, needs, places, setting_up, verbs


class Bare:
    """A system on which nothing is there but what is named."""

    def __init__(self, *there: str) -> None:
        self.there = there

    def has_venv(self) -> bool:
        return "venv" in self.there

    def has_library(self, name: str) -> bool:
        return name in self.there

    def has_tool(self, name: str) -> bool:
        return name in self.there

    def has_font(self) -> bool:
        return "font" in self.there


def made_checkout(folder: Path) -> places.Checkout:
    """A checkout with locks and a venv that holds a python, as far as anybody looks."""
    checkout = places.Checkout(folder)
    (folder / "packaging" / "locks").mkdir(parents=True)
    for name in ("run", "dev", "source"):
        (folder / "packaging" / "locks" / f"{name}.txt").write_text(f"{name}==1 \\\n", encoding="utf-8")
    checkout.python.parent.mkdir(parents=True)
    checkout.python.touch()
    return checkout


def stamp(checkout: places.Checkout, level: places.Level) -> None:
    checkout.stamp(level).write_text(setting_up.fingerprint(checkout, level), encoding="ascii")


def fake_apt(folder: Path, *, failing: str = "") -> Path:
    """An apt-get that writes down what it is asked, and fails at `failing` until it was asked to update."""
    apt = folder / "apt-get"
    apt.write_text(
        f'#!/bin/sh\necho "$@" >> {folder}/asked\n'
        f'if [ "$1" = update ]; then touch {folder}/updated; exit 0; fi\n'
        f'[ "$1" != "{failing}" ] || [ -e {folder}/updated ]\n',
        encoding="utf-8",
    )
    apt.chmod(0o755)
    return apt


def test_a_bare_system_lacks_everything_and_the_window_needs_no_test_tools() -> None:
    for_run, for_tests = needs.missing("run", Bare()), needs.missing("dev", Bare())

    assert for_run[0].endswith("-venv")
    assert {"libegl1", "libxcb-cursor0", needs.FONT_PACKAGE} <= set(for_run)
    assert set(for_tests) - set(for_run) == {package for _, package in needs.TOOLS}
    assert len(for_tests) == len(set(for_tests))


def test_only_what_is_not_there_is_asked_for() -> None:
    everything = [name for name, _ in (*needs.LIBRARIES, *needs.TOOLS)]
    everything.remove("libEGL.so.1")

    assert needs.missing("dev", Bare("venv", "font", *everything)) == ["libegl1"]


def test_an_ordinary_user_is_told_the_one_line_to_run(tmp_path: Path) -> None:
    apt = fake_apt(tmp_path)

    with pytest.raises(places.Refusal) as refusal:
        needs.provide(["python3-venv", "libegl1"], is_root=False, apt=str(apt))

    assert str(refusal.value) == "Please run: sudo apt-get install python3-venv libegl1"
    assert not (tmp_path / "asked").exists()


def test_without_apt_the_needs_are_named() -> None:
    with pytest.raises(places.Refusal, match="libegl1"):
        needs.provide(["libegl1"], is_root=True, apt=None)


def test_root_gets_the_packages_installed(tmp_path: Path) -> None:
    needs.provide(["libegl1", "age"], is_root=True, apt=str(fake_apt(tmp_path)))

    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked == ["install -qq --yes --no-install-recommends libegl1 age"]


def test_the_package_lists_are_fetched_when_apt_does_not_know_a_package(tmp_path: Path) -> None:
    needs.provide(["libegl1"], is_root=True, apt=str(fake_apt(tmp_path, failing="install")))

    asked = (tmp_path / "asked").read_text(encoding="utf-8").split("\n")
    assert [line.split(" ")[0] for line in asked] == ["install", "update", "install", ""]


def test_apt_failing_twice_is_a_refusal_that_shows_the_command(tmp_path: Path) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\nexit 100\n", encoding="utf-8")
    apt.chmod(0o755)

    with pytest.raises(places.Refusal, match="install -qq --yes --no-install-recommends libegl1"):
        needs.provide(["libegl1"], is_root=True, apt=str(apt))


def test_nothing_missing_means_that_apt_is_left_alone(tmp_path: Path) -> None:
    needs.provide([], is_root=True, apt=str(fake_apt(tmp_path)))

    assert not (tmp_path / "asked").exists()


def test_a_stamp_holds_until_a_lock_changes(tmp_path: Path) -> None:
    checkout = made_checkout(tmp_path)
    assert not setting_up.is_ready(checkout, "dev")

    stamp(checkout, "dev")
    assert setting_up.is_ready(checkout, "dev")
    assert not setting_up.is_ready(checkout, "run")

    checkout.lock("source").write_text("source==2 \\\n", encoding="utf-8")
    assert not setting_up.is_ready(checkout, "dev")


def test_a_stamp_of_another_place_or_without_a_python_does_not_hold(tmp_path: Path) -> None:
    checkout = made_checkout(tmp_path / "here")
    stamp(checkout, "run")
    moved = places.Checkout((tmp_path / "here").rename(tmp_path / "there"))
    assert not setting_up.is_ready(moved, "run")

    stamp(moved, "run")
    assert setting_up.is_ready(moved, "run")
    moved.python.unlink()
    assert not setting_up.is_ready(moved, "run")


def test_what_is_ready_is_not_set_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = made_checkout(tmp_path)
    stamp(checkout, "run")
    done: list[str] = []
    monkeypatch.setattr(setting_up, "set_up", lambda _checkout, level: done.append(level))

    setting_up.ensure(checkout, "run")
    assert done == []

    setting_up.ensure(checkout, "dev")
    assert done == ["dev"]


def fake_python(checkout: places.Checkout, body: str) -> None:
    checkout.python.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    checkout.python.chmod(0o755)


def test_a_set_up_that_was_killed_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = made_checkout(tmp_path)
    fake_python(checkout, "exit 0")
    half_a_package = checkout.venv / "half-a-package"
    half_a_package.touch()
    made: list[list[str]] = []
    monkeypatch.setattr(setting_up, "_step", lambda command, _advice: made.append(command))

    setting_up._make_venv(checkout)
    assert made == []

    (checkout.venv / "unfinished").touch()
    setting_up._make_venv(checkout)
    assert made == [[sys.executable, "-m", "venv", str(checkout.venv)]]
    assert not half_a_package.exists()


def test_the_mark_of_an_unfinished_set_up_stands_while_pip_works_and_goes_when_it_ends(tmp_path: Path) -> None:
    checkout = made_checkout(tmp_path)
    unfinished = checkout.venv / "unfinished"
    fake_python(checkout, f'[ -e "{unfinished}" ] || exit 1; echo "$@" >> "{tmp_path}/asked"')

    setting_up._install(checkout, "dev")

    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("/")[2] for line in asked] == ["dev.txt", "source.txt"]
    assert all("--require-hashes --no-deps" in line for line in asked)
    assert ["--only-binary :all:" in line for line in asked] == [True, False]
    assert not unfinished.exists()


def test_pip_failing_by_itself_is_told_with_its_last_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkout = made_checkout(tmp_path)
    fake_python(checkout, "echo 'Collecting cbor2==6 (from -r a-path)'; echo 'ERROR: no network'; exit 1")

    with pytest.raises(places.Refusal, match="The same command tries again"):
        setting_up._install(checkout, "run")

    said = capsys.readouterr().err
    assert "  cbor2==6\n" in said
    assert "ERROR: no network" in said
    assert "a-path" not in said
    assert not (checkout.venv / "unfinished").exists()


def test_a_refusal_is_one_line_and_exit_status_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        reason = "Please run: sudo apt-get install x"
        raise places.Refusal(reason)

    monkeypatch.setattr(setting_up, "ensure", refuse)

    assert verbs.main(["run"]) == verbs.FAILED
    assert capsys.readouterr().err == "Please run: sudo apt-get install x\n"


def test_an_unknown_verb_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["fly"]) == verbs.USAGE
    assert verbs.main([]) == verbs.USAGE

    said = capsys.readouterr().err
    assert "'fly'" in said
    assert "run, test" in said


@pytest.mark.parametrize("asked", [["help"], ["--help"], ["help", "test"], ["test", "--help"], ["exec", "-h"]])
def test_help_is_given_without_setting_anything_up(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(setting_up, "ensure")

    assert verbs.main(asked) == verbs.DONE
    assert "packaging/dev" in capsys.readouterr().out


def test_a_whole_run_uses_all_cores_and_leaves_out_slow_tests() -> None:
    assert verbs.pytest_options([], 2) == ["-rfEsxX", "-m", "not slow", "-n", "2"]
    assert verbs.pytest_options(["-k", "lock"], 2)[-2:] == ["-n", "2"]
    assert "-n" not in verbs.pytest_options([], 1)


@pytest.mark.parametrize("asked", [["-n", "1"], ["-n0"], ["--pdb"], ["-s"], ["tests/house/test_x.py::test_y"], ["/"]])
def test_a_run_of_named_tests_or_with_a_debugger_stays_in_one_process(asked: list[str]) -> None:
    assert "-n" not in verbs.pytest_options(asked, 8)


def test_a_marker_of_ones_own_replaces_ours() -> None:
    assert "not slow" not in verbs.pytest_options(["-m", "slow"], 1)


def test_a_window_needs_a_display_only_on_linux() -> None:
    assert not verbs.has_display("linux", {})
    assert not verbs.has_display("linux", {"DISPLAY": ""})
    assert verbs.has_display("linux", {"DISPLAY": ":0"})
    assert verbs.has_display("linux", {"WAYLAND_DISPLAY": "wayland-0"})
    assert verbs.has_display("win32", {})


def test_commands_find_the_virtual_environment_first(tmp_path: Path) -> None:
    checkout = places.Checkout(tmp_path)

    inside = verbs.environment(checkout, QT_QPA_PLATFORM="offscreen")

    assert inside["PATH"].split(os.pathsep)[0] == str(checkout.scripts)
    assert inside["QT_QPA_PLATFORM"] == "offscreen"


def test_lint_looks_at_all_three_systems_and_at_catalogues_where_there_are_any() -> None:
    names = [check.name for check in checks.commands("python", with_catalogues=False)]

    assert names == ["mypy", "mypy for win32", "mypy for darwin", "ruff check", "ruff format", "import contracts"]
    assert len(checks.commands("python", with_catalogues=True)) == len(names) + 1


def test_an_older_python_is_refused_in_one_line(root: Path) -> None:
    lie = "import sys; sys.version_info = (3, 9, 2); exec(compile(open(sys.argv[1]).read(), 'dev', 'exec'))"
    asked = [sys.executable, "-c", lie, str(root / "packaging" / "dev")]

    answer = subprocess.run(asked, capture_output=True, text=True, check=False)

    assert answer.returncode == 1
    assert answer.stderr == "Field App needs Python 3.11 or newer, and this is Python 3.9.\n"
