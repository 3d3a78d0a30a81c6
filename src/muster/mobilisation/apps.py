"""What the room of mobilisation registers."""

from django.apps import AppConfig


class MobilisationConfig(AppConfig):
    """Orders, acknowledgements, call-ups, badges."""

    name = "muster.mobilisation"
    label = "mobilisation"

    def ready(self) -> None:
        from muster.foundation.registry import (
            FACTS,
            FIGURES,
            HELD,
            IMPORTS,
            KEYED,
            LISTS,
            ROLL_KINDS,
            SEARCH,
            STILL_OPEN,
            TOUCHED,
            VERBS,
        )
        from muster.mobilisation import (
            actions,
            answers,
            faces,
            figures,
            finding,
            held,
            importing_answers,
            kinds,
            lists,
            logged,
            models,
            reading,
            touched,
        )
        from muster.roll.faces import FACES

        del actions, answers  # importing them has registered their verbs
        for fact in (
            models.OrderWithdrawal,
            models.Receipt,
            models.Acknowledgement,
            models.CannotAnswered,
            models.ReportIn,
        ):
            FACTS.add(fact.KIND, fact)
        LISTS.add("orders", lists.orders)
        SEARCH.add(finding.KEY, finding.ORDERS)
        IMPORTS.add(importing_answers.ANSWERS.key, importing_answers.ANSWERS)
        HELD.add("mobilisation", held.parts)
        VERBS.add_all(logged.WORDS)
        TOUCHED.add("order", touched.orders)
        TOUCHED.add("draft", touched.drafts)
        STILL_OPEN.add("drafts", reading.drafts_open)
        KEYED.add("signing", models.Badge.objects.exists)
        for kind in kinds.KINDS:
            ROLL_KINDS.add(kind.key, kind)
        for figure in (*figures.FIGURES, *figures.FAMILIES):
            FIGURES.add(figure.key, figure)
        for key, face in faces.FACES.items():
            FACES.add(key, face)
