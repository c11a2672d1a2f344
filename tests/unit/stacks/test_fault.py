from __future__ import annotations

import pytest

from pyo3ops.stacks.fault import Memory, overflowed, points_to, suspects
from pyo3ops.tools.core_file import Area
from pyo3ops.tools.core_notes import CoreThread

STACK = 0x7FFC00000000
SIZE = 8 * 2**20
LIB = "/lib/crab.so"
AREAS = (
    Area(0x400000, 0x401000, readable=True, writable=False, executable=True, file="/bin/python"),
    Area(0x10000000, 0x10100000, readable=True, writable=True, executable=False),
    Area(0x7F0000000000, 0x7F0000001000, readable=True, writable=False, executable=False, file=LIB),
    Area(0x7F0000001000, 0x7F0000002000, readable=True, writable=False, executable=True, file=LIB),
    Area(0x7F0000002000, 0x7F0000003000, readable=True, writable=True, executable=False, file=LIB),
    Area(0x7F1000000000, 0x7F1000001000, readable=False, writable=False, executable=False),
    Area(0x7F1000001000, 0x7F1000801000, readable=True, writable=True, executable=False),
    Area(STACK, STACK + SIZE, readable=True, writable=True, executable=False),
)


def memory(counter: int = 0x7F0000001010, stack: int = STACK + SIZE - 4096, *others: CoreThread) -> Memory:
    return Memory(AREAS, (CoreThread(10, 11, (), counter, stack), *others))


SECOND = CoreThread(11, 0, (), 0x400010, 0x7F1000700000)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (0, "a null pointer"),
        (8, "8 bytes past null: a field or an element behind a null pointer"),
        (2**64 - 16, "16 bytes before null: something in front of a null pointer"),
        (0xFFFF800000001000, "an address of the kernel, which no program may touch"),
        (
            0x6F77206F6C6C6568,
            (
                "no address that a process can have (non-canonical), its bytes are the text 'hello wo': "
                "data taken for a pointer"
            ),
        ),
        (0xDEAD000000000000, "no address that a process can have (non-canonical): data taken for a pointer"),
        (STACK + SIZE - 8, "in the stack of thread 10"),
        (0x7F1000700008, "in the stack of thread 11"),
        (0x7F1000000010, "memory that nobody may touch (a guard)"),
        (0x10000010, "memory of the program (heap, or mapped without a file), 16 bytes into 1.0 MiB"),
        (0x7F0000000010, f"read-only data of {LIB}"),
        (0x7F0000001010, f"code of {LIB}, in crab::walk"),
        (0x7F0000002010, f"data of {LIB}"),
        (
            0x7F0000003004,
            f"nothing is mapped there (5 bytes after {LIB}): a wild pointer, or memory that was given back",
        ),
        (
            0x9000000,
            (
                "nothing is mapped there (112.0 MiB before memory of the program): "
                "a wild pointer, or memory that was given back"
            ),
        ),
        (0x100000000000, "nothing is mapped there: a wild pointer, or memory that was given back"),
    ],
)
def test_what_an_address_points_to(address: int, words: str) -> None:
    assert points_to(address, memory(0x400010, STACK + SIZE - 4096, SECOND), "crab::walk") == words


def test_a_jump_to_nowhere() -> None:
    jump = "; the program jumped there: a call through a bad function pointer"
    assert points_to(0, memory(counter=0)) == f"a null pointer{jump}"
    assert points_to(0x10000010, memory(counter=0x10000010)).endswith(jump)
    # Where an instruction failed that is code.
    assert points_to(0x7F0000001010, memory()) == f"code of {LIB}"


@pytest.mark.parametrize(
    ("address", "stack"),
    [
        # The stack pointer is in the stack still, below it already, or has just left it.
        (STACK - 8, STACK + 16),
        (STACK - 4096, STACK - 4096 + 8),
        (STACK - 600_000, STACK + 40),
        (STACK - 8, STACK - 600_000),
    ],
)
def test_a_stack_that_is_full(address: int, stack: int) -> None:
    full = memory(stack=stack)
    assert overflowed(address, full)
    assert (
        points_to(address, full) == "just below the stack of thread 10, 8.0 MiB of which are used up: a stack overflow"
    )


def test_the_guard_of_another_thread() -> None:
    own = CoreThread(12, 11, (), 0x400010, 0x7F1000001100)
    assert overflowed(0x7F1000000FF8, Memory(AREAS, (own,)))


@pytest.mark.parametrize(
    ("address", "stack"),
    [
        (STACK - 8, STACK + SIZE - 64),
        (STACK + 8, STACK + 16),
        (8, STACK),
        (STACK - 2**30, STACK),
        (0x10000000 - 8, STACK + 16),
    ],
)
def test_what_is_no_overflow(address: int, stack: int) -> None:
    assert not overflowed(address, memory(stack=stack))


def test_nothing_is_known() -> None:
    nothing = Memory((), ())
    assert points_to(0x1000000, nothing).startswith("nothing is mapped there: ")
    assert not overflowed(0x1000000, nothing)
    assert not overflowed(STACK - 8, Memory(AREAS, (CoreThread(1, 11),)))


def test_registers_that_are_no_pointers() -> None:
    values = (("rax", 0x6F77206F6C6C6568), ("rbx", 5), ("rcx", STACK), ("orig_rax", 2**64 - 1), ("rdx", 2**64 - 4096))
    assert suspects(CoreThread(1, 11, values)) == (("rax", 0x6F77206F6C6C6568),)
