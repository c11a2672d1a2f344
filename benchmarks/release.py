"""What becomes of a release when its connection fails: twine, uv publish, hatch publish, pyo3ops, by the same scripts.

    python benchmarks/release.py [SEEDS]

Each script is drawn from its number: dropped connections, answers of 5xx and 429, quotas, stale lists, the client
killed by SIGKILL before or behind the moment at which a file is kept. In every fourth script one name is taken by other
bytes. The index is one of this process, by PyPI's rules. Each client gets the same files and is run again until it says
that it is done, as a person or a CI would; what is public then is counted. Writes benchmarks/results/release-DATE.md.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from pyo3ops.release.journal import Journal  # noqa: E402 - of this checkout
from pyo3ops.release.manifest import fingerprint, seal  # noqa: E402
from pyo3ops.release.model import State  # noqa: E402
from tests.release_torture import dists, driver  # noqa: E402
from tests.release_torture.http_index import HttpIndex, Own, serving  # noqa: E402
from tests.release_torture.index import Store  # noqa: E402
from tests.release_torture.scripts import FaultScript  # noqa: E402

RESULTS = ROOT / "benchmarks/results"
PROJECT = "spam_eggs"
#: Runs after which a client that does not say that it is done is given up.
MOST_RUNS = 12
#: Seconds for one run.
TIMEOUT = 120
#: Every how many-th script has a file of somebody else under one of the names.
FOREIGN = 4


@dataclass(frozen=True)
class Ended:
    """What one script came to with one client."""

    #: The public set is what was made.
    complete: bool
    #: Nothing is public.
    empty: bool
    #: A name has other bytes.
    foreign: bool
    #: The client said that it is done; or else that nothing more can be done.
    said_done: bool
    said_end: bool
    #: Uploads of what was there already, byte for byte.
    again: int
    runs: int


def twine(files: list[Path], index: HttpIndex, _: Path) -> list[str]:
    """With `--skip-existing`, which is meant for running it again, and is for PyPI alone: so this index is that."""
    own = ["uv", "tool", "run", "--from", "twine", "python", "-c", TWINE.format(url=index.url)]
    where = ["--repository-url", index.url, "--username", "anybody", "--password", "anything"]
    return [*own, "upload", "--non-interactive", "--disable-progress-bar", "--skip-existing", *where, *map(str, files)]


#: twine, for which another address is PyPI's.
TWINE = """\
import twine.repository
from twine.__main__ import main
twine.repository.WAREHOUSE = '{url}'
twine.repository.LEGACY_PYPI = '{url}older/'
raise SystemExit(main())
"""


def uv(files: list[Path], index: HttpIndex, _: Path) -> list[str]:
    """With `--check-url`, which is meant for running it again."""
    where = ["--publish-url", index.url, "--check-url", index.simple]
    return ["uv", "publish", "--no-config", *where, "--username", "anybody", "--password", "anything", *map(str, files)]


def hatch(files: list[Path], index: HttpIndex, _: Path) -> list[str]:
    """As it is: it looks at the index before each project."""
    own = ["hatch"] if shutil.which("hatch") else ["uv", "tool", "run", "hatch"]
    who = ["--user", "anybody", "--auth", "anything", "--no-prompt", "--yes"]
    return [*own, "publish", "--repo", index.url, *who, *map(str, files)]


def ours(_: list[Path], index: HttpIndex, folder: Path) -> list[str]:
    """The engine of `pyo3ops release`, uploading by uv, in a process that can be killed."""
    order = {"folder": str(folder), "url": index.url, "simple": index.simple, "client": "uv", "kill": 0}
    return [sys.executable, driver.__file__, json.dumps(order)]


CLIENTS: dict[str, Callable[[list[Path], HttpIndex, Path], list[str]]] = {
    "twine --skip-existing": twine,
    "uv publish --check-url": uv,
    "hatch publish": hatch,
    "pyo3ops (by uv)": ours,
}


class Running:
    """One run of a client, which can be killed with all that it started."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def run(self, argv: list[str], place: Path) -> tuple[int, str]:
        env = {**os.environ, "HOME": str(place), "UV_CACHE_DIR": _cache()}
        env.update(NO_PROXY="127.0.0.1", no_proxy="127.0.0.1", PYTHONPATH=str(ROOT))
        self.process = subprocess.Popen(
            argv, cwd=place, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = self.process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            said, _ = self.process.communicate()
        return self.process.returncode, said


def _cache() -> str:
    return said_by("uv", "cache", "dir").strip()


def play(seed: int, name: str, place: Path) -> Ended:
    """One script, one client, to its end."""
    script, store, running = FaultScript(seed), Store(time.time), Running()
    files = dists.make(place / "dist", PROJECT, "1.0", script.files)
    made = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    if seed % FOREIGN == 0:
        other = dists.make(place / "other", PROJECT, "1.0", script.files, salt="other")[script.files // 2]
        store.put(other.name, other.read_bytes())
    index = HttpIndex(Own(store), script.draw, script.kill, running.kill)
    done = ended = False
    run = 0
    with serving(index):
        while not done and not ended and run < MOST_RUNS:
            run += 1
            index.full = lambda run=run: script.is_full(len(store.files), run)  # type: ignore[misc]
            code, said = running.run(CLIENTS[name](files, index, _sealed(place, files)), place)
            index.settle()
            done = code == 0
            # Only that it can never be complete is an end: a full project may have room another day.
            ended = CLIENTS[name] is ours and State.STUCK.value in said and "with other bytes" in said
    public = {file.name: file.sha256 for file in store.files.values()}
    foreign = any(made.get(key) != value for key, value in public.items())
    again = sum(post.known for post in index.posts)
    return Ended(public == made, not public, foreign, done, ended, again, run)


def _sealed(place: Path, files: list[Path]) -> Path:
    """The release that our engine goes on with, made once."""
    folder = place / "release"
    if not folder.is_dir():
        manifest = seal(files, folder, project=PROJECT, version="1.0")
        with Journal.open(folder) as journal:
            journal.append(State.PLANNED.value)
            journal.append(State.SEALED.value, manifest=fingerprint(manifest))
            journal.append(State.CHECKED.value)
    return folder


COLUMNS: dict[str, Callable[[Ended], int]] = {
    "complete": lambda each: each.complete,
    "said done, and is": lambda each: each.said_done and each.complete,
    "said done, and is not": lambda each: each.said_done and not each.complete,
    "of these with foreign bytes": lambda each: each.said_done and each.foreign,
    "half, and said so": lambda each: not each.said_done and not each.complete and not each.empty and not each.foreign,
    "foreign, and said so": lambda each: not each.said_done and each.foreign,
    "of these given up at once": lambda each: each.said_end,
    "nothing public": lambda each: each.empty,
    "uploads of what was there": lambda each: each.again,
    "runs": lambda each: each.runs,
}


def table(rows: dict[str, list[Ended]], seconds: Counter[str]) -> str:
    """The figures as Markdown: a row for each client."""
    lines = [f"| client | {' | '.join(COLUMNS)} | s |", "|---|" + "---:|" * (len(COLUMNS) + 1)]
    for name, ends in rows.items():
        figures = [str(sum(int(column(each)) for each in ends)) for column in COLUMNS.values()]
        lines.append(f"| {name} | {' | '.join(figures)} | {seconds[name]:.0f} |")
    return "\n".join(lines)


def versions() -> str:
    said = []
    for argv in (["twine", "--version"], ["hatch", "--version"]):
        own = argv if shutil.which(argv[0]) else ["uv", "tool", "run", *argv]
        text = said_by(*own)
        said.append(f"{argv[0]} {re.search(r'[0-9]+[.][0-9.]+', text)[0]}")  # type: ignore[index]
    return ", ".join([*said, " ".join(said_by("uv", "--version").split()[:2])])


def said_by(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def main() -> int:
    seeds = range(int(sys.argv[1]) if sys.argv[1:] else 40)
    rows: dict[str, list[Ended]] = {name: [] for name in CLIENTS}
    seconds: Counter[str] = Counter()
    for seed in seeds:
        for name, ends in rows.items():
            with tempfile.TemporaryDirectory() as place:
                started = time.monotonic()
                ends.append(play(seed, name, Path(place)))
                seconds[name] += time.monotonic() - started  # type: ignore[assignment]
        print(seed, {name: ends[-1].runs for name, ends in rows.items()}, file=sys.stderr, flush=True)
    today = dt.datetime.now(dt.timezone.utc).date()
    text = TEXT.format(date=today, versions=versions(), scripts=len(seeds), table=table(rows, seconds), runs=MOST_RUNS)
    foreign = len([seed for seed in seeds if seed % FOREIGN == 0])
    text = text.replace("FOREIGN", str(foreign))
    print(text)
    (RESULTS / f"release-{today}.md").write_text(text, encoding="utf-8")
    return 0


TEXT = """\
# Releases over a connection that fails, {date}

`python benchmarks/release.py {scripts}`: {versions}. {scripts} scripts of faults, of which FOREIGN have a name that is
taken by other bytes, so that they can never be complete. Each client was run again until it said that it is done, at
most {runs} times; pyo3ops also ends where it says that other bytes have a name of the release.

{table}

- "said done, and is not": the last run ended with 0, and the index does not have what was made: a file is missing, or
  has other bytes. An index that loses a file which it accepted is among the faults, and so are lists that are out of
  date.
- "uploads of what was there": bodies that came whole although the index had the very same file.
- twine takes `--skip-existing` at PyPI alone, where it looks for names first, so it was told that this index is PyPI.
  hatch looks for pages where devpi has them; the index has them there, too.
- The seconds hold the waits between tries: those of twine, uv and hatch are as they come; pyo3ops waits for shorter
  than it does by itself (`PATIENCE` in tests/release_torture/driver.py).
"""

if __name__ == "__main__":
    sys.exit(main())
