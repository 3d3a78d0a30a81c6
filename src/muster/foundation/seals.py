"""The chain over the audit log: quiet rewriting would be seen.

Lines are written unchained, so that no action waits for another; the sealer chains them later, in slices.
Only settled lines are sealed: none can appear any more at or before `up_to`, so each line falls into the one
seal whose span holds its moment.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from muster.foundation import clock, sql
from muster.foundation.audit import line_digest, mac_holds
from muster.foundation.facts import canonical
from muster.foundation.models import AuditLine, Database, Seal, SealedLine

SLICE_LINES_MAX = 5000
FIRST = "0" * 64


def seal_hash(seal: Seal, digests: list[str]) -> str:
    """SHA-256 over all that the seal says (number, hash before it, end of its span, moment) and its lines in order."""
    head = (seal.no, seal.prev_hash, seal.up_to, seal.at, seal.lines)
    return hashlib.sha256("\n".join([*map(canonical, head), *digests]).encode()).hexdigest()


def seal_settled() -> int:
    """Seal everything that is settled, at each tick of the clockwork; returns how many lines were sealed."""
    total = 0
    while done := _seal_slice():
        total += done
    return total


@transaction.atomic
def _seal_slice() -> int:
    # One sealer at a time; the database's own row is there before the first seal is.
    list(Database.objects.select_for_update().values_list("pk"))
    last = Seal.objects.order_by("-no").first()
    limit = clock.settled()
    lines = AuditLine.objects.filter(at__lte=limit).order_by("at", "id")
    if last is not None:
        lines = lines.filter(at__gt=last.up_to)
    part = list(lines[:SLICE_LINES_MAX])
    if not part:
        return 0
    if len(part) == SLICE_LINES_MAX:
        # All lines of one moment belong into one seal: take the rest of the last moment too.
        limit = part[-1].at
        part = list(lines.filter(at__lte=limit))
    no = last.no + 1 if last else 1
    prev_hash = last.hash if last else FIRST
    seal = Seal(no=no, prev_hash=prev_hash, up_to=limit, lines=len(part), at=clock.now())
    seal.hash = seal_hash(seal, [line_digest(line) for line in part])
    sql.insert([seal])
    sql.insert([SealedLine(seal_id=no, position=i, line_id=line.id) for i, line in enumerate(part)])
    return len(part)


def latest() -> Seal | None:
    """The newest seal."""
    return Seal.objects.order_by("-no").first()


def oldest_unsealed_at() -> datetime | None:
    """The moment of the oldest line that no seal holds yet."""
    last = latest()
    lines = AuditLine.objects.order_by("at")
    if last is not None:
        lines = lines.filter(at__gt=last.up_to)
    return lines.values_list("at", flat=True).first()


def prove(seal: str | None = None, **_: Any) -> list[str]:
    """For `muster verify`: recompute the chain; with `seal`, prove that this printed hash stands in it."""
    found: list[str] = []
    prev_hash, number, since = FIRST, 0, None
    for link in Seal.objects.order_by("no").iterator():
        number += 1
        if link.no != number:
            words = gettext("seal %(no)s is missing: the chain goes on with %(next)s")
            found.append(words % {"no": number, "next": link.no})
            number = link.no
        if link.prev_hash != prev_hash:
            found.append(gettext("seal %(no)s: does not continue the seal before it") % {"no": link.no})
        found += _prove_link(link, since)
        prev_hash, since = link.hash, link.up_to
    if seal is not None and not Seal.objects.filter(hash=seal).exists():
        words = gettext(
            "seal %(hash)s: the printed seal does not stand in the chain; newest seals were cut off or changed"
        )
        found.append(words % {"hash": seal})
    return found


def _prove_link(link: Seal, since: datetime | None) -> list[str]:
    lines = AuditLine.objects.filter(at__lte=link.up_to).order_by("at", "id")
    if since is not None:
        lines = lines.filter(at__gt=since)
    part = list(lines)
    placed = list(SealedLine.objects.filter(seal_id=link.no).order_by("position").values_list("line_id", flat=True))
    found = []
    if [line.id for line in part] != placed:
        gone = set(placed) - {line.id for line in part}
        new = {line.id for line in part} - set(placed)
        words = gettext("seal %(no)s: lines differ from what was sealed (missing %(missing)s, added %(added)s)")
        found.append(words % {"no": link.no, "missing": len(gone), "added": len(new)})
    if seal_hash(link, [line_digest(line) for line in part]) != link.hash:
        changed = [str(line.id) for line in part if not mac_holds(line)]
        problem = gettext("seal %(no)s: its hash does not fit what it says and its lines") % {"no": link.no}
        words = gettext("%(problem)s: %(rows)s")
        found.append(words % {"problem": problem, "rows": ", ".join(changed[:5])} if changed else problem)
    return found
