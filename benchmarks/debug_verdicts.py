"""How far verdicts are right: `python benchmarks/debug_verdicts.py [VERSION...] [--built DIR] [--out FILE]`.

Each program of the deadlock corpus is run by each Python, looked at twice by gdb and judged. DIR has a folder for each
version with the extensions in it; without it they are compiled. FILE is benchmarks/results/debug-verdicts.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "integration")]

from tests.integration import deadlock_corpus as corpus  # noqa: E402
from tests.integration import pythons  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTE = """\
`python benchmarks/debug_verdicts.py`: two looks 0.2 s apart at each program of tests/data/debug/deadlocks, or what it
printed, or its core. Found: with the right kind, lock and functions."""
LOOKS = ("live", "output", "core")
WRONG = (corpus.Outcome.MISSED, corpus.Outcome.FALSE_DEFINITE, corpus.Outcome.FALSE_ALARM)
PARTS = (*corpus.PARTS, *corpus.ROWS)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("versions", nargs="*", default=list(pythons.VERSIONS))
    parser.add_argument("--built", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/debug-verdicts.md")
    args = parser.parse_args()
    found = {version: measured(version, args.built) for version in args.versions}
    for version, judged in found.items():
        print(*(f"{version}: {each}" for each in judged if each.outcome in WRONG), sep="\n", file=sys.stderr)
    args.out.write_text(page(found), encoding="utf-8")
    print(args.out.read_text(encoding="utf-8"))
    return 0


def measured(version: str, built: Path | None) -> list[corpus.Judged]:
    python = pythons.interpreter(version)
    if python is None:
        raise SystemExit(f"Python {version} is not here")
    with tempfile.TemporaryDirectory() as scratch:
        folder = built / version if built else compiled(python, Path(scratch, "target"))
        lane = corpus.Lane(version, python, folder)
        return [each for look in LOOKS for each in corpus.judged(lane, Path(scratch), os.environ, look, PARTS)]


def compiled(python: Path, target: Path) -> Path:
    return [corpus.build(part, python, target, os.environ) for part in PARTS][-1]


def page(found: dict[str, list[corpus.Judged]]) -> str:
    lines = [
        "# Verdicts on the deadlock corpus",
        "",
        NOTE,
        "",
        "| Python | programs | " + " | ".join(each.value for each in corpus.Outcome) + " | recall |",
        "|---|" + "---:|" * (len(corpus.Outcome) + 2),
        *(row(version, judged) for version, judged in found.items()),
        "",
        *confusion([each for judged in found.values() for each in judged]),
    ]
    return "\n".join(lines) + "\n"


def row(version: str, judged: Sequence[corpus.Judged]) -> str:
    by = Counter(each.outcome for each in judged)
    figures = " | ".join(str(by[each]) for each in corpus.Outcome)
    return f"| {version} | {len(judged)} | {figures} | {corpus.recall(judged):.1%} |"


def confusion(judged: Sequence[corpus.Judged]) -> list[str]:
    """What was said of each kind, over all Pythons."""
    said = Counter((each.program.kind, of) for each in judged for of in (verdict_of(each),))
    rows = [f"| {kind} | {verdict} | {count} |" for (kind, verdict), count in sorted(said.items())]
    return ["| it is | it is called | times |", "|---|---|---:|", *rows]


def verdict_of(judged: corpus.Judged) -> str:
    return ", ".join(f"{each.kind.value} ({each.certainty.value})" for each in judged.verdicts) or "nothing"


if __name__ == "__main__":
    raise SystemExit(main())
