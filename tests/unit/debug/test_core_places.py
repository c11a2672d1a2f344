from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3ops.debug import core_places
from pyo3ops.tools.kernel import CoreLimit

ASKED = Path("/srv/größe app/core.4711")
WITHOUT, NONE = CoreLimit(None, None), CoreLimit(0, None)


@pytest.mark.parametrize(
    ("pattern", "limit", "cause", "command"),
    [
        ("core", WITHOUT, "in the folder that the program was in", "ls -lt '/srv/größe app'"),
        ("/var/cores/%e.%p", WITHOUT, "kernel.core_pattern is /var/cores/%e.%p", "ls -lt /var/cores"),
        ("core", NONE, "the limit of cores is 0 here", "ulimit -c unlimited"),
        ("core", None, "another name", "ls -lt"),
        (None, None, "another name", "pyo3ops validate"),
        ("|/gone/handler %p", WITHOUT, "its host has the core", "sysctl kernel.core_pattern"),
        ("|", WITHOUT, "a program, which knows", "sysctl kernel.core_pattern"),
    ],
)
def test_where_a_core_is(pattern: str | None, limit: CoreLimit | None, cause: str, command: str) -> None:
    found = core_places.told(pattern, limit, ASKED)
    assert cause in found[0]
    assert found[1].startswith(command)


@pytest.mark.skipif(sys.platform == "win32", reason="its paths are no paths of Linux")
@pytest.mark.parametrize(
    ("name", "cause", "command"),
    [
        ("systemd-coredump", "/var/lib/systemd/coredump", "coredumpctl dump 4711 --output core"),
        ("apport", "/var/crash", "apport-unpack"),
        ("abrt-hook-ccpp", "/var/spool/abrt", "abrt list"),
        ("our-own", "hands cores to our-own", "sysctl"),
    ],
)
def test_programs_that_keep_cores(name: str, cause: str, command: str, tmp_path: Path) -> None:
    program = tmp_path / name
    program.touch()
    found = core_places.told(f"|{program} %P %u", NONE, ASKED)
    assert cause in found[0]
    assert command in found[1]
    assert "dump PID" in core_places.told(f"|{tmp_path / 'systemd-coredump'} %P", NONE, Path("core"))[1] or (
        name != "systemd-coredump"
    )
