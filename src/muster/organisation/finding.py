"""The one box: what somebody types, made ready to compare; what is found by it; what each room offers (SEARCH).

A room adds a `Searched` in its `apps.py`. Whatever it finds has passed `visible_to` for the actor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q

from muster.foundation.errors import Refusal, Text, text
from muster.foundation.registry import SEARCH
from muster.foundation.rights import Actor
from muster.organisation.models import UnitCode
from muster.organisation.names import plain
from muster.organisation.roles import OFFICE
from muster.sheets import cells

WORDS_MAX = 80
"""Characters of what is typed; what is longer is cut."""
SPELLED_MIN = 3
"""Letters of a spelling that is looked for in the middle of names too."""
DIGITS_OF_PHONE = 4


@dataclass(frozen=True)
class Words:
    """What somebody typed."""

    typed: str

    @cached_property
    def plain(self) -> str:
        """As names are compared: simplified, small letters, no spaces, no signs."""
        return plain(self.typed)

    @cached_property
    def spelled(self) -> str:
        """As pinyin and initials are compared; empty for what is no spelling."""
        found = self.plain.replace("\u00fc", "v")
        return found if found.isascii() and found.isalnum() else ""

    @cached_property
    def phone_end(self) -> str:
        """The four digits, where that is all that was typed; empty for anything else."""
        found = cells.tidy(self.typed)
        return found if len(found) == DIGITS_OF_PHONE and found.isascii() and found.isdigit() else ""

    @cached_property
    def cases(self) -> set[str]:
        """How a code may be written that was typed without care."""
        found = cells.tidy(self.typed)
        return {found, found.upper(), found.lower()}

    @property
    def short(self) -> bool:
        """Whether it is one or two Latin letters, which stand in the middle of nearly every name."""
        return 0 < len(self.spelled) < SPELLED_MIN


def words_of(typed: str) -> Words:
    """What was typed, without what no keyboard writes."""
    return Words(" ".join("".join(sign if sign.isprintable() else " " for sign in typed).split())[:WORDS_MAX])


@dataclass(frozen=True)
class Why:
    """By what something was found. rank: what comes first has the least."""

    key: str
    rank: int
    label: Text


CODE = Why("code", 0, text("code"))
NUMBER = Why("number", 0, text("number"))
NAME = Why("name", 1, text("name"))
SHORT_NAME = Why("short_name", 1, text("short name"))
BEGINS = Why("begins", 2, text("beginning of the name"))
CODE_BEGINS = Why("code_begins", 2, text("beginning of the code"))
INITIALS = Why("initials", 3, text("initials"))
PINYIN = Why("pinyin", 3, text("pinyin"))
PHONE_END = Why("phone_end", 3, text("end of the telephone number"))
HOLDS = Why("holds", 4, text("part of the name"))
HOLDS_PINYIN = Why("holds_pinyin", 4, text("part of the pinyin"))
DEFINITION = Why("definition", 5, text("definition"))


@dataclass(frozen=True)
class Found:
    """Something that was found: what it is called, where it belongs, by what it was found, where it opens.

    more: what tells it from another of its name (a number, a version).
    """

    title: str
    where: str
    why: Why
    address: str
    more: str = ""


@dataclass(frozen=True)
class Hits:
    """What one kind found, the best first, and whether there is more; address: of the list that has all of it.

    Without an address that is the page of the search itself, of this kind only. told: what was not looked for, and why.
    """

    found: Sequence[Found] = ()
    is_more: bool = False
    address: str = ""
    told: Refusal | None = None


NONE = Hits()


@dataclass(frozen=True)
class Searched:
    """What a room offers to the box. find: function(actor, words, how many at most) -> Hits, of what the actor sees.

    reads: the models in which it looks for the words, and no others.
    """

    label: Text
    reads: tuple[type[models.Model], ...]
    find: Callable[[Actor, Words, int], Hits]


@dataclass(frozen=True)
class Section:
    """The hits of one kind."""

    key: str
    label: Text
    hits: Hits

    @property
    def best(self) -> int:
        """The rank of its best hit."""
        return min((one.why.rank for one in self.hits.found), default=DEFINITION.rank + 1)


@dataclass(frozen=True)
class Answer:
    """What a search found: the kinds with any hit, the one with the best first; what was not looked for."""

    words: Words
    sections: Sequence[Section] = ()
    told: Sequence[Refusal] = field(default_factory=tuple)


def search(actor: Actor, typed: str, most: int, kind: str = "") -> Answer:
    """Everything that somebody sees and some words find, or that of one kind; at most so many of each.

    Raises: Refusal `search.refused` (403) for who has no role of the office; `search.kind` (404).
    """
    if not actor.has(*OFFICE):
        raise Refusal(
            "search.refused",
            text("The search is for those who lead a unit or work in its office."),
            text("What is asked of you stands on your own page."),
            status=403,
        )
    if kind and kind not in SEARCH:
        raise Refusal("search.kind", text("Nothing of this kind is searched."), text("Leave the kind out."), status=404)
    words = words_of(typed)
    if not words.plain:
        return Answer(words)
    # The rooms register from the top down; the reader begins with people and units.
    offers = [(key, offer) for key, offer in reversed(SEARCH.items()) if not kind or key == kind]
    sections = [Section(key, offer.label, offer.find(actor, words, most)) for key, offer in offers]
    told = [one.hits.told for one in sections if one.hits.told]
    return Answer(words, sorted((one for one in sections if one.hits.found), key=lambda one: one.best), told)


def named(words: Words, prefix: str = "") -> Q:
    """The people or units in whose name, or pinyin, the words stand somewhere: one column is walked, not two.

    Where a name has Latin letters of its own, they stand in its pinyin too.
    """
    if words.spelled:
        return Q(**{f"{prefix}pinyin__contains": words.spelled})
    return Q(**{f"{prefix}folded__contains": words.plain})


def people_named(typed: str, prefix: str = "") -> Q:
    """The people whom a list's words name: by name, pinyin or number. Words of signs only name nobody."""
    words = words_of(typed)
    return Q(**{f"{prefix}number__in": words.cases}) | (named(words, prefix) if words.plain else Q(pk__in=[]))


def units_named(typed: str) -> Q:
    """The units whom a list's words name: by name, short name, pinyin, or how their code in force begins."""
    words = words_of(typed)
    codes = UnitCode.objects.filter(code__istartswith=words.typed, valid_to__isnull=True).values("unit")
    return Q(pk__in=codes) | (named(words) if words.plain else Q(pk__in=[]))


def why_of(words: Words, name: str, code: str = "") -> Why | None:
    """Why words find something that is called so; None where they do not. For what has no column to be found by."""
    if code and code in words.cases:
        return NUMBER
    known = plain(name)
    if known == words.plain:
        return NAME
    if known.startswith(words.plain):
        return BEGINS
    if code and plain(code).startswith(words.plain):
        return CODE_BEGINS
    if words.short:
        return None
    return HOLDS if words.plain in known or words.plain in plain(code) else None


def best_of(found: Iterable[tuple[Why | None, Any]], most: int) -> tuple[list[tuple[Why, Any]], bool]:
    """The best of some candidates in their order, at most so many, and whether there are more."""
    there = sorted(((why, one) for why, one in found if why is not None), key=lambda pair: pair[0].rank)
    return there[:most], len(there) > most
