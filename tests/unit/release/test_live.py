"""Answers of real clients, as ci/recorders/uploads.py recorded them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3ops.release.credentials import NOBODY, Credentials, Kind, given
from pyo3ops.release.index import Answer, Sent
from pyo3ops.release.live import LiveIndex, holder, judged
from pyo3ops.release.model import SealedFile
from pyo3ops.release.target import Target
from pyo3ops.tools import twine, uv
from pyo3ops.tools.index import Index, Refusal, Said

DATA = Path(__file__).parents[2] / "data/tools"
PARSERS = {"twine": twine.parse_upload, "uv": uv.parse_publish}
#: What each recorded case comes to, and words that a person has to see.
CASES = {
    "accepted": (Sent.ACCEPTED, ""),
    "duplicate-pypi": (Sent.TAKEN, "File already exists ('spam_eggs-1.0-py3-none-any.whl'"),
    "duplicate-phrase": (Sent.TAKEN, "File already exists ('spam_eggs-1.0-py3-none-any.whl')"),
    "duplicate-pypiserver": (Sent.TAKEN, "HTTP 409: Package 'spam_eggs-1.0-py3-none-any.whl' already exists!"),
    "duplicate-below": (Sent.TAKEN, "HTTP 409: Package 'spam_eggs-1.0-py3-none-any.whl' already exists!"),
    "used-before": (Sent.REFUSED, "has already been used"),
    "too-large": (Sent.REFUSED, "File too large. Limit for project 'spam-eggs' is 100 MB."),
    "quota": (Sent.REFUSED, "Project size too large"),
    "metadata": (Sent.REFUSED, "is an invalid value for Classifier"),
    "unauthorised": (Sent.UNAUTHORISED, "HTTP 401: who are you?"),
    "forbidden": (Sent.UNAUTHORISED, "Invalid or non-existent authentication information."),
    "no-credentials": (Sent.UNAUTHORISED, "redential"),
    "not-found": (Sent.REFUSED, "HTTP 404: nothing here"),
    "redirect": (Sent.REFUSED, "HTTP 301: "),
    "entity-too-large": (Sent.REFUSED, "HTTP 413: "),
    "too-many": (Sent.UNSURE, "HTTP 429: slow down"),
    "broken": (Sent.UNSURE, "HTTP 500: oops"),
    "bad-gateway": (Sent.UNSURE, "HTTP 502: "),
    "unavailable": (Sent.UNSURE, "HTTP 503: 503 backend read error"),
    "echo": (Sent.REFUSED, "you sent Basic "),
    "dropped": (Sent.UNSURE, "onnection"),
    "garbage": (Sent.UNSURE, "HTTP"),
    "refused": (Sent.UNSURE, "onnection"),
    "certificate": (Sent.UNSURE, "certificate"),
    "no-host": (Sent.UNSURE, ""),
}


def recorded(client: str, case: str) -> Said:
    code, _, text = (DATA / client / f"{case}.txt").read_text(encoding="utf-8").partition("\n")
    return PARSERS[client](text, int(code))


@pytest.mark.parametrize("client", PARSERS)
def test_every_recording_is_expected_to_be_something(client: str) -> None:
    assert {path.stem for path in (DATA / client).glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("client", PARSERS)
@pytest.mark.parametrize("case", CASES)
def test_what_an_upload_came_to(client: str, case: str) -> None:
    answer = judged(recorded(client, case))
    sent, words = CASES[case]
    assert answer.sent is sent
    assert words in answer.reason
    assert len(answer.reason) < 320
    assert "\n" not in answer.reason
    assert sent is Sent.ACCEPTED or answer.reason


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (Said(accepted=False, status=400, words="File already exists"), Sent.TAKEN),
        (Said(accepted=False, status=400, words="name has already been taken"), Sent.TAKEN),
        (Said(accepted=False, status=403, words="Not enough permissions to delete/overwrite artifact"), Sent.TAKEN),
        (Said(accepted=False, status=500, words="does it already exist?"), Sent.UNSURE),
        (Said(accepted=False, status=425), Sent.UNSURE),
        (Said(accepted=False, words="InvalidDistribution: no metadata", sent=False), Sent.REFUSED),
        (Said(accepted=False, words="Trusted publishing failed", sent=False), Sent.UNAUTHORISED),
        (Said(accepted=False, words="anything"), Sent.UNSURE),
    ],
)
def test_what_other_indexes_say(said: Said, sent: Sent) -> None:
    assert judged(said).sent is sent


def test_a_silent_client_is_no_answer() -> None:
    assert judged(twine.parse_upload("", 1)) == Answer(Sent.REFUSED, "twine said nothing")
    assert judged(uv.parse_publish("", 2)).sent is Sent.REFUSED


def the_index(
    client: str, env: dict[str, str], held: Credentials = NOBODY, simple: Index | Refusal | None = None
) -> LiveIndex:
    known = simple or Index("http://127.0.0.1:9/simple/", "here")
    return LiveIndex(Target("", "http://127.0.0.1:9/", known, client, held), env)


def a_file(folder: Path) -> tuple[Path, SealedFile]:
    path = folder / "a-1.0.tar.gz"
    path.write_bytes(b"a")
    return path, SealedFile(path.name, 1, "", "")


def test_a_missing_client_is_an_answer(tmp_path: Path) -> None:
    for client in ("twine", "uv", ""):
        answer = the_index(client, {"PATH": str(tmp_path)}).upload(*a_file(tmp_path))
        assert answer.sent is Sent.REFUSED
        assert client in answer.reason


def test_another_file_than_the_sealed_one_is_not_sent(tmp_path: Path) -> None:
    path, _ = a_file(tmp_path)
    answer = the_index("uv", {"PATH": ""}).upload(path, SealedFile("b-1.0.tar.gz", 1, "", ""))
    assert answer == Answer(Sent.REFUSED, "a-1.0.tar.gz is not the file that was sealed: b-1.0.tar.gz")


def test_an_index_of_unknown_address_says_so() -> None:
    live = the_index("uv", {"PATH": ""}, simple=Refusal("pip does not tell"))
    assert live.listing("spam") == Refusal("pip does not tell")
    assert live.date() is None
    assert isinstance(the_index("uv", {"PATH": ""}).listing("spam"), Refusal)


@pytest.mark.skipif(sys.platform == "win32", reason="the program of this test is a shell script")
@pytest.mark.parametrize("client", ["twine", "uv"])
def test_the_secret_goes_by_the_environment_and_no_further(client: str, tmp_path: Path) -> None:
    """A client that prints all that it was told; the index's own words may hold the secret, too."""
    program = tmp_path / client
    program.write_text(
        '#!/bin/sh\necho "$@" >argv\nenv >env\necho "Uploading $TWINE_PASSWORD $UV_PUBLISH_PASSWORD"\nexit 1\n'
    )
    program.chmod(0o755)
    held = given("me", "the-secret", "UV_PUBLISH_PASSWORD")
    told = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "UV_PUBLISH_TOKEN": "other",
        "TWINE_REPOSITORY": "elsewhere",
        "UV_PUBLISH_URL": "https://elsewhere.example",
        "HTTP_PROXY": "http://proxy.example",
        "NO_PROXY": "in.example",
    }
    live = the_index(client, told, held)
    answer = live.upload(*a_file(tmp_path))
    assert "the-secret" not in f"{answer} {live!r} {(tmp_path / 'argv').read_text()}"
    assert "*****" in answer.reason
    got = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    assert got["TWINE_PASSWORD" if client == "twine" else "UV_PUBLISH_PASSWORD"] == "the-secret"
    assert not {"TWINE_REPOSITORY", "UV_PUBLISH_URL", "UV_PUBLISH_TOKEN"} & set(got)
    assert got["NO_PROXY"] == "in.example,127.0.0.1,localhost,::1"


@pytest.mark.skipif(sys.platform == "win32", reason="the program of this test is a shell script")
def test_a_client_that_hangs_leaves_all_open(tmp_path: Path) -> None:
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    target = Target("", "http://127.0.0.1:9/", Index("http://127.0.0.1:9/", "here"), "uv", NOBODY)
    answer = LiveIndex(target, {"PATH": f"{tmp_path}:/usr/bin:/bin"}, timeout=0.1).upload(*a_file(tmp_path))
    assert answer.sent is Sent.UNSURE
    assert "did not answer" in answer.reason


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (Target("pypi", "", Refusal(""), "twine", NOBODY, is_pypi=True), "--repository pypi --config-file"),
        (Target("shelf", "https://a.example/", Refusal(""), "twine", NOBODY, sectioned=True), "--repository shelf a-"),
        (Target("", "https://a.example/", Refusal(""), "twine", NOBODY), "--repository-url https://a.example/ a-"),
        (Target("pypi", "", Refusal(""), "uv", NOBODY, is_pypi=True), "--trusted-publishing never a-"),
        (Target("pypi", "", Refusal(""), "uv", Credentials(Kind.TRUSTED)), "--trusted-publishing always a-"),
        (Target("", "https://a.example/", Refusal(""), "uv", NOBODY), "--publish-url https://a.example/ a-"),
    ],
)
def test_where_the_client_is_sent(target: Target, where: str, tmp_path: Path) -> None:
    path, _ = a_file(tmp_path)
    assert where in " ".join(LiveIndex(target, {"PATH": ""})._argv(path))


def test_an_attestation_goes_along(tmp_path: Path) -> None:
    path, _ = a_file(tmp_path)
    assert the_index("uv", {})._argv(path)[-1] == "a-1.0.tar.gz"
    (tmp_path / "a-1.0.tar.gz.publish.attestation").write_text("{}")
    assert the_index("uv", {})._argv(path)[-1] == "a-1.0.tar.gz.publish.attestation"


def test_an_attestation_goes_along_with_twine(tmp_path: Path) -> None:
    path, _ = a_file(tmp_path)
    (tmp_path / "a-1.0.tar.gz.publish.attestation").write_text("{}")
    target = Target("pypi", "", Refusal(""), "twine", NOBODY, is_pypi=True)
    argv = LiveIndex(target, {"PATH": ""})._argv(path)
    assert argv[-3:] == ("--attestations", "a-1.0.tar.gz", "a-1.0.tar.gz.publish.attestation")


def test_who_uploads_in_words() -> None:
    assert holder(NOBODY) == "none"
    assert holder(given("", "s", "UV_PUBLISH_TOKEN")) == "a token (UV_PUBLISH_TOKEN)"
    assert holder(given("me", "s", "x")) == "a user name and a password of me (x)"
