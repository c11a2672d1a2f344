"""Rewrite pyo3ops/wheels/abi3.toml: `uv run --no-project --with abi3info ci/recorders/abi3.py`.

abi3info carries what CPython's Misc/stable_abi.toml says, and needs Python 3.10, which pyo3ops does not.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from abi3info import DATAS, FUNCTIONS

TABLE = Path(__file__).parents[2] / "pyo3ops/wheels/abi3.toml"
HEADER = """\
# The functions and data of CPython's stable ABI by the release that added each, recorded by ci/recorders/abi3.py from
# abi3info {release}.
"""
#: Columns of a line.
WIDTH = 110


def main() -> int:
    added: dict[tuple[int, int], list[str]] = {}
    for symbol, row in {**FUNCTIONS, **DATAS}.items():
        added.setdefault((row.added.major, row.added.minor), []).append(symbol.name)
    blocks = [HEADER.format(release=version("abi3info"))]
    for (major, minor), names in sorted(added.items()):
        blocks.append(f'"{major}.{minor}" = """\n' + "\n".join(lines(sorted(names))) + '"""\n')
    TABLE.write_text("\n".join(blocks), encoding="utf-8")
    return 0


def lines(names: list[str]) -> list[str]:
    found = [""]
    for name in names:
        if found[-1] and len(found[-1]) + len(name) >= WIDTH:
            found.append("")
        found[-1] += f" {name}" if found[-1] else name
    return found


if __name__ == "__main__":
    sys.exit(main())
