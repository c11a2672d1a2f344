"""Faults of a release, planted: each function breaks one thing in a project that is ready, and says what must name it.

A case gets a copy of examples/production_deployment in a git repository of its own: committed, clean, without a tag, on
`main`, its upstream `origin` a bare repository beside it, with a section in the change log for its version, 0.1.0; an
index that holds nothing of it yet, served on this machine; credentials in the environment. `expects` is the dotted id
of the finding, or several with `|` between, `status` what it must be ("fail" or "warn"), `stage` 1 before anything is
built, 2 of the built files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from pyo3ops.core.run import run

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds for one git command.
GIT_TIMEOUT = 60.0


@dataclass
class Served:
    """How the index answers; a file that is put into `Case.index` is public at once."""

    #: Seconds by which the index's Date header is ahead of this machine's clock.
    ahead: float = 0.0
    #: Where not 200, what every question is answered with.
    status: int = 200
    #: File name and the reason for which it is yanked; the reason may be empty.
    yanked: dict[str, str] = field(default_factory=dict)
    #: File name and when it was uploaded, as ISO 8601 (2026-01-31T12:00:00Z); now where it is not named.
    uploaded: dict[str, str] = field(default_factory=dict)
    #: File name and the bytes that the index says it has, where that is not its size.
    sizes: dict[str, int] = field(default_factory=dict)
    #: Every question that was asked: the paths, in order.
    asked: list[str] = field(default_factory=list)


@dataclass
class Case:
    """What a fault is planted into; what is changed here is what the preflight meets."""

    #: The project's root, which is the repository's.
    project: Path
    #: The bare repository that is `origin`.
    remote: Path
    #: The environment that the preflight is handed.
    env: dict[str, str]
    #: The folder that the index serves: files lie in it flat.
    index: Path
    #: Address of the index, for uploads; its simple API is below, at simple/.
    url: str
    served: Served
    #: An empty folder of the case's own.
    scratch: Path
    #: Stage 2: the built files, wheel first; copies of the case's own. The project plans just these.
    files: list[Path] = field(default_factory=list)
    #: What the caller asks for beside: `version`, `index` (an address), `rehearse`, `offline`.
    asked: dict[str, Any] = field(default_factory=dict)
    #: Stage 2: a function that gets the folder of the sealed files, once they are sealed, and may change them.
    after_sealing: Any = None

    def git(self, *args: str, cwd: Path | None = None) -> str:
        """Run git in the project, or in another folder; what it printed. An error is an assertion."""
        result = run(["git", *args], timeout=GIT_TIMEOUT, env=self.env, cwd=cwd or self.project)
        assert result.ok, f"git {' '.join(args)}: {result.err}"
        return result.out.strip()

    def commit(self, message: str = "planted", *, push: bool = True) -> None:
        """Commit all that was changed, and push it, so that the tree is clean and in step again."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        if push:
            self.git("push", "--quiet", "origin", "HEAD")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file of the project; what is not there is an assertion."""
        path = self.project / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_bytes(text.replace(old, new).encode())

    def elsewhere(self) -> Path:
        """A second clone of the remote, as another person has it."""
        other = self.scratch / "elsewhere"
        self.git("clone", "--quiet", str(self.remote), str(other), cwd=self.scratch)
        for key, value in (("user.name", "Somebody Else"), ("user.email", "else@example.org")):
            self.git("config", key, value, cwd=other)
        return other

    def publish(self, name: str, data: bytes = b"other bytes", uploaded: str = "", yanked: str | None = None) -> None:
        """Let the index have a file of that name."""
        (self.index / name).write_bytes(data)
        if uploaded:
            self.served.uploaded[name] = uploaded
        if yanked is not None:
            self.served.yanked[name] = yanked


Plant = Callable[[Case], None]


class Row(NamedTuple):
    """One planted case; a healthy one expects nothing."""

    name: str
    plant: Plant
    stage: int
    expects: str = ""
    status: str = ""


#: The cases of each module, by the module's own name.
CASES: dict[str, list[Row]] = {}


def fault(name: str, *, expects: str, status: str = "fail", stage: int = 1) -> Callable[[Plant], Plant]:
    """Enter a function as the planter of a fault."""

    def enter(plant: Plant) -> Plant:
        _of(plant).append(Row(name, plant, stage, expects, status))
        return plant

    return enter


def healthy(name: str, *, stage: int = 1) -> Callable[[Plant], Plant]:
    """Enter a function as the planter of something that is no fault: nothing may warn or fail because of it."""

    def enter(plant: Plant) -> Plant:
        _of(plant).append(Row(name, plant, stage))
        return plant

    return enter


def _of(plant: Plant) -> list[Row]:
    return CASES.setdefault(plant.__module__.rpartition(".")[2], [])
