from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree as ET

from pyo3ops.profiling import flame_graph
from pyo3ops.profiling.folding import Call, Profile
from pyo3ops.profiling.layers import Layer


def profile(stacks: dict[tuple[str, ...], int]) -> Profile:
    counted = Counter({tuple(Call(name, Layer.CRATE) for name in stack): count for stack, count in stacks.items()})
    return Profile(counted, Counter({Layer.CRATE: sum(stacks.values())}), Counter())


def drawn(page: str) -> list[tuple[str, float, float, float]]:
    svg = ET.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])  # noqa: S314 - our own
    rows = []
    for group in svg.iter("g"):
        title, rect = group.find("title"), group.find("rect")
        assert title is not None
        assert rect is not None
        assert title.text
        x, width, y = (float(rect.get(key, "nan")) for key in ("x", "width", "y"))
        rows.append((title.text, x, width, y))
    return rows


def test_widths_are_samples_and_height_is_depth() -> None:
    page = flame_graph.render(profile({("a", "b"): 3, ("a",): 1, ("c",): 4}), "title", "subtitle")
    rows = {text.partition(":")[0]: values for text, *values in drawn(page)}
    assert rows["a"] == [0.0, 600.0, flame_graph.HEIGHT]
    assert rows["b"] == [0.0, 450.0, 0.0]
    assert rows["c"] == [600.0, 600.0, flame_graph.HEIGHT]
    assert "a: 4 samples, 50.0%, the crate" in page


def test_names_are_escaped_and_nothing_is_fetched() -> None:
    page = flame_graph.render(profile({('<script>alert("x")</script>&',): 1}), "<b>", "&")
    assert "<script>alert" not in page
    assert "<h1>&lt;b&gt;</h1>" in page
    assert not re.search(r"(?:src|href)\s*=|https?://|@import|url\(", page)
    assert drawn(page)


def test_what_is_too_narrow_is_counted() -> None:
    page = flame_graph.render(profile({("wide",): 100_000, ("narrow",): 1}), "t", "s")
    assert [row[0].partition(":")[0] for row in drawn(page)] == ["wide"]
    assert "1 calls are too narrow to be drawn." in page


def test_deeper_than_pythons_own_stack() -> None:
    page = flame_graph.render(profile({("f",) * 5000: 1}), "t", "s")
    assert len(drawn(page)) == 5000


def test_a_name_that_does_not_fit_loses_its_path_first() -> None:
    assert flame_graph._fitting("pyo3::types::list::new", 40) == "pyo3::types::list::new"
    assert flame_graph._fitting("pyo3::types::list::new", 10) == "new"
    assert flame_graph._fitting("pyo3::conversion::into_pyobject", 6) == "into_…"


def test_a_profile_of_nothing() -> None:
    assert drawn(flame_graph.render(profile({}), "t", "s")) == []
