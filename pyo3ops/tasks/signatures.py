"""Tell what each argument of a project's own functions takes and costs, and what would do for less."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.conversions import advice, rows
from pyo3ops.conversions import signatures as reader
from pyo3ops.conversions.survey import recorded
from pyo3ops.core import discover, toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.files import is_file
from pyo3ops.core.model import Column, Fact, Finding, Host, Location, Report, Status, Table
from pyo3ops.tasks.probes import Workshop
from pyo3ops.tools import crates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyo3ops.conversions.advice import Told
    from pyo3ops.conversions.signatures import Signatures
    from pyo3ops.conversions.survey import Asked
    from pyo3ops.core.project import Project


@dataclass(frozen=True)
class Request:
    """How to read a crate; `output` is where the program that reads is kept, the user's cache without one."""

    env: Mapping[str, str]
    output: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Read the signatures of a project's crates and say what is recorded of each argument's conversion.

    Raises `ConfigError` where the project has no extension crate, `Pyo3opsError` where its sources cannot be read.
    """
    started = time.monotonic()
    project = discover.read_project(root, request.env)
    roots = tuple(_roots(project, request.env))
    if not roots:
        raise ConfigError(f"no library crate in {root}", cause="there is neither src/lib.rs nor a [lib] path")
    workshop = Workshop.at(request.output, request.env, request.progress)
    request.progress("reading signatures")
    signatures = reader.read(roots, workshop.folder, request.env)
    asked = _asked(project)
    everything = tuple(advice.told(signatures, rows.load(), asked))
    counts = advice.found(everything)
    return Report(
        task="types",
        project=project.name or root.name,
        host=Host.here(),
        facts=(
            Fact("functions", str(len(signatures.functions))),
            Fact("arguments", f"{counts['arguments']}, {counts['known']} of a type that is known"),
            Fact("costs", f"recorded, {asked.combination}"),
        ),
        findings=(*_findings(signatures, root), _cheaper(counts["cheaper"])),
        tables=tuple(_tables(everything, root)),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _roots(project: Project, env: Mapping[str, str]) -> Iterator[Path]:
    """The root files of the crates that lie with the project; those that know nothing of PyO3 tell nothing."""
    for package in crates.packages(project, env):
        if package.own:
            manifest = toml.load(package.folder / "Cargo.toml")
            library = manifest.get("lib", {}).get("path", "src/lib.rs")
            if is_file(package.folder / library):
                yield package.folder / library


def _asked(project: Project) -> Asked:
    """The newest Python that was recorded, with the project's own PyO3 where that was."""
    known = recorded().asked
    own = {extension.pyo3.release for extension in project.extensions}
    return max(known, key=lambda each: (each.combination.pyo3 in own, each.combination.version, bool(each.call)))


def _findings(signatures: Signatures, root: Path) -> Iterator[Finding]:
    title = "every function could be read"
    places = [f"{_shown(file, root)}:{line}: {why}" for file, line, why in signatures.hidden]
    if places:
        text = f"{len(places)} places hide functions of Python's: macros are not expanded"
        yield Finding("types.signatures", title, Status.WARN, text, tuple(places))
    else:
        yield Finding("types.signatures", title, Status.OK, f"{len(signatures.functions)} functions")


def _cheaper(number: int) -> Finding:
    said = f"{number} arguments could be borrowed: see the table" if number else "what is only read is borrowed"
    return Finding("types.cheaper", "arguments that are only read are looked for", Status.OK, said)


def _tables(everything: Sequence[Told], root: Path) -> Iterator[Table]:
    columns = (Column("argument"), Column("Rust"), Column("takes"), Column("in", "ns"), Column("an element", "ns"))
    lines = tuple(
        (
            _argument(each),
            each.argument.type,
            f"{each.takes or 'a conversion of its own'}{f', or {each.refuses}' if each.refuses else ''}",
            None if each.taken is None else round(each.taken),
            None if each.element is None else round(each.element, 2),
        )
        for each in everything
    )
    yield Table("What Python hands over", columns, lines, "or: how other arguments are refused.")
    cheaper = tuple(
        (
            _argument(each),
            str(Location(_shown(each.function.file, root), each.argument.line)),
            each.argument.type,
            each.instead,
            each.why,
        )
        for each in everything
        if each.instead
    )
    if cheaper:
        heads = ("argument", "where", "Rust", "would do", "then")
        note = "The body of each only looks at the argument, as far as it can be read."
        yield Table("What would be cheaper", tuple(map(Column, heads)), cheaper, note)


def _argument(each: Told) -> str:
    return f"{each.function.label}({each.argument.name})"


def _shown(file: str, root: Path) -> str:
    path = Path(file)
    real = root.resolve()
    return str(path.relative_to(real)) if real in path.parents else file
