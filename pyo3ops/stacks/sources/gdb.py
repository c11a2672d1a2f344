"""gdb: sees native frames with the inlined ones, and the interpreter's own by scripts that run in its Python."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from platformdirs import user_cache_path

from pyo3ops.core.run import Ended, python_env, run, which
from pyo3ops.stacks.sources import fit
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
#: Bytes of what gdb keeps about the files that it has read: some hundred libraries, or ten of a gigabyte each.
CACHE_LIMIT = 256 << 20


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
        request.write_text(json.dumps(fit.request(target, how, answer, _settings(how))), encoding="utf-8")
        how.progress("gdb reads the symbols, then the stacks")
        keep_small(_cache())
        argv = script_argv(gdb, INSIDE, "gdb_dump:main", request)
        result = run(argv, timeout=how.timeout + how.pause * (how.looks - 1), env=_env(how))
        return _answered(result, answer)


def _cache() -> Path:
    return Path(user_cache_path("pyo3ops", appauthor=False), "gdb-index")


def keep_small(folder: Path, limit: int = CACHE_LIMIT) -> None:
    """Remove the oldest files of a cache that has more bytes than it may have."""
    with contextlib.suppress(OSError):
        files = sorted(((each.stat(), each) for each in folder.glob("*.gdb-index")), key=lambda row: -row[0].st_mtime)
        size = 0
        for status, file in files:
            size += status.st_size
            if size > limit:
                file.unlink()


def _settings(how: Look) -> Iterator[str]:
    # What a file is made of, gdb finds out once; from the second time on it has it from there.
    yield f"set index-cache directory {_cache()}"
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
