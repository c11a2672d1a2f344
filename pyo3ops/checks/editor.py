"""Editors, where the project has settings for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, ok, skip, warn
from pyo3ops.core.model import Fix, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.checks.facts.editors import RustAnalyzer, VsCode

_NO_FOLDER = "there is no .vscode here"
_RUST = ("rust-lang.rust-analyzer",)
_PYTHON = ("ms-python.python", "ms-python.vscode-pylance", "detachhead.basedpyright", "ms-pyright.pyright")
_LLDB = ("vadimcn.vscode-lldb",)
#: Kinds of launch configuration with the extensions that know them.
_DEBUGGERS = {"lldb": _LLDB, "debugpy": ("ms-python.debugpy", "ms-python.python")}


@check(
    "editor.rust-analyzer",
    "rust-analyzer, where editor settings ask for it",
    link="https://rust-analyzer.github.io/book/installation.html",
)
def rust_analyzer(rust_analyzer: RustAnalyzer) -> Verdict:
    """Every editor speaks to the same language server; rustup leaves a program of its name that only complains."""
    if rust_analyzer.asked is None:
        fix = Fix("install it", ("rustup", "component", "add", "rust-analyzer"), safe=True)
        return skip("no editor settings here ask for it", fix)
    if rust_analyzer.error is None:
        return ok(str(rust_analyzer.found))
    if rust_analyzer.error.startswith("rust-analyzer.server.path"):
        return warn(rust_analyzer.error, Fix("mend the path, or drop the setting"), where=Location(rust_analyzer.asked))
    fix = Fix("install it", ("rustup", "component", "add", "rust-analyzer"), safe=True)
    return warn(f"{rust_analyzer.asked} asks for it: {rust_analyzer.error}", fix, where=Location(rust_analyzer.asked))


@check(
    "editor.vscode-extensions",
    "VS Code recommends what this project needs",
    link="https://code.visualstudio.com/docs/configure/extensions/extension-marketplace#_workspace-recommended-extensions",
)
def vscode_extensions(vscode: VsCode | None) -> Verdict:
    """Who opens the folder is offered what extensions.json names: Rust, Python, and a debugger for both."""
    if vscode is None:
        return skip(_NO_FOLDER)
    unreadable = _unreadable(vscode, "extensions.json")
    if unreadable:
        return unreadable
    if vscode.recommendations is None:
        return skip("there is no .vscode/extensions.json")
    where = Location(".vscode/extensions.json")
    if not {*_RUST, *_PYTHON, *_LLDB}.intersection(vscode.recommendations):
        fix = Fix(f"add {_RUST[0]}, {_PYTHON[0]} and {_LLDB[0]} to its recommendations")
        return warn("it recommends nothing for Rust or Python", fix, where=where)
    lacking = list(dict.fromkeys(_lacking(vscode)))
    if lacking:
        return warn(f"launch.json needs {lacking[0]}", Fix(f"recommend {', '.join(lacking)} as well"), where=where)
    return ok(", ".join(vscode.recommendations))


@check(
    "editor.launch",
    "VS Code can start what launch.json describes",
    link="https://code.visualstudio.com/docs/debugtest/debugging-configuration",
)
def launch(vscode: VsCode | None) -> Verdict:
    """A launch needs a program that is there, and CodeLLDB shows Rust's types only where it is told of Rust."""
    if vscode is None:
        return skip(_NO_FOLDER)
    unreadable = _unreadable(vscode, "launch.json")
    if unreadable:
        return unreadable
    if vscode.launches is None:
        return skip("there is no .vscode/launch.json")
    broken = [(each, *flaw) for each in vscode.launches for flaw in each.broken]
    if not broken:
        return ok(", ".join(each.name for each in vscode.launches) or "it has no configurations")
    each, text, cure = broken[0]
    fix = (
        Fix("make the environment", tuple(cure.split()), safe=True)
        if cure.startswith("python3 -m venv ")
        else Fix(cure)
    )
    evidence = [f"{other.name}: {flaw}" for other, flaw, _ in broken[1:]]
    return warn(f'"{each.name}": {text}', fix, evidence, Location(".vscode/launch.json", each.line))


def _lacking(vscode: VsCode) -> Iterator[str]:
    """The extensions that launch configurations need and extensions.json does not name."""
    for each in vscode.launches or ():
        wanted = _DEBUGGERS.get(each.kind)
        if wanted and not set(wanted).intersection(vscode.recommendations or ()):
            yield wanted[0]


def _unreadable(vscode: VsCode, name: str) -> Verdict | None:
    for file, line, reason in vscode.unreadable:
        if file.endswith(f"/{name}"):
            return warn(f"it cannot be read: {reason}", Fix(f"mend {file}"), where=Location(file, line))
    return None
