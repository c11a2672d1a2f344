"""Every scenario in a thread of its own, named after it; the main thread waits last, and keeps the interpreter.

A comment `line: NAME` marks where a frame of NAME must stand.
"""

import asyncio
import threading

import matrix


def nested():
    matrix.through(second)  # line: nested


def second():
    matrix.Caller().call(third)  # line: second


def third():
    matrix.through(fourth)  # line: third


def fourth():
    plain()  # line: fourth


def plain():
    matrix.hold()  # line: plain


def detached():
    matrix.hold()  # line: detached


def generator():
    for _ in numbers():  # line: generator
        pass


def numbers():
    yield from inner_numbers()  # line: numbers


def inner_numbers():
    yield matrix.hold()  # line: inner_numbers


def task():
    asyncio.run(outer_task())  # line: task


async def outer_task():
    await inner_task()  # line: outer_task


async def inner_task():
    matrix.hold()  # line: inner_task


def builtin():
    sorted([1], key=key)  # line: builtin


def key(value):
    matrix.through(mapped)  # line: key
    return value


def mapped():
    list(map(matrix.hold_value, [1]))  # line: mapped


def recursion():
    down(4)  # line: recursion


def down(depth):
    if depth:
        matrix.again(down, depth)  # line: down
    else:
        bottom()  # line: down at the bottom


def bottom():
    matrix.hold()  # line: bottom


def attaching():
    matrix.hold()  # line: attaching


def main():
    scenarios = [nested, detached, generator, task, builtin, recursion]
    # A core of the process has all of its stacks.
    threading.stack_size(2**19)
    for scenario in scenarios:
        threading.Thread(target=scenario, name=scenario.__name__, daemon=True).start()
    matrix.spawn_pure()
    matrix.spawn_attaching(attaching)
    matrix.wait_for(len(scenarios) + 2)
    matrix.hold_attached()  # line: main


main()  # line: <module>
