"""An empty database becomes a district, in three steps that can be left and resumed (docs/rules/first-run.md).

Each step calls verbs that stand for themselves, as the house; whatever a step wrote before it was cut off stays.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from muster.foundation import clock, database, keys
from muster.foundation.errors import invalid, text
from muster.foundation.rights import Actor, house
from muster.mobilisation.actions import set_series
from muster.organisation import accounts, codes
from muster.organisation.actions import (
    NewKind,
    NewPerson,
    NewUnit,
    register_kinds,
    register_people,
    register_units,
    require_zone,
    set_up_district,
)
from muster.organisation.asking import time_of_day
from muster.organisation.granting import grant_role
from muster.organisation.lives import correct_person
from muster.organisation.models import Account, District, Grant, Person, Unit, UnitCode, UnitKind
from muster.organisation.roles import ADMINISTRATOR, CLERK, COMMANDER
from muster.roll.actions import set_reasons
from muster.sheets import actions as sheets
from muster.sheets import intake
from muster.sheets.models import Import
from muster.vault.purposes import LAW_AND_ARTICLE, LEGAL_BASIS_MAX

ROOT_KIND, SECOND_KIND, THIRD_KIND, OFFICE_KIND = "rank1", "rank2", "rank3", "office2"
LEVELS = {"township": SECOND_KIND, "village": THIRD_KIND}
"""Level of a shipped division -> kind of unit."""
CODE_LENGTH = 12
SCHEME = "CN-12"


def by() -> Actor:
    """The house, at set-up."""
    return house("first run", "web")


def code() -> str:
    """The set-up code, in letters that nobody mistakes: reckoned from the keys, so that it is nowhere kept."""
    digest = bytes.fromhex(keys.hmac_hex("access", "first run"))
    return "".join(codes.ALPHABET[byte % 32] for byte in digest[:CODE_LENGTH])


def is_open() -> bool:
    """Whether this database still waits to be set up: no drill, and nobody commands a district."""
    return not database.is_drill() and not Grant.objects.filter(role=COMMANDER, unit__parent__isnull=True).exists()


def step() -> str:
    """The step that comes next: district, tree or accounts."""
    if not District.objects.exists():
        return "district"
    return "tree" if Unit.objects.count() == 1 else "accounts"


@dataclass(frozen=True)
class Given:
    """What the first step asks for; ranks: the names of the root's, of the two below, and of offices beside them."""

    name: str
    code: str
    ranks: tuple[str, str, str, str]
    zone: str
    language: str
    day_starts_at: str
    legal_basis: str = ""


def ranks() -> tuple[str, str, str, str]:
    """Names for the ranks to begin with, in the reader's language."""
    return gettext("District"), gettext("Town"), gettext("Village"), gettext("Department")


def found_district(given: Given) -> None:
    """The first step. What was written by a try that was cut off is not written twice.

    Raises: Refusal (422) for what cannot be: name, code, rank, basis, zone, time.
    """
    name, code = given.name.strip(), given.code.strip()
    if not name or len(name) > 120:
        raise invalid("name", text("Write the district's name, 120 characters at most."), "first.name")
    if not code or len(code) > 32:
        raise invalid("code", text("Write the district's code, 32 characters at most."), "first.code")
    if not all(rank.strip() and len(rank) <= 64 for rank in given.ranks):
        raise invalid("ranks", text("Name each rank, in 64 characters at most."), "first.ranks")
    if given.language not in dict(settings.LANGUAGES):
        raise invalid("language", text("Choose one of the languages."), "first.language")
    if len(given.legal_basis.strip()) > LEGAL_BASIS_MAX:
        raise invalid("legal_basis", LAW_AND_ARTICLE, "purpose.basis")
    require_zone(given.zone)
    starts = _time(given.day_starts_at)
    if not UnitKind.objects.exists():
        named = zip((ROOT_KIND, SECOND_KIND, THIRD_KIND, OFFICE_KIND), given.ranks, (1, 2, 3, 2), strict=True)
        register_kinds(by=by(), kinds=[NewKind(key, words.strip(), rank) for key, words, rank in named])
    root = Unit.objects.filter(parent__isnull=True).first() or _root(name, code, ZoneInfo(given.zone))
    with translation.override(given.language):
        set_reasons(by=by(), reasons=_reasons())
    set_series(by=by(), issuer=root, pattern="{year}-{n}", needs_signature=False)
    told = {"zone": given.zone, "language": given.language, "legal_basis": given.legal_basis}
    set_up_district(by=by(), root=root, day_starts_at=starts, **told)


def _time(words: str) -> time:
    found = time_of_day(words)
    if found is None:
        raise invalid("day_starts_at", text("Write a time of day like 08:00."), "first.time")
    return found


def _root(name: str, code: str, zone: ZoneInfo) -> Unit:
    row = NewUnit(code, SCHEME, name, name[:60], ROOT_KIND, "", clock.now().astimezone(zone).date())
    ids = register_units(by=by(), units=[row], opened_at=clock.now())
    return Unit.objects.get(pk=ids[code])


def _reasons() -> list[tuple[str, str, str]]:
    """Lists of reasons to begin with; the district changes them."""
    return [
        ("excuse", "ill", gettext("Ill or in hospital")),
        ("excuse", "away", gettext("Away, cannot be back in time")),
        ("excuse", "elsewhere", gettext("On duty elsewhere")),
        ("excuse", "family", gettext("An emergency in the family")),
        ("cannot", "people", gettext("Not enough people")),
        ("cannot", "material", gettext("Not enough material")),
        ("cannot", "not_ours", gettext("Not a task of this unit")),
        ("correction", "wrong", gettext("Written down wrongly")),
        ("correction", "changed", gettext("Things have changed")),
        ("hand_over", "merged", gettext("Units were merged")),
        ("hand_over", "moved", gettext("The matter went over")),
        ("withdrawal", "mistake", gettext("Given by mistake")),
        ("night", "lives", gettext("Lives are in danger")),
        ("night", "hours", gettext("It must be done before the morning")),
    ]


def shipped(folder: Path | None = None) -> list[NewUnit]:
    """The units below this district among the shipped divisions, by its code; empty where none are shipped."""
    district = District.objects.select_related("root").get()
    own = (
        UnitCode.objects.filter(unit=district.root, valid_to__isnull=True).values_list("code", flat=True).first() or ""
    )
    file = (folder or settings.ROOT / "divisions") / f"{own[:6]}.csv"
    if not own[:6].isdigit() or not file.is_file():
        return []
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["level"] in LEVELS]
    known = {row["code12"] for row in rows}
    today = clock.now().astimezone(ZoneInfo(district.zone)).date()
    return [
        NewUnit(
            code=row["code12"],
            scheme=SCHEME,
            name=row["name"],
            short_name=row["short_name"],
            kind=LEVELS[row["level"]],
            parent=row["parent_code"] if row["parent_code"] in known else own,
            opened_on=today,
        )
        for row in rows
    ]


def plant_shipped() -> int:
    """The second step, from the shipped divisions; returns how many units."""
    rows = shipped()
    if rows:
        register_units(by=by(), units=rows, opened_at=clock.now())
    return len(rows)


def plant_sheet(content: bytes) -> Import:
    """The second step, from a sheet: the good rows are written, the others told by the import.

    Raises: Refusal for a file that is none.
    """
    imported = intake.judge(by(), intake.take(by(), "units", content, intake.Asked()))
    if imported.new or imported.changed:
        imported = sheets.apply(by=by(), imported=imported, whole=False)
        for now in intake.go_on(imported):
            imported = now
    return imported


@dataclass(frozen=True)
class Sheet:
    """What is handed to somebody: their name, account, role, and the code of the link to choose a password."""

    name: str
    account: str
    role: str
    code: str


PLACES = (("commander", COMMANDER), ("second", COMMANDER), ("clerk", CLERK), ("administrator", ADMINISTRATOR))
"""The fields of the third step, each with the role that it gives."""


def open_accounts(named: dict[str, str]) -> list[Sheet]:
    """The third step: the people named get an account, a role at the root, and a link. named: {field: name}.

    Raises: Refusal `first.commander` without a commander, `first.person` for too long a name.
    """
    given = {field: " ".join(named.get(field, "").split()) for field, _role in PLACES}
    if not given["commander"]:
        raise invalid("commander", text("Write who commands the district."), "first.commander")
    for field, name in given.items():
        if len(name) > 80:
            raise invalid(field, text("Write a name of 80 characters at most."), "first.person")
    root, now = District.objects.select_related("root").get().root, clock.now()
    wanted = [(f"a{place:03d}", field, role) for place, (field, role) in enumerate(PLACES, 1) if given[field]]
    people = [
        NewPerson(number, given[field], root.pk, "", leads=field == "commander") for number, field, _role in wanted
    ]
    # A try that was cut off has registered some already: they are who they are, under the names of now.
    known = set(Account.objects.filter(name__in=[one.number for one in people]).values_list("name", flat=True))
    register_people(by=by(), people=[one for one in people if one.number not in known], since=now)
    for one in people:
        if one.number in known:
            person = Person.objects.get(number=one.number)
            correct_person(by=by(), unit=root, person=person, name=one.name)
    made = []
    # The commander last: with that role the set-up closes, and until then it can be resumed.
    for number, field, role in reversed(wanted):
        account = Account.objects.get(name=number)
        code = codes.make()
        accounts.issue_password_link(by=by(), account=account, hash=codes.hash_of(code))
        if not Grant.objects.filter(account=account, role=role, unit=root).exists():
            grant_role(by=by(), account=account, role=role, unit=root, since=now)
        made.append(Sheet(given[field], number, role, code))
    return made[::-1]
