"""The words of a coverage: they follow the kind of roll, and never just say *done*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from muster.website.bar import CoverageLike

Text = str | Promise


@dataclass(frozen=True)
class CoverageWords:
    """Words for the parts of one kind of roll, each followed by a number on the page."""

    expected: Text
    answered: Text
    excused: Text
    overdue: Text
    waiting: Text
    complete: Text
    unmet: Text


GENERAL = CoverageWords(
    expected=pgettext_lazy("part of a bar", "Expected"),
    answered=pgettext_lazy("part of a bar", "Answered"),
    excused=pgettext_lazy("part of a bar", "Excused"),
    overdue=pgettext_lazy("part of a bar", "Overdue"),
    waiting=pgettext_lazy("part of a bar", "To come"),
    complete=pgettext_lazy("part of a bar", "Complete"),
    unmet=pgettext_lazy("part of a bar", "Cannot"),
)

KINDS = {
    "answered": GENERAL,
    "acknowledged": CoverageWords(
        expected=pgettext_lazy("acknowledged", "Expected"),
        answered=pgettext_lazy("acknowledged", "Acknowledged"),
        excused=GENERAL.excused,
        overdue=pgettext_lazy("acknowledged", "Overdue"),
        waiting=pgettext_lazy("acknowledged", "To come"),
        complete=GENERAL.complete,
        unmet=GENERAL.unmet,
    ),
    "reported_in": CoverageWords(
        expected=pgettext_lazy("reported in", "Called up"),
        answered=pgettext_lazy("reported in", "Reported in"),
        excused=GENERAL.excused,
        overdue=pgettext_lazy("reported in", "Overdue"),
        waiting=pgettext_lazy("reported in", "To come"),
        complete=GENERAL.complete,
        unmet=GENERAL.unmet,
    ),
}


def words_for(kind: Any) -> CoverageWords:
    """Words by key (`acknowledged`), or from any object with some of the words as attributes.

    A registered kind of roll fits: its `answered`, and its `outstanding` for what is not due yet.
    """
    if isinstance(kind, CoverageWords):
        return kind
    if isinstance(kind, str):
        return KINDS.get(kind, GENERAL)
    return CoverageWords(
        expected=getattr(kind, "expected", GENERAL.expected),
        answered=getattr(kind, "answered", GENERAL.answered),
        excused=getattr(kind, "excused", GENERAL.excused),
        overdue=getattr(kind, "overdue", GENERAL.overdue),
        waiting=getattr(kind, "outstanding", GENERAL.waiting),
        complete=getattr(kind, "complete", GENERAL.complete),
        unmet=getattr(kind, "unmet", GENERAL.unmet),
    )


def equation(coverage: CoverageLike, words: CoverageWords) -> str:
    """The whole equation in one line, for who hears the page and for a pointer that rests."""
    terms = [
        (words.answered, coverage.answered),
        (words.excused, coverage.excused),
        (words.overdue, coverage.overdue),
        (words.waiting, coverage.outstanding - coverage.overdue),
    ]
    shown = [f"{word} {count:,}" for place, (word, count) in enumerate(terms) if count or not place]
    line = f"{words.expected} {coverage.expected:,} = {' + '.join(shown)}"
    return line + (f" ({words.unmet} {coverage.unmet:,})" if coverage.unmet else "")
