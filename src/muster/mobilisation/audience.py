"""Who an order is addressed to: a rule over the tree and the sets, resolved once at its issue.

Terms separated by spaces, joined: `set:KEY`, `kind:KEY` (or a kind's name), `under:CODE` (the unit and all below),
`unit:CODE`. A term with a leading minus takes its units away again.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from muster.foundation.errors import invalid, text
from muster.foundation.rights import Actor
from muster.organisation.models import Unit, UnitKind, UnitSet
from muster.organisation.scope import below
from muster.organisation.tree import unit_named


def resolve(by: Actor, selector: str, use: str = "audience") -> list[Unit]:
    """The open units that the rule finds, in the order of the tree.

    Raises: Refusal (422) that names the term which finds nothing known, at the field `use`. The code of a unit that
    `by` does not see is not known.
    """
    wanted: set[UUID] = set()
    unwanted: set[UUID] = set()
    for term in selector.split():
        taken = term.startswith("-")
        found = set(_units_of(by, term.removeprefix("-"), use).values_list("pk", flat=True))
        if taken:
            unwanted |= found
        else:
            wanted |= found
    ids = wanted - unwanted
    units = Unit.objects.filter(closed_at__isnull=True).order_by("order", "path")
    return [unit for unit in units.iterator(chunk_size=2000) if unit.pk in ids]


def _units_of(by: Actor, term: str, use: str) -> QuerySet[Unit]:
    rule, _, key = term.partition(":")
    if rule == "set" and UnitSet.objects.filter(key=key).exists():
        return Unit.objects.filter(sets__key=key)
    if rule == "kind":
        # By its key, or as the district calls it.
        kinds = list(UnitKind.objects.filter(Q(key=key) | Q(name=key)).values_list("pk", flat=True))
        if kinds:
            return Unit.objects.filter(kind__in=kinds)
    if rule in ("under", "unit") and key:
        unit = unit_named(key, Unit.objects.visible_to(by))
        return Unit.objects.filter(below(unit.path)) if rule == "under" else Unit.objects.filter(pk=unit.pk)
    raise invalid(
        use,
        text("“%(term)s” is no audience: write set:…, kind:…, under:… or unit:…, with a key that is known."),
        "audience.term",
        term=term[:60],
    )
