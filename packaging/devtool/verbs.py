"""The verbs of `packaging/dev`: what each does, what it needs installed, and how its arguments are handed on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devtool import checks, locks, setting_up
from devtool.places import HERE, Checkout, Level, Refusal, say

DONE, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 130

Arguments = Sequence[str]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. `arguments` is how its help shows them; `act` gives the exit status."""

    summary: str
    arguments: str
    needs: Level
    act: Callable[[Checkout, Arguments], int]


def main(arguments: Arguments) -> int:
    """Do what the command line says; gives the exit status: 0 done, 1 failed or refused, 2 not understood."""
    name, *rest = arguments or ("",)
    if name in ("help", "-h", "--help"):
        return _help(rest)
    verb = VERBS.get(name)
    if verb is None:
        say(f"packaging/dev: no verb {name!r}; there are: {', '.join(VERBS)}, help")
        return USAGE
    if rest and rest[0] in ("-h", "--help"):
        return _help([name])
    try:
        setting_up.ensure(HERE, verb.needs)
        return verb.act(HERE, rest)
    except Refusal as refusal:
        say(str(refusal))
        return FAILED
    except KeyboardInterrupt:
        say("Interrupted. The same command goes on from here.")
        return INTERRUPTED


def environment(checkout: Checkout, **more: str) -> dict[str, str]:
    """Our environment with the venv first on PATH, as if it were activated."""
    inside = dict(os.environ) | {"VIRTUAL_ENV": str(checkout.venv)} | more
    inside["PATH"] = os.pathsep.join((str(checkout.scripts), os.environ.get("PATH", os.defpath)))
    inside.pop("PYTHONHOME", None)
    return inside


def has_display(system: str = sys.platform, variables: dict[str, str] | None = None) -> bool:
    """Whether a window can be shown: always outside Linux, there when a display is named."""
    asked = dict(os.environ) if variables is None else variables
    return system != "linux" or bool(asked.get("DISPLAY") or asked.get("WAYLAND_DISPLAY"))


def pytest_options(arguments: Arguments, cores: int) -> list[str]:
    """What we put before the person's own pytest arguments: all cores for a whole run, and no slow tests."""
    own = [] if "-m" in arguments else ["-m", "not slow"]
    wants_one = any(word.startswith(("-n", "-s", "--pdb", "--trace", "--co")) for word in arguments)
    names_tests = any("::" in word or Path(word).exists() for word in arguments)
    if cores > 1 and not wants_one and not names_tests:
        own += ["-n", str(cores)]
    return ["-rfEsxX", *own]


def _help(words: Arguments) -> int:
    if words and words[0] in VERBS:
        verb = VERBS[words[0]]
        print(f"packaging/dev {words[0]} {verb.arguments}".rstrip() + f"\n  {verb.summary}")
        return DONE
    print("packaging/dev VERB [ARGUMENTS]: the one command of this checkout. Each verb first sets up what it needs.\n")
    width = max(len(f"{name} {verb.arguments}") for name, verb in VERBS.items())
    for name, verb in VERBS.items():
        print(f"  {f'{name} {verb.arguments}':<{width}}  {verb.summary}")
    return DONE


def _become(checkout: Checkout, command: Arguments, **more: str) -> int:
    """Run `command` inside the venv in our place; it gets our signals and our terminal."""
    inside = environment(checkout, **more)
    if sys.platform != "win32":
        sys.stdout.flush()
        try:
            os.execvpe(command[0], list(command), inside)
        except OSError:
            say(f"packaging/dev: {command[0]} cannot be started")
            return 127
    return subprocess.call(list(command), env=inside)


def _become_script(checkout: Checkout, name: str, arguments: Arguments) -> int:
    script = checkout.packaging / name
    if not script.exists():
        say(f"packaging/{name} is not written yet.")
        return FAILED
    return _become(checkout, [str(checkout.python), str(script), *arguments])


def _setup(checkout: Checkout, arguments: Arguments) -> int:
    del arguments
    say(f"{checkout.venv.name} is ready.")
    return DONE


def _run(checkout: Checkout, arguments: Arguments) -> int:
    if arguments or has_display():
        return _become(checkout, [str(checkout.python), "-m", "fieldapp", *arguments])
    say("No display here, so this is the demonstration; with a display the window opens.")
    return _demo(checkout, arguments)


def _demo(checkout: Checkout, arguments: Arguments) -> int:
    return _become_script(checkout, "demo.py", arguments)


def _test(checkout: Checkout, arguments: Arguments) -> int:
    options = pytest_options(arguments, os.cpu_count() or 1)
    return _pytest(checkout, [*options, *arguments])


def _nightly(checkout: Checkout, arguments: Arguments) -> int:
    options = pytest_options(["-m", "", *arguments], os.cpu_count() or 1)
    return _pytest(checkout, [*options, "-m", "", *arguments], FIELDAPP_NIGHTLY="1")


def _pytest(checkout: Checkout, arguments: Arguments, **more: str) -> int:
    os.chdir(checkout.root)
    return _become(checkout, [str(checkout.python), "-m", "pytest", *arguments], QT_QPA_PLATFORM="offscreen", **more)


def _lint(checkout: Checkout, arguments: Arguments) -> int:
    del arguments
    return checks.run_all(checkout, environment(checkout))


def _bench(checkout: Checkout, arguments: Arguments) -> int:
    return _become_script(checkout, "bench.py", arguments)


def _fuzz(checkout: Checkout, arguments: Arguments) -> int:
    return _become_script(checkout, "fuzz.py", arguments)


def _proofs(checkout: Checkout, arguments: Arguments) -> int:
    return _become_script(checkout, "proofs.py", arguments)


def _screens(checkout: Checkout, arguments: Arguments) -> int:
    return _become_script(checkout, "screens.py", arguments)


def _locale(checkout: Checkout, arguments: Arguments) -> int:
    inside = environment(checkout, PYTHONPATH=str(checkout.packaging))
    return _become(checkout, [str(checkout.python), "-m", "devtool.catalogues", *(arguments or ["update"])], **inside)


def _lock(checkout: Checkout, arguments: Arguments) -> int:
    return locks.write_all(checkout, environment(checkout), arguments)


def _exec(checkout: Checkout, arguments: Arguments) -> int:
    if not arguments:
        say("packaging/dev exec needs a command")
        return USAGE
    return _become(checkout, arguments)


VERBS = {
    "run": Verb("open the window (without a display: the demonstration)", "[ARGUMENTS of fieldapp]", "run", _run),
    "test": Verb("run the tests, all but the slow ones", "[ARGUMENTS of pytest]", "dev", _test),
    "setup": Verb("only set up, and say when it is done", "", "dev", _setup),
    "demo": Verb(
        "walk through the program's work on the command line, with made-up people", "[ARGUMENTS]", "run", _demo
    ),
    "lint": Verb("run every check that is not a test", "", "dev", _lint),
    "bench": Verb("measure speed and print the figures", "[ARGUMENTS]", "dev", _bench),
    "screens": Verb("draw every screen into PNG files, to look at", "[ARGUMENTS]", "dev", _screens),
    "nightly": Verb("run all tests, slow ones too, with many more examples", "[ARGUMENTS of pytest]", "dev", _nightly),
    "fuzz": Verb("try every reader of outside bytes with hostile inputs", "[TARGET…] [--seconds 60]", "dev", _fuzz),
    "proofs": Verb("run every suite that counts, and write its figures down", "[TABLE…] [--quick]", "dev", _proofs),
    "locale": Verb("bring the message catalogues up to date with the code", "[update|check]", "dev", _locale),
    "lock": Verb("write the lock files anew from pyproject.toml", "[--upgrade]", "dev", _lock),
    "exec": Verb("run a command inside the virtual environment", "COMMAND…", "dev", _exec),
}
