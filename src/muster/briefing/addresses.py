"""The addresses of the room's pages, keeping whatever was asked: whose units, as of when, which incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse


@dataclass(frozen=True)
class Way:
    """What the address in the browser asked for; empty for what was left out: the highest unit, now, the latest."""

    unit: str = ""
    as_of: str = ""
    incident: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Way:
        """The part of a query that links keep."""
        return cls(query.get("unit", ""), query.get("as_of", ""), query.get("incident", ""))

    def keep(self, **more: str) -> dict[str, str]:
        """The query without what is empty; `more` comes first and may empty what was asked."""
        asked = {"unit": self.unit, "as_of": self.as_of, "incident": self.incident}
        return {name: value for name, value in (asked | more).items() if value}

    def to(self, address: str, **more: str) -> str:
        """An address with the query kept."""
        query = urlencode(self.keep(**more))
        return f"{address}?{query}" if query else address

    def board(self, **more: str) -> str:
        """The board, of another unit or moment where one is given."""
        return self.to(reverse("briefing:board"), **more)

    def figure(self, key: str, **more: str) -> str:
        """A figure's page."""
        return self.to(reverse("briefing:figure", args=[key]), **more)

    def figures(self, **more: str) -> str:
        """The list of figures."""
        return self.to(reverse("briefing:figures"), **more)
