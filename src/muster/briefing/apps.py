"""What the room of briefing registers."""

from django.apps import AppConfig


class BriefingConfig(AppConfig):
    """Figures, board, situation reports."""

    name = "muster.briefing"
    label = "briefing"

    def ready(self) -> None:
        from muster.briefing import actions, ending, finding, held, lists, logged, reports, touched
        from muster.foundation.registry import CHORES, HELD, LISTS, PROOFS, SEARCH, TOUCHED, VERBS

        del actions  # importing them has registered their verbs
        HELD.add("briefing", held.parts)
        VERBS.add_all(logged.WORDS)
        TOUCHED.add("report", touched.reports)
        CHORES.add("final reports", ending.chore)
        LISTS.add("figure", lists.figure)
        LISTS.add("reports", lists.reports)
        SEARCH.add(finding.KEY, finding.FIGURES)
        PROOFS.add("reports", reports.prove)
