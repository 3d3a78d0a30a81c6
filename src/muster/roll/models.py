"""Rolls, entries, marks and what is counted from them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from muster.foundation.errors import Text, text
from muster.foundation.facts import DIGEST_LENGTH, Fact, Witnessed
from muster.foundation.ids import new_id
from muster.organisation.models import Account, Incident, Person, Unit
from muster.organisation.scope import Visible

OUTSTANDING = "outstanding"
ANSWERED = "answered"
EXCUSED = "excused"
STATE_WORDS: dict[str | None, Text] = {
    OUTSTANDING: text("outstanding"),
    ANSWERED: text("answered"),
    EXCUSED: text("excused"),
}
STATES = [(s, s) for s in (OUTSTANDING, ANSWERED, EXCUSED)]


class Reason(models.Model):
    """A reason to choose from, as this district words it: why excused, why it cannot, why handed over."""

    use = models.CharField(max_length=16)
    code = models.CharField(max_length=32)
    text = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["use", "code"], name="roll_reason_once")]


class Roll(Visible):
    """A roll call: who is expected to do what by when.

    Held by the unit that called it. key names it for commands; figure is the key of the figure that it answers,
    shared by the rolls that follow one another (the versions of an order).
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("held_by",)

    class State(models.TextChoices):
        OPENING = "opening"
        OPEN = "open"
        CLOSED = "closed"
        SUPERSEDED = "superseded"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id)
    key = models.CharField(max_length=120, unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="rolls")
    kind = models.CharField(max_length=48)
    title = models.CharField(max_length=200)
    figure = models.CharField(max_length=120, default="")
    held_by = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="held_rolls")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPENING)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    source_kind = models.CharField(max_length=48)
    source_id = models.UUIDField()
    denominator_source = models.CharField(max_length=200, default="")

    class Meta:
        indexes = [models.Index(fields=["incident", "figure", "opened_at"], name="roll_roll_figure")]

    def __str__(self) -> str:
        return self.title


class Entry(Visible):
    """One name on a roll. `unit` must see to it; `subject` is what it is about; `assignee` sees it as theirs.

    All but who and what is a cache of the marks, which `muster verify` recounts; `mac` seals who and what.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("unit", "roll__held_by")

    id = models.UUIDField(primary_key=True, default=new_id)
    roll = models.ForeignKey(Roll, on_delete=models.PROTECT, related_name="entries", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="entries", db_index=False)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.UUIDField()
    slot = models.CharField(max_length=32, default="")
    assignee = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=11, choices=STATES, null=True)  # noqa: DJ001 none: not on the roll
    outcome = models.CharField(max_length=24, default="")
    late = models.BooleanField(default=False)
    unmet = models.BooleanField(default=False)
    differs = models.BooleanField(default=False)
    n = models.IntegerField(default=0)
    attempts = models.IntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    fact_kind = models.CharField(max_length=48, default="")
    fact_id = models.UUIDField(null=True)
    mac = models.CharField(max_length=DIGEST_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "roll", "subject_kind", "slot"], name="roll_entry_once"),
        ]
        indexes = [
            models.Index(fields=["roll", "unit", "state"], name="roll_entry_roll_unit"),
            models.Index(fields=["assignee", "due_at"], condition=Q(state="outstanding"), name="roll_entry_mine"),
            models.Index(fields=["unit"], condition=Q(state="outstanding"), name="roll_entry_unit_open"),
        ]


class Mark(Witnessed):
    """One change of one entry, for ever. before and after are states; none means not on the roll.

    n counts an entry's marks from 1. A hand-over is two marks of one fact: leg out at the old unit, leg in at
    the new one. The attempt that reaches nobody is a mark from outstanding to outstanding.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    roll = models.ForeignKey(Roll, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="marks", db_index=False)
    n = models.IntegerField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    before = models.CharField(max_length=11, null=True)  # noqa: DJ001 none: not on the roll
    after = models.CharField(max_length=11, null=True)  # noqa: DJ001 none: not on the roll
    outcome = models.CharField(max_length=24, default="")
    late_delta = models.SmallIntegerField(default=0)
    unmet_delta = models.SmallIntegerField(default=0)
    fact_kind = models.CharField(max_length=48)
    fact_id = models.UUIDField()
    leg = models.CharField(max_length=3, default="")
    reason = models.CharField(max_length=32, default="")
    by_person = models.UUIDField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "n"], name="roll_mark_in_order"),
            models.UniqueConstraint(fields=["entry", "fact_id", "leg"], name="roll_mark_once_a_fact"),
            models.CheckConstraint(name="roll_mark_n", condition=Q(n__gte=1)),
        ]
        indexes = [
            models.Index(
                fields=["roll", "recorded_at", "unit", "before", "after", "late_delta", "unmet_delta"],
                name="roll_mark_count",
            ),
            models.Index(
                fields=["roll", "unit", "recorded_at"],
                condition=Q(after="outstanding"),
                name="roll_mark_names",
            ),
        ]


class Counts(models.Model):
    """What is counted of one unit on one roll. `expected` is the sum of the first three, never a column."""

    outstanding = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)
    excused = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    unmet = models.IntegerField(default=0)

    class Meta:
        abstract = True


class Tally(Counts):
    """The counts of now, for one roll and one accountable unit; a level above sums its range."""

    pk = models.CompositePrimaryKey("roll_id", "unit_id")
    roll = models.ForeignKey(Roll, on_delete=models.PROTECT, related_name="tallies", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="tallies", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="roll_tally_not_negative",
                condition=Q(outstanding__gte=0)
                & Q(answered__gte=0)
                & Q(excused__gte=0)
                & Q(late__gte=0)
                & Q(unmet__gte=0),
            )
        ]


class Closing(Counts):
    """The counts at the end of a day, so that a past moment is counted from there and not from the first mark."""

    pk = models.CompositePrimaryKey("roll_id", "closed_at", "unit_id")
    roll = models.ForeignKey(Roll, on_delete=models.PROTECT, related_name="closings", db_index=False)
    closed_at = models.DateTimeField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)


class Ruling(Fact):
    """What an office decides about a roll or an entry, or an answerer takes back; the fact behind such marks."""

    KIND = "roll.ruling"

    class What(models.TextChoices):
        OPENED = "opened"
        SHOWN = "shown"
        JOINED = "joined"
        REMOVED = "removed"
        EXCUSED = "excused"
        EXCUSE_LIFTED = "excuse_lifted"
        WITHDRAWN = "withdrawn"
        HANDED_OVER = "handed_over"
        CHOSEN = "chosen"
        CLOSED = "closed"

    at_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    what = models.CharField(max_length=16, choices=What.choices)
    roll = models.ForeignKey(Roll, null=True, on_delete=models.PROTECT, related_name="rulings", db_index=False)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="rulings", db_index=False)
    to_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=32, default="")


class Attempt(Fact):
    """Somebody called and nobody answered. The entry stays outstanding."""

    KIND = "roll.attempt"

    at_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="tries", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["entry", "recorded_at"], name="roll_attempt_entry")]


class Ladder(models.Model):
    """At which times those who are outstanding are told, and whom. Never changed: it is ended, and another one made.

    from_opened: it counts from the opening of a roll, not from its due time. urgent: it tells at night too; why.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=60)
    from_opened = models.BooleanField(default=False)
    urgent = models.BooleanField(default=False)
    why = models.CharField(max_length=32, default="")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(ended_at=None), name="roll_ladder_name"),
            models.CheckConstraint(name="roll_ladder_why", condition=Q(urgent=False) | ~Q(why="")),
        ]

    def __str__(self) -> str:
        return self.name


class LadderStep(models.Model):
    """One line of a ladder: how many minutes before (negative) or after, whom, how often again and how far apart."""

    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="steps", db_index=False)
    position = models.IntegerField()
    minutes = models.IntegerField()
    whom = models.CharField(max_length=8, choices=[(one, one) for one in ("asked", "lead", "above", "group")])
    repeats = models.IntegerField(default=0)
    every_minutes = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ladder", "position"], name="roll_ladderstep_position"),
            models.CheckConstraint(
                name="roll_ladderstep_ends",
                condition=Q(repeats=0) | Q(repeats__gt=0, repeats__lt=12, every_minutes__gte=30),
            ),
        ]


class Chase(models.Model):
    """A roll is chased by a ladder. since: what lies before is never told. next_at: when there is something to do.

    turn: how often it was begun; a telling of another turn is another one.
    """

    roll = models.OneToOneField(Roll, primary_key=True, on_delete=models.PROTECT, related_name="chase")
    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="chases")
    turn = models.IntegerField(default=1)
    since = models.DateTimeField()
    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], condition=Q(stopped_at=None), name="roll_chase_next")]


class ChaseStep(models.Model):
    """A telling of a chase that is over: done, or passed over because a later one was due already."""

    pk = models.CompositePrimaryKey("roll_id", "turn", "telling")
    roll = models.ForeignKey(Roll, on_delete=models.PROTECT, related_name="chase_steps", db_index=False)
    turn = models.IntegerField()
    telling = models.IntegerField()
    done_at = models.DateTimeField()
    passed = models.BooleanField(default=False)
