"""Who there is: the tree of units, sets of units, people with their appointments and absences, accounts, grants.

The tree is the line of accountability. Everything else that joins units is a named set. Ranks and kinds are the
district's own data. Nobody sees more than the subtrees on which a grant of theirs stands: `visible_to`.
"""
