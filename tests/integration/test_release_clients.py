"""twine and uv as they are, against an index over HTTP: what they answer, what they send, and what nobody else sees."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.run import run
from pyo3ops.release.credentials import NOBODY, Credentials, given
from pyo3ops.release.index import Sent
from pyo3ops.release.live import ATTESTATION, LiveIndex
from pyo3ops.release.model import SealedFile
from pyo3ops.release.target import Target
from pyo3ops.tools import index, pypiserver, twine, web
from pyo3ops.tools.index import Index
from tests.release_torture import dists
from tests.release_torture.http_index import HttpIndex, Own, Reply, Sending, serving
from tests.release_torture.index import Store
from tests.release_torture.scripts import UPLOAD, Fault

from .conftest import need

if TYPE_CHECKING:
    from collections.abc import Mapping

CLIENTS = ("uv", "twine")
#: Whether they answer, once asked.
KNOWN: dict[str, bool] = {}
SECRET = "the-secret-of-this-test"  # noqa: S105 - opens nothing
#: What of an upload each fault comes to, where nothing was kept before.
ANSWERS = {
    Fault.DROP_BODY: Sent.UNSURE,
    Fault.NO_REPLY: Sent.UNSURE,
    Fault.ERROR: Sent.UNSURE,
    Fault.TOO_MANY: Sent.UNSURE,
    Fault.ACCEPTED_LOST: Sent.ACCEPTED,
    Fault.FALSELY_TAKEN: Sent.TAKEN,
    Fault.EXPIRED: Sent.UNAUTHORISED,
    Fault.DROP_BEFORE: Sent.UNSURE,
}


def here(client: str, env: Mapping[str, str]) -> None:
    need("uv")
    if client not in KNOWN:
        argv = [*(twine.start(env) if client == "twine" else ("uv",)), "--version"]
        KNOWN[client] = run(argv, timeout=twine.ONLINE_TIMEOUT, env=env).ok
    if not KNOWN[client]:
        pytest.skip(f"{client} is not here")


def live(url: str, client: str, env: Mapping[str, str], held: Credentials = NOBODY) -> LiveIndex:
    return LiveIndex(Target("", url, Index(f"{url}simple/", "the test"), client, held), env)


def sealed(path: Path) -> SealedFile:
    return SealedFile(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest(), "")


@pytest.mark.parametrize("client", CLIENTS)
def test_what_was_sent_is_what_is_read(client: str, env: dict[str, str], tmp_path: Path) -> None:
    here(client, env)
    files = dists.make(tmp_path / "dist", "spam_eggs", "1.0", 2)
    with serving(HttpIndex(Own(Store(time.time)))) as own:
        real = live(own.url, client, env)
        assert real.listing("spam_eggs") == ()
        for path in files:
            assert real.upload(path, sealed(path)).sent is Sent.ACCEPTED
        listing = real.listing("spam_eggs")
        assert isinstance(listing, tuple)
        assert [(file.name, dict(file.hashes)["sha256"], file.size) for file in listing] == [
            (path.name, sealed(path).sha256, sealed(path).size) for path in files
        ]
        assert all(file.uploaded for file in listing)
        for file in listing:
            fetched = real.fetch(file, tmp_path)
            assert isinstance(fetched, Path)
            assert fetched.read_bytes() == (tmp_path / "dist" / file.name).read_bytes()
        assert real.date() == pytest.approx(time.time(), abs=5)
        if client == "twine":
            return
        # The very same file is no error at PyPI, another one is.
        assert real.upload(files[0], sealed(files[0])).sent is Sent.ACCEPTED
        other = dists.make(tmp_path / "other", "spam_eggs", "1.0", 2, salt="other")[0]
        assert real.upload(other, sealed(other)).sent is Sent.TAKEN


@pytest.mark.parametrize("fault", ANSWERS)
def test_an_upload_that_goes_wrong(fault: Fault, env: dict[str, str], tmp_path: Path) -> None:
    here("uv", env)
    path = dists.make(tmp_path, "spam_eggs", "1.0", 1)[0]
    with serving(HttpIndex(Own(Store(time.time)), lambda *some: fault if fault in some else None)) as own:
        answer = live(own.url, "uv", env).upload(path, sealed(path))
        assert answer.sent is ANSWERS[fault], answer
        assert len(own.posts) == (0 if fault is Fault.DROP_BEFORE else 1)


@pytest.mark.parametrize(
    ("fault", "sent"),
    [(Fault.NO_REPLY, Sent.UNSURE), (Fault.EXPIRED, Sent.UNAUTHORISED)],
)
def test_an_upload_by_twine_that_goes_wrong(fault: Fault, sent: Sent, env: dict[str, str], tmp_path: Path) -> None:
    here("twine", env)
    path = dists.make(tmp_path, "spam_eggs", "1.0", 1)[0]
    with serving(HttpIndex(Own(Store(time.time)), lambda *some: fault if fault in some else None)) as own:
        answer = live(own.url, "twine", env).upload(path, sealed(path))
    assert answer.sent is sent, answer


@pytest.mark.parametrize("client", CLIENTS)
def test_a_full_project(client: str, env: dict[str, str], tmp_path: Path) -> None:
    here(client, env)
    path = dists.make(tmp_path, "spam_eggs", "1.0", 1)[0]
    with serving(HttpIndex(Own(Store(time.time)), full=lambda: True)) as own:
        answer = live(own.url, client, env).upload(path, sealed(path))
    assert answer.sent is Sent.REFUSED
    assert "Project size too large. Limit for project is 10 GB." in answer.reason


@pytest.mark.parametrize("client", CLIENTS)
def test_no_process_shows_the_secret(client: str, env: dict[str, str], tmp_path: Path) -> None:
    """Neither ours nor the client's nor uv's, while the index has them waiting; nor does an index that repeats it."""
    here(client, env)
    if not sys.platform.startswith("linux"):
        pytest.skip("the processes of this system are not read here")
    path = dists.make(tmp_path, "spam_eggs", "1.0", 1)[0]
    seen: list[bytes] = []

    def draw(*some: Fault) -> Fault | None:
        if set(some) == set(UPLOAD):
            seen.extend(_command_lines())
        return None

    with serving(HttpIndex(_Echoing(Store(time.time)), draw)) as own:
        answer = live(own.url, client, env, given("me", SECRET, "the test")).upload(path, sealed(path))
    assert any(path.name.encode() in line for line in seen), "the client was not among the processes"
    assert not any(SECRET.encode() in line for line in seen)
    assert "you sent Basic *****" in answer.reason


class _Echoing(Own):
    def put(self, sending: Sending) -> Reply:
        return Reply(400, f"you sent {dict(sending.headers)['Authorization']}".encode())


def _command_lines() -> list[bytes]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes())
        except OSError:  # noqa: PERF203 - a process that has ended meanwhile
            continue
    return found


class _Keeping(Own):
    bodies: list[bytes]

    def put(self, sending: Sending) -> Reply:
        self.bodies.append(sending.body)
        return super().put(sending)


@pytest.mark.parametrize("client", CLIENTS)
def test_attestations_go_along_where_they_lie_beside(client: str, env: dict[str, str], tmp_path: Path) -> None:
    here(client, env)
    first, second = dists.make(tmp_path, "spam_eggs", "1.0", 2)
    first.with_name(first.name + ATTESTATION).write_text('{"version": 1, "of": "this test"}')
    backing = _Keeping(Store(time.time))
    backing.bodies = []
    with serving(HttpIndex(backing)) as own:
        for path in (first, second):
            assert live(own.url, client, env).upload(path, sealed(path)).sent is Sent.ACCEPTED
    assert [b'name="attestations"' in body for body in backing.bodies] == [True, False]
    assert b"this test" in backing.bodies[0]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_pypiserver_with_passwords(client: str, env: dict[str, str], tmp_path: Path) -> None:
    here(client, env)
    path = dists.make(tmp_path / "dist", "spam_eggs", "1.0", 1)[0]
    (tmp_path / "public").mkdir()
    with pypiserver.serving(tmp_path / "public", env, user="me", password="pass: word") as server:  # noqa: S106 - opens nothing
        if isinstance(server, pypiserver.Absent):
            pytest.skip(server.reason)
        wrong, right = (live(server.url, client, env, given("me", word, "the test")) for word in ("no", "pass: word"))
        if client == "uv":
            # It answers before it has read the body, and hangs up: not every client hears what it said.
            answers = {wrong.upload(path, sealed(path)).sent for _ in range(8)}
            assert Sent.UNAUTHORISED in answers <= {Sent.UNAUTHORISED, Sent.UNSURE}
            assert right.listing("spam-eggs") == ()
        assert right.upload(path, sealed(path)).sent is Sent.ACCEPTED
        assert right.upload(path, sealed(path)).sent is Sent.TAKEN
        listing = right.listing("spam-eggs")
        assert isinstance(listing, tuple)
        assert [dict(file.hashes) for file in listing] == [{"sha256": sealed(path).sha256}]
        assert right.listing("nothing") == ()
    assert web.date(server.url, {}) is None


def test_a_client_without_credentials_for_an_index_elsewhere(env: dict[str, str], tmp_path: Path) -> None:
    """Nothing is sent, as there is nobody to send it as."""
    here("twine", env)
    path = dists.make(tmp_path, "spam_eggs", "1.0", 1)[0]
    # Neither is a keyring of this machine asked.
    told = {**env, "HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    told.update(UV_CACHE_DIR=run(["uv", "cache", "dir"], timeout=20, env=env).out.strip())
    answer = live("https://index.invalid/", "twine", told).upload(path, sealed(path))
    assert answer.sent is Sent.UNAUTHORISED, answer


def test_the_clients_tell_where_pypi_is(env: dict[str, str]) -> None:
    here("twine", env)
    addresses: list[Any] = [twine.address(name, env) for name in ("pypi", "testpypi")]
    assert all(address and address.startswith("https://") and address.endswith("/legacy/") for address in addresses)
    assert len(set(addresses)) == 2
    found = index.of_pypi({**env, "PIP_INDEX_URL": "https://mirror.example/simple"})
    assert isinstance(found, Index)
    assert found.url.startswith("https://")
    assert "mirror" not in found.url
