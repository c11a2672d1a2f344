import millrace

def first():
    return millrace.spawn_job(7)

def rest():
    return millrace.drain()

def main():
    print("job:", first())
    print("rest:", rest())

main()
