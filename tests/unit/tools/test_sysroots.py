from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath

import pytest

from pyo3ops.tools import sysroots

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "größe root"
    (folder / "usr/lib/x86").mkdir(parents=True)
    (folder / "usr/lib/x86/libc.so.6").touch()
    (folder / "lib").symlink_to("usr/lib")
    (folder / "lib64").symlink_to("/usr/lib/x86")
    (folder / "usr/lib/up").symlink_to("../../../../../../usr/lib/x86")
    (folder / "circle").symlink_to("/circle/again")
    return folder


@pytest.mark.parametrize(
    "path", ["/usr/lib/x86/libc.so.6", "/lib/x86/libc.so.6", "/lib64/libc.so.6", "/usr/lib/up/libc.so.6"]
)
def test_links_lead_where_they_led_on_that_machine(path: str, root: Path) -> None:
    assert sysroots.below(root, PurePosixPath(path)) == root / "usr/lib/x86/libc.so.6"


def test_nothing_leads_out_of_it(root: Path) -> None:
    assert sysroots.below(root, PurePosixPath("/../../etc/passwd")) == root / "etc/passwd"
    assert sysroots.below(root, Path("/none/a.so")) == root / "none/a.so"
    assert sysroots.below(root, PurePosixPath("/circle/a.so")) is None
