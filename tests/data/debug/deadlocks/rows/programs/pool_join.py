"""Processes of a pool are waited for that compute for minutes."""

import multiprocessing

import rows
from saying import ready


def main():
    pool = multiprocessing.get_context("spawn").Pool(2)
    results = [pool.apply_async(rows.compute, (300.0,)) for _ in range(4)]
    pool.close()
    ready()
    pool.join()
    print([each.get() for each in results])


if __name__ == "__main__":
    main()
