"""What the room of briefing registers."""

from django.apps import AppConfig


class BriefingConfig(AppConfig):
    """Figures, board, situation reports."""

    name = "muster.briefing"
    label = "briefing"

    def ready(self) -> None:
        from muster.briefing import actions, ending, held, lists, logged, reports, touched
        from muster.foundation.registry import CHORES, HELD, LISTS, PROOFS, TOUCHED, VERBS

        del actions  # importing them has registered their verbs
        HELD.add("briefing", held.parts)
        VERBS.add_all(logged.WORDS)
        TOUCHED.add("report", touched.reports)
        CHORES.add("final reports", ending.chore)
        LISTS.add("figure", lists.figure)
        LISTS.add("reports", lists.reports)
        PROOFS.add("reports", reports.prove)
