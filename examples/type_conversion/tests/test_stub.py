import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    options = ["--allowlist", HERE / "stubtest-allowlist.txt", "--mypy-config-file", HERE / "stubtest.ini"]
    argv = [sys.executable, "-m", "mypy.stubtest", "type_conversion", *map(str, options)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
