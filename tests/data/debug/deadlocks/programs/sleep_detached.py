"""Threads sleep in Rust and in Python, and let go of the interpreter."""

import time

import deadlocks
from saying import ready, started


def in_rust():
    deadlocks.sleep_detached(300.0)


def main():
    started("rust", in_rust)
    ready()
    time.sleep(300)


main()
