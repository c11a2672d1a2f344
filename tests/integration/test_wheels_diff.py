"""Sets of wheels, compared through indexes that are really served, and modules that are really asked."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

import pytest
from packaging.tags import sys_tags

from pyo3ops.core.exits import Exit
from pyo3ops.tasks.wheels.diff import Request, run
from pyo3ops.tools import index
from pyo3ops.tools.index import Index, Refusal

from .conftest import need

if TYPE_CHECKING:
    from pyo3ops.core.model import Finding, Report

#: An extension module in C, of the stable ABI of 3.8, which compiles in no time.
SOURCE = """\
#define Py_LIMITED_API 0x03080000
#include <Python.h>
static PyObject *call(PyObject *self, PyObject *args) { Py_RETURN_NONE; }
static PyMethodDef methods[] = {NAMES {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, methods};
PyMODINIT_FUNC PyInit_tiny(void) { puts("imported"); return PyModule_Create(&definition); }
"""


def packed(folder: Path, version: str, tag: str = "cp38-abi3-manylinux_2_17_x86_64", **files: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tiny-{version}-{tag}.whl"
    text = f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\nRequires-Python: >=3.8\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {"tiny/__init__.py": b"", **files}.items():
            archive.writestr(name, data)
        archive.writestr(f"tiny-{version}.dist-info/METADATA", text)
        archive.writestr(f"tiny-{version}.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"tiny-{version}.dist-info/RECORD", "")
    return path


def one(report: Report, identity: str) -> Finding:
    (finding,) = (each for each in report.findings if each.id == identity)
    return finding


def extension(folder: Path, *names: str) -> bytes:
    """A compiled module that offers some functions."""
    need("cc")
    include = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if not Path(include, "Python.h").is_file():
        pytest.skip("no headers of this Python here")
    rows = " ".join(f'{{"{name}", call, METH_VARARGS, NULL}},' for name in names)
    (folder / "tiny.c").write_text(SOURCE.replace("NAMES", rows), encoding="utf-8")
    argv = ["cc", "-shared", "-fPIC", f"-I{include}", "-o", str(folder / "tiny.abi3.so"), str(folder / "tiny.c")]
    subprocess.run(argv, check=True)
    return (folder / "tiny.abi3.so").read_bytes()


def test_a_module_is_asked_for_its_names_where_that_is_allowed(env: dict[str, str], tmp_path: Path) -> None:
    platform = next(str(tag.platform) for tag in sys_tags())
    tag = f"cp38-abi3-{platform}"
    old = packed(tmp_path / "old", "1.0", tag, **{"tiny/tiny.abi3.so": extension(tmp_path, "f", "g")})
    new = packed(tmp_path / "new", "1.1", tag, **{"tiny/tiny.abi3.so": extension(tmp_path, "f", "h")})
    silent = one(run(tmp_path, Request(env, str(new), str(old))), "diff.names")
    assert silent.status.value == "ok"
    asked = one(run(tmp_path, Request(env, str(new), str(old), importing=True)), "diff.names")
    assert (asked.status.value, asked.evidence) == ("fail", ("tiny.tiny.g",))


def test_a_module_that_cannot_be_imported(env: dict[str, str], tmp_path: Path) -> None:
    tag = f"cp38-abi3-{next(str(tag.platform) for tag in sys_tags())}"
    data = extension(tmp_path, "f")
    old = packed(tmp_path / "old", "1.0", tag, **{"tiny/tiny.abi3.so": data})
    broken = data.replace(b"PyInit_tiny", b"PyInit_tinx")
    new = packed(tmp_path / "new", "1.1", tag, **{"tiny/tiny.abi3.so": broken})
    finding = one(run(tmp_path, Request(env, str(new), str(old), importing=True)), "diff.names")
    assert finding.status.value == "unknown"
    assert "ImportError" in finding.detail


def test_a_module_that_ends_the_process_it_is_asked_in(env: dict[str, str], tmp_path: Path) -> None:
    tag = f"cp38-abi3-{next(str(tag.platform) for tag in sys_tags())}"
    data = extension(tmp_path, "f")
    old = packed(tmp_path / "old", "1.0", tag, **{"tiny/tiny.abi3.so": data})
    new = packed(tmp_path / "new", "1.1", tag, **{"tiny/tiny.abi3.so": data, "tiny/__init__.py": b"raise SystemExit"})
    finding = one(run(tmp_path, Request(env, str(new), str(old), importing=True)), "diff.names")
    assert finding.status.value == "unknown"
    assert finding.detail.endswith("the modules ended the process that was to tell their names")


class Quiet(SimpleHTTPRequestHandler):
    """The files of a folder, and not a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above it
        """Nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_static_index(env: dict[str, str], tmp_path: Path) -> None:
    wheel = packed(tmp_path / "www/files", "1.0", "cp38-abi3-manylinux_2_17_x86_64")
    packed(tmp_path / "www/files", "1.0", "cp38-abi3-win_amd64")
    rows = "".join(
        f'<a href="../../files/{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">{path.name}</a>\n'
        for path in sorted((tmp_path / "www/files").iterdir())
    )
    page = tmp_path / "www/simple/tiny/index.html"
    page.parent.mkdir(parents=True)
    page.write_text(f"<!DOCTYPE html><html><body>{rows}</body></html>", encoding="utf-8")
    new = packed(tmp_path / "new", "1.1")
    with served(tmp_path / "www") as address:
        report = run(tmp_path, Request({**env, "UV_DEFAULT_INDEX": f"{address}/simple"}, str(new.parent), online=True))
    assert one(report, "diff.platforms").status.value == "warn"
    assert one(report, "diff.names").status.value == "ok"
    assert report.exit_code == Exit.OK
    assert (tmp_path / ".pyo3ops/published" / wheel.name).read_bytes() == wheel.read_bytes()
    # The server is gone: a warning, and the exit code of one.
    gone = run(tmp_path, Request({**env, "UV_DEFAULT_INDEX": f"{address}/simple"}, str(new.parent), online=True))
    assert [(each.id, each.status.value) for each in gone.findings] == [("diff.index", "warn")]


@contextlib.contextmanager
def pypiserver(folder: Path, env: dict[str, str]) -> Iterator[str]:
    """A real index server in an environment of its own: it needs a newer Python than 3.8."""
    uv = shutil.which("uv", path=env["PATH"])
    if uv is None:
        pytest.skip("uv is not here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tool = [uv, "tool", "run", "--from", "pypiserver>=2.4,<3", "--python", ">=3.10", "pypi-server"]
    known = subprocess.run([*tool, "--version"], check=False, capture_output=True, text=True, env=env, timeout=200)
    if known.returncode:
        pytest.skip("pypiserver cannot be installed here")
    argv = [*tool, "run", "-p", str(port), "-i", "127.0.0.1", "-P", ".", "-a", ".", "--disable-fallback", str(folder)]
    with subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as page:  # noqa: S310 - on loopback
            return bool(page.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_real_index_server(env: dict[str, str], tmp_path: Path) -> None:
    wheel = packed(tmp_path / "served", "1.0")
    packed(tmp_path / "served", "0.9")
    (tmp_path / "got").mkdir()
    with pypiserver(tmp_path / "served", env) as address:
        until = time.monotonic() + 60
        while not answers(address) and time.monotonic() < until:
            time.sleep(0.1)
        configured = index.configured({"PIP_INDEX_URL": f"{address}/simple/"})
        assert isinstance(configured, Index)
        files = index.files_of("Tiny", configured, env)
        assert isinstance(files, tuple)
        assert sorted(file.name for file in files) == sorted([wheel.name, wheel.name.replace("1.0", "0.9")])
        (file,) = (each for each in files if each.name == wheel.name)
        path = index.download(file, tmp_path / "got", configured, env)
        assert isinstance(path, Path)
        assert path.read_bytes() == wheel.read_bytes()
        refusal = index.files_of("other", configured, env)
        assert isinstance(refusal, Refusal)
        assert refusal.absent
        request = Request({**env, "PIP_INDEX_URL": f"{address}/simple"}, str(wheel), online=True)
        report = run(tmp_path, request)
    assert report.facts[0].value == "tiny 0.9: 1 files of the index"
    assert {each.status.value for each in report.findings} <= {"ok", "skip"}
