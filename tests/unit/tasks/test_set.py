from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.toml import load
from pyo3ops.tasks import set as task

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = """\
# the crate
[package]
name = "crab" # a name
version = "0.1.0"

[lib]
name = "crab"
[dependencies]
pyo3 = "0.29"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Cargo.toml").write_text(MANIFEST, encoding="utf-8")
    return tmp_path


def set_key(root: Path, key: str, value: str, file: str = "Cargo.toml") -> str:
    task.run(root, task.Request(file, key, value))
    return (root / file).read_text(encoding="utf-8")


def test_only_the_key_changes(root: Path) -> None:
    after = set_key(root, "lib.crate-type", '["cdylib"]')
    assert after == MANIFEST.replace('[lib]\nname = "crab"\n', '[lib]\nname = "crab"\ncrate-type = ["cdylib"]\n')


def test_a_value_is_replaced_and_its_comment_kept(root: Path) -> None:
    assert set_key(root, "package.name", '"lobster"') == MANIFEST.replace('"crab" # a name', '"lobster" # a name')


@pytest.mark.parametrize(
    ("value", "read"),
    [('"1.83"', "1.83"), ("1.83", 1.83), (">=3.8", ">=3.8"), ("true", True), ("[1, 2]", [1, 2]), ("", ""), ("[", "[")],
)
def test_values(value: str, read: object, root: Path) -> None:
    set_key(root, "package.metadata.x", value)
    assert load(root / "Cargo.toml")["package"]["metadata"]["x"] == read


def test_a_table_is_added_at_the_end(root: Path) -> None:
    after = set_key(root, "build-system", '{requires = ["maturin"], build-backend = "maturin"}')
    assert load(root / "Cargo.toml")["build-system"] == {"requires": ["maturin"], "build-backend": "maturin"}
    assert after.startswith(MANIFEST)


def test_a_second_time_changes_nothing(root: Path) -> None:
    set_key(root, "lib.crate-type", '["cdylib"]')
    before = (root / "Cargo.toml").stat()
    report = task.run(root, task.Request("Cargo.toml", "lib.crate-type", '["cdylib"]'))
    after = (root / "Cargo.toml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert report.tables[0].rows == (("Cargo.toml", "lib.crate-type", "['cdylib']", "['cdylib']"),)


@pytest.mark.parametrize("file", ["../other.toml", "/etc/hosts"])
def test_nothing_outside_the_project_is_touched(file: str, root: Path) -> None:
    with pytest.raises(UsageError, match="lies outside"):
        set_key(root, "a", "1", file)


@pytest.mark.parametrize(("key", "said"), [("package.name.x", "is no table"), ("", "is no key"), ("..", "is no key")])
def test_keys_that_cannot_be_set(key: str, said: str, root: Path) -> None:
    with pytest.raises(UsageError, match=said):
        set_key(root, key, "1")
    assert (root / "Cargo.toml").read_text(encoding="utf-8") == MANIFEST


def test_a_file_that_is_no_toml_stays_as_it_is(root: Path) -> None:
    (root / "bad.toml").write_text("[a\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not TOML"):
        set_key(root, "a", "1", "bad.toml")
    assert (root / "bad.toml").read_text(encoding="utf-8") == "[a\n"


def test_line_ends_and_byte_order_marks_are_kept(root: Path) -> None:
    (root / "win.toml").write_bytes(b"\xef\xbb\xbf[a]\r\nb = 1\r\n")
    set_key(root, "a.b", "2", "win.toml")
    assert (root / "win.toml").read_bytes() == b"\xef\xbb\xbf[a]\r\nb = 2\r\n"


def test_what_is_left_of_a_list_keeps_its_lines_and_comments(root: Path) -> None:
    (root / "list.toml").write_text('a = [\n    "x", # the first\n    "y",\n    "z", # the last\n]\n', encoding="utf-8")
    set_key(root, "a", '["x", "z"]', "list.toml")
    assert (root / "list.toml").read_text(encoding="utf-8") == 'a = [\n    "x", # the first\n    "z", # the last\n]\n'
