"""Calling up: orders that units acknowledge, call-ups to which members report in, and the badge they show.

An order is immutable once issued. A change is a new version, which opens a new roll. The rules:
docs/rules/mobilisation.md.
"""
