"""The main thread waits, detached, for a program to end; others wait for what it will have made."""

import sys
import threading
import time

import tangle
from tangle_ready import ready

done = threading.Condition()


def await_result():
    with done:
        done.wait()


def tick():
    ready()
    while True:
        time.sleep(0.5)


def main():
    for number in range(3):
        threading.Thread(target=await_result, name="waiter-%d" % number, daemon=True).start()
    threading.Thread(target=tick, name="tick", daemon=True).start()
    code = tangle.wait_for([sys.executable, "-c", "import time; time.sleep(150)"])
    with done:
        done.notify_all()
    print("ended with", code)


main()
