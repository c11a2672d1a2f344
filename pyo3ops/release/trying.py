"""A published version on trial: installed from its index as a user would, in an environment that holds nothing else.

Two questions, asked apart. The project itself comes from the index that it was published to, from no other, and only
where it is one of the sealed files: its hashes are handed to the installer, and its dependencies are left out. These
then come from the index that the user has configured. With both indexes at once an installer would take whichever has
the higher version of a name, and so a stranger's file under the name of a dependency on a test index (or under the
project's own name elsewhere) would do for a proof.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator, Optional, Tuple
from urllib.parse import urlsplit

from pyo3ops.core.files import is_file
from pyo3ops.core.run import run, which
from pyo3ops.release import installed
from pyo3ops.tools import environments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.run import Result
    from pyo3ops.tools.environments import Environment
    from pyo3ops.tools.index import Index
    from pyo3ops.tools.python import Interpreter

#: Whether a step worked (None: there was nothing to do), and why not, or what is to be known of it.
_Did = Tuple[Optional[bool], str]
#: Seconds for installing one wheel, and for the smoke test.
TIMEOUT = 300.0
SMOKE_TIMEOUT = 600.0


@dataclass(frozen=True)
class Wanted:
    """One version of a project, and the only files that it may come from: their names and SHA-256."""

    project: str
    version: str
    files: tuple[tuple[str, str], ...]
    #: Modules that have to be importable, beside those at the top of what is installed.
    modules: tuple[str, ...] = ()
    #: What Python is told beside.
    smoke: tuple[str, ...] = ()
    #: The project's root, where scripts of the smoke test lie.
    root: Path | None = None


@dataclass(frozen=True)
class Done:
    """One step of a trial; `reason` says why it failed, or what is to be known of it. Wall time in seconds."""

    step: str
    ok: bool
    reason: str = ""
    seconds: float = 0.0
    #: There was nothing to do.
    idle: bool = False


@dataclass(frozen=True)
class Trial:
    """A version, installed with one Python; `skipped` says why nothing was tried."""

    python: str
    #: The file that was installed.
    file: str = ""
    steps: tuple[Done, ...] = ()
    skipped: str = ""

    @property
    def ok(self) -> bool:
        """True where everything was done and worked."""
        return not self.skipped and all(step.ok for step in self.steps)

    @property
    def failed(self) -> Done | None:
        """The step that ended it."""
        return next((step for step in self.steps if not step.ok), None)

    @property
    def seconds(self) -> float:
        """Of all steps."""
        return sum(step.seconds for step in self.steps)


@dataclass
class _Bench:
    """Where one trial happens."""

    wanted: Wanted
    index: Index
    folder: Path
    environment: Environment
    #: The sdist, already downloaded and compared, where no wheel fits.
    sdist: Path | None
    about: installed.About = installed.NOTHING


def try_out(
    wanted: Wanted,
    index: Index,
    interpreter: Interpreter,
    folder: Path,
    env: Mapping[str, str],
    *,
    read: Path | None = None,
) -> Trial:
    """Install a version from `index` with one Python in `folder`, import it, start its smoke test.

    `read` is the folder with the files that were read back: where no wheel fits, the sdist in there is built, with
    what building needs from the configured index. Raises `OSError` where `folder` cannot be written.
    """
    python = str(interpreter.version)
    names = [name for name, _ in wanted.files]
    wheel = fitting(names, interpreter)
    sdist = next((name for name in names if name.endswith((".tar.gz", ".zip"))), None)
    chosen = wheel or sdist
    if chosen is None:
        return Trial(python, skipped=f"no wheel of it fits Python {python} on this machine, and there is no sdist")
    path = read / chosen if read is not None and wheel is None else None
    if wheel is None and (path is None or not is_file(path)):
        return Trial(python, skipped=f"no wheel fits Python {python} on this machine, and the sdist was not read back")
    folder.mkdir(parents=True, exist_ok=True)
    environment, made = environments.create(folder / "env", interpreter.path, env)
    steps = [Done("a fresh environment", made.ok, "" if made.ok else made.reason, made.seconds)]
    bench = _Bench(wanted, index, folder, environment, path)
    if made.ok:
        steps += _carried_out(bench)
    file = installed.file_of(bench.about, names) if wheel else chosen
    return Trial(python, file or chosen, tuple(steps))


def _carried_out(bench: _Bench) -> Iterator[Done]:
    """One step after the other, up to the first that fails."""
    for name, step in _STEPS:
        started = time.monotonic()
        ok, reason = step(bench)
        yield Done(name, ok is not False, reason, time.monotonic() - started, idle=ok is None)
        if ok is False:
            return


def fitting(names: Sequence[str], interpreter: Interpreter) -> str | None:
    """The wheel among some names that an installer would take for a Python of this machine; None where none fits."""
    from packaging import tags, utils  # noqa: PLC0415 - asks the system

    python, abi = (3, interpreter.version.minor), interpreter.version.tag
    platforms = list(tags.platform_tags())
    accepted = [
        *tags.cpython_tags(python, [abi] if abi else None, platforms),
        *tags.compatible_tags(python, f"cp3{interpreter.version.minor}", platforms),
    ]
    rank = {tag: number for number, tag in enumerate(accepted)}
    best: tuple[int, str] | None = None
    for name in names:
        try:
            found = [rank[tag] for tag in utils.parse_wheel_filename(name)[3] if tag in rank]
        except ValueError:
            continue
        if found and (best is None or min(found) < best[0]):
            best = min(found), name
    return best[1] if best else None


def _install(bench: _Bench) -> _Did:
    if bench.sdist is not None:
        result = environments.install(bench.environment, [str(bench.sdist)])
    else:
        result = _from_index(bench)
    if not result.ok:
        return False, without_userinfo(_words(result), bench.index.url)
    about = installed.about(bench.wanted.project, bench.environment, bench.folder)
    if isinstance(about, str):
        return False, about
    bench.about = about
    return True, "built from the sdist: no wheel fits this machine" if bench.sdist is not None else ""


def _from_index(bench: _Bench) -> Result:
    """Have pip or uv fetch the project from its index, by its hashes, without what it depends on."""
    environment, listed = bench.environment, bench.folder / "wanted.txt"
    hashes = " ".join(f"--hash=sha256:{digest}" for _, digest in bench.wanted.files)
    listed.write_text(f"{bench.wanted.project}=={bench.wanted.version} {hashes}\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(listed)]
    uv = which("uv", environment.env)
    if uv:
        argv = [uv, "pip", "install", "--python", str(environment.python), *options]
    else:
        argv = [str(environment.python), "-m", "pip", "install", "--disable-pip-version-check", *options]
    return run(argv, timeout=TIMEOUT, env=only(bench.index, environment.env), cwd=bench.folder)


#: What names another source of files than the one index, or hides some of its files, or answers from memory.
_SOURCES = re.compile(
    r"(?:PIP|UV)_(?:(?:EXTRA_)?INDEX(?:_URL|ES)?|DEFAULT_INDEX|FIND_LINKS|NO_INDEX|OFFLINE|INDEX_STRATEGY|CONSTRAINTS?|OVERRIDE"
    r"|EXCLUDE_NEWER\w*|UPLOADED_PRIOR_TO|NO_DEPS|PREFER_BINARY|ONLY_BINARY|NO_BINARY|PRE|PRERELEASE|REQUIREMENT|CONFIG_FILE|TARGET|PREFIX)"
)


def only(index: Index, env: Mapping[str, str]) -> dict[str, str]:
    """Variables with which pip and uv know this index and no other, and no cache; credentials stay out of arguments.

    Certificates and proxies of the variables stay; those of pip's own files go with the rest of these files.
    """
    kept = {name: value for name, value in env.items() if not _SOURCES.fullmatch(name)}
    told = {"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_NO_INPUT": "1"}
    return {**kept, **told, "UV_DEFAULT_INDEX": index.url, "UV_NO_CONFIG": "1", "UV_NO_CACHE": "1"}


def without_userinfo(text: str, url: str) -> str:
    """A text of an installer without the credentials of an index's address, should it repeat them."""
    pair = urlsplit(url).netloc.rpartition("@")[0]
    for secret in filter(None, (pair, pair.partition(":")[2])):
        text = text.replace(secret, "****")
    return text


def _words(result: Result) -> str:
    """Why an installer failed: its reasons, which uv writes in lines below the first."""
    lines = [line.strip() for line in result.err.splitlines() if line.strip()]
    causes = [line for line in lines if re.match(r"(?:error|ERROR|cause|caused by|Caused by):?\s", line)]
    return f"{result.reason.partition(': ')[0]}: {'; '.join(causes)}"[:1000] if causes else result.reason


def _dependencies(bench: _Bench) -> _Did:
    environment, requires = bench.environment, bench.about.requires
    if not requires:
        return None, "it depends on nothing"
    result = environments.install(environment, list(requires))
    if not result.ok:
        return False, _words(result)
    uv, python = which("uv", environment.env), str(environment.python)
    argv = [uv, "pip", "check", "--python", python] if uv else [python, "-m", "pip", "check"]
    checked = run(argv, timeout=TIMEOUT, env=environment.env, cwd=bench.folder)
    return checked.ok, f"{len(requires)} from the configured index" if checked.ok else checked.reason


def _import(bench: _Bench) -> _Did:
    modules = sorted({*bench.wanted.modules, *bench.about.modules})
    if not modules:
        return False, "it installs no module"
    result = installed.imported(modules, bench.environment, bench.folder)
    return result.ok, ", ".join(modules) if result.ok else result.reason


def _scripts(bench: _Bench) -> _Did:
    scripts = bench.about.scripts
    if not scripts:
        return None, "it has none"
    result = installed.loaded(scripts, bench.environment, bench.folder)
    return result.ok, ", ".join(name for name, _ in scripts) if result.ok else result.reason


def _smoke(bench: _Bench) -> _Did:
    smoke, root = bench.wanted.smoke, bench.wanted.root
    if not smoke:
        return None, "none is configured: [tool.pyo3ops.release] smoke"
    # Not in the project's folder, where its sources would stand in for what was installed.
    told = [str(root / word) if root is not None and is_file(root / word) else word for word in smoke]
    argv = [str(bench.environment.python), *told]
    result = run(argv, timeout=SMOKE_TIMEOUT, env=bench.environment.env, cwd=bench.folder)
    return result.ok, " ".join(smoke) if result.ok else result.reason


#: What is done, in this order, and how it is called.
_STEPS: tuple[tuple[str, Callable[[_Bench], _Did]], ...] = (
    ("installed from the index", _install),
    ("dependencies", _dependencies),
    ("imported", _import),
    ("entry points of its scripts", _scripts),
    ("smoke test", _smoke),
)
