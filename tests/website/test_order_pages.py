"""The office's pages of orders: the list, one order as of a moment, files, drafts, versions, passing on, withdrawal."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation import clock
from muster.foundation.rights import house
from muster.mobilisation.actions import Attachment, digest_of, set_series, set_watch_items, withdraw_order
from muster.mobilisation.answers import receive_order
from muster.mobilisation.models import Order, OrderDraft, OrderWithdrawal, Receipt
from muster.organisation.granting import grant_role
from muster.organisation.models import Account
from muster.roll.actions import hand_over_entries
from tests.cast import DUE, REASON, START, Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

FORM = {
    "key": "written-1",
    "title": "Keep the roads open",
    "text": "Two exits a village.\nAmbulances pass.",
    "effective_at": "2020-01-29T15:00",
    "due_at": "2020-01-29T20:00",
    "audience": "kind:village",
    "call_up": "",
    "call_up_due_at": "",
    "pledges": "I keep watch\n\n  I sleep enough ",
}


def form(cast: Cast, **changes: Any) -> dict[str, Any]:
    return FORM | {"issuer": str(cast.root.pk)} | changes


def read(key: str, version: int = 1) -> dict[str, str]:
    """What the form of a draft's page sends: the digest of what stood there."""
    return {"seen": digest_of(OrderDraft.objects.get(key=key, version=version))}


def test_the_list_names_each_order_in_its_newest_version(cast: Cast, order: Order, visit: Visit) -> None:
    cast.order(version=2, title="To your posts, again", text="New.", founding=False, effective_at=START)
    page = text_of(visit("commander").get("/office/orders/"))
    assert "No. 1/2020" in page
    with at(hours=6, seconds=20):
        page = text_of(visit("commander").get("/office/orders/"))
        assert "To your posts, again No. 1/2020 · version 2" in page
        assert "Write an order" in page
        past = text_of(visit("commander").get("/office/orders/", {"as_of": "2020-01-29T10:00"}))
        assert "version 2" not in past


def test_who_gets_no_order_sees_none(cast: Cast, order: Order, visit: Visit) -> None:
    assert "No order was issued yet" in text_of(visit("lead_h").get("/office/orders/"))
    assert visit("lead_h").get(f"/office/orders/{order.pk}/").status_code == 404
    assert visit("lead_a1").get(f"/office/orders/{order.pk}/").status_code == 200


def test_whoever_took_an_entry_over_sees_its_order(cast: Cast, order: Order, visit: Visit) -> None:
    only = cast.order(key="only", audience="unit:A1", founding=False)
    page = f"/office/orders/{only.pk}/"
    assert visit("lead_a2").get(page).status_code == 404
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    assert "version 1" in text_of(visit("lead_a2").get(page))


def test_a_unit_left_out_of_a_version_does_not_read_it(cast: Cast, order: Order, visit: Visit) -> None:
    first = cast.order(key="narrowed", audience="unit:A1 unit:A2", founding=False)
    second = cast.order(key="narrowed", version=2, audience="unit:A2", founding=False)
    client = visit("lead_a1")
    for door in ("office", "my"):
        assert client.get(f"/{door}/orders/{second.pk}/").status_code == 404
        page = client.get(f"/{door}/orders/{first.pk}/")
        assert "A newer version is in force. It is not addressed to you." in text_of(page)
        assert str(second.pk) not in page.content.decode()
        assert str(second.pk) in page_of(visit("lead_a2"), f"/{door}/orders/{first.pk}/")


def test_as_of_before_a_version_nothing_newer_is_in_force(cast: Cast, order: Order, visit: Visit) -> None:
    first = cast.order(key="narrowed", audience="unit:A1 unit:A2", founding=False)
    with at(hours=7):
        cast.order(key="narrowed", version=2, audience="unit:A2", founding=False)
    with at(hours=8):
        page = f"/office/orders/{first.pk}/"
        assert "A newer version is in force." in text_of(visit("lead_a1").get(page))
        past = text_of(visit("lead_a1").get(page, {"as_of": "2020-01-29T15:30"}))
        assert "A newer version is in force." not in past


def test_an_addressee_does_not_read_who_else_has_it(cast: Cast, order: Order, visit: Visit) -> None:
    page = text_of(visit("lead_a1").get(f"/office/orders/{order.pk}/"))
    assert "Man the entrances" in page
    assert "8 units" not in page
    assert "kind:town" not in page


def test_an_order_says_all_of_itself(cast: Cast, order: Order, visit: Visit) -> None:
    set_watch_items(by=cast.town_lead, unit=cast.town, order=order, items=[("Who came home", 12, cast.village)])
    receive_order(by=cast.lead, unit=cast.village, order=order, what="read")
    with at(hours=6, seconds=20):
        page = text_of(visit("commander").get(f"/office/orders/{order.pk}/"))
    assert "Man the entrances. Ask who is ill." in page
    assert "No. 1/2020 · version 1 · Unit D · issued 29 Jan 09:00" in page
    assert "8 units kind:town kind:village" in page
    assert "I go first" in page
    assert "Watched by Unit A" in page
    assert "Who came home Unit A1 12" in page
    assert "A 1 1 2 4" in page, "delivered, read, answered, of"
    assert "Total 1 1 3 8" in page


def test_receipts_are_those_of_ones_units(cast: Cast, order: Order, visit: Visit) -> None:
    for code in ("A1", "B1"):
        receive_order(by=cast.commander, unit=cast.units[code], order=order, what="delivered")
    with at(hours=6, seconds=20):
        assert "Total 2 0 3 8" in text_of(visit("commander").get(f"/office/orders/{order.pk}/"))
        assert "Total 1 0 2 4" in text_of(visit("lead_a").get(f"/office/orders/{order.pk}/"))
        assert "Total 0 0 3 8" in text_of(
            visit("commander").get(f"/office/orders/{order.pk}/", {"as_of": "2020-01-29T13:00"})
        )


def test_receipts_add_up_where_an_entry_was_handed_over_beyond_the_issuer(
    cast: Cast, order: Order, visit: Visit
) -> None:
    own = cast.order(key="own", issuer=cast.units["A"], by=cast.town_lead, audience="under:A -unit:A", founding=False)
    hand_over_entries(by=cast.commander, parent=cast.root, unit=cast.units["A3"], into=cast.units["B1"], reason=REASON)
    with at(hours=7):
        page = text_of(visit("lead_a").get(f"/office/orders/{own.pk}/"))
    assert "A1 0 0 0 1 A2 0 0 0 1 Elsewhere 0 1 Total 0 0 0 3" in page


def test_a_mended_version_shows_the_answers_that_count_for_it(cast: Cast, order: Order, visit: Visit) -> None:
    with at(hours=6):
        cast.order(version=2, title="To your posts", text="Mended.", founding=False, re_acknowledge=False)
    with at(hours=6, seconds=20):
        page = text_of(visit("commander").get("/office/orders/"))
    assert "version 2 D 29 Jan 15:00" in page
    assert "no new acknowledgement" not in page
    assert "3 5 8" in page, "answered, outstanding, expected of the roll of the first version"


def test_the_way_back_to_now_keeps_the_part(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    page = client.get(f"/office/orders/{order.pk}/", {"as_of": "2020-01-29T10:00", "unit": "A"}).content.decode()
    assert f'href="/office/orders/{order.pk}/?unit=A"' in page
    page = client.get("/office/orders/", {"as_of": "2020-01-29T10:00", "unit": "A"}).content.decode()
    assert 'href="/office/orders/?unit=A"' in page


def test_a_version_shows_what_it_changes(cast: Cast, order: Order, visit: Visit) -> None:
    second = cast.order(version=2, text="Man the entrances day and night. Ask who is ill.", founding=False)
    page = visit("commander").get(f"/office/orders/{second.pk}/").content.decode()
    assert "<ins> day and night</ins>" in page
    first = text_of(visit("commander").get(f"/office/orders/{order.pk}/"))
    assert "Version 2 is in force" in first
    assert "Write a new version" not in first, "only the one in force is written anew"


def test_an_attachment_comes_with_its_hash(cast: Cast, order: Order, visit: Visit) -> None:
    body = b"<script>alert(1)</script>"
    sent = cast.order(key="kit", founding=False, attachments=(Attachment('k\u00eft "1".html', "text/html", body),))
    page = visit("lead_a1").get(f"/office/orders/{sent.pk}/").content.decode()
    assert hashlib.sha256(body).hexdigest() in page
    file = sent.files.get()
    answer = visit("lead_a1").get(f"/office/orders/{sent.pk}/files/{file.pk}/")
    assert answer.content == body
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert visit("lead_h").get(f"/office/orders/{sent.pk}/files/{file.pk}/").status_code == 404
    assert visit("lead_a1").get(f"/office/orders/{order.pk}/files/{file.pk}/").status_code == 404


def test_whom_it_reaches_is_counted_without_writing(cast: Cast, order: Order, visit: Visit) -> None:
    answer = visit("clerk").post("/office/orders/new/", form(cast, count="1", call_up="unit:A1"))
    page = text_of(answer)
    assert "Addressed to · 6 units" in page
    assert "Calls up the members of · 1 unit A1" in page
    assert not OrderDraft.objects.filter(key="written-1").exists()
    assert "Keep the roads open" in answer.content.decode(), "what was written is kept"


def test_nobody_counts_beyond_their_own(cast: Cast, order: Order, visit: Visit) -> None:
    sent = form(cast, issuer=str(cast.town.pk), audience="kind:town", count="1")
    page = text_of(visit("lead_a").post("/office/orders/new/", sent))
    assert "This reaches units that are not yours" in page
    assert "Unit B" not in page


def test_draft_sign_issue(cast: Cast, order: Order, visit: Visit) -> None:
    set_series(by=cast.commander, issuer=cast.root, pattern="S{n}", needs_signature=True)
    clerk, commander = visit("clerk"), visit("commander")
    file = SimpleUploadedFile("list.txt", b"gloves", "text/plain")
    made = clerk.post("/office/orders/new/", form(cast, attachment=file))
    draft = OrderDraft.objects.get(key="written-1")
    assert made["Location"] == f"/office/orders/drafts/{draft.pk}/"
    assert draft.pledges == ["I keep watch", "I sleep enough"]
    assert draft.effective_at.isoformat() == "2020-01-29T07:00:00+00:00", "the form's times are the district's"
    page = text_of(clerk.get(made["Location"]))
    assert "Draft: it binds nobody" in page
    assert "6 units" in page
    assert "never who wrote it" in page
    assert clerk.get(f"{made['Location']}files/{draft.files.get().pk}/").content == b"gloves"
    seen = read("written-1")
    assert seen["seen"] in page_of(commander, made["Location"])
    assert clerk.post(f"{made['Location']}issue/", seen).status_code == 403
    assert commander.post(f"{made['Location']}issue/", seen).status_code == 409, "not signed yet"
    assert "Sign" in text_of(commander.get(made["Location"]))
    assert commander.post(f"{made['Location']}sign/", seen).status_code == 302
    issued = commander.post(f"{made['Location']}issue/", seen)
    order = Order.objects.get(key="written-1")
    assert issued["Location"] == f"/office/orders/{order.pk}/"
    assert order.number == "S2"
    assert commander.get(made["Location"])["Location"] == issued["Location"], "a draft that was issued leads there"
    assert commander.post(f"{made['Location']}issue/", seen).status_code == 409


def page_of(client: Any, address: str) -> str:
    found: str = client.get(address).content.decode()
    return found


@pytest.mark.parametrize("verb", ["sign", "issue", "change"])
def test_what_was_changed_meanwhile_is_read_again(cast: Cast, order: Order, visit: Visit, verb: str) -> None:
    visit("clerk").post("/office/orders/new/", form(cast))
    draft, seen = OrderDraft.objects.get(key="written-1"), read("written-1")
    address = f"/office/orders/drafts/{draft.pk}/"
    visit("clerk").post(f"{address}change/", form(cast, text="One exit.") | seen)
    answer = visit("commander").post(f"{address}{verb}/", form(cast) | seen)
    assert answer.status_code == 409
    assert "Somebody changed this draft meanwhile. Read it again." in text_of(answer)
    draft.refresh_from_db()
    assert (draft.text, draft.signed_by_id, draft.issued_at) == ("One exit.", None, None)


def test_a_draft_is_discarded_on_its_page(cast: Cast, order: Order, visit: Visit) -> None:
    made = visit("clerk").post("/office/orders/new/", form(cast))
    address = f"{made['Location']}discard/"
    assert address in page_of(visit("clerk"), made["Location"])
    assert visit("lead_a").post(address).status_code == 404
    assert visit("clerk").post(address)["Location"] == "/office/orders/"
    assert not OrderDraft.objects.filter(key="written-1").exists()


PASSED = {
    "key": "passed",
    "covering_note": "By eight tonight.",
    "title": "To your posts",
    "audience": "under:A -unit:A",
    "effective_at": "2020-01-29T15:00",
    "due_at": "2020-01-29T20:00",
}


def test_where_a_signature_is_wanted_a_passing_on_becomes_a_draft(cast: Cast, order: Order, visit: Visit) -> None:
    set_series(by=cast.commander, issuer=cast.town, pattern="{n}", needs_signature=True)
    client = visit("lead_a")
    address = f"/office/orders/{order.pk}/pass-on/{cast.town.pk}/"
    assert "Keep as a draft" in page_of(client, address)
    made = client.post(address, PASSED)
    draft = OrderDraft.objects.get(key="passed")
    assert made["Location"] == f"/office/orders/drafts/{draft.pk}/"
    assert draft.passes_on == order
    changed = PASSED | read("passed") | {"title": "To your posts at once"}
    assert client.post(f"{made['Location']}change/", changed).status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.covering_note) == ("To your posts at once", "By eight tonight.")
    assert visit("commander").post(f"{made['Location']}sign/", read("passed")).status_code == 302
    client.post(f"{made['Location']}issue/", read("passed"))
    assert Order.objects.get(key="passed").passes_on == order


def test_a_version_of_a_passed_on_order_keeps_its_note(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a")
    client.post(f"/office/orders/{order.pk}/pass-on/{cast.town.pk}/", PASSED)
    first = Order.objects.get(key="passed")
    address = f"/office/orders/{first.pk}/new-version/"
    assert "By eight tonight." in page_of(client, address)
    made = client.post(address, PASSED | {"covering_note": "By nine.", "re_acknowledge": "on"})
    client.post(f"{made['Location']}issue/", read("passed", 2))
    second = Order.objects.get(key="passed", version=2)
    assert (second.passes_on, second.covering_note, second.text) == (order, "By nine.", "By nine.")


def test_changing_a_version_leaves_its_call_up_alone(cast: Cast, order: Order, visit: Visit) -> None:
    due = DUE + timedelta(hours=4)
    draft = cast.draft(version=2, call_up="kind:town", call_up_due_at=due)
    sent = form(cast, re_acknowledge="on") | read("call", 2)
    answer = visit("commander").post(f"/office/orders/drafts/{draft.pk}/change/", sent)
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.text, draft.call_up, draft.call_up_due_at) == (FORM["text"], "kind:town", due)


def test_the_writer_does_not_sign(cast: Cast, order: Order, visit: Visit) -> None:
    visit("commander").post("/office/orders/new/", form(cast))
    draft = OrderDraft.objects.get(key="written-1")
    assert visit("commander").post(f"/office/orders/drafts/{draft.pk}/sign/", read("written-1")).status_code == 403


def test_a_changed_draft_loses_its_signature(cast: Cast, order: Order, visit: Visit) -> None:
    visit("clerk").post("/office/orders/new/", form(cast))
    draft = OrderDraft.objects.get(key="written-1")
    visit("commander").post(f"/office/orders/drafts/{draft.pk}/sign/", read("written-1"))
    page = visit("clerk").get(f"/office/orders/drafts/{draft.pk}/change/").content.decode()
    assert "Two exits a village." in page
    sent = form(cast, text="One exit.", key="other") | read("written-1")
    answer = visit("clerk").post(f"/office/orders/drafts/{draft.pk}/change/", sent)
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.text, draft.signed_by_id, draft.key) == ("One exit.", None, "written-1")


def test_an_order_before_its_own_issue_is_none(cast: Cast, order: Order, visit: Visit) -> None:
    with at(60):
        cast.order(version=2, title="Again", text="New.", founding=False, effective_at=START)
    second = Order.objects.get(version=2)
    with at(hours=6, seconds=20):
        before = visit("commander").get(f"/office/orders/{second.pk}/", {"as_of": "2020-01-29T09:30"})
        assert before.status_code == 422
        assert "not issued yet at this moment" in text_of(before)
        first = text_of(visit("commander").get(f"/office/orders/{order.pk}/", {"as_of": "2020-01-29T09:30"}))
        assert "Version 2" not in first


def test_a_mended_version_was_received_by_whoever_received_the_one_before(
    cast: Cast, order: Order, visit: Visit
) -> None:
    receive_order(by=cast.lead, unit=cast.village, order=order, what="read")
    mended = cast.order(version=2, founding=False, re_acknowledge=False, text="Man the entrances. Ask who is ill!")
    with at(hours=6, seconds=20):
        assert "A 1 1 2 4" in text_of(visit("commander").get(f"/office/orders/{mended.pk}/"))


def test_the_same_form_sent_twice_is_one_draft(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("clerk")
    first = client.post("/office/orders/new/", form(cast))
    again = client.post("/office/orders/new/", form(cast))
    assert first["Location"] == again["Location"]
    assert OrderDraft.objects.filter(key="written-1").count() == 1


def a_file(body: bytes = b"tent", name: str = "list.txt") -> dict[str, Any]:
    return {"attachment": SimpleUploadedFile(name, body, "text/plain")}


def test_the_same_form_sent_twice_with_its_file_is_one_draft(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("clerk")
    first = client.post("/office/orders/new/", form(cast, **a_file()))
    again = client.post("/office/orders/new/", form(cast, **a_file()))
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Keep them all open"),
        ("text", "One exit."),
        ("effective_at", "2020-01-29T16:00"),
        ("due_at", "2020-01-29T21:00"),
        ("due_at", ""),
        ("audience", "unit:A"),
        ("call_up", "kind:village"),
        ("call_up_due_at", "2020-01-29T22:00"),
        ("pledges", "I keep watch"),
        ("issuer", "A"),
        ("attachment", b"tent, stove"),
        ("attachment", b""),
        ("name of the attachment", "tents.txt"),
    ],
)
def test_the_same_form_sent_again_with_anything_else_in_it_leads_to_its_draft(
    cast: Cast, order: Order, visit: Visit, field: str, value: Any
) -> None:
    if field == "issuer":
        with at(-60):
            account = Account.objects.get(name="clerk")
            grant_role(by=house("test"), account=account, role="clerk", unit=cast.town, since=clock.now())
    clerk = visit("clerk")
    first = clerk.post("/office/orders/new/", form(cast, **a_file()))
    changed = {
        "attachment": lambda: a_file(value) if value else {},
        "name of the attachment": lambda: a_file(name=value),
        "issuer": lambda: a_file() | {"issuer": str(cast.town.pk), "audience": "unit:A"},
    }.get(field, lambda: a_file() | {field: value})()
    again = clerk.post("/office/orders/new/", form(cast, **changed))
    assert again.status_code == 409
    assert "This form was sent before, with other words." in text_of(again)
    assert f'<a href="{first["Location"]}">Open the draft</a>' in again.content.decode()
    if isinstance(value, str) and field in FORM:
        assert value in again.content.decode()
    assert OrderDraft.objects.filter(key="written-1").count() == 1


def test_a_version_sent_twice_is_one_draft_and_with_other_words_loses_none(
    cast: Cast, order: Order, visit: Visit
) -> None:
    clerk, address = visit("clerk"), f"/office/orders/{order.pk}/new-version/"
    given = form(cast, re_acknowledge="on")
    first = clerk.post(address, given)
    assert clerk.post(address, given)["Location"] == first["Location"]
    again = clerk.post(address, given | {"due_at": "2020-01-29T21:00"})
    assert again.status_code == 409
    assert "This form was sent before, with other words." in text_of(again)
    assert f'<a href="{first["Location"]}">Open the draft</a>' in again.content.decode()
    assert "2020-01-29T21:00" in again.content.decode()
    other = visit("commander").post(address, given | {"text": "Another text."})
    assert other.status_code == 409
    assert "Somebody else wrote this version down before." in text_of(other)
    assert "Another text." in other.content.decode()


def test_the_same_form_sent_again_with_other_words_loses_none(cast: Cast, order: Order, visit: Visit) -> None:
    clerk = visit("clerk")
    assert clerk.post("/office/orders/new/", form(cast)).status_code == 302
    again = clerk.post("/office/orders/new/", form(cast, title="Keep them all open"))
    assert again.status_code == 409
    assert "This form was sent before, with other words." in text_of(again)
    assert "Keep them all open" in again.content.decode()
    assert OrderDraft.objects.get(key=FORM["key"]).title == FORM["title"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", "", "This field is required"),
        ("title", "x" * 201, "at most 200 characters"),
        ("text", "x" * 100_000, "at most 20000 characters"),
        ("effective_at", "tomorrow", "Enter a valid date/time"),
        ("effective_at", "0001-01-01T00:00", "Write a year from 2000 to 2999."),
        ("effective_at", "1900-01-01T00:00", "Write a year from 2000 to 2999."),
        ("due_at", "9999-12-31T23:59", "Write a year from 2000 to 2999."),
        ("call_up_due_at", "9999-12-31T23:59", "Write a year from 2000 to 2999."),
        ("due_at", "2020-01-29T14:00", "It must be due after it comes into effect"),
        ("audience", "set:nothing", "is no audience"),
        ("audience", "unit:NONE", "There is no unit with the code"),
        ("pledges", "x" * 401, "A pledge has 1 to 400 characters"),
        ("key", "Not a key!", "its key is damaged"),
        ("issuer", "nonsense", "not a valid UUID"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    cast: Cast, order: Order, visit: Visit, field: str, value: str, says: str
) -> None:
    answer = visit("clerk").post("/office/orders/new/", form(cast, **{field: value}))
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not OrderDraft.objects.filter(incident=cast.incident, issued_at__isnull=True).exists()
    if field != "key":
        assert f'aria-describedby="fault_{field}"' in answer.content.decode()


def test_the_tick_of_founding_is_there_for_the_root_until_an_order_founds(
    cast: Cast, order: Order, visit: Visit
) -> None:
    tick = 'name="founding"'
    assert tick not in visit("commander").get("/office/orders/new/").content.decode()
    withdraw_order(by=cast.commander, order=order)
    assert tick in visit("commander").get("/office/orders/new/").content.decode()
    assert tick not in visit("lead_a").get("/office/orders/new/").content.decode()


def test_only_who_drafts_gets_the_form(cast: Cast, order: Order, visit: Visit) -> None:
    assert visit("m_a1_1").get("/office/orders/new/").status_code == 403
    sent = form(cast)
    assert visit("lead_a").post("/office/orders/new/", sent).status_code == 422, "the root does not issue for a town"
    visit("clerk").post("/office/orders/new/", sent)
    draft = OrderDraft.objects.get(key="written-1")
    for verb in ("", "change/"):
        assert visit("lead_a").get(f"/office/orders/drafts/{draft.pk}/{verb}").status_code == 404
    assert visit("lead_a").post(f"/office/orders/drafts/{draft.pk}/issue/").status_code == 404


def test_a_new_version_begins_with_the_text_in_force(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    page = client.get(f"/office/orders/{order.pk}/new-version/")
    assert "Man the entrances. Ask who is ill." in page.content.decode()
    sent = {k: v for k, v in FORM.items() if not k.startswith("call_up")} | {"re_acknowledge": "on", "key": "forged"}
    made = client.post(f"/office/orders/{order.pk}/new-version/", sent)
    draft = OrderDraft.objects.get(key="call", version=2)
    assert made["Location"] == f"/office/orders/drafts/{draft.pk}/"
    assert "<ins>" in client.get(made["Location"]).content.decode()
    assert client.get(f"/office/orders/{order.pk}/new-version/")["Location"] == made["Location"], "one at a time"
    client.post(f"{made['Location']}issue/", read("call", 2))
    second = Order.objects.get(key="call", version=2)
    assert (second.number, second.founding) == (order.number, True)


def test_a_town_passes_an_order_on(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a")
    page = client.get(f"/office/orders/{order.pk}/").content.decode()
    address = f"/office/orders/{order.pk}/pass-on/{cast.town.pk}/"
    assert address in page
    assert address not in visit("lead_a1").get(f"/office/orders/{order.pk}/").content.decode()
    assert "under:A -unit:A" in client.get(address).content.decode()
    sent = {
        "key": "passed",
        "covering_note": "By eight tonight.",
        "title": "To your posts",
        "audience": "under:A -unit:A",
        "effective_at": "2020-01-29T15:00",
        "due_at": "",
    }
    made = client.post(address, sent)
    passed = Order.objects.get(key="passed")
    assert made["Location"] == f"/office/orders/{passed.pk}/"
    assert (passed.passes_on_id, passed.text) == (order.pk, "By eight tonight.")
    shown = text_of(client.get(made["Location"]))
    assert "Passes on: No. 1/2020 To your posts" in shown
    assert "By eight tonight." in shown
    assert visit("lead_b").get(address).status_code == 404
    again = client.post(address, sent)
    assert client.get(again["Location"])["Location"] == made["Location"], "the same form twice is one order"
    other = client.post(address, sent | {"covering_note": "By nine tonight."})
    assert other.status_code == 409
    assert "It is issued already; what it says is changed by a new version. Open the order" in text_of(other)
    assert f'<a href="{again["Location"]}">' in other.content.decode()
    assert Order.objects.filter(key="passed").count() == 1


def test_withdrawing_asks_first(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    page = text_of(client.get(f"/office/orders/{order.pk}/withdraw/"))
    assert "22 answers are still outstanding" in page
    assert not OrderWithdrawal.objects.exists()
    assert visit("lead_a").post(f"/office/orders/{order.pk}/withdraw/").status_code == 403
    assert visit("lead_a").get(f"/office/orders/{order.pk}/withdraw/").status_code == 403
    cast.draft(version=2, title="Never to be issued")
    assert "Never to be issued" in text_of(client.get("/office/orders/"))
    assert client.post(f"/office/orders/{order.pk}/withdraw/").status_code == 302
    with at(hours=6, seconds=20):
        after = text_of(client.get(f"/office/orders/{order.pk}/"))
        assert "Withdrawn 29 Jan 15:00" in after
        assert "Write a new version" not in after
        assert client.post(f"/office/orders/{order.pk}/withdraw/").status_code == 409
        assert client.get(f"/office/orders/{order.pk}/withdraw/").status_code == 409
        assert "Never to be issued" not in text_of(client.get("/office/orders/"))


def _queries(client: Any, page: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(page).status_code == 200
    return len(caught)


def test_queries_are_pinned_and_flat(cast: Cast, order: Order, visit: Visit) -> None:
    commander = visit("commander")
    commander.get(f"/office/orders/{order.pk}/")  # Django asks SQLite once a process whether it knows JSON
    few = _queries(commander, "/office/orders/"), _queries(commander, f"/office/orders/{order.pk}/")
    assert few == (10, 11)
    for code in cast.units:
        if code not in "DH":
            Receipt.objects.filter(order=order, at_unit=cast.units[code]).exists()
            receive_order(by=cast.commander, unit=cast.units[code], order=order, what="read")
    for n in range(3):
        cast.order(key=f"more-{n}", founding=False)
    with at(hours=6, seconds=20):
        many = _queries(commander, "/office/orders/"), _queries(commander, f"/office/orders/{order.pk}/")
    assert many == few
