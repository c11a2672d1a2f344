"""How big an HTML report is and how fast it opens: `python benchmarks/html_page.py [FINDINGS...] [--keep DIR]`.

Headless Chromium opens each page five times in a fresh profile. Medians of its own figures: until something is painted
(first contentful paint), until the document is there (DOMContentLoaded), and the processor time of the page's main
thread until both are over, which does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "integration")]

from chromium import Page, find_chromium  # noqa: E402

from pyo3ops.core.model import Fact, Finding, Fix, Host, Location, Report, Status  # noqa: E402
from pyo3ops.render import html  # noqa: E402

ROUNDS = 5
FAMILIES = ("rust", "python", "pyo3", "build", "debug", "profile", "project", "editor")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("findings", nargs="*", type=int, default=[50, 1_000, 10_000])
    parser.add_argument("--keep", type=Path, help="a folder to write the pages into")
    args = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("no Chromium here: apt install chromium", file=sys.stderr)
        return 2
    print("| findings | rendered s | kB | painted s | document s | processor s | requests |\n|" + "---:|" * 7)
    for number in args.findings:
        began = time.perf_counter()
        text = html.render(sample(number))
        rendered = time.perf_counter() - began
        with tempfile.TemporaryDirectory() as folder:
            file = (args.keep or Path(folder)) / f"report-{number}.html"
            file.write_text(text, encoding="utf-8")
            pages = [Page.open(chromium, file) for _ in range(ROUNDS)]
        document = statistics.median(page.document for page in pages)
        busy = statistics.median(page.busy for page in pages)
        painted = statistics.median(page.painted for page in pages)
        requests = max(len(page.requests) for page in pages)
        size = len(text.encode()) / 1000
        print(
            f"| {number:,} | {rendered:.2f} | {size:,.0f} | {painted:.2f} | {document:.2f} | {busy:.2f} | {requests} |"
        )
    return 0


def sample(number: int) -> Report:
    """A report of so many findings: of every status, half of them with evidence, a fix and a link."""
    statuses = sorted(Status)
    return Report(
        "validate",
        "sample",
        Host("Linux", "6.8.0", "x86_64", "3.11.7", "0.1.0"),
        (Fact("PyO3", "0.29.3"), Fact("rustc", "1.95.0")),
        tuple(_finding(index, statuses[index % len(statuses)]) for index in range(number)),
        seconds=0.62,
    )


def _finding(index: int, status: Status) -> Finding:
    family = FAMILIES[index % len(FAMILIES)]
    loud = status not in (Status.OK, Status.SKIP)
    return Finding(
        f"{family}.check-{index}",
        "an interpreter of each Python is found and starts",
        status,
        f"no 3.{index % 20}, 3.13t here (the matrix is read from classifiers)",
        tuple(f"3.{minor}: 3.{minor}.1 at /opt/python/3.{minor}/bin/python3.{minor}" for minor in range(9, 14)) * loud,
        Fix("let uv fetch them", ("uv", "python", "install", "3.8", "3.13t"), safe=True) if loud else None,
        Location("pyproject.toml", index % 90 + 1) if loud else None,
        0.0321,
        "https://docs.astral.sh/uv/guides/install-python/",
    )


if __name__ == "__main__":
    sys.exit(main())
