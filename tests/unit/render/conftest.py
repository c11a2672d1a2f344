"""What the tests of every format share: reports with known content, hostile text, and golden files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, TypeVar

import pytest
from hypothesis import strategies as st

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import (
    Artifact,
    Call,
    Cell,
    Column,
    Fact,
    Failure,
    Finding,
    Fix,
    Host,
    Location,
    Report,
    SourceLine,
    Status,
    Table,
    Trace,
)

_T = TypeVar("_T")

GOLDEN = Path(__file__).parents[2] / "golden"

HOST = Host("Linux", "6.8.0", "x86_64", "3.11.7", "0.1.0")


#: Text that tries something, and what `clean` leaves of it; "" where it is harmless in a terminal as it is.
HOSTILE = {
    "colour": ("a\x1b[31mred\x1b[0mb", "aredb"),
    "cursor": ("a\x1b[2J\x1b[1;1H\x1b[3Ab", "ab"),
    "title by BEL": ("a\x1b]0;owned\x07b", "ab"),
    "title by ST": ("a\x1b]2;owned\x1b\\b", "ab"),
    "hyperlink": ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
    "device control string": ("a\x1bP1$r\x1b\\b", "ab"),
    "reset": ("a\x1bcb\x1b(0c", "abc"),
    "C1 CSI": ("a\x9b31mb", "ab"),
    "C1 OSC": ("a\x9d0;owned\x9cb", "ab"),
    "other C1": ("a\x84\x85b", "a\\x84\\x85b"),
    "half a sequence": ("a\x1b[31", "a31"),
    "sequence in a sequence": ("a\x1b\x1b[0m[31mb", "a\\x1b[31mb"),
    "bell": ("a\x07b", "a\\x07b"),
    "backspace": ("safe\x08\x08\x08\x08evil", "safe\\x08\\x08\\x08\\x08evil"),
    "carriage return": ("safe\revil", "safe\\x0devil"),
    "vertical": ("a\x0b\x0cb", "a\\x0b\\x0cb"),
    "NUL": ("a\x00b", "a\\x00b"),
    "delete": ("a\x7fb", "a\\x7fb"),
    "bidi override": ("a\u202egnp.exe\u202cb", "a\\u202egnp.exe\\u202cb"),
    "bidi isolate": ("a\u2066b\u2069", "a\\u2066b\\u2069"),
    "zero width": ("pa\u200byp\u200dal\ufeff", "pa\\u200byp\\u200dal\\ufeff"),
    "soft hyphen": ("pay\xadpal", "pay\\xadpal"),
    "tag characters": ("a\U000e0061b", "a\\ue0061b"),
    "line separators": ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
    "lone surrogate": ("a\udc80b\ud800c", "a\\udc80b\\ud800c"),
    "rich markup": ("[red]x[/] [link=https://evil.example]y[/link] :smile:", ""),
    "HTML": ("<script>alert(1)</script><img src=x onerror=y>", ""),
    "HTML comment": ("<!-- </details> -->", ""),
    "entity": ("&lt;script&gt; &#64;octocat", ""),
    "Markdown": ("**b** _i_ ~~s~~ # h [a](https://evil.example) ![i](x) $x$ - l + m * n", ""),
    "autolinks": ("<https://evil.example> https://evil.example www.evil.example a@evil.example", ""),
    "mention": ("@octocat and @github/security", ""),
    "reference": ("fixes #12, octo/cat#34 and GH-56", ""),
    "pipes": ("a | b || c \\| d", ""),
    "backticks": ("`a` ``b`` ````c```` d`", ""),
    "new lines": ("a\nb\n\n# c\n| d |\n---\n- e\n", ""),
    "fence": ("```\n<script>\n````\n~~~\n", ""),
    "CJK": ("検証に失敗しました" * 9, ""),
    "emoji": ("🦀🐍 " * 30, ""),
    "no space": ("x" * 300, ""),
}


@pytest.fixture(params=list(HOSTILE))
def hostile(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Hostile text, and what `clean` leaves of it."""
    text, cleaned = HOSTILE[request.param]
    return text, cleaned or text


@pytest.fixture(scope="session")
def report_of() -> Callable[[str], Report]:
    """A report that carries one text wherever text from outside may stand."""

    def make(text: str) -> Report:
        fix = Fix(text, ("run", text), text)
        finding = Finding("rust.rustc", text, Status.FAIL, text, (text, text), fix, Location(text, 3), link=text)
        quiet = Finding(f"examples.{text}", text, Status.OK, text)
        table = Table(text, (Column(text, text), Column("n")), ((text, 1), (None, 2.5)), text)
        host = Host(text, text, text, "3.11.7", "0.1.0")
        artifact = Artifact(text, text, text)
        call = Call(
            text, text, text, text, 3, module=text, source=(SourceLine(3, text),), variables=(Fact(text, text),)
        )
        trace = Trace(text, (call, Call("", gap=text)), text, 1)
        facts, findings = (Fact(text, text),), (finding, quiet)
        return Report("validate", text, host, facts, findings, (table,), (artifact,), traces=(trace, trace, trace))

    return make


@pytest.fixture(scope="session")
def report() -> Report:
    """What `validate` may say of a project in which much is wrong."""
    rustup = "https://rustup.rs"
    return Report(
        task="validate",
        project="naïve-crate",
        host=HOST,
        facts=(Fact("PyO3", "0.29.3"), Fact("modules", "naive, naive.検証"), Fact("rustc", "1.70.0")),
        findings=(
            Finding(
                "rust.rustc", "rustc runs", Status.OK, "1.70.0 for x86_64-unknown-linux-gnu", seconds=0.001, link=rustup
            ),
            Finding("rust.cargo", "cargo runs", Status.OK, "1.70.0", link=rustup),
            Finding(
                "rust.msrv",
                "rustc is new enough",
                Status.FAIL,
                "rustc 1.70.0 is older than 1.83",
                ("PyO3 0.29 wants rustc 1.83", "crate naive wants rustc 1.75"),
                Fix("update the toolchain", ("rustup", "update", "stable"), rustup),
                seconds=0.0004,
                link="https://doc.rust-lang.org/cargo/reference/rust-version.html",
            ),
            Finding("rust.target-dir", "the target folder is writable", Status.SKIP, "cargo names no target folder"),
            Finding(
                "python.interpreters",
                "an interpreter of each Python",
                Status.WARN,
                "no 3.8, 3.13t here (the matrix is read from classifiers)",
                tuple(f"3.{minor}: 3.{minor}.1 at /opt/python/3.{minor}/bin/python3.{minor}" for minor in range(9, 19)),
                Fix("let uv fetch them", ("uv", "python", "install", "3.8", "3.13t"), safe=True),
                seconds=0.0321,
                link="https://docs.astral.sh/uv/guides/install-python/",
            ),
            Finding(
                "pyo3.release",
                "a PyO3 release that is known",
                Status.UNKNOWN,
                "nothing is known of PyO3 0.99",
                fix=Fix(
                    "update pyo3ops, or tell its maintainers about that release", ("pip", "install", "-U", "pyo3ops")
                ),
                where=Location("Cargo.toml", 12),
            ),
            Finding(
                "build.linker",
                "the linker links",
                Status.CRASH,
                "ZeroDivisionError: division by zero",
                (
                    "Traceback (most recent call last):",
                    '  File "linker.py", line 1, in <module>',
                    "ZeroDivisionError: division by zero",
                ),
                link="https://doc.rust-lang.org/cargo/reference/config.html#targettriplelinker",
            ),
            Finding(
                "project.module-name",
                "the module has one name",
                Status.FAIL,
                "import naive will not find PyInit_naive, because the crate's only #[pymodule] is called differently "
                "and Python looks for exactly that name in the library it has found on its path",
                fix=Fix("name the #[pymodule] `naive`, or set the module's name in pyproject.toml to end in its name"),
                where=Location("pyproject.toml"),
            ),
            Finding("project.lock", "Cargo.lock is there and current", Status.OK, "has what the manifests want"),
        ),
        tables=(
            Table(
                "Examples on Python 3.11",
                (Column("example"), Column("build", "s"), Column("passed"), Column("ratio")),
                (("hello_world", 12.345, 7, 0.000123), ("検証", 1234.5, None, 1.0), ("crab 🦀", None, 0, 57.04)),
                "Medians of interleaved rounds on this machine; ratio is Python over Rust, above 1 Rust is faster.",
            ),
        ),
        artifacts=(Artifact("dist/naive-0.1.0-cp311-cp311-linux_x86_64.whl", "wheel", "0123456789abcdef" * 4),),
        seconds=1.2345,
        traces=_traces(),
    )


def _traces() -> tuple[Trace, ...]:
    """A stack over the boundary with a gap, the one that it waits for, and a third."""
    lock = (SourceLine(44, "fn lock() -> u64 {"), SourceLine(45, "    *LOCK.lock().unwrap()", current=True))
    calls = (
        Call("syscall", "c", "libc", module="/lib/libc.so.6", address=0x7F00_0000_1234),
        Call(
            "lock_contended",
            "rust",
            "rust std",
            "/rustc/0123/library/std/src/sys/sync/mutex/futex.rs",
            89,
            inlined=True,
        ),
        Call("naive::hang::lock", "rust", "user crate", "src/hang.rs", 45, own=True, source=lock),
        Call("main", "python", "python", "app.py", 17, own=True, variables=(Fact("検証", "'crab 🦀'"), Fact("n", "3"))),
        Call("", gap="native frames missing: the unwinder stopped here"),
    )
    other = (Call("locker", "python", "python", "app.py", 10, own=True),)
    return (
        Trace("thread 19820 (MainThread)", calls, "holds the interpreter; partial: frames are missing", 12),
        Trace("thread 19822 (Thread-1)", other, "waits for the interpreter", 1),
        Trace("PanicException: <index> out of bounds", (), "the direct cause of the one above\na note"),
    )


@pytest.fixture(scope="session")
def failure() -> Report:
    """What is left where there is no project."""
    return Report(
        task="validate",
        host=HOST,
        failure=Failure(
            "no PyO3 project in /home/ada or above it",
            Exit.USAGE,
            "neither a pyproject.toml beside a Cargo.toml, nor a Cargo.toml that depends on pyo3",
            "pyo3ops validate --project DIR",
            "/home/ada/.local/state/pyo3ops/log/crash.md",
        ),
    )


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the file of that name in tests/golden; PYO3OPS_UPDATE_GOLDEN=1 writes the file instead."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if os.environ.get("PYO3OPS_UPDATE_GOLDEN") == "1":
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(text.encode("utf-8"))
        assert text == file.read_bytes().decode("utf-8")

    return compare


# Strategies are composites without arguments that are strategies: so their repr, which failures show, stays short.


@st.composite
def _texts(draw: st.DrawFn) -> str:
    nasty = st.sampled_from(list(HOSTILE)).map(lambda name: HOSTILE[name][0])
    # Surrogates too: names of files may hold them.
    anything = st.text(st.characters(exclude_categories=[]), max_size=20)
    return draw(anything) + draw(st.one_of(st.just(""), nasty))


@st.composite
def _fixes(draw: st.DrawFn, commands: bool) -> Fix:  # noqa: FBT001 - hypothesis hands it on by place
    if not commands:
        return Fix(draw(_texts()))
    return draw(st.builds(Fix, _texts(), _maybe(_tuples(_texts())), _maybe(_texts()), st.booleans()))


@st.composite
def _findings(draw: st.DrawFn, commands: bool) -> Finding:  # noqa: FBT001
    return Finding(
        id=draw(_texts()),
        title=draw(_texts()),
        status=draw(st.sampled_from(Status)),
        detail=draw(_texts()),
        evidence=draw(_tuples(_texts())),
        fix=draw(_maybe(_fixes(commands))),
        where=draw(_maybe(st.builds(Location, _texts(), _maybe(st.integers(1))))),
        seconds=draw(st.floats(0, 1e6)),
        link=draw(_maybe(_texts())) if commands else None,
    )


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 6))
    cells: st.SearchStrategy[Cell] = st.one_of(st.none(), _texts(), st.integers(), st.floats())
    columns = draw(st.lists(st.builds(Column, _texts(), _texts()), min_size=width, max_size=width))
    row = st.lists(cells, min_size=width, max_size=width).map(tuple)
    return Table(draw(_texts()), tuple(columns), draw(_tuples(row)), draw(_texts()))


def _calls() -> st.SearchStrategy[Call]:
    lines = st.builds(SourceLine, st.integers(1, 9999), _texts(), st.booleans())
    return st.builds(
        Call,
        _texts(),
        st.sampled_from(("python", "rust", "c", "kernel", "unknown")),
        path=_maybe(_texts()),
        line=_maybe(st.integers(1, 9999)),
        own=st.booleans(),
        inlined=st.booleans(),
        source=_tuples(lines),
        variables=_tuples(st.builds(Fact, _texts(), _texts())),
        gap=st.one_of(st.just(""), _texts()),
    )


@st.composite
def _reports(draw: st.DrawFn, commands: bool) -> Report:  # noqa: FBT001
    messages = _texts().map(lambda text: f"no {text}")
    failures = st.builds(Failure, messages, st.sampled_from(Exit).map(int), _texts(), _texts(), _maybe(_texts()))
    return Report(
        task=draw(_texts()),
        project=draw(_maybe(_texts())),
        host=draw(_maybe(st.builds(Host, _texts(), _texts(), _texts(), _texts(), _texts()))),
        facts=draw(_tuples(st.builds(Fact, _texts(), _texts()))),
        findings=draw(_tuples(_findings(commands))),
        tables=draw(_tuples(_tables())),
        artifacts=draw(_tuples(st.builds(Artifact, _texts(), _texts(), _texts()))),
        traces=draw(_tuples(st.builds(Trace, _texts(), _tuples(_calls()), _texts(), st.integers(0, 9)))),
        failure=draw(_maybe(failures)),
        strict=draw(st.booleans()),
        seconds=draw(st.floats(0, 1e6)),
    )


def _maybe(strategy: st.SearchStrategy[_T]) -> st.SearchStrategy[_T | None]:
    return st.one_of(st.none(), strategy)


def _tuples(strategy: st.SearchStrategy[_T], most: int = 2) -> st.SearchStrategy[tuple[_T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


@pytest.fixture(scope="session")
def texts() -> st.SearchStrategy[str]:
    """Any text, more often than not with something in it that a format would interpret."""
    return _texts()


@pytest.fixture(scope="session")
def reports() -> st.SearchStrategy[Report]:
    """Any report."""
    return _reports(commands=True)


@pytest.fixture(scope="session")
def reports_without_commands() -> st.SearchStrategy[Report]:
    """Any report without what is never broken over two lines: commands and links."""
    return _reports(commands=False)
