from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import candidates
from pyo3ops.tools.candidates import ask, parse_apk, parse_apt, parse_dnf, parse_pacman, upstream
from pyo3ops.tools.system import packages

if TYPE_CHECKING:
    from pathlib import Path

#: As Debian 12 prints it.
APT = """\
rustc:
  Installed: (none)
  Candidate: 1.63.0+dfsg1-2
  Version table:
     1.63.0+dfsg1-2 500
        500 http://mirror.example/debian bookworm/main amd64 Packages
rustup:
  Installed: (none)
  Candidate: (none)
  Version table:
gcc:
  Installed: 4:12.2.0-3
  Candidate: 4:12.2.0-3
  Version table:
 *** 4:12.2.0-3 500
        500 http://mirror.example/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
"""
PACMAN = """\
Repository      : extra
Name            : rust
Version         : 1:1.91.0-1
Description     : Systems programming language focused on safety, speed and concurrency

Repository      : extra
Name            : rustup
Version         : 1.28.2-4
"""
APK = """\
rust policy:
  1.87.0-r0:
    https://mirror.example/alpine/v3.22/community
rustup policy:
  1.28.2-r0:
    lib/apk/db/installed
    https://mirror.example/alpine/v3.22/community
"""


def test_apt() -> None:
    assert parse_apt(APT) == {"rustc": "1.63.0+dfsg1-2", "gcc": "4:12.2.0-3"}


def test_dnf() -> None:
    # The older dnf adds a line end of its own.
    text = "rust 1.91.0\n\ncargo 1.91.0\n\n"
    assert parse_dnf(text) == parse_dnf(text.replace("\n\n", "\n")) == {"rust": "1.91.0", "cargo": "1.91.0"}


def test_pacman() -> None:
    assert parse_pacman(PACMAN) == {"rust": "1:1.91.0-1", "rustup": "1.28.2-4"}


def test_apk() -> None:
    assert parse_apk(APK) == {"rust": "1.87.0-r0", "rustup": "1.28.2-r0"}


@pytest.mark.parametrize("parse", [parse_apt, parse_dnf, parse_pacman, parse_apk])
def test_what_is_no_answer_tells_nothing(parse: object) -> None:
    assert callable(parse)
    assert parse("") == {}
    assert parse("E: something else\n") == {}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.96.0+dfsg1-1~deb12u2", "1.96.0"),
        ("1:1.91.0-1", "1.91.0"),
        ("4:12.2.0-3", "12.2.0"),
        ("1.87.0-r0", "1.87.0"),
        ("unknown", "unknown"),
    ],
)
def test_the_upstream_version(version: str, expected: str) -> None:
    assert upstream(version) == expected


def test_every_manager_that_can_be_asked_has_a_parser() -> None:
    asked = {manager.name for manager in packages().managers.values() if manager.candidates}
    assert asked == set(candidates._PARSERS)


def test_the_manager_is_asked(tmp_path: Path) -> None:
    program = tmp_path / "apt-cache"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{APT}END\nexit 100\n", encoding="utf-8")
    program.chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert ask(packages().managers["apt-get"], ["rustc", "gcc"], env) == {"rustc": "1.63.0", "gcc": "12.2.0"}
    assert ask(packages().managers["apt-get"], [], env) == {}
    assert ask(packages().managers["brew"], ["rustup"], env) == {}
