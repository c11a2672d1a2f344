"""Members and jobs as a batch has them, of a project that is nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.maturin import Maturin
from pyo3ops.tools.rustc import Rustc
from pyo3ops.wheels.batch.chosen import Buildable
from pyo3ops.wheels.batch.member import Member
from pyo3ops.wheels.batch.work import Job
from pyo3ops.wheels.planned import planned
from pyo3ops.wheels.reproducible import Epoch
from pyo3ops.wheels.toolchain import Toolchain
from tests.unit.wheels.projects import interpreter, project

if TYPE_CHECKING:
    from pathlib import Path

HOST = "x86_64-unknown-linux-gnu"
CHAIN = Toolchain(Rustc((1, 95, 0), "1.95.0", HOST), "rustc 1.95.0", "abc", "/rust", Maturin("1.16.0"), None, "", "")


def member(root: Path, name: str = "tiny") -> Member:
    own = project(root, name=name)
    return Member(name, own, CHAIN, Epoch(7, "a test"), planned(own), sha256="5d157", source=own)


def job(root: Path, minor: int = 11, name: str = "tiny") -> Job:
    each = member(root, name)
    assert each.wanted is not None
    wheel = next(
        wheel for wheel in each.wanted.wheels if wheel.target == HOST and wheel.interpreters.python == f"cp3{minor}"
    )
    return Job(each, Buildable(wheel, interpreter(PythonVersion(minor))))
