"""Record which trove classifiers indexes know: `python ci/recorders/classifiers.py`, with trove-classifiers installed.

Writes pyo3ops/release/preflight/classifiers.txt: a line each, those that are deprecated with a minus before them.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import trove_classifiers  # type: ignore[import-untyped,import-not-found,unused-ignore]

TARGET = Path(__file__).parents[2] / "pyo3ops/release/preflight/classifiers.txt"


def main() -> None:
    """Write the list."""
    lines = [f"# trove-classifiers {version('trove-classifiers')}; rewritten by ci/recorders/classifiers.py"]
    lines += sorted(trove_classifiers.classifiers)
    lines += sorted(f"-{name}" for name in trove_classifiers.deprecated_classifiers)
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
