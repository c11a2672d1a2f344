"""Native breakpoints of gdb's, each for one place that was asked for; a place has several names and files."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb has no types

from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

import gdb

from . import commands, rust_source
from .memory import Unreadable

#: What no user means by `src/lib.rs`: the sources of other crates, and of Rust itself.
FOREIGN = ("/registry/src/", "/git/checkouts/", "/rustc/", "library/std/", "library/core/", "library/alloc/")
#: Places that are listed of one breakpoint.
MOST = 50
#: Lines before one without code that are looked at.
LOOKED = 300

#: The rank of a name without its path.
SHORT = 2
#: That of an address, which stands beside all others.
SITE = 0


class How(NamedTuple):
    """One way to find a place."""

    #: Of the ways of one group that find something, those with the lowest rank count.
    rank: int
    #: The function that it is a way to, for a pattern finds many; None for one that is there for all of them.
    group: Optional[int]
    #: What gdb is asked for.
    where: Dict[str, Any]

    @property
    def is_site(self) -> bool:
        """True for an address, at which what is left of a line begins."""
        return "spec" in self.where


class Native(gdb.Breakpoint):  # type: ignore[misc] # gdb has no types
    """One of gdb's breakpoints for one place; a place has several where it may be found by several names."""

    def __init__(self, session: Any, place: Dict[str, Any], how: How) -> None:
        super().__init__(internal=False, **how.where)
        self.silent = True
        self.session = session
        self.place = place
        self.how = how
        #: By its address, whether what has the short name is what was asked for.
        self.judged: Dict[int, Optional[bool]] = {}

    def stop(self) -> bool:
        """Whether gdb is to stop: asked at every hit, the process standing still meanwhile."""
        try:
            return bool(self.session.reached(self))
        except gdb.error as error:
            self.session.complain(self.place["id"], str(error))
            return True

    def is_better(self, other: "Native") -> bool:
        """True where this one, once it is found, makes the other one needless."""
        one, two = self.how, other.how
        if one.is_site or two.is_site:
            return False
        return self.place is other.place and one.rank < two.rank and two.group in (None, one.group)


def specifications(place: Dict[str, Any]) -> Iterator[How]:
    """What gdb is to look for: a path finds inlined calls, too, a symbol needs no debug information."""
    if place["kind"] == "line":
        # The file that is meant, where it was compiled here; else whatever ends so.
        files = [file for file in (place["real"], place["file"]) if file]
        for rank, file in enumerate(files):
            yield How(rank, None, {"source": file, "line": place["line"]})
        return
    for group, (path, symbols) in enumerate(place["functions"]):
        if path:
            yield How(0, group, {"function": path, "qualified": True})
        for symbol in symbols:
            yield How(1, group, {"function": symbol, "qualified": True})
    if place["short"]:
        yield How(SHORT, None, {"function": place["short"], "qualified": True})


def is_meant(breakpoint: Native) -> bool:  # noqa: A002 - what it is
    """False in another crate, which has a file, or a function, of the same name, and in another type's function."""
    place = breakpoint.place
    if breakpoint.how.is_site:
        return True
    if place["kind"] == "line":
        return _is_in(_file(gdb.selected_frame().find_sal()), [place["file"]]) and not is_moved(
            breakpoint, gdb.selected_frame().pc()
        )
    return breakpoint.how.rank != SHORT or is_its(breakpoint, gdb.selected_frame().pc()) is not False


def is_moved(breakpoint: Native, address: int) -> bool:  # noqa: A002
    """True at another line than the one that was asked for, where its function has that one at an address before."""
    place = breakpoint.place
    sites = breakpoint.session.sites.get(place["id"], ())
    return any(each.start <= address < each.end for each in sites) and gdb.find_pc_line(address).line != place["line"]


def site(address: int) -> How:
    """The way to what is left of a line at an address."""
    return How(SITE, None, {"spec": f"*{address:#x}"})


def is_its(breakpoint: Native, address: int) -> Optional[bool]:  # noqa: A002
    """Whether the function of a short name at an address is the one that is meant; None where that is not known."""
    known = breakpoint.judged
    if address not in known:
        known[address] = _judged(breakpoint.place, *_location(breakpoint, address))
    return known[address]


def _judged(place: Dict[str, Any], file: Optional[str], line: Optional[int]) -> Optional[bool]:
    if file is None or line is None:
        return None
    if not file.endswith(".rs") or any(each in file for each in FOREIGN):
        return False
    said = rust_source.is_named(_text(file), line, place["path"])
    # Without the source the file is all that there is to go by.
    return said if said is not None else None if not place["files"] or _is_in(file, place["files"]) else False


def _text(file: str) -> str:
    try:
        with open(file, "rb") as source:  # noqa: PTH123
            return source.read(rust_source.LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def _is_in(name: str, wanted: List[str]) -> bool:
    # The end of a path decides, whatever machine it was compiled on.
    return not any(each in name and each not in wanted[0] for each in FOREIGN) and any(
        name == each or name.endswith("/" + each.lstrip("./")) for each in wanted
    )


def _file(place: Any) -> str:
    return str(place.symtab.fullname()) if place.symtab else ""


def locations(breakpoint: Native) -> List[List[Any]]:  # noqa: A002
    """File and line of each place in memory; without them before gdb 13, which has no word for them."""
    if breakpoint.how.is_site:
        return [[breakpoint.session.sites[breakpoint.place["id"]][0].file, breakpoint.place["line"]]]
    if not hasattr(breakpoint, "locations"):
        return [[None, None]]
    there = [each.address for each in breakpoint.locations if each.enabled]
    if breakpoint.how.rank == SHORT:
        return [_location(breakpoint, each) for each in there if is_its(breakpoint, each) is not False]
    found = [_location(breakpoint, each) for each in there if not is_moved(breakpoint, each)]
    wanted = [breakpoint.place["file"]] if breakpoint.place["kind"] == "line" else []
    return [each for each in found if not wanted or _is_in(each[0] or "", wanted)][:MOST]


def _distinct(found: Iterable[List[Any]]) -> List[List[Any]]:
    return [list(each) for each in dict.fromkeys(map(tuple, found))][:MOST]


def unsure(breakpoint: Native) -> Set[Tuple[Any, ...]]:  # noqa: A002
    """The functions of a short name of which it is not known whether they are what was asked for."""
    if breakpoint.how.rank != SHORT or not hasattr(breakpoint, "locations"):
        return set()
    there = [each.address for each in breakpoint.locations if is_its(breakpoint, each.address) is None]
    return {tuple(_location(breakpoint, each)) for each in there}


def _location(breakpoint: Native, address: int) -> List[Any]:  # noqa: A002
    """A line as it is; of a function where it begins, for its first line may be another's that is inlined there."""
    block = _block(address, breakpoint.how.where.get("function"))
    if block is not None:
        return _beginning(block)
    place = gdb.find_pc_line(address)
    return [_file(place) or None, place.line or None]


def _block(address: int, name: Optional[str]) -> Any:
    """The block of a function of that name around an address, inlined there or not; else of whatever is there."""
    if name is None:
        return None
    block, outermost = gdb.block_for_pc(address), None
    while block is not None and not block.is_static and not block.is_global:
        if block.function is not None:
            outermost = block
            if str(block.function.name) == name:
                return block
        block = block.superblock
    return outermost


def _beginning(block: Any) -> List[Any]:
    """The file and the line of a function; debug information that has little tells it by its code alone."""
    function = block.function
    # What is inlined has the line of the call.
    if function is not None and function.symtab and function.line and _within(block.superblock) is None:
        return [str(function.symtab.fullname()), function.line]
    first = place = gdb.find_pc_line(block.start)
    address = int(block.start)
    call: Optional[List[Any]] = None
    for _ in range(LOOKED):
        inner = _innermost(address, block)
        if inner is block and place.line:
            return [_file(place), place.line]
        if call is None and inner is not None and inner is not block and inner.function.symtab:
            # What is inlined has the line of its call, which is this function's.
            call = [str(inner.function.symtab.fullname()), inner.function.line]
        if place.last is None or place.last + 1 >= block.end:
            break
        address = int(place.last) + 1
        place = gdb.find_pc_line(address)
    return call or [_file(first) or None, first.line or None]


def _within(block: Any) -> Any:
    """The block of the function that a block belongs to, itself perhaps; None outside of all functions."""
    while block is not None and block.function is None:
        block = block.superblock
    return block


def _innermost(address: int, block: Any) -> Any:
    """The block of what is inlined into a function at an address, itself for its own code; None beside it."""
    inner, child, found = _within(gdb.block_for_pc(address)), block, None
    while inner is not None:
        # What is inlined may fill the whole function.
        if (inner.start, inner.end, str(inner.function.name)) == (block.start, block.end, str(block.function.name)):
            found = child
        child, inner = inner, _within(inner.superblock)
    return found


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
        here = {each.line for each in found if each.symtab and _is_in(_file(each), [file])}
        if here:
            return sorted(here)
    return []
