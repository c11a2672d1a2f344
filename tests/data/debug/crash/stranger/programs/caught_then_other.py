import logging
import millrace

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
log = logging.getLogger("importer")

def convert(line):
    return millrace.column(line, 2)

def convert_all(lines):
    done = {}
    for line in lines:
        try:
            done[line] = convert(line)
        except BaseException:
            log.exception("skipping %r", line)
    return done

def main():
    done = convert_all(["a;b;c", "a;b"])
    print("converted", len(done))
    print(done["x;y;z"])

main()
