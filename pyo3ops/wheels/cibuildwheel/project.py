"""A project beside its `[tool.cibuildwheel]`: the plan, what cibuildwheel does of it, and the file as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.files import write_whole
from pyo3ops.tools import cibuildwheel as tool
from pyo3ops.wheels import trial
from pyo3ops.wheels.cibuildwheel import table
from pyo3ops.wheels.cibuildwheel.arrangement import arrange
from pyo3ops.wheels.cibuildwheel.keys import settings
from pyo3ops.wheels.planned import planned

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.cibuildwheel.arrangement import Arrangement
    from pyo3ops.wheels.cibuildwheel.keys import Setting
    from pyo3ops.wheels.cibuildwheel.table import Merged
    from pyo3ops.wheels.planned import PlannedSet


@dataclass(frozen=True)
class Configured:
    """All that is derived from a project's plan for cibuildwheel; `data` is its pyproject.toml as it stands."""

    project: Project
    planned: PlannedSet
    arrangement: Arrangement
    settings: tuple[Setting, ...]
    merged: Merged
    data: bytes

    @property
    def file(self) -> Path:
        """The file that the table stands in."""
        return self.project.root / "pyproject.toml"

    @property
    def name(self) -> str:
        """What the project is called in findings: its folder."""
        return self.project.root.name

    def write(self) -> None:
        """Write the file as it should be, whole; `ConfigError` where it cannot be written."""
        try:
            write_whole(self.file, table.written(self.merged, self.data))
        except OSError as error:
            raise ConfigError(
                f"cannot write {self.file}: {error.strerror}", cause="it is not yours to write, or the disk is full"
            ) from None


def configured(project: Project) -> Configured:
    """Derive what `[tool.cibuildwheel]` of a project has to say, and put it into the text of its pyproject.toml.

    Raises `ConfigError` where nothing can be planned, or the file cannot be read or changed.
    """
    wanted = planned(project)
    arrangement = arrange(wanted.wheels, tool.lines())
    keys = settings(project, wanted, arrangement, trial.test_requirements(project))
    file = project.root / "pyproject.toml"
    toml.load(file)
    data = file.read_bytes()
    return Configured(project, wanted, arrangement, keys, table.merge(data, keys), data)
