"""ci/ holds scripts, not a package: its modules are found the way its scripts find them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "ci"))
