"""One sound project, compiled once an ABI, and the libraries that need a link of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.toml import loads

from .archives import Sdist, Wheel, readelf
from .source import FILES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[3]
#: What stands in the libraries where the compiler saw cargo's home; as long as any home that is planted there.
HOME = "/remapped/from/cargo"
#: A library that the wheel brings along, as auditwheel would call it; the longest name of any that is planted.
BUNDLED = "libplanted-1a2b3c4d.so.1"
RPATH = "$ORIGIN/../tiny.libs"
#: glibc up to this keeps the promise of manylinux2014.
FLOOR = (2, 17)

#: These came into the C library with glibc 2.33; the second, which they were inlined as before, is still there.
_STAT = {"stat64": "__xstat64", "lstat64": "__lxstat64", "fstat64": "__fxstat64"}


@dataclass(frozen=True)
class Parts:
    """What the corpus is made of: sound files, and libraries that were linked otherwise."""

    specific: Wheel
    abi3: Wheel
    #: For one Python, and no newer glibc than manylinux2014 promises.
    floor: Wheel
    sdist: Sdist
    #: By their names in `_VARIANTS`.
    libraries: Mapping[str, bytes]
    #: The library that `libraries["bundled"]` needs, and the same with an executable stack.
    bundled: bytes
    bundled_execstack: bytes
    #: Where the project is; its pyproject.toml promises an SBOM.
    root: Path
    #: (name and version, text of its licence) of each crate.
    crates: Sequence[tuple[str, str]]

    @property
    def sound(self) -> Mapping[str, Wheel | Sdist]:
        return {"specific": self.specific, "abi3": self.abi3, "floor": self.floor, "sdist": self.sdist}


class Workshop:
    """Builds the project in a new folder, with a target folder that is kept, so that PyO3 is compiled once a Python."""

    def __init__(self, folder: Path, target: Path, env: Mapping[str, str]) -> None:
        self.root, self.scratch = folder / "tiny", folder / "scratch"
        self.scratch.mkdir()
        self.env = {**env, "CARGO_TARGET_DIR": str(target)}
        self._write()
        self._remap()
        # What earlier folders of the same project left there is of no use to this one.
        self._run("cargo", "clean", "--quiet", "--release", "--package", "tiny")

    def _write(self) -> None:
        lock = (ROOT / "examples/hello_world/Cargo.lock").read_text(encoding="utf-8")
        files = {**FILES, "LICENSE": (ROOT / "LICENSE-MIT").read_text(encoding="utf-8")}
        files["Cargo.lock"] = _renamed_in_lock(lock)
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.crates = self._licences()
        texts = [f"{crate}\n{'=' * len(crate)}\n\n{text}\n" for crate, text in self.crates]
        (self.root / "THIRD-PARTY-LICENSES.txt").write_text("\n\n".join(texts), encoding="utf-8")

    def _remap(self) -> None:
        home = os.environ.get("CARGO_HOME", str(Path("~/.cargo").expanduser()))
        # Where rust-src is installed, the standard library's own panics name the folder that it is in.
        sysroot = self._run("rustc", "--print", "sysroot").strip()
        pairs = [(home, HOME), (sysroot, "/remapped/sysroot")]
        flags = [f"--remap-path-prefix={old}={new}" for old, new in pairs]
        self.env["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)

    def _run(self, *argv: str) -> str:
        done = subprocess.run(  # noqa: PLW1510 - the message of what failed is shown
            argv, cwd=self.root, env=self.env, capture_output=True, timeout=600
        )
        assert done.returncode == 0, f"{argv}\n{done.stderr.decode(errors='replace')[-4000:]}"
        return done.stdout.decode()

    def _licences(self) -> list[tuple[str, str]]:
        """Each crate that the lock names, with its licence as it ships it."""
        text = self._run(
            "cargo", "metadata", "--locked", "--format-version=1", "--filter-platform", "x86_64-unknown-linux-gnu"
        )
        crates = [crate for crate in json.loads(text)["packages"] if crate["name"] != "tiny"]
        return sorted((f"{crate['name']} {crate['version']}", _licence(crate)) for crate in crates)

    def wheel(self, *rustc: str, compatibility: str | None = None, features: Sequence[str] = ()) -> Wheel:
        """Build a wheel; without `compatibility`, maturin finds the oldest platform tag that is true."""
        out = self.scratch / "out"
        shutil.rmtree(out, ignore_errors=True)
        argv = ["maturin", "build", "--release", "--locked", "--quiet", "-i", sys.executable, "--out", str(out)]
        if compatibility:
            argv += ["--compatibility", compatibility]
        if compatibility == "linux":
            argv += ["--auditwheel", "skip"]
        self._run(*argv, "--features", ",".join(features), "--", *rustc)
        return self._without_folder(Wheel.read(*out.glob("*.whl")))

    def _without_folder(self, wheel: Wheel) -> Wheel:
        """maturin's SBOM names the folder of the project, which differs from one machine to the next."""
        sbom = f"{wheel.info}/sboms/tiny.cyclonedx.json"
        return wheel.having({sbom: wheel.members[sbom].replace(str(self.root).encode(), b"/remapped/tiny")})

    def library(self, *rustc: str, features: Sequence[str] = ()) -> bytes:
        """The module of a build that was linked otherwise."""
        return self.wheel(*rustc, compatibility="linux", features=features).library

    def sdist(self) -> Sdist:
        self._run("maturin", "sdist", "--out", str(self.scratch / "sdist"))
        return Sdist.read(*(self.scratch / "sdist").glob("*.tar.gz"))

    def shared(self, name: str, *options: str, code: str = "int planted(void) { return 0; }", soname: str = "") -> Path:
        """A small shared library; what links it will need `soname`."""
        source = self.scratch / f"{name}.c"
        source.write_text(code, encoding="utf-8")
        path = self.scratch / name
        self._run("cc", "-shared", "-fPIC", f"-Wl,-soname,{soname or name}", *options, str(source), "-o", str(path))
        return path

    def backwards(self, library: bytes) -> list[str]:
        """Arguments for rustc with which this library needs no newer glibc than FLOOR.

        What it needs of a newer one is wrapped: a strong reference becomes one of the version from before 2.17, as zig
        does it; a weak one stays undefined, and std does without.
        """
        newer = _newer(library)
        source = self.scratch / "backwards.c"
        source.write_text("\n".join(_shim(name) for name, weak in newer if not weak), encoding="utf-8")
        self._run("cc", "-c", "-fPIC", str(source), "-o", str(source.with_suffix(".o")))
        return _linking(str(source.with_suffix(".o")), *(f"-Wl,--wrap={name}" for name, _ in newer))


def _renamed_in_lock(lock: str) -> str:
    """The lock of an example with `tiny` in its place: cargo sorts it, and takes no other order for locked."""
    head, *packages = lock.split("[[package]]\n")
    renamed = [package.rstrip("\n").replace('"hello_world"', '"tiny"') for package in packages]
    return head + "\n\n".join(sorted(f"[[package]]\n{package}" for package in renamed)) + "\n"


def _licence(crate: Mapping[str, str]) -> str:
    folder = Path(crate["manifest_path"]).parent
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("LICENSE*"))]
    return "\n\n".join([f"License: {crate['license']}", *texts])


def _linking(*arguments: str) -> list[str]:
    return [word for argument in arguments for word in ("-C", f"link-arg={argument}")]


def _newer(library: bytes) -> list[tuple[str, bool]]:
    """Functions of a newer glibc than FLOOR that a library needs, and whether it does without."""
    symbols = re.findall(r"(GLOBAL|WEAK) +DEFAULT +UND (\w+)@GLIBC_(\d+)\.(\d+)", readelf(library, "--dyn-syms", "-W"))
    return [(name, binding == "WEAK") for binding, name, *version in symbols if tuple(map(int, version)) > FLOOR]


def _shim(name: str) -> str:
    """Assembly of a function that passes its call on to the first version that there was."""
    before = f"mov %rsi, %rdx; mov %rdi, %rsi; mov $1, %edi; jmp {_STAT[name]}@PLT" if name in _STAT else ""
    old = f".symver {name}_old, {name}@GLIBC_2.2.5; jmp {name}_old@PLT"
    return f'__asm__(".globl __wrap_{name}; .hidden __wrap_{name}; __wrap_{name}: {before or old}");'


def glibc(library: bytes) -> tuple[int, ...]:
    """The newest version of glibc that a library needs."""
    versions = re.findall(r"Name: GLIBC_(\d+)\.(\d+)", readelf(library, "-VW"))
    return max(tuple(map(int, version)) for version in versions)


def build(folder: Path, target: Path, env: Mapping[str, str]) -> Parts:
    """Compile all that the corpus is made of, in an empty folder: PyO3 twice where `target` is new, and not again.

    The folder is outside of any checkout: what git ignores, maturin leaves out.
    """
    shop = Workshop(folder, target, env)
    specific = shop.wheel()
    backwards = shop.backwards(specific.library)
    floor = shop.wheel(*backwards, compatibility="manylinux2014")
    assert glibc(floor.library) <= FLOOR, readelf(floor.library, "-VW")
    python = f"libpython3.{sys.version_info.minor}.so.1.0"
    bundled = shop.shared(BUNDLED)
    execstack = shop.shared("execstack.so", "-z", "execstack", soname=BUNDLED)
    libstdcxx = _libstdcxx(shop)
    needs = "-Wl,--no-as-needed"
    libraries = {
        "rpath": shop.library(*_linking(f"-Wl,-rpath,{RPATH}")),
        "needed": shop.library(*_linking(needs, str(bundled))),
        "bundled": shop.library(*_linking(needs, str(bundled), f"-Wl,-rpath,{RPATH}")),
        "libpython": shop.library(*_linking(needs, str(shop.shared(python)))),
        "libstdcxx": shop.library(*backwards, *_linking(str(libstdcxx)), features=("far",)),
        "no build ID": shop.library(*_linking("-Wl,--build-id=none")),
        "debug": shop.library("-C", "debuginfo=2", "-C", "strip=none"),
        "later": shop.library(features=("abi3", "later")),
        "outside": shop.library(features=("abi3", "outside")),
    }
    return Parts(
        specific=specific,
        abi3=shop.wheel(features=("abi3",)),
        floor=floor.tagged(re.sub(r"manylinux.*", "manylinux_2_17_x86_64", floor.tag)),
        sdist=shop.sdist(),
        libraries=libraries,
        bundled=bundled.read_bytes(),
        bundled_execstack=execstack.read_bytes(),
        root=shop.root,
        crates=tuple(shop.crates),
    )


def _libstdcxx(shop: Workshop) -> Path:
    """A stand-in for the C++ library of GCC 12."""
    script = shop.scratch / "libstdcxx.map"
    script.write_text("GLIBCXX_3.4.30 { planted_far; };", encoding="utf-8")
    code = "int planted_far(void) { return 0; }"
    return shop.shared("libstdc++.so.6", f"-Wl,--version-script={script}", code=code)


def sbom_promised(root: Path) -> bool:
    """True where the project's pyproject.toml asks maturin for an SBOM."""
    table = loads((root / "pyproject.toml").read_bytes(), "pyproject.toml")
    return bool(table["tool"]["maturin"]["sbom"]["rust"])
