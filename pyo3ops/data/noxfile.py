"""What `pyo3ops nox` runs in a project that has no noxfile: every ready-made session.

`pyo3ops nox` says in PYO3OPS_ROOT which project is meant; nox itself changes to the folder of this file.
"""

import os

from pyo3ops.sessions import SESSIONS, register

register(*SESSIONS, root=os.environ["PYO3OPS_ROOT"])
