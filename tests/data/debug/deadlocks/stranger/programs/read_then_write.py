"""One thread reads a list of names, and writes to it before it has finished reading."""

import sys
import threading

import tidemill


def ready():
    open(sys.argv[1], "w").close()


catalog = tidemill.Catalog()


def edit():
    ready()
    catalog.add_once("b")


def main():
    editor = threading.Thread(target=edit, name="editor")
    editor.start()
    editor.join()


main()
