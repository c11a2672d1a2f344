"""gdb: sees native frames with the inlined ones, and the interpreter's own by scripts that run in its Python."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.run import Ended, python_env, run, which
from pyo3ops.stacks.sources import fit, kept_files
from pyo3ops.stacks.sources.protocol import Refused
from pyo3ops.stacks.sources.written import raws
from pyo3ops.tools.gdb import DEBUG_FOLDER, script_argv

if TYPE_CHECKING:
    from pyo3ops.core.run import Result
    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.protocol import Look, Target

NAME = "gdb"
#: The scripts that gdb's Python loads.
INSIDE = Path(__file__).parents[1] / "inside"


def look(target: Target, how: Look) -> tuple[Raw, ...] | Refused:
    """One `Raw` for each look that was asked for; never leaves the process stopped."""
    gdb = which("gdb", how.env)
    if gdb is None:
        return Refused("missing", "gdb is not on PATH")
    refused = fit.unfit(target)
    if refused:
        return refused
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
        request, answer = Path(folder, "request.json"), Path(folder, "answer.json")
        cache = kept_files.folder(how.env)
        asked = fit.request(target, how, answer, _settings(target, how, cache))
        request.write_text(json.dumps(asked), encoding="utf-8")
        how.progress("gdb reads the symbols, then the stacks")
        argv = script_argv(gdb, INSIDE, "gdb_dump:main", request, cache and cache / kept_files.COMPILED)
        result = run(argv, timeout=how.timeout + how.pause * (how.looks - 1), env=_env(how))
        return _answered(result, answer)


def _settings(target: Target, how: Look, cache: Path | None) -> Iterator[str]:
    if cache and target.pid is not None and not how.symbol_folders:
        # What a file is made of, gdb finds out once; from the second time on it has it from there. It knows a file by
        # its build ID alone: what somebody brings may have the same, and be another.
        yield f"set index-cache directory {cache / kept_files.INDEX}"
        yield "set index-cache enabled on"
    if how.symbol_folders:
        yield f"set debug-file-directory {os.pathsep.join(map(str, (*how.symbol_folders, DEBUG_FOLDER)))}"
    yield f"set debuginfod enabled {'on' if how.online else 'off'}"


def _env(how: Look) -> dict[str, str]:
    drop = set() if how.online else {"DEBUGINFOD_URLS"}
    kept = {name: value for name, value in python_env(how.env).items() if name not in drop}
    return {**kept, "LC_ALL": "C.UTF-8"}


def _answered(result: Result, answer: Path) -> tuple[Raw, ...] | Refused:
    """What gdb wrote before it ended, however it ended."""
    said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8")) if answer.is_file() else {"looks": []}
    wrong = said.get("error") or ("" if result.ok else result.reason)
    if not said["looks"]:
        words = "\n".join(part for part in (wrong or result.reason, _complaints(result)) if part)
        return Refused("timeout" if result.ended is Ended.TIMEOUT else _reason(words), words)
    looks = raws(said)
    if wrong:
        looks = (*looks[:-1], replace(looks[-1], gaps=(*looks[-1].gaps, f"gdb ended early: {wrong}")))
    return looks


def _complaints(result: Result) -> str:
    """The last lines of what gdb itself said."""
    return "\n".join(line for line in result.err.strip().splitlines()[-8:] if line.strip())


def _reason(words: str) -> str:
    """The reason, of `protocol.REASONS`, that gdb's words stand for."""
    if "Operation not permitted" in words or "Permission denied" in words:
        return "denied"
    return "gone" if "No such process" in words else "broken"
