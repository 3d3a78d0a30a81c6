"""What a token may do. Each operation of the API declares one of these; one that declares none is closed to tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from muster.foundation.errors import Text, text
from muster.foundation.rights import Actor
from muster.organisation.roles import ADMINISTRATOR, COMMANDER, SEEING


@dataclass(frozen=True)
class TokenScope:
    """A part of what an account may do. roles: whoever holds one of them has use for it; empty: everybody."""

    key: str
    label: Text
    roles: frozenset[str] = frozenset()


FIGURES = "figures:read"
NAMES = "names:read"
OWN = "own:read"
ANSWERS = "answers:write"
HEALTH = "health:read"

SCOPES: dict[str, TokenScope] = {
    one.key: one
    for one in (
        TokenScope(FIGURES, text("Figures, rolls and the situation report: counts, no names"), SEEING),
        TokenScope(
            NAMES, text("Names: behind a figure, on a roll, who is missing, and all that the search finds"), SEEING
        ),
        TokenScope(OWN, text("Who I am, and what is asked of me")),
        TokenScope(ANSWERS, text("Answer: acknowledge orders, report in")),
        TokenScope(HEALTH, text("How this server is"), frozenset((COMMANDER, ADMINISTRATOR))),
    )
}


def offered(actor: Actor) -> list[TokenScope]:
    """The scopes that somebody has use for; a token never opens more than its owner may anyway."""
    return [one for one in SCOPES.values() if not one.roles or actor.has(*one.roles)]


def labels(keys: Collection[str]) -> list[Text]:
    """Scopes in words, in their order."""
    return [one.label for one in SCOPES.values() if one.key in keys]
