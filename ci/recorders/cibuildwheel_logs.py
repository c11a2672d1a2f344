"""Keep what a log of cibuildwheel says of itself: `python ci/recorders/cibuildwheel_logs.py LOG NAME`.

LOG is a cibuildwheel.log of `pyo3ops wheels build --engine cibuildwheel`. Into tests/data/tools/cibuildwheel/NAME.txt
go the lines by which identifiers and steps begin and end, and its errors; not what compilers, pip and pytest say.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

DATA = Path(__file__).parents[2] / "tests/data/tools/cibuildwheel"
OWN = re.compile(
    r"Building \S+-\S+ wheel|.*finished in|Found previously|[A-Z][\w ]+\.\.\.$|::|cibuildwheel: |Error: cibuildwheel"
    r"|\d+ wheels? produced|\S*✓|\S*✕"
)


def main() -> int:
    log, name = sys.argv[1:]
    lines = Path(log).read_text(encoding="utf-8").splitlines()
    DATA.mkdir(parents=True, exist_ok=True)
    kept = [re.sub(r"[\w.]+/pypa/", "REGISTRY/pypa/", line.strip()) for line in lines if OWN.match(line.strip())]
    (DATA / f"{name}.txt").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
