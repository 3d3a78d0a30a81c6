"""What the room of briefing registers."""

from django.apps import AppConfig


class BriefingConfig(AppConfig):
    """Figures, board, situation reports."""

    name = "muster.briefing"
    label = "briefing"

    def ready(self) -> None:
        from muster.briefing import actions, ending, finding, held, lists, reports
        from muster.foundation.registry import CHORES, HELD, LISTS, PROOFS, SEARCH

        del actions  # importing them has registered their verbs
        HELD.add("briefing", held.parts)
        CHORES.add("final reports", ending.chore)
        LISTS.add("figure", lists.figure)
        LISTS.add("reports", lists.reports)
        SEARCH.add(finding.KEY, finding.FIGURES)
        PROOFS.add("reports", reports.prove)
