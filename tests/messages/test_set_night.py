"""The district says when its night is."""

from __future__ import annotations

import json
from datetime import time

import pytest
from django.urls import reverse

from muster.foundation import clock
from muster.foundation.models import AuditLine
from muster.foundation.rights import house
from muster.messages import night
from muster.messages.channels import set_night
from muster.organisation.granting import grant_role
from muster.organisation.models import Account
from tests.access.matrix import client_of
from tests.cast import Cast, raises_refusal


def test_it_holds_from_now_on(cast: Cast) -> None:
    assert night.hours() == night.USUAL
    set_night(by=cast.commander, begins=time(21, 30), ends=time(6))
    set_night(by=cast.administrator, begins=time(23), ends=time(6))
    assert night.hours() == night.Hours(time(23), time(6))


def test_the_line_says_from_what_to_what(cast: Cast) -> None:
    set_night(by=cast.commander, begins=time(21, 30), ends=time(6))
    assert json.loads(AuditLine.objects.latest("id").change) == [["night", "22:00-07:00", "21:30-06:00"]]


@pytest.mark.parametrize("words", ["", "soon", "22:00+08:00"])
def test_it_rejects_what_is_no_time_of_the_day(cast: Cast, words: str) -> None:
    sent = {"begins": words, "ends": "07:00"}
    assert client_of("commander").post(reverse("messages:night"), sent).status_code == 422
    assert night.hours() == night.USUAL


def test_it_rejects_a_lead(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        set_night(by=cast.town_lead, begins=time(0), ends=time(0))


def test_it_rejects_the_commander_of_a_part(cast: Cast) -> None:
    account = Account.objects.get(name="lead_a")
    grant_role(by=house("test"), account=account, role="commander", unit=cast.town, since=clock.now())
    with raises_refusal("rights.refused"):
        set_night(by=cast.actor("lead_a"), begins=time(0), ends=time(0))
