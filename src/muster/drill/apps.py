"""Plays a scenario through the real actions, with the clock set to each event's time."""

from django.apps import AppConfig


class DrillConfig(AppConfig):
    """The room as a Django app."""

    name = "muster.drill"
