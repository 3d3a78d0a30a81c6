"""The verbs of rights: give a role, end it, let somebody stand in for one who is away (docs/rules/access.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, Text, invalid, text
from muster.foundation.rights import HOUSE, Actor, refused, require
from muster.organisation.incidents import require_running
from muster.organisation.models import Absence, Account, Appointment, Grant, Incident, Person, Unit, lasting
from muster.organisation.roles import ADMINISTRATOR, COMMANDER, DECIDE, ROLES
from muster.organisation.scope import below, holds_at
from muster.organisation.tree import lock_root, paths_towards_root

GIVERS = tuple(role.key for role in ROLES.values() if role.gives)


@action("organisation.grant_role", roles=(HOUSE, *GIVERS), at="unit")
def grant_role(
    *,
    by: Actor,
    account: Account,
    role: str,
    unit: Unit,
    since: datetime,
    until: datetime | None = None,
    incident: Incident | None = None,
) -> Grant:
    """Give a role at a unit. Nobody gives what they may not give there. incident: with its end the role ends too.

    Raises: Refusal `role.unknown`, `rights.refused`, `grant.until` for an end that has passed or comes first, and
    `incident.closed`.
    """
    if role not in ROLES:
        raise invalid("role", text("There is no role %(role)s."), "role.unknown", role=role[:32])
    if not may_give(by, role, unit):
        raise refused()
    if until is not None and until <= max(since, clock.now()):
        raise ends_too_early()
    if incident is not None:
        require_running(incident.pk)
    current_line().note(account.pk)
    current_line().change("role", None, role)
    current_line().change("until", None, until)
    return Grant.objects.create(
        account=account,
        role=role,
        unit=unit,
        since=since,
        until=until,
        incident=incident,
        granted_by_id=by.account_id,
    )


def may_give(by: Actor, role: str, unit: Unit) -> bool:
    """Whether somebody may give this role at this unit, and so end it."""
    giving = {key for key, known in ROLES.items() if role in known.gives}
    return by.has(HOUSE) or holds_at(by, giving, unit.path)


def ends_too_early() -> Refusal:
    """What ends before it begins, or has ended already, is not given."""
    return invalid("until", text("It must end after it begins, and not in the past."), "grant.until")


@action("organisation.end_grant", roles=(HOUSE, *GIVERS), at="grant.unit")
def end_grant(*, by: Actor, grant: Grant, until: datetime | None = None) -> None:
    """Take a role away, at once or at a moment to come, and with it what is lent of it.

    Raises: Refusal `rights.refused`, `grant.ended`, `grant.last`, `grant.until`.
    """
    if not may_give(by, grant.role, grant.unit):
        raise refused()
    lock_root()
    row = Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    at = locked()
    if row.until is not None and row.until <= at:
        raise Refusal("grant.ended", text("This has ended already."), status=409)
    if until is not None and until <= at:
        raise ends_too_early()
    require_not_last(Grant.objects.filter(pk=row.pk), at)
    current_line().note(row.account_id)
    current_line().change("role", row.role, row.role if until else None)
    current_line().change("until", row.until, until or at)
    Grant.objects.filter(pk=row.pk).update(until=until or at)
    if row.stands_in_for_id is None:
        # Whoever stands in holds what the absent hold, and no longer than they do.
        lent = Grant.objects.filter(stands_in_for__account=row.account_id, role=row.role, unit=row.unit_id)
        lent.filter(lasting(until or at)).update(until=until or at)


LAST: dict[str, Text] = {
    COMMANDER: text("This is the last commander of the district: nobody would be left to name another."),
    ADMINISTRATOR: text("This is the last administrator: nobody would be left to keep the server."),
}


def require_not_last(ending: QuerySet[Grant], at: datetime) -> None:
    """Refuse to end the last grant of a commander of the district, or of an administrator.

    The root was locked before (`lock_root`): of two who end the last two at once, one finds the other's gone.
    Raises: Refusal `grant.last`.
    """
    of_district = Q(role=COMMANDER, unit__parent__isnull=True) | Q(role=ADMINISTRATOR)
    for row in ending.filter(of_district, lasting(at)).select_related("unit"):
        if not _held_besides(row, ending, at).exists():
            raise Refusal("grant.last", LAST[row.role], text("Name the next one first."))


def _held_besides(row: Grant, ending: QuerySet[Grant], at: datetime) -> QuerySet[Grant]:
    """The same role at the same unit or above: begun, without an end, of one who may sign in, for themselves."""
    above = paths_towards_root(row.unit.path)
    alike = Grant.objects.filter(role=row.role, unit__path__in=above, since__lte=at, until__isnull=True)
    own = alike.filter(account__disabled_at__isnull=True, stands_in_for__isnull=True)
    return own.exclude(pk__in=ending.values("pk"))


@action("organisation.stand_in", roles=(HOUSE, *GIVERS), at="unit", self_of="person")
def stand_in(
    *, by: Actor, unit: Unit, person: Person, account: Account, until: datetime | None = None, kind: str = ""
) -> Sequence[Grant]:
    """Let somebody act for a person who is away: with the same roles, at the unit and below, until they are back.

    until: the end, which an absence without one needs. kind: why they are away; where no absence is on record it is
    written down with the standing in, both or neither, by whoever may record one. Raises: Refusal `stand_in.self`,
    `stand_in.not_away`, `stand_in.until`, `stand_in.nothing` where the person holds nothing there that `by` may lend;
    and those of `record_absence`.
    """
    if account.person_id == person.pk:
        raise invalid("account", text("Nobody stands in for themselves."), "stand_in.self")
    at = locked()
    absence = _absence(person, at)
    if absence is None:
        if not kind:
            raise _not_away()
        require(by, frozenset((HOUSE, *DECIDE)), unit)
        absence = write_absence(unit, person, kind, at, until)
    end = until or absence.until
    if end is None or end <= max(at, absence.since) or (absence.until is not None and end > absence.until):
        raise invalid(
            "until", text("Standing in ends while the person is still away, or when they are back."), "stand_in.until"
        )
    lent = _lent(by, unit, person, at)
    if not lent:
        raise invalid("person", text("This person holds no role here that you may lend."), "stand_in.nothing")
    current_line().note(person.pk, account.pk)
    for role in sorted({grant.role for grant in lent}):
        current_line().change("role", None, role)
    current_line().change("until", None, end)
    return Grant.objects.bulk_create(
        Grant(
            account=account,
            role=grant.role,
            unit=grant.unit,
            since=max(at, absence.since),
            until=min(end, grant.until) if grant.until else end,
            granted_by_id=by.account_id,
            stands_in_for=person,
        )
        for grant in lent
    )


def _lent(by: Actor, unit: Unit, person: Person, at: datetime) -> list[Grant]:
    """The grants of a person at the unit and below that somebody may lend: the person all of them."""
    own = Grant.objects.filter(lasting(at), since__lte=at, stands_in_for__isnull=True)
    held = own.filter(below(unit.path, "unit__path"), account__person=person).select_related("unit")
    return [grant for grant in held if by.person_id == person.pk or may_give(by, grant.role, grant.unit)]


def _absence(person: Person, at: datetime) -> Absence | None:
    """The absence that goes on, or the next one."""
    return Absence.objects.filter(lasting(at), person=person).order_by("since").first()


def _not_away() -> Refusal:
    return Refusal(
        "stand_in.not_away",
        text("Nobody wrote down that this person is away."),
        text("Record the absence first."),
    )


def write_absence(unit: Unit, person: Person, kind: str, since: datetime, until: datetime | None) -> Absence:
    """Write down that somebody of the unit is away. Inside an action.

    Raises: Refusal `absence.kind`, `absence.person`, `absence.until`.
    """
    if kind not in Absence.Kind.values:
        raise invalid("kind", text("There is no kind of absence %(kind)s."), "absence.kind", kind=kind[:32])
    if not Appointment.objects.filter(person=person, unit=unit, until__isnull=True).exists():
        raise invalid("person", text("This person does not belong to the unit."), "absence.person")
    if until is not None and until <= since:
        raise invalid("until", text("It must end after it begins."), "absence.until")
    return Absence.objects.create(person=person, kind=kind, since=since, until=until)
