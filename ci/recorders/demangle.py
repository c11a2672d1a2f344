"""Record what rustc-demangle makes of real symbols into tests/data/stacks/demangle.tsv.

`python ci/recorders/demangle.py`. The symbols are those of Rust's own library, of an extension module of this
repository and of a small crate whose names have what is rare, compiled with each mangling; of each feature of the
manglings some are kept. Beside each stands what the crate rustc-demangle prints without hashes (`{:#}`). Needs cargo
and nm.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "tests/data/stacks/demangle.tsv"
#: Symbols kept of each feature.
EACH = 28
#: Symbols longer than this say nothing that a shorter one does not.
LONGEST = 600

ORACLE = """\
use std::io::BufRead;
fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        println!("{}\\t{:#}", line, rustc_demangle::demangle(&line));
    }
}
"""
MANIFEST = """\
[package]
name = "oracle"
version = "0.1.0"
edition = "2021"

[dependencies]
rustc-demangle = "=0.1.26"
"""
#: What real libraries seldom have in their names.
RARE = """\
use std::fmt::Debug;
pub mod größe {
    pub struct Inneres;
    #[inline(never)] pub fn zähle_ñ<T>(_: T) -> usize { std::mem::size_of::<T>() }
}
pub struct Fixed<const N: usize, const S: i8, const B: bool, const C: char>;
impl<const N: usize, const S: i8, const B: bool, const C: char> Fixed<N, S, B, C> {
    #[inline(never)] pub fn get(&self) -> usize { N }
}
#[inline(never)] pub fn of<T: ?Sized>(each: &T) -> usize { std::mem::size_of_val(each) }
pub trait Shape { type Side; fn area(&self) -> u32; }
impl Shape for (u8, [i32; 4]) { type Side = u8; #[inline(never)] fn area(&self) -> u32 { 1 } }
impl<'a> Shape for &'a mut str { type Side = char; #[inline(never)] fn area(&self) -> u32 { 2 } }
pub fn all() -> usize {
    let closure = |x: usize| { let inner = |y: usize| of(&y); inner(x) + of(&inner) };
    größe::zähle_ñ::<größe::Inneres>(größe::Inneres)
        + Fixed::<3, -7, true, 'é'>.get() + Fixed::<0, 127, false, '\\n'>.get()
        + Fixed::<18446744073709551615, -128, true, '\\''>.get()
        + größe::zähle_ñ::<unsafe extern "C" fn(*const u8, *mut i64) -> !>(stop)
        + größe::zähle_ñ::<for<'a, 'b> fn(&'a str, &'b mut [u8]) -> &'a str>(pick)
        + größe::zähle_ñ::<Option<Box<dyn Fn(u8) -> u16 + Send + 'static>>>(None)
        + größe::zähle_ñ::<Option<Box<dyn for<'a> Iterator<Item = &'static (f32, f64)>>>>(None)
        + größe::zähle_ñ::<(i128, u128, (), (isize,))>((1, 2, (), (3,)))
        + größe::zähle_ñ::<[[char; 2]; 3]>([['a'; 2]; 3])
        + of::<dyn Debug>(&1) + of::<[u16]>(&[1]) + of::<str>("")
        + (1u8, [1i32; 4]).area() as usize + closure(1)
}
unsafe extern "C" fn stop(_: *const u8, _: *mut i64) -> ! { loop {} }
fn pick<'a, 'b>(a: &'a str, _: &'b mut [u8]) -> &'a str { a }
"""

FEATURES = {
    "legacy": r"^_ZN.*E$",
    "legacy with a suffix": r"^_ZN.*E\.",
    **{
        f"legacy {each}": rf"^_ZN.*\${each}\$"
        for each in ("LT", "RF", "BP", "LP", "C", "u7b", "u20", "SP", "u5b", "u3b", "u27")
    },
    "legacy dots": r"^_ZN.*\.\.",
    "v0": r"^_R",
    "v0 with a suffix": r"^_R.*\.",
    "back reference": r"^_R.*B[0-9a-zA-Z]*_",
    "closure": r"^_R.*NC",
    "shim": r"^_R.*NS",
    "inherent": r"^_RN?v?M",
    "trait": r"^_RN?v?X",
    "trait definition": r"^_RN?v?Y",
    "generic": r"^_RI",
    "constant": r"^_R.*K[hjtmyoaslxnibc]",
    "negative": r"^_R.*K[aslxni]n",
    "character": r"^_R.*Kc",
    "dyn": r"^_R.*D(?:G|N|I|B).*L_",
    "function": r"^_R.*F(?:G|U|K|[a-z])",
    "binder": r"^_R.*G[0-9a-z]*_",
    "lifetime": r"^_R.*[RQ]L",
    "array": r"^_R.*A[a-zA-Z].*K?j",
    "tuple": r"^_R.*T[a-zA-Z]",
    "pointer": r"^_R.*[PO][a-zA-Z]",
    "punycode": r"^_R.*u\d+",
    "instantiated": r"^_R.*C[s0-9].*C[s0-9].*$",
}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        symbols = sorted({*library(), *example(scratch), *rare(scratch)})
        kept = sorted({each for pattern in FEATURES.values() for each in some(pattern, symbols)})
        said = ask(kept, scratch)
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(said, encoding="utf-8")
    print(f"{len(kept)} of {len(symbols)} symbols")
    return 0


def some(pattern: str, symbols: list[str]) -> list[str]:
    """Symbols with a feature, from all over the list."""
    found = [each for each in symbols if len(each) <= LONGEST and re.search(pattern, each)]
    step = max(1, len(found) // EACH)
    return found[::step][: EACH + 1]


def library() -> set[str]:
    """Rust's own library, as the toolchain has it."""
    root = Path(said_by("rustc", "--print", "sysroot").strip())
    return {name for file in root.glob("lib/rustlib/*/lib/lib*.rlib") for name in names(file)}


def example(scratch: Path) -> set[str]:
    """An extension module of this repository, in the older mangling, which is the default for crates."""
    manifest = ROOT / "examples/debugging_example/Cargo.toml"
    run("cargo", "build", "--quiet", "--manifest-path", str(manifest), "--target-dir", str(scratch / "example"))
    return names(scratch / "example/debug/libdebugging_example.so")


def rare(scratch: Path) -> set[str]:
    """A crate of our own in each mangling."""
    source = scratch / "rare.rs"
    source.write_text(RARE, "utf-8")
    found: set[str] = set()
    for mangling in ("legacy", "v0"):
        output = scratch / f"rare-{mangling}.o"
        flags = (
            "-C",
            f"symbol-mangling-version={mangling}",
            "--crate-type=lib",
            "--emit=obj",
            "-C",
            "embed-bitcode=no",
        )
        # The older one is an option that a stable compiler keeps from its users.
        unstable = ("-Z", "unstable-options")
        run(
            "rustc",
            "--edition=2021",
            "--allow=warnings",
            *flags,
            *unstable,
            str(source),
            "-o",
            str(output),
            RUSTC_BOOTSTRAP="1",
        )
        found |= names(output)
    return found


def names(file: Path) -> set[str]:
    """The mangled names in a file."""
    lines = said_by("nm", str(file)).splitlines()
    return {
        name for name in (line.rpartition(" ")[2] for line in lines) if re.match(r"_R[A-Z]|_ZN.*17h[0-9a-f]{16}E", name)
    }


def ask(symbols: list[str], scratch: Path) -> str:
    """The symbols with what rustc-demangle prints, behind tabulators."""
    (scratch / "oracle/src").mkdir(parents=True)
    (scratch / "oracle/Cargo.toml").write_text(MANIFEST, "utf-8")
    (scratch / "oracle/src/main.rs").write_text(ORACLE, "utf-8")
    manifest = scratch / "oracle/Cargo.toml"
    run("cargo", "build", "--quiet", "--manifest-path", str(manifest), "--target-dir", str(scratch / "oracle-target"))
    text = "".join(f"{each}\n" for each in symbols)
    program = scratch / "oracle-target/debug/oracle"
    return subprocess.run([program], input=text, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def run(*argv: str, **settings: str) -> None:
    subprocess.run(argv, check=True, env={**os.environ, **settings})


def said_by(*argv: str) -> str:
    return subprocess.run(argv, check=False, capture_output=True, text=True, errors="replace").stdout


if __name__ == "__main__":
    raise SystemExit(main())
