"""Results of an executor are waited for that take minutes."""

from concurrent.futures import ThreadPoolExecutor

import rows
from saying import ready


def main():
    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(rows.compute, 300.0) for _ in range(4)]
        ready()
        print([each.result() for each in results])


main()
