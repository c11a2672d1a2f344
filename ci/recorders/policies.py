"""Rewrite pyo3ops/wheels/policies.toml: `uv run --no-project --with auditwheel ci/recorders/policies.py`.

The lists are those of PEP 513, 571 and 599, and what auditwheel found out about the distributions that PEP 600 is
about: it keeps them as data, of which the highest version of each name space is taken. Needs Python 3.10.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

TABLE = Path(__file__).parents[2] / "pyo3ops/wheels/policies.toml"
HEADER = """\
# What each manylinux policy promises, recorded by ci/recorders/policies.py from auditwheel {release}.
#   libraries   what every system that the policy speaks of brings (in a row: beside those of the rows above it)
#   GLIBC, ...  the highest symbol version of each name space that these systems all have; what an architecture has
#               otherwise stands in a table of its name
"""
SPACES = ("GLIBC", "GLIBCXX", "CXXABI", "GCC", "ZLIB", "LIBATOMIC")


def main() -> int:
    rows = json.loads((files("auditwheel.policy") / "manylinux-policy.json").read_text())
    known: set[str] = set()
    blocks = [HEADER.format(release=version("auditwheel"))]
    for row in (row for row in rows if row["symbol_versions"]):
        new = [name for name in row["lib_whitelist"] if name not in known]
        known |= set(new)
        blocks.append(block(row, new))
    TABLE.write_text("\n".join(blocks), encoding="utf-8")
    return 0


def block(row: dict, libraries: list[str]) -> str:
    usual = highest(row["symbol_versions"]["x86_64"])
    lines = ["[[policy]]", f"name = {json.dumps(row['name'])}", f"aliases = {json.dumps(row['aliases'])}"]
    lines += [f"libraries = {json.dumps(libraries)}"] if libraries else []
    lines += [f'{space} = "{found}"' for space, found in usual.items()]
    for architecture, versions in row["symbol_versions"].items():
        other = {space: found for space, found in highest(versions).items() if found != usual.get(space)}
        if other:
            lines.append(
                f"{architecture} = {{ " + ", ".join(f'{key} = "{value}"' for key, value in other.items()) + " }"
            )
    return "\n".join(lines) + "\n"


def highest(versions: dict[str, list[str]]) -> dict[str, str]:
    found = {}
    for space in SPACES:
        numbers = [text for text in versions.get(space, []) if text.replace(".", "").isdigit()]
        if numbers:
            found[space] = max(numbers, key=lambda text: tuple(map(int, text.split("."))))
    return found


if __name__ == "__main__":
    sys.exit(main())
