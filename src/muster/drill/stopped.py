"""A play that was stopped half-way: until it goes on, nobody may look at its drill as if it were now."""

from __future__ import annotations

from django.db.models import Max

from muster.drill.models import Play
from muster.foundation import clock
from muster.foundation.errors import Refusal, text
from muster.foundation.models import AuditLine


def half_way() -> Refusal | None:
    """Why a drill may not be served yet. None when no play is unfinished, or it was stopped at a moment of its own.

    Only a play that came to its end, or to the moment of `--until`, leaves the drill's clock at what it recorded last.
    Else the clock is the machine's, or stands before that: what would be closed, sealed and answered by it could not
    be put right when the play goes on.
    """
    if not Play.objects.filter(finished_at__isnull=True).exists():
        return None
    newest = AuditLine.objects.aggregate(at=Max("at"))["at"]
    clock.forget_offset()
    if clock.offset() and (newest is None or newest <= clock.now()):
        return None
    return Refusal(
        "drill.half_way",
        text("A scenario is being played here, or its play was stopped half-way."),
        text("Play it on with the same command, to its end or to a moment named with --until, and serve it then."),
        status=409,
    )
