"""The ground that every room stands on: the clock, ids, actions, facts, the audit log and its seals, jobs.

No word of an emergency is known here. What a room offers (kinds of roll, figures, facts, checks) it
registers in the tables of `registry`, so that a lower room can read it without importing upwards.
"""
