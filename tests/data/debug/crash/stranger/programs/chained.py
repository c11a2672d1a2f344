import millrace

class LoadError(Exception):
    pass

def parse(text):
    return millrace.digits(text)

def load(text):
    try:
        return parse(text)
    except BaseException as error:
        raise LoadError("cannot load " + text) from error

def main():
    load("12")
    load("12a")

main()
