from __future__ import annotations

from pyo3ops.core.model import Finding, Status
from pyo3ops.render.families import Family, families, family_of


def test_the_worst_comes_first_and_the_rest_as_it_came() -> None:
    rows = [("b.1", Status.OK), ("a.1", Status.WARN), ("c.1", Status.OK), ("a.2", Status.FAIL), ("b.2", Status.OK)]
    findings = [Finding(identity, "t", status) for identity, status in rows]
    assert [(each.name, [one.id for one in each.findings], each.worst) for each in families(findings)] == [
        ("a", ["a.2", "a.1"], Status.FAIL),
        ("b", ["b.1", "b.2"], Status.OK),
        ("c", ["c.1"], Status.OK),
    ]


def test_no_findings_are_no_families() -> None:
    assert families(()) == []


def test_a_family_is_the_first_part_of_an_id() -> None:
    assert [family_of(each) for each in ("rust.msrv", "rust", "a.b.c", "")] == ["rust", "rust", "a", ""]
    assert Family("a", (Finding("a.b", "t", Status.SKIP), Finding("a.c", "t", Status.CRASH))).worst is Status.CRASH
