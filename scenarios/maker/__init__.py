"""How the two scenarios of this folder were made, kept for the record.

Nothing here is read by Muster: a scenario is its CSV files. A clerk writes those by hand; these
modules wrote them once, from a seed, so that anybody can see that no name and no number is taken
from a real person.
"""
