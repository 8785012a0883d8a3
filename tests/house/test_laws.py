"""House laws that no linter knows, read from the syntax trees. Each law is shown to catch what it forbids."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

CATCHERS_OF_ALL = ("fieldapp/jobs.py", "fieldapp/cli/main.py", "fieldapp/services/vaults.py")
"""Where a job or a command ends; and the tidying after unlocking, which may shut nobody out whatever came in."""
EVERYTHING = frozenset({"Exception", "BaseException"})
PLAIN = "fieldapp/ui/plain.py"

# Each of these reads markup out of any text it is given, and opens the files that the markup names.
MARKUP_READERS = frozenset(
    [
        "QErrorMessage",
        "QInputDialog",
        "QLabel",
        "QMessageBox",
        "QProgressDialog",
        "QTextBrowser",
        "QToolTip",
        "QWhatsThis",
    ]
)
MARKUP_CALLS = frozenset(["setHtml", "insertHtml", "setMarkdown", "insertMarkdown", "appendHtml"])
TIP_CALLS = frozenset(["setToolTip", "setWhatsThis"])
TRANSLATORS = frozenset(["_", "ngettext", "pgettext"])

QT_PARTS = frozenset(
    ["QtCore", "QtGui", "QtWidgets", "QtMultimedia", "QtPdf", "QtPdfWidgets", "QtPrintSupport", "QtSvg", "QtSvgWidgets"]
)
QT_THREADS = frozenset(["QThread", "QThreadPool", "QRunnable", "QtConcurrent"])


class Parsed(Protocol):
    """A module under a law."""

    @property
    def name(self) -> str: ...
    @property
    def tree(self) -> ast.Module: ...


Law = Callable[[Parsed], Iterator[ast.AST]]


def called_name(node: ast.AST) -> str:
    """The last part of what is called: `f` of `f()` and of `a.b.f()`; "" for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def spoken(node: ast.AST) -> Iterator[str]:
    """Every name that stands in an expression, with the parts of dotted ones."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def catching_everything(module: Parsed) -> Iterator[ast.AST]:
    """`except:` and `except Exception:`, also by `suppress`; and `except BaseException:` unless it raises on."""
    for node in ast.walk(module.tree):
        if module.name not in CATCHERS_OF_ALL and called_name(node) == "suppress" and suppressed(node) & EVERYTHING:
            yield node
        if not isinstance(node, ast.ExceptHandler) or module.name in CATCHERS_OF_ALL:
            continue
        caught = set(spoken(node.type)) if node.type else {"BaseException"}
        last = node.body[-1]
        raises_on = isinstance(last, ast.Raise) and last.exc is None
        if "Exception" in caught or ("BaseException" in caught and not raises_on):
            yield node


def suppressed(node: ast.AST) -> set[str]:
    """What a call of `suppress` names."""
    return {name for each in node.args for name in spoken(each)} if isinstance(node, ast.Call) else set()


def printing(module: Parsed) -> Iterator[ast.AST]:
    """`print(` outside the command line."""
    if not module.name.startswith("fieldapp/cli/"):
        yield from (
            node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and called_name(node) == "print"
        )


def reading_markup(module: Parsed) -> Iterator[ast.AST]:
    """Widgets and calls that would take a narrator's words for markup, outside `ui/plain.py`, which tames them."""
    if module.name == PLAIN:
        return
    for node in ast.walk(module.tree):
        named = node.bases if isinstance(node, ast.ClassDef) else [node.func] if isinstance(node, ast.Call) else []
        reads = any(MARKUP_READERS & set(spoken(part)) for part in named) or called_name(node) in MARKUP_CALLS
        if reads or (isinstance(node, ast.Call) and is_untamed_tip(node)):
            yield node


def is_untamed_tip(node: ast.Call) -> bool:
    """A tool tip whose text is neither written here nor a translation of ours."""
    if called_name(node) not in TIP_CALLS:
        return False
    text = node.args[-1] if node.args else None
    return not (isinstance(text, ast.Constant) or called_name(text or node) in TRANSLATORS)


def hiding_imports(module: Parsed) -> Iterator[ast.AST]:
    """Imports that the contracts cannot see: for the type checker only, or by a string."""
    for node in ast.walk(module.tree):
        by_string = called_name(node) in ("__import__", "import_module")
        if by_string or (isinstance(node, ast.If) and "TYPE_CHECKING" in set(spoken(node.test))):
            yield node


def forbidden_qt(module: Parsed) -> Iterator[ast.AST]:
    """Parts of Qt that open sockets or start threads beside `jobs.py`; modules that are not on the list."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6"):
            part = (node.module or "").partition(".")[2]
            parts = {part} if part else {alias.name for alias in node.names}
            names = {alias.name for alias in node.names}
            if not parts <= QT_PARTS or (names & QT_THREADS and module.name != "fieldapp/jobs.py"):
                yield node
        elif isinstance(node, ast.Import):
            parts = {alias.name.partition(".")[2] for alias in node.names if alias.name.startswith("PySide6")}
            if not parts <= QT_PARTS:
                yield node


def waiting(module: Parsed) -> Iterator[ast.AST]:
    """`sleep` and `processEvents`: who waits, waits for a signal."""
    yield from (node for node in ast.walk(module.tree) if called_name(node) in ("sleep", "processEvents", "msleep"))


LAWS: list[tuple[Law, list[str]]] = [
    (
        catching_everything,
        [
            "try: f()\nexcept Exception: pass",
            "with suppress(OSError, Exception): f()",
            "try: f()\nexcept: pass",
            "try: f()\nexcept (OSError, Exception) as e: raise",
            "try: f()\nexcept BaseException: g()",
        ],
    ),
    (printing, ["print(1)", "def f():\n    print('x', file=y)"]),
    (
        reading_markup,
        [
            "QLabel(name)",
            "QtWidgets.QLabel(name)",
            "class A(QLabel): ...",
            "QMessageBox.warning(w, 'a', 'b')",
            "document.setHtml(text)",
            "button.setToolTip(person.name)",
            "QInputDialog.getText(w, a, b)",
        ],
    ),
    (
        hiding_imports,
        [
            "if TYPE_CHECKING:\n    import a",
            "if typing.TYPE_CHECKING:\n    import a",
            "importlib.import_module('fieldapp.ui')",
        ],
    ),
    (
        forbidden_qt,
        [
            "from PySide6.QtNetwork import QTcpSocket",
            "from PySide6 import QtNetwork",
            "import PySide6.QtDBus",
            "from PySide6.QtCore import QThread",
            "from PySide6 import QtCore, QtQml",
        ],
    ),
    (waiting, ["time.sleep(1)", "app.processEvents()"]),
]

ALLOWED: list[tuple[Law, str]] = [
    (catching_everything, "try: f()\nexcept BaseException:\n    g()\n    raise"),
    (catching_everything, "try: f()\nexcept (OSError, ValueError): pass"),
    (
        reading_markup,
        "button.setToolTip(_('Lock'))\nlabel.setToolTip('x')\nplain.label(name)\nlabel: QLabel = plain.label('x')",
    ),
    (forbidden_qt, "from PySide6.QtCore import QObject\nfrom PySide6 import QtWidgets"),
    (hiding_imports, "import importlib.resources\nif checking: import a"),
]


class Snippet:
    """A line or two in a file of the program."""

    def __init__(self, text: str) -> None:
        self.name = "fieldapp/ui/snippet.py"
        self.tree = ast.parse(text)


@pytest.mark.parametrize("law", [law for law, _ in LAWS], ids=lambda law: law.__name__)
def test_the_program_keeps_the_law(law: Law, program: list[Parsed]) -> None:
    broken = [f"{module.name}:{getattr(node, 'lineno', 0)}" for module in program for node in law(module)]

    assert broken == []


@pytest.mark.parametrize(("law", "text"), [(law, text) for law, texts in LAWS for text in texts])
def test_a_law_catches_what_it_forbids(law: Law, text: str) -> None:
    assert list(law(Snippet(text)))


@pytest.mark.parametrize(("law", "text"), ALLOWED)
def test_a_law_leaves_alone_what_it_allows(law: Law, text: str) -> None:
    assert not list(law(Snippet(text)))


def test_tests_wait_for_signals_and_never_for_time(root: Path) -> None:
    broken = []
    for path in sorted((root / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            timed = called_name(node) == "wait" and isinstance(node, ast.Call) and "qtbot" in set(spoken(node.func))
            if timed or called_name(node) == "sleep":
                broken.append(f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}")

    assert broken == []


def test_every_package_says_what_it_is(program: list[Parsed]) -> None:
    silent = [
        module.name for module in program if module.name.endswith("__init__.py") and not ast.get_docstring(module.tree)
    ]

    assert silent == []
