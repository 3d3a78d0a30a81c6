"""What is personal and can be erased: each particular with its purpose and its end, encrypted.

Nothing of it stands anywhere else: facts, marks, tallies and the log hold ids, codes and counts.
"""
