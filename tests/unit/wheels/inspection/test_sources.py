from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.core.run import Ended, Result
from pyo3ops.wheels.inspection import manifests, modules, sources

from .made import asked, says, sdist, word

if TYPE_CHECKING:
    from pathlib import Path

MEMBER = "[package]\nname = 'py'\nversion.workspace = true\n[dependencies]\ncore.workspace = true\n"
WHOLE = {
    "PKG-INFO": "",
    "pyproject.toml": '[build-system]\nbuild-backend = "maturin"\n[project]\nreadme = "README.md"\n',
    "README.md": "",
    "Cargo.toml": '[package]\nname = "pkg"\n[dependencies]\npyo3 = "0.29"\n',
    "Cargo.lock": "",
    "src/lib.rs": "mod one;\npub(crate) mod two;\n",
    "src/one.rs": "",
    "src/two/mod.rs": "mod three;\n",
    "src/two/three.rs": "",
}


def changed(folder: Path, *, drop: tuple[str, ...] = (), **texts: str) -> object:
    """The whole sdist with some files left out, and others written: `src__lib_rs` is src/lib.rs."""
    files = {name: text for name, text in WHOLE.items() if name not in drop}
    named = {name.replace("__", "/").replace("_", "."): text for name, text in texts.items()}
    return sdist({**files, **named}, folder)


@pytest.mark.parametrize("rows", ["5", "[5]", '"x"', "[{ path = 5 }]"])
def test_settings_of_any_type_crash_nothing(rows: str, tmp_path: Path) -> None:
    text = f"[tool.setuptools-rust]\next-modules = {rows}\n"
    assert manifests.main_manifest(sdist({**WHOLE, "pyproject.toml": text}, tmp_path)) == "Cargo.toml"


def test_a_whole_sdist(tmp_path: Path) -> None:
    assert word(sources.builds, changed(tmp_path)) == "ok"
    assert says(sources.lock, changed(tmp_path)).detail == "Cargo.lock"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("src/one.rs", "src/lib.rs:1 has mod one, and src/one.rs and src/one/mod.rs is not there"),
        ("src/two/mod.rs", "src/lib.rs:2 has mod two, and src/two.rs and src/two/mod.rs is not there"),
        (
            "src/two/three.rs",
            "src/two/mod.rs:1 has mod three, and src/two/three.rs and src/two/three/mod.rs is not there",
        ),
        ("src/lib.rs", "src/lib.rs is not there"),
        ("README.md", "pyproject.toml names the readme README.md, which is not there"),
        ("pyproject.toml", "it has neither pyproject.toml nor setup.py"),
    ],
)
def test_a_file_that_is_missing(file: str, said: str, tmp_path: Path) -> None:
    found = says(sources.builds, changed(tmp_path, drop=(file,)))
    assert (found.status, found.detail) == (Status.FAIL, said)


def test_a_lock_that_is_missing(tmp_path: Path) -> None:
    assert word(sources.lock, changed(tmp_path, drop=("Cargo.lock",))) == "warn"
    assert word(sources.lock, sdist({"PKG-INFO": "", "setup.py": ""}, tmp_path)) == "skip"


@pytest.mark.parametrize(
    ("dependencies", "lock", "status"),
    [
        ('pyo3 = "0.29"', '[[package]]\nname = "pyo3"\nversion = "0.29.3"\n', "ok"),
        ('pyo3 = "0.30"', '[[package]]\nname = "pyo3"\nversion = "0.29.3"\n', "warn"),
        ('p = { package = "pyo3", version = "0.29" }', '[[package]]\nname = "pyo3"\nversion = "0.29.3"\n', "ok"),
        ('serde = "1"', '[[package]]\nname = "pyo3"\nversion = "0.29.3"\n', "warn"),
        ('inner = { path = "inner", version = "9" }', '[[package]]\nname = "pyo3"\nversion = "0.29.3"\n', "ok"),
        ('pyo3 = "what"', '[[package]]\nname = "pyo3"\nversion = "0.29.3"\n', "ok"),
        ('pyo3 = "0.30"', "", "ok"),
    ],
)
def test_a_lock_that_is_stale(dependencies: str, lock: str, status: str, tmp_path: Path) -> None:
    manifest = f'[package]\nname = "pkg"\n[dependencies]\n{dependencies}\n'
    assert word(sources.lock, changed(tmp_path, Cargo_toml=manifest, Cargo_lock=lock)) == status


def test_a_lock_of_the_workspace(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.maturin]\nmanifest-path = "crates/py/Cargo.toml"\n',
        "Cargo.toml": "[workspace]\n[workspace.dependencies]\ncore = { path = 'crates/core' }\n",
        "Cargo.lock": "",
        "crates/py/Cargo.toml": MEMBER,
        "crates/py/src/lib.rs": "",
        "crates/core/Cargo.toml": '[package]\nname = "core"\n',
        "crates/core/src/lib.rs": "",
    }
    assert says(sources.lock, sdist(files, tmp_path)).detail == "Cargo.lock"
    assert word(sources.builds, sdist(files, tmp_path)) == "ok"
    without = {name: text for name, text in files.items() if not name.startswith("crates/core")}
    assert says(sources.builds, sdist(without, tmp_path)).detail == "core is at crates/core, where no Cargo.toml is"
    alone = {name: text for name, text in files.items() if name != "Cargo.toml"}
    assert "no Cargo.toml above it is one" in says(sources.builds, sdist(alone, tmp_path)).detail


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('[dependencies]\nother = { path = "../other" }', "other is at ../other, which is not in the sdist"),
        ('[dependencies]\nother = { path = "/opt/other" }', "other is at /opt/other, which is not in the sdist"),
        ('[build-dependencies]\nother = { path = "other" }', "other is at other, where no Cargo.toml is"),
        ('[dev-dependencies]\nother = { path = "other" }', "other is at other, where no Cargo.toml is"),
        (
            "[target.'cfg(unix)'.dependencies]\nother = { path = \"other\" }",
            "other is at other, where no Cargo.toml is",
        ),
        ('[patch.crates-io]\nother = { path = "../other" }', "other is at ../other, which is not in the sdist"),
    ],
)
def test_dependencies_by_path(line: str, said: str, tmp_path: Path) -> None:
    found = says(sources.builds, changed(tmp_path, Cargo_toml=f'[package]\nname = "pkg"\n{line}\n'))
    assert (found.status, found.detail) == (Status.FAIL, said)


def test_a_build_script_that_is_missing(tmp_path: Path) -> None:
    found = changed(tmp_path, Cargo_toml='[package]\nname = "pkg"\nbuild = "build.rs"\n')
    assert says(sources.builds, found).detail == "Cargo.toml names the build script build.rs, which is not there"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mod a;", ["a"]),
        ("pub mod r#type;", ["type"]),
        ("#[cfg(test)]\nmod tests;", []),
        ('#[cfg(feature = "x")]\n#[allow(dead_code)]\nmod a;', []),
        ("#[allow(dead_code)]\nmod a;", ["a"]),
        ("#[macro_use]\nmod a;\n#[cfg(unix)] mod b; mod c;", ["a", "c"]),
        ("// mod a;\n/* mod b;\n mod c; */\nmod d;", ["d"]),
        ('const A: &str = "mod a;"; const B: &str = r#"mod "b";"#; mod c;', ["c"]),
        ("mod a { mod b; }", ["a/b"]),
        ("#[cfg(test)] mod a { mod b; }", []),
        ("fn f() { mod a; }", []),
        ("macro_rules! m { ($name:ident) => { mod $name; mod x; } }", []),
        ("fn f<'a>(x: &'a str) -> char { 'x' } mod a; const C: char = '\"'; mod b;", ["a", "b"]),
        ("let a = '\\''; mod a;", ["a"]),
    ],
)
def test_modules_that_are_certain(text: str, named: list[str]) -> None:
    found = [each.candidates[0] for each in modules.named_files("src/lib.rs", text, is_root=True)]
    assert found == [f"src/{name}.rs" for name in named]


def test_modules_below_a_file_of_its_own() -> None:
    (found,) = modules.named_files("src/a.rs", "mod b;", is_root=False)
    assert found.candidates == ("src/a/b.rs", "src/a/b/mod.rs")


def test_modules_at_a_path() -> None:
    (found,) = modules.named_files("src/lib.rs", '#[path = "../shared/b.rs"]\nmod b;', is_root=True)
    assert found.candidates == ("shared/b.rs",)


def test_files_that_are_included() -> None:
    text = (
        '#![doc = include_str!("../README.md")]\n#[cfg_attr(doc, doc = include_str!("../DOC.md"))]\nfn f() {}\n'
        'const A: &[u8] = include_bytes!("a.bin");\n#[cfg(test)] const B: &str = include_str!("b.txt");\n'
        'const C: &str = include_str!(concat!(env!("OUT_DIR"), "/c.txt"));\n// include_str!("d")\n'
    )
    found = [each.candidates for each in modules.named_files("src/lib.rs", text, is_root=True)]
    assert found == [("README.md",), ("src/a.bin",)]


@pytest.mark.parametrize("text", ["{" * 5000, "#[" * 5000, '"' * 999, "mod " * 5000, "/*", "'", "}" * 99, "#[path = "])
def test_sources_of_every_kind_are_survived(text: str) -> None:
    list(modules.named_files("src/lib.rs", text, is_root=True))


def test_modules_that_name_one_another_end() -> None:
    text = '#[path = "lib.rs"]\nmod again;'
    assert list(modules.missing("src/lib.rs", {"src/lib.rs": text}.get, lambda _: True)) == []


def test_the_manifest_of_the_extension(tmp_path: Path) -> None:
    rust = {"rust/ext/Cargo.toml": '[package]\nname = "ext"\n', "Cargo.toml": "[workspace]\n"}
    assert manifests.main_manifest(sdist(rust, tmp_path)) == "rust/ext/Cargo.toml"
    told = {**rust, "other/Cargo.toml": '[package]\nname = "o"\n'}
    told["pyproject.toml"] = '[tool.setuptools-rust]\next-modules = [{ path = "other/Cargo.toml" }]\n'
    assert manifests.main_manifest(sdist(told, tmp_path)) == "other/Cargo.toml"
    assert manifests.main_manifest(sdist({"Cargo.toml": "= no TOML"}, tmp_path)) is None


@pytest.mark.parametrize(
    ("code", "err", "status"),
    [
        (0, "", "ok"),
        (101, "error[E0583]: file not found for module `one`\n", "fail"),
        (101, "error: no matching package named `serde` found\n", "unknown"),
        (
            101,
            "error: failed to download\n  attempting to make an HTTP request, but --offline was specified\n",
            "unknown",
        ),
        (None, "No such file or directory: cargo", "unknown"),
    ],
)
def test_what_a_build_says(code: int | None, err: str, status: str) -> None:
    ended = Ended.MISSING if code is None else Ended.EXITED
    assert sources.judged(Result(("cargo", "build"), code, "", err, 1.0, ended)).status.value == status


def test_an_sdist_is_laid_out_within_its_folder(tmp_path: Path) -> None:
    found = sdist({"a/b.txt": "b", "../out.txt": "x", "a//c": "x", "c:d": "x"}, tmp_path)
    (tmp_path / "laid").mkdir()
    sources.lay_out(found, tmp_path / "laid")
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*.txt"))] == ["laid/a/b.txt"]
    assert not (tmp_path / "out.txt").exists()


def test_a_build_without_cargo(tmp_path: Path) -> None:
    question = asked(deep=True, scratch=tmp_path / "scratch", env={"PATH": ""})
    assert word(sources.builds, changed(tmp_path), question) == "unknown"
