"""A loop waits for what an executor computes."""

import asyncio

import rows
from saying import ready


async def compute():
    loop = asyncio.get_event_loop()
    return await asyncio.gather(*(loop.run_in_executor(None, rows.compute, 300.0) for _ in range(2)))


def main():
    loop = asyncio.new_event_loop()
    loop.call_later(0.2, ready)
    print(loop.run_until_complete(compute()))


main()
