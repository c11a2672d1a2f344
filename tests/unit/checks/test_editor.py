from __future__ import annotations

from pyo3ops.checks import editor as rules
from pyo3ops.checks.facts.editors import Launch, RustAnalyzer, VsCode
from pyo3ops.checks.verdict import ok, skip, warn
from pyo3ops.core.model import Fix, Location

INSTALL = Fix("install it", ("rustup", "component", "add", "rust-analyzer"), safe=True)
EXTENSIONS = Location(".vscode/extensions.json")


def test_rust_analyzer() -> None:
    assert rules.rust_analyzer(RustAnalyzer(None)) == skip("no editor settings here ask for it", INSTALL)
    assert rules.rust_analyzer(RustAnalyzer(".helix/languages.toml", "1.95.0")) == ok("1.95.0")


def test_no_rust_analyzer() -> None:
    lacking = RustAnalyzer(".vscode/extensions.json", error="rust-analyzer is not on PATH")
    text = ".vscode/extensions.json asks for it: rust-analyzer is not on PATH"
    assert rules.rust_analyzer(lacking) == warn(text, INSTALL, where=EXTENSIONS)


def test_a_path_that_leads_nowhere() -> None:
    error = "rust-analyzer.server.path: there is no /opt/ra"
    verdict = warn(error, Fix("mend the path, or drop the setting"), where=Location(".vscode/settings.json"))
    assert rules.rust_analyzer(RustAnalyzer(".vscode/settings.json", "/opt/ra", error)) == verdict


def test_extensions() -> None:
    assert rules.vscode_extensions(None) == skip("there is no .vscode here")
    assert rules.vscode_extensions(VsCode()) == skip("there is no .vscode/extensions.json")
    assert rules.vscode_extensions(VsCode(recommendations=("ms-python.python",))) == ok("ms-python.python")


def test_extensions_for_something_else() -> None:
    fix = Fix("add rust-lang.rust-analyzer, ms-python.python and vadimcn.vscode-lldb to its recommendations")
    verdict = warn("it recommends nothing for Rust or Python", fix, where=EXTENSIONS)
    assert rules.vscode_extensions(VsCode(recommendations=("golang.go",))) == verdict


def test_extensions_that_a_launch_needs() -> None:
    launches = (Launch("Rust", "lldb", 3), Launch("Python", "debugpy", 9), Launch("Rust too", "lldb", 20))
    fix = Fix("recommend vadimcn.vscode-lldb, ms-python.debugpy as well")
    verdict = warn("launch.json needs vadimcn.vscode-lldb", fix, where=EXTENSIONS)
    found = VsCode(recommendations=("rust-lang.rust-analyzer",), launches=launches)
    assert rules.vscode_extensions(found) == verdict
    everything = VsCode(recommendations=("ms-python.python", "vadimcn.vscode-lldb"), launches=launches)
    assert rules.vscode_extensions(everything) == ok("ms-python.python, vadimcn.vscode-lldb")


def test_settings_that_cannot_be_read() -> None:
    broken = VsCode(
        unreadable=((".vscode/extensions.json", None, "too deep"), (".vscode/launch.json", 4, "Expecting value"))
    )
    verdict = warn("it cannot be read: too deep", Fix("mend .vscode/extensions.json"), where=EXTENSIONS)
    assert rules.vscode_extensions(broken) == verdict
    place = Location(".vscode/launch.json", 4)
    verdict = warn("it cannot be read: Expecting value", Fix("mend .vscode/launch.json"), where=place)
    assert rules.launch(broken) == verdict


def test_launch() -> None:
    assert rules.launch(None) == skip("there is no .vscode here")
    assert rules.launch(VsCode()) == skip("there is no .vscode/launch.json")
    assert rules.launch(VsCode(launches=())) == ok("it has no configurations")
    assert rules.launch(VsCode(launches=(Launch("A", "lldb", 1), Launch("B", "debugpy", 2)))) == ok("A, B")


def test_a_launch_that_cannot_work() -> None:
    flawed = Launch("Rust", "lldb", 7, (("it has no program", "add one"), ("sourceLanguages lacks rust", "add it")))
    place = Location(".vscode/launch.json", 7)
    verdict = warn('"Rust": it has no program', Fix("add one"), ["Rust: sourceLanguages lacks rust"], place)
    assert rules.launch(VsCode(launches=(Launch("A", "lldb", 1), flawed))) == verdict


def test_a_launch_in_an_environment_to_come() -> None:
    flawed = Launch("Py", "debugpy", 2, (("python names it, which is not there", "python3 -m venv .venv"),))
    fix = Fix("make the environment", ("python3", "-m", "venv", ".venv"), safe=True)
    assert rules.launch(VsCode(launches=(flawed,))).fix == fix
