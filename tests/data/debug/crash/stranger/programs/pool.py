import millrace

def main():
    print(millrace.run_jobs([0, 1, 2, 3]))
    print(millrace.run_jobs([0, 1, 5, 3]))

main()
