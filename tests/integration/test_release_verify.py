"""What was published is read back from a real pypiserver and from plain pages, tampered with, installed, withdrawn."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import io
import os
import shutil
import sys
import tarfile
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Finding, Report, Status
from pyo3ops.core.run import run as run_program
from pyo3ops.release import manifest, provenance
from pyo3ops.release.attest import attest
from pyo3ops.release.journal import Journal
from pyo3ops.release.model import State
from pyo3ops.tasks.release import verify, withdraw
from pyo3ops.tools import attestations, index, pypiserver

from .conftest import LIBRARY, MANIFEST, PYPROJECT, ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping

THIS = f"3.{sys.version_info[1]}"
#: A backend without requirements: nothing has to be fetched to build with it.
BACKEND = """\
import io, tarfile, zipfile

DEPENDS = {depends!r}
METADATA = "Metadata-Version: 2.1\\nName: spam\\nVersion: 1.0\\nRequires-Python: >=3.8\\n" + "".join(
    f"Requires-Dist: {{each}}\\n" for each in DEPENDS
)


def build_wheel(folder, settings=None, metadata=None):
    name, info = "spam-1.0-py3-none-any.whl", "spam-1.0.dist-info"
    tags = "Wheel-Version: 1.0\\nGenerator: spam\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files = {{
        "spam/__init__.py": {code!r},
        f"{{info}}/METADATA": METADATA,
        f"{{info}}/WHEEL": tags,
        f"{{info}}/entry_points.txt": "[console_scripts]\\nspam = spam:main\\n",
    }}
    record = "".join(f"{{each}},,\\n" for each in (*files, f"{{info}}/RECORD"))
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as archive:
        for each, text in {{**files, f"{{info}}/RECORD": record}}.items():
            archive.writestr(each, text)
    return name


def build_sdist(folder, settings=None):
    name = "spam-1.0.tar.gz"
    with tarfile.open(f"{{folder}}/{{name}}", "w:gz") as archive:
        for each in ("pyproject.toml", "backend.py"):
            archive.add(each, f"spam-1.0/{{each}}")
        info = tarfile.TarInfo("spam-1.0/PKG-INFO")
        info.size = len(METADATA)
        archive.addfile(info, io.BytesIO(METADATA.encode()))
    return name
"""
PURE = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "spam"
version = "1.0"
requires-python = ">=3.8"
"""
CODE = "def main():\n    pass\n"
WHEEL, SDIST = "spam-1.0-py3-none-any.whl", "spam-1.0.tar.gz"


def pure(root: Path, code: str = CODE, depends: tuple[str, ...] = (), settings: str = "", backend: str = "") -> Path:
    """A project without extension module, its wheel and sdist built, and sealed as a release of it."""
    root.mkdir()
    (root / "pyproject.toml").write_text(PURE + settings)
    (root / "backend.py").write_text(BACKEND.format(depends=depends, code=code) + backend)
    (root / "dist").mkdir()
    build = "import backend; backend.build_wheel('dist'); backend.build_sdist('dist')"
    made = run_program([sys.executable, "-c", build], timeout=60, env={}, cwd=root)
    assert made.ok, made.err
    seal(root, "spam", "1.0")
    return root


def seal(root: Path, name: str, version: str) -> None:
    folder = root / ".pyo3ops" / "release" / f"{name}-{version}"
    manifest.seal(sorted((root / "dist").iterdir()), folder, project=name, version=version)


@pytest.fixture
def spam(tmp_path: Path) -> Path:
    return pure(tmp_path / "spam")


@dataclass
class Place:
    """An index: the folder that it serves, and how it is named."""

    folder: Path
    index: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One pypiserver for all tests: starting it takes longer than most of them."""
    folder = tmp_path_factory.mktemp("served")
    with pypiserver.serving(folder, os.environ) as found:
        if isinstance(found, pypiserver.Absent):
            pytest.skip("pypiserver cannot be installed here")
        yield Place(folder, f"{found.url} {found.simple}")


def serve(server: Place, dist: Path) -> Place:
    """Have the server offer the files of a folder, and no others."""
    for path in server.folder.iterdir():
        path.unlink()
    for path in dist.iterdir():
        shutil.copyfile(str(path), str(server.folder / path.name))
    return server


@pytest.fixture
def place(spam: Path, server: Place) -> Place:
    return serve(server, spam / "dist")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None: ...


@contextlib.contextmanager
def pages(folder: Path) -> Iterator[str]:
    """A static index: the pages that lie in a folder."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple/"
        finally:
            server.shutdown()
            thread.join()


def page(folder: Path, project: str, files: dict[str, bytes], yanked: Mapping[str, str] | None = None) -> None:
    """Write the page of a project, and its files beside it (PEP 503, 592)."""
    place = folder / "simple" / project
    place.mkdir(parents=True, exist_ok=True)
    lines = ["<!DOCTYPE html><html><body>"]
    for name, data in files.items():
        (place / name).write_bytes(data)
        mark = f' data-yanked="{yanked[name]}"' if yanked and name in yanked else ""
        lines.append(f'<a href="{name}#sha256={hashlib.sha256(data).hexdigest()}"{mark}>{name}</a>')
    (place / "index.html").write_text("\n".join([*lines, "</body></html>"]))


@dataclass
class Fast:
    """A clock that does not wait; `then` happens in each pause."""

    then: Callable[[int], None] = lambda _: None
    time: float = field(default_factory=time.time)
    pauses: int = 0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.pauses += 1
        self.then(self.pauses)


def verified(root: Path, index: str, env: Mapping[str, str], **more: Any) -> Report:
    return verify.run(root, verify.Request(env=env, index=index, clock=Fast(), **more))


def found(report: Report, name: str) -> Finding:
    return next(finding for finding in report.findings if finding.id == f"release.{name}")


def statuses(report: Report) -> dict[str, Status]:
    return {finding.id.partition(".")[2]: finding.status for finding in report.findings}


SOUND = {
    "shown": Status.OK,
    "bytes": Status.OK,
    "extra": Status.OK,
    "told": Status.OK,
    "yanked": Status.OK,
    "provenance": Status.SKIP,
    "installed": Status.OK,
}


def test_what_is_sound_is_verified(spam: Path, place: Place, env: dict[str, str]) -> None:
    report = verified(spam, place.index, env)
    assert statuses(report) == SOUND
    assert report.exit_code == Exit.OK
    installed = found(report, "installed")
    assert installed.title.endswith(f"with Python {THIS}")
    assert installed.detail == f"{WHEEL}, installed from the index, imported, entry points of its scripts"
    assert "entry points of its scripts: spam" in installed.evidence
    assert ("compared with", "what was sealed (2 files)") in {(fact.name, fact.value) for fact in report.facts}
    assert [(row[0], row[4]) for row in report.tables[0].rows] == [(WHEEL, "same bytes"), (SDIST, "same bytes")]


def test_every_tampered_file_is_found(spam: Path, place: Place, env: dict[str, str]) -> None:
    caught, planted = [], []
    for name in (WHEEL, SDIST):
        path = place.folder / name
        sound = path.read_bytes()
        half = len(sound) // 2
        others = {
            "a bit in the middle": sound[:half] + bytes([sound[half] ^ 1]) + sound[half + 1 :],
            "the first byte": bytes([sound[0] ^ 0x80]) + sound[1:],
            "the last byte": sound[:-1] + bytes([sound[-1] ^ 1]),
            "truncated": sound[:-7],
            "longer": sound + b"\0",
            "swapped": (place.folder / (SDIST if name == WHEEL else WHEEL)).read_bytes(),
        }
        for what, data in others.items():
            planted.append((name, what))
            path.write_bytes(data)
            report = verified(spam, place.index, env, install=False)
            wrong = found(report, "bytes")
            if wrong.status is Status.FAIL and [line.partition(":")[0] for line in wrong.evidence] == [name]:
                caught.append((name, what))
            assert report.exit_code == Exit.FAILED
            assert hashlib.sha256(data).hexdigest() in wrong.evidence[0]
            assert wrong.fix
            assert wrong.fix.argv == ("pyo3ops", "release", "withdraw", "--version", "1.0", "--index", place.index)
        path.write_bytes(sound)
    assert caught == planted
    assert len(caught) == 12


def test_one_too_many_and_one_too_few(spam: Path, place: Place, env: dict[str, str]) -> None:
    shutil.copyfile(str(place.folder / WHEEL), str(place.folder / "spam-1.0-py2.py3-none-any.whl"))
    report = verified(spam, place.index, env, install=False)
    assert found(report, "extra").evidence == ("spam-1.0-py2.py3-none-any.whl",)
    assert statuses(report)["bytes"] is Status.OK
    assert report.exit_code == Exit.FAILED
    (place.folder / "spam-1.0-py2.py3-none-any.whl").unlink()
    (place.folder / SDIST).unlink()
    report = verified(spam, place.index, env, install=False)
    shown = found(report, "shown")
    assert shown.status is Status.FAIL
    assert shown.fix
    assert shown.fix.argv == ("pyo3ops", "release", "status", "--version", "1.0", "--index", place.index)
    assert [line.partition(":")[0] for line in shown.evidence] == [SDIST]


def test_an_index_that_is_gone_is_unknown(spam: Path, env: dict[str, str]) -> None:
    report = verified(spam, "http://127.0.0.1:9/ http://127.0.0.1:9/simple/", env, install=False)
    assert statuses(report)["shown"] is Status.UNKNOWN
    assert report.exit_code == Exit.UNKNOWN


def test_without_what_was_sealed(spam: Path, place: Place, env: dict[str, str], tmp_path: Path) -> None:
    shutil.rmtree(spam / ".pyo3ops")
    report = verified(spam, place.index, env)
    assert statuses(report) == {**SOUND, "planned": Status.OK}
    assert ("compared with", "what the index itself lists (2 files)") in {
        (fact.name, fact.value) for fact in report.facts
    }
    # A folder of other builds is no proof that it is wrong, and the report says what differs from what.
    other = tmp_path / "other"
    shutil.copytree(str(spam / "dist"), str(other))
    with (other / WHEEL).open("ab") as stream:
        stream.write(b"\0")
    report = verified(spam, place.index, env, folder=other, install=False)
    assert f"1 of 2 downloaded and equal to the files in {other}" in found(report, "bytes").detail
    report = verified(spam, place.index, env, folder=spam / "dist", install=False)
    assert report.exit_code == Exit.OK
    with pytest.raises(UsageError, match="no wheel and no sdist"):
        verified(spam, place.index, env, folder=tmp_path)
    report = verified(spam, place.index, env, version="2.0")
    assert found(report, "shown").detail == "nothing of 2.0 is public"


def test_what_is_installed_is_of_that_index_and_what_it_needs_of_the_other(tmp_path: Path, env: dict[str, str]) -> None:
    """Both indexes have the dependency, and the one that is published to has the higher version of it."""
    root = pure(tmp_path / "spam", "import eggs\n" + CODE, ("eggs>=1", "ham; extra == 'more'"))
    own, other = tmp_path / "own", tmp_path / "other"
    page(own, "spam", {path.name: path.read_bytes() for path in (root / "dist").iterdir()})
    page(own, "eggs", {"eggs-9-py3-none-any.whl": dependency("9", "raise SystemExit('a stranger')\n")})
    page(other, "eggs", {"eggs-1-py3-none-any.whl": dependency("1", "")})
    with pages(own) as published, pages(other) as configured:
        told = {**env, "UV_DEFAULT_INDEX": configured, "PIP_INDEX_URL": configured, "UV_NO_CACHE": "1"}
        told.pop("PIP_FIND_LINKS", None)
        report = verified(root, f"{published} {published}", told)
    assert found(report, "installed").status is Status.OK, found(report, "installed")
    assert "dependencies: 1 from the configured index" in found(report, "installed").evidence


def dependency(version: str, code: str) -> bytes:
    info, packed = f"eggs-{version}.dist-info", io.BytesIO()
    files = {
        "eggs.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: eggs\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD")))
    return packed.getvalue()


def test_where_no_wheel_fits_the_sdist_is_built(tmp_path: Path, env: dict[str, str]) -> None:
    smoke = '[tool.pyo3ops.release]\nsmoke = ["check.py"]\n'
    root = pure(tmp_path / "spam", settings=smoke)
    shutil.rmtree(root / ".pyo3ops")
    (root / "dist" / WHEEL).rename(root / "dist" / "spam-1.0-cp27-cp27mu-win32.whl")
    seal(root, "spam", "1.0")
    (root / "check.py").write_text("import spam\nprint('fine')\n")
    folder = tmp_path / "pages"
    page(folder, "spam", {path.name: path.read_bytes() for path in (root / "dist").iterdir()})
    with pages(folder) as published:
        report = verified(root, f"{published} {published}", env)
        installed = found(report, "installed")
        assert installed.status is Status.OK, installed
        assert installed.detail.startswith(SDIST)
        assert "installed from the index: built from the sdist: no wheel fits this machine" in installed.evidence
        assert "smoke test: check.py" in installed.evidence
        (root / "check.py").write_text("raise RuntimeError('it does not work')\n")
        installed = found(verified(root, f"{published} {published}", env), "installed")
    assert installed.status is Status.FAIL
    assert "it does not work" in installed.detail


def test_what_is_tried_is_told_no_secret(tmp_path: Path, env: dict[str, str]) -> None:
    """The backend of the sdist, the module and the smoke test are other people's code."""
    prying = "import os, sys\nif 'hunter2secret' in ''.join(os.environ.values()):\n    sys.exit('a secret is here')\n"
    smoke = '[tool.pyo3ops.release]\nsmoke = ["check.py"]\n'
    root = pure(tmp_path / "spam", prying + CODE, settings=smoke, backend=prying)
    shutil.rmtree(root / ".pyo3ops")
    (root / "dist" / WHEEL).rename(root / "dist" / "spam-1.0-cp27-cp27mu-win32.whl")
    seal(root, "spam", "1.0")
    (root / "check.py").write_text(prying + "import spam\nassert os.environ['UV_INDEX_OURS_PASSWORD'] == 'to read'\n")
    names = ("TWINE_PASSWORD", "UV_PUBLISH_TOKEN", "GITHUB_TOKEN", "CARGO_REGISTRIES_OURS_TOKEN", "pypi_token")
    told = {**env, **dict.fromkeys(names, "hunter2secret"), "UV_INDEX_OURS_PASSWORD": "to read"}
    page(tmp_path / "pages", "spam", {path.name: path.read_bytes() for path in (root / "dist").iterdir()})
    with pages(tmp_path / "pages") as published:
        installed = found(verified(root, f"{published} {published}", told), "installed")
        assert installed.status is Status.OK, installed
        assert "installed from the index: built from the sdist: no wheel fits this machine" in installed.evidence
        assert "smoke test: check.py" in installed.evidence
        # Were one told, it would be seen.
        told["OTHER"] = "hunter2secret"
        assert found(verified(root, f"{published} {published}", told), "installed").status is Status.FAIL


@pytest.mark.parametrize(
    ("code", "step"),
    [("raise ImportError('not here')\n", "imported"), ("", "entry points of its scripts")],
    ids=["cannot be imported", "a script that calls nothing"],
)
def test_what_does_not_work_when_installed(code: str, step: str, tmp_path: Path, env: dict[str, str]) -> None:
    root = pure(tmp_path / "spam", code)
    folder = tmp_path / "pages"
    page(folder, "spam", {path.name: path.read_bytes() for path in (root / "dist").iterdir()})
    with pages(folder) as published:
        report = verified(root, f"{published} {published}", env)
    installed = found(report, "installed")
    assert (installed.status, statuses(report)["bytes"]) == (Status.FAIL, Status.OK)
    assert f": {step}: " in installed.detail


def test_a_python_that_is_not_here_is_said(spam: Path, place: Place, env: dict[str, str]) -> None:
    report = verified(spam, place.index, env, pythons=("3.99",))
    assert found(report, "installed").detail == "there is no Python 3.99 here"
    with pytest.raises(UsageError, match="3"):
        verified(spam, place.index, env, pythons=("three",))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an extension module, its wheel compiled once, as quickly as that can be."""
    need("cargo", "maturin")
    root = tmp_path_factory.mktemp("compiled") / "tiny größe"
    for name, text in {"src/lib.rs": LIBRARY, "Cargo.toml": MANIFEST, "pyproject.toml": PYPROJECT}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    lock = (ROOT / "examples/hello_world/Cargo.lock").read_text(encoding="utf-8")
    (root / "Cargo.lock").write_text(lock.replace('"hello_world"', '"tiny"'), encoding="utf-8")
    argv = [
        "maturin",
        "build",
        "--profile",
        "dev",
        "--interpreter",
        sys.executable,
        "--out",
        "dist",
        "--compatibility",
        "linux",
    ]
    made = run_program(argv, timeout=280, env=os.environ, cwd=root)
    assert made.ok, made.err
    seal(root, "tiny", "0.1.0")
    return root


def test_a_compiled_wheel(compiled: Path, server: Place, env: dict[str, str]) -> None:
    place = serve(server, compiled / "dist")
    report = verified(compiled, place.index, env)
    assert statuses(report) == SOUND
    assert "imported: tiny" in found(report, "installed").evidence
    wheel = next(place.folder.iterdir())
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.write_bytes(bytes(data))
    report = verified(compiled, place.index, env)
    assert statuses(report)["bytes"] is Status.FAIL
    # The installer is told the sealed hashes, and refuses it as well.
    assert statuses(report)["installed"] is Status.FAIL


def withdrawn(root: Path, index: str, env: Mapping[str, str], clock: Fast | None = None, **more: Any) -> Report:
    return withdraw.run(root, withdraw.Request(env=env, index=index, clock=clock or Fast(), **more))


def published_journal(root: Path) -> Path:
    folder = root / ".pyo3ops" / "release" / "spam-1.0"
    sealed = manifest.fingerprint(manifest.load(folder))
    with Journal.open(folder) as journal:
        journal.append("planned")
        journal.append("sealed", manifest=sealed)
        journal.append("checked")
        journal.append("publishing", index="somewhere")
        journal.append("published")
    return folder


def facts(report: Report) -> dict[str, str]:
    return {fact.name: fact.value for fact in report.facts}


def test_a_yank_is_seen_and_noted(spam: Path, tmp_path: Path, env: dict[str, str]) -> None:
    files = {path.name: path.read_bytes() for path in (spam / "dist").iterdir()}
    folder, journal = tmp_path / "pages", published_journal(spam)
    page(folder, "spam", files)
    with pages(folder) as simple:
        index = f"{simple} {simple}"
        report = withdrawn(spam, index, env, reason="it crashes")
        left = found(report, "withdrawn")
        assert (left.status, left.detail) == (Status.WARN, "2 of 2 public files of 1.0 are not yanked")
        assert "it crashes" in left.evidence[0]
        assert left.fix
        assert left.fix.argv == ("pyo3ops", "release", "withdraw", "--version", "1.0", "--index", index, "--watch")
        assert facts(report)["next version"] == "1.0.1"
        assert {row[0] for row in report.tables[0].rows} == set(files)
        page(folder, "spam", files, {WHEEL: "it crashes"})
        assert found(withdrawn(spam, index, env), "withdrawn").detail.startswith("1 of 2")
        assert Journal.open(journal).state is State.PUBLISHED
        yank = Fast(lambda pause: page(folder, "spam", files, dict.fromkeys(files, "")) if pause == 3 else None)
        report = withdrawn(spam, index, env, yank, watch=True, reason="it crashes")
        assert (report.exit_code, yank.pauses) == (Exit.OK, 3)
        assert facts(report)["journal"] == "the journal has it now"
        assert facts(withdrawn(spam, index, env))["journal"] == "the journal has it already"
        assert found(verified(spam, index, env, install=False), "yanked").status is Status.WARN
    assert Journal.open(journal).state is State.WITHDRAWN
    assert dict(Journal.open(journal).records[-1].data)["reason"] == "it crashes"


def test_a_watch_that_ends_first_leaves_it_open(spam: Path, tmp_path: Path, env: dict[str, str]) -> None:
    page(tmp_path, "spam", {path.name: path.read_bytes() for path in (spam / "dist").iterdir()})

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pages(tmp_path) as simple:
        report = withdrawn(spam, f"{simple} {simple}", env, Fast(interrupt), watch=True)
        assert (report.exit_code, found(report, "withdrawn").status) == (Exit.UNKNOWN, Status.UNKNOWN)
        report = withdrawn(spam, f"{simple} {simple}", env, watch=True, patience=600.0)
    assert report.exit_code == Exit.UNKNOWN


def test_pypiserver_knows_no_yank(spam: Path, place: Place, env: dict[str, str]) -> None:
    left = found(withdrawn(spam, place.index, env), "withdrawn")
    assert "pypiserver knows no yank" in left.evidence[0]
    for path in place.folder.iterdir():
        path.unlink()
    report = withdrawn(spam, place.index, env)
    assert (report.exit_code, facts(report)["journal"]) == (Exit.OK, "this machine has no journal of it")


def test_credentials_of_an_index_are_not_repeated(spam: Path, tmp_path: Path, env: dict[str, str]) -> None:
    page(tmp_path, "spam", {path.name: path.read_bytes() for path in (spam / "dist").iterdir()})
    with pages(tmp_path) as simple:
        signed = simple.replace("127.0.0.1", "ann:hunter2secret@127.0.0.1")
        for report in (withdrawn(spam, f"{signed} {signed}", env), verified(spam, f"{signed} {signed}", env)):
            assert "hunter2secret" not in repr(report)


@pytest.fixture
def signer(env: dict[str, str]) -> dict[str, str]:
    """The environment, where pypi-attestations is on PATH or in uv's cache."""
    argv = attestations.command(env)
    if argv is None or not run_program([*argv, "--version"], timeout=60, env=env).ok:
        pytest.skip("pypi-attestations is not here")
    return env


def test_what_is_no_attestation(spam: Path, signer: dict[str, str]) -> None:
    wheel, proof = spam / "dist" / WHEEL, spam / "provenance.json"
    proof.write_text("{}")
    answer = attestations.verify(wheel, proof, ("--repository", "https://github.com/owner/spam"), signer)
    assert answer.passed is False
    assert answer.reason.startswith("Invalid provenance")
    answer = attestations.verify(wheel, spam / "none", ("--repository", "https://github.com/owner/spam"), signer)
    assert (answer.passed, answer.reason) == (None, f"Provenance file does not exist: {spam / 'none'}")
    claimed = wheel.with_name(WHEEL + attestations.SUFFIX)
    claimed.write_text("{}")
    assert "Invalid attestation" in str(attestations.inspect(claimed, signer))


@pytest.mark.parametrize("token", ["", "a token"])
def test_a_job_without_a_valid_identity_signs_nothing(token: str, spam: Path, signer: dict[str, str]) -> None:
    """With a token the real program is started, and asks for an identity where nobody answers."""
    job = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/"}
    job["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = token
    signed = attest([spam / "dist" / WHEEL], spam / "signed", {**signer, **job})
    assert (signed.files, signed.finding.status) == ((), Status.SKIP)
    assert ("OIDC token request timed out" in signed.finding.detail) is bool(token)


@pytest.mark.heavy
def test_a_file_that_was_really_attested(tmp_path: Path, signer: dict[str, str]) -> None:
    """The sdist of pypi-attestations holds attested files of GitHub's and Google's."""
    where = index.configured(signer)
    listing = where if isinstance(where, index.Refusal) else index.files_of("pypi-attestations", where, signer)
    if isinstance(where, index.Refusal) or isinstance(listing, index.Refusal):
        pytest.skip("no index answers here")
    source = next(file for file in listing if file.name == "pypi_attestations-0.0.30.tar.gz")
    path = index.download(source, tmp_path, where, signer)
    assert isinstance(path, Path)
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if "/assets/" in member.name else None
            if stream is not None:
                (tmp_path / member.name.rpartition("/")[2]).write_bytes(stream.read())
    file = tmp_path / "pypi_attestations-0.0.19.tar.gz"
    proof = file.with_name(file.name + ".provenance")
    publishers = provenance.publishers(proof.read_text())
    assert isinstance(publishers, tuple)
    publisher = (publishers[0].option, publishers[0].who)
    assert attestations.verify(file, proof, publisher, signer) == attestations.Answer(passed=True)
    other = ("--repository", "https://github.com/owner/spam")
    assert attestations.verify(file, proof, other, signer).passed is False
    claimed = attestations.inspect(file.with_name(file.name + attestations.SUFFIX), signer)
    assert isinstance(claimed, attestations.Inspected)
    assert claimed.subjects == ((file.name, hashlib.sha256(file.read_bytes()).hexdigest()),)
    with file.open("ab") as damaged:
        damaged.write(b"x")
    refuted = attestations.verify(file, proof, publisher, signer)
    assert refuted.passed is False
    assert "does not match" in refuted.reason
