"""Rewrite tests/data/stacks/memory/*.json: `ci/recorders/memory.py PYTHON...`, of interpreters that are seldom at hand.

held.py (tests/data/stacks/gdb) is run by each, as a plain process, attached, and with the lock on where a build can do
without it; what pyo3ops/stacks/inside reads of it is kept, in pieces of 64 bytes. Paths of this machine are replaced by
others of their length.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/stacks"
sys.path.insert(0, str(ROOT))
from pyo3ops.stacks import layouts  # noqa: E402
from pyo3ops.stacks.inside import joined, local_values, thread_names  # noqa: E402
from pyo3ops.stacks.inside.files import Found  # noqa: E402
from pyo3ops.stacks.inside.memory import Memory, Unreadable  # noqa: E402

PIECE = 64
#: Seconds until the process waits where it was to wait.
MOMENT = 0.3
ASK = (
    "import json, sys, sysconfig; "
    "free = bool(sysconfig.get_config_var('Py_GIL_DISABLED')); "
    "print(json.dumps(['%d.%d' % sys.version_info[:2], free, sys.base_prefix]))"
)


def main(pythons: list[str]) -> int:
    if not pythons:
        print(__doc__)
        return 2
    (DATA / "memory").mkdir(exist_ok=True)
    for python in pythons:
        version, free, prefix = json.loads(subprocess.check_output([python, "-c", ASK], text=True))
        ways = {"": (), "-attached": ("attached",), **({"-lock": ("attached",)} if free else {})}
        for way, argv in ways.items():
            env = {**os.environ, "PYTHON_GIL": "1" if way == "-lock" else "0"} if free else dict(os.environ)
            name = f"held-{version}{'t' * free}{way}.json"
            content = recorded(python, version, prefix, argv, env)
            (DATA / "memory" / name).write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


def recorded(python: str, version: str, prefix: str, argv: tuple[str, ...], env: dict[str, str]) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "held.py")
        program.write_bytes((DATA / "gdb/held.py").read_bytes())
        command = [python, str(program), *argv]
        with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            said = json.loads(process.stdout.readline())
            time.sleep(MOMENT)
            pieces = _read(process.pid, version, said)
            process.kill()
    for path, name in ((folder, "/programs"), (prefix, "/opt/python")):
        pieces = _hidden(pieces, path, name)
    return {"version": version, "said": said, "pieces": pieces_as_text(pieces)}


def _read(pid: int, version: str, said: dict) -> dict[int, bytes]:
    pieces: dict[int, bytes] = {}
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:

        def read(address: int, size: int) -> bytes:
            try:
                for at in range(address - address % PIECE, address + size, PIECE):
                    pieces.setdefault(at, os.pread(file.fileno(), PIECE, at))
                return os.pread(file.fileno(), size, address)
            except (OSError, OverflowError) as error:
                raise Unreadable(str(error)) from None

        found = joined.fitting(Memory(read), Found(version, None, said["runtime"]), layouts.as_request(), dict)
        interpreter = found.interpreter
        if interpreter is None:
            raise SystemExit(f"Python {version} cannot be read: {found.gaps}")
        found.told()
        rows = [{"tid": 1, "ident": said[each], "native": [], "waits_at": None} for each in ("main", "thread")]
        for given in found.join(rows, lambda *_: None):
            list(local_values.of_calls(interpreter, given.calls))
        thread_names.names(interpreter)
        for each in (*said["values"], *said["large"], *said["own"]):
            interpreter.objects.shown(each)
        for each in said["own"]:
            interpreter.objects.text(thread_names.attribute(interpreter.objects, each, "name"))
            thread_names.attribute(interpreter.objects, each, "surname")
    return pieces


def _hidden(pieces: dict[int, bytes], path: str, name: str) -> dict[int, bytes]:
    """The same with another path of the same length; it may go on in the next piece."""
    old, new = path.encode(), name.encode().ljust(len(path), b"_")
    kept: dict[int, bytes] = {}
    for start, data in _runs(pieces):
        hidden = data.replace(old, new)
        kept.update({start + at: hidden[at : at + PIECE] for at in range(0, len(hidden), PIECE)})
    return kept


def _runs(pieces: dict[int, bytes]) -> list[tuple[int, bytes]]:
    runs: list[tuple[int, bytes]] = []
    for at in sorted(pieces):
        if runs and runs[-1][0] + len(runs[-1][1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + pieces[at])
        else:
            runs.append((at, pieces[at]))
    return runs


def pieces_as_text(pieces: dict[int, bytes]) -> dict[str, object]:
    """Addresses, and all that stands there behind each other, packed."""
    every = sorted(pieces)
    data = zlib.compress(b"".join(pieces[at] for at in every), 9)
    return {"at": [each // PIECE for each in every], "data": base64.b64encode(data).decode("ascii")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
