"""*What is held about me*: every room tells its part, to nobody but oneself; no column about a person is left out."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.apps import apps
from django.db import models
from django.utils import translation

from muster.foundation.models import AuditLine
from muster.mobilisation.answers import report_in
from muster.organisation.keeping import read_what_is_held
from muster.organisation.models import Account, Person
from muster.organisation.readings import open_phone
from muster.vault.models import Reading
from tests.cast import Cast, at, raises_refusal
from tests.organisation.test_open_phone import phone_of, with_phones

ON_THE_PAGE = {
    "organisation.Appointment.person": "Places at units",
    "organisation.Absence.person": "Absences",
    "organisation.Account.person": "In the register",
    "organisation.Code.person": "Ways in",
    "organisation.Device.person": "Ways in",
    "organisation.Passkey.account": "Ways in",
    "organisation.ApiToken.account": "Ways in",
    "organisation.SignIn.account": "Sign-ins",
    "organisation.Grant.account": "Roles",
    "organisation.Grant.stands_in_for": "Roles",
    "vault.Particular.subject_id": "Kept encrypted",
    "vault.Reading.subject_id": "Who looked",
    "vault.Erasure.subject_id": "Erased",
    "roll.Entry.subject_id": "On rolls",
    "roll.Entry.assignee": "On rolls",
    "roll.Mark.by_person": "What I recorded",
    "mobilisation.ReportIn.person": "What I recorded",
    "mobilisation.Badge.person": "Badges",
    "mobilisation.Order.drafted_by": "Orders that I wrote or signed",
    "mobilisation.Order.signed_by": "Orders that I wrote or signed",
    "mobilisation.OrderDraft.drafted_by": "Orders that I wrote or signed",
    "mobilisation.OrderDraft.signed_by": "Orders that I wrote or signed",
    "messages.Message.person": "Messages to me",
    "messages.Wish.person": "Language of messages to me",
    "messages.Nudge.to": "When I was to be told something and no way out reached me",
    "briefing.Report.issued_by": "Situation reports that I issued",
}
"""Column that points to a person or their account -> the part of the page that tells of it."""
FACTS = {"by_person": "What I recorded", "for_person": "What I recorded"}
"""The same for every kind of fact."""
NOT_ON_THE_PAGE = {
    "organisation.Person.merged_into": "the one that they go on as is the one who asks",
    "organisation.Grant.granted_by": "it is about whoever was given the role, and stands on their page",
    "vault.Reading.by_person": "what I read of others stands on their pages, and in the log",
    "vault.Reading.by_account": "as by_person",
    "vault.Extension.asked_by": "an act of office, in the log",
    "vault.Extension.confirmed_by": "an act of office, in the log",
    "foundation.AuditLine.actor_account": "the log of what I did in office; its lines hold ids and digests",
    "foundation.AuditLine.acting_for": "as actor_account",
    "organisation.Pin.person": "a secret: that there is one is seen by the phone that it opens",
    "organisation.RecoveryCode.account": "secrets, as keyed hashes",
    "organisation.Code.made_by": "an act of the lead, in the log",
    "organisation.WayInNotice.person": "a word to their lead; it goes when the person is forgotten",
    "sheets.Import.by_account": "my imports stand on their own page, and what they hold ends after 30 days",
    "sheets.MadeList.by_account": "a list that I had made ends after a day",
    "organisation.Incident.end_asked_by": "an act of office, in the log",
    "organisation.Incident.closed_by": "an act of office, in the log",
    "roll.Chase.by": "an act of office, in the log",
    "drill.Play.commander": "a drill's people are invented",
    "drill.Cast.account": "a drill's people are invented",
}
POINTS = ("person", "account", "subject_id", "assignee", "asked_by", "confirmed_by", "acting_for")


def _points_to_a_person(field: models.Field) -> bool:  # type: ignore[type-arg]
    if field.is_relation:
        return field.related_model in (Person, Account)
    return isinstance(field, models.UUIDField) and (field.name == "to" or any(word in field.name for word in POINTS))


def _columns() -> set[str]:
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if _points_to_a_person(field) and not (field.name in FACTS and hasattr(model, "KIND")):
                found.add(f"{model._meta.label}.{field.name}")
    return found


def test_every_column_about_a_person_is_on_the_page_or_says_why_not() -> None:
    assert _columns() == set(ON_THE_PAGE) | set(NOT_ON_THE_PAGE)
    assert not set(ON_THE_PAGE) & set(NOT_ON_THE_PAGE)


def _told(cast: Cast, number: str) -> dict[str, list[str]]:
    """{title of a part: its rows as words}."""
    with translation.override("en"):
        parts = read_what_is_held(by=cast.actor(number), person=cast.people[number])
        return {str(p.title): [" | ".join(map(str, row)) for row in p.rows] for p in parts}


def test_all_rooms_tell(cast: Cast) -> None:
    with_phones(cast)
    order = cast.order(call_up="under:A")
    report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    with at(5):
        open_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"].pk)
        told = _told(cast, "m_a1_1")
    assert set(told) == set(ON_THE_PAGE.values())
    assert told["In the register"][0] == "Full name | Name of m_a1_1"
    assert told["Places at units"][0].startswith("Unit A1")
    assert phone_of("m_a1_1", cast) in told["Kept encrypted"][0]
    assert "Unit D" in told["Kept encrypted"][0], "the district answers for it"
    assert [row for row in told["On rolls"] if "answered" in row]
    assert told["Badges"]
    assert "Recorded by me | 1" in told["What I recorded"]
    (who,) = told["Who looked"]
    assert "Name of lead_a1" in who
    assert "Telephone number" in who


def test_ones_own_looking_is_no_reading_but_a_line(cast: Cast) -> None:
    with_phones(cast)
    _told(cast, "m_a1_1")
    assert not Reading.objects.exists()
    assert AuditLine.objects.latest("id").verb == "organisation.read_what_is_held"


def test_no_secret_of_others_is_told(cast: Cast) -> None:
    with_phones(cast)
    told = str(_told(cast, "m_a1_1"))
    assert not [n for n in cast.people if n != "m_a1_1" and phone_of(n, cast) in told]


@pytest.mark.parametrize("by", ["commander", "lead", "administrator", "sibling"])
def test_it_rejects_everybody_else(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        read_what_is_held(by=getattr(cast, by), person=cast.people["m_a1_1"])


def test_a_part_has_a_head_for_each_cell(cast: Cast) -> None:
    with_phones(cast)
    for part in read_what_is_held(by=cast.member, person=cast.people["m_a1_1"]):
        assert {len(row) for row in part.rows} <= {len(part.heads)}
        assert all(isinstance(cell, str | int | datetime) or str(cell) for row in part.rows for cell in row)
