"""What the room of briefing registers."""

from django.apps import AppConfig


class BriefingConfig(AppConfig):
    """Figures, board, situation reports."""

    name = "muster.briefing"
    label = "briefing"

    def ready(self) -> None:
        from muster.briefing import actions, ending, held, reports
        from muster.foundation.registry import CHORES, HELD, PROOFS

        del actions  # importing them has registered their verbs
        HELD.add("briefing", held.parts)
        CHORES.add("final reports", ending.chore)
        PROOFS.add("reports", reports.prove)
