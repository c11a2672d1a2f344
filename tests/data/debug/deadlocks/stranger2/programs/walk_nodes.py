"""The collector looks into a node while its children are being replaced."""

import gc

import tangle
from tangle_ready import ready


def fresh(child):
    gc.collect()
    return dict(child)


def main():
    node = tangle.Node([{"name": "leaf"}])
    gc.disable()
    ready()
    node.replace_all(fresh)


main()
