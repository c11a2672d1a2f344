from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("data", [b"a = 1\n", b"\xef\xbb\xbfa = 1\n", b"a = 1\r\n"])
def test_load(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.toml").write_bytes(data)
    assert toml.load(tmp_path / "x.toml") == {"a": 1}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = [", "x.toml is not TOML: "),
        (b"a = '\xff'", "x.toml is not UTF-8: byte 5 is wrong"),
        (b"a = " + b"[" * 100_000, "x.toml is n"),
    ],
)
def test_what_is_no_toml(data: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        toml.loads(data, "x.toml")
    assert caught.value.message.startswith(message)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*No such file or directory"):
        toml.load(tmp_path / "x.toml")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*directory"):
        toml.load(tmp_path)


def test_a_file_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toml, "LIMIT", 3)
    (tmp_path / "x.toml").write_bytes(b"a = 1")
    with pytest.raises(ConfigError, match="is larger than"):
        toml.load(tmp_path / "x.toml")


def test_why_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        toml.load(tmp_path / "gone.toml")
    assert caught.value.cause == "it was moved or deleted, or its name is misspelt"
    with pytest.raises(ConfigError) as caught:
        toml.load(tmp_path)
    assert (caught.value.cause, caught.value.command) == ("a folder has its name", f"ls -ld {tmp_path}")
