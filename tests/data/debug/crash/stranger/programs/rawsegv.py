import faulthandler
import threading
import time
import millrace

faulthandler.enable()

def tick():
    while True:
        time.sleep(0.01)

def scan(address):
    return millrace.raw_at(address)

def main():
    threading.Thread(target=tick, name="ticker", daemon=True).start()
    time.sleep(0.05)
    scan(0x7F0000000000 - 0x10000)

main()
