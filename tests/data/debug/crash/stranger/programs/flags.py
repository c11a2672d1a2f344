import sys
import millrace

def read_flags(text):
    return [millrace.parse_flag(flag) for flag in text]

read_flags(sys.argv[1])
