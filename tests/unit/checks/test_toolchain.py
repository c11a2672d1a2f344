from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import toolchain
from pyo3ops.checks.facts.toolchain import Asked
from pyo3ops.checks.rust import RUSTUP, newer_rust
from pyo3ops.checks.verdict import Verdict, fail, ok, setting, skip, warn
from pyo3ops.core.model import Fix, Location, Status
from pyo3ops.tools.cargo_config import CargoConfig, Flags
from pyo3ops.tools.crates import Crate
from pyo3ops.tools.python import Interpreter, Interpreters
from pyo3ops.tools.rustc import Rustc
from pyo3ops.tools.rustup import Rustup, Sysroot, ToolchainFile
from pyo3ops.tools.system import Installer

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]
    MakeInterpreter = Callable[..., Interpreter]

ROOT = Path("/project")
FILE, KEY = ".cargo/config.toml", "build.rustflags"
TOML = ROOT / "rust-toolchain.toml"
PROXIES = Rustup(Path("/home/.cargo/bin/rustup"), governs=True)
BESIDE = Rustup(Path("/home/.cargo/bin/rustup"))
NONE = Rustup(None)
LINUX = Rustc((1, 95, 0), "1.95.0", "x86_64-unknown-linux-gnu")
OLD = Rustc((1, 74, 0), "1.74.0", "x86_64-unknown-linux-gnu")
DEBIAN = Installer("apt-get", "linux")


def found(*working: Interpreter) -> Interpreters:
    return Interpreters(tuple(each.version for each in working), working, ())


# rustup


@pytest.mark.parametrize("file", [None, ToolchainFile(TOML, "1.83")])
def test_rustup(file: ToolchainFile | None) -> None:
    assert toolchain.rustup(PROXIES, file) == ok("/home/.cargo/bin/rustup chooses the toolchain")


@pytest.mark.parametrize(
    ("rustup", "without"), [(NONE, "there is no rustup"), (BESIDE, "rustc does not come from rustup")]
)
def test_without_rustup(rustup: Rustup, without: str) -> None:
    fix = Fix("install Rust through rustup, and put ~/.cargo/bin first on PATH", url=RUSTUP)
    needed = warn(f"{without}: rust-toolchain has no effect", fix, where=Location("rust-toolchain"))
    assert toolchain.rustup(rustup, ToolchainFile(ROOT / "rust-toolchain", "1.83")) == needed
    skipped = skip(f"{without}, and nothing here needs it: no rust-toolchain file")
    assert toolchain.rustup(rustup, None) == skipped
    assert toolchain.rustup(rustup, ToolchainFile(TOML, error="no TOML")) == skipped


# toolchain-file


def judged(file: ToolchainFile | None, *wanted: str, rustup: Rustup = PROXIES, override: str | None = None) -> Verdict:
    env = {"RUSTUP_TOOLCHAIN": override} if override else {}
    return toolchain.toolchain_file(file, wanted, rustup, env, ROOT)


def test_no_toolchain_file() -> None:
    assert judged(None, "1.83") == skip("there is none")


def test_a_toolchain_file_that_cannot_be_read() -> None:
    fix = Fix("mend rust-toolchain.toml", url=toolchain.OVERRIDES)
    expected = fail("no TOML", fix, where=Location("rust-toolchain.toml"))
    assert judged(ToolchainFile(TOML, error="no TOML")) == expected


@pytest.mark.parametrize(
    ("channel", "wanted"),
    [
        ("1.83", ("1.83",)),
        ("1.83", ("1.83.1",)),
        ("1.83.0", ("1.74", "1.83")),
        ("1.100", ("1.83",)),
        ("stable", ("1.83",)),
        ("nightly-2026-01-01", ("1.83",)),
        ("1.56", ()),
    ],
)
def test_a_channel_that_is_new_enough(channel: str, wanted: tuple[str, ...]) -> None:
    assert judged(ToolchainFile(TOML, channel), *wanted) == ok(f"channel {channel}")


def test_a_file_without_a_channel() -> None:
    assert judged(ToolchainFile(TOML), "1.83") == ok("it names no channel")


SUMMARY = "raise the channel in {} to 1.83 or later"
PINNED = setting(SUMMARY.format(TOML.name), TOML.name, "toolchain.channel", "1.83")


@pytest.mark.parametrize(
    ("path", "fix", "where"),
    [
        (TOML, PINNED, Location(TOML.name)),
        (
            ROOT / "rust-toolchain",
            Fix(SUMMARY.format("rust-toolchain"), url=toolchain.OVERRIDES),
            Location("rust-toolchain"),
        ),
        (Path("/rust-toolchain.toml"), Fix(SUMMARY.format(TOML.name), url=toolchain.OVERRIDES), None),
    ],
    ids=["here", "without TOML", "of the workspace"],
)
def test_a_channel_that_is_too_old(path: Path, fix: Fix, where: Location | None) -> None:
    expected = fail("channel 1.70.0 is older than 1.83", fix, where=where)
    assert judged(ToolchainFile(path, "1.70.0"), "1.74", "1.83") == expected


def test_a_variable_overrides_the_file() -> None:
    fix = Fix("unset RUSTUP_TOOLCHAIN, and rustup obeys the file again")
    expected = warn("RUSTUP_TOOLCHAIN=nightly overrides its channel 1.83", fix, where=Location(TOML.name))
    assert judged(ToolchainFile(TOML, "1.83"), override="nightly") == expected


@pytest.mark.parametrize(
    ("override", "channel", "rustup"),
    [
        ("1.83", "1.83", PROXIES),
        ("stable-x86_64-unknown-linux-gnu", "stable", PROXIES),
        ("nightly", "1.83", NONE),
        ("nightly", None, PROXIES),
    ],
)
def test_a_variable_that_overrides_nothing(override: str, channel: str | None, rustup: Rustup) -> None:
    said = judged(ToolchainFile(TOML, channel), override=override, rustup=rustup)
    assert said == ok(f"channel {channel}" if channel else "it names no channel")


# host


@pytest.mark.parametrize(
    ("host", "machine", "bits"),
    [
        ("x86_64-unknown-linux-gnu", "x86_64", 64),
        ("x86_64-pc-windows-msvc", "AMD64", 64),
        ("aarch64-apple-darwin", "arm64", 64),
        ("riscv64gc-unknown-linux-gnu", "riscv64", 64),
        ("x86_64-pc-windows-gnu", "AMD64", 64),
        ("s390x-unknown-linux-gnu", "", 64),
        ("armv7-unknown-linux-gnueabihf", "aarch64", 32),
        ("armv7-unknown-linux-gnueabihf", "armv8l", 32),
        ("i686-unknown-linux-gnu", "x86_64", 32),
    ],
)
def test_host(host: str, machine: str, bits: int, make_interpreter: MakeInterpreter) -> None:
    assert toolchain.host(replace(LINUX, host=host), machine, found(make_interpreter("3.13", bits=bits))) == ok(host)


@pytest.mark.parametrize(
    ("host", "machine", "proper"),
    [
        ("x86_64-apple-darwin", "arm64", "aarch64-apple-darwin"),
        ("i686-pc-windows-msvc", "AMD64", "x86_64-pc-windows-msvc"),
        ("x86_64-unknown-linux-gnu", "aarch64", "aarch64-unknown-linux-gnu"),
    ],
)
def test_a_host_of_another_processor(host: str, machine: str, proper: str, make_interpreter: MakeInterpreter) -> None:
    fix = Fix("use the toolchain of this processor", ("rustup", "default", f"stable-{proper}"))
    expected = warn(f"{host}, and this machine is {machine}", fix)
    for interpreters in (found(make_interpreter("3.13")), found()):
        assert toolchain.host(replace(LINUX, host=host), machine, interpreters) == expected


def test_gnu_beside_microsoft_s(make_interpreter: MakeInterpreter) -> None:
    python = make_interpreter("3.13", compiler="MSC v.1941 64 bit (AMD64)")
    argv = ("rustup", "default", "stable-x86_64-pc-windows-msvc")
    fix = Fix("use the toolchain that Python for Windows is made with", argv)
    expected = warn("x86_64-pc-windows-gnu, and Python is built with MSVC", fix)
    assert toolchain.host(replace(LINUX, host="x86_64-pc-windows-gnu"), "AMD64", found(python)) == expected


# components and targets

SYSROOT = Sysroot(Path("/sysroot"), ("x86_64-unknown-linux-gnu",), ("rustfmt",))
CLIPPY, RUSTFMT = Asked("clippy", ".github/workflows/ci.yml"), Asked("rustfmt", "rust-toolchain.toml")
WASM = "wasm32-unknown-emscripten"


def test_components() -> None:
    none = skip("neither a rust-toolchain file nor the project's automation asks for one")
    assert toolchain.components((), SYSROOT, PROXIES) == none
    unknown = skip("rustc does not tell where it is installed")
    assert toolchain.components((CLIPPY,), Sysroot(None), PROXIES) == unknown
    assert toolchain.components((RUSTFMT,), SYSROOT, PROXIES) == ok("rustfmt")


@pytest.mark.parametrize(
    ("rustup", "fix"),
    [
        (PROXIES, Fix("install what is missing", ("rustup", "component", "add", "clippy"), safe=True)),
        (NONE, Fix("install clippy from where Rust came", safe=True)),
    ],
)
def test_a_component_is_missing(rustup: Rustup, fix: Fix) -> None:
    evidence = [".github/workflows/ci.yml asks for clippy"]
    expected = warn("clippy not installed", fix, evidence, Location(".github/workflows/ci.yml"))
    assert toolchain.components((RUSTFMT, CLIPPY), SYSROOT, rustup) == expected


def test_targets() -> None:
    assert toolchain.targets((), SYSROOT, PROXIES) == skip("no target but the host is configured")
    asked = (Asked("x86_64-unknown-linux-gnu", "rust-toolchain"),)
    assert toolchain.targets(asked, SYSROOT, PROXIES) == ok("x86_64-unknown-linux-gnu")
    unknown = skip("rustc does not tell where it is installed")
    assert toolchain.targets(asked, Sysroot(None), PROXIES) == unknown


@pytest.mark.parametrize(
    ("source", "judge"),
    [
        (".cargo/config.toml", fail),
        ("CARGO_BUILD_TARGET", fail),
        ("rust-toolchain.toml", warn),
        ("rust-toolchain", warn),
    ],
)
@pytest.mark.parametrize(
    ("rustup", "fix"),
    [
        (PROXIES, Fix("install what is missing", ("rustup", "target", "add", WASM), RUSTUP, safe=True)),
        (BESIDE, Fix("use a toolchain of rustup's, which has targets", None, RUSTUP, safe=True)),
    ],
)
def test_a_target_is_missing(source: str, judge: Callable[..., Verdict], rustup: Rustup, fix: Fix) -> None:
    expected = judge(f"no standard library for {WASM}", fix, [f"{source} names {WASM}"])
    assert toolchain.targets((Asked(WASM, source),), SYSROOT, rustup) == expected


# rustflags


def configured(*rows: Flags) -> CargoConfig:
    return CargoConfig(rustflags=rows)


@pytest.mark.parametrize("rows", [(), (Flags((), "RUSTFLAGS", rank=1),)])
def test_no_flags(rows: tuple[Flags, ...]) -> None:
    assert toolchain.rustflags(configured(*rows)) == ok("none is set")


def test_flags_that_add_up() -> None:
    rows = Flags(("-Clto",), "~/.cargo/config.toml", rank=3, own=True), Flags(("--cfg", "a b"), FILE, KEY, 3)
    evidence = ["~/.cargo/config.toml: -Clto", f"{FILE}: --cfg 'a b'"]
    assert toolchain.rustflags(configured(*rows)) == ok(f"-Clto --cfg 'a b' (~/.cargo/config.toml, {FILE})", evidence)


@pytest.mark.parametrize(
    ("taken", "wins"),
    [
        (Flags(("-Clto",), "RUSTFLAGS", rank=1), "RUSTFLAGS"),
        (Flags((), "RUSTFLAGS", rank=1), "RUSTFLAGS"),
        (Flags(("-Clto",), FILE, 'target."cfg(unix)".rustflags', 2), f'target."cfg(unix)".rustflags in {FILE}'),
        (Flags(("-Clto",), "~/.cargo/config.toml", rank=2, own=True), "~/.cargo/config.toml"),
    ],
)
def test_flags_that_are_lost(taken: Flags, wins: str) -> None:
    loses = f"{KEY} in {FILE}"
    fix = Fix(f"say all flags in one place: add those of {loses} to {wins}, or take {wins} away")
    evidence = [f"{taken.source}: {' '.join(taken.flags) or '(empty)'}", f"{FILE}: --cfg x"]
    expected = warn(f"{wins} replaces the flags of {loses}", fix, evidence)
    assert toolchain.rustflags(configured(taken, Flags(("--cfg", "x"), FILE, KEY, 3))) == expected


@pytest.mark.parametrize(
    "lost",
    [Flags(("--cfg",), "~/.cargo/config.toml", rank=3, own=True), Flags(("-Clto",), FILE, KEY, 3)],
    ids=["the user's own", "said again"],
)
def test_flags_whose_loss_hurts_nobody(lost: Flags) -> None:
    said = toolchain.rustflags(configured(Flags(("-Clto", "-g"), "RUSTFLAGS", rank=1), lost))
    assert (said.status, said.detail) == (Status.OK, "-Clto -g (RUSTFLAGS)")


@pytest.mark.parametrize(
    ("flags", "kept"),
    [
        (("-Ctarget-cpu=native",), []),
        (("-C", "target-cpu=native", "-C", "lto"), ["-C", "lto"]),
        (("--codegen", "target-cpu=native"), []),
        (("--codegen=target-cpu=native", "-g"), ["-g"]),
    ],
)
def test_flags_for_one_processor(flags: tuple[str, ...], kept: list[str]) -> None:
    summary = "take target-cpu=native out, or set it in RUSTFLAGS for benchmarks alone"
    detail = "{} compiles for the processor of whoever builds: elsewhere the wheel may not run"
    inside = toolchain.rustflags(configured(Flags(flags, FILE, KEY, 3)))
    assert (inside.detail, inside.fix) == (detail.format(FILE), setting(summary, FILE, KEY, kept))
    variable = toolchain.rustflags(configured(Flags(flags, "RUSTFLAGS", rank=1)))
    assert (variable.status, variable.detail, variable.fix) == (Status.WARN, detail.format("RUSTFLAGS"), Fix(summary))


def test_a_processor_s_flags_that_do_not_count_here_still_ship() -> None:
    native, own = ("-Ctarget-cpu=native",), "~/.cargo/config.toml"
    variable = Flags(("-g", "-Clto"), "RUSTFLAGS", rank=1)
    assert toolchain.rustflags(configured(variable, Flags(native, FILE, KEY, 3))).detail.startswith(FILE)
    assert toolchain.rustflags(configured(variable, Flags(native, own, rank=3, own=True))).status is Status.OK


# cargo-config


def test_cargo_config() -> None:
    assert toolchain.cargo_config(CargoConfig(), (), ROOT) == ok("there is none")
    files = (ROOT / FILE, Path("/home/.cargo/config.toml"))
    said = ok("/project/.cargo/config.toml, /home/.cargo/config.toml")
    assert toolchain.cargo_config(CargoConfig(files), (), ROOT) == said


@pytest.mark.parametrize(("path", "where"), [(ROOT / FILE, Location(FILE)), (Path("/home/.cargo/config.toml"), None)])
def test_a_configuration_that_is_no_toml(path: Path, where: Location | None) -> None:
    expected = fail("no TOML", Fix(f"mend {path}"), where=where)
    assert toolchain.cargo_config(CargoConfig((path,), ((path, "no TOML"),)), (), ROOT) == expected


def test_a_program_that_is_not_there() -> None:
    missing = (Asked("wrap", FILE), Asked("/opt/ld", "RUSTC_WRAPPER"))
    fix = Fix(f"install wrap, or take it out of {FILE}")
    evidence = [f"{FILE} names wrap", "RUSTC_WRAPPER names /opt/ld"]
    expected = fail(f"wrap is not there, and {FILE} names it", fix, evidence)
    assert toolchain.cargo_config(CargoConfig(), missing, ROOT) == expected


@pytest.mark.parametrize(
    ("folder", "where"), [(ROOT / ".cargo", Location(".cargo/config")), (Path("/home/.cargo"), None)]
)
def test_two_names_for_one_file(folder: Path, where: Location | None) -> None:
    fix = Fix(f"move what {folder}/config says into {folder}/config.toml, and delete it")
    expected = warn(f"{folder} has config and config.toml: cargo reads config alone", fix, where=where)
    assert toolchain.cargo_config(CargoConfig(doubled=(folder,)), (), ROOT) == expected


# dependencies

GETRANDOM = Crate("getrandom", "0.4.2", "1.85", "crab")
PYO3 = Crate("pyo3", "0.29.3", "1.83", "crab")
WANTS = [
    "pyo3 0.29.3 wants rustc 1.83 (used by crab)",
    "getrandom 0.4.2 wants rustc 1.85 (used by crab)",
]


def test_dependencies(make_project: MakeProject, make_extension: MakeExtension) -> None:
    accepted = ok("no locked crate declares more than is there")
    assert toolchain.dependencies((), LINUX, make_project(), PROXIES, DEBIAN) == accepted
    unlocked = make_project(extensions=(make_extension(lock=None),))
    assert toolchain.dependencies((), LINUX, unlocked, PROXIES, DEBIAN) == skip("no Cargo.lock pins any")


@pytest.mark.parametrize("pinned", [None, TOML])
def test_dependencies_that_refuse_this_rustc(pinned: Path | None, make_project: MakeProject) -> None:
    project = make_project(toolchain_file=pinned)
    detail = "rustc 1.74.0 is too old for pyo3 0.29.3, getrandom 0.4.2"
    expected = fail(detail, newer_rust(project, "1.85", PROXIES, DEBIAN), WANTS)
    assert toolchain.dependencies((PYO3, GETRANDOM), OLD, project, PROXIES, DEBIAN) == expected
    # With a toolchain file `rustup update` would change what is not used here.
    assert (expected.fix is not None and expected.fix.argv is None) is bool(pinned)


@pytest.mark.parametrize("inherited", [False, True])
def test_dependencies_that_want_more_than_is_declared(
    inherited: bool,  # noqa: FBT001
    make_project: MakeProject,
    make_extension: MakeExtension,
) -> None:
    extension = make_extension(rust_version="1.74")
    project = make_project(extensions=(extension,), workspace_root=Path("/") if inherited else ROOT)
    summary = 'set rust-version = "1.85" in Cargo.toml, or lock older versions'
    fix = Fix(summary) if inherited else setting(summary, "Cargo.toml", "package.rust-version", "1.85")
    detail = "rust-version says 1.74, and getrandom 0.4.2 wants 1.85"
    expected = warn(detail, fix, WANTS, Location("Cargo.toml"))
    assert toolchain.dependencies((PYO3, GETRANDOM), LINUX, project, PROXIES, DEBIAN) == expected


def test_what_rustc_calls_a_processor() -> None:
    assert [toolchain.architecture(name) for name in ("AMD64", "arm64", "x86_64", "s390x", "i86pc")] == [
        "x86_64",
        "aarch64",
        "x86_64",
        "s390x",
        "x86_64",
    ]
