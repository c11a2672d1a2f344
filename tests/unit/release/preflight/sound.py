"""A world in which nothing is wrong, in literals: a test changes one fact, and asks one rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.core.config import Config, ReleaseConfig
from pyo3ops.core.project import Backend, Layout, Project
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.version_places import Stated
from pyo3ops.release.credentials import Credentials, Kind
from pyo3ops.release.expected import Expected
from pyo3ops.release.model import Manifest, SealedFile
from pyo3ops.release.target import Target
from pyo3ops.release.world import Asked, Built, BuiltFile, Log, World
from pyo3ops.tools.git import GitState, Remote, RemoteRefs
from pyo3ops.tools.index import Index
from pyo3ops.tools.simple_page import IndexFile
from pyo3ops.wheels.inspection.verdict import Said, worst

if TYPE_CHECKING:
    from pyo3ops.core.model import Status

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
HEAD, OTHER = "a" * 40, "b" * 40
WHEEL, SDIST = "spam-1.2.3-py3-none-any.whl", "spam-1.2.3.tar.gz"

GIT = GitState(
    top=Path("spam"),
    prefix="",
    head=HEAD,
    branch="main",
    upstream="origin/main",
    ahead=0,
    behind=0,
    modified=(),
    untracked=(),
    staged=(),
    remote=Remote("origin", "https://example.org/spam.git"),
    default_branch="main",
    shallow=False,
    operation="",
    tags=(),
    identity="A Developer <developer@example.org>",
    signing_key="",
    signs_tags=False,
)
PROJECT = Project(
    root=Path("spam"),
    name="spam",
    version="1.2.3",
    requires_python=">=3.8",
    classifiers=("Typing :: Typed",),
    pythons=(PythonVersion(8), PythonVersion(13)),
    pythons_from="classifiers",
    backend=Backend.OTHER,
    build_requires=("hatchling",),
    layout=Layout.MIXED,
    python_source=None,
    extensions=(),
    workspace_root=None,
    target_directory=None,
    toolchain_file=None,
    config=Config(),
    metadata_error=None,
)
TABLE = {
    "name": "spam",
    "version": "1.2.3",
    "readme": "README.md",
    "license": "MIT",
    "requires-python": ">=3.8",
    "dependencies": ["ham>=1"],
}
TARGET = Target(
    name="",
    upload="https://example.org/legacy/",
    simple=Index("https://example.org/simple/", "a test"),
    client="twine",
    credentials=Credentials(Kind.PASSWORD, "TWINE_PASSWORD", "somebody", "something"),
)
SEALED = Manifest("spam", "1.2.3", HEAD, (SealedFile(WHEEL, 10, "1" * 64, ""), SealedFile(SDIST, 20, "2" * 64, "")))
FILES = tuple(
    BuiltFile(Path(name), size, digest * 64, "spam", "1.2.3", "# Spam", "text/markdown", 2026, NOW)
    for name, size, digest in ((WHEEL, 10, "1"), (SDIST, 20, "2"))
)
SOUND = World(
    project=PROJECT,
    pyproject={"project": TABLE},
    asked=Asked(),
    version="1.2.3",
    current="1.2.3",
    now=NOW,
    git=GIT,
    refs=RemoteRefs((("refs/heads/main", HEAD),), "main"),
    tag="v1.2.3",
    branches=("main",),
    stated=(Stated("1.2.3", "pyproject.toml", 3),),
    log=Log("CHANGELOG.md", "- Faster.", "1.2.3 - 2026-11-28", date="2026-11-28", ahead=0),
    readme="# Spam",
    expected=Expected("spam", "1.2.3", None, sdist=True),
    target=TARGET,
    tools=frozenset({"twine"}),
    free=2**40,
    ahead=0.5,
    built=Built(files=FILES),
)


def public(name: str, *, sha256: str = "", uploaded: str = "", yanked: str | None = None, size: int = 1) -> IndexFile:
    """A file that the index has."""
    hashes = (("sha256", sha256),) if sha256 else ()
    return IndexFile(name, f"https://example.org/{name}", hashes, "", yanked, size, uploaded)


def given(**settings: Any) -> dict[str, Any]:
    """What `[tool.pyo3ops.release]` says."""
    return {"project": replace(PROJECT, config=replace(Config(), release=ReleaseConfig(**settings)))}


def table(**rows: Any) -> dict[str, Any]:
    """What `[project]` says beside, or without (None)."""
    merged = {**TABLE, **{key.replace("_", "-"): value for key, value in rows.items()}}
    return {"pyproject": {"project": {key: value for key, value in merged.items() if value is not None}}}


def said(rule: Callable[[World], Iterator[Said]], **changes: Any) -> Said:
    """What a rule says of the sound world with some facts changed."""
    return worst(tuple(rule(replace(SOUND, **changes))))


def status(rule: Callable[[World], Iterator[Said]], **changes: Any) -> Status:
    """The same, its status alone."""
    return said(rule, **changes).status
