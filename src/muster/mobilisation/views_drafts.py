"""Writing orders: a new one, a new version, a passing on; the draft that is signed and issued."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import Actor, refused
from muster.mobilisation import actions, audience, forms
from muster.mobilisation.actions import DRAFTERS, ISSUERS
from muster.mobilisation.models import Audience, Order, OrderDraft, Series
from muster.mobilisation.reading import draft_for, order_for, units_of_role
from muster.mobilisation.versions import difference
from muster.mobilisation.views import sent
from muster.organisation.asking import incident_of
from muster.organisation.models import Unit, codes_of
from muster.organisation.scope import holds_at, may_see

COUNTED_MOST = 12
"""How many units of an audience are named below its count."""
RULES = ("audience", "call_up")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a new order down; counting whom it reaches writes nothing."""
    actor = request.actor  # type: ignore[attr-defined]
    # The form sends its incident along: another one may be opened while it is filled in.
    incident = incident_of(request.POST.get("incident") or request.GET.get("incident"))
    issuers = units_of_role(actor, DRAFTERS)
    if not issuers:
        raise refused()
    founded = actions.is_founded(incident.pk) or all(unit.parent_id for unit in issuers)
    options: dict[str, Any] = {"issuers": issuers, "founded": founded}
    if request.method == "GET":
        # The first order of the district's office founds the incident, unless it says otherwise.
        first = {"issuer": issuers[0].pk, "founding": not founded and issuers[0].parent_id is None}
        form = forms.NewOrderForm(initial=forms.beginning() | first, **options)
        return _form(request, form, "new", {"incident": incident})
    form = forms.NewOrderForm(request.POST, request.FILES, **options)

    def write() -> HttpResponse:
        issuer = form.cleaned_data["issuer"]
        made = actions.draft_order(by=actor, issuer=issuer, incident=incident, draft=form.draft())
        return _to_draft(made.pk)

    return _submitted(request, form, "new", {"incident": incident}, write)


@require_http_methods(["GET", "POST"])
def new_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the next version of an order down."""
    actor = request.actor  # type: ignore[attr-defined]
    order = order_for(actor, pk)
    if not holds_at(actor, DRAFTERS, order.issuer.path):
        raise refused()
    version = order.version + 1
    waiting = OrderDraft.objects.filter(key=order.key, version=version).first()
    if waiting is not None and request.method == "GET":
        return _to_draft(waiting.pk)
    rule = Audience.objects.filter(order=order, use=Audience.Use.ACKNOWLEDGE).values_list("selector", flat=True)
    pledges = list(order.pledges.order_by("position").values_list("text", flat=True))
    first = forms.as_issued(order, rule.first() or "", pledges)
    if request.method == "GET":
        return _form(request, forms.VersionForm(initial=first, version=version), "version", {"order": order})
    form = forms.VersionForm(_with_key(request, order.key), request.FILES, initial=first, version=version)

    def write() -> HttpResponse:
        made = actions.draft_order(by=actor, issuer=order.issuer, incident=order.incident, draft=form.draft())
        return _to_draft(made.pk)

    return _submitted(request, form, "version", {"order": order}, write)


@require_http_methods(["GET", "POST"])
def pass_on(request: HttpRequest, pk: UUID, unit: UUID) -> HttpResponse:
    """Pass an order on to the units below one of one's own, with a covering note.

    It is issued at once; where the unit's series wants a second signature, it is kept as a draft to be signed.
    """
    actor = request.actor  # type: ignore[attr-defined]
    order = order_for(actor, pk)
    issuer = Unit.objects.visible_to(actor).filter(pk=unit).first()
    if issuer is None:
        raise not_found("unit.unknown")
    if not holds_at(actor, ISSUERS, issuer.path):
        raise refused()
    to_sign = Series.objects.filter(issuer=issuer, needs_signature=True).exists()
    context = {"order": order, "issuer": issuer, "to_sign": to_sign}
    if request.method == "GET":
        code = codes_of([issuer.pk]).get(issuer.pk, "")
        first = forms.beginning() | {
            "title": order.title,
            "audience": f"under:{code} -unit:{code}",
            "due_at": order.due_at if order.due_at and order.due_at > forms.beginning()["effective_at"] else None,
        }
        return _form(request, forms.PassOnForm(initial=first), "pass_on", context)
    form = forms.PassOnForm(request.POST, request.FILES)

    def write() -> HttpResponse:
        if to_sign:
            kept = actions.draft_order(
                by=actor, issuer=issuer, incident=order.incident, draft=form.draft(), passes_on=order
            )
            return _to_draft(kept.pk)
        made = actions.pass_on_order(by=actor, issuer=issuer, order=order, draft=form.draft())
        return HttpResponseRedirect(reverse("mobilisation:order", args=[made.pk]))

    return _submitted(request, form, "pass_on", context, write)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write a draft anew; a signature that it has falls away."""
    actor = request.actor  # type: ignore[attr-defined]
    found = draft_for(actor, pk)
    first = forms.as_written(found)
    sent_in = (_with_key(request, found.key), request.FILES) if request.method == "POST" else ()
    form: forms.OrderForm
    if found.replaces_id:
        form = forms.VersionForm(*sent_in, initial=first, version=found.version)
    elif found.passes_on_id:
        form = forms.PassOnForm(*sent_in, initial=first)
    else:
        form = forms.NewOrderForm(*sent_in, initial=first, issuers=[found.issuer], founded=not found.founding)
    context = {"draft": found, "incident": found.incident, "seen": request.POST.get("seen", actions.digest_of(found))}
    if request.method == "GET":
        return _form(request, form, "change", context)

    def write() -> HttpResponse:
        seen = request.POST.get("seen", "")
        actions.change_draft(by=actor, draft=found, content=form.draft(found), seen=seen)
        return _to_draft(found.pk)

    return _submitted(request, form, "change", context, write)


def _with_key(request: HttpRequest, key: str) -> QueryDict:
    """What was sent, under the key that the order has: nobody writes a version of another order by it."""
    given = request.POST.copy()
    given["key"] = key
    return given


def _submitted(
    request: HttpRequest, form: forms.OrderForm, what: str, context: dict[str, Any], write: Callable[[], HttpResponse]
) -> HttpResponse:
    """Check the form; count whom it reaches, or write it. What is refused is shown on the form (422)."""
    if not form.is_valid():
        return _form(request, form, what, context, 422)
    try:
        if "count" in request.POST:
            counted = _counted(request.actor, form)  # type: ignore[attr-defined]
            return _form(request, form, what, context | {"counted": counted})
        return write()
    except Refusal as refusal:
        actor = request.actor  # type: ignore[attr-defined]
        before = _made_before(actor, form, what) if refusal.code == "order.exists" else None
        if before is not None and _says_the_same(before, form, context):
            return _to_draft(before.pk)  # the same form sent twice: what it made is there
        if before is not None:
            refusal = sent_before(before, actor)
        form.refuse(refusal)
        return _form(request, form, what, context | {"before": before}, refusal.status)


def _made_before(actor: Actor, form: forms.OrderForm, what: str) -> OrderDraft | None:
    """The draft that has the form's key: a version's whoever wrote it, else one's own, as two keys may be alike."""
    found = OrderDraft.objects.filter(key=form.cleaned_data["key"], version=form.draft().version)
    return (found if what == "version" else found.filter(drafted_by=actor.person_id)).first()


SAID = (
    "title",
    "text",
    "covering_note",
    "effective_at",
    "due_at",
    "audience",
    "call_up",
    "call_up_due_at",
    "founding",
    "re_acknowledge",
)


def _says_the_same(made: OrderDraft, form: forms.OrderForm, context: dict[str, Any]) -> bool:
    """Whether a draft says what the form does, in every field that the form has, and stands where it was sent."""
    given = form.draft()
    if any(getattr(made, name) != getattr(given, name) for name in SAID if name in form.fields):
        return False
    if "pledges" in form.fields and tuple(made.pledges) != given.pledges:
        return False
    stands = {"issuer_id": (form.cleaned_data.get("issuer") or context.get("issuer") or context["order"].issuer).pk}
    if "incident" in context:
        stands["incident_id"] = context["incident"].pk
    if "to_sign" in context:
        stands["passes_on_id"] = context["order"].pk
    files = [(one.name[:200], hashlib.sha256(one.body).hexdigest()) for one in given.attachments]
    return all(getattr(made, name) == value for name, value in stands.items()) and files == list(
        made.files.order_by("pk").values_list("name", "file_id")
    )


def sent_before(made: OrderDraft, actor: Actor) -> Refusal:
    """The same form comes again with other words: they stay on the page, and the draft as it was."""
    message = text("This form was sent before, with other words.")
    next_step = text("Open the draft that it made, and change it there.")
    if made.drafted_by_id != actor.person_id:
        message = text("Somebody else wrote this version down before.")
        next_step = text("Open that draft, and change it there.")
    if made.issued_at is not None:
        next_step = text("It is issued already; what it says is changed by a new version.")
    return Refusal("draft.sent_before", message, next_step)


def _counted(actor: Actor, form: forms.OrderForm) -> list[dict[str, Any]]:
    """Whom the rules of the form reach: how many, the first of them by name. Never beyond what the reader sees."""
    found = []
    for name in RULES:
        rule = form.cleaned_data.get(name)
        if not rule:
            continue
        units = audience.resolve(actor, rule)
        if not all(may_see(actor, unit.path) for unit in units):
            raise invalid(name, text("This reaches units that are not yours."), "audience.beyond")
        found.append({"label": form.fields[name].label, "count": len(units), "first": units[:COUNTED_MOST]})
    return found


def _form(
    request: HttpRequest, form: forms.OrderForm, what: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    form.show_faults()
    return render(request, "mobilisation/order_form.html", context | {"form": form, "what": what}, status=status)


def _to_draft(pk: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("mobilisation:draft", args=[pk]))


@require_GET
def draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A draft as it would be issued: whom it reaches, what it changes, who must sign it."""
    actor = request.actor  # type: ignore[attr-defined]
    found = draft_for(actor, pk)
    if found.issued_at is not None:
        order = Order.objects.filter(key=found.key, version=found.version).first()
        return HttpResponseRedirect(reverse("mobilisation:order", args=[order.pk]) if order else "/")
    series = Series.objects.filter(issuer=found.issuer).first()
    signed = found.signed_by_id is not None
    issuing = holds_at(actor, ISSUERS, found.issuer.path)
    ended = found.incident.closed_at is not None
    needed = series is not None and series.needs_signature
    context = {
        "draft": found,
        "seen": actions.digest_of(found),
        "reached": _reached(actor, found),
        "files": list(found.files.defer("file__body")),
        "series": series,
        "needs_signature": needed and not signed,
        "may_sign": issuing and not ended and not signed and actor.person_id != found.drafted_by_id,
        "may_issue": issuing and not ended and (signed or not needed),
        "ended": ended,
        "title_change": difference(found.replaces.title, found.title) if found.replaces else None,
        "text_change": difference(found.replaces.text, found.text) if found.replaces else None,
    }
    return render(request, "mobilisation/draft.html", context)


def _reached(actor: Actor, found: OrderDraft) -> list[dict[str, Any]]:
    """Whom a draft reaches now; a rule that no longer finds anything, or reaches beyond the reader's units, says so."""
    reached = []
    for name in RULES:
        rule = getattr(found, name)
        if not rule:
            continue
        try:
            units = audience.resolve(actor, rule)
        except Refusal as refusal:
            reached.append({"use": name, "rule": rule, "fault": str(refusal)})
            continue
        first = [unit for unit in units if may_see(actor, unit.path)]
        beyond = len(first) < len(units)
        reached.append(
            {"use": name, "rule": rule, "count": len(first), "first": first[:COUNTED_MOST], "beyond": beyond}
        )
    return reached


@require_GET
def file(request: HttpRequest, pk: UUID, file: int) -> HttpResponse:
    """An attachment of a draft."""
    actor = request.actor  # type: ignore[attr-defined]
    found = draft_for(actor, pk).files.filter(pk=file).select_related("file").first()
    if found is None:
        raise not_found("file.unknown")
    return sent(found.name, bytes(found.file.body), found.file_id)


@require_POST
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign a draft as the second person."""
    actor = request.actor  # type: ignore[attr-defined]
    actions.sign_order(by=actor, draft=draft_for(actor, pk), seen=request.POST.get("seen", ""))
    return _to_draft(pk)


@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Throw a draft away."""
    actor = request.actor  # type: ignore[attr-defined]
    actions.discard_draft(by=actor, draft=draft_for(actor, pk))
    return HttpResponseRedirect(reverse("mobilisation:orders"))


@require_POST
def issue(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Issue a draft: number, rolls, no way back."""
    actor = request.actor  # type: ignore[attr-defined]
    made = actions.issue_order(by=actor, draft=draft_for(actor, pk), seen=request.POST.get("seen", ""))
    return HttpResponseRedirect(reverse("mobilisation:order", args=[made.pk]))
