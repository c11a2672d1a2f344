"""What two sets come to, from literals: no file is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.wheels.diff import content_findings, reach_findings
from pyo3ops.wheels.diff.compared import Compared, Step, step
from pyo3ops.wheels.diff.contents import Contents
from pyo3ops.wheels.diff.coverage import Offered, offered
from pyo3ops.wheels.diff.names import Names
from pyo3ops.wheels.diff.sides import Side
from pyo3ops.wheels.diff.tables import tables
from pyo3ops.wheels.inspection.crates import Crate, Linked

if TYPE_CHECKING:
    from pyo3ops.core.model import Finding

LINUX = "manylinux_2_17_x86_64"


def side(*tags: str, version: str = "1.0", sdist: bool = True, requires: str = ">=3.8", size: int = 1000) -> Side:
    names = [f"tiny-{version}-{tag}.whl" for tag in tags] + [f"tiny-{version}.tar.gz"] * sdist
    files = (offered(name, requires_python=requires, size=size) for name in names)
    return Side("tiny", version, "here", tuple(filter(None, files)))


def compared(old: Side, new: Side) -> Compared:
    return Compared(old, new, (), 10.0)


def found(old: Side, new: Side) -> dict[str, Finding]:
    return {each.id.partition(".")[2]: each for each in reach_findings.findings(compared(old, new))}


def statuses(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: each.status.value for name, each in findings.items() if each.status.value != "ok"}


def test_nothing_is_lost_where_nothing_changed() -> None:
    one = side(f"cp38-abi3-{LINUX}", "cp38-abi3-win_amd64")
    findings = found(one, one)
    assert statuses(findings) == {}
    assert list(findings) == ["platforms", "pythons", "requires-python", "sdist", "floor", "size"]
    assert not any(each.fix for each in findings.values())


def test_a_lost_platform() -> None:
    findings = found(
        side(f"cp38-abi3-{LINUX}", "cp38-abi3-win32", "cp38-abi3-win_amd64"),
        side(f"cp38-abi3-{LINUX}", "cp38-abi3-win_arm64"),
    )
    assert statuses(findings) == {"platforms": "fail"}
    assert findings["platforms"].detail == "2 of 3: Windows, win32"
    assert findings["platforms"].evidence == ("Windows, win32: 3.8", "Windows, win_amd64: 3.8")
    assert findings["platforms"].fix is not None


def test_one_wheel_for_both_kinds_of_mac_is_two() -> None:
    two = side("cp38-abi3-macosx_10_12_x86_64", "cp38-abi3-macosx_11_0_arm64")
    one = side("cp38-abi3-macosx_10_12_universal2")
    assert statuses(found(two, one)) == statuses(found(one, two)) == {}


def test_a_lost_python() -> None:
    old = side(f"cp38-cp38-{LINUX}", f"cp39-cp39-{LINUX}", f"cp313-cp313t-{LINUX}", "cp39-cp39-win32")
    new = side(f"cp39-abi3-{LINUX}", "cp39-abi3-win32")
    findings = found(old, new)
    assert statuses(findings) == {"pythons": "fail"}
    assert findings["pythons"].detail == "users of 3.8, 3.13t get no wheel any more"
    assert findings["pythons"].evidence == ("3.8, 3.13t: Linux with glibc, x86_64",)


def test_a_python_that_is_dropped_by_name() -> None:
    old = side(f"cp38-abi3-{LINUX}", f"cp312-cp312-{LINUX}")
    new = side(f"cp310-abi3-{LINUX}", requires=">=3.10")
    findings = found(old, new)
    assert statuses(findings) == {"requires-python": "warn"}
    assert findings["requires-python"].detail == ">=3.10 drops 3.8 to 3.9"


def test_a_python_that_is_dropped_while_another_is_lost() -> None:
    old = side(f"cp38-cp38-{LINUX}", f"cp310-cp310-{LINUX}", f"cp312-cp312-{LINUX}")
    new = side(f"cp312-cp312-{LINUX}", requires=">=3.9")
    findings = found(old, new)
    assert statuses(findings) == {"pythons": "fail", "requires-python": "warn"}
    assert findings["pythons"].detail == "users of 3.10 get no wheel any more"
    assert findings["requires-python"].detail == ">=3.9 drops 3.8"


def test_the_source_distribution() -> None:
    tag = f"cp38-abi3-{LINUX}"
    assert found(side(tag), side(tag, sdist=False))["sdist"].status.value == "fail"
    assert found(side(tag, sdist=False), side(tag, sdist=False))["sdist"].status.value == "skip"
    assert found(side(tag, sdist=False), side(tag))["sdist"].detail == "it is new"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("manylinux_2_17_x86_64", "manylinux_2_28_x86_64", "Linux with glibc, x86_64: 2.17 before, 2.28 now"),
        ("manylinux1_i686", "manylinux2014_i686", "Linux with glibc, i686: 2.5 before, 2.17 now"),
        ("musllinux_1_1_aarch64", "musllinux_1_2_aarch64", "Linux with musl, aarch64: 1.1 before, 1.2 now"),
        ("macosx_10_12_x86_64", "macosx_11_0_x86_64", "macOS, x86_64: 10.12 before, 11.0 now"),
        ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", None),
        ("linux_x86_64", "manylinux_2_17_x86_64", None),
        ("win_amd64", "win_amd64", None),
    ],
)
def test_a_raised_floor(old: str, new: str, said: str | None) -> None:
    finding = found(side(f"cp38-abi3-{old}"), side(f"cp38-abi3-{new}"))["floor"]
    assert finding.status.value == ("warn" if said else "ok")
    assert not said or finding.detail == said
    assert not said or finding.evidence == (f"{said} (3.8)",)


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [(10**6, 1.2 * 10**6, "warn"), (10**6, 1.05 * 10**6, "ok"), (1000, 5000, "ok"), (10**6, 10**5, "ok")],
)
def test_growth(before: int, after: float, status: str) -> None:
    tag = f"cp38-abi3-{LINUX}"
    finding = found(side(tag, size=before), side(tag, size=int(after)))["size"]
    assert finding.status.value == status


def test_nothing_to_compare_sizes_with() -> None:
    assert found(side("cp38-abi3-win32"), side(f"cp38-abi3-{LINUX}"))["size"].status.value == "skip"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1.2.3", "1.2.3", Step.SAME),
        ("1.2", "1.2.0", Step.SAME),
        ("1.2.3", "1.2.4", Step.PATCH),
        ("1.2.3", "1.3.0", Step.MINOR),
        ("1.2.3", "2.0.0rc1", Step.MAJOR),
        ("0.2.3", "0.3.0", Step.MAJOR),
        ("0.2.3", "0.2.4", Step.PATCH),
        ("2025.1", "2026.1", Step.CALENDAR),
        ("0.30.0", "2026.5.1", Step.CALENDAR),
        ("2.0", "1.0", Step.MAJOR),
    ],
)
def test_steps(old: str, new: str, expected: Step) -> None:
    assert step(old, new) is expected


(WHEEL,) = side(f"cp38-abi3-{LINUX}", sdist=False).files
PLAIN = Contents(
    WHEEL,
    metadata={"license-expression": ("MIT",), "requires-dist": ("a>=1", "b; extra == 'x'"), "summary": ("S",)},
    entry_points=frozenset({"console_scripts: tiny = tiny:main"}),
    libraries=frozenset({"libc.so.6"}),
    sections={".text": 100, ".rodata": 10},
    crate_sizes={"tiny": 50},
    linked=Linked((Crate("serde", "1.0.0", "MIT OR Apache-2.0"), Crate("libc", "0.2.1", "MIT")), "the SBOM"),
    names=Names({"tiny": frozenset({"f", "g"})}, source="stubs"),
)


def read(old: Contents, new: Contents, versions: tuple[str, str] = ("1.0", "1.1")) -> dict[str, Finding]:
    before, after = (replace(side(), version=version) for version in versions)
    both = Compared(before, after, ((old, new),), 10.0)
    return {each.id.partition(".")[2]: each for each in content_findings.findings(both)}


def test_the_same_contents() -> None:
    findings = read(PLAIN, PLAIN)
    assert statuses(findings) == {}
    assert list(findings) == ["dependencies", "libraries", "crates", "names", "entry-points", "licence"]


def test_dependencies() -> None:
    def with_(*requirements: str) -> Contents:
        return replace(PLAIN, metadata={**PLAIN.metadata, "requires-dist": requirements})

    same = read(PLAIN, with_("a >= 1", 'b ; extra == "x"'))["dependencies"]
    assert (same.status.value, same.evidence) == ("ok", ())
    more = read(PLAIN, with_("a>=1", "b; extra == 'x'", "c"))["dependencies"]
    assert (more.status.value, more.detail, more.evidence) == ("warn", "new: c", ("new: c",))
    extra = read(PLAIN, with_("a>=1", "b; extra == 'x'", "c; extra == 'x'"))["dependencies"]
    assert extra.status.value == "ok"
    fewer = read(PLAIN, with_("not a requirement at all"))["dependencies"]
    assert fewer.evidence == ("new: not a requirement at all", "gone: a>=1", 'gone: b; extra == "x"')
    newer = read(with_("a-b>=1"), with_("A_b>=2"))["dependencies"]
    assert (newer.status.value, newer.evidence) == ("ok", ("new: a-b>=2", "gone: a-b>=1"))
    respelt = read(with_("a-b>=1"), with_("A_B >= 1"))["dependencies"]
    assert respelt.evidence == ()


def test_libraries() -> None:
    more = read(PLAIN, replace(PLAIN, libraries=frozenset({"libc.so.6", "libssl.so.3"})))["libraries"]
    assert (more.status.value, more.detail) == ("warn", f"new: libssl.so.3 (cp38-abi3-{LINUX})")
    assert read(PLAIN, replace(PLAIN, libraries=None))["libraries"].status.value == "skip"
    assert read(PLAIN, replace(PLAIN, libraries=frozenset()))["libraries"].status.value == "ok"


def test_crates() -> None:
    linked = Linked((Crate("serde", "1.0.1", "MIT"), Crate("gpl", "1.0.0", "GPL-3.0"), Crate("x", "1.0.0")), "the SBOM")
    finding = read(PLAIN, replace(PLAIN, linked=linked))["crates"]
    assert finding.status.value == "warn"
    assert finding.detail == "gpl: GPL-3.0; 2 new crates, 1 gone, 1 of another version (the SBOM)"
    assert finding.evidence == ("gpl: GPL-3.0",)
    other = replace(PLAIN, linked=replace(linked, source="cargo-auditable"))
    assert read(PLAIN, other)["crates"].detail.startswith("the SBOM before, cargo-auditable now")
    nothing = replace(PLAIN, linked=Linked())
    assert read(nothing, nothing)["crates"].status.value == "skip"


@pytest.mark.parametrize(
    ("versions", "status"),
    [
        (("1.0", "1.0"), "fail"),
        (("1.0", "1.0.1"), "fail"),
        (("1.0", "1.1"), "fail"),
        (("1.0", "2.0"), "warn"),
        (("0.1", "0.2"), "warn"),
        (("0.1.0", "0.1.1"), "fail"),
        (("2025.1", "2025.2"), "warn"),
    ],
)
def test_what_is_gone_is_judged_by_the_version(versions: tuple[str, str], status: str) -> None:
    new = replace(PLAIN, names=Names({"tiny": frozenset({"f", "h"})}, source="stubs"), entry_points=frozenset())
    findings = read(PLAIN, new, versions)
    assert (findings["names"].status.value, findings["names"].evidence) == (status, ("tiny.g",))
    assert findings["entry-points"].status.value == status
    assert findings["entry-points"].evidence == ("console_scripts: tiny = tiny:main",)
    assert all(findings[name].fix for name in ("names", "entry-points"))


def test_an_entry_point_that_leads_elsewhere_is_there() -> None:
    new = replace(PLAIN, entry_points=frozenset({"console_scripts: tiny = tiny.cli:main"}))
    assert read(PLAIN, new)["entry-points"].status.value == "ok"


(SDIST,) = side().files


@pytest.mark.parametrize("sdist_first", [True, False])
def test_an_sdist_has_no_names_and_entry_points_to_compare(sdist_first: bool) -> None:  # noqa: FBT001
    sdist = Contents(SDIST, metadata=PLAIN.metadata)
    findings = read(*((sdist, PLAIN) if sdist_first else (PLAIN, sdist)))
    assert statuses(findings) == dict.fromkeys(("libraries", "crates", "names", "entry-points"), "skip")
    assert {findings[name].detail for name in ("names", "entry-points")} == {"no pair of wheels to compare"}


def test_what_an_sdist_leaves_open_is_not_new() -> None:
    sdist = Contents(SDIST, metadata={**PLAIN.metadata, "requires-dist": (), "dynamic": ("Requires-Dist",)})
    finding = read(sdist, PLAIN)["dependencies"]
    assert (finding.status.value, finding.detail) == ("skip", "the sdist leaves it to the build what it needs")


def test_where_nothing_was_read_nothing_is_the_same() -> None:
    findings = content_findings.findings(compared(side(), side()))
    assert {each.status.value for each in findings} == {"skip"}


def test_new_names() -> None:
    finding = read(PLAIN, replace(PLAIN, names=Names({"tiny": frozenset("fgh")}, source="stubs")))["names"]
    assert (finding.status.value, finding.detail, finding.evidence) == ("ok", "by stubs; 1 new", ("new: tiny.h",))


def test_names_that_nothing_tells() -> None:
    opaque = replace(PLAIN, names=Names({}, frozenset({"tiny"}), source="nothing"))
    assert "--import" in read(opaque, opaque)["names"].detail
    finding = read(PLAIN, replace(PLAIN, silent="No module named 'a'"))["names"]
    assert (finding.status.value, finding.detail) == ("unknown", f"{WHEEL.name}: No module named 'a'")
    assert finding.fix is not None


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"license": ("MIT",)}, {"license-expression": ("MIT",)}, ()),
        ({"classifier": ("License :: OSI Approved :: MIT License",)}, {"classifier": ()}, ("gone: MIT License",)),
        ({"license": ("MIT\n\nthe text",)}, {"license": ("Apache",)}, ("gone: MIT", "new: Apache")),
        ({"license-file": ("A", "B")}, {"license-file": ("A",)}, ("gone: B",)),
        ({}, {}, ()),
    ],
)
def test_licences(old: dict[str, tuple[str, ...]], new: dict[str, tuple[str, ...]], lines: tuple[str, ...]) -> None:
    finding = read(replace(PLAIN, metadata=old), replace(PLAIN, metadata=new))["licence"]
    assert (finding.evidence, finding.status.value) == (lines, "warn" if lines else "ok")


def test_tables_show_what_differs_and_nothing_else() -> None:
    new = replace(
        PLAIN,
        metadata={**PLAIN.metadata, "summary": ("T",), "keywords": ("k",)},
        sections={".text": 150, ".data": 1},
        crate_sizes={"tiny": 40, "serde": 20},
        linked=Linked((Crate("libc", "0.2.1", "MIT"), Crate("serde", "1.0.1", "MIT")), "the SBOM"),
    )
    tag = f"cp38-abi3-{LINUX}"
    both = Compared(side(tag), side(tag, "cp38-abi3-win32", version="1.1", size=1100), ((PLAIN, new),), 10.0)
    shown = {table.title: table.rows for table in tables(both)}
    assert shown == {
        "Who can install it": (
            ("Linux with glibc, x86_64", "3.8", "3.8", "2.17", "2.17"),
            ("Windows, win32", "", "3.8", "", ""),
        ),
        "Wheels": ((tag, 1000, 1100, 10.0),),
        f"Sections of {tag}": ((".text", 100, 150, 50.0), (".rodata", 10, None, None), (".data", None, 1, None)),
        f"Crates in {tag}": (("serde", None, 20, None), ("tiny", 50, 40, -20.0)),
        "Linked crates that differ": (("serde", "1.0.0", "1.0.1", "MIT"),),
        "Metadata": (("keywords", "", "k"), ("summary", "S", "T")),
    }
    assert [table.title for table in tables(Compared(side(tag), side(tag), ((PLAIN, PLAIN),), 10.0))] == [
        "Who can install it"
    ]


def test_a_long_table_says_what_it_leaves_out() -> None:
    many = replace(PLAIN, sections={f".{number}": number for number in range(1, 101)})
    both = Compared(side(), side(), ((replace(PLAIN, sections={}), many),), 10.0)
    (table,) = (table for table in tables(both) if table.title.startswith("Sections"))
    assert len(table.rows) == 30
    assert table.note.endswith("The 70 that changed least are left out.")


def test_offered_files_of_a_pair_may_have_no_size() -> None:
    files = (Offered(WHEEL.name, "tiny", "1.0", WHEEL.tags),)
    bare = Side("tiny", "1.0", "here", files)
    assert found(bare, bare)["size"].status.value == "skip"
