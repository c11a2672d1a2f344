"""The native breakpoints of a run: set where a place may be found, and asked at each hit whether it is to stop."""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

from typing import Any, Dict, List

import gdb

from . import gdb_line_sites, gdb_places, gdb_resolved


class Hits:
    """All native breakpoints of one run, and how often each place was reached."""

    def __init__(self, config: Dict[str, Any]) -> None:
        self.config = config
        self.breakpoints: List[gdb_places.Native] = []
        self.counts = {place["id"]: 0 for place in config["native"]}
        #: The places at which the program stands now, and the hit that was counted last.
        self.now: List[int] = []
        self.seen: Any = None
        self.complained: Dict[int, str] = {}
        #: Where lines begin with what is inlined, and the call in which a thread met such a place last.
        self.sites: Dict[int, List[gdb_line_sites.Site]] = {}
        self.met: Dict[Any, int] = {}

    def complain(self, place: int, said: str) -> None:
        """Remember what gdb said of a breakpoint, the first time."""
        self.complained.setdefault(place, said[:500])

    def set_all(self) -> None:
        """Set every native breakpoint, pending until a library is loaded that has its place."""
        for place in self.config["native"]:
            for how in gdb_places.specifications(place):
                self.set_one(place, how)

    def set_one(self, place: Dict[str, Any], how: gdb_places.How) -> None:
        """Set one breakpoint; what gdb has against it is remembered."""
        try:
            self.breakpoints.append(gdb_places.Native(self, place, how))
        except (gdb.error, RuntimeError) as error:
            self.complain(place["id"], str(error))

    def set_sites(self, library: Any) -> None:  # noqa: ANN401
        """Set breakpoints where lines are inlined in a library: gdb has lines alone that are in its table."""
        for place in self.config["native"]:
            if place["kind"] != "line":
                continue
            try:
                files = [each for each in (place["real"], place["file"]) if each]
                found = gdb_line_sites.find(files, place["line"], library)
            except (gdb.error, RuntimeError) as error:
                self.complain(place["id"], str(error))
                continue
            for each in found:
                self.sites.setdefault(place["id"], []).append(each)
                self.set_one(place, gdb_places.site(each.address))

    def is_again(self, breakpoint: gdb_places.Native) -> bool:  # noqa: A002
        """True where a line goes on that a thread stopped at, at the first of its addresses, in the same call."""
        place = breakpoint.place
        if place["id"] not in self.sites:
            return False
        key, here = (place["id"], gdb.selected_thread().ptid), self.stack_pointer()
        if breakpoint.how.is_site:
            self.met[key] = here
            return False
        return self.met.pop(key, None) == here

    def reached(self, breakpoint: gdb_places.Native) -> bool:  # noqa: A002 - what it is
        """Count a hit; True where it is to stop."""
        place = breakpoint.place
        if not self.is_best(breakpoint) or not gdb_places.is_meant(breakpoint):
            return False
        if self.is_again(breakpoint):
            return False
        # Two breakpoints of one place may have one address.
        here = (place["id"], gdb.selected_thread().ptid, self.stack_pointer(), gdb.selected_frame().pc())
        if here == self.seen and place["id"] in self.now:
            return True
        if place["condition"] and not self.holds(place):
            return False
        self.counts[place["id"]] += 1
        if self.counts[place["id"]] <= self.config["ignore"]:
            return False
        self.seen = here
        self.now.append(place["id"])
        return True

    def is_best(self, breakpoint: gdb_places.Native) -> bool:  # noqa: A002
        """True where no better name of the same place was found, too."""
        return all(each.pending for each in self.breakpoints if each.is_better(breakpoint))

    def stack_pointer(self) -> int:
        """Tells two calls of one function apart."""
        return int(gdb.selected_frame().read_register("sp"))

    def holds(self, place: Dict[str, Any]) -> bool:
        """Whether the condition of a place holds; one that gdb cannot tell stops, and is remembered."""
        try:
            return bool(gdb.parse_and_eval(place["condition"]))
        except (gdb.error, RuntimeError, OverflowError) as error:
            self.complain(place["id"], str(error))
            return True

    def resolved(self) -> Dict[str, Any]:
        """What each place resolved to."""
        best = [each for each in self.breakpoints if not each.pending and self.is_best(each)]
        return gdb_resolved.resolved(self.config["native"], self.breakpoints, best)
