"""A pool is used before a fork, and again in the child, which has no threads of the pool."""

import multiprocessing

import tangle
from tangle_ready import ready


def work(pipe):
    pipe.send("at work")
    pipe.send(tangle.total(list(range(1000))))


def main():
    tangle.total(list(range(1000)))
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=work, args=(theirs,))
    child.start()
    ours.recv()
    ready(child.pid)
    print(ours.recv())


main()
