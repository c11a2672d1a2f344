"""The native side of a stopped process, by gdb: its threads, their frames, registers and modules."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb's types have no types

import contextlib
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

import gdb

from .commands import line
from .looking import Modules
from .memory import Memory, Unreadable

#: Frames of one thread that are walked; a stack of 8 MiB has room for some ten thousand.
FRAMES = 60000
#: The number of futex(2) by the processor's register for it, and the register of its first argument.
_FUTEX = {"x86_64": ("orig_rax", 202, "rdi"), "aarch64": ("x8", 98, "x0")}
#: What ends a stack in a good way.
_WHOLE = (gdb.FRAME_UNWIND_NO_REASON, gdb.FRAME_UNWIND_OUTERMOST)


class Native(NamedTuple):
    """One native call, as `raw.NativeFrame` has it."""

    function: Optional[str]
    address: int
    module: Optional[str]
    file: Optional[str]
    line: Optional[int]
    inlined: bool
    language: str
    symbol: Optional[str]


def quiet(command: str) -> str:
    """What gdb says to a command; nothing where it does not know it, or cannot do it."""
    try:
        return str(gdb.execute(line(command), to_string=True))
    except (gdb.error, Unreadable):
        return ""


def memory() -> Memory:
    """The memory of the process that gdb looks at."""
    inferior = gdb.selected_inferior()

    def read(address: int, size: int) -> bytes:
        try:
            return bytes(inferior.read_memory(address, size))
        except (gdb.error, OverflowError, ValueError) as error:
            raise Unreadable(str(error)) from None

    return Memory(read)


class Walk:
    """Walks up the stacks of a process; what is at an address is looked up once."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        #: By the address that a call returns to, and how many inlined ones stand above it there.
        self._known: Dict[Tuple[int, int], Native] = {}

    def frames(self) -> Tuple[List[Native], Optional[str]]:
        """The frames of the selected thread, leaf first, and why there are no more where the root was not reached."""
        found: List[Native] = []
        try:
            frame, returns, above = gdb.newest_frame(), False, 0
            while frame is not None:
                kind = frame.type()
                found.append(self._native(frame, above) if returns else _native(frame, self._modules))
                if len(found) == FRAMES:
                    return found, f"only the last {FRAMES} native frames were read"
                older = frame.older()
                if older is None:
                    reason = frame.unwind_stop_reason()
                    return found, None if reason in _WHOLE else str(gdb.frame_stop_reason_string(reason))
                if kind == gdb.INLINE_FRAME:
                    above += 1
                else:
                    # What a signal interrupted, as the leaf, is at its instruction and not behind a call.
                    returns, above = kind == gdb.NORMAL_FRAME, 0
                frame = older
        except gdb.error as error:
            return found, str(error)
        return found, None

    def _native(self, frame: Any, above: int) -> Native:
        key = (frame.pc(), above)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _native(frame, self._modules)
        return known


def frames_around(addresses: List[int]) -> Iterator[int]:
    """The numbers of the selected thread's frames that addresses on its stack lie in, not counting inlined ones."""
    left = sorted(addresses)
    with contextlib.suppress(gdb.error):
        frame, number, wanted = gdb.newest_frame(), 0, None
        while frame is not None and number < FRAMES:
            top = int(frame.read_register("sp")) & (1 << 64) - 1
            if wanted is not None and left and left[0] < top:
                yield wanted
            while left and left[0] < top:
                left.pop(0)
            wanted = number if frame.type() != gdb.INLINE_FRAME else None
            frame, number = frame.older(), number + 1


def _native(frame: Any, modules: Modules) -> Native:
    pc = frame.pc()
    place = frame.find_sal()
    table = place.symtab
    function = frame.function()
    name = frame.name()
    linkage = function.linkage_name if function is not None else None
    return Native(
        name,
        pc,
        modules.at(pc),
        table.fullname() if table is not None else None,
        place.line or None,
        frame.type() == gdb.INLINE_FRAME,
        _language(table),
        linkage if linkage and linkage != name else None,
    )


def symbols(addresses: Iterable[int]) -> Dict[int, str]:
    """The symbol of each address as the file has it, mangled; those that have none are left out."""
    found = {}
    gdb.execute("set print demangle off")
    try:
        for address in addresses:
            words = gdb.execute(f"info symbol {address:#x}", to_string=True).split()
            if "in" in words and words[0] != "No":
                found[address] = str(words[0])
    except gdb.error:
        return found
    finally:
        gdb.execute("set print demangle on")
    return found


_languages: Dict[str, str] = {}


def _language(table: Any) -> str:
    """What the compiler says that it is; gdb has no word for a frame's language before 14."""
    if table is None:
        return "unknown"
    name = table.filename
    if name not in _languages:
        producer = getattr(table, "producer", None) or ""
        rust = "rustc" in producer or name.endswith(".rs")
        _languages[name] = "rust" if rust else "c" if producer or name.endswith((".c", ".h")) else "unknown"
    return _languages[name]


def architecture() -> str:
    """The processor's name as the kernel has it."""
    name = str(gdb.selected_inferior().architecture().name())
    return {"i386:x86-64": "x86_64"}.get(name, name)


def register(name: str) -> Optional[int]:
    """A register of the selected thread's innermost frame; None where there is none of that name."""
    try:
        return int(gdb.newest_frame().read_register(name)) & (1 << 64) - 1
    except (gdb.error, ValueError):
        return None


def ident(processor: str) -> Optional[int]:
    """What `pthread_self()` says in the selected thread."""
    if processor == "x86_64":
        return register("fs_base")
    return gdb.selected_thread().ptid[2] or None


def waits_at(processor: str) -> Optional[int]:
    """The address that the selected thread waits at in futex(2)."""
    return waits_in(processor, register)


def waits_in(processor: str, value_of: Callable[[str], Optional[int]]) -> Optional[int]:
    """The address that a thread with such registers waits at in futex(2)."""
    if processor not in _FUTEX:
        return None
    number, futex, argument = _FUTEX[processor]
    return value_of(argument) if value_of(number) == futex else None


def registers() -> List[Tuple[str, int]]:
    """The general registers of the selected thread."""
    listed = getattr(gdb.newest_frame().architecture(), "registers", None)
    names = [each.name for each in listed("general")] if listed else []
    values = [(name, register(name)) for name in names]
    return [(name, value) for name, value in values if value is not None]
