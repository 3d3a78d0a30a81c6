"""What is said: a room that tells something registers its template; the words are made when they are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation

from muster.foundation.errors import Text
from muster.foundation.registry import MESSAGES

Args = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What a message says, in the language in force. subject: without a name. path: the page to open, "" for none."""

    subject: Text
    words: Text
    path: str = ""

    @property
    def link(self) -> str:
        """The whole address; empty while the server does not know its own."""
        return f"{settings.PUBLIC_ADDRESS}{self.path}" if settings.PUBLIC_ADDRESS and self.path else ""

    @property
    def whole(self) -> str:
        """Words and link: the text of an SMS or of a robot."""
        return f"{self.words}\n{self.link}" if self.link else str(self.words)


@dataclass(frozen=True)
class Template:
    """How a kind of message is worded. label: what it is, on the administrator's list.

    tell: function(args) -> Told; args are ids, codes and counts. holds: function(args) -> whether it is still worth
    saying; what was answered meanwhile is not reminded of.
    """

    tell: Callable[[Args], Told]
    holds: Callable[[Args], bool] | None = None
    label: Text = ""


def told(template: str, args: Args, language: str) -> Told:
    """The words of a message in a language."""
    with translation.override(language):
        found: Told = MESSAGES[template].tell(args)
        return Told(str(found.subject), str(found.words), found.path)


def still_holds(template: str, args: Args) -> bool:
    """Whether a message is still worth sending."""
    holds = MESSAGES[template].holds
    return holds is None or holds(args)
