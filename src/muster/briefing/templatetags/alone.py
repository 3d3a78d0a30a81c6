"""For a page in a file of its own: style sheets written into it. `{% load alone %}`.

Pages of the server carry no style of their own, since the content policy forbids it; a file has no policy.
"""

from __future__ import annotations

import re
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

FACES = re.compile(r"@font-face\s*\{[^}]*\}")
"""A face lies in a file beside the sheet; without it the reader's own faces serve."""


@register.simple_tag
def sheets(*names: str) -> SafeString:
    """Static style sheets as one element of the page."""
    texts = [FACES.sub("", Path(str(finders.find(name))).read_text(encoding="utf-8")) for name in names]
    return mark_safe(f"<style>\n{''.join(texts)}</style>")
