"""Figures and reports: every number opens to the rows it was counted from."""
