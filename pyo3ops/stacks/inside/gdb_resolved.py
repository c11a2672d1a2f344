"""What each place resolved to once libraries are loaded: files and lines, and whether a line has code at all."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb has no types

from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

import gdb

from . import commands, gdb_places
from .gdb_located import file_of, is_in, location
from .gdb_places import Native
from .memory import Unreadable

#: Places that are listed of one breakpoint.
MOST = 50
#: Lines before one without code that are looked at.
LOOKED = 300


def locations(breakpoint: Native) -> List[List[Any]]:  # noqa: A002
    """File and line of each place in memory; without them before gdb 13, which has no word for them."""
    if breakpoint.how.is_site:
        return [[breakpoint.session.sites[breakpoint.place["id"]][0].file, breakpoint.place["line"]]]
    if not hasattr(breakpoint, "locations"):
        return [[None, None]]
    there = [each.address for each in breakpoint.locations if each.enabled]
    if breakpoint.how.rank == gdb_places.SHORT:
        own = [each for each in there if gdb_places.is_its(breakpoint, each) is not False]
        return [location(each, _named(breakpoint)) for each in own]
    found = [location(each, _named(breakpoint)) for each in there if not gdb_places.is_moved(breakpoint, each)]
    wanted = [breakpoint.place["file"]] if breakpoint.place["kind"] == "line" else []
    return [each for each in found if not wanted or is_in(each[0] or "", wanted)][:MOST]


def _distinct(found: Iterable[List[Any]]) -> List[List[Any]]:
    return [list(each) for each in dict.fromkeys(map(tuple, found))][:MOST]


def unsure(breakpoint: Native) -> Set[Tuple[Any, ...]]:  # noqa: A002
    """The functions of a short name of which it is not known whether they are what was asked for."""
    if breakpoint.how.rank != gdb_places.SHORT or not hasattr(breakpoint, "locations"):
        return set()
    there = [each.address for each in breakpoint.locations if gdb_places.is_its(breakpoint, each.address) is None]
    return {tuple(location(each, _named(breakpoint))) for each in there}


def _named(breakpoint: Native) -> Optional[str]:  # noqa: A002
    name: Optional[str] = breakpoint.how.where.get("function")
    return name


def resolved(places: List[Dict[str, Any]], every: List[Native], best: List[Native]) -> Dict[str, Any]:
    """Where each place is, by `best` of its breakpoints, and of lines whether there is code."""
    found: Dict[int, List[Any]] = {place["id"]: [] for place in places}
    for each in best:
        found[each.place["id"]] += locations(each)
    lined = [place for place in places if place["kind"] == "line"]
    return {
        "places": [[key, _distinct(value)] for key, value in found.items()],
        "unsure": [[place["id"], _unsure(best, place)] for place in places if place.get("short")],
        "coded": [[place["id"], coded(every, place, found[place["id"]])] for place in lined],
    }


def _unsure(best: List[Native], place: Dict[str, Any]) -> int:
    found = [unsure(each) for each in best if each.place is place]
    return len(set().union(*found)) if found else 0


def coded(breakpoints: List[Native], place: Dict[str, Any], found: List[List[Any]]) -> Dict[str, Any]:
    """Whether a line has code itself, and if nothing is at it or behind it, the last lines before that have some."""
    if not found:
        return {"exact": False, "near": _before(place["real"] or place["file"], place["line"])}
    own = [each for each in breakpoints if each.place is place and not each.pending]
    if any(each.how.is_site for each in own):
        return {"exact": True, "near": []}
    files = [gdb.find_pc_line(where.address).symtab for each in own for where in getattr(each, "locations", ())]
    return {"exact": not files or any(_has(each, place["line"]) for each in files), "near": []}


def _has(file: Any, line: int) -> bool:
    try:
        return file is None or bool(file.linetable().has_line(line))
    except RuntimeError:
        # There is no table of lines.
        return True


def _before(file: str, line: int) -> List[int]:
    for number in range(line - 1, max(0, line - LOOKED), -1):
        try:
            found = gdb.decode_line(f"{commands.quoted(file)}:{number}")[1] or ()
        except (gdb.error, Unreadable):
            continue
        here = {each.line for each in found if each.symtab and is_in(file_of(each), [file])}
        if here:
            return sorted(here)
    return []
