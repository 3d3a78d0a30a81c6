"""Whether something was built on an import is asked for all of its rows at once, however many it changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation.registry import IMPORTS
from muster.organisation.models import Appointment
from muster.sheets import store
from muster.sheets.store import What
from tests.cast import Cast
from tests.sheets.books import HEADS, applied, csv_of, phone

UNIT_HEADS = ("\u4ee3\u7801", "\u540d\u79f0")


def before_of(cast: Cast, count: int) -> dict[int, Any]:
    """What an import that changed so many people keeps of them."""
    names = [(f"\u4eba{n}", "A1", f"W{n}", "a", "", "", "", "") for n in range(count)]
    applied(cast.commander, csv_of([HEADS, *names]))
    changed = [
        (name, "A2" if n % 2 else "A1", number, "b", "", "", phone(n), "")
        for n, (name, _u, number, *_r) in enumerate(names)
    ]
    done = applied(cast.commander, csv_of([HEADS, *changed]))
    return store.by_position(done, What.BEFORE, range(count))


@pytest.mark.parametrize("count", [2, 60])
def test_three_queries_however_many_people_were_changed(cast: Cast, count: int) -> None:
    before = before_of(cast, count)
    ask = IMPORTS["people"].built_on
    assert ask is not None
    with CaptureQueriesContext(connection) as asked:
        assert ask(before) == {}
    assert len(asked) == 3
    Appointment.objects.filter(person__number="W1", until__isnull=True).update(title="c")
    assert list(ask(before)) == [1]


@pytest.mark.parametrize("count", [1, 3])
def test_one_query_however_many_units_were_renamed(cast: Cast, count: int) -> None:
    units = [("A1", "Harbour"), ("A2", "Bridge"), ("B1", "Mill")][:count]
    done = applied(cast.commander, csv_of([UNIT_HEADS, *units]), kind="units")
    before = store.by_position(done, What.BEFORE, range(count))
    assert len(before) == count
    ask = IMPORTS["units"].built_on
    assert ask is not None
    with CaptureQueriesContext(connection) as asked:
        assert ask(before) == {}
    assert len(asked) == 1
