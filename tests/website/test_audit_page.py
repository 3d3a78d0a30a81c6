"""The page of the log: whose lines somebody sees, found by filters, in pages by key; one line with before and after."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import muster
from muster.foundation import seals
from muster.foundation.models import AuditLine
from muster.foundation.registry import ACTIONS, LISTS, VERBS
from muster.foundation.rights import Actor, house
from muster.mobilisation.models import Order
from muster.organisation import lives, tokens, units
from muster.organisation.granting import end_grant, grant_role
from muster.organisation.models import Grant
from muster.organisation.scope import covers
from muster.vault.actions import note_rotation
from muster.website import audit_lines
from muster.website.audit_words import CHANNELS, FIELDS
from tests.cast import START, Cast, at, raises_refusal
from tests.foundation.test_every_verb_is_tested import import_all
from tests.organisation.ways import account
from tests.website.conftest import Visit

LOG = "/office/audit/"


def opened(visit: Visit, who: str, **of: object) -> str:
    """The page of the newest such line, as somebody sees it."""
    line = AuditLine.objects.filter(**of).latest("id")
    answer = visit(who).get(f"{LOG}{line.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def found(actor: Actor, **given: str) -> list[AuditLine]:
    """All lines that a question finds."""
    return [row["line"] for row in audit_lines.every(actor, audit_lines.asked(actor, given), slice_rows=7)]


def test_every_verb_has_its_words() -> None:
    import_all()
    ours = {verb for verb, run in ACTIONS.items() if run.__module__.startswith("muster.")}
    assert ours - set(VERBS) == set(), "say in the room's logged.py how the log calls it"
    assert set(VERBS) - ours == set()
    assert set(audit_lines.OF_THE_SERVER) < ours


def test_every_field_of_a_change_has_its_words() -> None:
    source = "".join(path.read_text() for path in Path(muster.__file__).parent.rglob("*.py"))
    said = set(re.findall(r'(?:current_line\(\)|\bline)\.change\("(\w+)"', source)) | {"owner", "legal_basis"}
    assert said == set(FIELDS)


def test_a_commander_sees_all_of_the_district_and_names(order: Order, cast: Cast, visit: Visit) -> None:
    said = visit("commander").get(LOG).content.decode()
    assert "Reported in" in said
    assert "Name of m_a1_1" in said
    assert len(found(cast.commander)) == AuditLine.objects.count()


def test_a_commander_of_a_town_sees_the_lines_of_its_units(order: Order, cast: Cast, visit: Visit) -> None:
    grant_role(by=cast.commander, account=account("lead_a"), role="commander", unit=cast.town, since=START)
    actor = cast.actor("lead_a")
    lines = found(actor)
    assert lines
    assert all(covers(cast.town.path, line.unit_path) for line in lines)
    assert len(lines) == sum(covers(cast.town.path, p) for p in AuditLine.objects.values_list("unit_path", flat=True))
    other = AuditLine.objects.filter(unit_path=cast.units["B"].path).latest("id")
    assert visit("lead_a").get(f"{LOG}{other.pk}/").status_code == 404


def test_an_administrator_sees_ways_in_and_no_names(order: Order, cast: Cast, visit: Visit) -> None:
    grant_role(by=cast.commander, account=account("m_a1_2"), role="lead", unit=cast.village, since=START)
    assert {line.verb for line in found(cast.administrator)} <= set(audit_lines.OF_THE_SERVER)
    said = visit("administrator").get(LOG).content.decode()
    assert "Role given" in said
    said += opened(visit, "administrator", verb="organisation.grant_role")
    assert "Name of" not in said.replace("Name of administrator", "")
    line = AuditLine.objects.filter(verb="mobilisation.acknowledge").latest("id")
    assert visit("administrator").get(f"{LOG}{line.pk}/").status_code == 404
    assert visit("administrator").get("/office/lists/audit/csv/").status_code == 403


@pytest.mark.parametrize("who", ["lead_a", "clerk", "inspector", "m_a1_1"])
def test_it_rejects_everybody_else(cast: Cast, visit: Visit, who: str) -> None:
    assert visit(who).get(LOG).status_code == 403


def test_the_filters(order: Order, cast: Cast) -> None:
    actor, every = cast.commander, list(AuditLine.objects.order_by("-at", "-id"))
    wanted = {
        "verb": ("mobilisation.acknowledge", lambda line: line.verb == "mobilisation.acknowledge"),
        "who": ("m_a1_1", lambda line: line.actor == "m_a1_1"),
        "unit": ("A1", lambda line: covers(cast.village.path, line.unit_path)),
        "from": ("2020-01-29T09:20", lambda line: line.at >= START.replace(minute=20)),
        "until": ("2020-01-29T09:30", lambda line: line.at <= START.replace(minute=30)),
        "id": (str(order.pk), lambda line: str(order.pk) in line.ids),
        "channel": ("command", lambda line: line.channel == "command"),
    }
    for name, (words, fits) in wanted.items():
        expected = [line for line in every if fits(line)]
        assert 0 < len(expected) < len(every), name
        assert found(actor, **{name: words}) == expected, name
    assert found(actor, who="Name of m_a1_1") == found(actor, who="m_a1_1")
    assert found(actor, who="retention") == []


def test_it_rejects_a_name_of_more_accounts_than_it_looks_for(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_lines, "ACCOUNTS_MOST", 2)
    with raises_refusal("audit.who"):
        found(cast.commander, who="Name")
    assert found(cast.commander, who="lead_a1") == list(
        AuditLine.objects.filter(actor="lead_a1").order_by("-at", "-id")
    )


def test_an_administrator_sees_that_a_key_was_rotated(cast: Cast) -> None:
    note_rotation(by=house("keys"), purpose="contact", key_id="02", renew=0)
    assert next(line.verb for line in found(cast.administrator)) == "vault.note_rotation"


def test_the_channels_part_the_lines(order: Order, cast: Cast) -> None:
    by_channel = [line.pk for key in CHANNELS for line in found(cast.commander, channel=key)]
    assert sorted(by_channel) == sorted(AuditLine.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?unit=none", 422),
        ("?from=soon", 422),
        ("?verb=none&channel=x&id=%25&older=x&newer=1,2", 200),
        ("?id=a%00b", 400),
        ("?older=0001-01-01T00:00:00%2B14:00,00000000-0000-0000-0000-000000000000", 200),
        ("?newer=9999-12-31T23:59:59-14:00,00000000-0000-0000-0000-000000000000", 200),
    ],
)
def test_what_is_no_filter_is_refused_or_left_out(cast: Cast, visit: Visit, query: str, status: int) -> None:
    assert visit("commander").get(LOG + query).status_code == status


def test_pages_follow_each_other_both_ways_without_a_gap(order: Order, cast: Cast) -> None:
    actor, given, seen = cast.commander, {}, []
    while True:
        page = audit_lines.page_of(actor, audit_lines.asked(actor, given), size=4)
        seen += [row["line"].pk for row in page.rows]
        last = given
        if not page.older:
            break
        given = {"older": page.older}
    assert seen == list(AuditLine.objects.order_by("-at", "-id").values_list("pk", flat=True))
    back = [row["line"].pk for row in page.rows]
    while page.newer:
        last = {"newer": page.newer}
        page = audit_lines.page_of(actor, audit_lines.asked(actor, last), size=4)
        back = [row["line"].pk for row in page.rows] + back
    assert back == seen


def test_a_page_costs_as_much_at_the_end_and_goes_by_the_index(order: Order, cast: Cast, visit: Visit) -> None:
    client = visit("commander")
    client.get(LOG)
    with CaptureQueriesContext(connection) as first:
        client.get(LOG)
    oldest = AuditLine.objects.earliest("at", "id")
    with CaptureQueriesContext(connection) as last:
        client.get(LOG, {"newer": audit_lines.key_of(oldest)})
    assert len(first) == len(last) == 5
    for given, index in (({}, "auditline_at"), ({"verb": "roll.excuse"}, "auditline_verb")):
        rows = audit_lines.found(cast.commander, audit_lines.asked(cast.commander, given))[:51]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("SET LOCAL enable_sort = off")
        plan = rows.explain()
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_a_line_opens_to_its_marks_and_rows(order: Order, cast: Cast, visit: Visit) -> None:
    said = opened(visit, "commander", verb="mobilisation.acknowledge", actor="lead_a1")
    assert "Acknowledged" in said
    assert "Unit A1" in said
    assert "outstanding" in said
    assert "answered" in said
    assert f"/office/entries/{cast.entry(order, 'A1').pk}/" in said
    assert "not sealed yet" in said


def test_a_role_has_its_before_and_after(cast: Cast, visit: Visit) -> None:
    made = grant_role(by=cast.commander, account=account("m_a1_2"), role="lead", unit=cast.village, since=START)
    said = opened(visit, "commander", verb="organisation.grant_role")
    assert "Unit lead" in said
    with at(hours=7):
        end_grant(by=cast.commander, grant=Grant.objects.select_related("unit").get(pk=made.pk))
    line = AuditLine.objects.latest("id")
    assert json.loads(line.change)[0] == ["role", "lead", ""]
    assert "29 Jan 2020 16:00" in opened(visit, "commander", verb="organisation.end_grant")


def test_a_unit_that_moved_and_was_renamed_says_from_where(cast: Cast, visit: Visit) -> None:
    units.move_unit(by=cast.commander, parent=cast.root, unit=cast.village, under=cast.units["B"])
    said = opened(visit, "commander", verb="organisation.move_unit")
    assert "Stands under" in said
    assert said.index("Unit A<") < said.index("Unit B<")
    units.rename_unit(by=cast.commander, parent=cast.root, unit=cast.village, name="Another name")
    said = opened(visit, "commander", verb="organisation.rename_unit")
    assert "Another name" in said


def test_what_is_personal_is_changed_and_not_said(cast: Cast, visit: Visit) -> None:
    person = cast.people["m_a1_1"]
    lives.correct_person(by=cast.lead, unit=cast.village, person=person, name="A secret name")
    lives.set_phone(by=cast.lead, unit=cast.village, person=person, phone="13812345678")
    for verb in ("organisation.correct_person", "organisation.set_phone"):
        said = opened(visit, "commander", verb=verb)
        assert "changed; what it says is not in the log" in said
        line = str(AuditLine.objects.filter(verb=verb).values().get())
        assert "secret" not in line
        assert "13812345678" not in line


def test_a_sealed_line_names_its_seal(cast: Cast, visit: Visit) -> None:
    with at(hours=8):
        seals.seal_settled()
        said = opened(visit, "commander", verb="mobilisation.acknowledge")
    seal = seals.latest()
    assert seal is not None
    assert f"sealed in seal {seal.no}" in said
    assert seal.hash[:16] in said


def test_what_a_token_did_says_so(cast: Cast, visit: Visit) -> None:
    by = tokens.narrowed(cast.lead, cast.village.pk, "")
    units_before = AuditLine.objects.count()
    lives.correct_person(by=by, unit=cast.village, person=cast.people["m_a1_1"], name="Other")
    assert AuditLine.objects.count() == units_before + 1
    said = opened(visit, "commander", verb="organisation.correct_person")
    assert "API token" in said
    assert str(cast.village.pk) in said


def test_taking_it_along_is_a_line_and_reading_is_none(order: Order, cast: Cast, visit: Visit) -> None:
    client, before = visit("commander"), AuditLine.objects.count()
    client.get(LOG)
    assert AuditLine.objects.count() == before
    answer = client.get("/office/lists/audit/csv/", {"unit": "A1"})
    rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(rows) == 1 + len(found(cast.commander, unit="A1"))
    assert AuditLine.objects.latest("id").verb == "sheets.take_out"


def test_what_is_written_after_the_list_was_asked_for_is_not_in_it(order: Order, cast: Cast) -> None:
    with at(hours=9):
        listing = LISTS["audit"](cast.commander, {})
    with at(hours=9, seconds=1):
        units.rename_unit(by=cast.commander, parent=cast.root, unit=cast.village, name="Another name")
    assert listing.ids is not None
    assert listing.count == AuditLine.objects.count() - 1
    assert len(list(listing.rows())) == len(list(listing.ids())) == listing.count


def test_whoever_was_the_house_is_named_as_it(cast: Cast) -> None:
    units.rename_unit(by=house("set-up"), parent=cast.root, unit=cast.village, name="By the house")
    assert found(cast.commander, who="set-up", verb="organisation.rename_unit")
