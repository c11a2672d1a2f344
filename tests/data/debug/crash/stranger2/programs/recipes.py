"""A glaze that misses a part; shown by rich, with what the variables are."""

import sys

from rich.console import Console
from rich.traceback import install

import kiln

install(show_locals=True, console=Console(file=sys.stderr, width=100, force_terminal=False))


def weigh(names, store_key):
    return kiln.mix({"quartz": 0.4, "kaolin": 0.3}, names)


def main():
    user_mail = "petra.lindqvist@ofen.example"
    weigh(["quartz", "feldspar"], "sk_live_InventedKilnKey77Zq31")


main()
