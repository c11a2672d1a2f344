"""Tasks of a group, one of which panics."""

import asyncio

import kiln


async def fire_one(number, pieces):
    await asyncio.sleep(0.01 * number)
    try:
        return kiln.spread(900, pieces)
    except BaseException as error:
        if isinstance(error, Exception):
            raise
        error.add_note("batch %d of %d pieces" % (number, len(pieces)))
        raise


async def fire_all():
    async with asyncio.TaskGroup() as group:
        for number, pieces in enumerate([[4], [7, 7], []]):
            group.create_task(fire_one(number, pieces), name="batch-%d" % number)


def main():
    asyncio.run(fire_all())


main()
