"""Rewrite pyo3ops/stacks/layouts.toml: `ci/recorders/layouts.py PYTHON...`, of interpreters with debug information.

Each is asked for its version, and gdb, which reads the DWARF of it or of its libpython, for the offsets of the fields
that pyo3ops/stacks/inside/gdb_types.py names: what `ptype /o` shows. Nothing of the interpreter runs under gdb.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "pyo3ops/stacks/layouts.toml"
INSIDE = ROOT / "pyo3ops/stacks/inside"
HEADER = """\
# Where the fields of CPython's structures are, in bytes, on 64-bit Linux: recorded by ci/recorders/layouts.py from the
# debug information of the named releases. The fields are explained in pyo3ops/stacks/inside/gdb_types.py; "size" is
# that of the whole structure. One row stands for all patch releases of its version: where it does not fit, that is
# noticed, and debug information is asked instead (pyo3ops/stacks/inside/joined.py).
"""
QUESTION = (
    "import json, sys, sysconfig, os.path as p; shared = sysconfig.get_config_var('INSTSONAME') or '';"
    "library = p.join(sysconfig.get_config_var('LIBDIR') or '', shared);"
    "version = '.'.join(map(str, sys.version_info[:3])) + 't' * bool(sysconfig.get_config_var('Py_GIL_DISABLED'));"
    "print(json.dumps([version, library if shared.count('.so') else sys.executable]))"
)
SCRIPT = """\
import json, sys, types
sys.dont_write_bytecode = True
package = types.ModuleType("pyo3ops_inside")
package.__path__ = [{inside!r}]
sys.modules["pyo3ops_inside"] = package
import gdb
gdb.execute("set language c")
from pyo3ops_inside import gdb_types
with open({answer!r}, "w") as file:
    json.dump(gdb_types.structs(), file)
"""


def main(pythons: list[str]) -> int:
    if not pythons:
        print(__doc__)
        return 2
    rows = sorted((row(python) for python in pythons), key=lambda each: version(each[0]))
    TABLE.write_text("\n".join([HEADER, *(block(*each) for each in rows)]), encoding="utf-8")
    return 0


def row(python: str) -> tuple[str, dict[str, dict[str, int]]]:
    release, binary = json.loads(subprocess.check_output([python, "-c", QUESTION], text=True))
    with tempfile.TemporaryDirectory() as folder:
        script, answer = Path(folder, "ask.py"), Path(folder, "answer.json")
        script.write_text(SCRIPT.format(inside=str(INSIDE), answer=str(answer)), encoding="utf-8")
        command = ["gdb", "-nx", "-batch", "-iex", "set auto-load off", binary, "-x", str(script)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
        structs = json.loads(answer.read_text(encoding="utf-8"))
    if "tstate" not in structs:
        raise SystemExit(f"{binary} has no debug information")
    return release, structs


def version(release: str) -> tuple[bool, tuple[int, ...]]:
    """Those without the lock ("3.13.15t") come last."""
    return release.endswith("t"), tuple(map(int, release.rstrip("t").split(".")))


def block(release: str, structs: dict[str, dict[str, int]]) -> str:
    minor = release.rpartition(".")[0] + "t" * release.endswith("t")
    lines = ["[[layout]]", f'python = "{minor}"', f'recorded = "{release}"']
    for name, fields in structs.items():
        inside = ", ".join(f"{field} = {offset}" for field, offset in fields.items())
        lines.append(f"structs.{name} = {{ {inside} }}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
