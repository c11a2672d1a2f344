"""Record what valgrind writes into tests/data/tools/valgrind: `python ci/recorders/valgrind.py 3.8 3.13`.

An extension with planted faults (tests/integration/planting.py) is run under the valgrind that is here, for each of the
given Pythons; so is a program in C that comes upon an instruction that valgrind does not know. Paths that tell of the
machine are shortened. Needs cargo, cc, maturin, uv and valgrind.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/tools/valgrind"
sys.path[:0] = [str(ROOT), str(ROOT / "tests/integration")]

import planting  # noqa: E402

from pyo3ops.tools import valgrind  # noqa: E402
from pyo3ops.wheels import examples  # noqa: E402

#: vpmovsxwd with a register that no release of valgrind knows (AVX-512), in bytes.
UNKNOWN_INSTRUCTION = 'int main(void) { __asm__ volatile(".byte 0x62,0xf1,0x75,0x48,0xfe,0xd0"); return 0; }\n'
FAULTS = (planting.LEAKED_BOX, planting.LEAKED_OBJECT, planting.INVALID_READ, planting.CYCLE)
#: The last two lines end the process as the pytest plugin does.
CALLS = "import gc, os, hello_world as planted\n{}forgotten = ['x' * 300]\ngc.collect()\nos._exit(0)\n"


def main() -> int:
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder).resolve()
        project = planting.copy(ROOT / "examples/hello_world", scratch / "project")
        planting.plant(project, "hello_world", *FAULTS)
        for version in sys.argv[1:]:
            record(version, project, scratch)
        unknown_instruction(scratch)
    return 0


def record(version: str, project: Path, scratch: Path) -> None:
    """The faults on one Python."""
    interpreter = examples.interpreter(version, os.environ)
    output = scratch / version
    built = examples.build(
        "project", project, interpreter, output, targets=scratch / "target", env=os.environ, symbols=True
    )
    installed = examples.install(built, interpreter, output, os.environ)
    if installed.environment is None or installed.error:
        raise SystemExit(f"{version}: {installed.error}")
    calls = "".join(f"for _ in range(3): planted.{fault.name}()\n" for fault in FAULTS)
    command = [str(installed.environment.python), "-c", CALLS.format(calls)]
    env = valgrind.watched_env(installed.environment.env, output / "modules")
    write(f"faults-{version}", command, scratch, env)


def unknown_instruction(scratch: Path) -> None:
    """A program that valgrind cannot run."""
    source, program = scratch / "unknown.c", scratch / "unknown"
    source.write_text(UNKNOWN_INSTRUCTION)
    subprocess.run(["cc", "-o", str(program), str(source)], check=True)
    write("unknown-instruction", [str(program)], scratch, dict(os.environ))


def write(name: str, command: list[str], scratch: Path, env: dict[str, str]) -> None:
    """Run a command under memcheck and keep what it wrote, with short paths."""
    xml = scratch / f"{name}.xml"
    done = subprocess.run(
        valgrind.memcheck_argv("valgrind", xml, command),
        env=env,
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    for file, text in ((f"{name}.xml", xml.read_text()), (f"{name}.err.txt", done.stderr)):
        if text.strip():
            (DATA / file).write_text(short(text, scratch))


def short(text: str, scratch: Path) -> str:
    """The text with the folders of this machine replaced by ones that any machine may have."""
    text = text.replace(str(scratch), "/scratch").replace(str(ROOT), "/pyo3ops").replace(str(Path.home()), "/home/user")
    text = re.sub(r"/home/user/\.cargo/registry/src/[^/<]+/", "/home/user/.cargo/registry/src/index/", text)
    text = re.sub(r"/tmp/python-build\.[\d.]+/", "/build/", text)  # noqa: S108 - where pyenv builds
    return re.sub(r"[^<>\s]*/lib/(libpython3)", r"/opt/python/lib/\1", text)


if __name__ == "__main__":
    sys.exit(main())
