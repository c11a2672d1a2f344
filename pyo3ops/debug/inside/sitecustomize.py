"""Starts the breakpoints of `pyo3ops debug breakpoint` in the Python that is debugged, before any code of its program.

The interpreter imports this by itself, from an entry of PYTHONPATH. Both are taken back at once: the program and what
it starts find the environment, `sys.path` and the sitecustomize module that they would have found without.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is slow to import


def _start() -> None:
    import pyo3ops_breakpoints as breakpoints  # type: ignore[import-not-found] # noqa: PLC0415 - beside this file

    watched = breakpoints.kind()
    before = os.environ.pop("PYO3OPS_BREAKPOINTS_PATH", None)
    config = os.environ.pop("PYO3OPS_BREAKPOINTS", None)
    if before is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = before
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != _HERE]  # noqa: PTH100
    sys.path_importer_cache.pop(_HERE, None)
    if config is not None:
        breakpoints.arm(config, watched)


def _next() -> None:
    """Import the sitecustomize that this one stands before."""
    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # type: ignore[import-not-found] # noqa: F401, PLC0415 - the other one
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        # Import machinery insists that a module is there after it was imported.
        if own is not None:
            sys.modules.setdefault("sitecustomize", own)


_start()
_next()
