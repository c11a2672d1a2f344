"""The probe as a crate: its sources, made from the rows for one release line of PyO3."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core import pyo3
from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyo3ops.conversions.rows import Row, Rows
    from pyo3ops.core.pythons import PythonVersion

#: Where what does not change lies: the allocator, the manifest's other lines, one lock file a release line.
PROBE = Path(__file__).parent / "probe"
#: The release lines of PyO3 that there is a lock file for, oldest first.
LINES = tuple(sorted(re.sub(r"^Cargo-|\.lock$", "", file.name) for file in PROBE.glob("Cargo-*.lock")))
MODULE = "pyo3ops_probe"


def files(every: Rows, python: PythonVersion, line: str) -> dict[str, bytes]:
    """The files of the probe by their path in the crate, with the rows that PyO3 has for that Python.

    Raises `UsageError` for a release line that there is no lock file for.
    """
    check(line)
    return {
        "Cargo.toml": _manifest(every.rows, line).encode(),
        "Cargo.lock": (PROBE / f"Cargo-{line}.lock").read_bytes(),
        "pyproject.toml": (PROBE / "pyproject.toml").read_bytes(),
        "src/lib.rs": (PROBE / "src" / "lib.rs").read_bytes(),
        "src/rows.rs": source(every.on(python).rows).encode(),
    }


def check(line: str) -> None:
    """Raise `UsageError` for a release line that there is no lock file for."""
    if line not in LINES:
        raise UsageError(
            f"the probe is not made for PyO3 {line}",
            cause=f"it is for {' and '.join(LINES)}",
            command=f"pyo3ops types --pyo3 {LINES[-1]}",
        )


def digest(files: Mapping[str, bytes], *others: str) -> str:
    """One hash of the files and of whatever else decides what is built from them."""
    found = hashlib.sha256()
    for part in (*(each for name in sorted(files) for each in (name.encode(), files[name])), *map(str.encode, others)):
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the crate; a file that is as it should be keeps its time, by which cargo goes. Raises `OSError`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            write_whole(path, content)


def _manifest(rows: Sequence[Row], line: str) -> str:
    release = pyo3.release_of(line)
    if release is None:
        raise UsageError(f"nothing is known of PyO3 {line}")
    features = sorted({feature for row in rows for feature in row.features})
    text = (PROBE / "Cargo.toml.in").read_text(encoding="utf-8")
    text = text.replace("@pyo3@", line).replace("@rust-version@", release.rust_version)
    return text.replace("@features@", "\n".join(f'    "{feature}",' for feature in features))


def source(rows: Sequence[Row]) -> str:
    """rows.rs: the functions of every row and their registration."""
    items = "\n".join(row.items.strip("\n") + "\n" for row in rows if row.items)
    functions = "\n".join(part for row in rows for part in _functions(row))
    adds = "".join(
        f"    module.add_function(wrap_pyfunction!({name}, module)?)?;\n" for row in rows for name in names(row)
    )
    classes = "".join(
        f"    module.add_class::<{name}>()?;\n"
        for row in rows
        for name in re.findall(r"#\[pyo3::pyclass[^#]*?(?:#\[[^\]]*\]\s*)*pub (?:struct|enum) (\w+)", row.items)
    )
    return _SOURCE.format(items=items, functions=functions, adds=adds, classes=classes)


def names(row: Row) -> Iterator[str]:
    """The functions of a row: it is taken, given back, and located where it has an address."""
    yield f"take_{row.slug}"
    yield f"back_{row.slug}"
    if row.address:
        yield f"at_{row.slug}"


def _functions(row: Row) -> Iterator[str]:
    bare = row.argument.replace("'py", "'_")
    yield f"#[pyfunction]\nfn take_{row.slug}(x: {bare}) {{\n    std::hint::black_box(&x);\n}}\n"
    if row.py:
        yield (
            f"#[pyfunction]\nfn back_{row.slug}<'py>(py: Python<'py>, x: {row.argument}) -> {row.returns} {{\n"
            f"    let _ = py;\n    {row.body}\n}}\n"
        )
    else:
        yield f"#[pyfunction]\nfn back_{row.slug}(x: {row.argument}) -> {row.returns} {{\n    {row.body}\n}}\n"
    if row.address:
        yield f"#[pyfunction]\nfn at_{row.slug}(x: {bare}) -> usize {{\n    ({row.address}).cast::<()>() as usize\n}}\n"


_SOURCE = """\
// Made from rows.toml. Arguments by value are what is asked about.
#![allow(clippy::all, clippy::pedantic, unused_mut)]

use pyo3::prelude::*;

{items}
{functions}
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {{
{adds}{classes}    Ok(())
}}
"""
