"""What the room of rolls registers."""

from django.apps import AppConfig


class RollConfig(AppConfig):
    """Rolls, entries, marks, tallies."""

    name = "muster.roll"
    label = "roll"

    def ready(self) -> None:
        from muster.foundation.registry import (
            BUILT_ON,
            CHORES,
            FACTS,
            HELD,
            JOBS,
            LISTS,
            MESSAGES,
            OPEN_MATTERS,
            PROOFS,
            STILL_OPEN,
        )
        from muster.roll import closings, held, lists, opening, proofs, reminding, telling, wording
        from muster.roll.models import Attempt, Ruling

        FACTS.add(Ruling.KIND, Ruling)
        FACTS.add(Attempt.KIND, Attempt)
        JOBS.add("roll.open", opening.do_slice)
        JOBS.add("roll.remind", reminding.do_slice)
        HELD.add("roll", held.parts)
        STILL_OPEN.add("roll", proofs.rolls_open)
        CHORES.add("closings", closings.chore)
        CHORES.add("chasing", telling.chore)
        for key, template in wording.TEMPLATES.items():
            MESSAGES.add(key, template)
        LISTS.add("rolls", lists.rolls)
        LISTS.add("names", lists.names)
        BUILT_ON.add("roll", proofs.on_a_roll)
        OPEN_MATTERS.add("roll", proofs.outstanding_at)
        PROOFS.add("rolls", proofs.prove_rolls)
        PROOFS.add("marks", proofs.prove_marks)
        PROOFS.add("entries", proofs.prove_entries)
        PROOFS.add("tallies", proofs.prove_tallies)
        PROOFS.add("closings", proofs.prove_closings)
        PROOFS.add("facts of marks", proofs.prove_facts_of_marks)
