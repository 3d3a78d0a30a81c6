"""Plays a scenario through the real actions, with the clock set to each event's time.

A scenario is a folder of plain sheets (`scenarios/README.md`). `sheets` reads files, `scenario` makes sense of
them and refuses what is wrong before anything is written, `loading` sets the district up, `playing` plays.
"""
