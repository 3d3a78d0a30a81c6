"""Who sees what: your subtree and no more (decision 13).

A model declares its parties, the units that a row concerns: `PARTIES = ("unit",)`. A row is visible to whoever
holds a seeing role on a unit whose subtree contains a party. Every query of a page, a figure, an export or an
API answer goes through `visible_to`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from muster.foundation.rights import HOUSE, Actor
from muster.organisation.roles import SEEING

M = TypeVar("M", bound=models.Model)


def below(path: str, field: str = "path") -> Q:
    """The rows in the subtree of a path, the unit itself included, as a range that both engines' indexes know.

    A path ends with a dot, and the slash is the character after it.
    """
    return Q(**{f"{field}__gte": path, f"{field}__lt": path[:-1] + "/"})


def below_any(paths: Iterable[str], field: str = "path") -> Q:
    """The rows in the subtrees of some paths; none for no path."""
    wanted = Q(pk__in=())
    for path in paths:
        wanted |= below(path, field)
    return wanted


def covers(scope: str, path: str) -> bool:
    """Whether the unit at `path` lies in the subtree of `scope`."""
    return path >= scope and path < scope[:-1] + "/"


def outermost(paths: Iterable[str]) -> list[str]:
    """The paths that no other of them covers, in order."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not covers(kept[-1], path):
            kept.append(path)
    return kept


def seen_paths(actor: Actor) -> list[str]:
    """The subtrees that an actor sees; the house itself sees all."""
    return outermost(actor.scopes(*SEEING))


def may_see(actor: Actor, path: str) -> bool:
    """Whether the unit at this path lies in what the actor sees."""
    return actor.has(HOUSE) or any(covers(scope, path) for scope in seen_paths(actor))


def holds_at(actor: Actor, roles: Iterable[str], path: str) -> bool:
    """Whether one of the roles is held at the unit of this path, or above it."""
    return any(covers(scope, path) for scope in actor.scopes(*roles))


def may_act(by: Actor, roles: frozenset[str], unit: Any) -> bool:
    """Whether a grant with one of the roles covers the unit; anywhere when the verb names no unit."""
    if unit is None:
        return by.has(*roles)
    return holds_at(by, roles, unit.path)


class VisibleQuerySet(models.QuerySet[M]):
    """A query set that can be cut down to what somebody sees."""

    def visible_to(self, actor: Actor) -> Self:
        """The rows of which a party lies in the actor's subtrees."""
        if actor.has(HOUSE):
            return self
        parties: tuple[str, ...] = self.model.PARTIES  # type: ignore[attr-defined]
        paths = seen_paths(actor)
        if not paths:
            return self.none()
        wanted = Q()
        for party in parties:
            field = "path" if party == "self" else f"{party}__path"
            for path in paths:
                wanted |= below(path, field)
        if not any("__" in party for party in parties):
            return self.filter(wanted)
        # A party reached over several rows (a person's appointments) must not double the row.
        return self.filter(pk__in=self.model._default_manager.filter(wanted).values("pk"))


class Visible(models.Model):
    """A model whose rows belong to somebody: it declares its parties."""

    PARTIES: ClassVar[tuple[str, ...]]

    objects = VisibleQuerySet.as_manager()

    class Meta:
        abstract = True
