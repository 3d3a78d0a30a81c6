"""The verbs by which orders come into force and end: draft, sign, issue, pass on, withdraw."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from muster.foundation import clock, facts
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.mobilisation import audience as audiences
from muster.mobilisation import kinds
from muster.mobilisation.models import (
    Addressee,
    Audience,
    DraftFile,
    File,
    Order,
    OrderDraft,
    OrderFile,
    OrderWithdrawal,
    Pledge,
    Series,
    WatchItem,
)
from muster.organisation.actions import members_of
from muster.organisation.incidents import require_running
from muster.organisation.models import District, Incident, Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import covers
from muster.roll.actions import end_rolls, lock_rolls
from muster.roll.kinds import Expected
from muster.roll.models import Roll
from muster.roll.opening import open_roll

DRAFTERS = (COMMANDER, CLERK, LEAD)
ISSUERS = (COMMANDER, LEAD)
TEXT_LENGTH_MAX = 20_000
AUDIENCE_LENGTH_MAX = 400
PATTERN_LENGTH_MAX = 64
WATCH_ITEM_LENGTH_MAX = 400
FILE_BYTES_MAX = 10_000_000


@dataclass(frozen=True)
class Attachment:
    """A file to attach."""

    name: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Draft:
    """What somebody writes down for an order. `audience` and `call_up` are rules (see `audience`)."""

    key: str
    title: str
    text: str
    effective_at: datetime
    audience: str
    version: int = 1
    due_at: datetime | None = None
    call_up: str = ""
    call_up_due_at: datetime | None = None
    founding: bool = False
    re_acknowledge: bool = True
    covering_note: str = ""
    pledges: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@action("mobilisation.set_series", roles=(HOUSE, COMMANDER), at="issuer")
def set_series(*, by: Actor, issuer: Unit, pattern: str, needs_signature: bool) -> Series:
    """Say how a unit numbers its orders."""
    if "{n}" not in pattern or len(pattern) > PATTERN_LENGTH_MAX:
        raise invalid(
            "pattern",
            text("A pattern of at most %(most)s characters with {n}, the place of the number, is needed."),
            "series.pattern",
            most=PATTERN_LENGTH_MAX,
        )
    if set("{}") & set(pattern.replace("{year}", "").replace("{n}", "")):
        # It would be printed on every order as it stands: a slip of the pen, not a number.
        raise invalid("pattern", text("The pattern has {n} and {year} only, no other braces."), "series.pattern")
    before = Series.objects.filter(issuer=issuer).first()
    current_line().note(issuer.pk)
    if before is None or before.pattern != pattern:
        current_line().change("pattern")
    current_line().change("needs_signature", before.needs_signature if before else None, needs_signature)
    return Series.objects.update_or_create(
        issuer=issuer, defaults={"pattern": pattern, "needs_signature": needs_signature}
    )[0]


@action("mobilisation.draft_order", roles=DRAFTERS, at="issuer")
def draft_order(
    *, by: Actor, issuer: Unit, incident: Incident, draft: Draft, passes_on: Order | None = None
) -> OrderDraft:
    """Write an order down. A version above 1 replaces the one before it when it is issued."""
    made = _draft(by, issuer, incident, draft, passes_on)
    current_line().note(made.pk)
    return made


def _draft(by: Actor, issuer: Unit, incident: Incident, draft: Draft, passes_on: Order | None) -> OrderDraft:
    _require_content(by, draft)
    require_running(incident.pk)
    if passes_on is not None:
        _require_in_force(by, passes_on)
    replaces = None
    if draft.version > 1:
        replaces = Order.objects.filter(key=draft.key, version=draft.version - 1, issuer=issuer).first()
        if replaces is None:
            raise invalid("version", text("There is no version before this one."), "order.no_version_before")
        _require_same_call(draft, replaces)
    if OrderDraft.objects.filter(key=draft.key, version=draft.version).exists():
        raise invalid("key", text("An order with this key and version exists."), "order.exists")
    if draft.founding and replaces is None:
        _require_may_found(issuer, incident.pk)
    # A version founds what its first version founded.
    content = {name: getattr(draft, name) for name in _COPIED}
    content["founding"] = replaces.founding if replaces else draft.founding
    if replaces is not None:
        # A version passes on what its first version passed on, with its note unless it brings one of its own.
        passes_on = replaces.passes_on
        content["covering_note"] = draft.covering_note or replaces.covering_note
    made = OrderDraft.objects.create(
        **content,
        audience=draft.audience,
        call_up=draft.call_up,
        pledges=list(draft.pledges),
        incident=incident,
        issuer=issuer,
        passes_on=passes_on,
        replaces=replaces,
        drafted_by_id=by.person_id,
        drafted_at=locked(),
    )
    for attachment in draft.attachments:
        _attach(made, attachment)
    return made


def _require_same_call(draft: Draft, replaces: Order) -> None:
    """Where the answers to the version before count, the same units were asked, by the same time."""
    if draft.re_acknowledge:
        return
    asked = Audience.objects.filter(order=replaces, use=Audience.Use.ACKNOWLEDGE).values_list("selector", flat=True)
    if draft.audience.split() != asked[0].split():
        raise invalid(
            "audience", text("Without a new acknowledgement it stays addressed to the same units."), "order.same_call"
        )
    if draft.due_at != replaces.due_at:
        raise invalid("due_at", text("Without a new acknowledgement it stays due at the same time."), "order.same_call")


def is_founded(incident: UUID) -> bool:
    """Whether an order that is not withdrawn founds the incident. One query."""
    over = OrderWithdrawal.objects.values("order__key")
    return Order.objects.filter(incident=incident, founding=True).exclude(key__in=over).exists()


def _require_may_found(issuer: Unit, incident: UUID) -> None:
    """The main figures are the district's: one order of its root founds an incident, until it is withdrawn."""
    if issuer.parent_id is not None:
        raise invalid(
            "founding", text("Only an order of the district's own office founds an incident."), "order.founds_below"
        )
    if is_founded(incident):
        raise invalid("founding", text("Another order founds this incident already."), "order.founded")


_COPIED = (
    "key",
    "version",
    "title",
    "text",
    "covering_note",
    "effective_at",
    "due_at",
    "call_up_due_at",
    "founding",
    "re_acknowledge",
)


@action("mobilisation.change_draft", roles=DRAFTERS, at="draft.issuer")
def change_draft(*, by: Actor, draft: OrderDraft, content: Draft, seen: str | None = None) -> None:
    """Write a draft anew before it is issued. Whoever changes it is its writer, and its signature falls away.

    seen: the digest of the draft that was read. Raises: Refusal when somebody changed it meanwhile.
    """
    _require_content(by, content)
    current_line().note(draft.pk)
    row = _locked_draft(draft, seen)
    fixed = ("key", "version", "founding") if row.replaces_id else ("key", "version")
    for name in (*_COPIED, "audience", "call_up"):
        if name not in fixed:
            setattr(row, name, getattr(content, name))
    if row.replaces is not None:
        _require_same_call(content, row.replaces)
    elif row.founding:
        _require_may_found(row.issuer, row.incident_id)
    row.pledges = list(content.pledges)
    row.drafted_by_id, row.signed_by_id, row.signed_at = by.person_id, None, None
    row.save()
    if content.attachments:
        row.files.all().delete()
    for attachment in content.attachments:
        _attach(row, attachment)


def _require_content(by: Actor, draft: Draft) -> None:
    """Refuse what cannot be issued, field by field."""
    _require_text(draft)
    _require_times(draft)
    for use, selector in (("audience", draft.audience), ("call_up", draft.call_up)):
        if len(selector) > AUDIENCE_LENGTH_MAX:
            raise invalid(
                use, text("An audience has %(most)s characters at most."), "audience.length", most=AUDIENCE_LENGTH_MAX
            )
        audiences.resolve(by, selector, use)


def _require_text(draft: Draft) -> None:
    if not KEY.fullmatch(draft.key):
        raise invalid("key", text("A key has 1 to 48 letters, digits, dots or dashes."), "order.key")
    if not draft.title.strip() or len(draft.title) > 200:
        raise invalid("title", text("A title of 1 to 200 characters is needed."), "order.title")
    if not draft.text.strip() or len(draft.text) > TEXT_LENGTH_MAX:
        raise invalid("text", text("A text of 1 to %(most)s characters is needed."), "order.text", most=TEXT_LENGTH_MAX)
    if len(draft.covering_note) > TEXT_LENGTH_MAX:
        raise invalid(
            "covering_note", text("A note has %(most)s characters at most."), "order.note", most=TEXT_LENGTH_MAX
        )
    if any(not p.strip() or len(p) > 400 for p in draft.pledges):
        raise invalid("pledges", text("A pledge has 1 to 400 characters."), "order.pledge")
    for name, words in (
        ("title", draft.title),
        ("text", draft.text),
        ("covering_note", draft.covering_note),
        *(("pledges", p) for p in draft.pledges),
    ):
        # One of them parts the columns under a digest, another no engine takes.
        if CONTROL.search(words):
            raise invalid(name, text("There are characters in it that cannot be printed."), "order.characters")


KEY = re.compile(r"[\w.-]{1,48}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _require_times(draft: Draft) -> None:
    if draft.version < 1:
        raise invalid("version", text("The first version is 1."), "order.version")
    for name in ("effective_at", "due_at", "call_up_due_at"):
        at = getattr(draft, name)
        if at is not None and not clock.in_calendar(at):
            first, last = clock.YEAR_MIN, clock.YEAR_MAX
            raise invalid(name, text("Write a year from %(first)s to %(last)s."), "order.year", first=first, last=last)
    for name in ("due_at", "call_up_due_at"):
        due_at = getattr(draft, name)
        if due_at is not None and due_at <= draft.effective_at:
            raise invalid(name, text("It must be due after it comes into effect."), "order.due")


def _require_in_force(by: Actor, order: Order) -> None:
    """Only an order that one sees, and that still holds, is passed on."""
    if not Order.objects.visible_to(by).filter(pk=order.pk).exists():
        raise not_found("order.unknown")
    if OrderWithdrawal.objects.filter(order__key=order.key).exists():
        raise withdrawn()
    if Order.objects.filter(replaces=order).exists():
        raise Refusal("order.superseded", text("A newer version of this order is in force."), text("Pass that one on."))


def _attach(draft: OrderDraft, attachment: Attachment) -> None:
    if len(attachment.body) > FILE_BYTES_MAX:
        raise invalid("attachment", text("A file may have 10 MB at most."), "order.file_size")
    digest = hashlib.sha256(attachment.body).hexdigest()
    File.objects.get_or_create(sha256=digest, defaults={"body": attachment.body})
    DraftFile.objects.create(
        draft=draft, name=attachment.name[:200], content_type=attachment.content_type[:100], file_id=digest
    )


@action("mobilisation.discard_draft", roles=DRAFTERS, at="draft.issuer")
def discard_draft(*, by: Actor, draft: OrderDraft) -> None:
    """Throw away a draft that was not issued; it bound nobody."""
    row = _locked_draft(draft)
    current_line().note(row.pk)
    row.delete()


def _locked_draft(draft: OrderDraft, seen: str | None = None) -> OrderDraft:
    """The draft as it is now, locked.

    Raises: Refusal when it is gone or issued, or is not what was `seen` (a digest; None: nobody read a page of it).
    """
    row = OrderDraft.objects.select_for_update(of=("self",)).select_related("replaces").filter(pk=draft.pk).first()
    if row is None:
        raise not_found("draft.unknown")
    if row.issued_at is not None:
        raise already_issued()
    if seen is not None and seen != digest_of(row):
        raise Refusal("draft.changed", text("Somebody changed this draft meanwhile."), text("Read it again."))
    return row


def digest_of(draft: OrderDraft) -> str:
    """The SHA-256 of all that a draft says, its files included: what somebody read is what they sign and issue."""
    parts = [str(getattr(draft, name)) for name in (*_COPIED, "audience", "call_up", "pledges", "passes_on_id")]
    files = draft.files.order_by("pk").values_list("name", "content_type", "file_id")
    return hashlib.sha256("\x1f".join([*parts, str(list(files))]).encode()).hexdigest()


@action("mobilisation.sign_order", roles=ISSUERS, at="draft.issuer")
def sign_order(*, by: Actor, draft: OrderDraft, seen: str | None = None) -> None:
    """A second person signs a draft: never who wrote it, or changed it last. seen: the digest of what was read."""
    row = _locked_draft(draft, seen)
    if by.person_id is None or by.person_id == row.drafted_by_id:
        raise Refusal(
            "order.same_person",
            text("Whoever drafted an order does not sign it."),
            text("Let somebody else with the right sign it."),
            status=403,
        )
    OrderDraft.objects.filter(pk=row.pk).update(signed_by_id=by.person_id, signed_at=locked())
    current_line().note(row.pk)


@action("mobilisation.issue_order", roles=ISSUERS, at="draft.issuer")
def issue_order(*, by: Actor, draft: OrderDraft, seen: str | None = None) -> Order:
    """Issue a draft: it gets its number, becomes immutable, and its rolls are opened.

    A new version supersedes the roll of the version before, unless it asks for no new acknowledgement. seen: the
    digest of what was read. Raises: Refusal when a second signature is wanting, the audience is empty, it reaches
    beyond what `by` leads, or somebody changed it meanwhile.
    """
    return _issue(by, draft, seen)


@action("mobilisation.pass_on_order", roles=(COMMANDER, LEAD), at="issuer")
def pass_on_order(*, by: Actor, issuer: Unit, order: Order, draft: Draft) -> Order:
    """Pass an order on to one's own units, with a covering note: a new order that names the first.

    What its addressees acknowledge counts for both.
    """
    return _issue(by, _draft(by, issuer, order.incident, draft, order))


def _issue(by: Actor, draft: OrderDraft, seen: str | None = None) -> Order:
    # The draft's row is the lock: of two who issue at once, one finds it issued.
    draft = _locked_draft(draft, seen)
    # The incident's row is the lock: of two orders that would found it at once, one finds it founded; none is issued
    # in one that ends.
    require_running(draft.incident_id)
    if draft.founding and not draft.replaces_id:
        _require_may_found(draft.issuer, draft.incident_id)
    superseded = _superseded(draft)
    lock_rolls(superseded)
    series = _series(draft)
    at = locked()
    number = draft.replaces.number if draft.replaces else _next_number(series, at)
    to_acknowledge = _asked_before(draft) or audiences.resolve(by, draft.audience)
    called_up = audiences.resolve(by, draft.call_up, "call_up")
    _require_own(by, [*to_acknowledge, *called_up])
    order = Order(
        **{name: getattr(draft, name) for name in _COPIED},
        incident_id=draft.incident_id,
        issuer_id=draft.issuer_id,
        passes_on_id=draft.passes_on_id,
        replaces_id=draft.replaces_id,
        drafted_by_id=draft.drafted_by_id,
        signed_by_id=draft.signed_by_id,
        number=number,
        issued_at=at,
    )
    facts.record([order])
    current_line().note(order.pk)
    _write_parts(order, draft, to_acknowledge, called_up)
    OrderDraft.objects.filter(pk=draft.pk).update(issued_at=at)
    if order.re_acknowledge or not order.replaces_id:
        end_rolls(superseded, Roll.State.SUPERSEDED)
        _open_acknowledgement(order, to_acknowledge, superseded)
    if called_up and not Roll.objects.filter(key=_call_up_key(order)).exists():
        _open_call_up(order, called_up)
    return order


def _asked_before(draft: OrderDraft) -> list[Unit]:
    """Whom the version before asked, where the answers to it count; whatever the rule would find by now."""
    if draft.re_acknowledge or not draft.replaces_id:
        return []
    asked = Addressee.objects.filter(order=draft.replaces_id, acknowledges=True).values("unit")
    return list(Unit.objects.filter(pk__in=asked).order_by("order", "path"))


def _superseded(draft: OrderDraft) -> list[Roll]:
    """The open rolls that end when this version is issued; none where it asks for no new acknowledgement."""
    if not draft.replaces_id:
        return []
    _lock_versions(draft.key)
    if OrderWithdrawal.objects.filter(order__key=draft.key).exists():
        raise withdrawn()
    return _open_rolls(draft.key, kinds.ACKNOWLEDGEMENT, kinds.CANNOT) if draft.re_acknowledge else []


def _lock_versions(key: str) -> None:
    """Of two who issue a version or withdraw the order at once, one goes first."""
    list(Order.objects.select_for_update(no_key=True).filter(key=key).order_by("pk").values_list("pk"))


def _series(draft: OrderDraft) -> Series:
    """The issuer's series, locked; its rule about the second signature holds for every version."""
    series = Series.objects.select_for_update().filter(issuer_id=draft.issuer_id).first()
    if series is None:
        raise Refusal(
            "order.no_series",
            text("This unit has no number series for its orders."),
            text("Set the series of the unit first."),
        )
    if series.needs_signature and draft.signed_at is None:
        raise Refusal(
            "order.not_signed", text("A second person must sign this order first."), text("Ask for the signature.")
        )
    return series


def _next_number(series: Series, at: datetime) -> str:
    """The next number; the count starts anew each year, unless the pattern does not tell the years apart."""
    zone = ZoneInfo(District.objects.values_list("zone", flat=True).get())
    year = at.astimezone(zone).year
    goes_on = series.year == year or "{year}" not in series.pattern
    series.last_number = series.last_number + 1 if goes_on else 1
    series.year = year
    series.save(update_fields=["year", "last_number"])
    return series.pattern.replace("{year}", str(year)).replace("{n}", str(series.last_number))


def _require_own(by: Actor, units: Iterable[Unit]) -> None:
    scopes = by.scopes(*ISSUERS)
    if not all(any(covers(scope, unit.path) for scope in scopes) for unit in units):
        raise refused()


def _write_parts(order: Order, draft: OrderDraft, to_acknowledge: Sequence[Unit], called_up: Sequence[Unit]) -> None:
    called = {u.pk for u in called_up}
    asked = {u.pk for u in to_acknowledge}
    both = {u.pk: u for u in [*to_acknowledge, *called_up]}
    facts.record([Addressee(order=order, unit_id=pk, acknowledges=pk in asked, called_up=pk in called) for pk in both])
    rules = [(Audience.Use.ACKNOWLEDGE, draft.audience, len(asked))]
    if draft.call_up:
        rules.append((Audience.Use.CALL_UP, draft.call_up, len(called)))
    facts.record([Audience(order=order, use=u, selector=s, resolved_count=n) for u, s, n in rules])
    facts.record([Pledge(order=order, position=i, text=t) for i, t in enumerate(draft.pledges, start=1)])
    files = draft.files.select_related("file")
    facts.record(
        [
            OrderFile(order=order, name=f.name, content_type=f.content_type, file=f.file, size_bytes=len(f.file.body))
            for f in files
        ]
    )


def _open_acknowledgement(order: Order, units: Sequence[Unit], superseded: Sequence[Roll]) -> None:
    roll = _roll(order, kinds.ACKNOWLEDGEMENT, f"{order.key}-v{order.version}.acknowledge")
    roll.figure = kinds.acknowledged_figure(order)
    roll.due_at = order.due_at
    roll.supersedes = next((r for r in superseded if r.kind == kinds.ACKNOWLEDGEMENT), None)
    open_roll(roll, [Expected(unit=u.pk, subject_kind="unit", subject_id=u.pk) for u in units])


def _call_up_key(order: Order) -> str:
    """The key of the roll of reporting in: one for all versions of an order."""
    return f"{order.key}.report_in"


def _open_call_up(order: Order, units: Sequence[Unit]) -> None:
    roll = _roll(order, kinds.REPORT_IN, _call_up_key(order))
    roll.figure = kinds.reported_in_figure(order)
    roll.due_at = order.call_up_due_at
    members = members_of([u.pk for u in units])
    expected = [
        Expected(unit=u.pk, subject_kind="person", subject_id=person, assignee=person)
        for u in units
        for person in members.get(u.pk, ())
    ]
    open_roll(roll, expected)


def _open_rolls(key: str, *of_kinds: str) -> list[Roll]:
    """The rolls of an order's versions that have not ended, the oldest first."""
    versions = Order.objects.filter(key=key).values("pk")
    not_ended = (Roll.State.OPEN, Roll.State.OPENING)
    return list(Roll.objects.filter(source_id__in=versions, kind__in=of_kinds, state__in=not_ended).order_by("pk"))


def _roll(order: Order, kind: str, key: str) -> Roll:
    return Roll(
        key=key,
        kind=kind,
        title=order.title,
        incident_id=order.incident_id,
        held_by_id=order.issuer_id,
        source_kind="mobilisation.order",
        source_id=order.pk,
        denominator_source=order.number,
    )


@action("mobilisation.withdraw_order", roles=ISSUERS, at="order.issuer")
def withdraw_order(*, by: Actor, order: Order) -> None:
    """Withdraw an order: its open rolls end with their figures as they are, and nobody need answer."""
    _lock_versions(order.key)
    require_running(order.incident_id)
    if OrderWithdrawal.objects.filter(order__key=order.key).exists():
        raise withdrawn()
    rolls = _open_rolls(order.key, kinds.ACKNOWLEDGEMENT, kinds.REPORT_IN, kinds.CANNOT)
    lock_rolls(rolls)
    at = locked()
    facts.record(
        [
            OrderWithdrawal(
                order=order,
                at_unit_id=order.issuer_id,
                incident=order.incident_id,
                by_person=by.person_id,
                channel=by.channel,
                happened_at=at,
                recorded_at=at,
            )
        ]
    )
    current_line().note(order.pk)
    end_rolls(rolls, Roll.State.WITHDRAWN)


@action("mobilisation.set_watch_items", roles=(HOUSE, COMMANDER, LEAD), at="unit")
def set_watch_items(*, by: Actor, unit: Unit, order: Order | None, items: Sequence[tuple[str, int, Unit]]) -> None:
    """Give a unit its list of things to watch: (text, hours between two looks, owner), of any length."""
    for words, hours, _ in items:
        if not words.strip() or len(words) > WATCH_ITEM_LENGTH_MAX or hours < 1:
            raise invalid(
                "items",
                text("A thing to watch has 1 to %(most)s characters, and an hour or more between two looks."),
                "watch_item.invalid",
                most=WATCH_ITEM_LENGTH_MAX,
            )
    current_line().note(unit.pk)
    current_line().change("watch_items", WatchItem.objects.filter(unit=unit).count(), len(items))
    WatchItem.objects.filter(unit=unit).delete()
    WatchItem.objects.bulk_create(
        WatchItem(unit=unit, order=order, position=i, text=words, cadence_hours=hours, owner=owner)
        for i, (words, hours, owner) in enumerate(items, start=1)
    )


def already_issued() -> Refusal:
    """An issued order does not change."""
    return Refusal("order.issued", text("This order is issued and cannot change."), text("Write a new version of it."))


def withdrawn() -> Refusal:
    """A withdrawn order is over."""
    return Refusal("order.withdrawn", text("This order was withdrawn."), text("Write a new order."))
