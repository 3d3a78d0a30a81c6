"""The API of one's own matters: who I am here, what is asked of me."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from django.db.models import F
from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from muster.foundation import clock
from muster.foundation.api import ApiRequest, answer, example, scope
from muster.foundation.rights import Actor
from muster.organisation import scopes
from muster.organisation.asking import zone
from muster.organisation.models import Person, Unit, codes_of
from muster.roll.coverage import subject_names
from muster.roll.mine import mine
from muster.roll.models import OUTSTANDING, Entry, Roll
from muster.roll.rows import subject_codes

router = Router(tags=["me"])


class GrantOut(BaseModel):
    """A role that I hold."""

    role: str
    unit: str = Field(description="code of the unit")
    unit_name: str


class EntryOut(BaseModel):
    """Something that is asked of me, or of a unit that I lead, on a roll that is open."""

    id: UUID
    roll: str
    title: str
    kind: str
    source_kind: str = Field(description="what asks for it, such as mobilisation.order")
    source_id: UUID
    unit: str = Field(description="code of the unit that must see to it")
    subject: str = Field(description="code or number of whom or what it is about")
    name: str
    state: Literal["outstanding", "answered", "excused"]
    outcome: str
    due_at: str | None
    overdue: bool
    late: bool
    unmet: bool
    differs: bool


class Me(BaseModel):
    """Who I am here, and what is asked of me, the first due first."""

    account: str
    number: str
    name: str
    grants: list[GrantOut]
    entries: list[EntryOut]


_EXAMPLE = {
    "account": "P0042",
    "number": "P0042",
    "name": "Ada Brook",
    "grants": [{"role": "lead", "unit": "0103", "unit_name": "Lower Mill"}],
    "entries": [
        {
            "id": "01984c3e-7b1f-7d60-9a70-3f8f5d0f2a11",
            "roll": "dykes-v1.acknowledge",
            "title": "To the dykes",
            "kind": "mobilisation.acknowledgement",
            "source_kind": "mobilisation.order",
            "source_id": "01984c3e-0d52-7c11-8a3e-5f0f2a117b1f",
            "unit": "0103",
            "subject": "0103",
            "name": "Lower Mill",
            "state": "outstanding",
            "outcome": "",
            "due_at": "2026-07-02T12:00:00+02:00",
            "overdue": True,
            "late": False,
            "unmet": False,
            "differs": False,
        }
    ],
}


@router.get("/me", response=Me, summary="Who I am, and what is asked of me", openapi_extra=example(_EXAMPLE))
@scope(scopes.OWN)
def me(request: ApiRequest) -> HttpResponse:
    """My account and roles, and my entries on rolls that are open: assigned to me, or to a unit that I lead."""
    actor = request.auth
    person = Person.objects.only("number", "name").get(account=request.user.pk)
    rows = mine(actor).filter(roll__state=Roll.State.OPEN, state__isnull=False)
    entries = list(rows.order_by(F("due_at").asc(nulls_last=True), "roll__opened_at", "pk"))
    held = {u.path: u for u in Unit.objects.filter(path__in=actor.scopes()).only("path", "name")}
    codes = codes_of({u.pk for u in held.values()} | {e.unit_id for e in entries})
    return answer(
        {
            "account": actor.name,
            "number": person.number,
            "name": person.name,
            "grants": _grants(actor, held, codes),
            "entries": _entries(entries, codes),
        }
    )


def _grants(actor: Actor, held: dict[str, Unit], codes: dict[UUID, str]) -> list[dict[str, Any]]:
    return [
        {"role": role, "unit": codes.get(held[path].pk, str(held[path].pk)), "unit_name": held[path].name}
        for role, path in actor.grants
        if path in held
    ]


def _entries(entries: Sequence[Entry], codes: dict[UUID, str]) -> list[dict[str, Any]]:
    """Entries as they stand now. A query for each kind of subject for names, one for codes."""
    names = subject_names(entries)
    subjects = subject_codes(entries)
    local, now = zone(), clock.now()
    return [
        {
            "id": e.pk,
            "roll": e.roll.key,
            "title": e.roll.title,
            "kind": e.roll.kind,
            "source_kind": e.roll.source_kind,
            "source_id": e.roll.source_id,
            "unit": codes.get(e.unit_id, str(e.unit_id)),
            "subject": subjects.get(e.subject_id, str(e.subject_id)),
            "name": names.get(e.subject_id, ""),
            "state": e.state,
            "outcome": e.outcome,
            "due_at": e.due_at.astimezone(local).isoformat() if e.due_at else None,
            "overdue": e.state == OUTSTANDING and e.due_at is not None and e.due_at < now,
            "late": e.late,
            "unmet": e.unmet,
            "differs": e.differs,
        }
        for e in entries
    ]
