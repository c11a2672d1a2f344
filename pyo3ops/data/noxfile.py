"""The ready-made sessions of pyo3ops, for a project that has no noxfile."""

import os

from pyo3ops.sessions import SESSIONS, register

# `pyo3ops nox` says which project is meant: nox itself changes to the folder of this file.
register(*SESSIONS, root=os.environ["PYO3OPS_ROOT"])
