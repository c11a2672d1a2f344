"""The listener to a price asks for that price while it is told."""

import skein
from skein_ready import ready


def listen(name, price):
    ready()
    print(price, prices.price_of(name))


prices = skein.Prices(listen)
prices.raise_by_one("bread")
