"""The probe of conversions, built and installed for an interpreter and a PyO3, and kept until something changes."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.conversions import crate
from pyo3ops.conversions.asking import Probe
from pyo3ops.conversions.survey import Combination
from pyo3ops.core.discover import locked_versions
from pyo3ops.core.errors import Pyo3opsError, UsageError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.core.run import which
from pyo3ops.tools import environments, rustc
from pyo3ops.wheels import examples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.conversions.rows import Rows
    from pyo3ops.tools.environments import Environment
    from pyo3ops.tools.python import Interpreter

#: What the questions are asked with: values of numpy, time zones where the system has none, and what measures. One
#: numpy for each Python: its messages differ between releases.
NUMPY = (
    "numpy==1.24.4; python_version < '3.9'",
    "numpy==2.0.2; python_version == '3.9'",
    "numpy==2.2.6; python_version == '3.10'",
    "numpy==2.3.5; python_version >= '3.11'",
)
ZONES = ("tzdata", "backports.zoneinfo; python_version < '3.9'")
PYPERF = ("pyperf>=2.6",)
#: Stands in an environment that is complete.
READY = "ready"
#: Seconds that a probe is kept after its last use.
KEPT = 14 * 86400.0
#: Seconds until what could not be installed is tried again: without a network each attempt takes a while.
RETRY = 3600.0


@dataclass(frozen=True)
class Workshop:
    """Where probes are built and kept, and with what."""

    folder: Path
    env: Mapping[str, str]
    progress: Callable[[str], None] = lambda _: None

    @staticmethod
    def at(output: Path | None, env: Mapping[str, str], progress: Callable[[str], None]) -> Workshop:
        """The user's cache, or the folder that the caller wants; raises `UsageError` where it cannot be written."""
        import platformdirs  # noqa: PLC0415 - nobody else needs it

        folder = output or Path(platformdirs.user_cache_dir("pyo3ops", appauthor=False), "types")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".writable").touch()
        except OSError as error:
            raise UsageError(
                f"the probe cannot be kept: {reason_of(error, folder)}",
                cause="the folder is not yours to write, or a file has its name",
                command="pyo3ops types --output DIR",
            ) from None
        return Workshop(folder, env, progress)

    def probe(self, every: Rows, interpreter: Interpreter, line: str, *, measuring: bool) -> Probe:
        """The probe for an interpreter and a release line of PyO3, built where it is not there.

        Raises `UsageError` where pyperf is needed and not to be had, `Pyo3opsError` where the probe cannot be built.
        """
        try:
            return self._probe(every, interpreter, line, measuring=measuring)
        except OSError as error:
            raise Pyo3opsError(f"the probe cannot be built: {reason_of(error, self.folder)}") from None

    def _probe(self, every: Rows, interpreter: Interpreter, line: str, *, measuring: bool) -> Probe:
        files = crate.files(every, interpreter.version, line)
        base = self.folder / line
        compiler = rustc.ask(self.folder, self.env)
        flags = (value for name, value in sorted(self.env.items()) if name == "RUSTFLAGS" or "CARGO_PROFILE" in name)
        # An environment's Python and the one that it was made of are built for alike.
        python = os.path.realpath(interpreter.path)
        key = crate.digest(files, python, interpreter.release, str(compiler), *flags)
        output = base / f"{interpreter.version.tag}-{key[:16]}"
        with _locked(self.folder / f"{line}.lock"):
            if not (output / READY).is_file():
                source = base / "source"
                crate.write(files, source)
                self._build(source, interpreter, output, line)
                write_whole(output / READY, key.encode())
                _forget(base, interpreter.version.tag)
            (output / READY).touch()
        environment = environments.environment(output / "venv", self.env)
        for name, requirements in (("zones", ZONES), ("numpy", NUMPY)):
            self._try_to_install(environment, output, name, requirements)
        if measuring:
            self._install(environment, output, "pyperf", PYPERF)
        release = locked_versions(base / "source" / "Cargo.lock")["pyo3"][0]
        combination = Combination(str(interpreter.version), interpreter.release, line, release, "")
        return Probe(combination, environment.python, environment.env, output)

    def _build(self, source: Path, interpreter: Interpreter, output: Path, line: str) -> None:
        name = f"PyO3 {line} on Python {interpreter.version}"
        targets = self.folder / line / "target"
        built = examples.build(name, source, interpreter, output, targets=targets, env=self.env, progress=self.progress)
        self.progress(f"{name}: installing")
        installed = examples.install(built, interpreter, output, self.env)
        if installed.error is not None or installed.environment is None:
            log = output / "build.log"
            raise Pyo3opsError(
                f"the probe for {name} cannot be built: {installed.error}",
                cause="\n".join(installed.tail[-10:]),
                command=f"pyo3ops why {log}" if log.is_file() and log.stat().st_size else "",
            )

    def _install(self, environment: Environment, output: Path, name: str, requirements: Sequence[str]) -> None:
        if (output / name).is_file():
            return
        installed = environments.install(environment, requirements)
        if not installed.ok:
            raise UsageError(
                f"{name} cannot be installed: {installed.reason}",
                cause="it measures, and comes from the index of packages",
                command="pyo3ops types",
            )
        write_whole(output / name, b"")

    def _try_to_install(self, environment: Environment, output: Path, name: str, requirements: Sequence[str]) -> None:
        """Install what some rows need; without it those say so. What failed is tried again when some time is over."""
        stamp, failed = output / name, output / f"{name}-failed"
        if stamp.is_file() or (failed.is_file() and time.time() - failed.stat().st_mtime < RETRY):
            return
        installed = environments.install(environment, requirements)
        write_whole(stamp if installed.ok else failed, installed.err.encode("utf-8", "replace"))


def missing(env: Mapping[str, str]) -> str | None:
    """What is not there to build a probe with, None where all is."""
    gone = [program for program in ("cargo", "maturin") if which(program, env) is None]
    return " and ".join(gone) if gone else None


def _forget(base: Path, tag: str) -> None:
    """Remove the probes for this Python that nobody used for a while: each has an environment of its own."""
    for stamp in base.glob(f"{tag}-*/{READY}"):
        if time.time() - stamp.stat().st_mtime > KEPT:
            shutil.rmtree(stamp.parent, ignore_errors=True)


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """One process at a time builds for a release line: they share its sources."""
    with file.open("w") as stream:
        if os.name == "posix":
            import fcntl  # noqa: PLC0415 - there is none on Windows

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
