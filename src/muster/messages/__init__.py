"""Telling people: what is to be said to whom, by which way out of the house, once and not in the night.

An action puts messages into the outbox; the clockwork sends them by mail, by an SMS gateway or into a group, tries
again what failed, and lists for the administrator what it gave up. What is asked of somebody stands on their phone
anyway.
"""
