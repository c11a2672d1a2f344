"""Write one pickle for each layout that was ever released: `python make_pickles.py FOLDER`.

The releases are gone, so each stands here as what it pickled: a class of its name, and the state that it handed out.
The numbers are 1, 3, 5 and 7 throughout: every step of a running mean of these is exact. Add a release; never change
one.
"""

import pickle
import sys
import types
from pathlib import Path

VALUES = (1.0, 3.0, 5.0, 7.0)
COUNT, MEAN = len(VALUES), sum(VALUES) / len(VALUES)
M2 = sum((value - MEAN) ** 2 for value in VALUES)
VARIANCE = M2 / (COUNT - 1)

#: File name: the class's name in that release, and its state.
RELEASES = {
    "layout-1": ("RunningStats", (COUNT, MEAN, VARIANCE)),
    "layout-2": ("Summary", {"version": 2, "count": COUNT, "mean": MEAN, "m2": M2}),
    "layout-3": (
        "Summary",
        {"version": 3, "count": COUNT, "mean": MEAN, "m2": M2, "minimum": min(VALUES), "maximum": max(VALUES)},
    ),
    "positional-0.1": ("PositionalSummary", (COUNT, MEAN, VARIANCE)),
}


def pickled(name, state):
    """The bytes of an instance of `versioning.NAME`: pickle looks the class up where it says that it lives.

    Protocol 0 is text: a change of these files can be read in a diff.
    """
    stand_in = type(name, (), {"__module__": "versioning"})
    stand_in.__reduce__ = lambda _: (stand_in, (), state)
    sys.modules["versioning"] = types.SimpleNamespace(**{name: stand_in})
    try:
        return pickle.dumps(stand_in(), protocol=0)
    finally:
        del sys.modules["versioning"]


def main():
    folder = Path(sys.argv[1])
    for file, (name, state) in RELEASES.items():
        (folder / f"{file}.pickle").write_bytes(pickled(name, state))


if __name__ == "__main__":
    main()
