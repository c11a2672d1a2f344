import ctypes

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p

def release(block):
    libc.free(ctypes.c_void_p(block))

def main():
    block = libc.malloc(64)
    release(block)
    release(block)

main()
