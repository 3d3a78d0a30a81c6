"""The district's lists of reasons: codes, each with the words that readers see."""

from __future__ import annotations

from muster.foundation.errors import invalid, text
from muster.roll.models import Reason

USES = frozenset(("excuse", "cannot", "correction", "hand_over", "withdrawal", "night"))
"""What the district has a list of reasons for."""


def require_reason(use: str, code: str) -> None:
    """Refuse a reason that is not on the district's list for this use."""
    if not Reason.objects.filter(use=use, code=code).exists():
        codes = ", ".join(Reason.objects.filter(use=use).order_by("code").values_list("code", flat=True))
        raise invalid("reason", text("Choose a reason from the list: %(codes)s."), "reason.unknown", codes=codes)


def reasons_known() -> dict[str, list[Reason]]:
    """{use: the district's list}, of every use. One query."""
    found: dict[str, list[Reason]] = {use: [] for use in sorted(USES)}
    for reason in Reason.objects.order_by("pk"):
        found.setdefault(reason.use, []).append(reason)
    return found
