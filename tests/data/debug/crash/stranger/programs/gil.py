import ctypes

def ask_without():
    library = ctypes.CDLL(None)
    library.PyThreadState_Get()

def main():
    ask_without()

main()
