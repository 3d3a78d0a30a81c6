"""ETag and If-None-Match: asked again, nothing new is 304; names are never to be kept."""

from __future__ import annotations

import pytest

from muster.mobilisation.models import Order
from tests.api.asking import ACKNOWLEDGED, REPORTED_IN, moment
from tests.api.calls import Caller, ok
from tests.cast import Cast, at


@pytest.fixture
def standing_order(asking_only: tuple[Cast, Order]) -> Order:
    """The order of the file, for tests that only ask."""
    return asking_only[1]


TAGGED = ("figures", f"figures/{ACKNOWLEDGED}", "report")


@pytest.mark.parametrize("path", TAGGED)
def test_a_past_moment_stays_the_same(order: Order, cast: Cast, path: str) -> None:
    caller, asked = Caller("commander"), {"as_of": moment(59)}
    first = caller.get(path, asked)
    with at(65):
        cast.answer(order, "A1")
    with at(70):
        again = caller.get(path, asked, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", TAGGED)
def test_now_is_new_when_something_changed(order: Order, cast: Cast, path: str) -> None:
    caller = Caller("commander")
    first = caller.get(path)
    with at(65):
        assert caller.get(path, **{"If-None-Match": first["ETag"]}).status_code == 304
        cast.answer(order, "A1")
    with at(70):
        again = caller.get(path, **{"If-None-Match": first["ETag"]})
        assert again.status_code == 200
        assert again["ETag"] != first["ETag"]


@pytest.mark.parametrize("given", ["*", '"x", {}', "{}", "{strong}"])
def test_however_the_tag_is_sent_back(standing_order: Order, given: str) -> None:
    caller = Caller("commander")
    tag = caller.get("figures")["ETag"]
    told = given.replace("{}", tag).replace("{strong}", tag.removeprefix("W/"))
    assert caller.get("figures", **{"If-None-Match": told}).status_code == 304


@pytest.mark.parametrize("given", ["", '"x"', "x", 'W/"', "\x00", "é" * 500])
def test_what_is_no_tag_of_ours(standing_order: Order, given: str) -> None:
    assert Caller("commander").get("figures", **{"If-None-Match": given}).status_code == 200


def test_a_tag_is_of_one_question_one_account_and_one_language(standing_order: Order) -> None:
    asked = [{}, {"unit": "A"}, {"unit": "H"}, {"as_of": moment(59)}, {"as_of": moment(58)}]
    tags = [Caller("commander").get(path, query)["ETag"] for path in TAGGED for query in asked]
    tags += [Caller("second").get(path)["ETag"] for path in TAGGED]
    tags += [Caller("commander", language="zh-hans").get(path)["ETag"] for path in TAGGED]
    assert len(tags) == len(set(tags)) == 21


@pytest.mark.parametrize("path", [f"figures/{REPORTED_IN}/rows", "rolls", f"rolls/{REPORTED_IN}/missing", "me"])
def test_names_are_not_kept(standing_order: Order, path: str) -> None:
    answer = Caller("lead_a1").get(path, **{"If-None-Match": "*"})
    ok(answer)
    assert "ETag" not in answer
    assert answer["Cache-Control"] == "private, no-store"
