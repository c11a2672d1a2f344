import sys
import millrace

def read(address):
    return millrace.peek(address)

def main():
    print(read(int(sys.argv[1], 0)))

main()
