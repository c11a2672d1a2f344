import millrace

class Block:
    def __init__(self, data):
        self.data = data

    def verify(self):
        return millrace.checksum(self.data)

def main():
    blocks = [Block([1, 2, 3]), Block([200, 100])]
    print([block.verify() for block in blocks])

main()
