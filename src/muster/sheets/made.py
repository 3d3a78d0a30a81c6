"""Long lists: a workbook that a job makes, kept in the vault in pieces until it is fetched or a day has passed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from muster.foundation import clock, jobs, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, not_found, text
from muster.foundation.models import Job
from muster.foundation.rights import HOUSE, Actor, house
from muster.sheets.actions import TAKERS
from muster.sheets.models import Import, ImportPart, ImportRow, MadeList, MadePart
from muster.sheets.store import KIND, PURPOSE
from muster.vault import particulars, undoing
from muster.vault.particulars import NewParticular

MAKE = "sheets.make"
HOURS = 24
PIECE_BYTES = 700_000
FORGOTTEN_ROWS = 5000


@action("sheets.order_list", roles=TAKERS)
def order_list(*, by: Actor, which: str, asked: Mapping[str, str], count: int) -> MadeList:
    """Have a long list made as a workbook, by a job."""
    at = locked()
    made = MadeList(
        which=which,
        by_account=by.account_id,
        by_name=by.name,
        channel=by.channel,
        count=count,
        made_at=at,
        expires_at=at + timedelta(hours=HOURS),
    )
    made.job = jobs.start(MAKE, by=by.name, of=count, made=str(made.pk)).pk
    made.save(force_insert=True)
    _keep(made, 0, [json.dumps(dict(asked), ensure_ascii=False)])
    current_line().note(made.pk, f"list:{which}", f"count:{count}")
    return made


def _keep(made: MadeList, first: int, contents: Sequence[str]) -> None:
    rows = [MadePart(made_id=made.pk, place=first + at) for at in range(len(contents))]
    sql.insert(rows)
    particulars.keep(
        [
            NewParticular(KIND, row.pk, PURPOSE, content, made.expires_at)
            for row, content in zip(rows, contents, strict=True)
        ]
    )


@action("sheets.keep_list", roles=TAKERS)
def keep_list(*, by: Actor, made: MadeList, content: bytes) -> None:
    """Keep the workbook that was made, in pieces; what an earlier try had kept gives way."""
    made = MadeList.objects.select_for_update(no_key=True).get(pk=made.pk)
    old = list(MadePart.objects.filter(made=made, place__gt=0).values_list("pk", flat=True))
    undoing.remove(KIND, old)
    MadePart.objects.filter(pk__in=old).delete()
    pieces = [content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES)]
    _keep(made, 1, [base64.b64encode(piece).decode() for piece in pieces])
    made.parts = len(pieces)
    made.save(update_fields=["parts"])
    current_line().note(made.pk)


def made_of(by: Actor, pk: UUID) -> MadeList:
    """Somebody's own list.

    Raises: Refusal (404).
    """
    found = MadeList.objects.filter(pk=pk, by_account=by.account_id, expires_at__gt=clock.now()).first()
    if found is None:
        raise not_found("list.unknown")
    return found


def asked_of(made: MadeList) -> dict[str, str]:
    """What was asked for."""
    first = MadePart.objects.get(made=made, place=0)
    found = particulars.open_one(KIND, first.pk, PURPOSE, clock.now())
    if found is None:
        raise not_found("list.unknown")
    asked: dict[str, str] = json.loads(found)
    return asked


def content_of(made: MadeList) -> Iterator[bytes]:
    """The workbook, piece by piece."""
    for pk in MadePart.objects.filter(made=made, place__gt=0).order_by("place").values_list("pk", flat=True):
        piece = particulars.open_one(KIND, pk, PURPOSE, clock.now())
        if piece is None:
            raise Refusal("list.ended", text("This list is kept no longer."), text("Have it made anew."), status=404)
        yield base64.b64decode(piece)


def job_of(made: MadeList) -> Job | None:
    """The job that makes it."""
    return Job.objects.filter(pk=made.job).first() if made.job else None


@action("sheets.forget_ended", roles=(HOUSE,))
def forget_ended(*, by: Actor) -> int:
    """Drop what is of no use when the cells have ended: the rows of old imports, old lists. The import itself stays.

    Returns how many rows went; the most that one transaction drops, and then there is more.
    """
    now = locked()
    lists = list(MadeList.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:FORGOTTEN_ROWS])
    MadePart.objects.filter(made__in=lists).delete()
    MadeList.objects.filter(pk__in=lists).delete()
    gone = len(lists)
    ended = _ended(now).first()
    if ended is not None:
        rows = ImportRow.objects.filter(imported=ended)
        first = rows.order_by("position").values_list("position", flat=True).first()
        if first is not None:
            gone += rows.filter(position__lt=first + FORGOTTEN_ROWS).delete()[0]
        ImportPart.objects.filter(imported=ended).delete()
    return gone


def _ended(now: datetime) -> QuerySet[Import]:
    """Imports whose cells have ended and of which something is left: rows, or the parts of one never looked at."""
    rows, parts = (model.objects.filter(imported=OuterRef("pk")) for model in (ImportRow, ImportPart))
    return Import.objects.filter(Exists(rows) | Exists(parts), expires_at__lte=now).order_by("pk")


def chore() -> int:
    """For the clockwork: drop all of it; a tick that finds nothing writes nothing."""
    done = 0
    while _any_ended():
        done += forget_ended(by=house("clockwork", "clockwork"))
    return done


def _any_ended() -> bool:
    now = clock.now()
    return MadeList.objects.filter(expires_at__lte=now).exists() or _ended(now).exists()
