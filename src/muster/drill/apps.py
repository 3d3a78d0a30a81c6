"""What the room of drill registers."""

from __future__ import annotations

from django.apps import AppConfig


class DrillConfig(AppConfig):
    """Scenarios and their play."""

    name = "muster.drill"
    label = "drill"

    def ready(self) -> None:
        from muster.drill import actions, logged, stopped
        from muster.foundation.registry import OBSTACLES, VERBS

        del actions  # importing them has registered their verbs
        OBSTACLES.add("play", stopped.half_way)
        VERBS.add_all(logged.WORDS)
