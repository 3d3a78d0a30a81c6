"""A workbook that was made is kept in pieces; a second try takes the place of the first."""

from __future__ import annotations

from muster.sheets import made
from tests.cast import Cast, raises_refusal


def test_a_second_try_takes_the_place_of_the_first(cast: Cast) -> None:
    one = made.order_list(by=cast.clerk, which="people", asked={"q": "x"}, count=1)
    made.keep_list(by=cast.clerk, made=one, content=bytes(made.PIECE_BYTES + 1))
    made.keep_list(by=cast.clerk, made=one, content=b"abc")
    one.refresh_from_db()
    assert (one.parts, b"".join(made.content_of(one)), made.asked_of(one)) == (1, b"abc", {"q": "x"})


def test_it_rejects_whoever_takes_nothing_out(cast: Cast) -> None:
    one = made.order_list(by=cast.clerk, which="people", asked={}, count=1)
    with raises_refusal("rights.refused"):
        made.keep_list(by=cast.member, made=one, content=b"")
