"""Small drawings as SVG text: the coverage bar, the line of recent values. Every number is escaped or ours.

Percent stands in attributes and colour in classes, never in a style attribute: the content policy forbids those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from muster.website import bar

HATCHED = {bar.UNMET: "hatch-unmet", bar.EXCUSED: "hatch-excused"}
"""Parts with a pattern; the patterns stand once a page, in parts/hatch.html."""

NO_PARTS: dict[str, str] = {}


def bar_svg(
    drawn: Sequence[bar.Part],
    *,
    address: Callable[[str], str] | None = None,
    titles: dict[str, str] = NO_PARTS,
    inside: str = "",
    beside: str = "",
) -> SafeString:
    """The bar. address: part -> where it opens; titles: part -> what a resting pointer reads.

    inside: words over the answered part; beside: words in the hollow part, for bars that have hardly begun.
    The drawing is hidden from screen readers: whoever places it says the equation in words.
    """
    pieces = [mark_safe('<svg class="bar" aria-hidden="true" focusable="false">')]
    pieces.append(mark_safe('<rect class="track" width="100%" height="100%"/>'))
    pieces.extend(_part(part, address, titles.get(part.kind, "")) for part in drawn)
    pieces.extend(
        format_html('<rect class="gap" x="{}%" width="2" height="100%"/>', f"{part.start:.2f}") for part in drawn[1:]
    )
    if inside:
        pieces.append(format_html('<text class="inside" x="6" y="50%" dy=".36em">{}</text>', inside))
    if beside:
        start = drawn[-1].start if drawn else 0.0
        pieces.append(
            format_html('<text class="beside" x="{}%" dx="8" y="50%" dy=".36em">{}</text>', f"{start:.2f}", beside)
        )
    pieces.append(mark_safe('<rect class="rim" width="100%" height="100%" rx="3"/></svg>'))
    return mark_safe("".join(pieces))


def _part(part: bar.Part, address: Callable[[str], str] | None, title: str) -> SafeString:
    place = format_html('x="{}%" width="{}%" height="100%"', f"{part.start:.2f}", f"{part.width:.2f}")
    shape = format_html('<rect class="{}" {}/>', part.kind, place)
    if part.kind in HATCHED:
        shape += format_html('<rect fill="url(#{})" {}/>', HATCHED[part.kind], place)
    if title:
        shape = format_html("<g><title>{}</title>{}</g>", title, shape)
    if address is None:
        return shape
    # Reached by pointer only: the same lists open from the words beside the bar, which the keyboard reaches.
    return format_html('<a href="{}" tabindex="-1">{}</a>', address(part.kind), shape)


def spark_svg(values: Sequence[float | None], *, width: int = 64, height: int = 18) -> SafeString:
    """The last values as a line that ends in a dot; None leaves a hole. px."""
    known = [value for value in values if value is not None]
    if not known:
        return mark_safe("")
    low, high = min(known), max(known)
    step = (width - 6) / max(1, len(values) - 1)
    points = [
        None if value is None else (2 + step * place, _level(value, low, high, height))
        for place, value in enumerate(values)
    ]
    lines = "".join(_line(piece) for piece in _runs(points) if len(piece) > 1)
    x, y = next(point for point in reversed(points) if point is not None)
    return mark_safe(
        f'<svg class="spark" width="{width}" height="{height}" aria-hidden="true" focusable="false">'
        f'{lines}<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    )


def _level(value: float, low: float, high: float, height: int) -> float:
    return height / 2 if low == high else 3 + (height - 6) * (high - value) / (high - low)


def _line(points: Sequence[tuple[float, float]]) -> str:
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The stretches without a hole."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return runs
