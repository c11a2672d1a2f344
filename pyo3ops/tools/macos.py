"""macOS: its version, the Xcode command line tools, Homebrew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds; each answers within 0.05. `brew` itself takes a second to start, and is only looked for.
TIMEOUT = 4.0


@dataclass(frozen=True)
class MacOs:
    """A Mac as its own tools describe it; empty strings for what they do not tell."""

    version: str = ""
    #: Folder of the developer tools that are chosen, where it is usable.
    developer: str = ""
    error: str | None = None
    homebrew: str | None = None


def ask(env: Mapping[str, str]) -> MacOs:
    """Ask for the version of macOS and for the developer tools.

    `xcrun` fails where `xcode-select -p` still names a folder that an update of macOS emptied, so it is what is asked.
    """
    version = run(["sw_vers"], timeout=TIMEOUT, env=env)
    developer = run(["xcode-select", "-p"], timeout=TIMEOUT, env=env)
    compiler = run(["xcrun", "--find", "clang"], timeout=TIMEOUT, env=env)
    failed = next((each for each in (developer, compiler) if not each.ok), None)
    return MacOs(
        parse_version(version.out),
        developer.out.strip() if failed is None else "",
        failed.reason if failed else None,
        which("brew", env),
    )


def parse_version(text: str) -> str:
    """The version in what `sw_vers` printed, such as "10.15.5"."""
    match = re.search(r"^ProductVersion:\s*(\S+)", text, re.MULTILINE)
    return match[1] if match else ""
