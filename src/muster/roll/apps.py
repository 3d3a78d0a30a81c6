"""What the room of rolls registers."""

from django.apps import AppConfig


class RollConfig(AppConfig):
    """Rolls, entries, marks, tallies."""

    name = "muster.roll"
    label = "roll"

    def ready(self) -> None:
        from muster.foundation.registry import (
            BECAME,
            BUILT_ON,
            CHORES,
            FACTS,
            HELD,
            JOBS,
            LISTS,
            MESSAGES,
            OPEN_MATTERS,
            PROOFS,
            SEARCH,
            STILL_OPEN,
            TOUCHED,
            VERBS,
        )
        from muster.roll import (
            closings,
            finding,
            held,
            lists,
            logged,
            opening,
            proofs,
            reminding,
            telling,
            touched,
            wording,
        )
        from muster.roll.models import Attempt, Ruling

        FACTS.add(Ruling.KIND, Ruling)
        FACTS.add(Attempt.KIND, Attempt)
        JOBS.add("roll.open", opening.do_slice)
        JOBS.add("roll.remind", reminding.do_slice)
        HELD.add("roll", held.parts)
        VERBS.add_all(logged.WORDS)
        TOUCHED.add("roll", touched.rolls)
        TOUCHED.add("ladder", touched.ladders)
        BECAME.add("roll", touched.became)
        STILL_OPEN.add("roll", proofs.rolls_open)
        CHORES.add("closings", closings.chore)
        CHORES.add("chasing", telling.chore)
        for key, template in wording.TEMPLATES.items():
            MESSAGES.add(key, template)
        LISTS.add("rolls", lists.rolls)
        LISTS.add("names", lists.names)
        SEARCH.add(finding.KEY, finding.ROLLS)
        BUILT_ON.add("roll", proofs.on_a_roll)
        OPEN_MATTERS.add("roll", proofs.outstanding_at)
        PROOFS.add("rolls", proofs.prove_rolls)
        PROOFS.add("marks", proofs.prove_marks)
        PROOFS.add("entries", proofs.prove_entries)
        PROOFS.add("tallies", proofs.prove_tallies)
        PROOFS.add("closings", proofs.prove_closings)
        PROOFS.add("facts of marks", proofs.prove_facts_of_marks)
