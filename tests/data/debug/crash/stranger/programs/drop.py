import millrace

def make(names):
    return [millrace.Leaf(name) for name in names]

def main():
    leaves = make(["oak", "t\u00eatard"])
    leaves.clear()
    print("dropped")

main()
