"""cibuildwheel: what each of its lines builds, installed into an environment of its own, driven, and its log read."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Iterator

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import run
from pyo3ops.core.toml import load
from pyo3ops.tools import environments
from pyo3ops.tools.programs import installed_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.tools.python import Interpreter

_TABLE = Path(__file__).parents[1] / "data" / "cibuildwheel.toml"
#: The Pythons that it runs on, best first: those that its newest releases are tested with, the oldest last.
RUNS_ON = tuple(PythonVersion(minor) for minor in (13, 12, 14, 11))
#: Seconds; it answers within 1, and imports much from a cold disk.
TIMEOUT = 30.0

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_STARTS = re.compile(r"Building (\S+-\S+) wheel")
_ENDS = re.compile(r"\S{0,3}\s*(\S+-\S+) finished in ")
_BUILT_BEFORE = re.compile(r"Found previously built wheel (\S+?), that's compatible with (\S+)\.")
_STEP = re.compile(
    r"(?:::group::)?(Auditing wheel|Building wheel|Installing build tools|Repairing wheel|Running before_build"
    r"|Setting up build environment|Testing wheel)\.\.\.$"
)


@dataclass(frozen=True)
class Line:
    """One line of releases: the tags of CPython that it builds, by platform, and the names of its images."""

    requirement: str
    #: The release that this was read off.
    recorded: str
    identifiers: Mapping[str, tuple[str, ...]]
    #: By architecture.
    images: Mapping[str, tuple[str, ...]]
    #: Tags that it builds only where `enable` names "cpython-freethreading".
    opt_in: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called in a sentence: cibuildwheel 3."""
        return f"cibuildwheel {self.recorded.partition('.')[0]}"

    def knows(self, python: str, platform: str) -> bool:
        """True where it has a Python of this tag for a platform such as manylinux_x86_64."""
        return python in self.identifiers.get(platform, ())


@functools.lru_cache(maxsize=None)
def lines() -> tuple[Line, ...]:
    """Every known line, newest first."""
    return tuple(_line(row) for row in load(_TABLE)["line"])


@dataclass(frozen=True)
class Cibuildwheel:
    """An installed cibuildwheel; `error` in words where there is none."""

    script: Path
    release: str = ""
    error: str | None = None


def installed(line: Line, folder: Path, python: Interpreter, env: Mapping[str, str]) -> Cibuildwheel:
    """The newest release of a line in the environment in `folder`, which is made where it is not there.

    Raises `OSError` where the folder cannot be written.
    """
    environment = environments.environment(folder, env)
    script = environment.python.with_name("cibuildwheel" + environment.python.suffix)
    release = installed_release(script, "cibuildwheel")
    if release is None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        environment, made = environments.create(folder, python.path, env)
        done = environments.install(environment, [line.requirement]) if made.ok else made
        if not done.ok:
            return Cibuildwheel(script, error=done.reason)
        release = installed_release(script, "cibuildwheel")
    error = None if release else f"{line.requirement} was installed without its script"
    return Cibuildwheel(script, release or "", error)


def identifiers(
    script: Path, package: Path, config: Path, platform: str, env: Mapping[str, str]
) -> tuple[tuple[str, ...], str | None]:
    """What it would build by a configuration on linux, macos or windows; the second value says what failed."""
    argv = [str(script), "--print-build-identifiers", "--platform", platform, "--config-file", str(config)]
    result = run([*argv, "--allow-empty", str(package)], timeout=TIMEOUT, env=env, cwd=package)
    return parse_identifiers(result.out), None if result.ok else result.reason


def parse_identifiers(text: str) -> tuple[str, ...]:
    """Read what `--print-build-identifiers` prints: a line each, among notes."""
    return tuple(line for line in text.splitlines() if re.fullmatch(r"[a-z]{2}\d+\w*-\w+", line))


def build_argv(script: Path, package: Path, config: Path, output: Path, platform: str) -> list[str]:
    """The command that builds by a configuration; what it builds of that, the variable CIBW_BUILD says."""
    options = ["--platform", platform, "--config-file", str(config), "--output-dir", str(output)]
    return [str(script), *options, str(package)]


def container_engine(name: str, options: Sequence[str], told: str = "") -> str:
    """The value of its option `container-engine`, with what an earlier value of it, `told`, gave to containers."""
    pairs = (part.partition(":") for part in told.split(";")[1:])
    fields = {key.strip().replace("-", "_"): value.strip() for key, _, value in pairs}
    fields["create_args"] = " ".join((fields.get("create_args", ""), *options)).strip()
    return "; ".join((name, *(f"{key}: {value}" for key, value in fields.items())))


@dataclass(frozen=True)
class Ran:
    """One identifier, as far as it got, in seconds of wall time; `wheel` is one built before, and only tested here."""

    identifier: str
    seconds: float
    finished: bool
    #: The last step that it came to, such as "Testing wheel".
    step: str = ""
    wheel: str = ""


def parse_log(lines: Iterable[tuple[float, str]]) -> Iterator[Ran]:
    """What became of each identifier, from the lines of a log with the second at which each came."""
    now: dict[str, Any] | None = None
    last = 0.0
    for second, raw in lines:
        last, line = second, plain(raw)
        start, end, before, step = (each.match(line) for each in (_STARTS, _ENDS, _BUILT_BEFORE, _STEP))
        if start:
            if now:
                yield Ran(now["name"], second - now["at"], False, now["step"], now["wheel"])  # noqa: FBT003 - as named above
            now = {"name": start[1], "at": second, "step": "", "wheel": ""}
        elif now and before:
            now["wheel"] = before[1]
        elif now and end and end[1] == now["name"]:
            yield Ran(now["name"], second - now["at"], True, now["step"], now["wheel"])  # noqa: FBT003
            now = None
        elif now and step:
            now["step"] = step[1]
    if now:
        yield Ran(now["name"], last - now["at"], False, now["step"], now["wheel"])  # noqa: FBT003


def plain(line: str) -> str:
    """A line of its log without colours."""
    return _ANSI.sub("", line).strip()


def said(log: Sequence[str]) -> str | None:
    """Why it stopped, in its own words; None where it does not say."""
    errors = (re.match(r"(?:Error: )?cibuildwheel: (?:error: )?(.+)|(?:::error::)(.+)", plain(line)) for line in log)
    found = [match[1] or match[2] for match in errors if match and not match.string.startswith("cibuildwheel: note")]
    return found[-1] if found else None


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        requirement=row["requirement"],
        recorded=row["recorded"],
        identifiers={platform: tuple(tags) for platform, tags in row["identifiers"].items()},
        images={architecture: tuple(names) for architecture, names in row["images"].items()},
        opt_in=tuple(row["free-threading"]),
    )
