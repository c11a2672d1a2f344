"""The table of planters: a sound file in, the file with one fault out.

A planter looks whether the fault is really there, so that a row that is found says something, and one that is missed
too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable, NamedTuple

if TYPE_CHECKING:
    from .archives import File, Wheel
    from .project import Parts

#: Of the Python that runs this.
MINOR = sys.version_info.minor
#: Another one, which Requires-Python admits as well.
OTHER = MINOR - 1 if MINOR > 8 else MINOR + 1


class Planter(NamedTuple):
    """`base` is the sound file that the fault is planted into, and that the findings are held against."""

    base: str
    plant: Callable[[Parts], File]


PLANTERS: dict[str, Planter] = {}


def plants(name: str, base: str = "specific") -> Callable[[Callable[[Parts], File]], Callable[[Parts], File]]:
    """Enter the function below as the planter of the row of this name."""

    def enter(plant: Callable[[Parts], File]) -> Callable[[Parts], File]:
        assert name not in PLANTERS, f"{name} has two planters"
        PLANTERS[name] = Planter(base, plant)
        return plant

    return enter


def platform(wheel: Wheel) -> str:
    """The platform tag, or the compressed set of them."""
    return wheel.tag.rpartition("-")[2]


def on(wheel: Wheel, platform: str) -> Wheel:
    """Under another platform tag, in its name and in WHEEL."""
    return wheel.tagged(f"{wheel.tag.rpartition('-')[0]}-{platform}")
