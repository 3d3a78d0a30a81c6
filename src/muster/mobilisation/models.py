"""Orders, what belongs to them, and what answers them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from muster.foundation.facts import Fact, Witnessed
from muster.foundation.ids import new_id
from muster.organisation.models import Incident, Person, Unit
from muster.organisation.scope import Visible
from muster.roll.models import Roll

BADGE_LENGTH_MAX = 800
"""Characters of a badge's text: a unit's longest name in Chinese, and the signature."""


class Series(Visible):
    """How a unit numbers its orders: a pattern with {year} and {n}, and whether a second person must sign."""

    PARTIES: ClassVar[tuple[str, ...]] = ("issuer",)

    issuer = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="series")
    pattern = models.CharField(max_length=64)
    needs_signature = models.BooleanField(default=False)
    year = models.IntegerField(default=0)
    last_number = models.IntegerField(default=0)


class OrderContent(models.Model):
    """What a draft and an issued order have in common."""

    key = models.CharField(max_length=48)
    version = models.IntegerField(default=1)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    text = models.TextField()
    covering_note = models.TextField(default="")
    effective_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    call_up_due_at = models.DateTimeField(null=True)
    founding = models.BooleanField(default=False)
    re_acknowledge = models.BooleanField(default=True)
    passes_on = models.ForeignKey("Order", null=True, on_delete=models.PROTECT, related_name="+")
    replaces = models.ForeignKey("Order", null=True, on_delete=models.PROTECT, related_name="+")
    drafted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class OrderDraft(OrderContent, Visible):
    """An order that is being written: it may change, it binds nobody. Issuing makes an Order of it."""

    PARTIES: ClassVar[tuple[str, ...]] = ("issuer",)

    id = models.UUIDField(primary_key=True, default=new_id)
    audience = models.CharField(max_length=400)
    call_up = models.CharField(max_length=400, default="")
    pledges = models.JSONField(default=list)
    drafted_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="mobilisation_draft_once")]


class Order(OrderContent, Witnessed, Visible):
    """An issued order, one version of it: immutable. Visible to its issuer and to whom it is addressed."""

    PARTIES: ClassVar[tuple[str, ...]] = ("issuer", "addressees__unit")

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.CharField(max_length=80)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="mobilisation_order_once"),
            models.UniqueConstraint(fields=["issuer", "number", "version"], name="mobilisation_order_number_once"),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(replaces__isnull=False), name="mobilisation_order_replaced_once"
            ),
        ]
        ordering = ["issued_at", "pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Addressee(Witnessed):
    """A unit that an order is addressed to, resolved once at its issue: to acknowledge it, to be called up, or both."""

    pk = models.CompositePrimaryKey("order_id", "unit_id")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="addressees", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    acknowledges = models.BooleanField(default=True)
    called_up = models.BooleanField(default=False)


class Audience(Witnessed):
    """The rule by which an order's addressees were found, and how many it found."""

    class Use(models.TextChoices):
        ACKNOWLEDGE = "acknowledge"
        CALL_UP = "call_up"

    pk = models.CompositePrimaryKey("order_id", "use")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="audiences", db_index=False)
    use = models.CharField(max_length=12, choices=Use.choices)
    selector = models.CharField(max_length=400)
    resolved_count = models.IntegerField()


class Pledge(Witnessed):
    """A thing that whoever takes up the order promises; a list bound to the order's version, of any length."""

    pk = models.CompositePrimaryKey("order_id", "position")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="pledges", db_index=False)
    position = models.IntegerField()
    text = models.CharField(max_length=400)


class File(models.Model):
    """An attachment's content, kept once by its hash."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    body = models.BinaryField()


class DraftFile(models.Model):
    """An attachment of a draft."""

    draft = models.ForeignKey(OrderDraft, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")


class OrderFile(Witnessed):
    """An attachment of an issued order, with the hash of its content."""

    id = models.UUIDField(primary_key=True, default=new_id)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    size_bytes = models.IntegerField()


class OrderWithdrawal(Fact, Visible):
    """An order was withdrawn: nobody need answer it any more."""

    KIND = "mobilisation.order_withdrawal"
    MARKS = False
    PARTIES: ClassVar[tuple[str, ...]] = ("at_unit",)

    at_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="withdrawal")


class Receipt(Fact, Visible):
    """A unit received an order: it stood in somebody's list (delivered), somebody opened it (read)."""

    KIND = "mobilisation.receipt"
    MARKS = False
    PARTIES: ClassVar[tuple[str, ...]] = ("at_unit", "order__issuer")

    class What(models.TextChoices):
        DELIVERED = "delivered"
        READ = "read"

    at_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipts", db_index=False)
    what = models.CharField(max_length=9, choices=What.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "at_unit", "what"], name="mobilisation_receipt_once")]


class Acknowledgement(Fact, Visible):
    """A unit's answer to an order. `subject` is the unit that it answers for; at_unit is accountable for it."""

    KIND = "mobilisation.acknowledgement"
    PARTIES: ClassVar[tuple[str, ...]] = ("at_unit", "order__issuer")

    class Outcome(models.TextChoices):
        WILL_DO = "will_do"
        CANNOT = "cannot"

    at_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="acknowledgements", db_index=False)
    roll = models.ForeignKey(Roll, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.CharField(max_length=32, default="")
    pledged = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["order", "subject"], name="mobilisation_ack_order")]


class CannotAnswered(Fact, Visible):
    """The issuer's answer to a unit that cannot comply."""

    KIND = "mobilisation.cannot_answered"
    PARTIES: ClassVar[tuple[str, ...]] = ("at_unit", "subject")

    class Outcome(models.TextChoices):
        HELPED = "helped"
        EXCUSED = "excused"
        INSISTED = "insisted"

    at_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)


class ReportIn(Fact, Visible):
    """A member who was called up reported in, or their lead wrote it down for them."""

    KIND = "mobilisation.report_in"
    PARTIES: ClassVar[tuple[str, ...]] = ("at_unit", "order__issuer")

    at_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="report_ins", db_index=False)
    pledged = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["order", "person"], name="mobilisation_reportin_order")]


class Badge(Visible):
    """What somebody on duty shows: role, unit, number and end date, signed. It holds no name.

    A report-in has one that is not revoked at most; before it, those that were lost.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("unit",)

    no = models.CharField(max_length=16, primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="badges")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    report_in = models.ForeignKey(ReportIn, on_delete=models.PROTECT, related_name="badges")
    payload = models.CharField(max_length=BADGE_LENGTH_MAX)
    issued_at = models.DateTimeField()
    valid_to = models.DateField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report_in"], condition=Q(revoked_at__isnull=True), name="mobilisation_badge_one_live"
            )
        ]


class WatchItem(Visible):
    """Something that a unit keeps under its eyes, with an owner and how often; a list of any length."""

    PARTIES: ClassVar[tuple[str, ...]] = ("unit", "owner")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="watch_items")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="+")
    position = models.IntegerField()
    text = models.CharField(max_length=400)
    cadence_hours = models.IntegerField()
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "position"], name="mobilisation_watchitem_once"),
            models.CheckConstraint(name="mobilisation_watchitem_cadence", condition=Q(cadence_hours__gt=0)),
        ]
