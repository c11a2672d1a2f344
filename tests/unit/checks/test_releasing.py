from __future__ import annotations

import pytest

from pyo3ops.checks import releasing as rules
from pyo3ops.checks.facts.versions import Stated, Versions
from pyo3ops.checks.verdict import ok, setting, skip, warn
from pyo3ops.core.model import Fix, Location

WHEEL = Stated("0.3.0", "Cargo.toml", 3)
MODULE = Stated("0.3.0", "python/crab/__init__.py", 7)


def test_one_version_everywhere() -> None:
    everywhere = Versions(WHEEL, (MODULE,), Stated("0.3.0", "CHANGELOG.md", 5), pending=True, tag=("v0.3.0", "0.3.0"))
    assert rules.versions(everywhere) == ok("0.3.0 in Cargo.toml, python/crab/__init__.py, CHANGELOG.md")


def test_a_version_that_is_computed() -> None:
    assert rules.versions(Versions(None)) == skip("no file says the wheel's version in so many words")


@pytest.mark.parametrize(
    ("wheel", "module"),
    [("1.0.0-rc.1", "1.0.0rc1"), ("1.0.0-alpha.2", "1.0.0a2"), ("1.2.0", "1.2"), ("1.0.0+abi", "weekly")],
)
def test_two_spellings_of_one_version(wheel: str, module: str) -> None:
    stated = Versions(Stated(wheel, "Cargo.toml", 3), (Stated(module, "crab/__init__.py", 1),))
    assert rules.versions(stated) == ok(f"{wheel} in Cargo.toml, crab/__init__.py")


def test_a_module_that_says_another_version() -> None:
    stated = Versions(WHEEL, (Stated("0.2.0", "crab/__init__.py", 4),), tag=("v0.4.0", "0.4.0"))
    fix = Fix("write 0.3.0 in crab/__init__.py, or read it with importlib.metadata.version")
    evidence = ["tag v0.4.0 is newer than 0.3.0 in Cargo.toml"]
    text = "crab/__init__.py says 0.2.0, Cargo.toml 0.3.0"
    assert rules.versions(stated) == warn(text, fix, evidence, Location("crab/__init__.py", 4))


def test_the_files_lead_between_releases() -> None:
    behind = Versions(WHEEL, (), Stated("0.2.0", "CHANGELOG.md", 5), pending=True, tag=("v0.2.0", "0.2.0"))
    assert rules.versions(behind) == ok("0.3.0 in Cargo.toml, CHANGELOG.md")
    development = Versions(Stated("0.3.0.dev1", "pyproject.toml", 3), (), Stated("0.2.0", "CHANGELOG.md", 5))
    assert rules.versions(development) == ok("0.3.0.dev1 in pyproject.toml, CHANGELOG.md")


def test_a_release_that_the_change_log_forgot() -> None:
    fix = Fix("add a section for 0.3.0 to CHANGES.rst")
    verdict = warn("CHANGES.rst ends at 0.2.0, Cargo.toml is 0.3.0", fix, where=Location("CHANGES.rst", 5))
    assert rules.versions(Versions(WHEEL, (), Stated("0.2.0", "CHANGES.rst", 5))) == verdict


@pytest.mark.parametrize(
    ("wheel", "key"),
    [(WHEEL, "package.version"), (Stated("0.3.0", "pyproject.toml", 2), "project.version")],
    ids=["cargo", "pyproject"],
)
def test_a_change_log_ahead(wheel: Stated, key: str) -> None:
    summary = f"raise the version in {wheel.path}, or head that section Unreleased"
    fix = setting(summary, wheel.path, key, "0.4.0")
    verdict = warn(f"CHANGELOG.md has 0.4.0, {wheel.path} is still 0.3.0", fix, where=Location("CHANGELOG.md", 5))
    assert rules.versions(Versions(wheel, (), Stated("0.4.0", "CHANGELOG.md", 5))) == verdict


def test_a_change_log_ahead_of_an_inherited_version() -> None:
    inherited = Versions(Stated("0.3.0", "crates/py/Cargo.toml"), (), Stated("0.4.0", "CHANGELOG.md", 5))
    fix = rules.versions(inherited).fix
    assert fix is not None
    assert fix.argv is None


def test_a_tag_ahead() -> None:
    fix = Fix("raise the version in Cargo.toml beyond the tag before the next release")
    verdict = warn("tag v1.0 is newer than 0.3.0 in Cargo.toml", fix, where=Location("Cargo.toml", 3))
    assert rules.versions(Versions(WHEEL, tag=("v1.0", "1.0"))) == verdict
