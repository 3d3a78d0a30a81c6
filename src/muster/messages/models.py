"""Ways out of the house, what goes out by them, and who was told what already."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from muster.foundation.ids import new_id
from muster.organisation.models import Incident, Person, Unit
from muster.organisation.scope import Visible

KEY_LENGTH = 48


class Channel(Visible):
    """A way out of the house: a mail server, an SMS gateway, the robot of a group.

    unit: whose it is: mail and SMS reach everybody under it, a robot speaks to the group of the unit itself. Its
    address with what is secret in it lies in the vault.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("unit",)

    class Kind(models.TextChoices):
        SMS = "sms"
        MAIL = "mail"
        WECOM = "wecom"
        DINGTALK = "dingtalk"
        FEISHU = "feishu"

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="channels")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


ROBOTS = (Channel.Kind.WECOM, Channel.Kind.DINGTALK, Channel.Kind.FEISHU)


class Message(Visible):
    """Something to tell somebody, by one channel, once. Its words are made when it is sent; here are ids and counts.

    person: none for the group of the unit. unit: where the person belongs, or whose group it is. begun_at: since when
    it is being sent. error: why the last try failed.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("unit",)

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        UNSURE = "unsure"
        FAILED = "failed"
        GIVEN_UP = "given_up"

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="messages", db_index=False)
    template = models.CharField(max_length=KEY_LENGTH)
    args = models.JSONField(default=dict)
    urgent = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.IntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=KEY_LENGTH, default="")

    class Meta:
        indexes = [
            models.Index(fields=["channel", "next_at"], condition=Q(state="waiting"), name="messages_message_due"),
            models.Index(fields=["begun_at"], condition=Q(state="sending"), name="messages_message_begun"),
            models.Index(fields=["state", "made_at"], name="messages_message_state"),
        ]


class Nudge(models.Model):
    """Somebody was told something: about what, at which step, who. A row a telling, so that it is told once.

    to: a person, or a unit's group. message: none where no channel reaches them: they stand on the call list.
    """

    pk = models.CompositePrimaryKey("about", "step", "to")
    about = models.UUIDField()
    step = models.CharField(max_length=KEY_LENGTH)
    to = models.UUIDField()
    message = models.OneToOneField(Message, null=True, on_delete=models.PROTECT, related_name="nudge")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["to", "at"], name="messages_nudge_to")]


class Night(models.Model):
    """From when to when nobody is woken unless it is urgent, by the district's clock. One row; without it, 22 to 7."""

    only = models.BooleanField(primary_key=True, default=True)
    begins = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="messages_night_one_row", condition=Q(only=True))]


class Wish(models.Model):
    """In which language somebody wants to be told; without a row in the district's."""

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=16)
