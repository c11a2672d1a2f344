"""The private environment that nox runs in: made from hashed requirements, kept for as long as nothing changes.

Its folder is named after everything that it depends on, and a stamp is written into it last: a folder without the stamp
is rubbish from an installation that did not end, whatever is in it. The lock of the folder is shared by every nox that
runs from it, owned by who makes or removes it, and lives on in the programs that were started to make it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from typing import TYPE_CHECKING, Callable, Iterator, Mapping, NamedTuple, NoReturn, Sequence

from mutex import Lock
from stop import Stop, explained

if TYPE_CHECKING:
    from pathlib import Path

Say = Callable[[str], None]

#: Environment variables that would point the private environment, or pip in it, at something else.
STRAY = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
#: What the environment is for; its own `python` stays off PATH, where it would pass for one of the machine's.
TOOLS = ("nox", "uv", "uvx", "invoke", "inv")
#: ^C is held back until Python can answer it without a traceback.
LAUNCH = """\
import signal, sys
try:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    sys.argv[0] = "nox"
    from nox.__main__ import main
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
"""


class Place(NamedTuple):
    """Where the environment of one checkout, one interpreter and one state of the requirements is."""

    root: Path
    requirements: Path
    folder: Path

    @property
    def stamp(self) -> Path:
        """Written last: with it the environment is whole."""
        return self.folder / "stamp"

    @property
    def lock(self) -> Path:
        """Beside the folder, since the folder comes and goes."""
        return self.folder.with_name(self.folder.name + ".lock")

    @property
    def scripts(self) -> Path:
        """Where venv puts programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.scripts / ("python.exe" if os.name == "nt" else "python")

    @property
    def tools(self) -> Path:
        """The folder for PATH; on Windows, where links need a privilege, the whole of `scripts`."""
        return self.scripts if os.name == "nt" else self.folder / "tools"

    @property
    def ready(self) -> bool:
        """True where the environment is whole and its interpreter is still there."""
        return self.stamp.exists() and self.python.exists()


def locate(root: Path) -> Place:
    """Where the environment for this interpreter belongs; raises `Stop` where the requirements cannot be read."""
    requirements = root / "ci/requirements/bootstrap.txt"
    with _speaking(root, f"{requirements} cannot be read"):
        locked = requirements.read_bytes()
    # A venv holds absolute paths and belongs to one build of Python: after a move or an update a new one is due.
    digest = _digest(locked, sys.version.encode(), os.fsencode(root))
    return Place(root, requirements, root / ".pyo3ops/bootstrap" / f"{_family()}{digest}")


def ensure(place: Place, *, env: Mapping[str, str], say: Say) -> Lock:
    """Make the environment where it is not there yet and return its lock, shared; raises `Stop` where it cannot."""
    with _speaking(place.root, f"the private environment cannot be made in {place.folder.parent}"):
        place.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = Lock(place.lock, say)
        lock.share()
        if place.ready:
            return lock
        lock.own()
        if not place.ready:
            _require_venv(env)
            say(f"bootstrap: making nox's private environment in {place.folder} (once, about 20 s) ...")
            _make(place, env=env, lock=lock)
            _sweep(place, say)
        lock.share()
    return lock


def hand_over(place: Place, arguments: Sequence[str], *, env: Mapping[str, str], lock: Lock) -> int:
    """Become nox, with this checkout's noxfile and the environment's tools first on PATH."""
    argv = [str(place.python), "-I", "-c", LAUNCH, "--noxfile", str(place.root / "noxfile.py"), *arguments]
    path = f"{place.tools}{os.pathsep}{env.get('PATH') or os.defpath}"
    environ = {**env, "PATH": path}
    if os.name == "posix":
        _become(argv, environ, lock)
    import subprocess  # noqa: PLC0415 - Windows only: exec returns to the shell at once there

    return subprocess.call(argv, env=environ)


def _become(argv: list[str], env: Mapping[str, str], lock: Lock) -> NoReturn:
    import signal  # noqa: PLC0415 - not needed elsewhere

    lock.inherit()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        os.execve(argv[0], argv, env)  # noqa: S606 - no shell is meant
    except OSError as error:
        raise Stop(f"{argv[0]} cannot be started: {error.strerror}", command="remove .pyo3ops/bootstrap") from error


def _family() -> str:
    """How the names of all environments of this interpreter begin."""
    interpreter = _digest(os.fsencode(os.path.realpath(sys.executable)))
    return f"py{sys.version_info[0]}.{sys.version_info[1]}-{interpreter}-"


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:8]


def _make(place: Place, *, env: Mapping[str, str], lock: Lock) -> None:
    import shutil  # noqa: PLC0415 - the second run does without

    clean = {name: value for name, value in env.items() if name not in STRAY}
    install = ["install", "--require-hashes", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "3"]
    try:
        if place.folder.exists():
            shutil.rmtree(place.folder)
        _run([sys.executable, "-I", "-m", "venv", str(place.folder)], place, env=clean, lock=lock)
        pip = [str(place.python), "-I", "-m", "pip"]
        _run([*pip, *install, "-r", str(place.requirements)], place, env={**clean, "PIP_USER": "0"}, lock=lock)
        _link(place)
        place.stamp.write_text(f"{sys.version}\n", encoding="utf-8")
    except BaseException:
        shutil.rmtree(place.folder, ignore_errors=True)
        raise


def _link(place: Place) -> None:
    if place.tools == place.scripts:
        return
    place.tools.mkdir()
    for name in TOOLS:
        (place.tools / name).symlink_to(place.scripts / name)


def _require_venv(env: Mapping[str, str]) -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - the second run does without

    missing = [name for name in ("venv", "ensurepip") if find_spec(name) is None]
    if missing:
        import packages  # noqa: PLC0415 - the same

        raise Stop(
            f"{sys.executable} ({sys.version.split()[0]}) comes without {' and '.join(missing)}",
            cause="the distribution keeps that part of Python in a package of its own",
            command=packages.advice("venv", env=env),
        )


def _run(argv: Sequence[str], place: Place, *, env: Mapping[str, str], lock: Lock) -> None:
    import subprocess  # noqa: PLC0415 - the second run does without

    # The lock goes along: should this process be killed, nobody starts anew before the orphan ends.
    fds = () if os.name == "nt" else (lock.fd,)
    done = subprocess.run(
        argv,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=fds,
        check=False,
    )
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip()
        step = "pip install" if "pip" in argv else "python -m venv"
        raise explained(f"`{step}` ended with {done.returncode}", said, place.root)


@contextlib.contextmanager
def _speaking(root: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explained(what, str(error), root) from error


def _sweep(place: Place, say: Say) -> None:
    """Remove what earlier requirements left behind for this Python, unless a nox still runs from it."""
    import shutil  # noqa: PLC0415 - the second run does without

    for old in place.folder.parent.glob(f"{_family()}*"):
        if old == place.folder or not old.is_dir():
            continue
        lock = Lock(old.with_name(old.name + ".lock"), say)
        if lock.try_own():
            shutil.rmtree(old, ignore_errors=True)
        lock.close()
