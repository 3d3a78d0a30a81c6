"""Units as sheets name them: by code, name, short name, with the unit above before it; of whoever takes them in."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from muster.foundation.errors import Text, text
from muster.foundation.rights import HOUSE, Actor, house
from muster.organisation.models import Account, Unit, UnitCode
from muster.organisation.people import actor_of
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import covers, holds_at
from muster.sheets import cells
from muster.sheets.importer import Fault

TAKERS = (COMMANDER, CLERK, LEAD)
"""Roles whose holder takes rows in about their units and those below."""
NAMED_MOST = 4
ALIKE = 0.5


@dataclass(frozen=True)
class Place:
    """A unit as a row may mean it."""

    pk: UUID
    path: str
    name: str
    short_name: str
    code: str
    open: bool
    kind: str = ""
    parent: UUID | None = None
    opened_at: Any = None

    @property
    def shown(self) -> str:
        """Its name with the code that tells it from others of that name."""
        return f"{self.name} ({self.code})" if self.code else self.name


def may(by: Actor) -> bool:
    """Whether somebody may take in anything at all."""
    return by.has(HOUSE, *TAKERS)


def may_write(by: Actor, path: str) -> bool:
    """Whether the unit at this path is theirs to take rows in about."""
    return by.has(HOUSE) or holds_at(by, TAKERS, path)


def who(account: UUID | None, name: str, channel: str) -> Actor:
    """Whoever took a file in, with the grants of now."""
    if account is None:
        return house(name, channel)
    return actor_of(Account.objects.get(pk=account), channel)


@dataclass
class Places:
    """The units of somebody, found by whatever a sheet calls them. Two queries."""

    by: Actor
    known: dict[UUID, Place] = field(default_factory=dict)
    _by_code: dict[str, list[Place]] = field(default_factory=dict)
    _by_name: dict[str, list[Place]] = field(default_factory=dict)
    _by_place: dict[str, list[Place]] = field(default_factory=dict)
    _alike: dict[str, str] = field(default_factory=dict)
    _own_names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        codes: dict[UUID, list[str]] = {}
        for unit, code in (
            UnitCode.objects.filter(valid_to__isnull=True).order_by("-valid_from").values_list("unit", "code")
        ):
            codes.setdefault(unit, []).append(code)
        fields = ("pk", "path", "name", "short_name", "closed_at", "kind_id", "parent_id", "opened_at")
        rows = {row[0]: row for row in Unit.objects.values_list(*fields)}
        for pk, path, name, short, closed, kind, parent, opened in rows.values():
            if not may_write(self.by, path):
                continue
            own = codes.get(pk, [""])
            place = Place(pk, path, name, short, own[0], closed is None, kind, parent, opened)
            self.known[pk] = place
            for code in own:
                self._by_code.setdefault(cells.code(code).casefold(), []).append(place)
            above = rows[parent][2:4] if parent in rows else ()
            self._own_names += [cells.fold(name), cells.fold(short)]
            self._note({name, short, *(f"{up}{own}" for up in above for own in (name, short))}, place)

    def _note(self, names: Iterable[str], place: Place) -> None:
        """Remember a unit by all that it is called, and by what it would be called by the place of its office."""
        for words in names:
            self._by_name.setdefault(cells.fold(words), []).append(place)
        for words in {cells.place_of_office(words) for words in names} - {""}:
            self._by_place.setdefault(words, []).append(place)

    def add(self, place: Place) -> None:
        """A unit that the same file brings."""
        self.known[place.pk] = place
        self._by_code.setdefault(cells.code(place.code).casefold(), []).append(place)
        self._note({place.name, place.short_name}, place)

    def find(self, words: str) -> list[Place]:
        """The units that some words mean: by code, else by name, else by the office for the place or the place for it.

        Those that are open, if any is.
        """
        found = self._by_code.get(cells.code(words).casefold()) or self._by_name.get(cells.fold(words))
        found = found or self._by_office(words)
        return [place for place in found if place.open] or found

    def _by_office(self, words: str) -> list[Place]:
        """Units called by the place where the words name its office, and by its office where they name the place."""
        plain = cells.place_of_office(words)
        named = self._by_name.get(plain, []) if plain else []
        offices = self._by_place.get(plain or cells.fold(words), [])
        return list({place.pk: place for place in (*named, *offices)}.values())

    def one(self, column: str, words: str) -> tuple[Place | None, Fault | None]:
        """The unit that a cell means, or what is wrong with it. One that is not theirs is as unknown as none."""
        found = self.find(words)
        if len(found) == 1 and found[0].open:
            return found[0], None
        if len(found) == 1:
            return None, Fault(column, "unit.closed", text("The unit “%(unit)s” is closed."), {"unit": words[:60]})
        if found:
            named = ", ".join(place.shown for place in found[:NAMED_MOST])
            message = text("“%(unit)s” may be: %(units)s. Write the code.")
            return None, Fault(column, "unit.ambiguous", message, {"unit": words[:60], "units": named})
        alike = self._near(words)
        return None, Fault(
            column, "unit.unknown", _unknown(alike), {"unit": words[:60], "alike": alike}, suggestion=alike
        )

    def _near(self, words: str) -> str:
        """A name of one of their units that is nearly so written."""
        folded = cells.fold(words)
        if folded not in self._alike:
            near = difflib.get_close_matches(folded, self._own_names, n=1, cutoff=ALIKE) if len(folded) < 40 else []
            self._alike[folded] = self._by_name[near[0]][0].name if near else ""
        return self._alike[folded]

    def above(self, path: str) -> bool:
        """Whether a unit stands at this path that is theirs."""
        return may_write(self.by, path)


def _unknown(alike: str) -> Text:
    if alike:
        return text("There is no unit “%(unit)s” among yours. Is it “%(alike)s”?")
    return text("There is no unit “%(unit)s” among yours.")


@lru_cache(maxsize=64)
def head_bytes(imported: UUID) -> bytes:
    """What all ids have in common that one import makes: its time, and a digest of its own id."""
    import hashlib

    digest = hashlib.sha256(imported.bytes).digest()
    raw = bytearray(imported.bytes[:6] + digest[:6])
    raw[6] = 0x80 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return bytes(raw)


def id_of(imported: UUID, position: int) -> UUID:
    """The id of what a row makes: the same row of the same import makes it once, however often it is tried."""
    return UUID(bytes=head_bytes(imported) + position.to_bytes(4, "big"))


def made_by(imported: UUID, pk: UUID) -> bool:
    """Whether a row of this import made it."""
    return pk.bytes[:12] == head_bytes(imported)


@lru_cache(maxsize=64)
def short_of(imported: UUID) -> str:
    """Six letters and digits that name an import in the numbers that it makes."""
    from muster.organisation.tree import label_of

    number = int.from_bytes(head_bytes(imported)[7:12], "big")
    return label_of(number % 36**6).upper().rjust(6, "0")


def empty(column: str, words: str) -> list[Fault]:
    """A cell that must say something."""
    return [] if words.strip() else [Fault(column, "cell.empty", text("This cell may not be empty."))]


def too_long(column: str, words: str, most: int) -> list[Fault]:
    """A cell that does not fit."""
    if len(words) <= most:
        return []
    message = text("This has %(length)s characters; %(most)s is the most.")
    return [Fault(column, "cell.too_long", message, {"length": len(words), "most": most})]


def hidden_signs(row: Mapping[str, str], columns: Sequence[str]) -> list[Fault]:
    """Cells with a sign that nobody sees: a control character, one that turns the writing around."""
    if not cells.has_forbidden("\n".join(row.values())):
        return []  # nearly every row: looked through at once
    message = text("This cell holds a sign that cannot be seen. Delete the cell and type it anew.")
    return [Fault(key, "cell.hidden_sign", message) for key in columns if cells.has_forbidden(row.get(key, ""))]


def covered(paths: Sequence[str], path: str) -> bool:
    """Whether one of the paths lies at or above another."""
    return any(covers(one, path) for one in paths)
