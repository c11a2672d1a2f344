"""What the stable ABI costs: `python abi3_cost.py [PYTHON]` builds both wheels for a Python and compares them.

Each wheel runs in an interpreter of its own; rounds of both are interleaved, so that a slow moment of the machine hits
both. Needs cargo and maturin. The floor of the abi3 wheel is the Python that builds it, so give the oldest one you
support: with 3.11 and later its code has buffers, with 3.8 to 3.10 it has not.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent
ROUNDS = 41

# Runs in each interpreter: a name of a case comes in, nanoseconds a call go out.
WORKER = """
import array, pickle, sys, time
import versioning
values = [number / 10 for number in range(10_000)]
numbers, summary = array.array("d", values), versioning.summarize(values)
pickled, one = pickle.dumps(summary), versioning.Summary()
cases = {
    "read an attribute": (lambda: summary.mean, 20_000),
    "take in one number": (lambda: one.add(1.5), 20_000),
    "10,000 numbers of a list": (lambda: versioning.summarize(values), 20),
    "10,000 numbers of an array": (lambda: versioning.summarize(numbers), 20),
    "unpickle": (lambda: pickle.loads(pickled), 2_000),
}
for line in sys.stdin:
    call, times = cases[line.strip()]
    start = time.perf_counter()
    for _ in range(times):
        call()
    print((time.perf_counter() - start) / times * 1e9, flush=True)
"""
CASES = (
    "read an attribute",
    "take in one number",
    "10,000 numbers of a list",
    "10,000 numbers of an array",
    "unpickle",
)


def build(python, folder, *options):
    """The folder with the unpacked release wheel of one kind."""
    argv = ["maturin", "build", "--release", "--locked", "--interpreter", python, "--out", str(folder), *options]
    env = {**os.environ, "CARGO_TARGET_DIR": str(ROOT / "target" / "abi3_cost")}
    subprocess.run(argv, check=True, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    print(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def started(python, folder):
    env = {**os.environ, "PYTHONPATH": str(folder)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([python, "-c", WORKER], env=env, cwd=folder, text=True, **pipes)


def asked(worker, case):
    worker.stdin.write(f"{case}\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def main():
    python = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    with tempfile.TemporaryDirectory() as folder:
        kinds = {"own": (), "abi3": ("--features", "abi3")}
        workers = [started(python, build(python, Path(folder, kind), *options)) for kind, options in kinds.items()]
        try:
            for case in CASES:
                rounds = [[asked(worker, case) for worker in workers] for _ in range(ROUNDS)]
                own, abi3 = (statistics.median(column) for column in zip(*rounds))
                ratio = statistics.median(pair[1] / pair[0] for pair in rounds)
                print(f"{case:27} {own:10.0f} ns {abi3:10.0f} ns with abi3  {ratio:.2f} times")
        finally:
            for worker in workers:
                worker.stdin.close()
                worker.wait()


if __name__ == "__main__":
    main()
