"""A situation report in sentences, made from its figures: every number is a link that opens, no word is typed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from muster.foundation.errors import Text
from muster.roll.kinds import Words

Number = Callable[[str, str, int], SafeString]
"""(figure's key, part, value) -> how the number stands in the sentence: a link, or underlined with its note."""


HAN = r"[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
AFTER_SIGN = re.compile(r"(?<=[\u3000-\u303f\uff00-\uffef]) ")
"""A space after a full-width sign: the sign is its own."""
BESIDE_HAN = re.compile(rf"(?<={HAN}) (?=<span|[0-9A-Za-z])|(?<=</span>) (?={HAN})|(?<=</sup>) (?={HAN})")
"""A space between Chinese and digits: on screens it is wanted, on paper it is not."""


@dataclass(frozen=True)
class Paragraph:
    """The sentences of one stream of work, one after the other."""

    heading: Text
    text: SafeString

    def on_paper(self) -> Paragraph:
        """The same as it is printed: no space between Chinese and digits."""
        return Paragraph(self.heading, mark_safe(BESIDE_HAN.sub("", self.text)))


def paragraphs(
    figures: Sequence[Mapping[str, Any]],
    streams: Mapping[str, Text],
    stream_of: Mapping[str, str],
    words_of: Mapping[str, Words],
    number: Number,
) -> list[Paragraph]:
    """The report's text. stream_of: figure's key -> stream; words_of: figure's key -> words of its kind of roll."""
    found: dict[str, list[SafeString]] = {}
    for figure in figures:
        key = figure["key"]
        stream = stream_of.get(key, "")
        found.setdefault(stream, []).append(sentence(figure, words_of.get(key), number))
    order = list(streams)
    keys = sorted(found, key=lambda k: order.index(k) if k in order else len(order))
    return [Paragraph(streams.get(key, key or _("Further figures")), _joined(found[key])) for key in keys]


def _joined(sentences: Sequence[SafeString]) -> SafeString:
    """Sentences in a row. They are escaped already; only spaces are taken out."""
    return mark_safe(AFTER_SIGN.sub("", format_html_join(" ", "{}", ((one,) for one in sentences))))


def sentence(figure: Mapping[str, Any], words: Words | None, number: Number) -> SafeString:
    """One figure as a sentence."""
    key, label, measure = figure["key"], figure["label"], figure["unit"]
    if "expected" not in figure:
        value = number(key, "value", figure["value"])
        return format_html(_("{label}: {value} {measure}."), label=label, value=value, measure=measure)
    if not figure["expected"]:
        return format_html(_("{label}: nobody was expected yet."), label=label)

    def part(name: str) -> SafeString:
        return number(key, name, figure[name])

    answered = words.answered if words else _("answered")
    head = format_html(
        _("{label}: of {expected} {measure}, {answered} {word}"),
        label=label,
        expected=part("expected"),
        measure=measure,
        answered=part("answered"),
        word=answered,
    )
    inside = _inside(figure, part)
    clauses = [format_html("{}{}", head, inside)]
    if figure["excused"]:
        clauses.append(format_html(_("{n} excused"), n=part("excused")))
    if figure["outstanding"]:
        missing = words.outstanding if words else _("outstanding")
        clauses.append(format_html(_("{n} {word}"), n=part("outstanding"), word=missing))
    else:
        clauses.append(format_html("{}", _("nobody is missing")))
    end = pgettext("end of a sentence", ".")
    return format_html("{}{}", format_html_join(pgettext("between clauses", ", "), "{}", ((c,) for c in clauses)), end)


def _inside(figure: Mapping[str, Any], part: Callable[[str], SafeString]) -> SafeString:
    """What is counted inside the answered: late, and answered with no."""
    found = []
    if figure["late"]:
        found.append(format_html(_("{n} late"), n=part("late")))
    if figure["unmet"]:
        found.append(format_html(_("{n} cannot comply"), n=part("unmet")))
    if not found:
        return SafeString()
    joined = format_html_join(pgettext("between clauses", ", "), "{}", ((one,) for one in found))
    return format_html(_(" (of them {parts})"), parts=joined)
