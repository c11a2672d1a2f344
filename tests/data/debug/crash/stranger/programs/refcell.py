import millrace

session = millrace.Session()

def make():
    session.note(lambda: "inner")
    return "outer"

def main():
    session.note(make)

main()
