"""Rewrite pyo3ops/core/data/pyo3.toml from the released crates: `python ci/recorders/pyo3_releases.py [0.20 0.21 ...]`.

Each minor line of PyO3 is fetched through cargo, and its limits are read from the Cargo.toml of pyo3 and from the
build script of pyo3-ffi. Without arguments the lines that the table has are read again. Needs Python 3.11 and cargo.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import tomllib
from vendor import vendored

TABLE = Path(__file__).parents[2] / "pyo3ops/core/data/pyo3.toml"
HEADER = """\
# What each minor line of PyO3 accepts, read from its newest patch release by ci/recorders/pyo3_releases.py.
# One row a line: add one with `python ci/recorders/pyo3_releases.py 0.20 ... 0.31`.
#   rust-version      oldest rustc (Cargo.toml of pyo3)
#   python-min, -max  CPython range of pyo3-ffi's build script; one minor release above is built with a warning in
#                     lines that say so (`experimental-next`), anything beyond is refused
#   free-threaded-min oldest free-threaded CPython, absent where none is supported
#   abi3, abi3t       stable ABI features, by the lowest minor release that each can be asked for
"""


def main() -> int:
    lines = sys.argv[1:] or [row["release"] for row in tomllib.loads(TABLE.read_text())["pyo3"]]
    rows = [row_of(line) for line in lines]
    TABLE.write_text(HEADER + "".join(f"\n[[pyo3]]\n{row}" for row in rows))
    return 0


def row_of(line: str) -> str:
    with vendored(line) as crates:
        return read(crates)


def read(crates: Path) -> str:
    package = tomllib.loads((crates / "pyo3/Cargo.toml").read_text())
    ffi = tomllib.loads((crates / "pyo3-ffi/Cargo.toml").read_text())["package"]["version"]
    # Newer lines name the versions first: PY_3_14 stands for a PythonVersion of minor 14.
    script = re.sub(r"PY_3_(\d+)\b(?!:)", r"minor: \1", (crates / "pyo3-ffi/build.rs").read_text())
    version = package["package"]["version"]
    cpython = script.split("SUPPORTED_VERSIONS_CPYTHON", 1)[1]
    low, high = re.findall(r"minor:\s*(\d+)", cpython)[:2]
    free = re.search(r"MIN_FREE_THREADED_VERSION[^;]*?minor:\s*(\d+)", script, re.DOTALL)
    fields = {
        "release": ".".join(version.split(".")[:2]),
        "rust-version": package["package"]["rust-version"],
        "python-min": f"3.{low}",
        "python-max": f"3.{high}",
        "experimental-next": "max.minor + 1" in script,
        "free-threaded-min": f"3.{free[1]}t" if free else first_free_threaded(script),
        "abi3-min": lowest(package["features"], "abi3-py3"),
        "abi3t-min": lowest(package["features"], "abi3t-py3"),
        "source": f"pyo3 {version} Cargo.toml, pyo3-ffi {ffi} build.rs",
    }
    return "".join(f"{key} = {spell(value)}\n" for key, value in fields.items() if value is not None)


def first_free_threaded(script: str) -> str | None:
    """3.13t was the first. Lines before 0.23 do not name it, or refuse it unless an UNSAFE_ variable is set."""
    named = re.search(r"gil_disabled|free.?threaded", script, re.IGNORECASE)
    return "3.13t" if named and "UNSAFE_PYO3_BUILD_FREE_THREADED" not in script else None


def lowest(features: dict[str, object], prefix: str) -> str | None:
    minors = [int(name[len(prefix) :]) for name in features if re.fullmatch(prefix + r"\d+", name)]
    return f"3.{min(minors)}" if minors else None


def spell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


if __name__ == "__main__":
    sys.exit(main())
