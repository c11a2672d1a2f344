"""Several sources, one after the other, in the time of one; stand-ins for the tools, which take it or refuse."""

from __future__ import annotations

import os
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.model import Process
from pyo3ops.stacks.raw import Raw
from pyo3ops.stacks.sources import chosen, fit, pystack
from pyo3ops.stacks.sources.protocol import Look, Refused, Target

if TYPE_CHECKING:
    from pathlib import Path

RAW = Raw(Process(1), (), "a")


class Standing:
    """A source that takes some seconds of the time that it is given, and keeps what it was given."""

    def __init__(self, seconds: float, answer: tuple[Raw, ...] | Refused) -> None:
        self.seconds = seconds
        self.answer = answer
        self.given: list[float] = []

    def look(self, _: Target, how: Look) -> tuple[Raw, ...] | Refused:
        self.given.append(how.timeout)
        time.sleep(min(self.seconds, how.timeout))
        return self.answer


def asked(monkeypatch: pytest.MonkeyPatch, *sources: Standing, timeout: float) -> chosen.Looked:
    named = {str(number): source for number, source in enumerate(sources)}
    monkeypatch.setattr(chosen, "SOURCES", {name: name for name in named})
    monkeypatch.setattr(chosen, "importlib", SimpleNamespace(import_module=named.__getitem__))
    return chosen.look(Target(pid=1), Look({}, timeout=timeout))


def test_the_next_source_has_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Standing(0.2, Refused("broken")), Standing(0, (RAW,))
    looked = asked(monkeypatch, first, second, timeout=5)
    assert looked == chosen.Looked((RAW,), (("0", Refused("broken")),))
    assert first.given[0] == pytest.approx(5, abs=0.1)
    assert second.given[0] == pytest.approx(4.8, abs=0.15)


def test_where_none_is_left_no_other_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Standing(9, Refused("timeout")), Standing(0, (RAW,))
    looked = asked(monkeypatch, first, second, timeout=0.1)
    assert looked == chosen.Looked((), (("0", Refused("timeout")),))
    assert second.given == []


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script of sh's")
@pytest.mark.parametrize("source", ["gdb", "lldb", "pystack", "py-spy"])
def test_more_looks_have_no_more_time(tmp_path: Path, source: str) -> None:
    program = tmp_path / source
    version = 'case "$1" in --version) echo "lldb version 19.0.0"; exit;; esac\n' if source == "lldb" else ""
    program.write_text(f"#!/bin/sh\n{version}exec /bin/sleep 60\n")
    program.chmod(0o755)
    started = time.monotonic()
    how = Look({"PATH": str(tmp_path)}, looks=20, pause=0.01, timeout=0.3)
    looked = chosen.look(Target(pid=os.getpid()), how, source)
    assert [each.reason for _, each in looked.refused] == ["timeout"]
    assert time.monotonic() - started < 4


def test_looks_before_the_time_was_over_count(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([RAW, RAW, Refused("timeout", "too late")])
    monkeypatch.setattr(pystack, "which", lambda *_: sys.executable)
    monkeypatch.setattr(pystack, "_look", lambda *_: next(answers))
    looks = pystack.look(Target(pid=1), Look({}, looks=3, pause=0))
    assert isinstance(looks, tuple)
    assert [each.gaps for each in looks] == [(), ("there were more looks to come: too late",)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_no_core(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "core")
    expected = Refused("unable", f"{tmp_path / 'core'}: it is no regular file")
    assert fit.unfit(Target(core=tmp_path / "core")) == expected
