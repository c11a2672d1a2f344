import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "json_parser", "--allowlist", str(allowed)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
