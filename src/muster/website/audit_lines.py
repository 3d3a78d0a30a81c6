"""Reading the log: which lines somebody may see, found by filters, in pages by key (docs/rules/audit.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from muster.foundation import clock
from muster.foundation.errors import invalid, not_found, text
from muster.foundation.lines import Became, Touched
from muster.foundation.models import AuditLine
from muster.foundation.registry import BECAME, TOUCHED, VERBS
from muster.foundation.rights import Actor
from muster.organisation.asking import moment, unit_for
from muster.organisation.finding import people_named
from muster.organisation.logged import OF_ACCOUNTS
from muster.organisation.models import Account, Person, Unit, UnitPath
from muster.organisation.roles import ADMINISTRATOR, COMMANDER
from muster.organisation.scope import below, outermost
from muster.website import audit_words
from muster.website.audit_words import CHANNELS

PAGE_ROWS = 50
ACCOUNTS_MOST = 100
ID = re.compile(r"[A-Za-z0-9:._-]{4,64}", re.ASCII)
COPIES_AND_KEYS = ("foundation.note_backup", "foundation.note_restore", "vault.note_key_copy", "vault.note_rotation")
OF_THE_SERVER = sorted([*OF_ACCOUNTS, *COPIES_AND_KEYS])
"""What a technical administrator sees of the log: ways in, roles, keys and copies; nothing of rolls and orders."""


def may_read(actor: Actor) -> bool:
    """Whether somebody sees anything of the log."""
    return actor.has(COMMANDER, ADMINISTRATOR)


def visible_to(actor: Actor) -> QuerySet[AuditLine]:
    """The lines of the subtrees that somebody commands, as it stood then; of an administrator those of the server.

    A line that names no unit is the district's: the root's.
    """
    wanted = Q(pk__in=())
    for path in outermost(actor.scopes(COMMANDER)):
        if _is_root(path):
            return AuditLine.objects.all()
        wanted |= below(path, "unit_path")
    for path in outermost(actor.scopes(ADMINISTRATOR)):
        of_server = Q(verb__in=OF_THE_SERVER)
        wanted |= of_server if _is_root(path) else of_server & below(path, "unit_path")
    return AuditLine.objects.filter(wanted)


def _is_root(path: str) -> bool:
    return path.count(".") == 1


@dataclass(frozen=True)
class Asked:
    """Which lines are asked for.

    given: what the address says; its `older` or `newer` is a line's key, `moment,id`, from which the page goes on.
    """

    since: datetime | None = None
    until: datetime | None = None
    verb: str = ""
    who: str = ""
    channel: str = ""
    id: str = ""
    unit: Unit | None = None
    given: Mapping[str, str] = field(default_factory=dict)


def asked(actor: Actor, given: Mapping[str, str]) -> Asked:
    """The question of an address. Raises: Refusal (404, 422) for a unit or a moment that is none."""
    code, verb, channel, id = (given.get(name, "").strip()[:64] for name in ("unit", "verb", "channel", "id"))
    return Asked(
        since=moment(given.get("from")),
        until=moment(given.get("until")),
        verb=verb if verb in VERBS else "",
        who=given.get("who", "").strip()[:80],
        channel=channel if channel in CHANNELS else "",
        id=id if ID.fullmatch(id) else "",
        unit=unit_for(actor, code) if code and actor.has(COMMANDER) else None,
        given=given,
    )


def found(actor: Actor, question: Asked) -> QuerySet[AuditLine]:
    """The lines that are asked for, the newest first."""
    rows = visible_to(actor)
    if question.since:
        rows = rows.filter(at__gte=question.since)
    if question.until:
        rows = rows.filter(at__lte=question.until)
    if question.verb:
        rows = rows.filter(verb=question.verb)
    if question.channel:
        rows = rows.filter(CHANNELS[question.channel][1])
    if question.who:
        rows = rows.filter(_by(actor, question.who))
    if question.unit is not None:
        rows = rows.filter(_within(question.unit))
    if question.id:
        rows = rows.filter(_about(question.id))
    return rows.order_by("-at", "-id")


def _by(actor: Actor, words: str) -> Q:
    """Lines of whoever is named: by their number, or, for a commander, by name; of the house by its own.

    Raises: Refusal `audit.who` (422) for a name of more people than are looked for: of none of them a line may be left
    out unsaid.
    """
    named = Q(name__iexact=words) | (people_named(words, "person__") if actor.has(COMMANDER) else Q(pk__in=()))
    accounts = list(Account.objects.filter(named).values_list("pk", flat=True)[: ACCOUNTS_MOST + 1])
    if len(accounts) > ACCOUNTS_MOST:
        message = text("More than %(most)s accounts are found by this name. Write more of it, or a number.")
        raise invalid("who", message, "audit.who", most=ACCOUNTS_MOST)
    return Q(actor_account__in=accounts) | Q(actor=words, actor_account__isnull=True)


def _within(unit: Unit) -> Q:
    """Lines at a unit and below, wherever it stood when they were written."""
    wanted = below(unit.path, "unit_path")
    for path in UnitPath.objects.filter(unit=unit).values_list("path", flat=True):
        wanted |= below(path, "unit_path")
    return wanted


def _about(words: str) -> Q:
    """Lines that name an id. It is looked for in the text of every line that the other filters leave."""
    try:
        pk = UUID(words)
    except ValueError:
        return Q(ids__contains=words)
    return Q(pk=pk) | Q(token=pk) | Q(acting_for=pk) | Q(actor_account=pk) | Q(request=pk) | Q(ids__contains=str(pk))


@dataclass(frozen=True)
class Page:
    """Some lines as they are listed; newer, older: the keys of the pages beside, "" for none."""

    rows: Sequence[dict[str, Any]]
    newer: str
    older: str


def page_of(actor: Actor, question: Asked, size: int = PAGE_ROWS) -> Page:
    """One page. It begins after a line's key, so the last page costs what the first does."""
    rows = found(actor, question)
    newer, older = _key(question.given.get("newer", "")), _key(question.given.get("older", ""))
    if newer is not None:
        at, id = newer
        part = list(rows.filter(at__gte=at).filter(Q(at__gt=at) | Q(id__gt=id)).order_by("at", "id")[: size + 1])
        more, part = len(part) > size, part[:size][::-1]
        return Page(shown(actor, part), key_of(part[0]) if more else "", key_of(part[-1]) if part else "")
    if older is not None:
        at, id = older
        rows = rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=id))
    part = list(rows[: size + 1])
    more, part = len(part) > size, part[:size]
    return Page(
        shown(actor, part), key_of(part[0]) if part and older is not None else "", key_of(part[-1]) if more else ""
    )


def key_of(line: AuditLine) -> str:
    """A line's place in the order."""
    return f"{line.at.isoformat()},{line.pk}"


def _key(words: str) -> tuple[datetime, UUID] | None:
    at, _, id = words.partition(",")
    try:
        found_at, pk = datetime.fromisoformat(at), UUID(id)
    except ValueError:
        return None
    return (found_at, pk) if found_at.tzinfo and clock.in_calendar(found_at) else None


def every(actor: Actor, question: Asked, slice_rows: int = 500) -> Iterator[dict[str, Any]]:
    """All lines that are asked for, in slices by key, so that no list of all is ever held."""
    rows, last = found(actor, question), None
    while True:
        part = rows
        if last is not None:
            part = rows.filter(at__lte=last.at).filter(Q(at__lt=last.at) | Q(id__lt=last.pk))
        lines = list(part[:slice_rows])
        yield from shown(actor, lines)
        if len(lines) < slice_rows:
            return
        last = lines[-1]


def shown(actor: Actor, lines: Sequence[AuditLine]) -> list[dict[str, Any]]:
    """Lines as a list has them: verb, unit and channel in words; who by name for a commander, else by number.

    Two queries.
    """
    by_label = {_label(line.unit_path): "" for line in lines if line.unit_path}
    by_label.update(Unit.objects.filter(label__in=by_label).values_list("label", "short_name"))
    names = _names(actor, lines)
    return [
        {
            "line": line,
            "verb": VERBS.get(line.verb) or line.verb,
            "who": names.get(line.actor_account) or line.actor,
            "unit": by_label.get(_label(line.unit_path), ""),
            "channel": audit_words.channel_of(line.channel, line.token),
        }
        for line in lines
    ]


def _label(path: str) -> str:
    return path.rstrip(".").rpartition(".")[2]


def _names(actor: Actor, lines: Sequence[AuditLine]) -> dict[UUID | None, str]:
    if not actor.has(COMMANDER):
        return {}
    ids = {line.actor_account for line in lines if line.actor_account}
    rows = Account.objects.filter(pk__in=ids).select_related("person")
    return {row.pk: row.person.shown_name for row in rows}


@dataclass(frozen=True)
class Opened:
    """One line with all that the reader may know of it."""

    row: Mapping[str, Any]
    acting_for: str
    touched: Sequence[tuple[str, Touched | None]]
    became: Sequence[Became]
    seal: Any


def open_line(actor: Actor, pk: UUID) -> Opened:
    """A line: who, for whom, what it touched, what became of that, its seal. Raises: Refusal `line.unknown` (404)."""
    line = visible_to(actor).filter(pk=pk).select_related("sealedline__seal").first()
    if line is None:
        raise not_found("line.unknown")
    words: list[str] = json.loads(line.ids)
    ids = sorted({id for id in map(_uuid, words) if id is not None} | audit_words.ids_in(line.change))
    known: dict[UUID, Touched] = {}
    for find in TOUCHED.values():
        known.update(find(actor, ids))
    kept = [one for tell in BECAME.values() for one in tell(actor, line, ids)] if actor.has(COMMANDER) else []
    sealed = getattr(line, "sealedline", None)
    return Opened(
        row=shown(actor, [line])[0],
        acting_for=_absent(actor, line.acting_for),
        touched=[(one, known.get(_uuid(one))) for one in words],  # type: ignore[arg-type]
        became=[*audit_words.changes(line.change, known), *kept],
        seal=sealed.seal if sealed else None,
    )


def _uuid(words: str) -> UUID | None:
    try:
        return UUID(words)
    except ValueError:
        return None


def _absent(actor: Actor, person: UUID | None) -> str:
    """The absent person for whom it was done, by name for a commander, else by number."""
    row = Person.objects.filter(pk=person).first() if person else None
    if row is None:
        return ""
    return row.shown_name if actor.has(COMMANDER) else row.number
