import millrace

def read_header(data):
    return millrace.decode_header(data)

def main():
    print(read_header(b"\x00\x01\x02\x03"))
    print(read_header(b"\x00\x01"))

main()
