"""A journal whose process is killed, really."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from pyo3ops.release.journal import FILE, Journal

from .conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from pyo3ops.release.journal import Journal
with Journal.open(Path(sys.argv[1])) as journal:
    if not journal.records:
        journal.append("planned")
    while True:
        record = journal.append("note", text="x" * 400)
        sys.stdout.write(f"{record.number}\\n")
        sys.stdout.flush()
"""


def test_what_was_written_outlives_sigkill(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), *filter(None, sys.path)))}
    told = 0
    for milliseconds in (0, 1, 3, 7, 20, 50):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, env=env
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            time.sleep(milliseconds / 1000)
            process.send_signal(signal.SIGKILL)
            lines = process.stdout.read().splitlines()
        told = int(lines[-1]) if lines and lines[-1].isdigit() else told
        # The lock went with the process, what is torn is set aside, and nothing that was told is lost.
        with Journal.open(tmp_path) as journal:
            assert len(journal.records) >= told
            told = len(journal.records)
    assert (tmp_path / FILE).read_bytes().count(b"\n") == told
