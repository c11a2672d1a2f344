"""lldb: where there is no gdb, as on macOS; sees what that does, but for the variables of native frames."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.run import Ended, python_env, run
from pyo3ops.stacks.sources import fit
from pyo3ops.stacks.sources.protocol import Refused
from pyo3ops.stacks.sources.written import raws
from pyo3ops.tools import processes
from pyo3ops.tools.gdb import DEBUG_FOLDER
from pyo3ops.tools.lldb import found, script_argv

if TYPE_CHECKING:
    from pyo3ops.core.run import Result
    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.protocol import Look, Target
    from pyo3ops.tools.lldb import Lldb

NAME = "lldb"
#: The scripts that lldb's Python loads.
INSIDE = Path(__file__).parents[1] / "inside"
#: What lldb says when its server has ended.
_LOST = "lost connection"


def look(target: Target, how: Look) -> tuple[Raw, ...] | Refused:
    """One `Raw` for each look that was asked for; never leaves the process stopped."""
    lldb = found(how.env)
    if lldb.path is None:
        return Refused("missing", "lldb is not on PATH")
    if lldb.error and lldb.module is None:
        return Refused("timeout" if lldb.hung else "broken", f"{lldb.path}: {lldb.error}")
    refused = fit.unfit(target)
    if refused:
        return refused
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
        request, answer = Path(folder, "request.json"), Path(folder, "answer.json")
        request.write_text(json.dumps(fit.request(target, how, answer, _settings(how))), encoding="utf-8")
        how.progress("lldb reads the symbols, then the stacks")
        argv = script_argv(lldb.path, INSIDE, "lldb_dump:main", request)
        result = run(argv, timeout=how.timeout + how.pause * (how.looks - 1), env=_env(how, lldb))
        return _answered(result, answer, target)


def _settings(how: Look) -> Iterator[str]:
    """Settings of lldb: where it looks for symbols, and that it asks nobody else for them."""
    folders = " ".join(_quoted(folder) for folder in (*how.symbol_folders, DEBUG_FOLDER))
    yield f"target.debug-file-search-paths {folders}"
    yield f"symbols.enable-external-lookup {'true' if how.online else 'false'}"


def _quoted(folder: Path) -> str:
    """A path as lldb takes it."""
    return '"{}"'.format(str(folder).replace("\\", "\\\\").replace('"', '\\"'))


def _env(how: Look, lldb: Lldb) -> dict[str, str]:
    drop = set() if how.online else {"DEBUGINFOD_URLS"}
    kept = {name: value for name, value in python_env(how.env).items() if name not in drop}
    return {**kept, "LC_ALL": "C.UTF-8", **({"PYTHONPATH": str(lldb.module)} if lldb.module else {})}


def _answered(result: Result, answer: Path, target: Target) -> tuple[Raw, ...] | Refused:
    """What lldb wrote before it ended, however it ended."""
    said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8")) if answer.is_file() else {"looks": []}
    # It repeats every command that it is given.
    ended = result.reason.partition(": (lldb) ")[0]
    wrong = said.get("error") or ("" if result.ok else ended)
    if not said["looks"]:
        words = "\n".join(part for part in (wrong or ended, _complaints(result)) if part)
        words = words.replace(str(answer.with_name("core")), str(target.core))
        return Refused("timeout" if result.ended is Ended.TIMEOUT else _reason(words), words)
    looks = raws(said)
    if wrong:
        looks = (*looks[:-1], replace(looks[-1], gaps=(*looks[-1].gaps, f"lldb ended early: {wrong}")))
    return looks


def _complaints(result: Result) -> str:
    """The last lines of what lldb itself said."""
    return "\n".join(line for line in result.err.strip().splitlines()[-8:] if line.strip())


def _reason(words: str) -> str:
    """The reason, of `protocol.REASONS`, that lldb's words stand for."""
    if any(each in words.lower() for each in ("operation not permitted", "not allowed to attach", "permission denied")):
        return "denied"
    # It loses its server where a filter ends what that asks for, and has no word for it.
    if _LOST in words.lower() and processes.filtered():
        return "denied"
    return "gone" if "No such process" in words or "does not exist" in words else "broken"
