"""`python -m muster`: the command, where it is not on the path."""

from muster.website.cli import main

main()
