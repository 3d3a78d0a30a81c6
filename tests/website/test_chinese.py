"""No page in Chinese shows an English word: what is visible or spoken on it is Chinese, data, or one of a few names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from muster.briefing.actions import issue_report
from muster.foundation import clock
from muster.foundation.models import Database
from muster.foundation.rights import house
from muster.mobilisation.kinds import ACKNOWLEDGEMENT, CANNOT, REPORT_IN
from muster.mobilisation.models import Badge, Order, Pledge
from muster.organisation import codes
from muster.organisation.actions import open_incident
from muster.organisation.cards import not_me
from muster.organisation.devices import take_pin_try, tell_pin_locked
from muster.organisation.models import Account, Code, Incident, Person, Unit, UnitKind
from muster.roll.coverage import as_of_moment
from muster.roll.models import Reason
from tests.cast import REASON, START, Cast, at
from tests.organisation.ways import account, card, come_in, give_factor
from tests.website.conftest import Visit
from tests.website.test_sign_in import PASSWORD, kept_password

CHINESE = {"accept-language": "zh-hans"}
ALLOWED = {"API", "CSV", "Ctrl", "Excel", "JSON", "MB", "SHA", "UUID", "csv", "ods", "xls", "xlsx"}
"""Names of formats and keys of the keyboard."""
SPOKEN = ("title", "alt", "aria-label", "placeholder", "data-label", "data-copied", "data-stale")
CODES = re.compile(r"\bmobilisation(?:\.\w+)+|\bmuster(?: [a-z-]+)*|\b(?:set|kind|under|unit):\w*|\b[A-Z0-9]{8,}\b")
"""Keys of figures, commands, terms of the rule that says whom an order reaches, numbers of badges."""
WORD = re.compile(r"(?<![A-Za-z0-9·])[A-Za-z][A-Za-z'’]+(?![A-Za-z0-9·])")

OFFICE = (
    "/office/",
    "/office/?wall=1",
    "/office/?unit=A",
    "/office/?unit=A1",
    "/office/?as_of=2020-01-28T10:00",
    "/office/?as_of=2020-01-29T10:00",
    "/office/people/",
    "/office/people/?gone=1",
    "/office/people/?q=0000",
    "/office/units/",
    "/office/units/?q=0000",
    "/office/lists/people/print/",
    "/office/import/",
    "/office/rolls/",
    "/office/orders/",
    "/office/orders/new/",
    "/office/figures/",
    "/office/figures/?q=0000",
    "/office/figures/mobilisation.organisations_acknowledged/",
    "/office/figures/mobilisation.organisations_acknowledged/?table=1",
    "/office/figures/mobilisation.members_reported_in/?unit=A&show=answered",
    "/office/figures/mobilisation.members_reported_in/?show=expected",
    "/office/figures/mobilisation.orders_issued/",
    "/office/reports/",
    "/office/reports/new/",
    "/my/",
    "/my/me/",
    "/my/unit/",
    "/my/unit/badges/",
    "/my/badge/",
    "/my/badge/?renewed=1",
    "/my/badge/lost/",
    "/my/me/ways/",
    "/my/me/ways/?told=pin",
    "/my/me/ways/?told=password",
    "/my/me/ways/?told=phone",
    "/my/me/ways/?told=others",
    "/my/me/ways/?told=passkey",
    "/my/me/ways/?told=sign_in",
    "/my/me/pin/",
    "/my/me/factor/",
    "/my/me/password/",
    "/office/people/cards/",
    "/office/people/cards/?show=unused&told=seen",
    "/office/people/cards/?show=locked&told=phone",
    "/office/people/cards/?q=0000",
    "/office/access/accounts/",
    "/office/access/accounts/?show=all",
    "/office/access/accounts/?show=ended",
    "/nowhere/",
)
ROLL = (
    "",
    "?show=answered",
    "?show=excused",
    "?show=expected",
    "?show=record",
    "?unit=A",
    "?q=0000",
    "print/",
    "close/",
    "names/",
)


class Words(HTMLParser):
    """What a reader sees or hears of a page. `kept` are its texts; code and what is in another language stay out."""

    SILENT = frozenset(("script", "style", "code", "template"))
    VOID = frozenset(("meta", "link", "input", "br", "img", "hr", "use", "path", "rect", "line", "circle"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.inside: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element, and hear its attributes."""
        held = dict(attrs)
        silent = tag in self.SILENT or held.get("lang") == "en" or self._silent()
        if not silent:
            self.kept += [value for name in SPOKEN if (value := held.get(name))]
        if tag not in self.VOID:
            self.inside.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element, and what was never closed in it."""
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without an inside."""
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        """A text."""
        if not self._silent() and data.strip():
            self.kept.append(data)

    def _silent(self) -> bool:
        return bool(self.inside) and self.inside[-1][1]


def data_of(cast: Cast) -> list[str]:
    """What the example itself says, in English, the longest first."""
    found = {text for unit in Unit.objects.all() for text in (unit.name, unit.short_name)}
    found |= {text for person in Person.objects.all() for text in (person.name, person.number)}
    found |= {text for order in Order.objects.all() for text in (order.title, order.number, *order.text.split("\n"))}
    found |= set(UnitKind.objects.values_list("name", flat=True)) | set(Pledge.objects.values_list("text", flat=True))
    found |= set(Reason.objects.values_list("text", flat=True)) | set(Incident.objects.values_list("name", flat=True))
    return sorted((text for text in found if len(text) > 2), key=len, reverse=True)


def english_of(html: str, data: list[str]) -> list[str]:
    """The texts of a page that hold an English word which is none of the example's data."""
    words = Words()
    words.feed(html)
    found = []
    for text in words.kept:
        left = " ".join(text.split())
        for known in data:
            left = left.replace(known, " ")
        if set(WORD.findall(CODES.sub(" ", left))) - ALLOWED:
            found.append(left)
    return found


@pytest.fixture
def full(cast: Cast, order: Order) -> Mapping[str, str]:
    """A drill in which each kind of thing is there: passed on, answered, a draft, a newer version, an issued report."""
    Database.objects.update_or_create(defaults={"drill": True, "made_at": clock.machine_now()})
    told = cast.told(order, "A2")
    assert told
    passed = cast.order(
        key="on", by=cast.town_lead, issuer=cast.town, audience="under:A", passes_on=order, founding=False
    )
    draft = cast.draft(key="more", founding=False)
    report = issue_report(
        by=cast.commander, unit=cast.root, incident=cast.incident, as_of=as_of_moment(None, cast.incident)
    )
    return {
        "order": f"/office/orders/{order.pk}/",
        "new version": f"/office/orders/{order.pk}/new-version/",
        "pass on": f"/office/orders/{order.pk}/pass-on/{cast.units['B'].pk}/",
        "withdraw": f"/office/orders/{order.pk}/withdraw/",
        "passed on": f"/office/orders/{passed.pk}/",
        "draft": f"/office/orders/drafts/{draft.pk}/",
        "change": f"/office/orders/drafts/{draft.pk}/change/",
        "report": f"/office/reports/{report.pk}/",
        "a number": f"/office/reports/{report.pk}/?figure=mobilisation.members_reported_in&part=outstanding",
        "on paper": f"/office/reports/{report.pk}/print/",
        "answered": f"/office/entries/{cast.entry(order, 'A1').pk}/",
        "cannot": f"/office/entries/{cast.entry(order, 'A2').pk}/",
        "outstanding": f"/office/entries/{cast.entry(order, 'B1').pk}/",
        "a member": f"/office/entries/{cast.entry(order, 'm_a1_1', REPORT_IN).pk}/",
        "a member missing": f"/office/entries/{cast.entry(order, 'm_a2_1', REPORT_IN).pk}/",
        "told": f"/office/entries/{told.pk}/",
        "a badge": f"/office/entries/{cast.entry(order, 'm_a1_1', REPORT_IN).pk}/badge/",
        "no badge": f"/office/entries/{cast.entry(order, 'm_a1_2', REPORT_IN).pk}/badge/",
        "to take off": f"/office/entries/{cast.entry(order, 'B1').pk}/remove/",
        "answered, to take off": f"/office/entries/{cast.entry(order, 'A1').pk}/remove/",
        "units found": f"/office/rolls/{cast.roll(order).pk}/names/?q=Unit&told={cast.entry(order, 'A1').pk}",
        "people found": f"/office/rolls/{cast.roll(order, REPORT_IN).pk}/names/?q=lead_b",
        "nobody found": f"/office/rolls/{cast.roll(order, REPORT_IN).pk}/names/?q=0000",
        **{f"{kind}{q}": f"/office/rolls/{cast.roll(order, kind).pk}/{q}" for kind in KINDS for q in ROLL},
    }


KINDS = (ACKNOWLEDGEMENT, REPORT_IN, CANNOT)


def wrong(client: Client, paths: Iterator[str] | list[str], data: list[str]) -> dict[str, list[str]]:
    """{path: the English on it}, for pages that are there or say why not."""
    found = {}
    for path in paths:
        answer: Any = client.get(path, headers=CHINESE, follow=True)
        assert answer.status_code in (200, 403, 404), f"{path}: {answer.status_code}"
        if english := english_of(answer.content.decode(), data):
            found[path] = english
    return found


def test_the_reader_of_pages_finds_an_english_word() -> None:
    html = '<p title="Sign out">退出 <b lang="en">English</b><img alt="A picture"> muster play</p><i>Go in</i>'
    assert english_of(html, ["Go in"]) == ["Sign out", "A picture"]


def test_the_office_speaks_chinese(cast: Cast, full: Mapping[str, str], visit: Visit) -> None:
    assert wrong(visit("commander"), [*OFFICE, *full.values()], data_of(cast)) == {}


@pytest.mark.parametrize("number", ["clerk", "lead_a", "lead_b1", "m_a1_1", "administrator"])
def test_everybody_is_spoken_to_in_chinese(cast: Cast, full: Mapping[str, str], visit: Visit, number: str) -> None:
    order = full["order"].replace("/office", "/my")
    assert wrong(visit(number), [*OFFICE, *full.values(), order], data_of(cast)) == {}


def test_the_phone_speaks_chinese(cast: Cast, order: Order, full: Mapping[str, str], visit: Visit) -> None:
    village, member = cast.entry(order, "A1"), cast.entry(order, "m_a1_1", REPORT_IN)
    mine = {
        "lead_a1": [
            f"/my/orders/{order.pk}/",
            f"/my/entries/{village.pk}/done/",
            f"/my/entries/{village.pk}/take-back/",
        ],
        "lead_b1": [f"/my/orders/{order.pk}/", f"/my/entries/{cast.entry(order, 'B1').pk}/cannot/"],
        "m_a1_1": [f"/my/entries/{member.pk}/done/", f"/my/entries/{member.pk}/take-back/"],
    }
    for number, paths in mine.items():
        assert wrong(visit(number), ["/my/", *paths], data_of(cast)) == {}, number


def test_the_open_pages_speak_chinese(cast: Cast, full: Mapping[str, str], visit: Visit) -> None:
    client = visit("")
    assert (
        wrong(
            client,
            [
                "/",
                "/badge/check",
                "/nowhere/",
                "/office/",
                "/sign-in/password/",
                "/sign-in/password/?more=1",
                "/in/",
                "/in/none",
            ],
            data_of(cast),
        )
        == {}
    )
    for text in ("", "no badge", "MUSTER1.x.y"):
        answer: Any = client.post("/badge/check", {"text": text}, headers=CHINESE)
        assert english_of(answer.content.decode(), [*data_of(cast), text]) == []


@pytest.mark.parametrize(
    "path",
    [
        "/office/?as_of=yesterday",
        "/office/?unit=none",
        "/office/rolls/?as_of=2031-01-01T10:00",
        "/office/figures/none/",
    ],
)
def test_what_is_refused_is_refused_in_chinese(cast: Cast, order: Order, visit: Visit, path: str) -> None:
    answer: Any = visit("commander").get(path, headers=CHINESE)
    assert answer.status_code >= 400
    assert english_of(answer.content.decode(), [*data_of(cast), "yesterday", "none"]) == []


def test_a_form_is_refused_in_chinese(cast: Cast, order: Order, visit: Visit) -> None:
    answer: Any = visit("commander").post("/office/orders/new/", {"title": ""}, headers=CHINESE)
    assert english_of(answer.content.decode(), data_of(cast)) == []


def test_what_a_roll_or_a_badge_refuses_is_said_in_chinese(cast: Cast, order: Order, visit: Visit) -> None:
    roll, badge = f"/office/rolls/{cast.roll(order).pk}/", Badge.objects.get(person=cast.people["m_a1_1"])
    entry, member = cast.entry(order, "B1"), cast.entry(order, "m_a1_1", REPORT_IN)
    asked = [
        ("commander", f"{roll}names/", {"subject": entry.subject_id}, 409),
        ("commander", f"/office/entries/{entry.pk}/remove/", {"reason": ""}, 422),
        ("commander", f"/office/entries/{member.pk}/badge/", {"no": badge.no, "what": "renew"}, 302),
        ("commander", f"/office/entries/{member.pk}/badge/", {"no": badge.no, "what": "renew"}, 409),
        ("m_a1_1", "/my/badge/lost/", {"no": badge.no}, 409),
        ("commander", f"{roll}close/", {}, 302),
        ("commander", f"{roll}close/", {}, 409),
    ]
    data = [*data_of(cast), REASON]
    for number, path, given, status in asked:
        answer: Any = visit(number).post(path, given, headers=CHINESE)
        assert answer.status_code == status, path
        assert english_of(answer.content.decode(), data) == [], path
    told = [f"{roll}?closed=1", f"/office/entries/{member.pk}/badge/?told=renewed"]
    assert wrong(visit("commander"), told, data) == {}


def test_a_frame_with_several_incidents_speaks_chinese(cast: Cast, order: Order, visit: Visit) -> None:
    open_incident(by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)
    pages = ["/office/", "/office/orders/new/?incident=flood", f"/office/orders/{order.pk}/new-version/"]
    assert wrong(visit("commander"), pages, data_of(cast)) == {}


def test_a_date_is_written_as_in_chinese(cast: Cast, order: Order, visit: Visit) -> None:
    with at(hours=6, minutes=1):
        page = visit("commander").get("/office/", headers=CHINESE).content.decode()
    assert re.search(r"<time [^>]*>1月29日 \d\d:\d\d</time>", page)


def test_ways_in_speak_chinese(cast: Cast, order: Order, visit: Visit) -> None:
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    Account.objects.filter(name="second").update(password=kept_password())
    give_factor("second")
    come_in(cast)
    card(cast, "m_a1_1")
    not_me(by=house("door", "web"), code=Code.objects.get(person=cast.people["m_a1_1"]))
    for _ in range(5):
        take_pin_try(by=house("door", "web"), person=cast.people["m_a1_2"])
    tell_pin_locked(by=house("door", "web"), person=cast.people["m_a1_2"])
    data, pks = (
        [*data_of(cast), "Desk", "Phone"],
        {n: cast.people[n].pk for n in ("m_a1_1", "m_a1_2", "m_a1_3") if n in cast.people},
    )
    pages = ["/", "/office/people/cards/", *(f"/office/people/cards/{pk}/" for pk in pks.values())]
    accounts = [f"/office/access/accounts/{account(n).pk}/" for n in ("second", "m_a1_2", "commander")]
    for number in ("commander", "lead_a1", "administrator"):
        assert wrong(visit(number), [*pages, *accounts, "/my/me/ways/", "/my/me/factor/"], data) == {}, number
    link = f"/in/{codes.make()}"
    shown = visit("commander").post(pages[2], {"what": "show"}, headers=CHINESE)
    found = re.search(r'value="http://testserver(/in/[^"]+)"', shown.content.decode())
    assert found
    phone = Client()
    asked: list[tuple[Client, str, dict[str, Any]]] = [
        (visit("commander"), pages[2], {"what": "show"}),
        (visit("commander"), "/office/people/cards/shared-phone/", {"unit": "A1"}),
        (visit("commander"), accounts[1], {"what": "link"}),
        (visit("commander"), accounts[2], {"what": "end"}),
        (visit("lead_a1"), "/office/people/cards/print/", {"unit": "A1", "person": str(cast.people["m_a2_1"].pk)}),
        (visit("commander"), "/my/me/recovery-codes/", {}),
        (visit("m_a1_1"), "/my/me/pin/", {"pin": "1234", "again": "1234"}),
        (visit("m_a1_1"), "/my/me/pin/", {"pin": "4831", "again": "4832"}),
        (visit("second"), "/my/me/password/", {"old": "x", "password": "x", "again": "x"}),
        (visit("second"), "/my/me/factor/", {"code": "1"}),
        (phone, "/sign-in/password/", {"name": "second", "password": "x"}),
        (phone, "/sign-in/password/", {"name": "second", "password": PASSWORD}),
        (phone, "/sign-in/factor/", {"code": "1"}),
        (phone, link, {}),
        (phone, "/in/", {"code": "x"}),
    ]
    for client, path, given in asked:
        answer: Any = client.post(path, given, headers=CHINESE, follow=True)
        text = re.sub(r"[A-Z2-9]{4}(-[A-Z2-9]{2,4})+", " ", answer.content.decode())
        assert english_of(text, [*data, "second"]) == [], (path, given)
