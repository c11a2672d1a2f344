"""The entries of launch.json and tasks.json: CodeLLDB for Rust and debugpy for Python, in one process.

CodeLLDB starts the interpreter; a line of Python in there listens for debugpy, says so, and waits. VS Code reads the
line (`serverReadyAction`, its extension debug-server-ready) and starts the Python side: neither comes too early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What our entries are called; everything else is the user's.
PREFIX = "pyo3ops: "
BUILD = f"{PREFIX}build"
PYTHON_SIDE = f"{PREFIX}Python side"
#: debugpy's own default.
PORT = 5678
#: What is printed once debugpy listens, up to the port.
_READY = "pyo3ops: Python side listening on port"

#: Waits for the Python side, and then is as if `python FILE` had been typed.
_FILE = (
    "import os, runpy, sys, debugpy; "
    f"debugpy.listen(('127.0.0.1', {PORT})); print('{_READY} {PORT}', flush=True); debugpy.wait_for_client(); "
    "del sys.argv[0]; sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0])); "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
#: The same for `python -m MODULE`.
_MODULE = (
    "import runpy, sys, debugpy; "
    f"debugpy.listen(('127.0.0.1', {PORT})); print('{_READY} {PORT}', flush=True); debugpy.wait_for_client(); "
    "del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)
#: `python -m maturin develop`, by an interpreter whose environment nobody activated: maturin finds it by variables.
_DEVELOP = (
    "import os, runpy, sys; "
    "known = os.environ.keys() & {'VIRTUAL_ENV', 'CONDA_PREFIX'} or sys.prefix == sys.base_prefix; "
    "os.environ.update({} if known else {'VIRTUAL_ENV': sys.prefix}); "
    "sys.argv[1:] = ['develop']; runpy.run_module('maturin', run_name='__main__', alter_sys=True)"
)
MATURIN = ("-c", _DEVELOP)
#: What rustc says, by lines; `$rustc` is rust-analyzer's, and a task that names it without that extension is an error.
_RUSTC = {
    "owner": "rustc",
    "source": "rustc",
    "fileLocation": ["autoDetect", "${workspaceFolder}"],
    "pattern": [
        {"regexp": r"^(error|warning)(?:\[(\w+)\])?: (.+)$", "severity": 1, "code": 2, "message": 3},
        {"regexp": r"^\s*--> (.+):(\d+):(\d+)$", "file": 1, "line": 2, "column": 3},
    ],
}


def launch(port: int = PORT) -> tuple[Mapping[str, Any], ...]:
    """The configurations of launch.json."""
    return (
        _both(f"{PREFIX}Rust and Python, this file", [_at(_FILE, port), "${file}"]),
        _both(f"{PREFIX}Rust and Python, tests of this file", [_at(_MODULE, port), "pytest", "-x", "-s", "${file}"]),
        {
            "name": PYTHON_SIDE,
            "type": "debugpy",
            "request": "attach",
            "connect": {"host": "127.0.0.1", "port": port},
            "justMyCode": False,
        },
        {
            "name": f"{PREFIX}Rust of a running process",
            "type": "lldb",
            "request": "attach",
            "pid": "${command:pickMyProcess}",
            "sourceLanguages": ["rust"],
        },
    )


def _at(code: str, port: int) -> str:
    return code.replace(str(PORT), str(port))


def _both(name: str, arguments: list[str]) -> Mapping[str, Any]:
    return {
        "name": name,
        "type": "lldb",
        "request": "launch",
        "preLaunchTask": BUILD,
        "program": "${command:python.interpreterPath}",
        "args": ["-X", "frozen_modules=off", "-c", *arguments],
        "cwd": "${workspaceFolder}",
        "env": {"RUST_BACKTRACE": "1"},
        "sourceLanguages": ["rust"],
        # VS Code sees what goes there, and in a terminal it would not.
        "terminal": "console",
        "serverReadyAction": {
            "pattern": f"{_READY} ([0-9]+)",
            "action": "startDebugging",
            "name": PYTHON_SIDE,
        },
    }


def tasks(build: tuple[str, ...]) -> tuple[Mapping[str, Any], ...]:
    """The tasks of tasks.json; `build` is the command, run by the interpreter that VS Code has chosen."""
    return (
        {
            "label": BUILD,
            "type": "process",
            "command": "${command:python.interpreterPath}",
            "args": list(build),
            "options": {"cwd": "${workspaceFolder}"},
            "group": "build",
            "presentation": {"reveal": "silent"},
            "problemMatcher": [_RUSTC],
        },
    )
