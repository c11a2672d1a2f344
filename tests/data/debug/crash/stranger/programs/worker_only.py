import millrace

def main():
    for number in (1, 2, 9):
        print("number", number, "->", millrace.spawn_check(number), flush=True)
    print("all numbers checked")

main()
