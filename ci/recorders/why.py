"""Break things on purpose and record what the tools say: `python3.11 ci/recorders/why.py [ID...]`.

Writes tests/data/why/seen/recorded.toml and tests/data/why/healthy/*.txt. Needs Linux, rustup with stable and nightly,
pyenv's Pythons, maturin, uv and a C compiler; PyO3 is fetched. Paths of the machine are replaced, and so are the hosts of
registries.
"""

# ruff: noqa: E501 - shell scripts and sources on one line each, as they are typed

from __future__ import annotations

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import Mapping, NamedTuple

DATA = Path(__file__).parents[2] / "tests" / "data" / "why"
HOME = Path.home()
#: Lines and characters of one message that are kept: its end, where the errors are.
LINES, COLUMNS = 60, 400


class Case(NamedTuple):
    """What is to be recognised in what a shell script prints; `files` are written first."""

    expect: str
    script: str
    files: Mapping[str, str] = MappingProxyType({})
    #: PyO3 is compiled, which takes a while: such cases share target folders.
    target: str = ""


def crate(dependencies: str = "", package: str = "", rest: str = "") -> str:
    """A manifest."""
    return (
        f'[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n{package}\n'
        f'[lib]\nname = "demo"\ncrate-type = ["cdylib"]\n[dependencies]\n{dependencies}\n{rest}'
    )


PYPROJECT = (
    '[build-system]\nrequires = ["maturin>=1"]\nbuild-backend = "maturin"\n'
    '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.8"\n'
)
USE = "use pyo3::prelude::*;\n"
MODULE = USE + "#[pymodule]\nmod demo {\n    use super::*;\n    #[pyfunction]\n    fn one() -> u8 { 1 }\n}\n"


def plain(source: str = "pub fn f() {}\n", **manifest: str) -> dict[str, str]:
    """A crate without PyO3."""
    return {"Cargo.toml": crate(**manifest), "src/lib.rs": source}


def pyo3(source: str = MODULE, features: str = "", version: str = "0.29") -> dict[str, str]:
    """A maturin project."""
    dependency = f'pyo3 = {{ version = "{version}", features = [{features}] }}'
    return {"Cargo.toml": crate(dependency), "src/lib.rs": source, "pyproject.toml": PYPROJECT}


def program(source: str, rest: str = "") -> dict[str, str]:
    """A program that embeds Python."""
    manifest = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\npyo3 = "0.29"\n'
    return {"Cargo.toml": manifest + rest, "src/main.rs": source}


def build_script(dependency: str, body: str) -> dict[str, str]:
    """A crate whose build script needs something."""
    rest = f"[build-dependencies]\n{dependency}\n"
    return {**plain(rest=rest), "build.rs": f"fn main() {{ {body} }}\n"}


def wheel(name: str, metadata: str = "", version: str = "1.0", tag: str = "py3-none-any") -> str:
    """A command that makes a wheel."""
    code = (
        "import zipfile,sys\n"
        f"z=zipfile.ZipFile('{name}-{version}-{tag}.whl','w')\n"
        f"d='{name}-{version}.dist-info/'\n"
        f"z.writestr(d+'METADATA','Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{metadata}')\n"
        f"z.writestr(d+'WHEEL','Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: {tag}\\n')\n"
        "z.writestr(d+'RECORD','')\nz.close()\n"
    )
    return f'python3.11 -c "{code}"'


#: PATH with the system's programs alone, where no Rust is.
NO_RUST = "export PATH=/usr/bin:/bin;"
#: PATH with Rust alone.
RUST_ALONE = 'mkdir bin; for tool in cargo rustc rustup; do ln -s "$(command -v $tool)" bin/; done; PATH=$PWD/bin;'
IMPORT = "import importlib.util as u;s=u.spec_from_file_location('demo','{}');u.module_from_spec(s)"
C_MODULE = "gcc -shared -fPIC -o demo.so demo.c {} && python3.11 -c 'import demo'"
CONFIG = "implementation=CPython\nversion={}\nshared=true\nabi3=false\nlib_name=python3.11\npointer_width={}\nbuild_flags=\nsuppress_build_script_link_lines=false\n"

RUNTIME = (
    USE
    + """
#[pyclass]
struct Plain(u8);
#[pymethods]
impl Plain {
    fn change(&mut self, f: Bound<'_, PyAny>) -> PyResult<()> { f.call0()?; Ok(()) }
}
#[pyclass(unsendable)]
struct Lonely(u8);
#[pymethods]
impl Lonely {
    #[new]
    fn new() -> Self { Self(1) }
    fn get(&self) -> u8 { self.0 }
}
#[pyfunction]
fn plain() -> Plain { Plain(1) }
#[pyfunction]
fn panic() { let v: Vec<u8> = vec![]; let _ = v[std::hint::black_box(3)]; }
#[pyfunction]
fn unwrap() { let v: Result<u8, String> = Err("broken".into()); v.unwrap(); }
#[pyfunction]
fn without() { unsafe { let save = pyo3::ffi::PyEval_SaveThread(); pyo3::ffi::PyThreadState_Get(); pyo3::ffi::PyEval_RestoreThread(save); } }
extern "C" fn boundary() { panic!("in C") }
#[pyfunction]
fn abort() { boundary() }
#[pyfunction]
fn crash() { unsafe { *std::hint::black_box(8 as *mut u8) = 1 } }
#[pyfunction]
fn deep(n: u64) -> u64 { let a = std::hint::black_box([n; 64]); if n == 0 { 0 } else { deep(n - 1) + a[3] } }
#[pyfunction]
fn on_a_thread() { std::thread::spawn(|| deep(100_000_000)).join().unwrap(); }
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Plain>()?;
    m.add_class::<Lonely>()?;
    for f in [wrap_pyfunction!(plain, m)?, wrap_pyfunction!(panic, m)?, wrap_pyfunction!(unwrap, m)?, wrap_pyfunction!(without, m)?, wrap_pyfunction!(abort, m)?, wrap_pyfunction!(crash, m)?, wrap_pyfunction!(on_a_thread, m)?] {
        m.add_function(f)?;
    }
    Ok(())
}
"""
)


def runtime(expect: str, code: str) -> Case:
    """A line of Python with a module that can do much wrong."""
    build = "PYO3_PYTHON=python3.11 PYO3_BUILD_EXTENSION_MODULE=1 cargo build -q >build.log 2>&1 || cat build.log; cp $CARGO_TARGET_DIR/debug/libdemo.so demo.so; ulimit -c 0"
    return Case(
        expect, f'{build}; bash -c "python3.11 -c \\"$CODE\\"" 2>&1', {**pyo3(RUNTIME), ".code": code}, "runtime"
    )


def compiled(expect: str, source: str, features: str = "") -> Case:
    """A PyO3 crate that does not compile."""
    return Case(expect, "PYO3_PYTHON=python3.11 cargo check --color=never", pyo3(USE + source, features), "check")


CASES = (
    # cargo
    Case("cargo.not-found", f"{NO_RUST} cargo build"),
    Case("cargo.not-found", f"V=$(dirname $(command -v maturin)); {NO_RUST} $V/maturin build", pyo3()),
    Case(
        "cargo.not-found",
        f"python3.11 -m venv v; v/bin/pip -q install setuptools setuptools-rust wheel; {NO_RUST} v/bin/pip install --no-build-isolation .",
        {
            "Cargo.toml": crate('pyo3 = "0.29"'),
            "src/lib.rs": MODULE,
            "setup.py": "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
            "setup(name='demo', version='0.1', rust_extensions=[RustExtension('demo')])\n",
        },
    ),
    Case("cargo.msrv", "cargo build", plain(package='rust-version = "1.999"')),
    Case(
        "cargo.msrv",
        "cargo build",
        {
            **plain(dependencies='dep = { path = "dep" }'),
            "dep/Cargo.toml": '[package]\nname = "dep"\nversion = "0.1.0"\nedition = "2021"\nrust-version = "1.999"\n',
            "dep/src/lib.rs": "",
        },
    ),
    Case("cargo.edition", "cargo build", {"Cargo.toml": crate().replace("2021", "2027"), "src/lib.rs": ""}),
    Case(
        "cargo.lock-version",
        "cargo build",
        {**plain(), "Cargo.lock": 'version = 5\n[[package]]\nname = "demo"\nversion = "0.1.0"\n'},
    ),
    Case("cargo.locked", "cargo build --locked", plain(dependencies='libc = "0.2"')),
    Case(
        "cargo.locked",
        "cargo generate-lockfile; echo 'libc = \"0.2\"' >> Cargo.toml; cargo build --locked",
        plain(),
    ),
    Case("cargo.offline", "CARGO_HOME=$PWD/home cargo build --offline", plain(dependencies='pyo3 = "0.29"')),
    Case(
        "cargo.offline",
        "cargo generate-lockfile; CARGO_HOME=$PWD/home cargo build --offline",
        plain(dependencies='pyo3 = "0.29"'),
    ),
    Case(
        "cargo.links",
        "cargo build",
        plain(dependencies='pyo3 = "0.29"\nolder = { package = "pyo3", version = "0.28" }'),
    ),
    Case(
        "cargo.version-conflict",
        "cargo build",
        plain(dependencies='libc = "=0.2.150"\npyo3 = "=0.29.999"'),
    ),
    Case("cargo.feature", "cargo build", plain(dependencies='pyo3 = { version = "0.29", features = ["abi3-py399"] }')),
    Case("cargo.feature", "cargo build --features no-such-feature", plain()),
    Case("cargo.no-crate", "cargo build", plain(dependencies='pyo3-that-nobody-published = "1"')),
    Case("cargo.manifest-missing", "cargo build"),
    Case("cargo.manifest-missing", "cargo build --manifest-path rust/Cargo.toml"),
    Case("cargo.manifest-missing", "maturin build", {"pyproject.toml": PYPROJECT}),
    Case("cargo.manifest-invalid", "cargo build", {"Cargo.toml": "[package\nname = 1\n"}),
    Case("cargo.manifest-invalid", "cargo build", {"Cargo.toml": crate("libc = 2"), "src/lib.rs": ""}),
    Case(
        "cargo.workspace",
        "cd inner && cargo build",
        {"Cargo.toml": "[workspace]\nmembers = []\n", "inner/Cargo.toml": crate(), "inner/src/lib.rs": ""},
    ),
    Case(
        "cargo.file-lock",
        "mkdir home; export CARGO_HOME=$PWD/home; flock home/.package-cache sleep 3 & sleep 0.5; CARGO_HOME=$PWD/home timeout 1.5 cargo generate-lockfile",
        plain(dependencies='libc = "0.2"'),
    ),
    Case("cargo.wrapper", "RUSTC_WRAPPER=sccache-that-is-not-here cargo build", plain()),
    Case(
        "cargo.checksum",
        "cargo generate-lockfile; sed -i 's/^checksum = \"..../checksum = \"0000/' Cargo.lock; cargo build",
        plain(dependencies='libc = "=0.2.150"'),
    ),
    Case("cargo.build-script", "cargo build", build_script("", 'panic!("this and that is missing")')),
    # rustup
    Case("rustup.no-default", "RUSTUP_HOME=$PWD/empty cargo build", plain()),
    Case("rustup.no-default", "RUSTUP_HOME=$PWD/empty maturin build", pyo3()),
    Case("rustup.not-installed", "RUSTUP_AUTO_INSTALL=0 cargo +1.41.0 build", plain()),
    Case("rustup.not-installed", "RUSTUP_TOOLCHAIN=no-such-toolchain cargo build", plain()),
    Case("rustup.component", "cargo +nightly miri test", plain()),
    # the compiler
    Case("rust.target", "cargo build --target aarch64-apple-darwin", plain()),
    Case("rust.no-cdylib", "cargo build --target x86_64-unknown-linux-musl", plain(dependencies='libc = "0.2"')),
    Case("rust.nightly", "cargo build", plain("#![feature(never_type)]\n")),
    Case("rust.nightly", "cargo build -Zbuild-std", plain()),
    Case("rust.nightly", "RUSTFLAGS=-Zthreads=2 cargo build", plain()),
    Case(
        "rust.stale-artifacts",
        "echo 'pub fn f() {}' > a.rs; rustc +nightly --crate-type rlib a.rs; echo 'extern crate a; fn main() {}' > b.rs; rustc --extern a=liba.rlib b.rs",
    ),
    Case(
        "rust.out-of-memory",
        'printf \'#!/bin/sh\\ncase "$*" in *--crate-name\\ demo*) kill -9 $$;; esac\\nexec "$@"\\n\' > w; chmod +x w; RUSTC_WRAPPER=$PWD/w cargo build',
        plain(),
    ),
    Case("rust.crash", "RUSTFLAGS=-Ztreat-err-as-bug cargo +nightly build", plain("fn f() { missing() }\n")),
    Case(
        "rust.crash",
        'printf \'#!/bin/sh\\ncase "$*" in *--crate-name\\ demo*) kill -SEGV $$;; esac\\nexec "$@"\\n\' > w; chmod +x w; ulimit -c 0; RUSTC_WRAPPER=$PWD/w cargo build',
        plain(),
    ),
    Case("rust.compile", "cargo build", plain('pub fn f() -> u8 { "text" }\n')),
    Case("rust.compile", "cargo build", plain("pub fn f() { let a = 1\n let b = 2; }\n")),
    Case("rust.compile", "maturin build", pyo3(MODULE.replace("{ 1 }", "{ one }"))),
    # pyo3's build script
    Case(
        "pyo3.python-too-new",
        "PYO3_CONFIG_FILE=$PWD/c cargo check",
        {**pyo3(), "c": CONFIG.format("3.99", 64)},
        "check",
    ),
    Case(
        "pyo3.python-too-new",
        "PYO3_CONFIG_FILE=$PWD/c cargo check",
        {**pyo3(version="0.22"), "c": CONFIG.format("3.14", 64)},
        "check",
    ),
    Case(
        "pyo3.python-too-old", "PYO3_CONFIG_FILE=$PWD/c cargo check", {**pyo3(), "c": CONFIG.format("3.6", 64)}, "check"
    ),
    Case("pyo3.python-too-old", "PYO3_PYTHON=python3.8 cargo check", pyo3(version="0.30"), "check"),
    Case("pyo3.abi3-minimum", "PYO3_PYTHON=python3.10 cargo check", pyo3(features='"abi3-py312"'), "check"),
    Case("pyo3.no-interpreter", "PYO3_PYTHON=/opt/nowhere/python3.11 cargo check", pyo3(), "check"),
    Case("pyo3.no-interpreter", f"{RUST_ALONE} cargo check", pyo3(), "check"),
    Case("pyo3.no-interpreter", "PYO3_PYTHON=/bin/true cargo check", pyo3(), "check"),
    Case("pyo3.cross", "PYO3_CROSS=1 cargo check", pyo3(), "check"),
    Case("pyo3.cross", "PYO3_CROSS_LIB_DIR=$PWD cargo check", pyo3(), "check"),
    Case("pyo3.print-config", "PYO3_PRINT_CONFIG=1 PYO3_PYTHON=python3.11 cargo check", pyo3(), "check"),
    Case(
        "pyo3.architecture", "PYO3_CONFIG_FILE=$PWD/c cargo check", {**pyo3(), "c": CONFIG.format("3.11", 32)}, "check"
    ),
    Case("pyo3.lib-name", "PYO3_NO_PYTHON=1 cargo build", pyo3(features='"abi3-py38"'), "check"),
    # macros and traits of PyO3
    compiled(
        "pyo3.api-removed",
        "pub fn f() { Python::with_gil(|py| { let _ = pyo3::types::PyList::new_bound(py, [1]); }); }\n",
    ),
    compiled("pyo3.api-removed", "pub fn f(py: Python<'_>) -> PyObject { 1.into_py(py) }\n"),
    compiled("pyo3.not-thread-safe", "#[pyclass]\nstruct A(std::rc::Rc<u8>);\n"),
    compiled("pyo3.not-thread-safe", "#[pyclass]\nstruct A(std::cell::RefCell<u8>);\n"),
    compiled("pyo3.argument", "struct A;\n#[pyfunction]\nfn f(a: A) {}\n"),
    compiled("pyo3.return", "struct A;\n#[pyfunction]\nfn f() -> A { A }\n"),
    compiled("pyo3.generic-class", "#[pyclass]\nstruct A<'a>(&'a str);\n"),
    compiled("pyo3.generic-class", "#[pyclass]\nstruct A<T>(T);\n"),
    compiled("pyo3.signature", "#[pyfunction]\n#[pyo3(signature = (a, b))]\nfn f(a: u8) {}\n"),
    compiled("pyo3.signature", "#[pyfunction]\n#[pyo3(signature = (a=None, b))]\nfn f(a: Option<u8>, b: u8) {}\n"),
    # while it runs
    runtime("pyo3.no-constructor", "import demo; demo.Plain()"),
    runtime("pyo3.borrow", "import demo; p = demo.plain(); p.change(lambda: p.change(print))"),
    runtime(
        "pyo3.unsendable",
        "import demo, threading; l = demo.Lonely(); t = threading.Thread(target=l.get); t.start(); t.join()",
    ),
    runtime("pyo3.panic", "import demo; demo.panic()"),
    runtime("pyo3.panic", "import demo; demo.unwrap()"),
    runtime("pyo3.gil", "import demo; demo.without()"),
    runtime("run.abort", "import demo; demo.abort()"),
    runtime("run.segfault", "import demo; demo.crash()"),
    runtime("run.segfault", "import demo, faulthandler; faulthandler.enable(); demo.crash()"),
    Case(
        "pyo3.not-initialized",
        "PYO3_PYTHON=python3.11 cargo build -q && LD_LIBRARY_PATH=$(python3.11 -c 'import sysconfig as s; print(s.get_config_var(\"LIBDIR\"))') $CARGO_TARGET_DIR/debug/demo",
        program(USE + "fn main() { Python::attach(|py| { py.version(); }); }\n"),
        "program",
    ),
    # linking
    Case("link.no-linker", f"{RUST_ALONE} cargo build", plain()),
    Case(
        "link.no-linker", "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-none-gcc cargo build", plain()
    ),
    Case("link.python-library", "RUSTFLAGS='-lpython3.99' cargo build", plain()),
    Case("link.library", "RUSTFLAGS='-lsome_library' cargo build", plain()),
    Case(
        "link.python-symbols",
        "PYO3_PYTHON=python3.11 cargo test",
        {
            **pyo3(
                MODULE + "#[test]\nfn t() { Python::initialize(); Python::attach(|py| { py.version(); }); }\n",
                '"extension-module"',
            )
        },
        "test",
    ),
    Case(
        "link.undefined",
        "RUSTFLAGS='-Clink-arg=-Wl,--no-undefined' cargo build",
        plain('extern "C" { fn sqlite9_open(); }\n#[no_mangle]\npub fn f() { unsafe { sqlite9_open() } }\n'),
    ),
    Case("link.fuse-ld", "RUSTFLAGS=-Clink-arg=-fuse-ld=mould cargo build", plain()),
    Case(
        "link.fuse-ld",
        "PATH=$(echo $PATH) RUSTFLAGS='-Clink-self-contained=no -Clink-arg=-fuse-ld=mold' cargo build",
        plain(),
    ),
    Case("link.libc", "gcc -m32 demo.c", {"demo.c": "int main(void) { return 0; }\n"}),
    Case(
        "link.architecture",
        "printf '\\x7fELF\\x01\\x01\\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x01\\0\\x03\\0\\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x34\\0\\0\\0\\0\\0\\x28\\0\\0\\0\\0\\0' > other.o; RUSTFLAGS=\"-Clink-arg=$PWD/other.o\" cargo build",
        plain(),
    ),
    Case(
        "link.pic",
        "gcc -c -fno-pic a.c; gcc -shared a.o -o a.so",
        {"a.c": "int table[9]; int f(int i) { return table[i]; }\n"},
    ),
    # what build scripts need
    Case(
        "build.no-compiler",
        f"cargo fetch -q; {RUST_ALONE} RUSTFLAGS=-Clinker=/usr/bin/cc PATH=$PWD/bin cargo build",
        {**build_script('cc = "1"', 'cc::Build::new().file("a.c").compile("a")'), "a.c": ""},
        "",
    ),
    Case(
        "build.no-compiler",
        "python3.11 -m venv v; v/bin/pip -q install setuptools wheel; CC=no-such-gcc v/bin/pip install --no-build-isolation .",
        {
            "setup.py": "from setuptools import *\nsetup(name='demo', version='1', ext_modules=[Extension('demo', ['demo.c'])])\n",
            "demo.c": "",
        },
    ),
    Case("build.python-headers", "gcc -c demo.c", {"demo.c": "#include <Python.h>\n"}),
    Case(
        "build.header",
        "cargo build",
        {**build_script('cc = "1"', 'cc::Build::new().file("a.c").compile("a")'), "a.c": "#include <some/header.h>\n"},
    ),
    Case(
        "build.openssl",
        "OPENSSL_DIR=/opt/nowhere OPENSSL_NO_VENDOR=1 cargo build",
        plain(dependencies='openssl-sys = "0.9"'),
    ),
    Case(
        "build.openssl",
        "OPENSSL_NO_VENDOR=1 PKG_CONFIG_LIBDIR=/nowhere OPENSSL_NO_PKG_CONFIG= cargo build",
        plain(dependencies='openssl-sys = "0.9"'),
    ),
    Case(
        "build.pkg-config",
        "PKG_CONFIG=/nowhere/pkg-config cargo build",
        build_script(
            'pkg-config = "0.3"', 'if let Err(error) = pkg_config::probe_library("libnl-99") { panic!("{error}") }'
        ),
    ),
    Case(
        "build.native-library",
        "cargo build",
        build_script(
            'pkg-config = "0.3"', 'if let Err(error) = pkg_config::probe_library("libnl-99") { panic!("{error}") }'
        ),
    ),
    Case(
        "build.cmake",
        "cargo build",
        {
            **build_script('cmake = "0.1"', 'std::env::set_var("CMAKE", "/nowhere/cmake"); cmake::build("c");'),
            "c/CMakeLists.txt": "",
        },
    ),
    Case(
        "build.protoc",
        "PROTOC=/nowhere/protoc cargo build",
        {
            **build_script('prost-build = "0.13"', 'prost_build::compile_protos(&["a.proto"], &["."]).unwrap();'),
            "a.proto": "",
        },
    ),
    Case(
        "build.libclang",
        "LIBCLANG_PATH=/nowhere cargo build",
        {**build_script('bindgen = "0.71"', 'bindgen::builder().header("a.h").generate().unwrap();'), "a.h": ""},
    ),
    # maturin and wheels
    Case("pyo3.python-too-new", "maturin build -i python3.99", pyo3()),
    Case(
        "maturin.no-interpreter",
        "V=$(command -v maturin); C=$(dirname $(command -v cargo)); PATH=$C $V build --find-interpreter",
        pyo3(),
        "",
    ),
    Case("maturin.no-environment", "unset VIRTUAL_ENV CONDA_PREFIX; maturin develop", pyo3()),
    Case("maturin.two-environments", "mkdir a b; VIRTUAL_ENV=$PWD/a CONDA_PREFIX=$PWD/b maturin develop", pyo3()),
    Case(
        "maturin.module-name", "maturin build -i python3.11", {**pyo3(MODULE.replace("mod demo", "mod other"))}, "check"
    ),
    Case(
        "maturin.bindings",
        "maturin build",
        {**plain(), "pyproject.toml": PYPROJECT, "Cargo.toml": crate().replace("cdylib", "rlib")},
    ),
    Case(
        "maturin.python-source",
        "maturin build -i python3.11",
        {
            **pyo3(),
            "pyproject.toml": PYPROJECT + '[tool.maturin]\npython-source = "python"\nmodule-name = "pkg._native"\n',
        },
        "check",
    ),
    Case(
        "maturin.metadata", "maturin build", {**pyo3(), "pyproject.toml": PYPROJECT.replace('version = "0.1.0"\n', "")}
    ),
    Case("maturin.metadata", "maturin build", {**pyo3(), "pyproject.toml": PYPROJECT + 'readme = "MISSING.md"\n'}),
    Case(
        "maturin.metadata",
        "maturin build",
        {**pyo3(), "pyproject.toml": PYPROJECT + "licence-files = 3\nlicense = 4\n"},
    ),
    Case(
        "maturin.metadata",
        "pip wheel --no-deps .",
        {
            "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "demo"\nversion = 1\n'
        },
    ),
    Case("maturin.zig", "maturin build -i python3.11 --zig", pyo3(), "check"),
    Case("wheel.manylinux", "maturin build --release -i python3.11 --compatibility manylinux2014", pyo3(), "wheel"),
    Case(
        "wheel.manylinux",
        "maturin build --release -i python3.11 --compatibility linux -o w >/dev/null 2>&1; python3.11 -m venv v; v/bin/pip -q install auditwheel; v/bin/auditwheel repair --plat manylinux2014_x86_64 w/*.whl",
        pyo3(),
        "wheel",
    ),
    Case(
        "wheel.external-library",
        "echo 'int g(void) { return 1; }' > g.c; gcc -shared -o libgone.so g.c; maturin build --release -i python3.11; ",
        {
            **pyo3(
                '#[link(name = "gone")]\nextern "C" { fn g() -> i32; }\n'
                + MODULE.replace("{ 1 }", "{ unsafe { super::g() as u8 } }")
            ),
            "build.rs": 'fn main() { println!("cargo:rustc-link-search={}", std::env::var("CARGO_MANIFEST_DIR").unwrap()); }\n',
        },
        "wheel2",
    ),
    Case(
        "maturin.patchelf",
        "echo 'int g(void) { return 1; }' > g.c; gcc -shared -o libgone.so g.c; V=$(command -v maturin); LD_LIBRARY_PATH=$PWD PATH=$(dirname $(command -v cargo)):/usr/bin:/bin $V build --release -i $(command -v python3.11)",
        {
            **pyo3(
                '#[link(name = "gone")]\nextern "C" { fn g() -> i32; }\n'
                + MODULE.replace("{ 1 }", "{ unsafe { super::g() as u8 } }")
            ),
            "build.rs": 'fn main() { println!("cargo:rustc-link-search={}", std::env::var("CARGO_MANIFEST_DIR").unwrap()); }\n',
        },
        "wheel2",
    ),
    # Python, pip, uv
    Case(
        "setuptools.flat-layout",
        "pip wheel --no-deps .",
        {
            "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "demo"\nversion = "1"\n',
            "data/a.py": "",
            "demo/__init__.py": "",
        },
    ),
    Case("python.externally-managed", "uv pip install --system --python /usr/bin/python3 --offline demo"),
    Case("python.externally-managed", "/usr/bin/python3 -m pip install --no-index demo"),
    Case("python.no-pip", "python3.11 -m venv --without-pip v; v/bin/python -m pip --version"),
    Case(
        "python.pyenv",
        "export PATH=$HOME/.pyenv/bin:$HOME/.pyenv/shims:/usr/bin:/bin; PYENV_VERSION=3.11.7 $HOME/.pyenv/shims/python3.9 -V",
    ),
    Case(
        "python.pyenv",
        "export PATH=$HOME/.pyenv/bin:$HOME/.pyenv/shims:/usr/bin:/bin; PYENV_VERSION=3.5.99 $HOME/.pyenv/shims/python -V",
    ),
    Case("python.home", "PYTHONHOME=/nowhere python3.11 -c pass"),
    Case("python.home", "PYTHONHOME=/nowhere python3.8 -c pass"),
    Case("python.distutils", "python3.12 -S -c 'from distutils.core import setup'"),
    Case("pip.requires-python", "pip install .", {**pyo3(), "pyproject.toml": PYPROJECT.replace(">=3.8", ">=3.99")}),
    Case(
        "pip.requires-python",
        "uv venv -q -p python3.11; uv pip install .",
        {**pyo3(), "pyproject.toml": PYPROJECT.replace(">=3.8", ">=3.99")},
    ),
    Case("pip.wheel-tag", wheel("demo", tag="cp39-cp39-manylinux_2_99_x86_64") + "; pip install demo*.whl"),
    Case(
        "pip.wheel-tag",
        wheel("demo", tag="cp39-cp39-win_amd64") + "; uv venv -q -p python3.11; uv pip install ./demo*.whl",
    ),
    Case("pip.no-version", wheel("demo", version="1.0") + "; pip install --no-index --find-links . demo==2.0"),
    Case(
        "pip.no-version",
        wheel("demo", version="1.0") + "; uv venv -q -p python3.11; uv pip install --no-index --find-links . demo==2.0",
    ),
    Case("pip.no-version", "uv venv -q -p python3.11; uv pip install --no-index nothing-of-that-name"),
    Case(
        "pip.wheel-tag",
        wheel("demo", tag="cp39-cp39-win_amd64")
        + "; uv venv -q -p python3.11; uv pip install --no-index --find-links . demo",
    ),
    Case(
        "pip.conflict",
        "; ".join(
            [
                wheel("demo", "Requires-Dist: base==1.0\\n"),
                wheel("other", "Requires-Dist: base==2.0\\n"),
                wheel("base"),
                wheel("base", version="2.0"),
            ]
        )
        + "; pip install --no-index --find-links . demo other",
    ),
    Case(
        "pip.conflict",
        "; ".join(
            [
                wheel("demo", "Requires-Dist: base==1.0\\n"),
                wheel("other", "Requires-Dist: base==2.0\\n"),
                wheel("base"),
                wheel("base", version="2.0"),
            ]
        )
        + "; uv venv -q -p python3.11; uv pip install --no-index --find-links . demo other",
    ),
    Case(
        "pip.hashes",
        wheel("demo")
        + "; echo 'demo==1.0 --hash=sha256:"
        + "0" * 64
        + "' > r; pip install --no-index --find-links . --require-hashes -r r",
    ),
    Case(
        "pip.hashes",
        wheel("demo")
        + "; echo 'demo==1.0 --hash=sha256:"
        + "0" * 64
        + "' > r; uv venv -q -p python3.11; uv pip install --no-index --find-links . --require-hashes -r r",
    ),
    Case("pip.backend", "python3.11 -m venv v; v/bin/pip install --no-build-isolation .", pyo3()),
    Case("pip.backend", "uv venv -q -p python3.11; uv pip install --no-build-isolation .", pyo3()),
    Case("pip.no-project", "pip install ."),
    Case("pip.no-project", "uv venv -q -p python3.11; uv pip install ."),
    Case(
        "pip.bdist-wheel",
        "python3.8 -m venv v; v/bin/python setup.py bdist_wheel",
        {"setup.py": "from setuptools import setup\nsetup(name='demo', version='1')\n"},
    ),
    Case("uv.no-interpreter", "UV_PYTHON_DOWNLOADS=never uv venv -p 3.99"),
    Case("uv.no-interpreter", "UV_PYTHON_DOWNLOADS=never uv venv -p pypy3.10"),
    Case("uv.no-environment", "unset VIRTUAL_ENV CONDA_PREFIX; uv pip install demo"),
    Case("uv.lock", "uv lock --locked -p python3.11 --offline", {**pyo3()}),
    Case(
        "uv.lock",
        "uv lock -q -p python3.11 --offline; sed -i 's/^name = .*/name = \"changed\"/' pyproject.toml; uv sync --locked -p python3.11 --offline",
        {**pyo3()},
    ),
    # loading the library
    Case(
        "import.no-init",
        "gcc -shared -o demo.so demo.c && python3.11 -c 'import demo'",
        {"demo.c": "int PyInit_other(void) { return 1; }\n"},
    ),
    Case("import.not-found", "python3.11 -c 'import demo'"),
    Case("import.not-found", "python3.11 -c 'import demo'", {"demo/__init__.py": "from ._native import f\n"}),
    Case(
        "import.circular",
        "python3.11 -c 'import demo'",
        {"demo/__init__.py": "from .a import f\n", "demo/a.py": "from demo import g\n"},
    ),
    Case("import.circular", "python3.11 -S random.py", {"random.py": "import random\nprint(random.randint(1, 2))\n"}),
    Case("import.circular", "python3.13 random.py", {"random.py": "import random\nprint(random.randint(1, 2))\n"}),
    Case("import.shadowed", "python3.11 -c 'from demo import one'", {"demo/Cargo.toml": ""}),
    Case("import.shadowed", "python3.11 -c 'import demo; demo.one()'", {"demo/Cargo.toml": ""}),
    Case(
        "import.libpython",
        "PYO3_PYTHON=python3.8 cargo build -q; cp $CARGO_TARGET_DIR/debug/libdemo.so demo.so; python3.11 -c 'import demo'",
        pyo3(features='"abi3-py38"'),
        "libpython",
    ),
    Case(
        "import.library",
        "gcc -shared -o libgone.so gone.c; gcc -shared -o demo.so demo.c -L. -lgone; rm libgone.so; python3.11 -c 'import demo'",
        {"gone.c": "int g(void) { return 1; }\n", "demo.c": "int g(void); int PyInit_demo(void) { return g(); }\n"},
    ),
    Case(
        "import.glibc",
        "gcc -shared -o libc-new.so c.c -Wl,--version-script=v -Wl,-soname,libc.so.6; gcc -shared -o demo.so demo.c -nodefaultlibs ./libc-new.so; python3.11 -c 'import demo'",
        {
            "c.c": "int brand_new(void) { return 1; }\n",
            "v": "GLIBC_2.99 { global: brand_new; local: *; };\n",
            "demo.c": "int brand_new(void); int PyInit_demo(void) { return brand_new(); }\n",
        },
    ),
    Case(
        "import.libstdcxx",
        "gcc -shared -o libnew.so c.c -Wl,--version-script=v -Wl,-soname,libstdc++.so.6; gcc -shared -o demo.so demo.c -nodefaultlibs ./libnew.so; python3.11 -c 'import demo'",
        {
            "c.c": "int brand_new(void) { return 1; }\n",
            "v": "GLIBCXX_3.4.99 { global: brand_new; local: *; };\n",
            "demo.c": "int brand_new(void); int PyInit_demo(void) { return brand_new(); }\n",
        },
    ),
    Case(
        "import.python-symbol",
        "gcc -shared -Wl,-z,now -o demo.so demo.c && python3.11 -c 'import demo'",
        {
            "demo.c": "int PyErr_GetRaisedException(void); int PyInit_demo(void) { return PyErr_GetRaisedException(); }\n"
        },
    ),
    Case(
        "import.symbol",
        "gcc -shared -Wl,-z,now -o demo.so demo.c && python3.11 -c 'import demo'",
        {"demo.c": "int EVP_new_thing(void); int PyInit_demo(void) { return EVP_new_thing(); }\n"},
    ),
    Case(
        "import.architecture",
        "python3.11 -c 'import demo'",
        {"demo.so": "no library at all, but long enough to be looked at as one, and longer still\n" * 9},
    ),
    Case(
        "import.architecture",
        "(printf '\\x7fELF\\x01\\x01\\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x03\\0\\x03\\0\\x01\\0\\0\\0'; head -c 500 /dev/zero) > demo.so; python3.11 -c 'import demo'",
    ),
    Case(
        "import.mapping",
        "mkdir m; mount -t tmpfs -o noexec none m && gcc -shared -o m/demo.so demo.c; cd m; python3.11 -c 'import demo'; cd ..; umount m",
        {"demo.c": "int PyInit_demo(void) { return 1; }\n"},
    ),
    Case(
        "run.illegal-instruction",
        "gcc demo.c -o demo; ulimit -c 0; bash -c './demo; echo $?'",
        {"demo.c": "int main(void) { __builtin_trap(); }\n"},
    ),
    Case(
        "run.stack-overflow",
        "rustc demo.rs; ulimit -c 0; ./demo",
        {
            "demo.rs": "fn f(n: u64) -> u64 { let a = std::hint::black_box([n; 64]); f(n + 1) + a[2] }\nfn main() { f(1); }\n"
        },
    ),
    Case(
        "run.abort",
        "rustc demo.rs; ulimit -c 0; ./demo",
        {"demo.rs": 'extern "C" fn f() { panic!() }\nfn main() { f() }\n'},
    ),
    # the system
    Case(
        "system.disk-full",
        "mkdir m; mount -t tmpfs -o size=300k none m; cd m; cp -r ../src ../Cargo.toml .; CARGO_TARGET_DIR=$PWD/t cargo build; cd ..; umount m",
        plain(),
    ),
    Case(
        "system.disk-full",
        "mkdir m; mount -t tmpfs -o size=300k none m; python3.11 -c \"open('m/x', 'wb').write(bytes(10**6))\"; umount m",
    ),
    Case(
        "system.read-only",
        "mkdir m; mount -t tmpfs -o ro none m; CARGO_TARGET_DIR=$PWD/m/t cargo build; umount m",
        plain(),
    ),
    Case(
        "system.permission",
        "chmod 755 . ..; setpriv --reuid=65534 --regid=65534 --clear-groups mkdir /opt/target; setpriv --reuid=65534 --regid=65534 --clear-groups python3 -c \"open('/usr/lib/x.so', 'wb')\"",
    ),
    Case("system.permission", "touch rustc; chmod 644 rustc; RUSTC=$PWD/rustc cargo build", plain()),
    Case("system.open-files", "ulimit -n 8; cargo build", plain()),
    Case("system.open-files", "ulimit -n 12; cargo build", plain(dependencies='libc = "0.2"')),
    Case(
        "system.exec-format",
        "head -c 300 /dev/zero > python; chmod +x python; PYO3_PYTHON=$PWD/python cargo check",
        pyo3(),
        "check",
    ),
    Case(
        "system.exec-format",
        "cp /bin/true t; printf '\\x28' | dd of=t bs=1 seek=18 conv=notrunc status=none; bash -c ./t",
    ),
    Case(
        "system.certificate",
        "echo > empty.pem; CARGO_HOME=$PWD/home CARGO_HTTP_CAINFO=$PWD/empty.pem CARGO_NET_RETRY=0 cargo generate-lockfile",
        plain(dependencies='libc = "0.2"'),
    ),
    Case(
        "system.proxy",
        "HTTPS_PROXY=http://127.0.0.1:9 CARGO_NET_RETRY=0 CARGO_HOME=$PWD/home cargo generate-lockfile",
        plain(dependencies='libc = "0.2"'),
    ),
    Case(
        "system.proxy",
        "pip --isolated download --retries 1 --proxy http://127.0.0.1:9 -i https://index.example/simple demo",
    ),
    Case("system.network", "pip --isolated download --retries 1 -i https://index.example/simple demo"),
    Case(
        "system.network", "uv venv -q -p python3.11; UV_HTTP_RETRIES=0 uv pip install -i http://127.0.0.1:9/simple demo"
    ),
    Case(
        "system.network",
        'mkdir .cargo; printf \'[source.crates-io]\\nreplace-with="m"\\n[source.m]\\nregistry="sparse+http://127.0.0.1:9/"\\n\' > .cargo/config.toml; CARGO_NET_RETRY=0 cargo generate-lockfile',
        plain(dependencies='libc = "0.2"'),
    ),
)

HEALTHY = {
    "cargo-build": Case("", "cargo build && cargo test && cargo clippy", {**pyo3(), "src/lib.rs": MODULE}, "healthy"),
    "cargo-verbose": Case("", "cargo clean -q; cargo build -vv --release", pyo3(), "healthy2"),
    "maturin-build": Case("", "maturin build --release -i python3.11 python3.8 && maturin sdist", pyo3(), "healthy3"),
    "maturin-verbose": Case("", "maturin build -v -i python3.11", pyo3(), "healthy4"),
    "pip-install": Case(
        "",
        "python3.11 -m venv v; v/bin/pip install -v . 'pytest<9' && v/bin/python -c 'import demo; print(demo.one())'",
        pyo3(),
    ),
    "uv-sync": Case("", "uv sync -v -p python3.11 && uv run python -c 'import demo'", pyo3()),
    "pytest": Case(
        "",
        "python3.11 -m venv v; v/bin/pip -q install pytest; v/bin/pytest -v -rA",
        {
            "test_a.py": "import pytest\n\ndef test_error_is_raised():\n    with pytest.raises(ImportError, match='no module'):\n        raise ImportError('no module here')\n\ndef test_panic_is_caught(): pass\n\n@pytest.mark.parametrize('text', ['linker `cc` not found', 'externally-managed-environment', 'os error 28)'])\ndef test_of(text): pass\n\n@pytest.mark.skip(reason='linker not found here')\ndef test_skipped(): pass\n\n@pytest.mark.xfail(reason='fails on musl')\ndef test_x(): assert 0\n"
        },
    ),
    "setuptools-rust": Case(
        "",
        "python3.11 -m venv v; v/bin/pip install -v . ",
        {
            "pyproject.toml": '[build-system]\nrequires = ["setuptools", "setuptools-rust"]\nbuild-backend = "setuptools.build_meta"\n',
            "Cargo.toml": crate('pyo3 = "0.29"'),
            "src/lib.rs": MODULE,
            "setup.py": "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
            "setup(name='demo', version='0.1', rust_extensions=[RustExtension('demo')], py_modules=[])\n",
        },
    ),
}


def run(case: Case, targets: Path) -> str:
    """What the case's script prints, both streams in one, without traces of this machine."""
    with tempfile.TemporaryDirectory(prefix="why") as name:
        folder = Path(name, "demo")
        for path, text in {**case.files, ".keep": ""}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        env = {**os.environ, "LC_ALL": "C.UTF-8", "CARGO_TERM_COLOR": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        env["PATH"] = os.pathsep.join([*(str(path) for path in pythons()), env["PATH"]])
        env.update({"CODE": case.files.get(".code", ""), "PIP_NO_INPUT": "1", "PYTHONDONTWRITEBYTECODE": "1"})
        if case.target:
            env["CARGO_TARGET_DIR"] = str(targets / case.target)
        argv = ["unshare", "-m", "bash", "-c", case.script]
        done = subprocess.run(
            argv, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=400, check=False
        )
        return scrubbed(done.stdout.decode("utf-8", "replace"), name, targets)


def pythons() -> list[Path]:
    """The folders of pyenv's interpreters, 3.11 first."""
    return sorted(HOME.glob(".pyenv/versions/3.*/bin"), key=lambda path: ("3.11" not in str(path), str(path)))


def scrubbed(text: str, scratch: str, targets: Path) -> str:
    """The text as another machine would have printed it."""
    hosts = r"(?:[\w-]+\.)?(?:crates|pypi|pythonhosted)\.(?:io|org)"
    text = re.sub(r"\S*(?:piwheels|mirror|artifactory)\S*", "https://index.example/simple", text)
    for path, shown in (
        (str(targets), "/home/user/target"),
        (scratch, "/home/user"),
        (str(Path(shutil.which("maturin") or "/x/y").parent), "/home/user/.local/bin"),
        (str(HOME / ".pyenv" / "versions"), "/opt/python"),
        (str(HOME), "/home/user"),
        (tempfile.gettempdir(), "/var/tmp"),  # noqa: S108 - a name to show
    ):
        text = text.replace(path, shown)
    return re.sub(hosts, "registry.example", text)


def shortened(text: str) -> str:
    """The end of a message; what it began with is in the way."""
    lines = [
        line if len(line) <= COLUMNS else f"{line[: COLUMNS // 2]} ... {line[-COLUMNS // 2 :]}"
        for line in text.rstrip().split("\n")
    ]
    return "\n".join(lines[-LINES:])


def row(case: Case, text: str) -> str:
    """The message in TOML."""
    quoted = shortened(text).replace("\\", "\\\\").replace('"""', '""\\"')
    quoted = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda match: f"\\u{ord(match[0]):04x}", quoted)
    return f'[[message]]\nexpect = "{case.expect}"\nsource = "ci/recorders/why.py"\ntext = """\n{quoted}\n"""\n'


def main() -> None:
    """Record."""
    chosen = [
        case
        for case in CASES
        if not sys.argv[1:] or case.expect in sys.argv[1:] or case.expect.split(".")[0] in sys.argv[1:]
    ]
    targets = Path(os.environ.get("WHY_TARGETS") or tempfile.mkdtemp(prefix="whytargets"))
    targets.mkdir(exist_ok=True, parents=True)
    output = Path(os.environ.get("WHY_OUTPUT") or DATA / "seen" / "recorded.toml")
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        texts = list(pool.map(lambda case: run(case, targets), chosen))
        output.write_text(
            "# Recorded by ci/recorders/why.py.\n\n" + "\n".join(row(*pair) for pair in zip(chosen, texts))
        )
        if not sys.argv[1:] or "healthy" in sys.argv[1:]:
            (DATA / "healthy").mkdir(exist_ok=True)
            for name, text in zip(HEALTHY, pool.map(lambda case: run(case, targets), HEALTHY.values())):
                (DATA / "healthy" / f"{name}.txt").write_text(text)


if __name__ == "__main__":
    main()
