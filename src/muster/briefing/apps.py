"""What the room of briefing registers."""

from django.apps import AppConfig


class BriefingConfig(AppConfig):
    """Figures, board, situation reports."""

    name = "muster.briefing"
    label = "briefing"

    def ready(self) -> None:
        from muster.briefing import actions, reports
        from muster.foundation.registry import PROOFS

        del actions  # importing them has registered their verbs
        PROOFS.add("reports", reports.prove)
