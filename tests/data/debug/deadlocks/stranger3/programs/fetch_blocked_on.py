"""A coroutine's thread blocks on a task of tokio's that decodes with Python."""

import asyncio
import sys

import skein
from skein_ready import ready


async def main():
    gate = skein.Gate()
    client = skein.Client()
    sys.setswitchinterval(100)
    ready()
    gate.open()
    print(client.fetch_all(gate))


asyncio.run(main())
