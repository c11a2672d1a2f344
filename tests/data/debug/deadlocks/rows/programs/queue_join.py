"""A queue is joined whose items are worked at one after the other."""

import queue

import rows
from saying import ready, started


def work(items):
    while True:
        items.get()
        rows.compute(300.0)
        items.task_done()


def main():
    items = queue.Queue()
    started("work", work, items)
    for number in range(3):
        items.put(number)
    ready()
    items.join()


main()
