"""HTML reports in a real browser: nothing is asked for, every row is there without script, and large ones open fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.render import html

from .chromium import Browser, Page, find_chromium

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = 10_000

SHOWN = "[...document.querySelectorAll('.list > li')].filter(row => row.offsetHeight > 0).length"
CHOOSE = """(async () => {{
  const form = document.querySelector('.filter');
  form.querySelector('[type=search]').value = {text!r};
  for (const box of form.querySelectorAll('[type=checkbox]')) box.checked = {statuses}.includes(box.value);
  form.dispatchEvent(new Event('input', {{bubbles: true}}));
  await new Promise(done => setTimeout(done, 400));
  return form.querySelector('output').textContent;
}})()"""


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium here")
    return found


def report(number: int) -> Report:
    statuses = sorted(Status)
    findings = tuple(
        Finding(
            f"{('rust', 'python', 'project')[index % 3]}.check-{index}",
            f"number {index} <b onclick=alert(1)>&amp;</b>",
            statuses[index % len(statuses)],
            f"detail of {index} <img src=https://evil.example/{index}.png>",
            ("<script>document.title = 'owned'</script>", "x" * 60),
            Fix("do it", ("pip", "install", "x>=1")),
            link="https://docs.example",
        )
        for index in range(number)
    )
    table = Table("times", (Column("name"), Column("time", "s")), (("a", 1.5), ("b", None)))
    host = Host("Linux", "6.8", "x86_64", "3.11.7", "0.1.0")
    return Report("validate", "crate", host, (Fact("rustc", "1.95"),), findings, (table,), seconds=0.5)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("html") / "large.html"
    file.write_text(html.render(report(NUMBER)), encoding="utf-8")
    return file


def test_ten_thousand_findings_ask_for_nothing(chromium: str, large: Path) -> None:
    # How long it takes is for benchmarks/html_page.py to say: a machine that is shared would fail here for its load.
    page = Page.open(chromium, large)
    assert page.requests == ()
    assert page.painted < page.document or page.painted == 0


def test_every_row_is_there_without_script(chromium: str, large: Path) -> None:
    with Browser.started(chromium) as browser:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.open(large)
        tree = browser.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        found = browser.call("DOM.querySelectorAll", nodeId=tree, selector=".list > li")["nodeIds"]
        assert len(found) == NUMBER
        form = browser.call("DOM.querySelectorAll", nodeId=tree, selector="form[hidden]")["nodeIds"]
        assert len(form) == 1
        size = browser.call("DOM.getBoxModel", nodeId=found[-1])["model"]
        assert size["height"] > 0
        assert browser.requests == [large.as_uri()]


def test_nothing_from_outside_runs_or_loads(chromium: str, large: Path) -> None:
    with Browser.started(chromium) as browser:
        browser.open(large)
        assert browser.evaluate("document.title") == "validate: crate"
        assert browser.evaluate("document.images.length + document.scripts.length") == 1
        # Nor does what a later mistake might let through: the policy stops it.
        browser.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=https://evil.example/x.png>')")
        browser.evaluate("new Promise(done => setTimeout(done, 300))")
        assert any("Content Security Policy" in message for message in browser.messages)


@pytest.mark.parametrize(
    ("text", "statuses", "told"),
    [
        ("", ["fail"], "1666 of 10000 findings"),
        ("NUMBER 9999", [each.value for each in Status], "1 of 10000 findings"),
        ("detail 1234", ["ok", "skip", "warn", "unknown", "fail", "crash"], "1 of 10000 findings"),
        ("", [each.value for each in Status], "10000 findings"),
        ("nowhere", ["ok"], "0 of 10000 findings"),
    ],
)
def test_findings_can_be_filtered(text: str, statuses: list[str], told: str, chromium: str, large: Path) -> None:
    with Browser.started(chromium) as browser:
        browser.open(large)
        assert browser.messages == []
        assert browser.evaluate(CHOOSE.format(text=text, statuses=statuses)) == told
        assert browser.evaluate(SHOWN) == int(told.split(maxsplit=1)[0])
        hidden = browser.evaluate("document.querySelectorAll('section.family[hidden]').length")
        # Each status stands in one of the three families.
        assert hidden == (3 if told.startswith("0 ") else 0 if told == "10000 findings" else 2)


@pytest.mark.parametrize("width", [320, 400, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_its_window(width: int, scheme: str, chromium: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(html.render(report(50)), encoding="utf-8")
    with Browser.started(chromium) as browser:
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", features=features)
        browser.open(file)
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
        ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(246, 247, 249)", "dark": "rgb(15, 19, 24)"}[scheme]


def test_what_is_printed_is_all_of_it(chromium: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(html.render(report(50)), encoding="utf-8")
    with Browser.started(chromium) as browser:
        browser.open(file)
        browser.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert browser.evaluate("document.querySelectorAll('details:not([open])').length") == 0
        browser.call("Emulation.setEmulatedMedia", media="print")
        assert browser.evaluate("document.querySelector('.filter').offsetHeight") == 0
        assert browser.evaluate(SHOWN) == 50
