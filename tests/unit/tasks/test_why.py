from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Location, Report, Status
from pyo3ops.diagnosis.causes import causes
from pyo3ops.render import clean, console
from pyo3ops.tasks import why


def run(text: str, **request: Any) -> Report:
    return why.run(Path(), why.Request(io.BytesIO(text.encode()), "build.log", **request))


def test_a_cause() -> None:
    report = run("all well\n\x1b[31merror\x1b[0m: toolchain 'nightly-2020-01-01' is not installed\n")
    (finding,) = report.findings
    assert (finding.id, finding.status, finding.where) == (
        "why.rustup.not-installed",
        Status.FAIL,
        Location("build.log", 2),
    )
    assert finding.evidence == ("error: toolchain 'nightly-2020-01-01' is not installed",)
    assert "nightly-2020-01-01" in finding.detail
    assert finding.fix is not None
    assert finding.fix.argv == ("rustup", "toolchain", "install", "nightly-2020-01-01")
    assert not finding.fix.safe
    assert finding.fix.url == finding.link
    assert report.exit_code == Exit.FAILED


def test_what_a_log_says_cannot_become_an_option_or_a_word_of_a_shell() -> None:
    for name in ("--evil", "-x"):
        (finding,) = run(f"error: toolchain '{name}' is not installed").findings
        assert finding.fix is not None
        assert finding.fix.argv is None


def test_a_command_is_given_where_it_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "xcrun: error: invalid active developer path"
    for platform, argv in (("darwin", ("xcode-select", "--install")), ("linux", None)):
        monkeypatch.setattr(sys, "platform", platform)
        (finding,) = run(text).findings
        assert finding.fix is not None
        assert finding.fix.argv == argv


def test_a_group_that_caught_nothing() -> None:
    (finding,) = run("error: .\n --> src/lib.rs:1:2\n").findings
    assert finding.id == "why.rust.compile"
    assert finding.fix is not None
    assert finding.fix.argv is None


def test_several() -> None:
    report = run("error: linker `cc` not found\n" * 2 + "No space left on device\nmaturin failed\n")
    assert [finding.id for finding in report.findings] == ["why.link.no-linker", "why.system.disk-full"]
    assert "(in 2 places)" in report.findings[0].detail


def test_an_unknown_error() -> None:
    report = run("all well\nmake: *** [all] Error 2\n")
    (finding,) = report.findings
    assert (finding.id, finding.status) == ("why.unrecognised", Status.UNKNOWN)
    assert finding.evidence == ("2: make: *** [all] Error 2",)
    assert finding.where == Location("build.log", 2)
    assert finding.fix is not None
    assert report.exit_code == Exit.UNKNOWN


def test_no_error_at_all() -> None:
    report = run("all well\n")
    (finding,) = report.findings
    assert (finding.status, finding.evidence, finding.where) == (Status.UNKNOWN, (), None)
    assert "2>&1" in (finding.fix.summary if finding.fix else "")


def test_a_warning_alone_and_beside_what_is_not_known() -> None:
    text = "RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'a.b', which has"
    assert [(each.id, each.status) for each in run(text).findings] == [("why.pyo3.gil-enabled", Status.WARN)]
    assert (run(text).exit_code, run(text, strict=True).exit_code) == (Exit.OK, Exit.FAILED)
    assert [each.status for each in run(f"{text}\nassertion error\n").findings] == [Status.WARN, Status.UNKNOWN]


def test_an_empty_log() -> None:
    with pytest.raises(UsageError, match="is empty") as caught:
        run("\n \n")
    assert caught.value.command == why.USAGE


def test_a_log_that_breaks_off() -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(UsageError, match="Input/output error"):
        why.run(Path(), why.Request(Broken(), "build.log"))


def test_hostile_text_is_shown_harmless() -> None:
    report = run("error: linker `\x1b]0;x\x07\u202e<b>[bold]{linker}{0}%s` not found\n")
    shown = console.render(report, width=80, colour=False, icons=False, verbose=True, quiet=False)
    assert "{linker}{0}%s" in shown
    assert clean.clean(shown) == shown


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(why, "_EVERY", 10)
    run("line\n" * 25, progress=told.append)
    assert told == ["10 lines", "20 lines"]


def test_a_file(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x")
    with why.opened(str(log), None) as (stream, name):
        assert (stream.read(), name) == (b"x", str(log))
    assert stream.closed


@pytest.mark.parametrize(("name", "cause"), [("", "folder"), ("missing.log", "misspelt")])
def test_no_file(name: str, cause: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read") as caught, why.opened(str(tmp_path / name), None):
        pass
    assert cause in caught.value.cause


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_stdin() -> None:
    with why.opened("-", io.TextIOWrapper(io.BytesIO(b"x"))) as (stream, name):
        assert (stream.read(), name) == (b"x", "stdin")
    for nothing in (None, Terminal(io.BytesIO(b"x"))):
        with pytest.raises(UsageError, match="there is no log to read") as caught, why.opened("-", nothing):
            pass
        assert caught.value.command == why.USAGE


def test_the_list() -> None:
    (table,) = why.listing().tables
    assert [row[0] for row in table.rows] == [f"why.{cause.id}" for cause in causes()]
