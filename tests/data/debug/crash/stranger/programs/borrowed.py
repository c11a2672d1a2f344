import millrace

queue = millrace.Queue()

def visit(item):
    if item == "again":
        queue.push("once more")

def main():
    queue.push("first")
    queue.push("again")
    queue.each(visit)

main()
