"""Units, people, accounts and what joins them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from muster.foundation import sql
from muster.foundation.facts import AppendOnly
from muster.foundation.ids import new_id
from muster.foundation.sql import PathField
from muster.organisation.names import FOLDED_MAX, INITIALS_MAX, PINYIN_MAX, UNIT_MAX
from muster.organisation.roles import ROLES
from muster.organisation.scope import Visible

PATH_LENGTH = 120


class District(models.Model):
    """The district whose database this is: its root, its zone, when its reporting day starts, its language."""

    only = models.BooleanField(primary_key=True, default=True)
    root = models.ForeignKey("Unit", on_delete=models.PROTECT, related_name="+")
    zone = models.CharField(max_length=64)
    day_starts_at = models.TimeField()
    language = models.CharField(max_length=16)

    class Meta:
        constraints = [models.CheckConstraint(name="organisation_district_one_row", condition=Q(only=True))]


class Incident(models.Model):
    """An emergency that the district is called up for. Several may run at once.

    held: all of them, the newest first, where this one was read with the others for somebody to choose.
    """

    held: Sequence[Incident] = ()
    id = models.UUIDField(primary_key=True, default=new_id)
    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=64)
    level = models.CharField(max_length=64, default="")
    opened_at = models.DateTimeField()
    rests_since = models.DateTimeField(null=True)
    end_asked_by = models.ForeignKey("Account", null=True, on_delete=models.PROTECT, related_name="+")
    end_asked_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("Account", null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="organisation_incident_ended_by_two",
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=models.F("end_asked_by")),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def runs(self) -> bool:
        """Whether it is neither at rest nor ended."""
        return self.closed_at is None and self.rests_since is None


class UnitKind(models.Model):
    """A rank or kind of unit, as this district names it. `rank` 1 is the root's; a bigger one stands lower."""

    key = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=64)
    rank = models.IntegerField()
    team = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Unit(Visible):
    """Any node of the tree: whoever can be expected to do something and can be missing.

    label is fixed for life; path is made of labels from the root down, ends with a dot and includes the unit.
    path is where the unit stands now; where it stood at any moment is in UnitPath. pinyin and folded: what its names
    are found by (names.unit_columns).
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("self",)

    id = models.UUIDField(primary_key=True, default=new_id)
    label = models.CharField(max_length=8, unique=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = PathField(max_length=PATH_LENGTH, unique=True)
    kind = models.ForeignKey(UnitKind, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60)
    pinyin = models.CharField(max_length=UNIT_MAX)
    folded = models.CharField(max_length=UNIT_MAX, default="")
    order = models.IntegerField(default=0)
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="predecessors")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["order", "path"]

    def __str__(self) -> str:
        return self.name


class UnitPath(AppendOnly):
    """Where a unit stood in the tree from a moment on: the tree of any moment is its last row up to it."""

    pk = models.CompositePrimaryKey("unit_id", "since")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="paths", db_index=False)
    since = models.DateTimeField()
    path = PathField(max_length=PATH_LENGTH)

    class Meta:
        indexes = [models.Index(fields=["since"], name="organisation_unitpath_since")]


class UnitName(AppendOnly):
    """What a unit was called from a moment on. Written at the first renaming; a unit without any bears its own name."""

    pk = models.CompositePrimaryKey("unit_id", "since")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="names", db_index=False)
    since = models.DateTimeField()
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60)


class UnitCode(models.Model):
    """A code by which others know a unit, in a scheme, for a time: codes are re-issued, units are not."""

    scheme = models.CharField(max_length=32)
    code = models.CharField(max_length=32)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="codes")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "code", "valid_from"], name="organisation_unitcode_once")
        ]
        indexes = [models.Index(fields=["code"], name="organisation_unitcode_code")]


class UnitSet(models.Model):
    """A named set of units beside the tree: all that are called, the health system, joint owners."""

    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    units = models.ManyToManyField(Unit, through="UnitSetMember", related_name="sets")


class UnitSetMember(models.Model):
    """A unit in a set."""

    set = models.ForeignKey(UnitSet, on_delete=models.CASCADE, db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["set", "unit"], name="organisation_unitsetmember_once")]


class Person(Visible):
    """Somebody on duty. The name can be blanked; phones, ID numbers and births lie in the vault, never here.

    pinyin, initials, folded: what the name is found by (names.person_columns); they are written and blanked with it.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("appointments__unit",)

    class Status(models.TextChoices):
        ACTIVE = "active"
        GONE = "gone"
        ERASED = "erased"

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    pinyin = PathField(max_length=PINYIN_MAX)
    initials = PathField(max_length=INITIALS_MAX, default="")
    folded = PathField(max_length=FOLDED_MAX, default="")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        indexes = [
            # What begins with some words is read in this order, and no further than is shown.
            models.Index(fields=["folded", "number"], name="organisation_person_folded"),
            models.Index(fields=["pinyin", "number"], name="organisation_person_pinyin"),
            models.Index(fields=["initials", "number"], name="organisation_person_initials"),
        ]

    @property
    def shown_name(self) -> str:
        """The name as it is now; *erased* where it was blanked."""
        return gettext("erased") if self.status == Person.Status.ERASED else self.name

    def __str__(self) -> str:
        return self.name


class Appointment(Visible):
    """A person's place at a unit: the title, whether they lead it, from when to when."""

    PARTIES: ClassVar[tuple[str, ...]] = ("unit",)

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments")
    title = models.CharField(max_length=80)
    leads = models.BooleanField(default=False)
    primary = models.BooleanField(default=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(primary=True, until__isnull=True),
                name="organisation_appointment_one_primary",
            )
        ]
        indexes = [
            models.Index(
                fields=["unit"], condition=Q(leads=True, until__isnull=True), name="organisation_appointment_leads"
            ),
            # Who left long ago is looked for at each tick.
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="organisation_appointment_ended"),
        ]


class Absence(Visible):
    """A person away from a moment to another: on leave, ill, seconded, relieved."""

    PARTIES: ClassVar[tuple[str, ...]] = ("person__appointments__unit",)

    class Kind(models.TextChoices):
        LEAVE = "leave"
        SECONDED = "seconded"
        ILL = "ill"
        RELIEF = "relief"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="absences")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)


class AccountManager(BaseUserManager["Account"]):
    """Django asks for it by this name."""


class Account(AbstractBaseUser):
    """A person's way in. password: its Argon2 hash, or "!" where none is set.

    factor_since: from when an authenticator's code is asked for; its secret lies in the vault. factor_step: the last
    half minute of which a code was taken, so that none is taken twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=64, unique=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="account")
    disabled_at = models.DateTimeField(null=True)
    factor_since = models.DateTimeField(null=True)
    factor_step = models.BigIntegerField(default=0)
    last_login = None

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether it may be signed in with."""
        return self.disabled_at is None


class Grant(Visible):
    """A role given to an account at a unit, from when to when, by whom, for an incident or for good.

    stands_in_for: the absent person whose role it is, where somebody acts for them.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("unit",)

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=16, choices=[(role.key, role.key) for role in ROLES.values()])
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="grants")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="given_grants")
    stands_in_for = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="stand_ins")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="grants")


class Passkey(models.Model):
    """A key that an account's phone or computer keeps, opened by finger, face or PIN: password and factor in one."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="passkeys")
    credential_id = models.CharField(max_length=1400, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """One of the codes that stand in for a lost authenticator, good for one sign-in. Only a keyed hash is kept."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="recovery_codes")
    hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "hash"], name="organisation_recoverycode_once")]


class Code(models.Model):
    """What stands on a card, on the sheet for a password, or on the screen that enrols a shared phone.

    Single use. Only its SHA-256 is kept: it has 100 bits, so nobody finds it by trying. A shared phone's is a unit's,
    any other a person's.
    """

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        SET_PASSWORD = "set_password"
        SHARED_PHONE = "shared_phone"

    hash = models.CharField(max_length=64, primary_key=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="codes")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="way_in_codes")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="made_codes")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="organisation_code_one_alive",
            ),
            models.CheckConstraint(
                name="organisation_code_whose",
                condition=Q(purpose="shared_phone", person__isnull=True)
                | (~Q(purpose="shared_phone") & Q(person__isnull=False)),
            ),
        ]


class Device(models.Model):
    """A phone or browser that is remembered: a person's own, or a unit's that its members share.

    secret_hash: the SHA-256 of what its cookie says; it has 256 bits.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="devices")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=40)
    secret_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    remembered_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="organisation_device_whose",
                condition=Q(person__isnull=True, unit__isnull=False) | Q(person__isnull=False, unit__isnull=True),
            )
        ]


class Pin(models.Model):
    """The few digits by which a person opens a remembered phone, or a shared one. One a person, on every device.

    tries: those taken since the last right one. locked_at: it opens nothing until the lead unlocks it.
    """

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.PROTECT, related_name="pin")
    hash = models.CharField(max_length=128)
    key_id = models.CharField(max_length=16)
    set_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    locked_at = models.DateTimeField(null=True)


class SignIn(models.Model):
    """Somebody is in: since when, which way, on which device. A browser's session names it and ends with it.

    agent: browser and system in two words; no address is kept. second_factor: whether more than one thing was shown.
    """

    class Way(models.TextChoices):
        PASSWORD = "password"
        PASSKEY = "passkey"
        CODE = "code"
        PIN = "pin"
        DRILL = "drill"

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sign_ins")
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="sign_ins")
    way = models.CharField(max_length=8, choices=Way.choices)
    second_factor = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    agent = models.CharField(max_length=40)


class ApiToken(models.Model):
    """A key by which a program asks the API as an account, for what it is scoped to, until its end.

    name: what it is for, in its owner's words. hash: the SHA-256 of the key, which has 238 bits and is shown once.
    scopes: what it may do (organisation.scopes), with blanks between. unit: it sees and does nothing outside of this
    one. two_factors: whoever made it had shown two; without, it opens nothing that asks for them.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.CharField(max_length=200)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    two_factors = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class LockOut(models.Model):
    """Tries that were made for one account or from one address, and until when no more are taken.

    key_hmac: the keyed hash of the account's name or of the address. rounds: how often it was locked.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account"
        FACTOR = "factor"
        ADDRESS = "address"
        LOOK = "look"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    key_hmac = models.CharField(max_length=64)
    tries = models.IntegerField(default=0)
    rounds = models.IntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key_hmac"], name="organisation_lockout_once")]


class WayInNotice(Visible):
    """What a lead is told about somebody's way in: a card in wrong hands, a PIN that locked itself.

    It stands on the page of cards until it is seen; the room of messages tells it to the leads of the unit.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("unit",)

    class Kind(models.TextChoices):
        NOT_ME = "not_me"
        PIN_LOCKED = "pin_locked"

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="way_in_notices")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="way_in_notices")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)


def lasting(at: datetime) -> Q:
    """What has not ended by a moment: grants, places, absences without an end, or with one to come."""
    return Q(until__isnull=True) | Q(until__gt=at)


def codes_of(unit_ids: Iterable[UUID]) -> dict[UUID, str]:
    """{unit id: its code in force}, the newest where a unit has several."""
    found: dict[UUID, str] = {}
    for part in sql.slices(list(unit_ids)):
        rows = UnitCode.objects.filter(unit_id__in=part, valid_to__isnull=True).order_by("valid_from", "id")
        found.update(rows.values_list("unit_id", "code"))
    return found
