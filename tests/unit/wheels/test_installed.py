from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools.environments import environment
from pyo3ops.wheels.installed import libraries

if TYPE_CHECKING:
    from pathlib import Path


def test_a_wheels_extension_modules_are_found_where_they_are_installed(tmp_path: Path) -> None:
    site = tmp_path / "venv/lib/python3.13/site-packages"
    names = {
        "a/_native.abi3.so": "a/_native.abi3.so",
        "a/__init__.py": "a/__init__.py",
        "a.libs/libssl-1234.so": "a.libs/libssl-1234.so",
        "a-1.0.data/platlib/b.cpython-313-x86_64-linux-gnu.so": "b.cpython-313-x86_64-linux-gnu.so",
        "a-1.0.data/scripts/tool": "a-1.0.data/scripts/tool",
    }
    wheel = tmp_path / "a-1.0-cp313-cp313-linux_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, installed in names.items():
            archive.writestr(name, b"")
            (site / installed).parent.mkdir(parents=True, exist_ok=True)
            (site / installed).touch()
    (tmp_path / "venv/lib64").symlink_to("lib")
    found = libraries(wheel, environment(tmp_path / "venv", {}))
    assert [path.relative_to(site.resolve()).as_posix() for path in found] == [
        "a/_native.abi3.so",
        "b.cpython-313-x86_64-linux-gnu.so",
    ]


def test_what_is_not_installed_is_nowhere(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a.so", b"")
    assert libraries(wheel, environment(tmp_path / "venv", {})) == ()
    wheel.write_bytes(b"no archive")
    with pytest.raises(OSError, match="not a zip file"):
        libraries(wheel, environment(tmp_path / "venv", {}))
