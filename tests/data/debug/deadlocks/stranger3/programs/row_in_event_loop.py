"""A coroutine fetches a row without letting go of the loop, nor of the GIL; the driver calls back for it."""

import asyncio

import skein
from skein_ready import last_step


async def main():
    gate = skein.Gate()
    driver = skein.Driver(len, gate)
    last_step(gate)
    print(driver.fetch_row())


asyncio.run(main())
