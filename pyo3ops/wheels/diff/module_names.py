"""What one Python file offers to those who import it: read as a syntax tree, never run.

What is public is what the typing specification ("Library interface") calls so: no leading underscore, `__all__` where
there is one, and of imports those that a stub repeats (`as`), or that the __init__.py of a package gathers.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Iterable, Iterator

if TYPE_CHECKING:
    from pyo3ops.wheels.archive import Member

#: Bytes of a file that is parsed; the longest stub of a known package has a tenth.
LIMIT = 8 * 2**20


@dataclass
class Module:
    """One file, as far as it tells by itself; `members` of classes."""

    stub: bool
    package: bool
    names: set[str] = field(default_factory=set)
    members: dict[str, set[str]] = field(default_factory=dict)
    #: Modules whose names it takes over.
    stars: set[str] = field(default_factory=set)
    #: `__all__`, as far as it is written out.
    listed: set[str] | None = None


def read(name: str, member: Member) -> Module | None:
    """Read a file of the module that is called `name`; None for what is no Python."""
    if member.size > LIMIT:
        return None
    try:
        with warnings.catch_warnings():
            # Of escapes that a later Python will refuse, say.
            warnings.simplefilter("ignore")
            tree = ast.parse(member.read())
    # ValueError: a null byte; RecursionError and MemoryError: nested beyond all use.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    package = member.base.startswith("__init__.")
    module = Module(member.name.endswith(".pyi"), package)
    for node in _statements(tree.body, stub=module.stub):
        _take(node, name, module)
    return module


def _statements(body: Iterable[ast.stmt], *, stub: bool) -> Iterator[ast.stmt]:
    """Statements of a body, those below conditions too; in a source, not those for type checkers alone."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            checking = "TYPE_CHECKING" in ast.dump(node.test)
            yield from _statements([] if checking and not stub else node.body, stub=stub)
            yield from _statements(node.orelse, stub=stub)
        elif isinstance(node, ast.Try):
            handlers = [each for handler in node.handlers for each in handler.body]
            yield from _statements([*node.body, *handlers, *node.orelse, *node.finalbody], stub=stub)
        elif isinstance(node, ast.With):
            yield from _statements(node.body, stub=stub)


_Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _take(node: ast.stmt, name: str, module: Module) -> None:
    if isinstance(node, _Definition):
        module.names.add(node.name)
    if isinstance(node, ast.ClassDef):
        inside = _statements(node.body, stub=module.stub)
        module.members[node.name] = {each for row in inside for each in _defined(row) if not each.startswith("_")}
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        _take_import(node, name, module)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Attribute) and _is_all(call.func.value) and call.args:
            _list(call.args[0], name, module)
    else:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and any(map(_is_all, _targets(node))):
            _list(node.value, name, module)
        module.names.update(_defined(node))


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, _Definition):
        yield node.name
    for target in _targets(node):
        yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return [each for each in node.targets if isinstance(each, (ast.Name, ast.Tuple, ast.List))]
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)) or type(node).__name__ == "TypeAlias":
        target = getattr(node, "target", None) or getattr(node, "name", None)
        return [target] if isinstance(target, ast.Name) else []
    return []


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def _list(value: ast.expr | None, name: str, module: Module) -> None:
    """Add to `__all__`: names that are written out, and those of a module whose `__all__` is named."""
    module.listed = module.listed or set()
    for each in ast.walk(value) if value is not None else ():
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            module.listed.add(each.value)
        elif isinstance(each, ast.Attribute) and each.attr == "__all__":
            package = name if module.package else name.rpartition(".")[0]
            module.stars |= {f"{package}.{each.value.id}"} if isinstance(each.value, ast.Name) else set()


def _take_import(node: ast.Import | ast.ImportFrom, name: str, module: Module) -> None:
    source = _source(node, name, module) if isinstance(node, ast.ImportFrom) else None
    own = source is not None and source.partition(".")[0] == name.partition(".")[0]
    for alias in node.names:
        if alias.name == "*":
            if source is not None and own:
                module.stars.add(source)
        elif alias.asname == alias.name if module.stub else (module.package and own):
            module.names.add(alias.asname or alias.name)


def _source(node: ast.ImportFrom, name: str, module: Module) -> str:
    """The module that a `from` is about, absolute."""
    if not node.level:
        return node.module or ""
    parts = name.split(".") if module.package else name.split(".")[:-1]
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *(node.module.split(".") if node.module else [])])
