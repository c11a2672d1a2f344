"""The conversion reference in a real browser: it asks for nothing, is found through by words, and fits a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.conversions import page, rows, survey

from .chromium import Browser, find_chromium

if TYPE_CHECKING:
    from pathlib import Path

#: CSS pixels of a small phone.
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
SEARCH = """(() => {{
  const input = document.querySelector('input');
  input.value = {text!r};
  input.dispatchEvent(new Event('input', {{bubbles: true}}));
  const shown = [...document.querySelectorAll('.row')].filter(row => row.offsetHeight > 0);
  return [document.querySelector('output').textContent, shown.map(row => row.querySelector('code').textContent)];
}})()"""


@pytest.fixture(scope="module")
def chromium() -> str:
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium here")
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    every = rows.load()
    path = tmp_path_factory.mktemp("page") / "types.html"
    path.write_text(page.html(survey.recorded(), every, every.rows), encoding="utf-8")
    return path


def test_it_asks_for_nothing_and_has_every_row(chromium: str, file: Path) -> None:
    with Browser.started(chromium) as browser:
        browser.open(file)
        assert browser.requests == [file.as_uri()]
        assert browser.messages == []
        assert browser.evaluate("document.querySelectorAll('.row').length") == len(rows.load().rows)
        # A page that is sent to somebody.
        assert file.stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("text", "label"), [("vec<u8>", "Vec<u8>"), ("uuid", "uuid::Uuid"), ("panicexception dict", "BTreeMap<i64, i64>")]
)
def test_words_find_types_by_name_and_by_what_is_said(chromium: str, file: Path, text: str, label: str) -> None:
    with Browser.started(chromium) as browser:
        browser.open(file)
        number = len(rows.load().rows)
        assert browser.evaluate("document.querySelector('output').textContent") == f"{number} types"
        told, shown = browser.evaluate(SEARCH.format(text=text))
        assert label in shown
        assert len(shown) < number / 4
        assert told == f"{len(shown)} of {number} types"
        assert browser.evaluate(SEARCH.format(text="nothing has this name")) == [f"0 of {number} types", []]


def test_an_address_opens_its_row(chromium: str, file: Path) -> None:
    with Browser.started(chromium) as browser:
        browser.open(file)
        browser.evaluate("location.hash = 'vec-u8'")
        assert browser.evaluate(
            "new Promise(done => setTimeout(() => done(document.getElementById('vec-u8').open), 100))"
        )


def test_it_fits_a_phone(chromium: str, file: Path, tmp_path: Path) -> None:
    with Browser.started(chromium) as browser:
        browser.call("Emulation.setDeviceMetricsOverride", **PHONE)
        browser.open(file)
        browser.evaluate("document.querySelectorAll('.row').forEach(row => row.open = true)")
        assert browser.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        browser.evaluate("document.getElementById('vec-u8').scrollIntoView()")
        browser.screenshot(tmp_path / "phone.png")
