"""What wheels are built with: the compiler to the last detail, maturin's release, zig and sccache where they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import python_env, run, which
from pyo3ops.tools import cargo_config, maturin, rustc, zig
from pyo3ops.tools.rustc import offline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.tools.maturin import Maturin
    from pyo3ops.tools.rustc import Rustc

#: Seconds; sccache starts its server first, and other builds may keep the machine busy.
TIMEOUT = 20.0


@dataclass(frozen=True)
class Zig:
    """A zig that maturin finds once it is told `env`."""

    release: str
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Toolchain:
    """The programs that build in one folder."""

    rustc: Rustc
    #: All that `rustc -vV` says, which tells two nightlies of one number apart.
    described: str
    commit: str
    sysroot: str
    maturin: Maturin
    zig: Zig | None
    #: Path of a sccache that works, where nothing else stands between cargo and rustc; else why there is none.
    sccache: str
    no_sccache: str

    @property
    def said(self) -> str:
        """What each program that shapes the bytes is, a line each and rustc's own lines."""
        zig_release = self.zig.release if self.zig else "none"
        return "\n".join((self.described.strip(), f"maturin {self.maturin.release}", f"zig {zig_release}"))


def ask(root: Path, env: Mapping[str, str], home: Path) -> Toolchain:
    """Ask the programs that apply in `root`."""
    described = run([env.get("RUSTC") or "rustc", "-vV"], timeout=TIMEOUT, env=offline(env), cwd=root)
    compiler = rustc.parse(described.out) if described.ok else rustc.ask(root, env)
    sysroot = run([env.get("RUSTC") or "rustc", "--print", "sysroot"], timeout=TIMEOUT, env=offline(env), cwd=root)
    commit = re.search(r"^commit-hash: ([0-9a-f]+)$", described.out, re.MULTILINE)
    sccache, no_sccache = _sccache(root, env, home, compiler.host)
    return Toolchain(
        rustc=compiler,
        described=described.out,
        commit=commit[1] if commit else "",
        sysroot=sysroot.out.strip() if sysroot.ok else "",
        maturin=_maturin(env),
        zig=find_zig(env),
        sccache=sccache,
        no_sccache=no_sccache,
    )


def _maturin(env: Mapping[str, str]) -> Maturin:
    found = maturin.ask(env)
    # Too late is not wrong: its release is in the key of every wheel, which must not change with the load.
    return found if found.error is None or found.missing else maturin.ask(env)


def find_zig(env: Mapping[str, str]) -> Zig | None:
    """The zig that `maturin --zig` takes: one that is here, or the package ziglang of the Python on PATH."""
    found = zig.ask(env)
    if found.path is not None and found.error is None:
        return Zig(found.release, ((zig.VARIABLE, str(found.path)),))
    # The environment that `pip install ziglang` went into need not be the one that this runs in.
    python = env.get("CARGO_ZIGBUILD_PYTHON_PATH") or "python3"
    answer = run([python, "-m", "ziglang", "version"], timeout=zig.TIMEOUT, env=python_env(env))
    return Zig(answer.out.strip()) if answer.ok else None


def _sccache(root: Path, env: Mapping[str, str], home: Path, host: str) -> tuple[str, str]:
    """Path and reason, one of which is empty."""
    path = which("sccache", env)
    if path is None:
        return "", "it is not here"
    wrapper = cargo_config.read(root, env, home, host).wrapper
    if wrapper is not None or "RUSTC_WRAPPER" in env:
        return "", f"{wrapper.value} is the wrapper already" if wrapper else "RUSTC_WRAPPER is empty"
    tried = run([path, env.get("RUSTC") or "rustc", "-vV"], timeout=TIMEOUT, env=offline(env), cwd=root)
    return (path, "") if tried.ok else ("", tried.reason)
