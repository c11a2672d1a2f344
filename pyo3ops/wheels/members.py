"""What of a repository is published: the project itself, or each crate of a repository that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core import discover
from pyo3ops.core.errors import UsageError

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
    known = {name: each for each in found for name in (each.root.name, each.name) if name}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"nothing here is called {unknown[0]!r}", cause=f"known: {', '.join(known)}")
    return tuple(each for each in found if not names or {each.root.name, each.name} & set(names))
