"""One program for each way to end, named by its argument; `here` is where it is stopped before."""
# ruff: noqa: ANN001, ANN201, ANN202, T201

import os
import signal
import subprocess
import sys
import threading
import time

import debugging_example


def here(number=0):
    return number


def killed():
    os.kill(os.getpid(), signal.SIGSEGV)


def null():
    debugging_example.null_write()


def own_interrupt():
    try:
        signal.raise_signal(signal.SIGINT)
        time.sleep(5)
    except KeyboardInterrupt:
        print("its own interrupt")


def own_trap():
    signal.signal(signal.SIGTRAP, lambda *_: print("its own trap"))
    signal.raise_signal(signal.SIGTRAP)


def fork():
    child = os.fork()
    if not child:
        here(1)
        os._exit(5)
    print("child", os.waitpid(child, 0)[1] >> 8)


def child():
    script = "import os, sys; print('pyo3ops_breakpoints' in sys.modules, 'PYO3OPS_BREAKPOINTS' in os.environ)"
    print("child", subprocess.check_output([sys.executable, "-c", script]).decode().strip())


def threads():
    def work(number):
        for each in range(3):
            here(number * 10 + each)
            debugging_example.own_pointer()

    workers = [threading.Thread(target=work, args=(number,), name=f"worker {number}") for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def panics():
    print("joined", debugging_example.panic_in_thread())


def sleep():
    print("sleeping", flush=True)
    time.sleep(60)


here()
globals()[sys.argv[1]]()
