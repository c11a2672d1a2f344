"""Which commands bring about what the fixes ask for, on this machine: merged, and in the order of their needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Sequence

from pyo3ops.fixes.command import Command, Stage, begins, merged, way_of
from pyo3ops.fixes.machine import environment_python
from pyo3ops.tools.rustc import rust_version
from pyo3ops.tools.system import Need, named, packages

if TYPE_CHECKING:
    from pyo3ops.core.model import Finding, Fix
    from pyo3ops.fixes.machine import Machine

#: The installer that rustup's own site names, for a person to run.
RUSTUP_SCRIPT = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
RUST, VENV, CERTIFICATES = "Rust", "venv", "certificates"
ENVIRONMENT, LISTS = "an environment", "the list of packages"


def compose(findings: Sequence[Finding], machine: Machine) -> tuple[Command, ...]:
    """The commands for the fixes of these findings; those of a person come last."""
    wanted = [(finding.id, finding.fix) for finding in findings if finding.fix is not None]
    system: list[tuple[str, str]] = []
    others: list[Command] = []
    for identity, fix in wanted:
        need = _system_need(fix, machine)
        if need is not None:
            system.append((identity, need))
        else:
            others.append(_command(identity, fix, machine))
    installing = [
        command for command in others if not command.person and ENVIRONMENT in (*command.needs, *command.brings)
    ]
    # A check that asks for an environment gets the one that tools are installed into.
    others = [command for command in others if ENVIRONMENT not in command.brings]
    if installing and machine.environment is None and not machine.uv and not machine.interpreter.venv:
        system += [(identity, VENV) for command in installing for identity in command.findings]
    everything = [*_system(system, machine), *_environment(installing, machine), *others]
    placed = [_placed(command, machine) for command in merged(everything)]
    return tuple(sorted(placed, key=lambda command: (command.person, command.stage)))


def _system_need(fix: Fix, machine: Machine) -> str | None:
    """The row of the package table that a fix comes to, where the system's package manager has to do with it."""
    starts_rustup = fix.argv is not None and begins(fix.argv, ("rustup",)) and not machine.rustup
    if fix.need == RUST or (starts_rustup and fix.argv and fix.argv[1] in ("toolchain", "update", "default")):
        return RUST
    row = packages().needs.get(fix.need or "")
    manager = machine.manager.name if machine.manager else ""
    return row.name if row and row.packages.get(manager) and row.name not in machine.present else None


def _command(identity: str, fix: Fix, machine: Machine) -> Command:
    """A fix that is no matter of the package manager."""
    advice = Command(Stage.PROJECT, fix.summary, fix.argv, (identity,), url=fix.url, person=True)
    if fix.argv is None or not fix.mends:
        return advice
    row = packages().needs.get(fix.need or "")
    if row is not None and row.name in machine.present:
        return replace(advice, summary=f"{row.name} is here, and not as it should be: {fix.summary}")
    if begins(fix.argv, ("rustup",)) and not machine.rustup:
        return replace(advice, summary=f"{fix.summary} (there is no rustup here)")
    if fix.argv[1:3] == ("-m", "venv") or begins(fix.argv, ("uv", "venv")):
        if machine.environment is not None:
            return replace(advice, summary=f"activate the environment of {machine.environment}")
        return replace(advice, stage=Stage.ENVIRONMENT, brings=(ENVIRONMENT,), person=False)
    return _run_by_us(advice, fix.argv, safe=fix.safe)


def _run_by_us(advice: Command, argv: tuple[str, ...], *, safe: bool) -> Command:
    """The command as one that a plan runs, where it is of a family that plans run, or safe."""
    way = way_of(argv)
    if way is None:
        return replace(advice, person=not safe)
    # uv's pip and pip itself install into the same environment: which of them does is decided for all at once.
    argv = ("pip", "install", *argv[len(way.prefix) :]) if ENVIRONMENT in way.needs else argv
    return replace(advice, argv=argv, stage=way.stage, needs=way.needs, brings=way.brings, person=False)


def _system(wanted: Sequence[tuple[str, str]], machine: Machine) -> list[Command]:
    """One call for all packages, after the list of packages was fetched, and what has to follow it."""
    if not wanted:
        return []
    choice = _rust(machine) if RUST in dict.fromkeys(need for _, need in wanted) else _Rust()
    rust_findings = tuple(dict.fromkeys(identity for identity, need in wanted if need == RUST))
    rows = [packages().needs[name] for name in dict.fromkeys(need for _, need in wanted) if name != RUST]
    if RUST in {need for _, need in wanted} and CERTIFICATES not in machine.present:
        # Cargo fetches over TLS, and its package only recommends them.
        rows.append(packages().needs[CERTIFICATES])
    findings = tuple(dict.fromkeys(identity for identity, _ in wanted))
    commands = []
    if rows or choice.packages or choice.undecided:
        commands += _installing(rows, choice, findings, machine)
    if choice.afterwards:
        start = Command(Stage.RUST, "have rustup install the stable toolchain", choice.afterwards, rust_findings)
        commands.append(replace(start, needs=("rustup",), brings=(RUST,)))
    if choice.advice:
        commands.append(Command(Stage.RUST, choice.advice, None, rust_findings, url="https://rustup.rs", person=True))
    return commands


def _installing(rows: Sequence[Need], choice: _Rust, findings: tuple[str, ...], machine: Machine) -> list[Command]:
    manager = machine.manager
    if manager is None:
        return []
    entries = [entry for row in rows for entry in named(row, manager.name, machine.interpreter.version)]
    names = tuple(dict.fromkeys((*(_chosen(entry, machine) for entry in entries), *choice.packages)))
    brings = (*(row.name for row in rows), *choice.brings)
    proofs = tuple((row.name, row.proving(machine.interpreter.path)) for row in rows if row.proof)
    if RUST in choice.brings:
        proofs += ((RUST, packages().needs[RUST].proof),)
    lists = [Command(Stage.LISTS, f"fetch {LISTS}", argv, findings, brings=(LISTS,)) for argv in manager.refreshing()]
    called = [packages().needs[name].called for name in brings if name in packages().needs] or list(choice.brings)
    install = [
        Command(Stage.PACKAGES, f"install {_listed(called)}", argv, findings, (LISTS,), brings, proofs)
        for argv in manager.installing(names)
    ]
    return [*lists, *install]


class _Rust(NamedTuple):
    """How Rust comes to this machine."""

    packages: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()
    #: What a person has to do.
    advice: str = ""
    #: The list of packages has to be fetched first.
    undecided: bool = False


def _rust(machine: Machine) -> _Rust:
    """The distribution's own Rust where it is new enough, else its newer one, else rustup, else a person's doing."""
    if machine.rustup:
        return _Rust(afterwards=("rustup", "toolchain", "install", "stable"))
    manager, row = machine.manager, packages().needs[RUST]
    groups = row.choices.get(manager.name, ()) if manager else ()
    fitting = next((group for group in groups if _fits(group, machine)), None)
    if fitting is not None and manager is not None:
        if _brings_rustup(fitting):
            return _Rust(fitting, ("rustup",), row.afterwards.get(manager.name, ()))
        return _Rust(fitting, (RUST,))
    if manager is not None and manager.refresh and not machine.refreshed:
        return _Rust(undecided=True)
    wanted = f" {machine.msrv} or later" if machine.msrv else ""
    return _Rust(advice=f"install Rust{wanted} through rustup: {RUSTUP_SCRIPT}")


def _fits(group: Sequence[str], machine: Machine) -> bool:
    if machine.manager is None or not machine.manager.candidates:
        return machine.manager is not None
    if any(name not in machine.candidates for name in group):
        return False
    return _brings_rustup(group) or rust_version(machine.candidates[group[0]]) >= rust_version(machine.msrv)


def _brings_rustup(group: Sequence[str]) -> bool:
    return "rustup" in group[0].lower()


def _chosen(entry: str, machine: Machine) -> str:
    """Of `a|b` the first that is to be had; where none is, the first, so that the manager says what is wrong."""
    ways = entry.split("|")
    return next((name for name in ways if name in machine.candidates), ways[0])


def _environment(installing: Sequence[Command], machine: Machine) -> list[Command]:
    """What makes the environment that Python tools are installed into, where there is none."""
    if not installing or (machine.environment and (machine.environment_pip or machine.uv)):
        return []
    findings = tuple(dict.fromkeys(identity for command in installing for identity in command.findings))
    if machine.environment:
        argv: tuple[str, ...] = (machine.environment, "-m", "ensurepip")
        return [Command(Stage.ENVIRONMENT, "give the environment a pip", argv, findings, (), (ENVIRONMENT,))]
    folder = str(Path(machine.root) / ".venv")
    argv = (machine.uv, "venv", folder) if machine.uv else (machine.interpreter.path, "-m", "venv", folder)
    summary = "make an environment in .venv: none is active"
    return [Command(Stage.ENVIRONMENT, summary, argv, findings, (VENV,), (ENVIRONMENT,))]


def _placed(command: Command, machine: Machine) -> Command:
    """The command with what it needs here: root before a package manager, the environment before pip."""
    if command.argv is None or command.person:
        return command
    if ENVIRONMENT in command.needs:
        return replace(command, argv=_pip(command.argv, machine))
    manager = machine.manager
    if manager is None or not begins(command.argv, (manager.name,)):
        return command
    options = manager.options if command.argv[1 : 1 + len(manager.options)] == manager.options else ()
    shown = (manager.name, *command.argv[1 + len(options) :])
    if manager.root and machine.privilege is None:
        return replace(command, summary=f"as root: {command.summary}", argv=shown, person=True)
    prefix = (machine.privilege or ()) if manager.root else ()
    return replace(command, argv=(*prefix, *command.argv), shown=(*prefix[:1], *shown))


def _pip(argv: tuple[str, ...], machine: Machine) -> tuple[str, ...]:
    python = machine.environment or str(environment_python(Path(machine.root) / ".venv"))
    names = argv[argv.index("install") + 1 :]
    if machine.uv:
        return (machine.uv, "pip", "install", "--python", python, *names)
    return (python, "-m", "pip", "install", *names)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
