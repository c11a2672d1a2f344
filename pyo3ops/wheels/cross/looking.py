"""What is here to build for a target and to run the result: every tool is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.tools import apt, cross_cc, qemu, rustc, rustup, zig
from pyo3ops.tools.system import installer
from pyo3ops.wheels.cross.ways import Present

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyo3ops.wheels.cross.kits import Kits
    from pyo3ops.wheels.cross.rows import Target


def look(
    project: Path, targets: Sequence[Target], kits: Kits, env: Mapping[str, str], root: Path | None = None
) -> Iterator[tuple[Target, Present]]:
    """What is here for each target; `root` is the foreign system that the caller names, for all of them."""
    compiler, toolchain = rustc.ask(project, env), rustup.ask_sysroot(project, env)
    governs = rustup.find(env).governs
    unpacked, zig_here, clang = kits.rust(), zig.ask(env, kits.zig), cross_cc.ask("clang", env)
    apt_here, manager = apt.present(env), installer(env)
    for target in targets:
        yield (
            target,
            Present(
                rustc=compiler,
                toolchain=toolchain,
                kits=unpacked,
                rustup=governs,
                zig=zig_here,
                gcc=cross_cc.ask(target.gcc, env, [kits.gcc(target)]) if target.gcc else cross_cc.CrossCompiler(),
                clang=clang if target.xwin else cross_cc.CrossCompiler(),
                qemu=qemu.ask(target.qemu, env, [kits.emulators]) if target.qemu else qemu.Qemu(),
                root=root or kits.root(target),
                apt=apt_here,
                installer=manager,
            ),
        )


def pythons(root: Path) -> tuple[Path, ...]:
    """The interpreters in the root of a foreign system, newest first; links that lead out of it do not count."""
    found = [path for folder in ("usr/bin", "usr/local/bin", "bin") for path in (root / folder).glob("python3.*")]
    versions = {path: path.name[len("python3.") :] for path in found}
    named = [path for path, minor in versions.items() if minor.isdigit()]
    return tuple(sorted(named, key=lambda path: int(versions[path]), reverse=True))


def sysconfig(root: Path, minor: int) -> Path | None:
    """The folder below a foreign root that says how its Python was built (`_sysconfigdata*`), for PyO3 to read."""
    for library in ("usr/lib", "usr/local/lib", "lib"):
        folder = root / library / f"python3.{minor}"
        if any(folder.glob("_sysconfigdata*.py")):
            return folder
    return None
