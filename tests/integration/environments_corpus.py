"""Makes the broken environments of tests/data/environments and judges them; see the README there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core.model import Status
from pyo3ops.core.selection import Selection
from pyo3ops.core.toml import load
from pyo3ops.tasks import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Finding, Fix

FOLDER = Path(__file__).parents[1] / "data/environments"
#: What may be worse than in the untouched template.
_BAD = (Status.WARN, Status.UNKNOWN, Status.FAIL, Status.CRASH)
#: Checks of what the machine has beside the project: they say the same before and after.
_KNOWN_KEYS = {"title", "expect", "may", "base", "hide", "delete", "replace", "files", "env", "programs", "run"}


@dataclass(frozen=True)
class Case:
    """One environment and what has to be said of it."""

    name: str
    table: Mapping[str, Any]

    @property
    def expected(self) -> dict[str, Status]:
        """Ids with the status that each must have."""
        return {identity: Status(word) for identity, word in self.table["expect"].items()}

    @property
    def allowed(self) -> set[str]:
        """Ids that may get worse as well."""
        return set(self.table.get("may", ()))


@dataclass(frozen=True)
class Outcome:
    """What validate said: ids with their statuses, as far as they are worse than in the template."""

    case: Case
    worse: Mapping[str, Status]
    said: Mapping[str, Status]
    fixes: Mapping[str, Fix]
    root: Path
    env: Mapping[str, str]

    @property
    def missed(self) -> dict[str, Status]:
        """What was expected and not said."""
        return {name: status for name, status in self.case.expected.items() if self.said.get(name) is not status}

    @property
    def extra(self) -> dict[str, Status]:
        """What was said and is no fault of this environment."""
        accounted = {*self.case.expected, *self.case.allowed}
        return {name: status for name, status in self.worse.items() if name not in accounted}


def cases() -> tuple[Case, ...]:
    """Every case in the folder."""
    found = tuple(Case(file.stem, load(file)) for file in sorted(FOLDER.glob("*.toml")))
    for case in found:
        strange = set(case.table) - _KNOWN_KEYS
        if strange:
            raise ValueError(f"{case.name}: unknown keys {sorted(strange)}")
    return found


def judge(case: Case, folder: Path, healthy: Mapping[str, Mapping[str, Status]]) -> Outcome:
    """Make the environment below `folder` and let validate judge it; `healthy` has the templates' findings."""
    base = str(case.table.get("base", "healthy"))
    root, env = _made(case.table, folder, base)
    findings = _findings(root, env)
    said = {finding.id: finding.status for finding in findings}
    before = healthy[base]
    worse = {
        name: status
        for name, status in said.items()
        if status in _BAD and status.look.weight > before.get(name, Status.OK).look.weight
    }
    fixes = {finding.id: finding.fix for finding in findings if finding.fix and finding.status in _BAD}
    return Outcome(case, worse, said, fixes, root, env)


#: Programs whose fixes can be carried out in a scratch copy: they change nothing else, and need no network.
_RUNNABLE = {"pyo3ops", "cargo", "touch"}


def mended(outcome: Outcome, identity: str) -> Status | None:
    """The status of a check after its fix, and the one that shows after it, were carried out.

    None where the fix is for a person, or needs more than this. Raises `AssertionError` where a command fails.
    """
    fix, status = outcome.fixes.get(identity), None
    # Two steps may be needed: requires-python is raised, and then the classifiers say too much.
    for _ in range(2):
        if fix is None or fix.argv is None or fix.argv[0] not in _RUNNABLE or not fix.mends:
            break
        _carry_out(fix.argv, outcome)
        after = {finding.id: finding for finding in _findings(outcome.root, outcome.env)}[identity]
        fix, status = after.fix, after.status
        if status not in _BAD:
            break
    return status


def _carry_out(argv: tuple[str, ...], outcome: Outcome) -> None:
    words = [sys.executable, "-m", "pyo3ops", *argv[1:]] if argv[0] == "pyo3ops" else list(argv)
    env = dict(outcome.env)
    done = subprocess.run(words, cwd=outcome.root, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"


def templates(folder: Path) -> dict[str, dict[str, Status]]:
    """What validate says of each template."""
    names = sorted(path.name for path in (FOLDER / "templates").iterdir())
    made = {name: _made({}, folder / name, name) for name in names}
    return {name: {finding.id: finding.status for finding in _findings(*where)} for name, where in made.items()}


def _findings(root: Path, env: Mapping[str, str]) -> tuple[Finding, ...]:
    return validate.run(root, validate.Request(env, Selection())).findings


def _made(table: Mapping[str, Any], folder: Path, base: str) -> tuple[Path, dict[str, str]]:
    root, home, tools = folder / "project", folder / "home", folder / "tools"
    shutil.copytree(FOLDER / "templates" / base, root)
    (root / "gitignore").rename(root / ".gitignore")
    home.mkdir()
    tools.mkdir()
    words = {"{root}": str(root), "{home}": str(home), "{tools}": str(tools)}
    for name in table.get("delete", ()):
        (root / name).unlink()
    for name, pairs in table.get("replace", {}).items():
        _replace(root / name, pairs)
    for name, text in table.get("files", {}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(_filled(text, words), encoding="utf-8")
    path = _path(folder / "bin", table.get("hide", ()))
    env = _environment(home, f"{tools}{os.pathsep}{path}")
    for name, body in table.get("programs", {}).items():
        script = re.sub(r"\{real:([^}]+)\}", lambda match: _real(match[1]), _filled(body, words))
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    for argv in table.get("run", {}).get("commands", ()):
        subprocess.run([_filled(word, words) for word in argv], cwd=root, check=True, capture_output=True, timeout=120)
    for name, value in table.get("env", {}).items():
        env[name] = _filled(value, words)
    return root, {name: value for name, value in env.items() if value}


def _replace(file: Path, pairs: list[list[str]]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        if old not in text:
            raise ValueError(f"{file.name} has no {old!r}")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _environment(home: Path, path: str) -> dict[str, str]:
    """A user's: the real toolchain and interpreters, an empty home."""
    real = Path.home()
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE") if name in os.environ}
    return {
        **kept,
        "PATH": path,
        "HOME": str(home),
        "CARGO_HOME": os.environ.get("CARGO_HOME") or str(real / ".cargo"),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or str(real / ".rustup"),
        "PYENV_ROOT": os.environ.get("PYENV_ROOT") or str(real / ".pyenv"),
        "XDG_DATA_HOME": os.environ.get("XDG_DATA_HOME") or str(real / ".local/share"),
        "UV_PYTHON_INSTALL_DIR": os.environ.get("UV_PYTHON_INSTALL_DIR", ""),
    }


def _path(folder: Path, hidden: list[str]) -> str:
    """One folder of links to every program there is, but for the hidden ones and pyenv's shims."""
    folder.mkdir()
    if "*" in hidden:
        return str(folder)
    for place in os.environ["PATH"].split(os.pathsep):
        if Path(place).name == "shims" or not Path(place).is_dir():
            continue
        for program in Path(place).iterdir():
            link = folder / program.name
            if program.name not in hidden and not link.is_symlink():
                link.symlink_to(program)
    # The interpreter that runs this would be found without any PATH; as python3 it is what a user has.
    if not (folder / "python3").is_symlink() and "python3" not in hidden:
        (folder / "python3").symlink_to(sys.executable)
    return str(folder)


def _real(program: str) -> str:
    places = [place for place in os.environ["PATH"].split(os.pathsep) if Path(place).name != "shims"]
    found = shutil.which(program, path=os.pathsep.join(places))
    if found is None:
        versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
        found = next((str(file) for file in sorted(versions.glob(f"*/bin/{program}"))), None)
    if found is None:
        raise FileNotFoundError(program)
    return found
