"""What every test may count on: a home of its own, English, no display, the shared samples, Hypothesis profiles."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

_OUTER = dict(os.environ)
_HOMES = {
    "HOME": "home",
    "USERPROFILE": "home",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_RUNTIME_DIR": "runtime",
}

# Timing is the machine's affair, so no deadline; without a shared example database a run in CI can be repeated exactly.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None, print_blob=True)
settings.register_profile("nightly", settings.get_profile("here"), max_examples=2000, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """Set up the environment of the whole run before anything of ours or of Qt is imported."""
    folder = tempfile.TemporaryDirectory(prefix="fieldapp-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    for name, place in _HOMES.items():
        path = Path(folder.name, place)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[name] = str(path)
    _keep_npm_configuration()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["LANGUAGE"] = "en"
    in_ci = "ci" if os.environ.get("CI") else "here"
    settings.load_profile("nightly" if os.environ.get("FIELDAPP_NIGHTLY") else in_ci)
    config.pluginmanager.register(_SaysFailuresAtOnce(config))


class _SaysFailuresAtOnce:
    """A run takes minutes: who watches it is told the name of what failed when it failed, not only at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal and not hasattr(self._config, "workerinput"):
            terminal.ensure_newline()
            terminal.write_line(f"{report.outcome} in {report.when}: {report.nodeid}")


def _keep_npm_configuration() -> None:
    """Tests that fetch an independent reader with npm find the registry that the person's own settings name."""
    settings_file = Path(_OUTER.get("HOME", ""), ".npmrc")
    if settings_file.is_file():
        os.environ.setdefault("NPM_CONFIG_USERCONFIG", str(settings_file))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def outer_environment() -> Mapping[str, str]:
    """The environment this run was started from, with the person's own HOME."""
    return _OUTER


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of samples and vectors beside the checkout, or where FIELDAPP_SHARED says.

    Missing, it skips the test on a person's machine and fails it under CI, where nothing is skipped in silence.
    """
    folder = Path(os.environ.get("FIELDAPP_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        reason = "the shared samples are not beside the checkout (FIELDAPP_SHARED says where they are)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
