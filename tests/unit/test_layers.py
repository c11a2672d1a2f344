"""The architecture, held: who may import whom, and who may touch the outside."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pyo3ops"
FILES = sorted(PACKAGE.rglob("*.py"))

#: Downwards only: what the modules of each package may import of pyo3ops, beside their own package.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "__main__": frozenset({"cli"}),
    "cli": frozenset({"", "verbs", "tasks", "render", "core"}),
    "verbs": frozenset({"tasks", "render", "core"}),
    # A front end as the command line is one: what it is asked by is a process that crashes.
    "watcher": frozenset({"tasks", "render", "debug", "stacks", "core"}),
    "sessions": frozenset({"", "tools", "core"}),
    "data": frozenset({"sessions"}),
    "tasks": frozenset(
        {
            "checks",
            "conversions",
            "debug",
            "diagnosis",
            "fixes",
            "memory",
            "profiling",
            "release",
            "stacks",
            "wheels",
            "tools",
            "core",
        }
    ),
    "fixes": frozenset({"tools", "core"}),
    "checks": frozenset({"tools", "core"}),
    "diagnosis": frozenset({"core"}),
    "conversions": frozenset({"tools", "core"}),
    "release": frozenset({"wheels", "tools", "core"}),
    "wheels": frozenset({"tools", "core"}),
    "memory": frozenset({"stacks", "tools", "core"}),
    "profiling": frozenset({"stacks", "tools", "core"}),
    "debug": frozenset({"stacks", "tools", "core"}),
    "stacks": frozenset({"tools", "core"}),
    "render": frozenset({"core"}),
    "tools": frozenset({"core"}),
    "core": frozenset({""}),
    "": frozenset(),
}

#: Runs in the process of a project's tests, and ends that.
UNDER_VALGRIND = "data/under_valgrind/pyo3ops_valgrind.py"

#: Runs in the interpreter that is asked about conversions, on the expressions of rows.toml.
PROBE = "conversions/probe/ask.py"

#: Run in a debugger's own Python, where there is no pyo3ops.
INSIDE = "stacks/inside/"

#: Runs gdb's reading of values in a process of its own, because gdb may end with it.
GUARD = "stacks/inside/guard.py"

#: Run in the interpreter that is watched or debugged: what starts there reads its environment, and conditions of
#: breakpoints are expressions of the user's own program.
STARTS_INSIDE = {"debug/installed.py", "debug/inside/sitecustomize.py"}
BREAKPOINTS = "debug/inside/pyo3ops_breakpoints.py"

#: What writes to the streams.
CLI = {f"cli/{name}.py" for name in ("output", "parser", "running", "streams")}

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())


class Import(NamedTuple):
    """One import, however it is written: the module, and the package of pyo3ops that it is in."""

    module: str
    package: str | None


def name_of(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def package_of(module: str) -> str | None:
    """The part of pyo3ops that a module belongs to; "" for the package itself, None for any other."""
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] if first == "pyo3ops" else None


def imports_of(source: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            # A name of the package itself may be a module of it: `from pyo3ops import render`.
            inside = [f"{module}.{alias.name}" for alias in node.names] if module == "pyo3ops" else [module]
            modules = [each if _is_module(each) else "pyo3ops" if module == "pyo3ops" else each for each in inside]
        else:
            continue
        yield from (Import(each, package_of(each)) for each in modules)


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_imports_are_seen_however_they_are_written() -> None:
    lines = [
        "import os.path, pyo3ops.core.run",
        "from pyo3ops import __version__, render",
        "def f():",
        "    from pyo3ops.tools import cc",
    ]
    assert list(imports_of("\n".join(lines))) == [
        Import("os.path", None),
        Import("pyo3ops.core.run", "core"),
        Import("pyo3ops", ""),
        Import("pyo3ops.render", "render"),
        Import("pyo3ops.tools", "tools"),
    ]


def test_every_part_of_the_package_is_in_the_table() -> None:
    parts = {name_of(file).partition("/")[0].replace("__init__.py", "").replace(".py", "") for file in FILES}
    assert parts == set(MAY_IMPORT)


def test_the_table_goes_downwards_only() -> None:
    left = dict(MAY_IMPORT)
    while left:
        lowest = [name for name, below in left.items() if not below & set(left)]
        assert lowest, f"a circle: {sorted(left)}"
        for name in lowest:
            del left[name]


@each_file
def test_imports_go_downwards_only(file: Path) -> None:
    part = name_of(file).partition("/")[0].replace("__init__.py", "").replace(".py", "")
    found = list(imports_of(file.read_text(encoding="utf-8")))
    relative = [each.module for each in found if each.module.startswith(".")]
    assert relative == [] or name_of(file).startswith(INSIDE)
    packages = {each.package for each in found if each.package is not None}
    assert packages - MAY_IMPORT[part] - {part} == set()


@pytest.fixture(scope="module")
def used() -> dict[str, frozenset[str]]:
    """The dotted names of each file, as written or imported: all are parsed once, which takes seconds."""
    return {name_of(file): frozenset(_names(ast.parse(file.read_text(encoding="utf-8")))) for file in FILES}


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield f"{node.func.id}()"


@pytest.mark.parametrize(
    ("names", "files"),
    [
        ({"subprocess", "subprocess.Popen", "subprocess.run"}, {"core/run.py"}),
        ({"os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv", "pty", "multiprocessing"}, set()),
        ({"os.fork"}, {GUARD}),
        ({"print()"}, {"cli/streams.py"}),
        ({"sys.stdout", "sys.stderr"}, {*CLI, UNDER_VALGRIND}),
        ({"sys.exit", "os._exit", "exit()", "quit()"}, {"cli/__init__.py", "cli/signals.py", UNDER_VALGRIND, GUARD}),
        (
            {"os.environ", "os.getenv", "os.putenv", "os.environb"},
            {"cli/__init__.py", "sessions.py", "watcher.py", "data/noxfile.py", *STARTS_INSIDE},
        ),
        ({"eval()", "exec()", "compile()", "pickle", "pickle.loads", "marshal"}, {PROBE, BREAKPOINTS}),
        ({"socket", "urllib.request", "http.client", "ssl"}, {"tools/web.py"}),
    ],
    ids=lambda value: min(value, default="nobody"),
)
def test_one_door_each(used: dict[str, frozenset[str]], names: set[str], files: set[str]) -> None:
    assert {file for file, found in used.items() if names & found} == files


def test_rich_is_imported_where_something_is_shown() -> None:
    # Far fewer files spell the word than have to be parsed.
    texts = {name_of(file): file.read_text(encoding="utf-8") for file in FILES}
    modules = {name: [each.module for each in imports_of(text)] for name, text in texts.items() if "rich" in text}
    users = {name for name, found in modules.items() if any(each.split(".")[0] == "rich" for each in found)}
    assert users == {"cli/streams.py", *(f"render/console{part}.py" for part in ("", "_tables", "_traces"))}


def public(tree: ast.Module) -> Iterator[tuple[str, str | None]]:
    """Name and docstring of each public function and class, and of the public members of those classes."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node)
            for member in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", ast.get_docstring(member)


@each_file
def test_what_is_public_is_documented(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert [name for name, docstring in public(tree) if not docstring] == []


def test_what_is_not_documented_would_be_seen() -> None:
    source = 'class A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\ndef _d(): ...\ndef e(): "E."\n'
    assert list(public(ast.parse(source))) == [("A", "A."), ("A.b", None), ("e", "E.")]
