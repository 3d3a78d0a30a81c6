"""Who may do it. The ground asks one function; the room of organisation installs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from muster.foundation.errors import Refusal, text

HOUSE = "house"
"""The role of the program itself: the clockwork, the set-up, the loader of a drill."""


@dataclass(frozen=True)
class Actor:
    """Who acts, by which way in, with which grants.

    grants: (role, path of the unit) of every grant that holds now. stand_ins: those of them that are held for somebody
    who is away, with that person. name: the account's; it goes into the log. channel: web, phone, api, command, drill,
    clockwork. token_id: the API token by which they ask, where they do. within: the path of the unit outside of which
    they may do nothing, not even what is their own; "" for no such bound.
    """

    name: str
    account_id: UUID | None = None
    person_id: UUID | None = None
    grants: tuple[tuple[str, str], ...] = ()
    channel: str = "web"
    stand_ins: tuple[tuple[str, str, UUID], ...] = ()
    token_id: UUID | None = None
    within: str = ""

    def through(self, channel: str) -> Actor:
        """The same person by another way in."""
        return replace(self, channel=channel)

    def has(self, *roles: str) -> bool:
        """Whether one of these roles is held anywhere."""
        return any(role in roles for role, _ in self.grants)

    def scopes(self, *roles: str) -> list[str]:
        """The paths at which one of these roles is held; any role when none is named."""
        return [path for role, path in self.grants if not roles or role in roles]


def house(name: str, channel: str = "command") -> Actor:
    """The program itself as actor."""
    return Actor(name=name, grants=((HOUSE, ""),), channel=channel)


Rule = Callable[[Actor, frozenset[str], Any], bool]
_rule: Rule | None = None


def install(rule: Rule) -> None:
    """Install the rule: may this actor act at this unit with one of these roles?"""
    global _rule
    _rule = rule


def require(by: Actor, roles: frozenset[str], unit: Any) -> None:
    """Refuse unless the actor may act there.

    Raises: Refusal `rights.refused` (403).
    """
    if HOUSE in roles and by.has(HOUSE):
        return
    if _rule is None or not _rule(by, roles, unit):
        raise refused()


def stood_in_for(by: Actor, roles: frozenset[str], unit: Any) -> UUID | None:
    """The absent person for whom this is done: whose grants alone let the actor do it. None for what is their own."""
    if not by.stand_ins or _rule is None:
        return None
    own = list(by.grants)
    for role, path, _person in by.stand_ins:
        own.remove((role, path))
    if _rule(replace(by, grants=tuple(own)), roles, unit):
        return None
    lent = (p for role, path, p in by.stand_ins if _rule(replace(by, grants=((role, path),)), roles, unit))
    return next(lent, None)


def refused() -> Refusal:
    """The one refusal for want of rights."""
    return Refusal(
        "rights.refused",
        text("This is not yours to do."),
        text("Ask whoever leads this unit, or a level above."),
        status=403,
    )
