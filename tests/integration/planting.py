"""Faults that are planted into a copy of a project: a function in its module, and a test that calls it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Fault(NamedTuple):
    """One function that does something wrong; `body` is its Rust, `ending` that of the finding's id."""

    name: str
    body: str
    ending: str


LEAKED_BOX = Fault(
    "planted_box",
    "std::hint::black_box(Box::leak(vec![1u8; 1000].into_boxed_slice()));",
    "leak",
)
LEAKED_OBJECT = Fault(
    "planted_object",
    """pyo3::Python::attach(|py| {
            std::hint::black_box(pyo3::types::PyString::new(py, "nobody gives this back").into_ptr());
        });""",
    "leak",
)
INVALID_READ = Fault(
    "planted_read",
    """let freed = {
            let block = vec![3u8; 16];
            std::hint::black_box(&block).as_ptr()
        };
        std::hint::black_box(unsafe { std::ptr::read_volatile(freed.add(2)) });""",
    "invalid-read",
)
CYCLE = Fault(
    "planted_cycle",
    """struct Node(#[allow(dead_code)] Vec<u8>, std::cell::RefCell<Option<std::rc::Rc<Node>>>);
        let node = std::rc::Rc::new(Node(vec![1; 100], Default::default()));
        *node.1.borrow_mut() = Some(node.clone());""",
    "leak",
)

_MODULE = re.compile(
    r"^[ \t]*#\[(?:pyo3::)?pymodule\b[^\n]*\n(?:[ \t]*(?:#\[|//)[^\n]*\n)*[ \t]*(?:pub )?mod \w+ \{\n", re.MULTILINE
)
_FUNCTION = re.compile(
    r"^[ \t]*#\[(?:pyo3::)?pymodule\b[^\n]*\n(?:[ \t]*(?:#\[|//)[^\n]*\n)*[ \t]*(?:pub )?fn \w+[^{;]*?"
    r"(?P<module>\w+): &Bound<'?\w*,? ?PyModule>[^{;]*\{\n",
    re.MULTILINE,
)


def copy(folder: Path, to: Path) -> Path:
    """A copy of a project as new files: cargo takes older ones for those that it compiled under this name before."""
    ignored = shutil.ignore_patterns("target", "__pycache__", ".pyo3ops", ".venv")
    return Path(shutil.copytree(folder, to, ignore=ignored, copy_function=shutil.copyfile))


def plant(project: Path, module: str, *faults: Fault) -> None:
    """Add functions to the extension module named `module` and a test that calls each three times."""
    source, text, found = _pymodule(project / "src")
    functions = "\n".join(_function(fault) for fault in faults)
    if found.re is _FUNCTION:
        lines = (
            f"    {found['module']}.add_function(pyo3::wrap_pyfunction!({fault.name}, {found['module']})?)?;"
            for fault in faults
        )
        functions = "\n".join([functions, *lines, ""])
    source.write_text(text[: found.end()] + functions + text[found.end() :], encoding="utf-8")
    calls = "".join(f"        module.{fault.name}()\n" for fault in faults)
    test = f"import importlib\n\n\ndef test_planted():\n    module = importlib.import_module({module!r})\n"
    (project / "tests").mkdir(exist_ok=True)
    (project / "tests/test_planted.py").write_text(f"{test}    for _ in range(3):\n{calls}", encoding="utf-8")


def _pymodule(sources: Path) -> tuple[Path, str, re.Match[str]]:
    for source in [sources / "lib.rs", *sorted(sources.rglob("*.rs"))]:
        text = source.read_text(encoding="utf-8")
        found = _MODULE.search(text) or _FUNCTION.search(text)
        if found:
            return source, text, found
    raise AssertionError(f"no #[pymodule] in {sources}")


def _function(fault: Fault) -> str:
    return f"    #[pyo3::pyfunction]\n    fn {fault.name}() {{\n        {fault.body}\n    }}\n"
