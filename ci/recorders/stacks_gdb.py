"""Rewrite tests/data/stacks/gdb/*.json: `ci/recorders/stacks_gdb.py PYTHON...`, with gdb on PATH.

line_tables.json has, for each Python, the line tables of some functions and what `dis` says about them; answer-3.x.json
is what the scripts inside gdb wrote of nested.py, with the places of this machine replaced.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/stacks/gdb"
sys.path.insert(0, str(ROOT))
from pyo3ops.stacks.sources import gdb  # noqa: E402
from pyo3ops.stacks.sources.protocol import Look, Target  # noqa: E402

#: What the tables are of: lines far apart and backwards, no line at all, long functions, several on one line.
SOURCE = (
    """\
def straight(a):
    b = a
    return b


def around(a):
    total = 0
    for index in range(a):
        if index % 2:
            continue
        try:
            total += index
        except ValueError:
            total -= 1
        finally:
            total += 2
    while total > 10: total -= 3
    return (total,
            a)


def far(a):
    x = [
"""
    + "\n" * 300
    + """
        a, a + 1]
    with open(__file__) as f: return f, x


def long(a):
"""
    + "".join(f"    a = a + {index} * a\n" for index in range(150))
    + """    return lambda: a
"""
)
ASK = """\
import dis, json, sys, sysconfig
space = {}
exec(compile(sys.stdin.read(), "source.py", "exec"), space)
rows = []
for name in ("straight", "around", "far", "long"):
    code = space[name].__code__
    table = code.co_linetable if hasattr(code, "co_linetable") else code.co_lnotab
    lines = [[start, end, line] for start, end, line in code.co_lines()] if hasattr(code, "co_lines") else None
    starts = [[offset, line] for offset, line in dis.findlinestarts(code)]
    rows.append({"name": name, "table": table.hex(), "first": code.co_firstlineno, "lines": lines, "starts": starts,
                 "size": len(code.co_code)})
free = "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(json.dumps({"python": "%d.%d" % sys.version_info[:2] + free, "rows": rows}))
"""


def main(pythons: list[str]) -> int:
    if not pythons:
        print(__doc__)
        return 2
    tables = [
        json.loads(subprocess.run([python, "-c", ASK], input=SOURCE, capture_output=True, text=True, check=True).stdout)
        for python in pythons
    ]
    # Builds without the lock have the tables of those with it.
    known = [table for table in tables if not table["python"].endswith("t")]
    if known:
        write("line_tables.json", known)
    for python, table in zip(pythons, tables):
        write(f"answer-{table['python']}.json", answer(python))
    return 0


def write(name: str, content: object) -> None:
    (DATA / name).write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def answer(python: str) -> dict:
    """What the scripts wrote, as the source got it."""
    kept = []
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(gdb, "raws", lambda said: kept.append(said) or ()):
        program = Path(folder, "nested.py")
        program.write_bytes((DATA / "nested.py").read_bytes())
        argv = [python, str(program)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            gdb.look(Target(pid=process.pid), Look(dict(os.environ), variables=True))
            process.kill()
        prefix = subprocess.check_output([python, "-c", "import sys; print(sys.base_prefix)"], text=True).strip()
        text = (
            json.dumps(kept[0])
            .replace(prefix, "/opt/python")
            .replace(folder, "/programs")
            .replace(str(Path.cwd()), "/programs")
        )
    return json.loads(re.sub(r'"(?:/tmp|/root|/home)/[^"/]{1,80}/(?:Python-[0-9.]{1,12}/)?', '"/build/', text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
