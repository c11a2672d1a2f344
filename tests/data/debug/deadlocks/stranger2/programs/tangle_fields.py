"""The fields of the schema, which are read when this is imported."""

from tangle_turns import reading, turn


def read_fields():
    reading.set()
    turn.wait()
    return ["name", "town", "since"]


FIELDS = read_fields()
