"""The clockwork tells by a ladder: whom, once each, in slices, not in the night."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation import clock
from muster.foundation.registry import MESSAGES
from muster.foundation.rights import house
from muster.messages.models import Channel, Message, Night, Nudge
from muster.messages.texts import still_holds, told
from muster.mobilisation.answers import report_in
from muster.mobilisation.models import Order
from muster.organisation.incidents import rest_incident, resume_incident
from muster.roll import telling
from muster.roll.actions import close_roll
from muster.roll.chasing import chase_roll
from muster.roll.ladders import ABOVE, ASKED, GROUP, LEAD, Step
from muster.roll.models import Chase, ChaseStep, Entry, Ladder, Roll
from tests.cast import REASON, START, Cast, at
from tests.organisation.test_open_phone import with_phones
from tests.roll.chased import VILLAGE_LEADS, channel, chased, nudged, people, tick


def test_each_step_tells_whom_it_names(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    called_up = {e.assignee_id for e in Entry.objects.filter(roll=roll)}
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    assert tick(179) == 0
    assert not Nudge.objects.exists()
    assert tick(180) == 1
    assert {n.to for n in nudged("ladder:1:1")} == called_up
    tick(300)
    assert people(cast, "ladder:1:2") >= VILLAGE_LEADS
    assert {n.to for n in nudged("ladder:1:2")} >= called_up
    tick(420)
    assert people(cast, "ladder:1:3") == {"lead_a", "lead_b"}
    assert Chase.objects.get().next_at is None
    before = Nudge.objects.count()
    assert tick(9999) == 0
    assert Nudge.objects.count() == before
    assert [(s.telling, s.passed) for s in ChaseStep.objects.order_by("telling")] == [(n, False) for n in (1, 2, 3)]


def test_what_was_missed_is_passed_over_and_not_told_in_a_burst(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    tick(24 * 60)
    assert people(cast, "ladder:1:3") == {"lead_a", "lead_b"}
    assert Nudge.objects.count() == 2
    assert [(s.telling, s.passed) for s in ChaseStep.objects.order_by("telling")] == [(1, True), (2, True), (3, False)]


def test_who_has_answered_is_not_told(cast: Cast, order: Order, roll: Roll, ladder: Ladder) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    with at(60):
        report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order, pledged=True)
    tick(180)
    found = people(cast, "ladder:1:1")
    assert "m_a1_1" not in found
    assert "m_a1_2" in found


def test_a_slice_ends_and_the_next_goes_on(
    cast: Cast, roll: Roll, ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "SLICE", 5)
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    expected = Entry.objects.filter(roll=roll).count()
    with at(180):
        assert telling.tell_slice(by=house("clockwork"), roll=roll)
        assert (Nudge.objects.count(), ChaseStep.objects.count()) == (5, 0)
    with at(181):
        telling.chore()
    assert Nudge.objects.count() == expected
    assert len({one.to for one in nudged("ladder:1:1")}) == expected


def test_at_night_nothing_is_told_unless_it_is_urgent(cast: Cast, roll: Roll) -> None:
    chase = chased(cast, roll, Step(10 * 60, ASKED), Step(11 * 60, LEAD))  # midnight and one o'clock there
    assert tick(16 * 60) == 0
    assert tick(22 * 60 - 1) == 0
    assert tick(22 * 60) == 1  # seven o'clock there
    assert (nudged("ladder:1:1"), len(nudged("ladder:1:2")) > 0) == ([], True)
    assert chase.ladder.urgent is False


def test_an_urgent_one_writes_at_night(cast: Cast, roll: Roll) -> None:
    with_phones(cast)
    channel(cast.root)
    chased(cast, roll, Step(10 * 60, ASKED), urgent=True, why=REASON)
    assert tick(15 * 60) == 1
    assert {m.next_at for m in Message.objects.all()} == {START + timedelta(hours=15)}


def test_a_clockwork_that_wakes_at_night_waits_for_the_morning(cast: Cast, roll: Roll) -> None:
    chased(cast, roll, Step(60, ASKED), Step(18 * 60, LEAD))
    tick(15 * 60)
    assert not Nudge.objects.exists()
    with at(15 * 60):
        assert Chase.objects.get().next_at == START + timedelta(hours=22)
    tick(22 * 60)
    assert len(nudged("ladder:1:1")) > 0


def test_the_districts_own_night_is_kept(cast: Cast, roll: Roll) -> None:
    night = clock.now().replace(hour=0, minute=0)
    Night.objects.create(begins=night.time(), ends=night.time())
    chased(cast, roll, Step(10 * 60, ASKED))
    assert tick(15 * 60) == 1


def test_groups_with_a_robot_are_told_and_others_not(cast: Cast, roll: Roll) -> None:
    channel(cast.village, Channel.Kind.FEISHU)
    chased(cast, roll, Step(0, GROUP))
    tick(300)
    nudge = Nudge.objects.get()
    assert (nudge.to, nudge.message is not None) == (cast.village.pk, True)
    assert nudge.message is not None
    assert nudge.message.person_id is None


def test_a_message_holds_no_name_and_says_how_many(cast: Cast, order: Order, roll: Roll) -> None:
    with_phones(cast)
    channel(cast.root)
    chased(cast, roll, Step(-60, ASKED), Step(0, LEAD), Step(60, ABOVE))
    for minutes in (240, 300, 360):
        tick(minutes)
    names = [person.name for person in cast.people.values()]
    for message in Message.objects.all():
        with at(400):
            said = told(message.template, message.args, "en")
        assert said.path.startswith(("/my/", f"/office/rolls/{roll.pk}/?unit="))
        assert roll.title not in said.subject
        assert roll.title in said.words
        assert not any(name in f"{said.subject} {said.words}" for name in names)
    one = Message.objects.get(template="roll.above", person=cast.people["lead_a"])
    count = Entry.objects.filter(roll=roll, unit__parent=cast.town).count()
    assert one.args["count"] == count
    with at(400):
        assert f"{count} are still outstanding" in told(one.template, one.args, "en").words


def test_before_it_is_sent_it_is_asked_whether_it_still_holds(cast: Cast, order: Order, roll: Roll) -> None:
    member = cast.people["m_a1_1"]
    args = {"roll": str(roll.pk), "count": 1, "unit": str(cast.village.pk), "to": str(member.pk)}
    with CaptureQueriesContext(connection) as queries:
        assert still_holds("roll.asked", args)
    assert len(queries) == 1
    assert still_holds("roll.lead", args | {"to": str(cast.people["lead_a1"].pk)})
    assert still_holds("roll.group", args | {"to": str(cast.village.pk)})
    assert still_holds("roll.above", args | {"unit": str(cast.town.pk)})
    with at(30):
        report_in(by=cast.member, unit=cast.village, person=member, order=order, pledged=True)
    assert not still_holds("roll.asked", args)
    assert not still_holds("roll.by_hand", args)
    rest_incident(by=cast.commander, incident=cast.incident)
    assert not any(still_holds(key, args) for key in MESSAGES if key.startswith("roll."))
    resume_incident(by=cast.commander, incident=cast.incident)
    with at(40):
        close_roll(by=cast.commander, holder=cast.root, roll=roll)
    assert not any(still_holds(key, args) for key in MESSAGES if key.startswith("roll."))


def test_an_incident_at_rest_and_a_closed_roll_are_not_chased(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    with at(100):
        rest_incident(by=cast.commander, incident=cast.incident)
    assert tick(200) == 0
    with at(310):
        resume_incident(by=cast.commander, incident=cast.incident)
    assert tick(311) == 1
    assert (nudged("ladder:1:1"), len(nudged("ladder:1:2")) > 0) == ([], True)
    with at(320):
        close_roll(by=cast.commander, holder=cast.root, roll=roll)
    assert tick(500) == 0
    with at(500):
        assert not telling.tell_slice(by=house("clockwork"), roll=roll)
    assert nudged("ladder:1:3") == []


def test_a_tick_costs_one_query_when_nothing_is_due(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    with at(100), CaptureQueriesContext(connection) as queries:
        telling.chore()
    assert len(queries) == 1


def test_everybody_that_a_ladder_tells_is_a_template_of_the_room() -> None:
    assert {key for key in MESSAGES if key.startswith("roll.")} == {
        "roll.asked",
        "roll.lead",
        "roll.above",
        "roll.group",
        "roll.by_hand",
    }
