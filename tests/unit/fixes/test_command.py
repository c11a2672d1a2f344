from __future__ import annotations

import shlex

import pytest

from pyo3ops.fixes.command import WAYS, Command, Stage, begins, line, merged, way_of


def command(*argv: str, finding: str = "a.b", summary: str = "do it", person: bool = False) -> Command:
    return Command(Stage.PROJECT, summary, argv or None, (finding,), person=person)


def argvs(*commands: Command) -> list[tuple[str, ...] | None]:
    return [each.argv for each in merged(commands)]


def test_one_command_for_several_of_a_family() -> None:
    found = merged(
        (
            command("rustup", "component", "add", "clippy", finding="rust.components", summary="add clippy"),
            command("cargo", "update", "--workspace"),
            command("rustup", "component", "add", "rust-src", "clippy", finding="editor.src", summary="add rust-src"),
        )
    )
    assert found[0].argv == ("rustup", "component", "add", "clippy", "rust-src")
    assert found[0].findings == ("rust.components", "editor.src")
    assert found[0].summary == "add clippy; add rust-src"
    assert len(found) == 2


@pytest.mark.parametrize("way", [way for way in WAYS if way.merges], ids=lambda way: " ".join(way.prefix))
def test_every_family_that_merges_does(way: object) -> None:
    prefix = getattr(way, "prefix", ())
    assert argvs(command(*prefix, "one"), command(*prefix, "two"), command(*prefix, "one")) == [(*prefix, "one", "two")]


def test_what_differs_in_options_stays_apart() -> None:
    nightly = ("rustup", "component", "add", "--toolchain", "nightly")
    assert argvs(
        command(*nightly, "miri"), command("rustup", "component", "add", "clippy"), command(*nightly, "rust-src")
    ) == [(*nightly, "miri", "rust-src"), ("rustup", "component", "add", "clippy")]
    flag = ("pip", "install", "-U")
    assert argvs(command(*flag, "a"), command(*flag, "b"), command("pip", "install", "c")) == [
        (*flag, "a", "b"),
        ("pip", "install", "c"),
    ]


def test_duplicates_are_done_once() -> None:
    same = command("cargo", "generate-lockfile", finding="one")
    other = command("cargo", "generate-lockfile", finding="two")
    assert [each.findings for each in merged((same, other))] == [("one", "two")]
    assert argvs(command("uv", "tool", "install", "a"), command("uv", "tool", "install", "b")) == [
        ("uv", "tool", "install", "a"),
        ("uv", "tool", "install", "b"),
    ]


def test_advice_is_never_mixed_with_what_is_run() -> None:
    found = merged((command(summary="think"), command(summary="think"), command(summary="read"), command("a")))
    assert [each.summary for each in found] == ["think", "read", "do it"]
    assert len(merged((command("pip", "install", "a"), command("pip", "install", "b", person=True)))) == 2


def test_a_program_may_be_named_by_its_path() -> None:
    assert begins(("/opt/bin/uv", "pip", "install", "x"), ("uv", "pip"))
    assert not begins(("/opt/uv/pip", "install", "x"), ("uv", "pip"))
    way = way_of(("/opt/bin/uv", "python", "install", "3.8"))
    assert way is not None
    assert way.stage is Stage.PYTHON
    assert way_of(("rm", "-rf", "x")) is None


@pytest.mark.parametrize(
    "argv",
    [
        ("pip", "install", "maturin>=1.9,<2"),
        ("echo", "it's", 'a "word"', "$HOME", "a b", "", "größe", "*", "a;b", "`x`"),
    ],
)
def test_sh_reads_what_was_meant(argv: tuple[str, ...]) -> None:
    assert tuple(shlex.split(line(argv))) == argv


def test_windows_quotes_otherwise() -> None:
    argv = ("winget", "install", "--id", "Rustlang.Rustup", "C:\\Program Files\\x", "maturin>=1.9,<2", "")
    expected = 'winget install --id Rustlang.Rustup "C:\\Program Files\\x" "maturin>=1.9,<2" ""'
    assert line(argv, windows=True) == expected
