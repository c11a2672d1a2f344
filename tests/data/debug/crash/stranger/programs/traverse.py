import gc
import millrace

def main():
    tree = millrace.Tree(True)
    tree.child = tree
    gc.collect()
    print("collected")

main()
