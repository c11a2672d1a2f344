"""A rehearsal: a release of a copy, to an index of this machine, with credentials that are good for nothing else.

It lives in `.pyo3ops/rehearsal` of the project, so that one that was killed goes on where it was. Nothing else of the
project, its repository, its remote or any index changes.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Iterator, Union

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import make_empty, own_folder, write_whole
from pyo3ops.core.run import run
from pyo3ops.release import held
from pyo3ops.release.copied import Copied, Uncopied, copy, without_repository
from pyo3ops.release.credentials import without_credentials
from pyo3ops.tools import git
from pyo3ops.tools.pypiserver import Absent, serving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Who uploads in a rehearsal.
USER = "rehearsal"
_FOLDER = "rehearsal"
_RECORD = "rehearsal.json"
_SERVED = "served"
#: Where wheels are compiled, from the root of the project.
_TARGET = ".pyo3ops/wheels/target"


@dataclass(frozen=True)
class Rehearsal:
    """Where a release is rehearsed; `env` has credentials for the index in it, and no others."""

    root: Path
    env: Mapping[str, str]
    #: The two addresses of the index: uploads, and the simple API.
    upload: str
    simple: str
    #: The files that the index has.
    served: Path
    #: The bare repository that stands in for the remote.
    origin: Path
    commit: str
    #: What a real release would do otherwise, in words.
    notes: tuple[str, ...]

    @property
    def index(self) -> str:
        """Both addresses, as `target` takes them."""
        return f"{self.upload} {self.simple}"


#: A rehearsal, or why there is none: of the copy, or of the index.
Stage = Union[Rehearsal, Uncopied, Absent]


@contextlib.contextmanager
def rehearsing(root: Path, env: Mapping[str, str], *, resume: bool = False, online: bool = True) -> Iterator[Stage]:
    """A copy of the project's repository and an index for it, until the block is left; both stay for `resume`.

    Raises `UsageError` where there is nothing to resume, another rehearsal is under way, or nothing can be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder = own_folder(root) / _FOLDER
            folder.parent.joinpath(f"{_FOLDER}.lock").touch()
            lock = held.hold(folder.parent / f"{_FOLDER}.lock")
        except OSError as error:
            raise _unwritable(error, root) from None
        if lock is None:
            raise UsageError("a rehearsal is under way here", cause="another process has it; one at a time")
        stack.callback(lock.release)
        copied = _again(root, folder, env) if resume else _anew(root, folder, env)
        if isinstance(copied, Uncopied):
            yield copied
            return
        yield _served(copied, folder, env, stack, online=online)


def root_of(root: Path) -> Path:
    """The root of the copy in which a project's last release was rehearsed. Raises `UsageError` where none was."""
    found = _recorded(root / ".pyo3ops" / _FOLDER)
    if found is None:
        raise UsageError("no release was rehearsed here", command="pyo3ops release --rehearse")
    return found.root


def scrubbed(env: Mapping[str, str], nowhere: Path) -> dict[str, str]:
    """`env` without anybody's credentials; `nowhere` is an empty folder, where gh finds no login."""
    # Uploads and downloads of this machine go through no proxy.
    direct = {name: ",".join(filter(None, (env.get(name), "127.0.0.1,localhost"))) for name in ("NO_PROXY", "no_proxy")}
    return {
        **without_repository(without_credentials(env)),
        **direct,
        "GH_CONFIG_DIR": str(nowhere),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "UV_KEYRING_PROVIDER": "disabled",
        "UV_PUBLISH_TRUSTED_PUBLISHING": "never",
        "TWINE_NON_INTERACTIVE": "1",
    }


def made_up(upload: str, password: str) -> dict[str, str]:
    """The credentials of a rehearsal, in the variables of both clients."""
    twine = {"TWINE_REPOSITORY_URL": upload, "TWINE_USERNAME": USER, "TWINE_PASSWORD": password}
    return {**twine, "UV_PUBLISH_URL": upload, "UV_PUBLISH_USERNAME": USER, "UV_PUBLISH_PASSWORD": password}


def _served(
    copied: Copied, folder: Path, env: Mapping[str, str], stack: contextlib.ExitStack, *, online: bool
) -> Stage:
    """Start the index; it ends with the stack."""
    served, nowhere = folder / _SERVED, folder / "nowhere"
    password = secrets.token_urlsafe(24)
    clean = scrubbed(env, nowhere)
    _end_leftovers(served, env)
    try:
        served.mkdir(exist_ok=True)
        nowhere.mkdir(exist_ok=True)
        server = stack.enter_context(serving(served, clean, user=USER, password=password, online=online))
    except OSError as error:
        raise _unwritable(error, folder) from None
    if isinstance(server, Absent):
        return server
    return Rehearsal(
        root=copied.root,
        env={**clean, **made_up(server.url, password)},
        upload=server.url,
        simple=server.simple,
        served=served,
        origin=copied.origin,
        commit=copied.commit,
        notes=copied.notes,
    )


def _anew(root: Path, folder: Path, env: Mapping[str, str]) -> Copied | Uncopied:
    """A fresh copy in place of the last rehearsal's; its record comes last, so that half a copy is none."""
    compiled = folder.with_name(f"{_FOLDER}-compiled")
    try:
        _set_aside(_recorded(folder), compiled)
        make_empty(folder)
        copied = copy(root, folder, env)
        if isinstance(copied, Uncopied):
            return copied
        _seed(root / ".pyo3ops" / "wheels", own_folder(copied.root) / "wheels", compiled)
        places = {"root": copied.root, "origin": copied.origin}
        record = {name: path.relative_to(folder).as_posix() for name, path in places.items()}
        document = {**record, "commit": copied.commit, "notes": list(copied.notes)}
        write_whole(folder / _RECORD, (json.dumps(document, indent=1) + "\n").encode())
    except OSError as error:
        raise _unwritable(error, folder) from None
    return copied


def _again(root: Path, folder: Path, env: Mapping[str, str]) -> Copied:
    found = _recorded(folder)
    if found is None:
        raise UsageError("there is no rehearsal to go on with", command="pyo3ops release --rehearse")
    seen = git.state(root, without_repository(env))
    if seen is None or not seen.head or seen.head == found.commit:
        return found
    moved = f"it goes on with {found.commit[:12]}, and HEAD is {seen.head[:12]} now"
    return replace(found, notes=(*found.notes, moved))


def _recorded(folder: Path) -> Copied | None:
    """The copy that a rehearsal before this one made, where it was finished and is still there."""
    try:
        read: Any = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        notes = tuple(map(str, read["notes"]))
        found = Copied(folder / str(read["root"]), folder / str(read["origin"]), str(read["commit"]), notes)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.root.is_dir() and found.origin.is_dir() else None


def _set_aside(last: Copied | None, compiled: Path) -> None:
    """Keep what the last rehearsal compiled: cargo takes it up again, in a folder of the same name."""
    if last is not None and (last.root / _TARGET).is_dir():
        if compiled.exists():
            shutil.rmtree(str(compiled))
        (last.root / _TARGET).rename(compiled)


def _seed(source: Path, wheels: Path, compiled: Path) -> None:
    """Start from the wheels that were built of this very commit, if any, and from what the last rehearsal compiled.

    What was compiled for the original is of no use: its path stands in every command line of rustc.
    """
    wheels.mkdir(exist_ok=True)
    if (source / "dist").is_dir():
        try:
            shutil.copytree(str(source / "dist"), str(wheels / "dist"))
        except OSError:
            # Somebody builds there right now; what is missing is built once more.
            shutil.rmtree(str(wheels / "dist"), ignore_errors=True)
    if compiled.is_dir():
        compiled.rename(wheels / "target")


def leftovers(listed: str, served: Path) -> tuple[int, ...]:
    """The index servers of this folder among what `ps -o pid=,args=` lists."""
    rows = (line.split(None, 1) for line in listed.splitlines())
    ours = (row for row in rows if len(row) == 2 and "pypi" in row[1] and row[1].rstrip().endswith(f" {served}"))  # noqa: PLR2004 - a number and a command
    return tuple(int(row[0]) for row in ours if row[0].isdigit())


def _end_leftovers(served: Path, env: Mapping[str, str]) -> None:
    """End the server of a rehearsal that was killed: nobody else serves this folder, as the lock is ours."""
    listed = run(["ps", "-A", "-ww", "-o", "pid=,args="], timeout=5.0, env={**env, "LC_ALL": "C"})
    for number in leftovers(listed.out, served):
        with contextlib.suppress(OSError):
            os.kill(number, signal.SIGTERM)


def _unwritable(error: OSError, folder: Path) -> UsageError:
    return UsageError(
        f"nothing can be rehearsed here: {reason_of(error, folder)}",
        cause="the folder is not yours to write, the disk is full, or a file has its name",
    )
