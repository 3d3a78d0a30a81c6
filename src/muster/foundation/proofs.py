"""`muster verify` for facts and audit lines: every row fits its digest, every line fits the rows it witnessed.

Lines and rows are read in the order of the lines and merged, so memory does not grow with the tables; only the ids
of corrections, which are few, are held all together.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.translation import gettext

from muster.foundation import sql
from muster.foundation.audit import digest_of_digests, mac_holds
from muster.foundation.facts import Fact, Witnessed, covered_columns, digest_of_values
from muster.foundation.models import AuditLine
from muster.foundation.registry import FACTS

SHOWN_MAX = 20
ROWS_SHOWN_MAX = 6


def witnessed_models() -> list[type[models.Model]]:
    """Every model whose rows an audit line witnesses."""
    return [m for m in apps.get_models() if issubclass(m, Witnessed)]


Written = tuple[UUID, str, str]
"""A row that a line wrote: the line, the digest of the row's content, and which row it is."""


def _written(model: type[models.Model]) -> Iterator[Written]:
    columns = covered_columns(model)
    place, label = columns.index("line"), model._meta.label
    pk = columns.index("id") if "id" in columns else place
    rows = model._default_manager.order_by("line").values_list(*columns)
    for row in rows.iterator(chunk_size=5000):
        yield row[place], digest_of_values(row), f"{label} {row[pk]}" if pk != place else label


def prove_facts(**_: Any) -> list[str]:
    """Each fact's stored digest fits its content."""
    found = []
    for model in apps.get_models():
        if not issubclass(model, Fact):
            continue
        columns = covered_columns(model)
        rows = model._default_manager.values_list("pk", "digest", *columns)
        for row in rows.iterator(chunk_size=5000):
            if digest_of_values(row[2:]) != row[1]:
                words = gettext("fact %(kind)s %(id)s: its content was changed")
                found.append(words % {"kind": model.KIND, "id": row[0]})
                if len(found) >= SHOWN_MAX:
                    return found
    return found


def prove_corrections(**_: Any) -> list[str]:
    """Corrections are lines, never trees: each names a fact that is there, which no other one corrects."""
    named: dict[UUID, list[str]] = {}
    for kind, model in FACTS.items():
        rows = model._default_manager.filter(corrects__isnull=False).order_by("pk").values_list("pk", "corrects")
        for pk, corrects in rows.iterator(chunk_size=5000):
            named.setdefault(corrects, []).append(f"{kind} {pk}")
    there: set[UUID] = set()
    for model in FACTS.values():
        for part in sql.slices(list(named)):
            there |= set(model._default_manager.filter(pk__in=part).values_list("pk", flat=True))
    lost = gettext("fact %(fact)s: it corrects %(corrected)s, which is missing")
    several = gettext("fact %(corrected)s: several correct it, %(facts)s")
    found = [lost % {"fact": names[0], "corrected": pk} for pk, names in named.items() if pk not in there]
    found += [several % {"corrected": pk, "facts": ", ".join(names)} for pk, names in named.items() if len(names) > 1]
    return found[:SHOWN_MAX]


def prove_lines(**_: Any) -> list[str]:
    """Each audit line's mac holds, and its digest fits the facts and marks that name it."""
    found: list[str] = []
    lines = AuditLine.objects.order_by("id").iterator(chunk_size=5000)
    written = groupby(heapq.merge(*(_written(m) for m in witnessed_models())), key=lambda row: row[0])
    group = next(written, None)
    for line in lines:
        if not mac_holds(line):
            changed = gettext("audit line %(line)s (%(verb)s): its content was changed")
            found.append(changed % {"line": line.id, "verb": line.verb})
        while group is not None and group[0] < line.id:
            found.append(_without_line(*group))
            group = next(written, None)
        rows: list[Written] = []
        if group is not None and group[0] == line.id:
            rows = list(group[1])
            group = next(written, None)
        if len(rows) != line.witnessed or digest_of_digests([digest for _, digest, _ in rows]) != line.facts_digest:
            found.append(_differs(line, rows))
        if len(found) >= SHOWN_MAX:
            return found[:SHOWN_MAX]
    while group is not None and len(found) < SHOWN_MAX:
        found.append(_without_line(*group))
        group = next(written, None)
    return found


def _differs(line: AuditLine, rows: Sequence[Written]) -> str:
    words = gettext(
        "audit line %(line)s (%(verb)s): %(written)s rows were written, %(stand)s stand or their content differs"
    )
    values = {"line": line.id, "verb": line.verb, "written": line.witnessed, "stand": len(rows)}
    return _with_rows(words % values, rows)


def _without_line(line: UUID, rows: Iterable[Written]) -> str:
    return _with_rows(gettext("audit line %(line)s: is missing, though rows name it") % {"line": line}, list(rows))


def _with_rows(problem: str, rows: Sequence[Written]) -> str:
    """The problem with the rows that it is about, so that somebody can look at them; the first few of many."""
    if not rows:
        return problem
    more = len(rows) - ROWS_SHOWN_MAX
    words = gettext("%(problem)s: %(rows)s and %(more)s more") if more > 0 else gettext("%(problem)s: %(rows)s")
    return words % {"problem": problem, "rows": ", ".join(which for _, _, which in rows[:ROWS_SHOWN_MAX]), "more": more}
