"""Where a line begins that the compiler mixed with what is inlined into it: gdb's table of lines has the rest alone."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb has no types

from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple

import gdb

from . import commands

#: Lines around one whose functions are looked through, for the line itself may be in no table.
AROUND = 12
#: Rows of the functions of one line, and addresses that are given.
ROWS, MOST = 20_000, 20


class _Part(NamedTuple):
    """A stretch of code, and the call of a function (inlined or not) that it belongs to."""

    call: Tuple[int, int, str]
    address: int
    #: What is inlined has it; else the table of lines has.
    inlined: bool


class Site(NamedTuple):
    """The first address of a line in a function where it begins with what is inlined."""

    address: int
    #: The path of its file.
    file: str
    #: Where the function, itself inlined or not, begins and ends.
    start: int
    end: int


def find(files: List[str], line: int, library: Any) -> List[Site]:
    """Where a line begins with what is inlined, in each function that has it; the last of `files` is its path's end."""
    found: Set[Site] = set()
    # The file that is meant, where it was compiled here; else whatever ends so.
    known = (_functions(each, line, library) for each in files if each.endswith(".rs"))
    for path, starts in next(filter(None, known), {}).items():
        first: Dict[Any, _Part] = {}
        for part in _parts(path, line, starts):
            if part.call not in first or part.address < first[part.call].address:
                first[part.call] = part
        found.update(Site(each.address, path, *each.call[:2]) for each in first.values() if each.inlined)
    return sorted(found)[:MOST]


def _functions(file: str, line: int, library: Any) -> Dict[str, Set[Tuple[int, int]]]:
    """Beginning and end of the functions, by the path of the file, that have code of lines around one."""
    found: Dict[str, Set[Tuple[int, int]]] = {}
    for table in _tables(file, line, library):
        path = str(table.fullname())
        for row in table.linetable():
            if abs(row.line - line) <= AROUND:
                block = _outermost(row.pc)
                if block is not None:
                    found.setdefault(path, set()).add((int(block.start), int(block.end)))
    return found


def _tables(file: str, line: int, library: Any) -> Iterator[Any]:
    """The file in each unit of a library that has it: there are many, and each has lines of its own."""
    seen = set()
    for number in range(max(1, line - AROUND), line + AROUND + 1):
        try:
            found = gdb.decode_line(f"{commands.quoted(file)}:{number}")[1] or ()
        except gdb.error:
            # No library has the file: none has another line of it.
            return
        for each in found:
            # A unit has no name of its own: one that covers its address tells it.
            key = each.symtab and (str(each.symtab.fullname()), each.symtab.static_block().start)
            if key and key not in seen and each.symtab.objfile.filename == library.filename:
                seen.add(key)
                yield each.symtab


def _outermost(address: int) -> Any:
    block, found = gdb.block_for_pc(address), None
    while block is not None and not block.is_static and not block.is_global:
        found = block if block.function is not None else found
        block = block.superblock
    return found


def _parts(path: str, line: int, functions: Set[Tuple[int, int]]) -> Iterator[_Part]:
    left = ROWS
    for start, end in sorted(functions):
        address = start
        while address < end and left > 0:
            left -= 1
            row = gdb.find_pc_line(address)
            yield from _at(address, row, path, line)
            address = max(int(row.last or address), address) + 1


def _at(address: int, row: Any, path: str, line: int) -> Iterator[_Part]:
    """The calls to which an address is a part of the line: by its own row, or by what is inlined at it."""
    block = _within(gdb.block_for_pc(address))
    if block is not None and row.line == line and row.symtab and str(row.symtab.fullname()) == path:
        yield _Part(_call(block), address, inlined=False)
    while block is not None:
        outer = _within(block.superblock)
        function = block.function
        if outer is not None and function.line == line and function.symtab and str(function.symtab.fullname()) == path:
            yield _Part(_call(outer), address, inlined=True)
        block = outer


def _within(block: Any) -> Any:
    while block is not None and block.function is None:
        block = block.superblock
    return block


def _call(block: Any) -> Tuple[int, int, str]:
    return int(block.start), int(block.end), str(block.function.name)
