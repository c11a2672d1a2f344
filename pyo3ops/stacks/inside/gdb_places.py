"""Native breakpoints of gdb's, each for one place that was asked for; a place has several names and files."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb has no types

from typing import Any, Dict, Iterator, NamedTuple, Optional

import gdb

from . import rust_source
from .gdb_located import FOREIGN, file_of, is_in, location

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
        return is_in(file_of(gdb.selected_frame().find_sal()), [place["file"]]) and not is_moved(
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
        known[address] = _judged(breakpoint.place, *location(address, breakpoint.how.where.get("function")))
    return known[address]


def _judged(place: Dict[str, Any], file: Optional[str], line: Optional[int]) -> Optional[bool]:
    if file is None or line is None:
        return None
    if not file.endswith(".rs") or any(each in file for each in FOREIGN):
        return False
    said = rust_source.is_named(_text(file), line, place["path"])
    # Without the source the file is all that there is to go by.
    return said if said is not None else None if not place["files"] or is_in(file, place["files"]) else False


def _text(file: str) -> str:
    try:
        with open(file, "rb") as source:  # noqa: PTH123
            return source.read(rust_source.LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
