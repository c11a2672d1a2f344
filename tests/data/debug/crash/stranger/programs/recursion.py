import millrace

class Node:
    def __init__(self, tree):
        self.tree = tree

    def depth(self):
        return self.tree.depth()

def main():
    tree = millrace.Tree(False)
    tree.child = Node(tree)
    print(tree.depth())

main()
