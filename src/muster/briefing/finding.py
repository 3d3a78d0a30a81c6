"""Figures by the one box: by their words in the reader's language, or by key; of the incident that runs."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from muster.briefing.counting import is_shown
from muster.briefing.figures import all_figures, ask, rolls_behind
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor
from muster.organisation.finding import DEFINITION, NONE, Found, Hits, Searched, Why, Words, best_of, why_of
from muster.organisation.names import plain
from muster.roll.figures import Figure
from muster.roll.models import Roll

KEY = "figures"


def figures(actor: Actor, words: Words, most: int) -> Hits:
    """Figures that there are for the highest unit of the actor. Six queries."""
    try:
        asked = ask(actor)
    except Refusal:  # no incident yet, or nothing that could be counted for this reader
        return NONE
    named = [(why_of_figure(words, figure), figure) for figure in all_figures(asked)]
    coverages = [figure for why, figure in named if why is not None and figure.is_coverage]
    behind = rolls_behind(coverages, asked.incident, asked.as_of) if coverages else {}
    shown = [(why, f) for why, f in named if f.key not in behind or is_shown(behind[f.key], actor)]
    found, is_more = best_of(shown, most)
    where = f"{asked.unit.name} · {asked.incident.name}"
    rows = [Found(str(f.label), where, why, reverse("briefing:figure", args=[f.key]), f.key) for why, f in found]
    return Hits(rows, is_more, f"{reverse('briefing:figures')}?{urlencode({'q': words.typed})}")


def why_of_figure(words: Words, figure: Figure) -> Why | None:
    """Why some words find a figure: by its label or key, else by what its definition says."""
    why = why_of(words, str(figure.label), figure.key)
    if why is None and not words.short and words.plain in plain(str(figure.definition)):
        return DEFINITION
    return why


FIGURES = Searched(text("Figures"), (Roll,), figures)
