"""The ground of the access matrix: one thing of each kind, of village A1 in town A, and somebody of each role."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from muster.briefing.actions import issue_report
from muster.briefing.models import Report
from muster.foundation.ids import new_id
from muster.foundation.rights import house
from muster.messages.channels import open_channel
from muster.messages.models import Channel
from muster.mobilisation.actions import Attachment, draft_order, issue_order
from muster.mobilisation.answers import acknowledge, report_in
from muster.mobilisation.kinds import CANNOT, REPORT_IN
from muster.mobilisation.models import Badge, Order, OrderDraft
from muster.organisation import codes
from muster.organisation.cards import NewCode, issue_codes
from muster.organisation.granting import grant_role
from muster.organisation.keeping import ask_to_keep_longer
from muster.organisation.models import Account
from muster.organisation.passkeys import NewPasskey, add_passkey
from muster.organisation.second_factor import confirm_factor
from muster.roll.actions import excuse
from muster.roll.chasing import NewLadder, make_ladder
from muster.roll.ladders import DEFAULT
from muster.roll.models import Entry, Ladder, Roll
from muster.sheets.made import keep_list, order_list
from muster.sheets.models import Import, MadeList
from muster.vault.models import Extension
from muster.vault.purposes import CONTACT
from tests.cast import DRAFT, DUE, REASON, START, Cast, at, make, replace
from tests.sheets.books import HEADS, applied, csv_of, tried
from tests.website.test_roll_pages import give_phones

ROLES = {
    "nobody": "",
    "account ended": "m_b3_1",
    "member": "m_a1_1",
    "team leader": "m_a1_2",
    "lead": "lead_a1",
    "lead, sibling unit": "lead_a2",
    "lead, level above": "lead_a",
    "lead, elsewhere": "lead_b",
    "clerk": "clerk",
    "commander": "commander",
    "counsellor": "counsellor",
    "inspector": "inspector",
    "press officer": "m_b2_1",
    "administrator": "administrator",
}
"""The columns: who it is, by their number in the cast. The account that ended had held all that a commander has."""


GIVEN = (("m_a1_2", "team_lead", "A1"), ("m_b2_1", "press_officer", "D"), ("m_b3_1", "commander", "D"))
"""Roles that nobody of the cast has: who, which, where."""


PASSWORD = "four words that differ"
"""Everybody's here, so that everybody may change it."""


@dataclass(frozen=True)
class Ground:
    """What the walk asks for: of the district, of town A or of its village A1."""

    cast: Cast
    order: Order
    own_order: Order
    draft: OrderDraft
    signed: OrderDraft
    report: Report
    extension: Extension
    code: str
    """Of the card of the member of A1 who has answered."""
    passkey: int
    """Of the lead of A1."""
    asked: Import
    done: Import
    made: MadeList
    channel: Channel
    """The robot of the group of A1."""

    def entry(self, number: str) -> Entry:
        """The entry of a unit by its code, or of a member by their number."""
        people = number in self.cast.people
        return self.cast.entry(self.order, number, REPORT_IN) if people else self.cast.entry(self.order, number)

    @property
    def roll(self) -> Roll:
        """The roll of who acknowledged."""
        return self.cast.roll(self.order)

    @property
    def ladder(self) -> Ladder:
        """The one that is in force."""
        return Ladder.objects.get(ended_at=None)

    @property
    def told(self) -> Entry:
        """The issuer's entry about A2, which cannot comply."""
        return Entry.objects.get(roll=self.cast.roll(self.order, CANNOT), subject_id=self.cast.neighbour.pk)

    @property
    def badge(self) -> Badge:
        """That of the member of A1 who reported in."""
        return Badge.objects.get(person=self.cast.people["m_a1_1"])


_NEW = ("New one", "A1", *[""] * 6)


def ground() -> Ground:
    """Make it. The clock stands an hour after the order was due."""
    cast = make()
    by = house("set-up")
    for number, role, code in GIVEN:
        account = Account.objects.get(name=number)
        grant_role(by=by, account=account, role=role, unit=cast.units[code], since=START)
    Account.objects.update(password=make_password(PASSWORD))
    Account.objects.filter(name="m_b3_1").update(disabled_at=START)
    give_phones(cast)
    paper = Attachment("plan.txt", "text/plain", b"Two exits a village.")
    with at():
        order = issue_order(by=cast.commander, draft=_draft(cast, "call", paper))
    with at(10):
        own = cast.order(key="own", by=cast.town_lead, issuer=cast.town, audience="under:A -unit:A", title="Only for A")
        draft, signed = _draft(cast, "draft", paper), _draft(cast, "signed", paper)
    _answer(cast, order)
    with at(60):
        report = issue_report(by=cast.commander, unit=cast.village, incident=cast.incident, as_of=START)
        extension = ask_to_keep_longer(by=cast.second, purpose=CONTACT, days=9)
        asked = tried(cast.lead, csv_of([HEADS, *(("Somebody", "A1", "", t, *[""] * 4) for t in "ab"), _NEW]))
        done = applied(cast.lead, csv_of([HEADS, ("Other", "A1", *[""] * 6)]))
        made = order_list(by=cast.lead, which="people", asked={}, count=1)
        keep_list(by=cast.lead, made=made, content=b"a workbook")
        known = {"url": "https://1.1.1.1/"}
        channel = open_channel(by=cast.lead, unit=cast.village, kind="wecom", name="Group", known=known)
        make_ladder(by=cast.commander, new=NewLadder("In force", DEFAULT))
    ways = _card(cast), _passkey(cast)
    return Ground(cast, order, own, draft, signed, report, extension, *ways, asked, done, made, channel)


def _card(cast: Cast) -> str:
    """A card that nobody has used."""
    code = codes.make()
    made = [NewCode(cast.people["m_a1_1"].pk, codes.hash_of(code))]
    with at(70):
        issue_codes(by=cast.lead, unit=cast.village, made=made)
    return code


def _draft(cast: Cast, key: str, paper: Attachment) -> OrderDraft:
    content = replace(
        DRAFT, key=key, call_up="kind:village", call_up_due_at=DUE, attachments=(paper,), founding=key == "call"
    )
    return draft_order(by=cast.actor("second"), issuer=cast.root, incident=cast.incident, draft=content)


def _answer(cast: Cast, order: Order) -> None:
    with at(20):
        acknowledge(by=cast.lead, unit=cast.village, order=order, outcome="cannot", reason=REASON)
        report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
        acknowledge(by=cast.sibling, unit=cast.neighbour, order=order, outcome="cannot", reason=REASON)
    with at(30):
        acknowledge(by=cast.town_lead, unit=cast.village, order=order, outcome="will_do")
        excuse(by=cast.commander, entries=[cast.entry(order, "A3").pk], reason=REASON)


def _passkey(cast: Cast) -> int:
    with at(75):
        account = Account.objects.select_related("person").get(name="lead_a1")
        by = cast.lead
        confirm_factor(by=by, account=account, secret=b"x" * 20, step=1, recovery=[], here=new_id())
        return add_passkey(by=by, account=account, made=NewPasskey("id", b"key", 0, "Phone")).pk
