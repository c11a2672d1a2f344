from __future__ import annotations

import pytest

from pyo3ops.core.patterns import manifest_takes, matching


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("Cargo.lock", "Cargo.lock"),
        ("Cargo.lock", "crates/py/Cargo.lock"),
        ("*.lock", "a/b.lock"),
        ("/src", "src/lib.rs"),
        ("src/", "crates/src/lib.rs"),
        ("src/**", "src/a/b.rs"),
        ("**/lib.rs", "lib.rs"),
        ("a/**/b", "a/x/y/b"),
        ("a/**/b", "a/b"),
        ("[Cc]argo.l?ck", "cargo.lock"),
        (r"\#odd", "#odd"),
    ],
)
def test_a_pattern_that_fits(pattern: str, path: str) -> None:
    assert matching([pattern], path) == pattern


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/Cargo.lock", "crates/py/Cargo.lock"),
        ("target/", "target"),
        ("*.lock", "lock"),
        ("src/*.rs", "src/a/b.rs"),
        ("[!C]argo.lock", "Cargo.lock"),
        ("# Cargo.lock", "Cargo.lock"),
        ("", "Cargo.lock"),
        ("lib", "lib.rs"),
    ],
)
def test_a_pattern_that_does_not_fit(pattern: str, path: str) -> None:
    assert matching([pattern], path) is None


def test_the_last_pattern_decides() -> None:
    assert matching(["*.lock", "!Cargo.lock"], "Cargo.lock") is None
    assert matching(["!Cargo.lock", "*.lock"], "Cargo.lock") == "*.lock"


@pytest.mark.parametrize(
    ("manifest", "taken"),
    [
        ("", False),
        ("include LICENSE", False),
        ("include *.toml\nrecursive-include src *.rs", True),
        ("graft src/", True),
        ("global-include *.rs", True),
        ("recursive-include src *.rs\nprune src", False),
        ("graft src\nrecursive-exclude src lib.*", False),
        ("graft src\nglobal-exclude *.py[cod]", True),
        ("include \\\n  LICENSE \\\n  src/lib.rs", True),
        ("# graft src", False),
        ("recursive-include s* *.rs", True),
    ],
)
def test_what_a_manifest_takes(manifest: str, taken: bool) -> None:  # noqa: FBT001 - a parameter
    assert manifest_takes(manifest, "src/lib.rs") is taken
