"""Native breakpoints of gdb's, each for one place that was asked for; a place has several names and files."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb has no types

from typing import Any, Dict, Iterator, List, Tuple

import gdb

#: What no user means by `src/lib.rs`: the sources of other crates, and of Rust itself.
FOREIGN = ("/registry/src/", "/git/checkouts/", "/rustc/", "library/std/", "library/core/", "library/alloc/")
#: Places that are listed of one breakpoint.
MOST = 50


class Native(gdb.Breakpoint):  # type: ignore[misc] # gdb has no types
    """One of gdb's breakpoints for one place; a place has several where it may be found by several names."""

    def __init__(self, session: Any, place: Dict[str, Any], rank: int, where: Dict[str, Any]) -> None:
        super().__init__(internal=False, **where)
        self.silent = True
        self.session = session
        self.place = place
        #: Of a place's breakpoints that were found, the ones with the lowest rank count.
        self.rank = rank

    def stop(self) -> bool:
        """Whether gdb is to stop: asked at every hit, the process standing still meanwhile."""
        try:
            return bool(self.session.reached(self))
        except gdb.error as error:
            self.session.complain(self.place["id"], str(error))
            return True


def specifications(place: Dict[str, Any]) -> Iterator[Tuple[int, Dict[str, Any]]]:
    """What gdb is to look for, the best first: a path finds inlined calls, too, a symbol needs no debug information."""
    if place["kind"] == "line":
        yield 0, {"source": place["file"], "line": place["line"]}
        return
    for path in place["paths"]:
        yield 0, {"function": path, "qualified": True}
    for symbol in place["symbols"]:
        yield 1, {"function": symbol, "qualified": True}
    if place["short"]:
        yield 2, {"function": place["short"], "qualified": True}


def is_meant(place: Dict[str, Any]) -> bool:
    """False in another crate, which has a file, or a function, of the same name."""
    wanted = [place["file"]] if place["kind"] == "line" else place["files"] if place["short"] else []
    return not wanted or _is_in(_file(gdb.selected_frame().find_sal()), wanted)


def _is_in(name: str, wanted: List[str]) -> bool:
    # The end of a path decides, whatever machine it was compiled on.
    return not any(each in name and each not in wanted[0] for each in FOREIGN) and any(
        name == each or name.endswith("/" + each.lstrip("./")) for each in wanted
    )


def _file(place: Any) -> str:
    return str(place.symtab.fullname()) if place.symtab else ""


def locations(breakpoint: Native) -> List[List[Any]]:  # noqa: A002
    """File and line of each place in memory; without them before gdb 13, which has no word for them."""
    if not hasattr(breakpoint, "locations"):
        return [[None, None]]
    found = [_location(breakpoint, each) for each in breakpoint.locations if each.enabled]
    wanted = [breakpoint.place["file"]] if breakpoint.place["kind"] == "line" else []
    return [each for each in found if not wanted or _is_in(each[0] or "", wanted)][:MOST]


def _location(breakpoint: Native, where: Any) -> List[Any]:  # noqa: A002
    """A line as it is; of a function where it begins, for its first line may be another's that is inlined there."""
    address = where.address
    if breakpoint.place["kind"] != "line" and breakpoint.rank < 2:  # noqa: PLR2004 - the name of what is inlined
        block = gdb.block_for_pc(address)
        while block is not None and block.superblock is not None and not block.superblock.is_static:
            block = block.superblock
        address = block.start if block is not None else address
    place = gdb.find_pc_line(address)
    return [_file(place) or None, place.line or None]
