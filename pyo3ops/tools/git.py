"""git: the tags behind the checked out commit, which files it ignores, a repository for a new project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds; listing the tags of a repository with ten thousand commits takes a tenth.
TIMEOUT = 2.0


@dataclass(frozen=True)
class Checkout:
    """The working tree that a folder belongs to; `top`: it is the root; `tags`: those merged into HEAD."""

    top: bool
    tags: tuple[str, ...]


def checkout(folder: Path, env: Mapping[str, str]) -> Checkout | None:
    """The git checkout that a folder lies in; None outside of one, and where git cannot tell."""
    prefix = run(["git", "rev-parse", "--show-prefix"], timeout=TIMEOUT, env=env, cwd=folder)
    if not prefix.ok:
        return None
    # Other branches have tags of their own: 2.0 on main is no news to a maintained 1.x.
    tags = run(["git", "tag", "--list", "--merged", "HEAD"], timeout=TIMEOUT, env=env, cwd=folder)
    return Checkout(not prefix.out.strip(), tuple(tags.out.split()) if tags.ok else ())


def init(folder: Path, env: Mapping[str, str]) -> bool:
    """Make a folder a repository, where git is here and the folder lies in none; True where it is one now."""
    inside = run(["git", "rev-parse", "--is-inside-work-tree"], timeout=TIMEOUT, env=env, cwd=folder)
    if inside.ok or inside.ended is Ended.MISSING:
        return False
    return run(["git", "init", "--quiet"], timeout=TIMEOUT, env=env, cwd=folder).ok


def ignoring(file: Path, env: Mapping[str, str]) -> str | None:
    """The pattern by which git leaves a file out, as "FILE:LINE: PATTERN"; None for a file that it has or takes."""
    argv = ["git", "check-ignore", "--verbose", "--", file.name]
    return parse_ignoring(run(argv, timeout=TIMEOUT, env=env, cwd=file.parent).out)


def parse_ignoring(text: str) -> str | None:
    """What `git check-ignore --verbose` says of one file."""
    source, _, _ = text.partition("\t")
    parts = source.strip().split(":", 2)
    # A pattern with an exclamation mark is printed as well, and takes the file back in.
    if len(parts) != 3 or parts[2].startswith("!"):  # noqa: PLR2004 - source, line, pattern
        return None
    return f"{parts[0]}:{parts[1]}: {parts[2]}"
