"""What of a repository is published: the project itself, or each crate of a repository that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project


def members(root: Path, env: Mapping[str, str], names: Sequence[str] = ()) -> tuple[Project, ...]:
    """The projects that wheels are made of: the folders of `crates` in `[tool.pyo3ops]`, else the one in `root`.

    `names` chooses among them, by the name of the folder or of the distribution. Raises `UsageError` for a name that is
    none, and `ConfigError` as `discover.read_project` does.
    """
    config = discover.read_config_of(root)
    folders = sorted({path.parent for glob in config.crates for path in root.glob(f"{glob}/pyproject.toml")})
    found = tuple(discover.read_project(folder, env) for folder in folders or [root])
    _check_names(found)
    known = {name: each for each in found for name in (each.root.name, each.name) if name}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"nothing here is called {unknown[0]!r}", cause=f"known: {', '.join(known)}")
    return tuple(each for each in found if not names or {each.root.name, each.name} & set(names))


def _check_names(found: Sequence[Project]) -> None:
    """What is called alike could not be told apart, in reports and in folders."""
    folders: dict[str, Path] = {}
    for each in found:
        other = folders.setdefault(each.root.name, each.root)
        if other != each.root:
            raise ConfigError(
                f"{other} and {each.root} are both called {each.root.name}",
                cause="crates of [tool.pyo3ops] are told apart by the names of their folders",
            )
