from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.tools import elf
from pyo3ops.wheels.inspection import crates, licences
from pyo3ops.wheels.inspection.binaries import Binary, Format
from pyo3ops.wheels.inspection.crates import Crate

from .made import ELF, INFO, METADATA, PART, asked, linux, member, says, sdist, wheel, word

if TYPE_CHECKING:
    from pathlib import Path

BOM = INFO + "sboms/pkg.cyclonedx.json"
OWN = {INFO + "METADATA": METADATA, INFO + "licenses/LICENSE": "MIT License\n"}


def component(name: str, licence: str = "MIT", **more: Any) -> dict[str, Any]:
    row = {"bom-ref": name, "name": name, "version": "1.0.0", "purl": f"pkg:cargo/{name}@1.0.0", "scope": "required"}
    return {**row, "licenses": [{"expression": licence}], **more}


def sbom(*components: dict[str, Any], edges: dict[str, list[str]] | None = None) -> str:
    rows = [{"ref": key, "dependsOn": value} for key, value in (edges or {}).items()]
    about = {"component": {"bom-ref": "pkg", "name": "pkg"}}
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "metadata": about,
            "components": components,
            "dependencies": rows,
        }
    )


def test_the_licence_of_the_project(tmp_path: Path) -> None:
    assert says(licences.licence, wheel(files=OWN, folder=tmp_path)).detail == "MIT: LICENSE"
    old = {INFO + "METADATA": METADATA, INFO + "LICENSE": "MIT"}
    assert word(licences.licence, wheel(files=old, folder=tmp_path)) == "ok"
    gone = {INFO + "METADATA": METADATA}
    said = says(licences.licence, wheel(files=gone, folder=tmp_path))
    assert (said.status, said.detail) == (Status.FAIL, "License-File names LICENSE, which is not there")
    older = {INFO + "METADATA": METADATA.replace("2.4", "2.1")}
    assert word(licences.licence, wheel(files=older, folder=tmp_path)) == "warn"
    none = {INFO + "METADATA": METADATA.replace("License-File: LICENSE\n", "")}
    assert says(licences.licence, wheel(files=none, folder=tmp_path)).detail == "no licence text is in it"
    silent = {**OWN, INFO + "METADATA": "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n"}
    assert "nothing in the metadata says" in says(licences.licence, wheel(files=silent, folder=tmp_path)).detail
    assert word(licences.licence, wheel()) == "skip"


def test_the_licence_of_an_sdist(tmp_path: Path) -> None:
    assert word(licences.licence, sdist({"PKG-INFO": METADATA, "LICENSE": ""}, tmp_path)) == "ok"
    assert word(licences.licence, sdist({"PKG-INFO": METADATA}, tmp_path)) == "fail"


@pytest.mark.parametrize(
    ("licence", "asks"),
    [
        ("MIT", True),
        ("MIT OR Apache-2.0", True),
        ("MIT/Apache-2.0", True),
        ("Unlicense OR MIT", False),
        ("Unlicense/MIT", False),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", True),
        ("0BSD OR MIT OR Apache-2.0", False),
        ("MIT-0", False),
        ("", True),
    ],
)
def test_licences_that_ask_for_their_text(licence: str, asks: bool) -> None:  # noqa: FBT001 - a row of a table
    assert Crate("a", "1.0.0", licence).asks is asks


def test_texts_of_crates(tmp_path: Path) -> None:
    files = {**OWN, BOM: sbom(component("serde"), component("libc"), component("memchr", "Unlicense OR MIT"))}
    said = says(licences.crate_licences, wheel(linux(), files=files, folder=tmp_path))
    assert said.status is Status.WARN
    assert said.detail == ("2 of 2 crates that ask for their licence text (the SBOM has them) are in no licence file")
    assert said.evidence == ("libc 1.0.0 (MIT)", "serde 1.0.0 (MIT)")
    each = {f"{INFO}licenses/crates/{name}-1.0.0/LICENSE-MIT": "MIT" for name in ("serde", "libc")}
    assert word(licences.crate_licences, wheel(linux(), files={**files, **each}, folder=tmp_path)) == "ok"
    bundled = {**files, INFO + "licenses/THIRDPARTY.yml": "serde: MIT ...\nlibc: MIT ...\n"}
    assert word(licences.crate_licences, wheel(linux(), files=bundled, folder=tmp_path)) == "ok"
    beside = {**files, "pkg/THIRD-PARTY-LICENSES.html": "<h2>serde</h2> <h2>libc-print</h2>"}
    said = says(licences.crate_licences, wheel(linux(), files=beside, folder=tmp_path))
    assert (said.status, said.evidence) == (Status.OK, ("libc 1.0.0 (MIT)",))


def test_no_crate_is_known(tmp_path: Path) -> None:
    binary = Binary(member("pkg/pkg.abi3.so", b"nothing", tmp_path), Format.ELF, (PART,), ELF)
    assert word(licences.crate_licences, wheel(binary, files=OWN, folder=tmp_path)) == "skip"
    assert word(licences.crate_licences, wheel(files=OWN, folder=tmp_path)) == "skip"


def test_what_only_compiles_is_not_linked(tmp_path: Path) -> None:
    rows = [
        component("pyo3"),
        component("pyo3-macros"),
        component("syn"),
        component("unsynn"),
        component("pyo3-build-config", scope="excluded"),
    ]
    edges = {"pkg": ["pyo3"], "pyo3": ["pyo3-macros", "pyo3-build-config"], "pyo3-macros": ["syn", "unsynn"]}
    found = wheel(linux(), files={BOM: sbom(*rows, edges=edges)}, folder=tmp_path)
    assert crates.linked(found, asked()).crates == (Crate("pyo3", "1.0.0", "MIT"),)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"components": 3}', '{"components": [1, {"purl": 2}]}'])
def test_sboms_of_every_kind_are_survived(text: str, tmp_path: Path) -> None:
    binary = Binary(member("pkg/pkg.abi3.so", b"nothing", tmp_path), Format.ELF, (PART,), ELF)
    assert crates.linked(wheel(binary, files={BOM: text}, folder=tmp_path), asked()).crates == ()


def test_cargo_auditable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        {"name": "serde", "version": "1.0.0", "source": "registry"},
        {"name": "cc", "version": "1.0.0", "source": "registry", "kind": "build"},
        {"name": "pkg", "version": "1.0.0", "source": "local", "root": True},
    ]
    data = zlib.compress(json.dumps({"packages": listed}).encode())
    monkeypatch.setattr(elf, "section", lambda *_: data)
    binary = Binary(member("pkg/pkg.abi3.so", b"nothing", tmp_path), Format.ELF, (PART,), ELF)
    found = crates.linked(wheel(binary), asked(env={"CARGO_HOME": str(tmp_path)}))
    assert (found.source, found.crates) == ("cargo-auditable", (Crate("serde", "1.0.0"),))
    monkeypatch.setattr(elf, "section", lambda *_: data[:-4])
    crates.linked(wheel(binary), asked())
    monkeypatch.setattr(elf, "section", lambda *_: b"no zlib")
    assert crates.linked(wheel(binary), asked()).crates == ()


def test_panics_name_crates_and_their_manifests_the_licence(tmp_path: Path) -> None:
    registry = b"/root/.cargo/registry/src/index-0/"
    content = registry + b"serde_json-1.0.99/src/de.rs" + registry + b"a-b-2.0.0-rc.1/x.rs"
    binary = Binary(member("pkg/pkg.abi3.so", content, tmp_path), Format.ELF, (PART,), ELF)
    unpacked = tmp_path / "registry/src/index-0/serde_json-1.0.99"
    unpacked.mkdir(parents=True)
    (unpacked / "Cargo.toml").write_text('[package]\nname = "serde_json"\nlicense = "MIT OR Apache-2.0"\n')
    found = crates.linked(wheel(binary), asked(env={"CARGO_HOME": str(tmp_path)}))
    assert found.source == "paths in panic messages"
    assert found.crates == (Crate("a-b", "2.0.0-rc.1"), Crate("serde_json", "1.0.99", "MIT OR Apache-2.0"))


def test_a_promised_sbom(tmp_path: Path) -> None:
    there = wheel(linux(), files={BOM: sbom(component("serde"))}, folder=tmp_path)
    assert says(licences.sbom, there).detail == f"{BOM}: CycloneDX 1.5, 1 components"
    none = wheel(linux(), files=OWN, folder=tmp_path)
    assert word(licences.sbom, none) == "skip"
    for settings, status in (
        ({"sbom": {"rust": True}}, "warn"),
        ({"sbom": {}}, "warn"),
        ({"sbom": {"rust": False}}, "skip"),
        ({"sbom": {"rust": False, "include": ["x.json"]}}, "warn"),
        ({}, "skip"),
    ):
        assert word(licences.sbom, none, asked(settings={"tool": {"maturin": settings}})) == status
    listed = {**OWN, INFO + "RECORD": f"{BOM},sha256=x,1\n"}
    assert (
        says(licences.sbom, wheel(linux(), files=listed, folder=tmp_path)).detail
        == "there is none, and RECORD lists one"
    )
    broken = wheel(linux(), files={BOM: "{"}, folder=tmp_path)
    assert says(licences.sbom, broken).status is Status.WARN


def test_the_licence_of_the_crate_itself_is_the_projects(tmp_path: Path) -> None:
    found = wheel(linux(), files={BOM: sbom(component("pkg"), component("serde"))}, folder=tmp_path)
    assert [crate.name for crate in crates.linked(found, asked()).crates] == ["serde"]


@pytest.mark.parametrize("told", ["5", '"ab"', '{"a": 1}', "null"])
def test_dependencies_of_any_type_crash_nothing(told: str, tmp_path: Path) -> None:
    rows = '[{"bom-ref": "a", "name": "a", "version": "1.0.0", "purl": "pkg:cargo/a@1.0.0"}]'
    text = f'{{"components": {rows}, "dependencies": [{{"ref": "a", "dependsOn": {told}}}]}}'
    found = crates.linked(wheel(files={INFO + "sboms/a.json": text}, folder=tmp_path), asked())
    assert [each.name for each in found.crates] == ["a"]
