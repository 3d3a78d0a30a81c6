"""What the page of a situation report shows: its sentences, one figure opened, what differs, who is missing.

Figures come from what was frozen, never from a new count; names are looked up as they are called now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from muster.briefing.board import STREAMS
from muster.briefing.figures import all_figures, rolls_behind
from muster.briefing.prose import Paragraph, paragraphs
from muster.briefing.reports import Difference, differences
from muster.foundation.errors import Text, text
from muster.organisation.asking import zone
from muster.organisation.tree import unit_names
from muster.roll import coverage
from muster.roll.figures import UNITS, Question
from muster.roll.kinds import kind_of
from muster.roll.models import Roll

APPENDIX_MAX = 200
"""More names than these do not stand on a report's paper; the roll's own list has them."""

PART_WORDS: dict[str, Text] = {
    "value": text("Value"),
    "expected": text("Expected"),
    "answered": text("Answered"),
    "excused": text("Excused"),
    "outstanding": text("Outstanding"),
    "late": text("Late"),
    "unmet": text("Cannot comply"),
}


@dataclass(frozen=True)
class Behind:
    """What stands behind a report's figures: stream by key, roll by key."""

    streams: Mapping[str, str]
    rolls: Mapping[str, Roll]


def behind(asked: Question) -> Behind:
    """The figures' streams and rolls at the report's moment. Two queries."""
    figures = all_figures(asked)
    return Behind({f.key: f.stream for f in figures}, rolls_behind(figures, asked.incident, asked.as_of))


def on_screen(content: Mapping[str, Any], back: Behind, chosen: tuple[str, str]) -> list[Paragraph]:
    """The report's text, each number a link that opens it beside the text. chosen: (figure's key, part)."""

    def number(key: str, part: str, value: int) -> SafeString:
        link = '<a class="fig" href="?figure={}&amp;part={}#opened"{}>{}</a>'
        current = mark_safe(' aria-current="true"') if (key, part) == chosen else ""
        return format_html(link, key, part, current, f"{value:,}")

    return _paragraphs(content, back, number)


def unissued(content: Mapping[str, Any], back: Behind) -> list[Paragraph]:
    """The text of a report that is not issued yet: each number opens its rows."""
    rows = {figure["key"]: figure["rows"] for figure in content["figures"]}

    def number(key: str, part: str, value: int) -> SafeString:
        show = "" if part == "value" else f"&show={part}"
        return format_html('<a class="fig" href="{}">{}</a>', f"{rows[key]}{show}", f"{value:,}")

    return _paragraphs(content, back, number)


def on_paper(content: Mapping[str, Any], back: Behind) -> tuple[list[Paragraph], list[dict[str, Any]]]:
    """The report's text with notes, and the notes: one a figure, at its first number."""
    notes: dict[str, int] = {}

    def number(key: str, part: str, value: int) -> SafeString:
        if key in notes:
            return format_html('<span class="fig">{}</span>', f"{value:,}")
        notes[key] = len(notes) + 1
        return format_html('<span class="fig">{}</span><sup>{}</sup>', f"{value:,}", notes[key])

    found = [paragraph.on_paper() for paragraph in _paragraphs(content, back, number)]
    figures = {figure["key"]: figure for figure in content["figures"]}
    return found, [{"no": no, "figure": figures[key]} for key, no in notes.items()]


def _paragraphs(content: Mapping[str, Any], back: Behind, number: Any) -> list[Paragraph]:
    words = {key: kind_of(roll.kind).words for key, roll in back.rolls.items()}
    return paragraphs(content["figures"], {k: label for k, (label, _i) in STREAMS.items()}, back.streams, words, number)


@dataclass(frozen=True)
class OpenedNumber:
    """A number of the report opened: its figure, which part, the same number in the report before."""

    figure: Mapping[str, Any]
    part: str
    word: Text
    value: int
    before: int | None
    href: str

    @property
    def by(self) -> int | None:
        """How much it differs from the report before."""
        return None if self.before is None else self.value - self.before


def open_number(
    content: Mapping[str, Any], previous: Mapping[str, Any] | None, key: str, part: str
) -> OpenedNumber | None:
    """The number that was asked for; None where the report has no such figure."""
    figure = next((f for f in content["figures"] if f["key"] == key), None)
    if figure is None:
        return None
    part = part if part in PART_WORDS and part in figure else "value"
    earlier: Sequence[Mapping[str, Any]] = previous["figures"] if previous else ()
    old = next((f for f in earlier if f["key"] == key), {})
    show = "" if part == "value" else f"&show={part}"
    return OpenedNumber(figure, part, PART_WORDS[part], figure[part], old.get(part), f"{figure['rows']}{show}")


@dataclass(frozen=True)
class Compared:
    """A number that the report before gave otherwise, in words."""

    difference: Difference
    word: Text
    by: int | None


def compared(previous: Mapping[str, Any], content: Mapping[str, Any]) -> list[Compared]:
    """What differs from the report before. The value of a coverage is its answered, so it is not said twice."""
    found = []
    coverages = {f["key"] for f in content["figures"] if "expected" in f}
    for one in differences(dict(previous), dict(content)):
        if one.part == "value" and one.key in coverages:
            continue
        by = one.after - one.before if one.after is not None and one.before is not None else None
        found.append(Compared(one, PART_WORDS[one.part], by))
    return found


@dataclass(frozen=True)
class Gap:
    """Who was missing in a part of the scope: how many, and the units' names where units answer for themselves."""

    unit: str
    count: int
    names: str


@dataclass(frozen=True)
class Appendix:
    """Who was missing on one roll, by the units below."""

    title: str
    gaps: Sequence[Gap]
    named: bool


def appendices(content: Mapping[str, Any], asked: Question, back: Behind) -> list[Appendix]:
    """Who was outstanding at the report's moment. Units by name, people only counted: their lists are the roll's."""
    keys = [f["key"] for f in content["figures"] if f.get("outstanding") and f["key"] in back.rolls]
    labels = {f["key"]: f["label"] for f in content["figures"]}
    counted = coverage.count([back.rolls[key] for key in keys], asked.as_of)
    groups = asked.tree.groups(asked.path)
    found = []
    for key in keys:
        roll = back.rolls[key]
        units = {u: c.outstanding for u, c in counted[roll.pk].units.items() if u in groups and c.outstanding}
        if kind_of(roll.kind).words.measure == UNITS.label and sum(units.values()) <= APPENDIX_MAX:
            found.append(_named(labels[key], roll, asked, units, groups))
        else:
            found.append(_counted(labels[key], asked, units, groups))
    return found


def _named(title: str, roll: Roll, asked: Question, units: Mapping[UUID, int], groups: Mapping[UUID, UUID]) -> Appendix:
    names = coverage.names(roll, asked.as_of, units=set(units))
    called = coverage.subject_names(names)
    heads: dict[UUID, list[str]] = {}
    for name in sorted(names, key=lambda n: asked.tree.paths.get(n.unit, "")):
        heads.setdefault(groups[name.unit], []).append(called.get(name.subject_id, ""))
    joint = pgettext("between names", ", ")
    known = unit_names(list(heads), asked.as_of)
    gaps = [Gap(known.get(head, ""), len(theirs), joint.join(theirs)) for head, theirs in _in_order(asked, heads)]
    return Appendix(title, gaps, named=True)


def _counted(title: str, asked: Question, units: Mapping[UUID, int], groups: Mapping[UUID, UUID]) -> Appendix:
    heads: dict[UUID, int] = {}
    for unit, count in units.items():
        heads[groups[unit]] = heads.get(groups[unit], 0) + count
    known = unit_names(list(heads), asked.as_of)
    return Appendix(title, [Gap(known.get(head, ""), n, "") for head, n in _in_order(asked, heads)], named=False)


def _in_order(asked: Question, heads: Mapping[UUID, Any]) -> Iterable[tuple[UUID, Any]]:
    return sorted(heads.items(), key=lambda pair: asked.tree.paths.get(pair[0], ""))


def checksum(digest: str, groups: int = 4) -> str:
    """The first digits of a hash, four and four, so that two sheets of paper can be compared."""
    return "·".join(digest[4 * n : 4 * n + 4] for n in range(groups))


def alone(content: Mapping[str, Any], asked: Question) -> str:
    """A report as a page in a file of its own: its text, notes and appendices, in the district's zone."""
    with timezone.override(zone()):
        back = behind(asked)
        shown, notes = on_paper(content, back)
        context = {
            "content": content,
            "asked": asked,
            "as_of": asked.as_of,
            "paragraphs": shown,
            "notes": notes,
            "appendices": appendices(content, asked, back),
        }
        return render_to_string("briefing/report_alone.html", context)
