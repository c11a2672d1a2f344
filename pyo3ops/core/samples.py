"""The examples that pyo3ops ships, as what a project can be started from."""

from __future__ import annotations

import keyword
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, NamedTuple

from pyo3ops.core import toml
from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import is_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: What a wheel has inside, and a checkout beside the package.
_PLACES = (Path(__file__).parents[1] / "data" / "examples", Path(__file__).parents[2] / "examples")
#: What builds, tests and editors leave in a checkout.
_LITTER = {"target", "build", "dist", "__pycache__"}
_KEPT_DOTS = {".github", ".gitignore", ".cargo"}

#: Strict and reserved keywords that are no Python keywords as well: https://doc.rust-lang.org/reference/keywords.html
_RUST_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "abstract become box const crate do dyn enum extern final fn gen impl let loop macro match mod move mut "
        "override priv pub ref self static struct super trait type typeof unsafe unsized use virtual where",
    )
)
#: Crates and modules that every one of them links with or imports.
_TAKEN = frozenset({"core", "std", "alloc", "test", "tests", "proc_macro", "build"})
#: What only makes sense where the example stands: marks for REFERENCE.md and the generator of tables, how to copy it.
_MARKS = re.compile(
    r"^[^\n]*(?:\bANCHOR(?:_END)?: \w+|<!-- /?generated(?:: [^>]*)?-->|# --- the same in every example ---"
    r"|\$ cp -r examples/)[^\n]*\n",
    re.MULTILINE,
)


class Names(NamedTuple):
    """One name in the spellings that Rust, Python and package indexes want."""

    snake: str

    @property
    def dashed(self) -> str:
        """As in the name of a package."""
        return self.snake.replace("_", "-")

    @property
    def camel(self) -> str:
        """As in the name of a type."""
        return "".join(part.capitalize() for part in self.snake.split("_"))


def samples() -> dict[str, Path]:
    """The folders of the examples by name; raises `UsageError` where this installation has none."""
    for place in _PLACES:
        found = {file.parent.name: file.parent for file in sorted(place.glob("*/pyproject.toml"))}
        if found:
            return found
    raise UsageError(
        "this pyo3ops has no examples with it",
        cause="it was installed from something that is neither a wheel nor a checkout",
        command="pip install --force-reinstall pyo3ops",
    )


def idea(folder: Path) -> str:
    """What an example shows, in a sentence."""
    return str(toml.load(folder / "pyproject.toml")["project"]["description"])


def names_of(text: str) -> Names:
    """The spellings of a new project's name.

    Raises `UsageError` for a name that Python, Rust or a package index would not take (PEP 508, identifiers of both).
    """
    snake = text.replace("-", "_").lower()
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", snake):
        cause = "ASCII letters, digits and single dashes or underscores between them, a letter first"
    elif keyword.iskeyword(snake) or snake in _RUST_KEYWORDS:
        cause = "it is a keyword of Python or of Rust"
    elif snake in _TAKEN or snake in _standard_library():
        cause = "it is a name of the standard library, or of a folder that the project has"
    else:
        return Names(snake)
    raise UsageError(f"a project cannot be called {text!r}", cause=cause, command="pyo3ops new my_module")


def _standard_library() -> Collection[str]:
    """The top-level modules of this Python."""
    known: Collection[str] | None = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return known
    # Before 3.10 no list is kept.
    folder = Path(os.__file__).parent
    files = (*folder.glob("*"), *folder.glob("lib-dynload/*"))
    return {*sys.builtin_module_names, *(file.name.partition(".")[0] for file in files)}


def renamed(folder: Path, new: Names) -> Iterator[tuple[Path, bytes]]:
    """Every file of an example under its new name: relative path and content.

    Raises `UsageError` where the name is one of a crate or a package that the example builds, tests or compares with.
    """
    old = Names(folder.name)
    if re.search(rf'^name = "({new.snake}|{new.dashed})"$', _text(folder / "Cargo.lock"), re.MULTILINE):
        raise UsageError(f"{new.snake} is a crate that {old.snake} builds with", command="pyo3ops new my_module")
    if new.snake in _packages(folder) - {old.snake}:
        raise UsageError(f"{new.snake} is a package that {old.snake} works with", command="pyo3ops new my_module")
    for path in _files(folder):
        relative = Path(_replaced(path.relative_to(folder).as_posix(), old, new))
        yield relative, _content(path, old, new)


def _packages(folder: Path) -> set[str]:
    """What the example's pyproject.toml requires and its Python files import, as names of modules."""
    pyproject = toml.load(folder / "pyproject.toml") if is_file(folder / "pyproject.toml") else {}
    project = pyproject.get("project", {})
    required = [
        *pyproject.get("build-system", {}).get("requires", ()),
        *project.get("dependencies", ()),
        *(row for rows in project.get("optional-dependencies", {}).values() for row in rows),
        *(row for rows in pyproject.get("dependency-groups", {}).values() for row in rows if isinstance(row, str)),
    ]
    names = {re.split(r"[^\w.-]", row.strip(), maxsplit=1)[0].lower().replace("-", "_") for row in required}
    for file in _files(folder):
        if file.suffix in {".py", ".pyi"}:
            names.update(re.findall(r"^\s*(?:import|from)\s+([A-Za-z]\w*)", _text(file), re.MULTILINE))
    return names


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _LITTER or (path.name.startswith(".") and path.name not in _KEPT_DOTS):
            continue
        if path.is_dir():
            yield from _files(path)
        elif is_file(path) and path.suffix not in {".so", ".pyd"}:
            yield path


def _content(path: Path, old: Names, new: Names) -> bytes:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    text = _MARKS.sub("", _replaced(text, old, new))
    return (_sorted_lock(text) if path.name == "Cargo.lock" else text).encode("utf-8")


def _replaced(text: str, old: Names, new: Names) -> str:
    """The text with the name replaced in each spelling, as a word of its own or as part of an identifier."""
    spellings = {
        f"{old.dashed}-pyo3ops": new.dashed,
        f"{old.snake}_pyo3ops": new.snake,
        old.snake: new.snake,
        # A name of one word stands for the module, wherever it stands.
        **({old.dashed: new.dashed} if old.dashed != old.snake else {}),
        old.camel: new.camel,
        old.snake.upper(): new.snake.upper(),
    }
    pattern = "|".join(re.escape(each) for each in sorted(spellings, key=len, reverse=True))
    # A pickle of protocol 0 names a module behind the opcode c: `cversioning\nSummary`.
    begin = r"(?:(?<![A-Za-z])|(?<=^c))"
    return re.sub(rf"{begin}(?:{pattern})(?![a-z])", lambda match: spellings[match[0]], text, flags=re.MULTILINE)


def _sorted_lock(text: str) -> str:
    """Cargo.lock with its packages in order: cargo takes one that it would write otherwise for stale."""
    head, *packages = text.split("\n[[package]]\n")
    return "\n[[package]]\n".join([head, *sorted((each.rstrip("\n") + "\n" for each in packages), key=_lock_order)])


def _lock_order(package: str) -> list[tuple[str, ...]]:
    lines: Iterable[str] = package.splitlines()
    return [tuple(line.partition(" = ")[2] for line in lines if line.startswith(("name = ", "version = ")))]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if is_file(path) else ""
