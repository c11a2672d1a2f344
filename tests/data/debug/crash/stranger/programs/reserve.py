import sys
import millrace

def make_room(items):
    return millrace.reserve(items)

make_room(int(sys.argv[1], 0))
