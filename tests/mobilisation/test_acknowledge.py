"""A unit answers an order."""

from __future__ import annotations

from tests.cast import Cast, at


def test_it_answers_the_entry_of_the_unit(cast: Cast) -> None:
    order = cast.order()
    with at(5):
        assert cast.answer(order, "A1")
    entry = cast.entry(order, "A1")
    assert (entry.state, entry.outcome, entry.late, entry.unmet) == ("answered", "will_do", False, False)
