from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.local_crates import local_crates

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        file = root / name.replace("__", "/") / "Cargo.toml" if name != "top" else root / "Cargo.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def crate(name: str, version: str = 'version = "1.0.0"', rest: str = "") -> str:
    return f'[package]\nname = "{name}"\n{version}\n{rest}'


def names(root: Path, *starts: str) -> dict[str, str]:
    found, _ = local_crates(root / start / "Cargo.toml" for start in starts)
    return {each.name: each.version for each in found}


def test_members_and_what_they_inherit(tmp_path: Path) -> None:
    inherits = "version.workspace = true"
    top = '[workspace]\nmembers = ["a", "more/*"]\nexclude = ["more/c"]\n[workspace.package]\nversion = "2.0.0"\n'
    write(tmp_path, top=top, a=crate("a", inherits), more__b=crate("b"), more__c=crate("c"))
    assert names(tmp_path, "a") == {"a": "2.0.0", "b": "1.0.0"}
    # What the workspace leaves out is alone.
    assert names(tmp_path, "more/c") == {"c": "1.0.0"}
    (first, *_), _ = local_crates([tmp_path / "a/Cargo.toml"])
    assert (first.inherits, first.version_in, first.keys[0]) == (True, tmp_path / "Cargo.toml", "workspace")


def test_dependencies_by_path_and_pins(tmp_path: Path) -> None:
    rest = (
        '[dependencies]\nb = { path = "../b", version = "=1.0.0" }\nserde = "1"\n'
        '[target."cfg(unix)".build-dependencies]\nother = { path = "../c", package = "c", version = "1" }\n'
        '[dev-dependencies]\nd = { path = "../gone" }\n'
    )
    write(tmp_path, a=crate("a", rest=rest), b=crate("b"), c=crate("c"))
    found, pins = local_crates([tmp_path / "a/Cargo.toml"])
    assert sorted(each.name for each in found) == ["a", "b", "c"]
    assert [(pin.crate, pin.requirement, pin.keys) for pin in pins] == [
        ("b", "=1.0.0", ("dependencies", "b", "version")),
        ("c", "1", ("target", "cfg(unix)", "build-dependencies", "other", "version")),
    ]


def test_a_crate_that_names_its_workspace(tmp_path: Path) -> None:
    write(
        tmp_path,
        w='[workspace]\nmembers = ["../a"]\n[workspace.package]\nversion = "3.0.0"\n',
        a=crate("a", 'workspace = "../w"\nversion = { workspace = true }'),
    )
    assert names(tmp_path, "a") == {"a": "3.0.0"}


def test_crates_that_lead_to_one_another(tmp_path: Path) -> None:
    write(
        tmp_path,
        a=crate("a", rest='[dependencies]\nb = { path = "../b" }\n'),
        b=crate("b", rest='[dev-dependencies]\na = { path = "../a" }\n'),
    )
    assert names(tmp_path, "a") == {"a": "1.0.0", "b": "1.0.0"}


@pytest.mark.parametrize("text", ["", "[package]\n", '[package]\nname = "a"\n', crate("a", "version.workspace = true")])
def test_crates_without_a_version(text: str, tmp_path: Path) -> None:
    write(tmp_path, a=text)
    assert names(tmp_path, "a", "gone") == {}


def test_what_is_no_toml(tmp_path: Path) -> None:
    write(tmp_path, a="[package")
    with pytest.raises(ConfigError):
        names(tmp_path, "a")
