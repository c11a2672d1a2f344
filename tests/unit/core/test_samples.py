from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyo3ops.core import samples, toml
from pyo3ops.core.errors import UsageError
from pyo3ops.core.samples import Names


def test_every_example_of_the_repository_is_there() -> None:
    folder = Path(__file__).parents[3] / "examples"
    assert set(samples.samples()) == {path.parent.name for path in folder.glob("*/Cargo.toml")}
    assert "costs" in samples.idea(samples.samples()["hello_world"])


def test_without_examples_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(samples, "_PLACES", (tmp_path,))
    with pytest.raises(UsageError, match="has no examples"):
        samples.samples()


@pytest.mark.parametrize("text", ["my_module", "my-module", "My-Module"])
def test_a_name_in_its_spellings(text: str) -> None:
    names = samples.names_of(text)
    assert (names.snake, names.dashed, names.camel) == ("my_module", "my-module", "MyModule")


@pytest.mark.parametrize(
    "text", ["", "1a", "a__b", "a-", "_a", "é", "a b", "../a", "class", "fn", "sys", "tests", "core"]
)
def test_a_name_that_cannot_be_one(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        samples.names_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello-world-pyo3ops", "my-thing"),
        ("hello_world_pyo3ops-0.1.0-cp38-abi3-any.whl", "my_thing-0.1.0-cp38-abi3-any.whl"),
        ("from hello_world import hello", "from my_thing import hello"),
        ("chello_world\nGreeting\np0\n", "cmy_thing\nGreeting\np0\n"),
        ("class HelloWorldError", "class MyThingError"),
        ("PyInit_hello_world", "PyInit_my_thing"),
        ("HELLO_WORLD_DEBUG", "MY_THING_DEBUG"),
        ("hello-world", "my-thing"),
        ("othello_world hello_worlds", "othello_world hello_worlds"),
    ],
)
def test_the_name_is_replaced_in_each_spelling(text: str, expected: str) -> None:
    assert samples._replaced(text, Names("hello_world"), Names("my_thing")) == expected


def test_a_name_of_one_word_stands_for_the_module() -> None:
    text = "calculator-pyo3ops: calculator.CalculatorError in src/calculator"
    expected = "my-thing: my_thing.MyThingError in src/my_thing"
    assert samples._replaced(text, Names("calculator"), Names("my_thing")) == expected


@pytest.mark.parametrize("name", samples.samples())
def test_nothing_of_the_old_name_is_left(name: str) -> None:
    folder = samples.samples()[name]
    files = dict(samples.renamed(folder, Names("zz_top")))
    old = Names(name)
    found = [
        (path, line)
        for path, data in files.items()
        for line in data.decode("utf-8", errors="ignore").splitlines()
        if re.search(rf"\b({old.snake}|{old.camel}|{old.dashed}-pyo3ops)\b", f"{path} {line}")
    ]
    assert found == []
    assert {Path("Cargo.toml"), Path("pyproject.toml"), Path("src/lib.rs")} <= set(files)
    marks = re.compile(rb"ANCHOR|generated:|the same in every example|cp -r examples/")
    assert [path for path, data in files.items() if marks.search(data)] == []


@pytest.mark.parametrize("new", ["zz_top", "aa"])
def test_the_lock_stays_in_order(new: str, tmp_path: Path) -> None:
    files = dict(samples.renamed(samples.samples()["hello_world"], Names(new)))
    (tmp_path / "Cargo.lock").write_bytes(files[Path("Cargo.lock")])
    names = [row["name"] for row in toml.load(tmp_path / "Cargo.lock")["package"]]
    assert names == sorted(names)
    assert samples.names_of(new).dashed.replace("-", "_") in names


def test_litter_stays_behind(tmp_path: Path) -> None:
    for name in (
        "target/a",
        "__pycache__/b",
        ".venv/c",
        ".github/workflows/ci.yml",
        "src/lib.rs",
        "own.so",
        "picture.png",
    ):
        (tmp_path / "old" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "old" / name).write_bytes(b"\xff\xfeold")
    found = dict(samples.renamed(tmp_path / "old", Names("new")))
    assert set(map(str, found)) == {".github/workflows/ci.yml", "src/lib.rs", "picture.png"}
    # What is no text is left as it is.
    assert found[Path("picture.png")] == b"\xff\xfeold"


def test_the_name_of_a_crate_that_is_built_with_is_refused() -> None:
    with pytest.raises(UsageError, match="pyo3 is a crate"):
        list(samples.renamed(samples.samples()["hello_world"], Names("pyo3")))


@pytest.mark.parametrize("name", ["pytest", "orjson", "maturin", "hypothesis"])
def test_the_name_of_a_package_that_is_worked_with_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is a package"):
        list(samples.renamed(samples.samples()["json_parser"], Names(name)))


def test_the_standard_library_is_known_where_python_keeps_no_list_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("sys.stdlib_module_names", raising=False)
    assert {"sys", "json", "decimal", "_json", "math", "zipfile"} <= set(samples._standard_library())
