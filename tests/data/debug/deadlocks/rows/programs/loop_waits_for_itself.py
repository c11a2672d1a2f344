"""A coroutine waits for a result of the loop that it keeps from running, and lets others have the interpreter."""

import asyncio

import rows
from saying import ready


async def inner():
    return 1


async def outer(loop):
    ready()
    return asyncio.run_coroutine_threadsafe(inner(), loop).result()


def main():
    loop = asyncio.new_event_loop()
    print(loop.run_until_complete(outer(loop)))


main()
