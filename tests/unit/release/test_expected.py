from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Project, matrix_from
from pyo3ops.release.expected import expected

from .trees import MATURIN, PURE, project, write

if TYPE_CHECKING:
    from pathlib import Path

WHEEL, SDIST = "pure-1.2.3-py3-none-any.whl", "pure-1.2.3.tar.gz"
TARGETS = '["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"]'
SETTINGS = f'[tool.pyo3ops]\npythons = ["3.12", "3.13"]\n[tool.pyo3ops.wheels]\ntargets = {TARGETS}\n'


@pytest.fixture
def pure(tmp_path: Path) -> Project:
    write(tmp_path, PURE["hatch"])
    return project(tmp_path, None)


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    write(tmp_path, {**MATURIN, "pyproject.toml": MATURIN["pyproject.toml"] + SETTINGS})
    found = project(tmp_path)
    pythons, source = matrix_from(found.config, (), None, (8, 15), "PyO3")
    return replace(found, pythons=pythons, pythons_from=source)


def test_a_pure_project_has_a_wheel_and_an_sdist(pure: Project) -> None:
    found = expected(pure)
    assert (found.name, found.version, found.planned, found.count) == ("pure", "1.2.3", None, 2)
    assert found.compare([WHEEL, SDIST]).complete
    assert found.compare([WHEEL, SDIST]).there == ((WHEEL, "py3-none-any"), (SDIST, "the sdist"))
    assert found.compare([WHEEL]).missing == ("the sdist",)
    assert found.compare([]).missing == ("py3-none-any", "the sdist")
    assert found.restricted([]) == found
    assert found.on("x86_64-unknown-linux-gnu") == found


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("other-1.2.3.tar.gz", "it is of other"),
        ("pure-1.2.4.tar.gz", "it is of version 1.2.4, not 1.2.3"),
        ("pure-1.2.3-cp312-cp312-linux_x86_64.whl", "has one wheel"),
        ("pure-1.2.3-1-py3-none-any.whl", f"{WHEEL} is py3-none-any already"),
        ("pure.zip", "Invalid wheel filename"),
    ],
)
def test_files_that_are_none_of_it(name: str, why: str, pure: Project) -> None:
    found = expected(pure).compare([WHEEL, SDIST, name])
    assert [row[0] for row in found.others] == [name]
    assert why in found.others[0][1]
    assert not found.complete
    assert found.missing == ()


def test_another_version_of_an_extension(tiny: Project) -> None:
    assert expected(tiny, "2.0.0-rc.1").version == "2.0.0rc1"


def test_another_version(pure: Project) -> None:
    assert expected(pure, "2.0-rc.1").version == "2.0rc1"
    with pytest.raises(ConfigError, match="none that an index takes"):
        expected(pure, "weekly")


def test_without_a_version(tmp_path: Path) -> None:
    text = '[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "pure"\ndynamic = ["version"]\n'
    write(tmp_path, {"pyproject.toml": text})
    with pytest.raises(ConfigError, match="no file says"):
        expected(project(tmp_path, None))
    assert expected(project(tmp_path, None), "1.0").version == "1.0"


def test_an_extension_has_the_planned_set(tiny: Project) -> None:
    found = expected(tiny)
    assert (found.name, found.version, found.count, found.sdist) == ("tiny", "1.2.3", 5, True)
    linux = "tiny-1.2.3-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    compared = found.compare([linux, "tiny-1.2.3.tar.gz", "odd.whl"])
    assert compared.there == ((linux, "cp312-cp312 x86_64-unknown-linux-gnu"), ("tiny-1.2.3.tar.gz", "the sdist"))
    assert compared.missing[0] == "cp313-cp313 x86_64-unknown-linux-gnu"
    assert [name for name, _ in compared.others] == ["odd.whl"]


def test_what_one_machine_builds(tiny: Project) -> None:
    found = expected(tiny)
    linux = "tiny-1.2.3-cp312-cp312-manylinux_2_17_x86_64.whl"
    part = found.restricted([linux, "tiny-1.2.3.tar.gz"])
    assert (part.count, part.elsewhere) == (2, 3)
    assert part.compare([linux, "tiny-1.2.3.tar.gz"]).complete
    assert (found.on("aarch64-apple-darwin").count, found.on("aarch64-apple-darwin").elsewhere) == (3, 2)


def test_crates_that_are_gathered_are_not_what_is_published(tiny: Project) -> None:
    pyproject = '[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "tools"\nversion = "1.2.3"\n'
    settings = '[tool.pyo3ops]\ncrates = ["examples/*"]\n'
    write(tiny.root, {"pyproject.toml": pyproject + settings})
    assert expected(project(tiny.root)).count == 2
