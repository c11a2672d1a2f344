"""The main thread asks an engine how far it is while another thread runs it."""

import threading

import tangle
from tangle_ready import ready


def show_progress(engine):
    print("steps:", engine.progress())


def main():
    engine = tangle.Engine()
    running = threading.Event()
    threading.Thread(target=engine.run, args=(running.set,), name="engine", daemon=True).start()
    running.wait()
    ready()
    show_progress(engine)


main()
