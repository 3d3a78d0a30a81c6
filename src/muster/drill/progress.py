"""How far a play is, on stderr: a bar in a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from muster.foundation import clock

LINE_EVERY_SECONDS = 5.0


class Progress(Protocol):
    """Told of how much there is, how much is done, and where in the scenario's time the play is."""

    def of(self, total: int) -> None:
        """So much there is in all."""

    def advance(self, weight: int, words: str = "") -> None:
        """So much more is done; words: what is being done, or the scenario's time."""


class Silent:
    """Tells nobody."""

    def of(self, total: int) -> None:
        """Nothing."""

    def advance(self, weight: int, words: str = "") -> None:
        """Nothing."""


class Lines:
    """A line every few seconds: for a log, or where stderr is no terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._total = self._done = 0
        self._told = clock.monotonic()

    def of(self, total: int) -> None:
        """So much there is in all."""
        self._total = total

    def advance(self, weight: int, words: str = "") -> None:
        """Print, when the last line is old enough."""
        self._done += weight
        if clock.monotonic() - self._told >= LINE_EVERY_SECONDS:
            self._told = clock.monotonic()
            self._out.write(f"{self._done}/{self._total}  {words}\n")
            self._out.flush()


@contextmanager
def shown(words: str) -> Iterator[Progress]:
    """A bar, or lines, for as long as the play takes. words: what is played."""
    if not sys.stderr.isatty():
        yield Lines(sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    console.print(words, markup=False, highlight=False)
    columns = (
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, refresh_per_second=5) as bars:
        task = bars.add_task(words, total=None, words="")

        class Bar:
            """The bar of rich behind the same two calls."""

            def of(self, total: int) -> None:
                bars.update(task, total=total)

            def advance(self, weight: int, words: str = "") -> None:
                if words:
                    bars.update(task, advance=weight, words=words)
                else:
                    bars.update(task, advance=weight)

        yield Bar()
