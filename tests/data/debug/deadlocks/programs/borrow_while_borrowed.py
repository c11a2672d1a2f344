"""A method that has its object mutably calls back, and the callback looks at the object."""

from deadlocks import Account
from saying import ready


def main():
    account = Account()

    def look():
        return account.balance

    ready()
    account.pay(7, look)


main()
