"""Any moment, id or code that anybody can write: it is answered or refused by name, never a fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.mobilisation.models import Acknowledgement, Order
from tests.api.asking import ACKNOWLEDGED, ASKING, ZONE
from tests.api.calls import Caller
from tests.cast import START, Cast

pytestmark = pytest.mark.django_db  # else nothing tells pytest-django so before the fixtures of the file

OPENED = START - timedelta(days=1)
SETTLED = START + timedelta(minutes=60) - timedelta(seconds=10)

offsets = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda m: timezone(timedelta(minutes=m)))
seconds = st.timedeltas(-timedelta(hours=23), timedelta(hours=23)).map(timezone)
moments = st.datetimes(timezones=st.none() | st.timezones() | offsets | seconds, allow_imaginary=True)
near = st.datetimes(
    (OPENED - timedelta(days=1)).replace(tzinfo=None),
    (SETTLED + timedelta(days=1)).replace(tzinfo=None),
    timezones=st.none() | offsets | st.just(UTC) | st.just(ZONE),
)
words = st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:?\d\d|Z)?", fullmatch=True)
ids = st.uuids() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.none()
codes = st.text() | st.sampled_from(["A", "A1", "B", "none"])


@pytest.fixture(scope="module")
def caller(standing: tuple[Cast, Order]) -> Caller:
    """The lead of village A1, signed in once."""
    return Caller("lead_a1")


def _refused(answer: Any, statuses: tuple[int, ...], *fields: str) -> None:
    assert answer.status_code in statuses, answer.content.decode()
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert {error["field"] for error in problem["errors"]} <= set(fields)


@given(moment=moments | near)
def test_a_moment_is_answered_as_it_is_or_refused(caller: Caller, moment: datetime) -> None:
    answer = caller.get(f"figures/{ACKNOWLEDGED}", {"as_of": moment.isoformat()})
    meant = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    try:
        settled = OPENED <= meant.astimezone(UTC) <= SETTLED
    except OverflowError:
        settled = False
    if settled:
        assert answer.status_code == 200, answer.content.decode()
        assert datetime.fromisoformat(answer.json()["as_of"]) == meant
    else:
        _refused(answer, (422,), "as_of")
        assert answer.json()["code"] in ("as_of.no_time", "as_of.ahead", "as_of.before_incident")


@given(text=words, path=st.sampled_from(ASKING))
def test_words_instead_of_a_moment(caller: Caller, text: str, path: str) -> None:
    answer = caller.get(path, {"as_of": text.encode(errors="replace")})
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        _refused(answer, (422,), "as_of")
    elif text.strip():
        assert answer.json()["as_of"], "some words are a moment, and then it is said which"


@given(code=codes, path=st.sampled_from(ASKING))
def test_any_unit(caller: Caller, code: str, path: str) -> None:
    answer = caller.get(path, {"unit": code.encode(errors="replace")})
    if answer.status_code != 200:
        _refused(answer, (404, 422), "unit")
        assert code != "A1"


@given(
    order=ids, unit=codes | st.integers() | st.booleans(), more=st.dictionaries(st.text(), st.integers(), max_size=3)
)
def test_any_id_and_any_field(caller: Caller, order: Any, unit: Any, more: dict[str, int]) -> None:
    # Whatever is sent beside the person who is nobody: it can only be refused.
    sent = {**more, "order": str(order) if hasattr(order, "hex") else order, "person": "nobody", "pledged": unit}
    _refused(caller.post("report-in", sent), (404, 422), "order", "pledged", "body", *(name[:80] for name in more))
    answer = caller.post(
        "orders/00000000-0000-4000-8000-000000000000/acknowledge", {"outcome": "will_do", "unit": unit}
    )
    _refused(answer, (404, 422), "unit", "body")
    assert not Acknowledgement.objects.filter(order_id="00000000-0000-4000-8000-000000000000").exists()
