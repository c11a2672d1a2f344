"""Record what perf script and py-spy print of the calculator example: `python ci/recorders/profiles.py` (Linux).

Needs an environment with the example installed for 3.13 and for 3.11: `pyo3ops perf calculator --python 3.13`, and
3.11, leave one in .pyo3ops/perf. A few samples are kept, those in which Python calls Rust; paths are made neutral.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "tools"
KEPT = 12

WORKLOAD = """
import calculator
import time
EXPRESSION = calculator.Expression("sin(x) * x + 1")
VALUES = [number / 10 for number in range(10_000)]
def inner():
    return EXPRESSION.map("x", VALUES)
def outer():
    return inner(), [EXPRESSION.evaluate(x=value) for value in VALUES[:2000]]
def main():
    end = time.perf_counter() + 2
    while time.perf_counter() < end:
        outer()
main()
"""


def neutral(text: str) -> str:
    """The text without what names this machine: homes, the checkout, the index that cargo fetched from."""
    text = text.replace(str(ROOT / ".pyo3ops"), "/home/user/pyo3ops-output").replace(str(ROOT), "/home/user/pyo3ops")
    text = re.sub(r"index\.[\w.-]+-[0-9a-f]{16}", "index-0123456789abcdef", text)
    text = re.sub(r"/[\w/.-]*?/workload\.py", "/home/user/workload.py", text)
    return text.replace(str(Path.home()), "/home/user")


def venv(tag: str) -> Path:
    return ROOT / ".pyo3ops" / "perf" / tag / "calculator" / "venv" / "bin" / "python"


def perf_script(folder: Path) -> str:
    sys.path.insert(0, str(ROOT))
    from pyo3ops.tools import perf  # noqa: PLC0415 - the very commands that are used

    data, merged = folder / "perf.data", folder / "perf.jit.data"
    argv = perf.record_argv([str(venv("cp313")), "-X", "perf_jit", str(folder / "workload.py")], data, jit=True)
    subprocess.run(argv, check=True, capture_output=True)
    subprocess.run(perf.inject_argv(data, merged), check=True, capture_output=True)
    text = subprocess.run(perf.script_argv(merged), check=True, capture_output=True, text=True).stdout
    samples = [each for each in text.split("\n\n") if "py::" in each and "calculator." in each]
    perf.clean_up({int(match) for match in re.findall(r"^\S+ +(\d+)/", text, re.MULTILINE)})
    return "\n\n".join(samples[:: max(len(samples) // KEPT, 1)][:KEPT]) + "\n\n"


def speedscope(folder: Path) -> str:
    file = folder / "profile.json"
    argv = ["py-spy", "record", "--native", "--rate", "199", "--format", "speedscope", "--output", str(file), "--"]
    subprocess.run([*argv, str(venv("cp311")), str(folder / "workload.py")], check=True, capture_output=True)
    document = json.loads(file.read_text(encoding="utf-8"))
    profile = document["profiles"][0]
    profile["samples"] = profile["samples"][:: max(len(profile["samples"]) // KEPT, 1)][:KEPT]
    profile["weights"] = profile["weights"][: len(profile["samples"])]
    used = sorted({index for sample in profile["samples"] for index in sample})
    document["shared"]["frames"] = [document["shared"]["frames"][index] for index in used]
    profile["samples"] = [[used.index(index) for index in sample] for sample in profile["samples"]]
    document["profiles"] = [profile]
    return json.dumps(document, indent=1) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "workload.py").write_text(WORKLOAD, encoding="utf-8")
        (DATA / "perf-script-linux.txt").write_text(neutral(perf_script(folder)), encoding="utf-8")
        (DATA / "py-spy-speedscope-linux.json").write_text(neutral(speedscope(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
