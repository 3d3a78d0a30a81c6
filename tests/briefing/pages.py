"""Reading pages: their words, their numbers, the names that they list."""

from __future__ import annotations

import html
import re
from typing import Any


def text_of(answer: Any) -> str:
    """A page's words, its tags blanked out."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


def names_in(answer: Any) -> list[str]:
    """The names that a list shows, from the links to their entries."""
    return re.findall(r'<a class="opens strong" href="/office/entries/[^"]*">([^<]*)</a>', answer.content.decode())


def equation_in(answer: Any) -> list[int]:
    """The numbers of a page's equation: expected, answered, excused, then what is outstanding."""
    inside = re.search(r'<dl class="equation">(.*?)</dl>', answer.content.decode(), re.DOTALL)
    assert inside, "no equation"
    return [int(n.replace(",", "")) for n in re.findall(r"<dd><a[^>]*>([\d,]+)</a>", inside.group(1))]


def table_in(answer: Any, title: str) -> list[list[str]]:
    """The rows of the table with this caption, foot included, each a list of its cells' words."""
    page = answer.content.decode()
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        if f">{title}</caption>" in table:
            rows = re.findall(r"<tr>(.*?)</tr>", table.split("</thead>")[-1], re.DOTALL)
            return [[_words(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)] for row in rows]
    raise AssertionError(f"no table {title}")


def _words(cell: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", cell))).strip()
