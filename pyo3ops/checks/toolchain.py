"""What a Rust toolchain brings and how cargo is configured, against what this project asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.rust import RUSTUP, newer_rust
from pyo3ops.checks.verdict import Verdict, fail, ok, setting, skip, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.tools.cargo_config import joined
from pyo3ops.tools.rustc import rust_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pyo3ops.checks.facts.toolchain import Asked
    from pyo3ops.core.project import Project
    from pyo3ops.tools.cargo_config import CargoConfig, Flags
    from pyo3ops.tools.crates import Crate
    from pyo3ops.tools.python import Interpreters
    from pyo3ops.tools.rustc import Rustc
    from pyo3ops.tools.rustup import Rustup, Sysroot, ToolchainFile
    from pyo3ops.tools.system import Installer

OVERRIDES = "https://rust-lang.github.io/rustup/overrides.html"
CONFIG = "https://doc.rust-lang.org/cargo/reference/config.html"


@check("rust.rustup", "rustup, where the project needs it", link=RUSTUP)
def rustup(rustup: Rustup, toolchain_file: ToolchainFile | None) -> Verdict:
    """Only rustup obeys a rust-toolchain file; a Rust from a distribution is as good where there is none."""
    if rustup.governs:
        return ok(f"{rustup.path} chooses the toolchain")
    without = "rustc does not come from rustup" if rustup.path else "there is no rustup"
    if toolchain_file is None or toolchain_file.error:
        return skip(f"{without}, and nothing here needs it: no rust-toolchain file")
    fix = Fix("install Rust through rustup, and put ~/.cargo/bin first on PATH", url=RUSTUP)
    where = Location(toolchain_file.path.name)
    return warn(f"{without}: {toolchain_file.path.name} has no effect", fix, where=where)


@check("rust.toolchain-file", "the rust-toolchain file asks for what works", link=OVERRIDES)
def toolchain_file(
    toolchain_file: ToolchainFile | None,
    wanted_rust: tuple[str, ...],
    rustup: Rustup,
    env: Mapping[str, str],
    root: Path,
) -> Verdict:
    """The channel that the file pins is the one everybody builds with, unless RUSTUP_TOOLCHAIN says otherwise."""
    if toolchain_file is None:
        return skip("there is none")
    name = toolchain_file.path.name
    # One above the root, of a workspace for instance, is not this project's to change unseen.
    where = Location(name) if toolchain_file.path.parent == root else None
    if toolchain_file.error:
        return fail(toolchain_file.error, Fix(f"mend {name}", url=OVERRIDES), where=where)
    pinned = rust_version(toolchain_file.channel or "")
    highest = max(wanted_rust, key=rust_version, default="")
    # "1.83" is the newest patch release of it.
    if pinned and highest and pinned[:2] < rust_version(highest)[:2]:
        summary = f"raise the channel in {name} to {highest} or later"
        fix = (
            setting(summary, name, "toolchain.channel", highest)
            if where and name.endswith(".toml")
            else Fix(summary, url=OVERRIDES)
        )
        return fail(f"channel {toolchain_file.channel} is older than {highest}", fix, where=where)
    override = env.get("RUSTUP_TOOLCHAIN")
    if override and rustup.governs and toolchain_file.channel and not _same_channel(override, toolchain_file.channel):
        fix = Fix("unset RUSTUP_TOOLCHAIN, and rustup obeys the file again")
        return warn(f"RUSTUP_TOOLCHAIN={override} overrides its channel {toolchain_file.channel}", fix, where=where)
    return ok(f"channel {toolchain_file.channel}" if toolchain_file.channel else "it names no channel")


@check(
    "rust.host",
    "the toolchain is for this machine",
    needs=("rust.rustc",),
    link="https://rust-lang.github.io/rustup/concepts/toolchains.html",
)
def host(rustc: Rustc, machine: str, interpreters: Interpreters) -> Verdict:
    """A toolchain for another processor runs by emulation, or builds what this machine's Python refuses to load."""
    stable = "stable"
    if rustc.host.endswith("-windows-gnu") and any(python.msvc for python in interpreters.working):
        proper = rustc.host.replace("-gnu", "-msvc")
        fix = Fix("use the toolchain that Python for Windows is made with", ("rustup", "default", f"{stable}-{proper}"))
        return warn(f"{rustc.host}, and Python is built with MSVC", fix)
    if architecture(machine) in ("", rustc.architecture) or _narrow(rustc, machine, interpreters):
        return ok(rustc.host)
    proper = rustc.host.replace(rustc.architecture, architecture(machine), 1)
    fix = Fix("use the toolchain of this processor", ("rustup", "default", f"{stable}-{proper}"))
    return warn(f"{rustc.host}, and this machine is {machine}", fix)


@check(
    "rust.components",
    "the components that this project uses",
    needs=("rust.rustc",),
    link="https://rust-lang.github.io/rustup/concepts/components.html",
)
def components(asked_components: tuple[Asked, ...], sysroot: Sysroot, rustup: Rustup) -> Verdict:
    """Clippy, rustfmt and others are parts of a toolchain that a minimal installation leaves out."""
    if not asked_components:
        return skip("neither a rust-toolchain file nor the project's automation asks for one")
    if sysroot.path is None:
        return skip("rustc does not tell where it is installed")
    missing = [each for each in asked_components if each.name not in sysroot.components]
    if not missing:
        return ok(", ".join(sorted(each.name for each in asked_components)))
    names = tuple(each.name for each in missing)
    evidence = [f"{each.source} asks for {each.name}" for each in missing]
    add = ("rustup", "component", "add", *names) if rustup.governs else None
    fix = Fix("install what is missing" if add else f"install {', '.join(names)} from where Rust came", add, safe=True)
    return warn(f"{', '.join(names)} not installed", fix, evidence, Location(missing[0].source))


@check(
    "rust.targets",
    "the standard library of each configured target",
    needs=("rust.rustc",),
    link="https://rust-lang.github.io/rustup/cross-compilation.html",
)
def targets(asked_targets: tuple[Asked, ...], sysroot: Sysroot, rustup: Rustup) -> Verdict:
    """Cargo compiles for a target only where the standard library for it is installed beside the host's."""
    if not asked_targets:
        return skip("no target but the host is configured")
    if sysroot.path is None:
        return skip("rustc does not tell where it is installed")
    missing = [each for each in asked_targets if each.name not in sysroot.targets]
    if not missing:
        return ok(", ".join(each.name for each in asked_targets))
    names = tuple(each.name for each in missing)
    evidence = [f"{each.source} names {each.name}" for each in missing]
    add = ("rustup", "target", "add", *names) if rustup.governs else None
    fix = Fix(
        "install what is missing" if add else "use a toolchain of rustup's, which has targets", add, RUSTUP, safe=True
    )
    # What cargo builds by default stops; what a toolchain file merely installs does not.
    judge = fail if any(not each.source.startswith("rust-toolchain") for each in missing) else warn
    return judge(f"no standard library for {', '.join(names)}", fix, evidence)


@check("rust.rustflags", "compiler flags that mean what they seem to", link=f"{CONFIG}#buildrustflags")
def rustflags(cargo_config: CargoConfig) -> Verdict:
    """Cargo takes flags from one source alone, and flags for the builder's processor end up in everybody's wheel."""
    rows, taken = cargo_config.rustflags, cargo_config.counting
    if not any(row.flags for row in rows):
        return ok("none is set")
    evidence = [f"{row.source}: {joined(row.flags) or '(empty)'}" for row in rows]
    # The project's own say so to everybody, even where a variable overrides them here.
    shipping = [row for row in rows if row in taken or not row.own]
    native = [row for row in shipping if any("target-cpu=native" in flag for flag in row.flags)]
    if native:
        fix = _portable(native[0])
        detail = f"{native[0].source} compiles for the processor of whoever builds: elsewhere the wheel may not run"
        return warn(detail, fix, evidence)
    # What a file in the home folder says is the user's, and losing it is what they asked for.
    lost = [row for row in rows if row not in taken and not row.own and set(row.flags) - set(cargo_config.flags)]
    if lost:
        wins, loses = _spelled(taken[0]), _spelled(lost[0])
        fix = Fix(f"say all flags in one place: add those of {loses} to {wins}, or take {wins} away")
        return warn(f"{wins} replaces the flags of {loses}", fix, evidence)
    return ok(f"{joined(cargo_config.flags) or 'none'} ({', '.join(row.source for row in taken)})", evidence)


@check("rust.cargo-config", "cargo's configuration can be obeyed", link=CONFIG)
def cargo_config(cargo_config: CargoConfig, missing_programs: tuple[Asked, ...], root: Path) -> Verdict:
    """Files named .cargo/config.toml, here and above, change every build; unreadable ones stop it."""
    if cargo_config.broken:
        file, error = cargo_config.broken[0]
        inside = root in file.parents
        where = Location(file.relative_to(root).as_posix()) if inside else None
        return fail(error, Fix(f"mend {file}"), where=where)
    if missing_programs:
        first = missing_programs[0]
        fix = Fix(f"install {first.name}, or take it out of {first.source}")
        evidence = [f"{each.source} names {each.name}" for each in missing_programs]
        return fail(f"{first.name} is not there, and {first.source} names it", fix, evidence)
    if cargo_config.doubled:
        folder = cargo_config.doubled[0]
        fix = Fix(f"move what {folder}/config says into {folder}/config.toml, and delete it")
        where = Location(".cargo/config") if folder.parent == root else None
        return warn(f"{folder} has config and config.toml: cargo reads config alone", fix, where=where)
    return ok(", ".join(str(file) for file in cargo_config.files) or "there is none")


@check(
    "rust.dependencies",
    "the dependencies accept this rustc",
    needs=("rust.rustc", "project.manifest"),
    link="https://doc.rust-lang.org/cargo/reference/rust-version.html",
)
def dependencies(
    demanding_crates: tuple[Crate, ...], rustc: Rustc, project: Project, rustup: Rustup, installer: Installer
) -> Verdict:
    """Each locked crate may declare the oldest compiler it accepts, which is also the oldest that this project can."""
    if not any(extension.lock for extension in project.extensions):
        return skip("no Cargo.lock pins any")
    refusing = [crate for crate in demanding_crates if rust_version(crate.rust_version) > rustc.version]
    if refusing:
        highest = max(refusing, key=lambda crate: rust_version(crate.rust_version)).rust_version
        fix = newer_rust(project, highest, rustup, installer)
        return fail(f"rustc {rustc.release} is too old for {_named(refusing)}", fix, list(_wants(refusing)))
    if demanding_crates:
        most = max(demanding_crates, key=lambda crate: rust_version(crate.rust_version))
        highest, said = most.rust_version, {ext.crate: ext.rust_version for ext in project.extensions}[most.user]
        fix = _raised(project, most.user, highest)
        detail = f"rust-version says {said}, and {most.name} {most.version} wants {highest}"
        return warn(detail, fix, list(_wants(demanding_crates)), Location("Cargo.toml"))
    return ok("no locked crate declares more than is there")


def _portable(row: Flags) -> Fix:
    summary = "take target-cpu=native out, or set it in RUSTFLAGS for benchmarks alone"
    if row.key is None:
        return Fix(summary)
    kept: list[str] = []
    for flag in row.flags:
        if "target-cpu=native" not in flag:
            kept.append(flag)
        elif not flag.startswith("-") and kept[-1:] in (["-C"], ["--codegen"]):
            kept.pop()
    return setting(summary, row.source, row.key, kept)


def _raised(project: Project, crate: str, version: str) -> Fix:
    summary = f'set rust-version = "{version}" in Cargo.toml, or lock older versions'
    manifest = next(ext.manifest for ext in project.extensions if ext.crate == crate)
    if project.root not in manifest.parents or project.workspace_root != manifest.parent:
        # In a workspace it may be inherited, which is for a person to see.
        return Fix(summary)
    return setting(summary, manifest.relative_to(project.root).as_posix(), "package.rust-version", version)


def architecture(machine: str) -> str:
    """What rustc calls the processor that the platform module of Python names."""
    return MACHINES.get(machine.lower(), machine.lower())


#: What rustc calls a processor, where the platform module of Python calls it otherwise.
MACHINES: Mapping[str, str] = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "i386": "i686",
    "i86pc": "x86_64",
    "x86": "i686",
    "armv6l": "arm",
    "armv7l": "armv7",
    "armv8l": "armv7",
    "ppc64le": "powerpc64le",
    "riscv64": "riscv64gc",
}


def _narrow(rustc: Rustc, machine: str, interpreters: Interpreters) -> bool:
    """True for a 32-bit system, with its Pythons, on a processor and a kernel of 64 bits."""
    bits = {python.bits for python in interpreters.working}
    return bits == {32} and rustc.architecture in _NARROW.get(architecture(machine), ())


_NARROW = {"x86_64": ("i686", "i586"), "aarch64": ("armv7", "thumbv7neon", "arm")}


def _spelled(row: Flags) -> str:
    """A source of flags, with its key where it is a file."""
    return f"{row.key} in {row.source}" if row.key else row.source


def _same_channel(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def _named(crates: Iterable[Crate]) -> str:
    return ", ".join(dict.fromkeys(f"{crate.name} {crate.version}" for crate in crates))


def _wants(crates: Iterable[Crate]) -> Iterator[str]:
    return (f"{crate.name} {crate.version} wants rustc {crate.rust_version} (used by {crate.user})" for crate in crates)
