"""Fill the cache with what a target lacks: packages that apt fetches aside of the system, and zig as pip has it.

A plan of one step a kit; what is there already is left alone, and what was downloaded before an interruption is not
downloaded again.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.errors import reason_of
from pyo3ops.core.files import exists
from pyo3ops.core.plan import Plan, Step
from pyo3ops.core.run import run, which
from pyo3ops.tools import apt, zig
from pyo3ops.tools.apt import World
from pyo3ops.wheels.cross import kits as layout
from pyo3ops.wheels.targets import locked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.wheels.cross.kits import Kits
    from pyo3ops.wheels.cross.rows import Target

#: Names under which distributions pack a compiler: its own, and those of its library for another architecture.
_RUSTS = (("rustc-web", "libstd-rust-web-dev", "rust-web-src"), ("rustc", "libstd-rust-dev", "rust-src"))
#: The C library and the interpreter of a foreign system, and what of its standard library Debian packs apart.
_PYTHON = ("python3-minimal", "libpython3-stdlib", "libgcc-s1")
_EMULATORS = ("qemu-user-static", "qemu-user")
#: Seconds for the ziglang package, of 100 MB.
_ZIG_TIMEOUT = 900.0


@dataclass(frozen=True)
class Wanted:
    """What of the kits of a target is to be there."""

    std: bool = True
    gcc: bool = True
    zig: bool = True
    emulator: bool = True
    python: bool = True


@dataclass(frozen=True)
class Preparation:
    """One target's kits, and with what they are made."""

    target: Target
    kits: Kits
    env: Mapping[str, str]
    native: str
    progress: Callable[[str], None] = lambda _: None

    @property
    def world(self) -> World:
        """The packages for this system, and those of the target's architecture beside them."""
        foreign = (self.target.debian,) if self.target.debian not in ("", self.native) else ()
        return World(self.kits.folder / "apt" / (self.target.debian or self.native), self.native, foreign)

    @property
    def foreign(self) -> World:
        """The packages of a system of the target's architecture on which nothing is installed."""
        return World(self.world.folder, self.target.debian, empty=True)


def plan(preparation: Preparation, wanted: Wanted) -> Plan:
    """The steps that bring what is wanted."""
    return Plan(tuple(_steps(preparation, wanted)))


def _steps(it: Preparation, wanted: Wanted) -> Iterator[Step]:
    # Without a Python an emulator has nothing to run.
    runs = it.target.qemu and it.target.debian
    if wanted.std or (wanted.gcc and it.target.gcc) or ((wanted.emulator or wanted.python) and runs):
        yield Step("lists", lambda: _guarded(_update, it), brings=("lists",))
    rows = (
        (wanted.std, "std", _std, None),
        (wanted.gcc and it.target.gcc, "gcc", _gcc, it.kits.gcc(it.target)),
        (wanted.zig and it.target.zig, "zig", _zig, zig.packaged(it.kits.zig)),
        (wanted.emulator and runs, "emulator", _qemu, it.kits.emulators),
        (wanted.python and runs, "python", _root, it.kits.root_folder(it.target)),
    )
    for asked, name, do, place in rows:
        if asked:
            yield _step(name, do, place, it)


def _step(name: str, do: Callable[[Preparation], str | None], place: Path | None, it: Preparation) -> Step:
    needs = () if name == "zig" else ("lists",)
    return Step(name, lambda: _guarded(do, it), lambda: place is not None and exists(place), needs=needs)


def _guarded(do: Callable[[Preparation], str | None], it: Preparation) -> str | None:
    try:
        return do(it)
    except OSError as error:
        return reason_of(error, it.kits.folder)


def _update(it: Preparation) -> str | None:
    apt.make(it.world)
    if it.target.debian:
        apt.make(it.foreign)
    it.progress("fetching the lists of packages")
    result = apt.update(it.world, it.env)
    # A mirror may lack one list of many: what the others offer decides.
    return None if result.ok or apt.versions(it.world, ["gcc"], it.env) else result.reason


def _std(it: Preparation) -> str | None:
    """The newest rustc that has a library for the target, or its source where none is packed."""
    packed = bool(it.target.debian)
    for compiler, library, source in _RUSTS:
        extra = f"{library}:{it.target.debian}" if packed else source
        found = apt.versions(it.world, [compiler, extra], it.env)
        version = common(found.get(compiler, ()), found.get(extra, ()))
        if version is None:
            continue
        folder = it.kits.rust_folder(version)
        if not exists(folder):
            wanted = [f"{compiler}={version}", f"{library}:{it.native}={version}"]
            wrong = _unpacked(it, it.world, wanted, folder, layout.write_rustc)
            if wrong:
                return wrong
        return _added(it, f"{extra}={version}", folder, "src" if not packed else it.target.triple)
    return f"apt knows no compiler with {'a library' if packed else 'the source'} for {it.target.triple}"


def common(one: Sequence[str], other: Sequence[str]) -> str | None:
    """The newest version that both have; each has its newest first."""
    return next((version for version in one if version in other), None)


def _added(it: Preparation, package: str, folder: Path, name: str) -> str | None:
    """One more library, or the source, in the folder of a compiler: it appears there by one rename."""
    place = folder / "usr" / "lib" / "rustlib" / name
    if exists(place):
        return None
    with _aside(it) as aside:
        wrong = _fetched(it, it.world, [package], aside, alone=True)
        if wrong:
            return wrong
        if name == "src":
            for source in (aside / "usr" / "src").glob("rust*"):
                (folder / "usr" / "src").mkdir(exist_ok=True)
                source.rename(folder / "usr" / "src" / source.name)
        (aside / "usr" / "lib" / "rustlib" / name).rename(place)
    return None


def _gcc(it: Preparation) -> str | None:
    return _unpacked(it, it.world, it.target.packages, it.kits.gcc_folder(it.target), layout.write_gcc(it.target.gcc))


def _qemu(it: Preparation) -> str | None:
    # Debian's current release packs the static ones under the plain name.
    found = apt.versions(it.world, _EMULATORS, it.env)
    name = next((each for each in _EMULATORS if each in found), None)
    return _unpacked(it, it.world, [name], it.kits.folder / "qemu") if name else "apt knows no qemu-user"


def _root(it: Preparation) -> str | None:
    return _unpacked(it, it.foreign, _PYTHON, it.kits.root_folder(it.target))


def _zig(it: Preparation) -> str | None:
    uv = which("uv", it.env)
    if uv is None:
        return "uv is not here to install the ziglang package"
    it.progress("installing zig")
    with _aside(it) as aside:
        argv = [uv, "pip", "install", "--quiet", "--no-deps", "--target", str(aside / "zig"), "ziglang"]
        result = run(argv, timeout=_ZIG_TIMEOUT, env=it.env)
        if not result.ok:
            return result.reason
        (aside / "zig").rename(it.kits.zig)
    return None


def _unpacked(
    it: Preparation,
    world: World,
    packages: Sequence[str],
    folder: Path,
    finish: Callable[[Path], None] = lambda _: None,
) -> str | None:
    """Make a kit of packages and what they need."""
    with _aside(it) as aside:
        wrong = _fetched(it, world, packages, aside)
        if wrong:
            return wrong
        finish(aside)
        aside.rename(folder)
    return None


def _fetched(
    it: Preparation, world: World, packages: Sequence[str], folder: Path, *, alone: bool = False
) -> str | None:
    it.progress(f"downloading {', '.join(packages)}")
    # One folder a set: what an interruption leaves there belongs to no other kit.
    archives = world.folder / "downloads" / digest(packages)
    result = (apt.fetch_alone if alone else apt.fetch)(world, packages, archives, it.env)
    if not result.ok:
        return result.reason
    packed = sorted(archives.glob("*.deb"))
    for package in packed:
        it.progress(f"unpacking {package.name}")
        result = apt.unpack(package, folder, it.env)
        if not result.ok:
            return result.reason
    shutil.rmtree(archives, ignore_errors=True)
    return None if packed else f"apt downloaded nothing for {', '.join(packages)}: it counts as installed"


def digest(packages: Sequence[str]) -> str:
    """A name for a set of packages that is a file name."""
    return hashlib.sha256(" ".join(packages).encode()).hexdigest()[:16]


@contextmanager
def alone(kits: Kits) -> Iterator[None]:
    """One process at a time fills a cache; raises `OSError` where it cannot be written."""
    kits.folder.mkdir(parents=True, exist_ok=True)
    with locked(kits.folder / ".lock"):
        yield


@contextmanager
def _aside(it: Preparation) -> Iterator[Path]:
    """A folder beside the kits, which becomes one by a rename or is removed."""
    aside = Path(tempfile.mkdtemp(prefix=".making-", dir=it.kits.folder))
    try:
        aside.chmod(0o755)
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)
