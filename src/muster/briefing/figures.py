"""Asking figures: which there are, what each says, and the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from muster.foundation import clock
from muster.foundation.errors import Refusal, text
from muster.foundation.registry import FIGURES
from muster.foundation.rights import Actor
from muster.organisation.asking import incident_of, moment, unit_for, zone
from muster.organisation.models import Incident
from muster.organisation.tree import Tree
from muster.roll import coverage
from muster.roll.coverage import Counted, Coverage
from muster.roll.figures import Figure, FigureFamily, Question
from muster.roll.models import Roll


def ask(actor: Actor, *, as_of: str | None = None, unit: str | None = None, incident: str | None = None) -> Question:
    """A question in somebody's words: a unit's code, a moment, an incident's key; refused where it is not theirs."""
    held = incident_of(incident)
    return question(held, actor, unit, coverage.as_of_moment(moment(as_of), held))


def question(incident: Incident, actor: Actor, unit: str | None, as_of: datetime) -> Question:
    """A question about a unit that the actor sees."""
    return Question(incident, unit_for(actor, unit, as_of), as_of, Tree.as_of(as_of))


def all_figures(asked: Question) -> list[Figure]:
    """Every figure that there is for a question: those declared, then those that data within its scope calls for."""
    offers = FIGURES.values()
    found = [f for f in offers if isinstance(f, Figure)]
    for family in offers:
        if isinstance(family, FigureFamily):
            found += family.members(asked)
    return found


def figure_by_key(key: str, asked: Question) -> Figure:
    """The figure with a key.

    Raises: Refusal `figure.unknown` (404).
    """
    declared = FIGURES.get(key)
    if isinstance(declared, Figure):
        return declared
    # A figure that data calls for later on was 0 before, as those are that were declared from the first.
    for question_then in (asked, replace(asked, as_of=max(asked.as_of, clock.settled()))):
        for figure in all_figures(question_then):
            if figure.key == key:
                return figure
    raise unknown()


def unknown() -> Refusal:
    """There is no such figure, or nothing of it is the reader's to see."""
    return Refusal(
        "figure.unknown", text("There is no figure with this key."), text("Choose one from the list."), status=404
    )


@dataclass(frozen=True)
class Answer:
    """What a figure says: its value, and for a coverage the parts and the roll behind it.

    words: the question as an address writes it, found once for all answers to it.
    """

    figure: Figure
    asked: Question
    value: int
    coverage: Coverage | None = None
    counted: Counted | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def roll(self) -> Roll | None:
        """The roll behind a coverage, when it was open yet."""
        return self.counted.roll if self.counted else None

    @property
    def rows_url(self) -> str:
        """The address of the rows."""
        return rows_url(self.figure.key, self.words or in_words(self.asked))

    def as_json(self) -> dict[str, Any]:
        """The figure as the report and the API give it; numbers are numbers."""
        words = self.words or in_words(self.asked)
        found: dict[str, Any] = {
            "key": self.figure.key,
            "label": str(self.figure.label),
            "value": self.value,
            "unit": str(self.figure.measure.label),
            "definition": str(self.figure.definition),
            "as_of": words["as_of"],
            "rows": rows_url(self.figure.key, words),
        }
        if self.coverage is not None:
            parts = ("expected", "answered", "excused", "outstanding", "late", "unmet")
            found.update({name: getattr(self.coverage, name) for name in parts})
        return found


def in_words(asked: Question) -> dict[str, str]:
    """The question as an address writes it: incident, unit, as_of. Two queries at most."""
    return {
        "incident": asked.incident.key,
        "unit": unit_code(asked.unit),
        "as_of": asked.as_of.astimezone(zone()).isoformat(),
    }


def rows_url(key: str, words: Mapping[str, str]) -> str:
    """The address of the rows behind a figure; words as `in_words` gives them."""
    return f"/office/figures/{key}/?{urlencode(words)}"


def unit_code(unit: Any) -> str:
    """The code of a unit in force; its id where it has none. No query for a unit that brought its code."""
    if hasattr(unit, "code_now"):
        return unit.code_now or str(unit.pk)
    found = unit.codes.filter(valid_to__isnull=True).order_by("-valid_from", "-pk").first()
    return found.code if found else str(unit.pk)


def answer_all(figures: Sequence[Figure], asked: Question, words: Mapping[str, str] | None = None) -> list[Answer]:
    """The answers of several figures to one question; the coverages among them cost two queries together.

    words: what `in_words` gave, where it was asked before.
    """
    rolls = rolls_behind([f for f in figures if f.is_coverage], asked.incident, asked.as_of)
    counted = coverage.count(list(rolls.values()), asked.as_of)
    words = words or in_words(asked)
    return [_answer(f, asked, rolls, counted, words) for f in figures]


def answer(figure: Figure, asked: Question, rolls: Sequence[Roll]) -> Answer:
    """The answer of one figure. rolls: those behind it, one after the other, opened by the moment. One query."""
    behind = {figure.key: rolls[-1]} if rolls else {}
    return _answer(figure, asked, behind, coverage.count(list(behind.values()), asked.as_of), in_words(asked))


def rolls_behind(figures: Sequence[Figure], incident: Incident, as_of: datetime) -> dict[str, Roll]:
    """{figure key: the roll behind it at the moment}, of those that share it the one opened last. One query."""
    keys = [f.key for f in figures]
    rolls = Roll.objects.filter(incident=incident, figure__in=keys, opened_at__lte=as_of)
    return {r.figure: r for r in rolls.order_by("opened_at", "pk")}


def _answer(
    figure: Figure, asked: Question, rolls: Mapping[str, Roll], counted: Mapping[Any, Counted], words: Mapping[str, str]
) -> Answer:
    if figure.count is not None:
        return Answer(figure, asked, figure.count(asked), words=words)
    roll = rolls.get(figure.key)
    if roll is None:
        return Answer(figure, asked, 0, Coverage(), words=words)
    here = counted[roll.pk]
    total = here.under(asked.tree, asked.path)
    return Answer(figure, asked, total.answered, total, here, words)
