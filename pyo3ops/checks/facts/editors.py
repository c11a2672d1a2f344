"""Facts of the editors that the project has settings for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.checks.facts.versions import _text
from pyo3ops.core import jsonc
from pyo3ops.core.run import which
from pyo3ops.tools import rust_analyzer as rust_analyzer_tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Launch:
    """One configuration of launch.json; `broken` are the things in it that cannot work, each with what to do."""

    name: str
    kind: str
    line: int | None
    broken: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class VsCode:
    """The folder .vscode; a part is None where its file is not there or cannot be read."""

    settings: Mapping[str, Any] | None = None
    recommendations: tuple[str, ...] | None = None
    launches: tuple[Launch, ...] | None = None
    #: File, line and reason of what cannot be read.
    unreadable: tuple[tuple[str, int | None, str], ...] = ()


@dataclass(frozen=True)
class RustAnalyzer:
    """The language server: `asked` says what wants it, `found` what will answer, `error` why that does not."""

    asked: str | None
    found: str | None = None
    error: str | None = None


def vscode(root: Path, env: Mapping[str, str]) -> VsCode | None:
    """What .vscode says; None without that folder."""
    folder = root / ".vscode"
    if not folder.is_dir():
        return None
    read: dict[str, Any] = {}
    unreadable: list[tuple[str, int | None, str]] = []
    for name in ("settings.json", "extensions.json", "launch.json"):
        if (folder / name).is_file():
            try:
                read[name] = _object(_text(folder / name))
            except json.JSONDecodeError as error:
                unreadable.append((f".vscode/{name}", error.lineno, error.msg))
            except (RecursionError, TypeError) as error:
                unreadable.append((f".vscode/{name}", None, str(error)))
    recommended = _list(read.get("extensions.json", {}).get("recommendations"))
    return VsCode(
        read.get("settings.json"),
        tuple(str(each).lower() for each in recommended) if "extensions.json" in read else None,
        tuple(_launches(read["launch.json"], root, env)) if "launch.json" in read else None,
        tuple(unreadable),
    )


def rust_analyzer(root: Path, vscode: VsCode | None, env: Mapping[str, str], home: Path) -> RustAnalyzer:
    """The language server that the project's editor settings ask for."""
    asked = _asked(root, vscode)
    if asked is None:
        return RustAnalyzer(None)
    path = str((vscode.settings or {}).get("rust-analyzer.server.path") or "") if vscode else ""
    if path and "${" not in path:
        expanded = root / Path(path.replace("~", str(home), 1) if path.startswith("~") else path)
        return RustAnalyzer(
            asked, path, None if expanded.is_file() else f"rust-analyzer.server.path: there is no {path}"
        )
    bundled = _bundled(home) if vscode and asked.startswith(".vscode") else None
    if bundled:
        return RustAnalyzer(asked, bundled)
    server = rust_analyzer_tool.ask(root, env)
    return RustAnalyzer(asked, server.release or server.path, server.error)


#: Files in which an editor is told about the language server.
_SETTINGS = (".helix/languages.toml", ".helix/config.toml", ".zed/settings.json", ".nvim.lua", ".nvimrc", ".exrc")
#: Keys of CodeLLDB that take the place of a program.
_INSTEAD = ("cargo", "targetCreateCommands", "processCreateCommands")


def _asked(root: Path, vscode: VsCode | None) -> str | None:
    if vscode:
        if "rust-lang.rust-analyzer" in (vscode.recommendations or ()):
            return ".vscode/extensions.json"
        if any(key.startswith("rust-analyzer.") for key in vscode.settings or ()):
            return ".vscode/settings.json"
    return next((name for name in _SETTINGS if "rust-analyzer" in _text(root / name)), None)


def _bundled(home: Path) -> str | None:
    """The server that the extension for VS Code brings along."""
    for folder in (".vscode", ".vscode-server", ".vscode-oss", ".vscode-insiders", ".cursor", ".cursor-server"):
        for found in sorted((home / folder / "extensions").glob("rust-lang.rust-analyzer-*")):
            return found.name
    return None


def _launches(document: Mapping[str, Any], root: Path, env: Mapping[str, str]) -> Iterator[Launch]:
    text = jsonc.plain(_text(root / ".vscode/launch.json"))
    rows = [row for row in _list(document.get("configurations")) if isinstance(row, dict)]
    for row in rows:
        name, kind = str(row.get("name", "")), str(row.get("type", ""))
        broken = [*_nameless(row), *_flaws(row, kind, root, env)]
        yield Launch(name or "without a name", kind, _line(text, name), tuple(broken))
    names = {row.get("name") for row in rows}
    for compound in _list(document.get("compounds")):
        if isinstance(compound, dict):
            gone = [
                each for each in _list(compound.get("configurations")) if isinstance(each, str) and each not in names
            ]
            broken = [(f'there is no configuration "{each}"', f'mend the name "{each}"') for each in gone]
            name = str(compound.get("name", "compound"))
            yield Launch(name, "compound", _line(text, name), tuple(broken))


def _nameless(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("name", "type", "request"):
        if not isinstance(row.get(key), str):
            yield f'it has no "{key}"', f'add "{key}"'


def _flaws(row: Mapping[str, Any], kind: str, root: Path, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    native = kind in ("lldb", "lldb-dap", "cppdbg", "gdb", "cppvsdbg")
    if kind in ("debugpy", "python"):
        yield from _debugpy(row, root)
    elif native and row.get("request") == "launch":
        yield from _native(row, root, env)
    languages = row.get("sourceLanguages")
    if kind == "lldb" and "cargo" not in row and "rust" not in _list(languages):
        yield "sourceLanguages lacks rust: its strings and vectors are shown raw", 'add "sourceLanguages": ["rust"]'


def _debugpy(row: Mapping[str, Any], root: Path) -> Iterator[tuple[str, str]]:
    if row.get("request") == "launch" and not any(key in row for key in ("program", "module", "code")):
        yield "it has neither program, module nor code", 'add "program": "${file}"'
    if row.get("request") == "attach" and not any(
        key in row for key in ("connect", "listen", "processId", "port", "host")
    ):
        yield "it attaches to nothing", 'add "connect": {"host": "localhost", "port": 5678}'
    for key in ("python", "program"):
        path = _path(row.get(key), root)
        if path and not path.exists():
            yield f"{key} names {row[key]}, which is not there", _creating(key, path, root)


def _native(row: Mapping[str, Any], root: Path, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    program = row.get("program")
    if not isinstance(program, str):
        if not any(key in row for key in _INSTEAD):
            yield "it has no program", 'add "program": "${command:python.interpreterPath}"'
        return
    path = _path(program, root)
    if path is None and re.fullmatch(r"[\w.+-]+", program):
        found = which(program, env)
        if found is None:
            yield f"program {program} is not on PATH", 'write "program": "${command:python.interpreterPath}"'
            return
        path = Path(found)
    if path is None:
        return
    if not path.exists():
        # What cargo is yet to build is no mistake.
        if "target" not in path.parts:
            yield f"program names {program}, which is not there", _creating("program", path, root)
    elif _script(path):
        yield f"program {program} is a script, and a debugger wants the interpreter", f"name what {path.name} starts"


def _path(value: object, root: Path) -> Path | None:
    """The file that a value names; None where only the editor knows."""
    if not isinstance(value, str):
        return None
    text = value
    for variable in ("${workspaceFolder}", "${workspaceRoot}", "${workspaceFolder:" + root.name + "}"):
        text = text.replace(variable, str(root))
    if "${" in text or "*" in text or not ("/" in text or "\\" in text):
        return None
    return root / text


def _creating(key: str, path: Path, root: Path) -> str:
    environment = next((parent for parent in path.parents if parent.name in (".venv", "venv")), None)
    if environment and root in environment.parents:
        return f"python3 -m venv {environment.relative_to(root).as_posix()}"
    return f'mend "{key}"'


def _script(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False


def _object(text: str) -> dict[str, Any]:
    value = jsonc.loads(text)
    if not isinstance(value, dict):
        raise TypeError("it is not an object in braces")
    return value


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _line(text: str, name: str) -> int | None:
    match = re.search(rf'"name"\s*:\s*{re.escape(json.dumps(name, ensure_ascii=False))}', text)
    return text.count("\n", 0, match.start()) + 1 if match else None
