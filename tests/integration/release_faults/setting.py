"""What faults are planted into: a repository with its remote, an index on this machine, built files; copied a case."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyo3ops.core.run import run
from pyo3ops.release import manifest
from pyo3ops.release.look import folder_of, look
from pyo3ops.release.look_files import at_files
from pyo3ops.release.preflight import preflight
from pyo3ops.release.world import Asked

from . import Case, Row, Served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Finding

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples/production_deployment"
NAME, VERSION = "production-deployment-pyo3ops", "0.1.0"
#: Seconds for compiling the example once, on a busy machine.
BUILD_TIMEOUT = 600.0
#: What a caller's environment may have that would change a case.
_OTHERS = re.compile(
    r"(GITHUB|ACTIONS|RUNNER|TWINE|UV_PUBLISH|GIT|GITLAB|PIP_INDEX|PYO3OPS)_?\w*|CI|VIRTUAL_ENV|CONDA_PREFIX|NOX_\w+"
)
#: What git is told in place of the caller's configuration; who commits is told in each repository.
_GITCONFIG = """\
[init]
    defaultBranch = main
[user]
    useConfigOnly = true
[commit]
    gpgSign = false
[tag]
    gpgSign = false
[protocol "file"]
    allow = always
[advice]
    detachedHead = false
[gc]
    auto = 0
[core]
    autocrlf = false
"""
#: As cargo compiles fastest.
_QUICK = {
    "CARGO_PROFILE_DEV_DEBUG": "0",
    "CARGO_PROFILE_RELEASE_LTO": "false",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
    "CARGO_INCREMENTAL": "0",
}


class Server:
    """One simple index a case (PEP 691, 700), below the case's own path, until `close`."""

    def __init__(self) -> None:
        self.cases: dict[str, tuple[Path, Served]] = {}
        handler = type("Handler", (_Handler,), {"cases": self.cases})
        self._server = _Bound(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Bound(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # The base class asks for the host's name, which takes half a minute where no name server answers.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    cases: dict[str, tuple[Path, Served]]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        case, _, rest = unquote(self.path).lstrip("/").partition("/")
        folder, served = self.cases[case]
        served.asked.append(rest)
        status, data = (served.status, b"") if served.status != 200 else _page(folder, served, rest, self.path)
        self.send_response_only(status)
        ahead = datetime.now(timezone.utc) + timedelta(seconds=served.ahead)
        self.send_header("Date", format_datetime(ahead, usegmt=True))
        self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        del format, args


def _page(folder: Path, served: Served, rest: str, path: str) -> tuple[int, bytes]:
    parts = [part for part in rest.split("/") if part]
    files = sorted(folder.iterdir())
    if parts == ["simple"]:
        return 200, json.dumps({"meta": {"api-version": "1.1"}, "projects": [{"name": NAME}] if files else []}).encode()
    if parts != ["simple", NAME] or not files:
        return 404, b""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    base = path.partition("/simple/")[0]
    rows = [
        {
            "filename": file.name,
            "url": f"{base}/files/{file.name}",
            "hashes": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()},
            "size": served.sizes.get(file.name, file.stat().st_size),
            "upload-time": served.uploaded.get(file.name, now),
            "yanked": served.yanked.get(file.name) or file.name in served.yanked,
        }
        for file in files
    ]
    page = {"meta": {"api-version": "1.1"}, "name": NAME, "versions": [], "files": rows}
    return 200, json.dumps(page).encode()


@dataclass
class Setting:
    """What every case is a copy of; built files are made when the first case of stage 2 asks."""

    folder: Path
    server: Server
    env: dict[str, str]
    files: tuple[Path, ...] = field(default=())

    def case(self, row: Row, scratch: Path) -> Case:
        """A copy for one case."""
        name = f"{row.name}-{len(self.server.cases)}"
        base = self.base(row.stage)
        for part in ("project", "origin.git"):
            shutil.copytree(str(base / part), str(scratch / part), symlinks=True)
        own = {part: scratch / part for part in ("index", "own", "home", "built")}
        for folder in own.values():
            folder.mkdir()
        served = Served()
        self.server.cases[name] = (own["index"], served)
        files = [Path(shutil.copy2(str(file), str(own["built"]))) for file in self.files if row.stage > 1]
        case = Case(
            project=scratch / "project",
            remote=scratch / "origin.git",
            env={**self.env, "HOME": str(own["home"]), "TWINE_USERNAME": "somebody", "TWINE_PASSWORD": "something"},
            index=own["index"],
            url=self.server.url(name),
            served=served,
            scratch=own["own"],
            files=files,
        )
        case.git("remote", "set-url", "origin", str(case.remote))
        return case

    def base(self, stage: int) -> Path:
        """The folder with the repository and its remote; that of stage 2 plans the built files alone."""
        place = self.folder / f"stage-{stage}"
        if not place.exists():
            place.mkdir()
            shutil.copytree(
                str(EXAMPLE), str(place / "project"), ignore=shutil.ignore_patterns("target", ".pyo3ops", "__pycache__")
            )
            shutil.copy2(str(ROOT / ".gitignore"), str(place / "project"))
            self.files = self._built(place) if stage > 1 else self.files
            self._committed(place)
        return place

    def _committed(self, place: Path) -> None:
        project = place / "project"
        for words in (
            ("init", "--quiet"),
            ("config", "user.name", "A Developer"),
            ("config", "user.email", "developer@example.org"),
            ("add", "--all"),
            ("commit", "--quiet", "--message", "all of it"),
            ("clone", "--quiet", "--bare", str(project), str(place / "origin.git")),
            ("remote", "add", "origin", str(place / "origin.git")),
            ("fetch", "--quiet", "origin"),
            ("branch", "--quiet", "--set-upstream-to", "origin/main"),
        ):
            result = run(["git", *words], timeout=60, env=self.env, cwd=project)
            assert result.ok, result.err

    def _built(self, place: Path) -> tuple[Path, ...]:
        """A wheel for this Python, and an sdist; the project then plans nothing else."""
        project, out = place / "project", self.folder / "built"
        env = {**self.env, "CARGO_TARGET_DIR": str(self.folder / "target")}
        for argv in (
            ["maturin", "build", "--interpreter", sys.executable, "--out", str(out), "--strip"],
            ["maturin", "sdist", "--out", str(out)],
        ):
            result = run(argv, timeout=BUILD_TIMEOUT, env=env, cwd=project)
            assert result.ok, result.err
        wheel, sdist = next(out.glob("*.whl")), next(out.glob("*.tar.gz"))
        host = re.search(r"^host: (\S+)$", run(["rustc", "-vV"], timeout=60, env=env).out, re.MULTILINE)
        floor = re.search(r"manylinux_(2_\d+)", wheel.name)
        lines = [
            "",
            "[tool.pyo3ops]",
            f'pythons = ["3.{sys.version_info[1]}"]',
            "[tool.pyo3ops.wheels]",
            f'targets = ["{host[1] if host else ""}"]',
            f'manylinux = "{floor[1] if floor else "2_17"}"',
            "",
        ]
        with (project / "pyproject.toml").open("a", encoding="utf-8") as stream:
            stream.write("\n".join(lines))
        return wheel, sdist


def prepared(folder: Path) -> Setting:
    """A setting below an empty folder."""
    config = folder / "gitconfig"
    config.write_text(_GITCONFIG, encoding="utf-8")
    home = Path.home()
    kept = {name: value for name, value in os.environ.items() if not _OTHERS.fullmatch(name)}
    # Homes of their own, as HOME is another one.
    kept.setdefault("CARGO_HOME", str(home / ".cargo"))
    kept.setdefault("RUSTUP_HOME", str(home / ".rustup"))
    kept.setdefault("UV_CACHE_DIR", str(home / ".cache/uv"))
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    kept.update(
        _QUICK, GIT_CONFIG_GLOBAL=str(config), GIT_CONFIG_NOSYSTEM="1", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1"
    )
    return Setting(folder, Server(), kept)


#: What is installed only where a case is about that, as it takes seconds; of an sdist what it lacks is seen without.
_INSTALLS = "release.files.imports"


def found(case: Case, row: Row) -> Mapping[str, Finding]:
    """What the preflight of the row's stage finds in a case, by id."""
    asked = Asked(**{"index": case.url, **case.asked})
    world = look(case.project, asked, case.env)
    if row.stage > 1:
        if case.after_sealing is not None:
            folder = folder_of(case.project, world.project, world.version)
            manifest.seal(
                case.files,
                folder,
                project=NAME.replace("-", "_"),
                version=VERSION,
                commit=case.git("rev-parse", "HEAD"),
            )
            case.after_sealing(folder)
            world = look(case.project, asked, case.env)
        install = row.name == "complete-set" or _INSTALLS in row.expects
        world = at_files(world, case.files, case.env, build=False, install=install)
    return {finding.id: finding for finding in preflight(world, row.stage)}
