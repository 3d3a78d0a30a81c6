"""The pages of imports: take a file in, say which column is which, look at what it would change, write, take back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation.errors import Refusal, Text, invalid, text
from muster.foundation.models import Job
from muster.foundation.registry import IMPORTS
from muster.foundation.rights import Actor, refused
from muster.organisation.asking import page_number
from muster.sheets import actions, cells, columns, intake, results, store, workbooks
from muster.sheets.importer import ASKED, CHANGED, NEW, REFUSED, UNCHANGED, Importer
from muster.sheets.models import Import, ImportRow

PAGE_ROWS = 50
RECENT_MOST = 20
SAMPLE_ROWS = 5
AT_ONCE_ROWS = 12_000
"""More rows than this are judged by a job: nobody waits for a page so long."""
SECONDS_HERE = 2.0
"""So long a request works on what it began; the clockwork does the rest."""
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOKS: dict[str, tuple[str, ...]] = {
    "look": (NEW, CHANGED, ASKED, REFUSED),
    REFUSED: (REFUSED,),
    ASKED: (ASKED,),
    CHANGED: (CHANGED,),
    NEW: (NEW,),
    UNCHANGED: (UNCHANGED,),
}
"""`show=` -> the verdicts that are listed."""
STATES: dict[str, Text] = {
    "read": text("not tried yet"),
    "planned": text("tried, nothing written"),
    "applying": text("being written"),
    "applied": text("written"),
    "undoing": text("being taken back"),
    "undone": text("taken back"),
}


def _offers(actor: Actor) -> list[Importer]:
    found = sorted((offer for offer in IMPORTS.values() if offer.may(actor)), key=lambda offer: offer.place)
    if not found:
        raise refused()
    return found


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Choose what the rows are and send the file; below, one's own imports of late. POST takes it in and tries it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    offers, refusal = _offers(actor), None
    kind = request.POST.get("kind") or request.GET.get("kind") or offers[0].key
    if request.method == "POST":
        try:
            return _taken(request, actor, kind)
        except Refusal as caught:
            refusal = caught
    recent = Import.objects.filter(by_account=actor.account_id).order_by("-made_at")[:RECENT_MOST]
    context = {
        "offers": offers,
        "kind": kind if kind in IMPORTS else offers[0].key,
        "refusal": refusal,
        "recent": [
            {"one": one, "label": IMPORTS[one.kind].label, "state": STATES[one.state]}
            for one in recent
            if one.kind in IMPORTS
        ],
    }
    return render(request, "organisation/import_start.html", context, status=refusal.status if refusal else 200)


def _taken(request: HttpRequest, actor: Actor, kind: str) -> HttpResponse:
    sent = request.FILES.get("file")
    if sent is None:
        raise invalid("file", text("No file was chosen."), "import.no_file")
    sheet = request.POST.get("sheet", "").strip()[:60]
    imported = intake.take(actor, kind, sent.read(), intake.Asked(sheet=sheet))
    if not _is_readable(imported):
        return HttpResponseRedirect(reverse("organisation:import_columns", args=[imported.pk]))
    return _tried(actor, imported)


def _is_readable(imported: Import) -> bool:
    """Whether some sheet has all columns that must be there."""
    try:
        return bool(intake.tables(imported))
    except Refusal:
        return False


def _tried(actor: Actor, imported: Import) -> HttpResponse:
    """Judge the rows now, or by a job where they are many; then to the page of the import."""
    if sum(int(one["rows"]) for _place, one, _chosen in intake.tables(imported)) <= AT_ONCE_ROWS:
        intake.judge(actor, imported)
    else:
        actions.judge_later(by=actor, imported=imported)
    return HttpResponseRedirect(reverse("organisation:import", args=[imported.pk]))


@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The workbook to fill in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    offer = actions.importer_of(kind)
    if not offer.may(actor):
        raise refused()
    return _file(workbooks.template(offer), f"{kind}-template.xlsx")


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=WORKBOOK)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say which column is which, on the first rows of each sheet. POST tries the rows so read."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    imported = actions.import_of(actor, pk)
    offer, refusal = actions.importer_of(imported.kind), None
    if request.method == "POST":
        try:
            chosen, shapes = _chosen(request, imported, offer)
            actions.choose_columns(by=actor, imported=imported, columns=chosen, shapes=shapes)
            imported.refresh_from_db()
            return _tried(actor, imported)
        except Refusal as caught:
            refusal = caught
    context = {
        "imported": imported,
        "offer": offer,
        "refusal": refusal,
        "sheets": _sheets(imported, offer, request.POST),
    }
    return render(request, "organisation/import_columns.html", context, status=refusal.status if refusal else 200)


def _described(imported: Import) -> list[tuple[int, Mapping[str, Any]]]:
    return [(place, one) for place, one in enumerate(store.head(imported).get("sheets", ())) if one["shape"]]


def _chosen(
    request: HttpRequest, imported: Import, offer: Importer
) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """{place of a sheet: {column: its place}} as the form says, and the shapes of the sheets."""
    found: dict[str, dict[str, int]] = {}
    shapes: dict[str, str] = {}
    for place, one in _described(imported):
        said = {column.key: request.POST.get(f"{place}-{column.key}", "") for column in offer.columns}
        here = {
            key: int(words) for key, words in said.items() if words.isascii() and words.isdigit() and len(words) < 4
        }
        if here:
            found[str(place)], shapes[str(place)] = here, intake.shape_of(one).digest
    if not found:
        raise invalid("columns", text("Choose the columns of one sheet at least."), "import.column_missing")
    return found, shapes


def _sheets(imported: Import, offer: Importer, sent: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for place, one in _described(imported):
        table = intake.shape_of(one)
        rows = [row for at, row in store.cells(imported, place, most=table.last + 1 + SAMPLE_ROWS) if at > table.last]
        chosen = imported.columns.get(str(place), {})
        heads = [
            {"place": at, "letter": columns.letter(at), "head": head, "cells": [_cell(row, at) for row in rows[:3]]}
            for at, head in enumerate(table.heads)
        ]
        fields = [
            {"column": column, "name": f"{place}-{column.key}", "chosen": _place(sent, place, column.key, chosen)}
            for column in offer.columns
        ]
        found.append({"name": one["name"], "heads": heads, "fields": fields, "row": table.first + 1})
    return found


def _place(sent: Mapping[str, Any], place: int, key: str, chosen: Mapping[str, int]) -> int | None:
    words = str(sent.get(f"{place}-{key}", "")) if sent else ""
    return int(words) if words.isascii() and words.isdigit() else (None if sent else chosen.get(key))


def _cell(row: list[str], at: int) -> str:
    return cells.tidy(row[at])[:24] if at < len(row) else ""


@require_GET
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the file would change or has changed: counts first, then the rows to look at."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    imported = actions.import_of(actor, pk)
    if imported.state == Import.State.READ and imported.job is None:
        return HttpResponseRedirect(reverse("organisation:import_columns", args=[pk]))
    return _page(request, imported)


def _page(request: HttpRequest, imported: Import, refusal: Refusal | None = None) -> HttpResponse:
    offer = actions.importer_of(imported.kind)
    show = request.GET.get("show", "look")
    show = show if show in LOOKS else "look"
    found = ImportRow.objects.filter(imported=imported, verdict__in=LOOKS[show])
    count = _counted(imported, show)
    pages = max(1, -(-count // PAGE_ROWS))
    number = min(page_number(request), pages)
    stored = list(found.order_by("position")[(number - 1) * PAGE_ROWS : number * PAGE_ROWS])
    head = store.head(imported)
    ended = not head
    rows = [] if ended else results.shown(imported, stored)
    several = len({row.sheet for row in stored}) > 1
    context = {
        "imported": imported,
        "offer": offer,
        "state": STATES[imported.state],
        "good": imported.new + imported.changed,
        "busy": imported.state in (Import.State.READ, Import.State.APPLYING, Import.State.UNDOING),
        "job": Job.objects.filter(pk=imported.job or intake.NO_JOB).first(),
        "tabs": _tabs(imported, show),
        "cards": _cards(imported, show),
        "show": show,
        "columns": _columns(offer, rows),
        "rows": [_shown(row, offer) for row in rows],
        "several": several,
        "page": number,
        "pages": pages,
        "ended": ended,
        "notes": results.notes(head),
        "sheets": [one["name"] for one in head.get("sheets", ()) if one["shape"] and one["name"]],
        "skipped": [one["name"] for one in head.get("sheets", ()) if not one["chosen"]],
        "refusal": refusal,
        "may_undo": imported.state == Import.State.APPLIED and offer.undo is not None,
    }
    return render(request, "organisation/import.html", context, status=refusal.status if refusal else 200)


def _counted(imported: Import, show: str) -> int:
    return sum(int(getattr(imported, verdict)) for verdict in LOOKS[show])


def _tabs(imported: Import, show: str) -> list[dict[str, Any]]:
    words = {
        "look": _("To look at"),
        REFUSED: _("Refused"),
        ASKED: _("Asked"),
        CHANGED: _("Changed"),
        NEW: _("To be added"),
        UNCHANGED: _("Unchanged"),
    }
    return [{"key": key, "word": words[key], "count": _counted(imported, key), "current": key == show} for key in LOOKS]


def _cards(imported: Import, show: str) -> list[dict[str, Any]]:
    """The counts above all: they add up to the rows read."""
    faces = [
        (NEW, "plus", "ok", _("To be added")),
        (CHANGED, "pencil", "ok", _("Changed")),
        (UNCHANGED, "equal", "excused", _("Unchanged, skipped")),
        (ASKED, "help-circle", "waiting", _("Asked: who is it?")),
        (REFUSED, "circle-x", "late", _("Refused, mend and import again")),
    ]
    return [
        {"key": key, "icon": icon, "kind": kind, "word": word, "count": getattr(imported, key), "current": key == show}
        for key, icon, kind, word in faces
    ]


def _columns(offer: Importer, rows: list[results.Shown]) -> list[dict[str, Any]]:
    """The columns that the rows of the page have, with their letters of the first sheet."""
    places = {key: place for row in reversed(rows) for key, place in row.places.items()}
    found = [
        {
            "key": column.key,
            "label": column.label,
            "letter": columns.letter(places[column.key]),
            "at": places[column.key],
        }
        for column in offer.columns
        if column.key in places
    ]
    return sorted(found, key=lambda one: one["at"])


FACES = {
    NEW: ("plus", "ok", text("To be added")),
    CHANGED: ("pencil", "ok", text("Changed")),
    UNCHANGED: ("equal", "excused", text("Unchanged")),
    ASKED: ("help-circle", "waiting", text("Asked")),
    REFUSED: ("circle-x", "late", text("Refused")),
}


def _shown(row: results.Shown, offer: Importer) -> dict[str, Any]:
    """A row of the table: each cell with what is wrong or new in it, personal ones masked where they are right."""
    icon, kind, word = FACES[row.verdict]
    by_column = {column: (code, words) for column, code, words in row.faults}
    shown = {}
    for column in offer.columns:
        if column.key not in row.places:
            continue
        words = cells.tidy(row.cells.get(column.key, ""))
        wrong = by_column.get(column.key)
        shown[column.key] = {
            "key": column.key,
            "at": row.places[column.key],
            "words": words if wrong or not column.personal else _masked(words),
            "change": row.changes.get(column.key),
            "wrong": wrong[1] if wrong else "",
            "asked": row.verdict == ASKED,
            "alike": row.suggestions.get(column.key, ""),
            "address": row.address(column.key),
        }
    extra = [f"{row.address(column)} {words}" for column, _code, words in row.faults if column not in shown]
    return {
        "row": row,
        "icon": icon,
        "kind": kind,
        "word": word,
        "cells": sorted(shown.values(), key=lambda one: one["at"]),
        "extra": extra,
        "asks": row.verdict == ASKED or bool(row.answer),
    }


def _masked(words: str) -> str:
    return f"{words[:3]}****{words[-4:]}" if len(words) >= 8 else ("****" if words else "")


@require_POST
def apply(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the good rows; with `whole`, only where none is refused or asked about."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    imported = actions.import_of(actor, pk)
    try:
        begun = actions.apply(by=actor, imported=imported, whole=request.POST.get("whole") == "1")
    except Refusal as refusal:
        return _page(request, imported, refusal)
    return _worked(begun)


def _worked(imported: Import) -> HttpResponse:
    """Do what can be done while the browser waits, then show how far it is."""
    for _step in intake.go_on(imported, SECONDS_HERE):
        pass
    return HttpResponseRedirect(reverse("organisation:import", args=[imported.pk]))


@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the import back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    imported = actions.import_of(actor, pk)
    try:
        begun = actions.undo(by=actor, imported=imported)
    except Refusal as refusal:
        return _page(request, imported, refusal)
    return _worked(begun)


@require_POST
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say whom a row means that was asked about."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    imported = actions.import_of(actor, pk)
    words = request.POST.get("position", "")
    if not (words.isascii() and words.isdigit() and len(words) < 8):
        raise invalid("position", text("There is no such row."), "import.row")
    intake.answer(actor, imported, int(words), request.POST.get("answer", ""))
    query = {name: request.POST[name] for name in ("show", "page") if request.POST.get(name)}
    back = reverse("organisation:import", args=[pk])
    return HttpResponseRedirect(f"{back}?{urlencode(query)}#row-{words}" if query else f"{back}#row-{words}")


@require_GET
def refused_rows(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The refused rows as a workbook, with a column that says why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    imported = actions.import_of(actor, pk)
    return _file(workbooks.refused(imported), f"refused-{imported.kind}.xlsx")
