"""Names of functions as a screen has room for: generic parameters that are too long are left out, the deepest first."""

from __future__ import annotations

#: Characters that a name may have; what is longer loses parameters.
ROOM = 240
#: What is deeper is left out at once, so that no name is gone through more often than that.
_DEEPEST = 8


def shortened(name: str, room: int = ROOM, *, left_out: str = "…") -> str:
    """The name in at most `room` characters, its parameters left out from some depth on; cut where that is not enough.

    `left_out` stands for what is. Time grows with the name. What is given is not changed where it is short enough.
    """
    if len(name) <= room:
        return name
    depths, short = _depths(name), name
    for depth in range(min(max(depths) - 1, _DEEPEST), -1, -1):
        short = _without(name, depths, depth, left_out)
        if len(short) <= room:
            return short
    return f"{short[: room - len(left_out)]}{left_out}"


def _depths(name: str) -> list[int]:
    """How many parameter lists each character is inside of; an arrow, as in `fn() -> u8`, ends none."""
    depth, found = 0, []
    for at, letter in enumerate(name):
        ends = letter == ">" and depth > 0 and name[at - 1 : at] != "-"
        depth -= ends
        found.append(depth)
        depth += letter == "<"
    return found


def _without(name: str, depths: list[int], depth: int, left_out: str) -> str:
    """The name without what is deeper than that."""
    parts: list[str] = []
    inside = False
    for letter, deep in zip(name, depths):
        if deep <= depth:
            parts.append(letter)
        elif not inside:
            parts.append(left_out)
        inside = deep > depth
    return "".join(parts)
