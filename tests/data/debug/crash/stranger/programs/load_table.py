"""Load a table."""
import sys
import millrace

def checked(row):
    return millrace.first_word(row, 2)

def load(rows):
    return millrace.walk(rows, checked)

def main():
    print("rows:", load(["abc def", "Köln am Rhein"]))

main()
