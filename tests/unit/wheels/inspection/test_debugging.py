from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.wheels.inspection import debugging
from pyo3ops.wheels.inspection.binaries import Binary, Format

from .made import PART, linux, member, other, says, wheel, word

if TYPE_CHECKING:
    from pathlib import Path


def test_debug_information() -> None:
    said = says(
        debugging.strip, wheel(linux(sections=((".text", 10), (".debug_info", 900_000), (".debug_str", 100_000))))
    )
    assert said.status is Status.WARN
    assert "has 1.0 MB of debug information" in said.detail
    assert word(debugging.strip, wheel(linux(sections=((".text", 10), (".debug_aranges", 48))))) == "ok"


def test_names_alone_are_no_debug_information() -> None:
    assert says(debugging.strip, wheel(linux())).detail == "stripped"
    assert "names of functions are in pkg/" in says(debugging.strip, wheel(linux(has_symbols=True))).detail


def test_build_ids() -> None:
    assert says(debugging.build_id, wheel(linux())).detail == "ab" * 20
    assert word(debugging.build_id, wheel(linux(), linux("pkg.libs/libx.so", build_id=""))) == "warn"
    assert word(debugging.build_id, wheel(other(Format.PE, "pkg/pkg.pyd", {"identity": ""}))) == "skip"


def test_companions() -> None:
    assert word(debugging.companion, wheel(linux())) == "skip"
    assert says(debugging.companion, wheel(linux(debuglink="pkg.debug"))).evidence == (
        "pkg/pkg.cpython-313-x86_64-linux-gnu.so names pkg.debug",
    )
    assert word(debugging.companion, wheel(other(Format.PE, "pkg/pkg.pyd", {"identity": "pkg.pdb"}))) == "ok"


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        (b"\0/home/me/pkg/src/lib.rscalled `Option::unwrap()`", ["/home/me/pkg/src/lib.rs"]),
        (b"/root/.cargo/registry/src/x-1/pyo3-0.29.3/src/err.rs/root/a/b.rs", None),
        (b"x/Users/me/a b/gr\xc3\xb6\xc3\x9fe/src/lib.rs\0", ["/Users/me/a b/größe/src/lib.rs"]),
        (b"C:\\Users\\me\\pkg\\src\\lib.rs", ["C:\\Users\\me\\pkg\\src\\lib.rs"]),
        (b"C:/Users/me/pkg/src/lib.rs", ["C:/Users/me/pkg/src/lib.rs"]),
        (b"/github/home/.cargo/registry/src/x/a-1.0.0/src/a.rs", None),
        (b"/opt/.cargo/registry/src/x/a-1.0.0/src/a.rs", ["/opt/.cargo/registry/src/x/a-1.0.0/src/a.rs"]),
        (b"/home/me/native/thing.c\0", ["/home/me/native/thing.c"]),
        (b"/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/str/mod.rs", []),
        (b"/cargo/registry/src/x/a-1.0.0/src/a.rs", []),
        (b"see /home/ and /root/ for more", []),
        (b"/home/me/notes.txt", []),
        (b"/home/" * 1000, []),
        (b"", []),
    ],
)
def test_paths_of_builders(content: bytes, paths: list[str] | None, tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(content)
    found = debugging.builders_paths(tmp_path / "a.so")
    assert list(found) == paths if paths is not None else found
    assert all(path.encode() in content for path in found)


def test_paths_are_counted_by_home(tmp_path: Path) -> None:
    content = (
        b"/root/.cargo/registry/src/x/a-1.0.0/src/a.rs\0/root/.cargo/registry/src/x/b-1.0.0/b.rs\0/home/me/p/src/lib.rs"
    )
    compiled = Binary(member("pkg/pkg.abi3.so", content, tmp_path), Format.ELF, (PART,))
    said = says(debugging.paths, wheel(compiled))
    assert said.status is Status.WARN
    assert said.detail == "pkg/pkg.abi3.so names files of who built it: /root/.cargo (2), /home/me (1)"
    # What is the project's own says more than what every build of the same crates has.
    assert said.evidence[0] == "/home/me/p/src/lib.rs"


def test_no_path_of_anybody(tmp_path: Path) -> None:
    compiled = Binary(member("pkg/pkg.abi3.so", b"src/lib.rs", tmp_path), Format.ELF, (PART,))
    assert word(debugging.paths, wheel(compiled)) == "ok"
