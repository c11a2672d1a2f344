"""A headless Chromium that opens a page and tells what it did, by the DevTools protocol over a pipe."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterator

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Neither a sandbox, which root has not, nor what the browser asks the network for by itself.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
#: Chromium reads from descriptor 3 and writes to 4.
MOVE = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
TIMES = """(() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return [page.domContentLoadedEventEnd, page.loadEventEnd, paint ? paint.startTime : 0];
})()"""


def find_chromium() -> str | None:
    """The first Chromium on PATH."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def _profile() -> Iterator[str]:
    """A folder for the browser, which may still write into it while it is taken away."""
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Browser:
    """One tab of a running Chromium, driven by `call`; what it asked the network for is in `requests`."""

    def __init__(self, process: subprocess.Popen[bytes], commands: int, answers: int) -> None:
        self._process = process
        self._commands, self._answers = commands, answers
        self._number, self._buffer, self._session = 0, b"", ""
        self.requests: list[str] = []
        self.events: list[str] = []
        self.messages: list[str] = []

    @staticmethod
    @contextlib.contextmanager
    def started(chromium: str, width: int = 1100, height: int = 900) -> Iterator[Browser]:
        """A browser in a fresh profile, which ends with the block."""
        commands_in, commands = os.pipe()
        answers, answers_out = os.pipe()
        with _profile() as profile:
            flags = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"]
            ends = [fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (commands_in, answers_out)]
            process = subprocess.Popen(
                [sys.executable, "-c", MOVE, *map(str, ends), chromium, *flags],
                pass_fds=ends,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for each in (commands_in, answers_out, *ends):
                os.close(each)
            try:
                browser = Browser(process, commands, answers)
                browser._attach()
                yield browser
            finally:
                process.kill()
                process.wait()
                os.close(commands)
                os.close(answers)

    def _attach(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        # Processor time, not time: what else the machine does is not counted.
        self.call("Performance.enable", timeDomain="threadTicks")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Send one command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, file: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.requests.clear()
        self.events.clear()
        self.call("Page.navigate", url=file.absolute().as_uri())
        while "Page.loadEventFired" not in self.events:
            self._read()

    def evaluate(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Write a PNG of what is in sight."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._answers, 1 << 20)
            if not part:
                raise RuntimeError(f"Chromium ended with {self._process.wait()}")
            self._buffer += part
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        method, params = message.get("method", ""), message.get("params", {})
        self.events.append(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded":
            self.messages.append(params["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.messages.append(params["exceptionDetails"]["text"])
        return message


@dataclass(frozen=True)
class Page:
    """What a browser did with one file; times in seconds from the start of the navigation."""

    document: float
    loaded: float
    painted: float
    #: Processor seconds of the page's main thread: parsing, layout, script and paint.
    busy: float
    #: Addresses asked for, the file itself not among them.
    requests: tuple[str, ...]

    @staticmethod
    def open(chromium: str, file: Path) -> Page:
        """Open a file in a fresh browser, and wait for it to be painted."""
        with Browser.started(chromium) as browser:
            browser.open(file)
            browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")
            metrics = browser.call("Performance.getMetrics")["metrics"]
            busy = next(each["value"] for each in metrics if each["name"] == "TaskDuration")
            document, loaded, painted = (milliseconds / 1000 for milliseconds in browser.evaluate(TIMES))
            requests = tuple(url for url in browser.requests if url != file.absolute().as_uri())
        return Page(document, loaded, painted, busy, requests)
