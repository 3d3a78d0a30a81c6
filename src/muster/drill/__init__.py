"""Plays a scenario through the real actions, with the clock set to each event's time."""
