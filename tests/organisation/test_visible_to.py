"""You see your subtree and no more: each model that declares parties, by each of the cast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from muster.foundation.rights import house
from muster.mobilisation.actions import set_watch_items, withdraw_order
from muster.mobilisation.answers import answer_cannot, receive_order, report_in
from muster.organisation.actions import record_absence
from muster.organisation.cards import not_me
from muster.organisation.scope import Visible
from muster.roll.models import Entry
from tests.cast import START, Cast
from tests.organisation.ways import card

ROOMS = ("organisation", "roll", "mobilisation")
WHO = ("commander", "clerk", "lead_a", "lead_a1", "lead_a2", "lead_b", "m_a1_1", "counsellor", "inspector")


def story(cast: Cast) -> None:
    """At least one row of every model, some in town A alone, some in town B alone."""
    first = cast.order(call_up="under:A", audience="under:A")
    other = cast.order(key="other", by=cast.town_lead, issuer=cast.town, audience="under:A -unit:A", passes_on=first)
    cast.draft(key="draft", by=cast.town_lead, issuer=cast.town)
    cast.answer(first, "A1", "cannot")
    answer_cannot(by=cast.commander, order=first, subject=cast.village.pk, outcome="helped")
    receive_order(by=cast.lead, unit=cast.village, order=first, what="read")
    report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=first)
    person = cast.people["m_a1_1"]
    record_absence(by=cast.lead, unit=cast.village, person=person, kind="ill", since=START, until=None)
    not_me(by=house("door"), code=card(cast))
    set_watch_items(by=cast.town_lead, unit=cast.town, order=first, items=[("the dam", 1, cast.village)])
    withdraw_order(by=cast.town_lead, order=other)


Path = Callable[[Any], set[str]]
"""The codes of the units that a row concerns."""


def _codes(*units: Any) -> set[str]:
    return {unit.short_name for unit in units}


CONCERNS: dict[str, Path] = {
    "organisation.Unit": lambda row: _codes(row),
    "organisation.Person": lambda row: _codes(*(a.unit for a in row.appointments.all())),
    "organisation.Appointment": lambda row: _codes(row.unit),
    "organisation.Absence": lambda row: _codes(*(a.unit for a in row.person.appointments.all())),
    "organisation.Grant": lambda row: _codes(row.unit),
    "organisation.WayInNotice": lambda row: _codes(row.unit),
    "roll.Roll": lambda row: _codes(row.held_by),
    "roll.Entry": lambda row: _codes(row.unit, row.roll.held_by),
    "mobilisation.Series": lambda row: _codes(row.issuer),
    "mobilisation.OrderDraft": lambda row: _codes(row.issuer),
    "mobilisation.Order": lambda row: _codes(row.issuer, *(a.unit for a in row.addressees.all())),
    "mobilisation.OrderWithdrawal": lambda row: _codes(row.at_unit),
    "mobilisation.Receipt": lambda row: _codes(row.at_unit, row.order.issuer),
    "mobilisation.Acknowledgement": lambda row: _codes(row.at_unit, row.order.issuer),
    "mobilisation.CannotAnswered": lambda row: _codes(row.at_unit, row.subject),
    "mobilisation.ReportIn": lambda row: _codes(row.at_unit, row.order.issuer),
    "mobilisation.Badge": lambda row: _codes(row.unit),
    "mobilisation.WatchItem": lambda row: _codes(row.unit, row.owner),
}
SUBTREES = {
    "commander": {*"DABH", "A1", "A2", "A3", "B1", "B2", "B3"},
    "clerk": {*"DABH", "A1", "A2", "A3", "B1", "B2", "B3"},
    "lead_a": {"A", "A1", "A2", "A3"},
    "lead_a1": {"A1"},
    "lead_a2": {"A2"},
    "lead_b": {"B", "B1", "B2", "B3"},
}


def visible_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if issubclass(m, Visible) and m._meta.app_label in ROOMS]


def test_every_model_with_parties_is_tried_here() -> None:
    assert {m._meta.label for m in visible_models()} == set(CONCERNS)


def test_each_of_the_cast_sees_the_rows_of_their_subtree_and_no_other(cast: Cast) -> None:
    story(cast)
    actors = {who: cast.actor(who) for who in WHO}
    for model in visible_models():
        rows = list(model._default_manager.all())
        concerns = {row.pk: CONCERNS[model._meta.label](row) for row in rows}
        assert rows, f"the story has no {model._meta.label}"
        for who in WHO:
            mine = SUBTREES.get(who, set())
            expected = {pk for pk, codes in concerns.items() if codes & mine}
            seen = list(model._default_manager.visible_to(actors[who]).values_list("pk", flat=True))  # type: ignore[attr-defined]
            assert set(seen) == expected, f"{who} on {model._meta.label}"
            assert len(seen) == len(expected), f"{who} sees a {model._meta.label} twice"
        assert model._default_manager.visible_to(house("x")).count() == len(rows)  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", ["m_a1_1", "counsellor", "inspector", "administrator"])
def test_who_holds_no_seeing_role_sees_nothing(cast: Cast, who: str) -> None:
    story(cast)
    for model in visible_models():
        assert not model._default_manager.visible_to(cast.actor(who)).exists()  # type: ignore[attr-defined]


def test_it_can_be_cut_down_further(cast: Cast) -> None:
    order = cast.order()
    found = Entry.objects.filter(roll=cast.roll(order)).visible_to(cast.town_lead).filter(unit=cast.village)
    assert found.count() == 1
