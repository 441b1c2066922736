"""A module that says with which arguments and from which file it runs."""

import sys

if __name__ == "__main__":
    print((sys.argv[1:], __file__))
