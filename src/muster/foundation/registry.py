"""What the rooms offer: tables that a room fills in its `apps.py` and a lower or higher room reads.

One idiom for all: `TABLE.add(key, offer)`. `muster check` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from muster.foundation.errors import Refusal, Text, text

Offer = TypeVar("Offer")


class Table(Generic[Offer]):
    """Offers by key, in the order in which the rooms registered them. name: as `muster check` calls the table."""

    def __init__(self, name: Text) -> None:
        self.name = name
        self._offers: dict[str, Offer] = {}

    def add(self, key: str, offer: Offer) -> None:
        """Register an offer. A key can be given once; the same offer again is no harm."""
        if key in self._offers and self._offers[key] is not offer:
            raise ValueError(f"{self.name}: {key} is registered twice")
        self._offers[key] = offer

    def add_all(self, offers: Mapping[str, Offer]) -> None:
        """Register several."""
        for key, offer in offers.items():
            self.add(key, offer)

    def __getitem__(self, key: str) -> Offer:
        return self._offers[key]

    def __contains__(self, key: str) -> bool:
        return key in self._offers

    def __iter__(self) -> Iterator[str]:
        return iter(self._offers)

    def __len__(self) -> int:
        return len(self._offers)

    def get(self, key: str) -> Offer | None:
        """The offer, or None."""
        return self._offers.get(key)

    def items(self) -> list[tuple[str, Offer]]:
        """All keys with their offers."""
        return list(self._offers.items())

    def values(self) -> list[Offer]:
        """All offers."""
        return list(self._offers.values())


FACTS: Table[Any] = Table(text("facts"))
"""kind -> the model of that fact."""

ACTIONS: Table[Any] = Table(text("actions"))
"""verb -> the action."""

VERBS: Table[Text] = Table(text("words of actions"))
"""verb -> how the log calls it, to a reader."""

TOUCHED: Table[Callable[..., dict[Any, Any]]] = Table(text("what a line of the log may be about"))
"""kind -> function(actor, ids) -> {id: lines.Touched} of those that are of this kind and the actor's to see."""

BECAME: Table[Callable[..., list[Any]]] = Table(text("what became of what a line of the log is about"))
"""room -> function(actor, line, ids) -> list of lines.Became, read from what the room keeps for ever."""

HEALTH: Table[Callable[[], list[Any]]] = Table(text("what the page of health asks"))
"""key -> function() -> list of health.Sign: how a part of the server is, in one query or few."""

ROLL_KINDS: Table[Any] = Table(text("kinds of roll"))
"""key -> roll.kinds.RollKind."""

SUBJECTS: Table[Any] = Table(text("subjects of entries"))
"""kind -> function(list of ids) -> {id: name}."""

SUBJECT_CODES: Table[Any] = Table(text("codes of subjects"))
"""kind -> function(list of ids) -> {id: the code or number by which others know it}."""

FIGURES: Table[Any] = Table(text("figures"))
"""key -> a figure or a family of figures (briefing)."""

PROOFS: Table[Callable[..., list[Any]]] = Table(text("proofs of muster verify"))
"""name -> function(**options) -> list of differences found."""

CHECKS: Table[Any] = Table(text("checks of muster check"))
"""key -> checks.Check."""

CHORES: Table[Callable[[], int]] = Table(text("chores of the clockwork"))
"""name -> function() -> how much was done; called by each tick."""

OBSTACLES: Table[Callable[[], Refusal | None]] = Table(text("what may keep a database from being served"))
"""name -> function() -> why neither server nor clockwork may begin on this database now; None where they may."""


def require_no_obstacle() -> None:
    """Refuse to begin to serve, or to tick, what is not fit for it."""
    for obstacle in OBSTACLES.values():
        refusal = obstacle()
        if refusal is not None:
            raise refusal


KEYED: Table[Callable[[], bool]] = Table(text("what needs its old keys"))
"""purpose of a key -> function() -> whether this database holds anything that was made with such a key."""

PURPOSES: Table[Any] = Table(text("purposes of particulars"))
"""key -> vault.purposes.Purpose."""

ERASED: Table[Callable[..., int]] = Table(text("what is erased again after a restore"))
"""kind in the journal of erasures -> function({id: when it was erased}) -> how many were erased again."""

HELD: Table[Callable[..., Any]] = Table(text("what is held about a person"))
"""key -> function(person id, at) -> the parts of the page *what is held about me* that a room has to tell."""

JOBS: Table[Callable[..., Any]] = Table(text("jobs"))
"""verb -> function(job) that does one slice and says whether more is left."""

STILL_OPEN: Table[Callable[..., Any]] = Table(text("what may still be open in an incident"))
"""name -> function(incident id) -> lines of the stand-down list (organisation.incidents.StillOpen)."""

OPEN_MATTERS: Table[Callable[..., int]] = Table(text("what may still be open at a unit"))
"""name -> function(unit id) -> how many; a unit is closed only when all answer 0."""

IMPORTS: Table[Any] = Table(text("kinds of import"))
"""key -> sheets.importer.Importer."""

BUILT_ON: Table[Callable[..., dict[Any, Text]]] = Table(text("what may be built on what an import wrote"))
"""name -> function(kind of subject, ids) -> {id: what was built on it since}; an import is undone only without any."""

LISTS: Table[Callable[..., Any]] = Table(text("lists to take along"))
"""key -> function(actor, what the address asks) -> sheets.out.Listing, of what the actor sees only."""

MESSAGES: Table[Any] = Table(text("texts of messages"))
"""key -> messages.texts.Template: how a kind of message is worded."""

SEARCH: Table[Any] = Table(text("what the search finds"))
"""key -> organisation.finding.Searched, whose function finds by some words what the actor sees only."""
