"""What is at an address: the file and the line of its function, which may begin with what is inlined into it."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb has no types

from typing import Any, List, Optional

import gdb

#: What no user means by `src/lib.rs`: the sources of other crates, and of Rust itself.
FOREIGN = ("/registry/src/", "/git/checkouts/", "/rustc/", "library/std/", "library/core/", "library/alloc/")
#: Rows of a function that are looked through for its own first line.
LOOKED = 300


def is_in(name: str, wanted: List[str]) -> bool:
    """True for a path that ends in one that is wanted."""
    # The end of a path decides, whatever machine it was compiled on.
    return not any(each in name and each not in wanted[0] for each in FOREIGN) and any(
        name == each or name.endswith("/" + each.lstrip("./")) for each in wanted
    )


def file_of(place: Any) -> str:
    """The path of a symbol table's file; empty without one."""
    return str(place.symtab.fullname()) if place.symtab else ""


def location(address: int, name: Optional[str]) -> List[Any]:
    """A line as it is; of a function where it begins, for its first line may be another's that is inlined there."""
    block = _block(address, name)
    if block is not None:
        return _beginning(block)
    place = gdb.find_pc_line(address)
    return [file_of(place) or None, place.line or None]


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
            return [file_of(place), place.line]
        if call is None and inner is not None and inner is not block and inner.function.symtab:
            # What is inlined has the line of its call, which is this function's.
            call = [str(inner.function.symtab.fullname()), inner.function.line]
        if place.last is None or place.last + 1 >= block.end:
            break
        address = int(place.last) + 1
        place = gdb.find_pc_line(address)
    return call or [file_of(first) or None, first.line or None]


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
