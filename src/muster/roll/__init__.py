"""The one idea: the roll. Who is expected, who answered, who is excused, who is missing by name.

answered + excused + outstanding = expected, at every level of the tree, now and as of any past moment. Every
change of an entry is a mark, for ever; entries and tallies are caches of the marks. The rules: docs/rules/roll.md.
"""
