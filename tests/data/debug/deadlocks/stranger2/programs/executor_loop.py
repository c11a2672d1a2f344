"""An event loop waits for what its executor fetches; now and then something comes back."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import tangle
from tangle_ready import ready


async def fetch_for_ever(loop, pool, milliseconds):
    while True:
        await loop.run_in_executor(pool, tangle.fetch, milliseconds)


async def serve():
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(4, thread_name_prefix="fetcher")
    tasks = [fetch_for_ever(loop, pool, milliseconds) for milliseconds in (1700, 1900, 2300)]
    loop.call_later(0.1, ready)
    await asyncio.gather(*tasks)


asyncio.run(serve())
