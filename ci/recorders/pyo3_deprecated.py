"""Rewrite pyo3ops/core/data/deprecated.toml from the released crates: `python ci/recorders/pyo3_deprecated.py`.

What each minor line of PyO3 in pyo3.toml marks with #[deprecated], in which line it stood first, and in which it is no
longer there. A name that the same line also has for something that is not deprecated is left out: seeing it in a source
would prove nothing. Needs Python 3.11 and cargo.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import tomllib
from vendor import vendored

DATA = Path(__file__).parents[2] / "pyo3ops/core/data"
HEADER = """\
# What each minor line of PyO3 deprecates, read from its sources by ci/recorders/pyo3_deprecated.py.
#   since  the first line that marks it, as its attribute says
#   last   the last line that still has it; absent where the newest known one does
#   instead  PyO3's own advice
"""

_ATTRIBUTE = re.compile(r"#\[deprecated\(((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*)\)\]")
_ITEM = re.compile(
    r"\s*(?:#\[[^\]]*\]\s*|///[^\n]*\s*)*"
    r"(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:const\s+)?(?P<kind>fn|struct|type|trait|macro_rules!)\s+(?P<name>\w+)"
)
_ANY = r"(?:fn|struct|type|trait|macro_rules!|mod|enum|const)\s+{}\b"


#: Names that the standard library, the C API or common crates have as well.
_SHARED = frozenset(
    {
        "PyObject",
        "as_mut_slice",
        "from_code",
        "from_object",
        "from_sequence",
        "from_timestamp",
        "from_type",
        "from_value",
        "get_tzinfo",
        "into_ref",
        "is_type_of",
        "new_type",
        "new_with",
        "warn_explicit",
    }
)
#: One word, and yet nearly always PyO3's in a source that uses it.
_PYO3S = frozenset({"downcast"})


def main() -> int:
    lines = [row["release"] for row in tomllib.loads((DATA / "pyo3.toml").read_text())["pyo3"]]
    found = {line: deprecated_in(sources_of(line)) for line in lines}
    names = sorted({name for rows in found.values() for name in rows})
    rows = []
    for name in names:
        having = [line for line in lines if name in found[line]]
        since, instead = found[having[0]][name]
        last = "" if having[-1] == lines[-1] else f"last = {json.dumps(having[-1])}\n"
        rows.append(
            f"\n[[deprecated]]\nname = {json.dumps(name)}\nfirst = {json.dumps(having[0])}\n"
            f"since = {json.dumps(since)}\n{last}instead = {json.dumps(instead)}\n"
        )
    (DATA / "deprecated.toml").write_text(HEADER + "".join(rows))
    return 0


def sources_of(line: str) -> str:
    """All Rust sources of pyo3 itself in the newest patch release of a line."""
    with vendored(line) as crates:
        return "\n".join(file.read_text() for file in sorted((crates / "pyo3/src").rglob("*.rs")))


def deprecated_in(source: str) -> dict[str, tuple[str, str]]:
    """Each deprecated name with its `since` and its advice."""
    counted: dict[str, list[tuple[str, str]]] = {}
    for match in _ATTRIBUTE.finditer(source):
        item = _ITEM.match(source, match.end())
        fields = dict(re.findall(r'(since|note)\s*=\s*"((?:[^"\\]|\\.)*)"', match[1]))
        if item and "note" in fields:
            advice = re.sub(r"\s+", " ", fields["note"].replace('\\"', '"').replace("\\\n", "")).strip()
            counted.setdefault(item["name"], []).append((fields.get("since", ""), advice))
    return {
        name: rows[-1]
        for name, rows in counted.items()
        # Where another type has the name for good, seeing it proves nothing. What implements a trait is never `pub`.
        if len(re.findall(r"pub\s+(?:unsafe\s+)?" + _ANY.format(name), source)) <= len(rows) and distinctive(name)
    }


def distinctive(name: str) -> bool:
    """A word that a source hardly has for something of its own: two words at least, or a type of PyO3's."""
    return name not in _SHARED and (name in _PYO3S or "_" in name.strip("_") or bool(re.search(r"[a-z][A-Z]", name)))


if __name__ == "__main__":
    raise SystemExit(main())
