"""What becomes of lldb's answers, and of its refusals; a program in its place writes them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.sources import lldb
from pyo3ops.stacks.sources.protocol import Look, Refused, Target
from pyo3ops.tools import processes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the processes of this system are not read here")

LOOK: dict[str, object] = {"process": {}, "threads": [], "frames": [], "modules": [], "gaps": []}
#: Finds its request in the command that it is given, and writes beside it.
SCRIPT = """\
#!/bin/sh
test "$1" = --version && {{ echo "{version}"; echo "{complaint}" >&2; exit 0; }}
for each; do command=$each; done
request=$(printf %s "$command" | sed "s/.*main('\\\\(.*\\\\)').*/\\\\1/")
cp "$request" "{folder}/request.json"
env > "{folder}/env"
printf '%s\\n' "$*" > "{folder}/argv"
{rest}
"""


def stand_in(folder: Path, rest: str = "", version: str = "lldb version 19.1.7", complaint: str = "") -> dict[str, str]:
    """An environment in which lldb is a script."""
    text = SCRIPT.format(folder=folder, rest=rest, version=version, complaint=complaint)
    (folder / "lldb").write_text(text, encoding="utf-8")
    (folder / "lldb").chmod(0o755)
    return {"PATH": f"{folder}:/bin:/usr/bin", "DEBUGINFOD_URLS": "https://example.org"}


def answer(said: Mapping[str, object]) -> str:
    """Shell that writes an answer."""
    return f'cat > "$(dirname "$request")/answer.json" <<\'END\'\n{json.dumps(said)}\nEND'


def look(env: Mapping[str, str], **more: object) -> object:
    return lldb.look(Target(pid=os.getpid()), Look(env=env, **more))  # type: ignore[arg-type]


def test_no_lldb() -> None:
    assert look({"PATH": ""}) == Refused("missing", "lldb is not on PATH")


def test_one_whose_python_does_not_start(tmp_path: Path) -> None:
    env = stand_in(tmp_path, version="lldb version 3.9", complaint="ModuleNotFoundError: No module named 'lldb'")
    said = look(env)
    words = "its Python does not start: ModuleNotFoundError: No module named 'lldb'"
    assert said == Refused("broken", f"{tmp_path / 'lldb'}: {words}")


def test_an_answer(tmp_path: Path) -> None:
    said = look(stand_in(tmp_path, answer({"source": "lldb", "looks": [LOOK, LOOK]})), looks=2)
    assert isinstance(said, tuple)
    assert [(raw.source, raw.threads, raw.gaps) for raw in said] == [("lldb", (), ())] * 2


def test_what_it_is_asked(tmp_path: Path) -> None:
    folder = tmp_path / 'sym"bols'
    look(stand_in(tmp_path, answer({"source": "lldb", "looks": [LOOK]})), symbol_folders=(folder,), looks=3)
    request = json.loads((tmp_path / "request.json").read_text("utf-8"))
    assert (request["pid"], request["looks"], request["core"]) == (os.getpid(), 3, None)
    assert request["settings"] == [
        f'target.debug-file-search-paths "{tmp_path}/sym\\"bols" "/usr/lib/debug"',
        "symbols.enable-external-lookup false",
    ]
    assert set(request["rows"]) >= {"3.8", "3.12"}
    assert (tmp_path / "argv").read_text("utf-8").startswith("--no-lldbinit --no-use-colors --batch -o script ")


@pytest.mark.parametrize(("online", "asked"), [(False, False), (True, True)])
def test_servers_are_asked_where_it_is_allowed_alone(tmp_path: Path, *, online: bool, asked: bool) -> None:
    look(stand_in(tmp_path, answer({"source": "lldb", "looks": [LOOK]})), online=online)
    assert ("DEBUGINFOD_URLS=" in (tmp_path / "env").read_text("utf-8")) is asked
    request = json.loads((tmp_path / "request.json").read_text("utf-8"))
    assert f"symbols.enable-external-lookup {str(asked).lower()}" in request["settings"]


def test_looks_before_an_error_count(tmp_path: Path) -> None:
    said = look(stand_in(tmp_path, answer({"source": "lldb", "looks": [LOOK], "error": "lost connection"})))
    assert isinstance(said, tuple)
    assert said[0].gaps == ("lldb ended early: lost connection",)


def test_one_that_dies_after_a_look(tmp_path: Path) -> None:
    said = look(stand_in(tmp_path, answer({"source": "lldb", "looks": [LOOK]}) + "\nkill -KILL $$"))
    assert isinstance(said, tuple)
    assert said[0].gaps == (f"lldb ended early: {tmp_path / 'lldb'} was killed by signal 9",)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("attach failed: Operation not permitted", "denied"),
        ("attach failed (Not allowed to attach to process.  Look in the console messages)", "denied"),
        ("attach failed: No such process", "gone"),
        ("it fell over", "broken"),
    ],
)
def test_refusals(tmp_path: Path, words: str, reason: str) -> None:
    said = look(stand_in(tmp_path, answer({"source": "lldb", "looks": [], "error": words})))
    assert said == Refused(reason, words)


@pytest.mark.parametrize(("filtered", "reason"), [(True, "denied"), (False, "broken")])
def test_a_server_that_a_filter_ended_was_denied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, filtered: bool, reason: str
) -> None:
    monkeypatch.setattr(processes, "filtered", lambda: filtered)
    said = look(stand_in(tmp_path, answer({"source": "lldb", "looks": [], "error": "lost connection"})))
    assert said == Refused(reason, "lost connection")


def test_the_command_that_it_repeats_is_no_reason(tmp_path: Path) -> None:
    said = look(stand_in(tmp_path, "echo '(lldb) script import sys'\nexit 3"))
    assert said == Refused("broken", f"{tmp_path / 'lldb'} ended with 3")


def test_one_that_hangs(tmp_path: Path) -> None:
    said = look(stand_in(tmp_path, "exec sleep 60"), timeout=0.2, pause=0.0)
    assert isinstance(said, Refused)
    assert said.reason == "timeout"


def test_a_core_goes_by_its_own_name(tmp_path: Path) -> None:
    core = tmp_path / "my core"
    core.write_bytes(b"x")
    link = '"$(dirname "$request")/core"'
    form = '{"source": "lldb", "looks": [], "error": "no core: %s"}'
    rest = f'printf \'{form}\' {link} > "$(dirname "$request")/answer.json"'
    said = lldb.look(Target(core=core), Look(env=stand_in(tmp_path, rest)))
    assert said == Refused("broken", f"no core: {core}")


def test_nothing_to_look_at(tmp_path: Path) -> None:
    env = stand_in(tmp_path)
    assert lldb.look(Target(), Look(env=env)) == Refused("unable", "neither a process nor a core was named")
    assert lldb.look(Target(pid=2**22 + 7), Look(env=env)) == Refused("gone", f"there is no process {2**22 + 7}")
    assert lldb.look(Target(core=tmp_path / "none"), Look(env=env)) == Refused(
        "gone", f"{tmp_path / 'none'}: No such file or directory"
    )
