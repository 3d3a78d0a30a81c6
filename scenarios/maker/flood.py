"""The folder flood-small: a county of two levels, 30 units, 200 people, a play of two days."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from .daytime import Daytime, lognormal
from .sheets import Row, cells, moment, stamp, stream, table, words, write

Maker = Callable[[Path], None]

NAME = "flood-small"
ROOT, ROOM = "AVC", "AVC-ROOM"
ISSUED, LAST = moment("2022-11-17T07:30"), moment("2022-11-18T15:00")
CALL_UP = "mobilisation.members_reported_in"
CONTROLLER, DUTY_CLERK = "av190", "av192"

SCENARIO = {
    "key": NAME,
    "title": "River Aldermoor in flood, November 2022 (exercise)",
    "language": "en",
    "zone": "Europe/London",
    "day_starts_at": "06:00",
    "root": ROOT,
    "ends_at": "2022-11-19T08:00",
    "commander": CONTROLLER,
    "code_scheme_note": "AV: codes of this exercise. The county, its places and its people do not exist.",
}
KINDS = table(
    "kind,name,rank,team",
    """
    county|county|1|
    control_room|control room|2|
    parish|parish|2|
    market_town|market town|2|
    service|county service|2|
    flood_group|volunteer flood group|2|yes
    """,
)
PARISHES = cells(
    "Aldermoor St Mary|Barrow Weir|Brindle Ford|Coldwater|Dunmarsh|Eel Pie Green|Fenny Aston|"
    "Gosling Bridge|Hythe End|Ivelholme|Kingsmead Lock|Lower Sallow|Upper Sallow|Millrace|"
    "Nether Wade|Otterby|Pillbrook|Rushton Parva|Staithe"
)
TOWNS = cells("Aldermoor|Wadebridge Hill|Market Sallow")
SERVICES = cells("Fire and Rescue|Highways|Adult Social Care")
GROUPS = cells("Ford Watch|Lock Keepers|Sandbag Crew")
SIZES = {"parish": 5, "market_town": 14, "service": 12, "flood_group": 9}
TITLES = {
    "parish": ("parish clerk", ("councillor", "flood warden", "flood warden", "volunteer")),
    "market_town": ("town clerk", ("councillor", "flood warden", "works team", "volunteer")),
    "service": ("duty manager", ("officer", "officer", "driver")),
    "flood_group": ("coordinator", ("volunteer", "volunteer", "boat crew")),
}
FIRST_NAMES = words(
    "Abena Adam Agnes Alison Amir Anita Arthur Ben Bridget Callum Carys Colin Daisy Delroy Dilys "
    "Edwin Elaine Farah Fergus Gemma Graham Hamza Hannah Harold Imogen Iqbal Isla Jack Jasmine Joan "
    "Kamal Keith Kirsty Lewis Lorna Maeve Marek Nadia Neil Nora Owen Padma Pauline Ravi Rhona Rosa "
    "Samir Sheila Stan Tariq Tessa Una Vera Wilf Yusuf Zoe"
)
SURNAMES = words(
    "Abbott Ahmed Barker Bell Boyd Carr Chandra Clegg Dale Dunn Eames Farrow Flint Garside Gill Hale "
    "Hobbs Ingram Jarvis Kaur Kemp Lacey Lowe Marsh Mistry Nash Newby Odell Okafor Parry Peel Quinn "
    "Rahman Reed Rudd Sharp Sykes Thorne Tully Underhill Vickers Wade Webb Wren Yates"
)
REASONS = table(
    "use,code,text",
    """
    excuse|ill|Ill or injured
    excuse|away|Out of the county
    excuse|own_home|Own home flooded
    cannot|cut_off|Place cut off by water
    cannot|no_kit|No pumps or sandbags left
    correction|road_open|Road open again
    correction|misheard|Misheard or written down wrongly
    hand_over|joined|Units joined
    withdrawal|slip|Entered by mistake
    """,
)
TEXT = """\
To every parish, market town, county service and flood group.

The river is expected to pass its highest recorded level at Gosling Bridge in the night of 17 November.

1. Acknowledge this order by 12:00 and say whether you can do what it asks.
2. Call up your flood wardens and volunteers; each of them reports in to you.
3. Knock on every door below the 12 metre line before dark, and offer a lift to those who want to leave.
4. Nobody drives into standing water. Nobody works alone near the river."""
KIT = "Door-knocking sheet\n\n1. House\n2. Spoke to somebody: yes / no\n3. Wants a lift: yes / no\n"
PLEDGES = (
    "I work in a pair and tell my lead where I am",
    "I wear a life jacket within three metres of water",
    "I write down only what the sheet asks for",
)
BESIDE = (  # unit, title, leads, role beside member, its unit
    (ROOT, "county controller", "yes", "commander", ROOT),
    (ROOM, "control room manager", "yes", "commander", ROOT),
    (ROOM, "duty clerk", "", "clerk", ROOT),
    (ROOM, "press officer", "", "press_officer", ROOM),
    (ROOM, "systems officer", "", "administrator", ROOT),
    (ROOM, "welfare listener", "", "counsellor", ROOM),
    (ROOM, "welfare listener", "", "counsellor", ROOM),
    (ROOM, "safety inspector", "", "inspector", ROOT),
    (ROOM, "safety inspector", "", "inspector", ROOT),
    (ROOM, "radio operator", "", "", ""),
    (ROOM, "radio operator", "", "", ""),
)
MEMBERS = 200 - len(BESIDE)


@dataclass
class County:
    """Units, people and leads of the small scenario."""

    units: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)

    @property
    def called(self) -> list[Row]:
        """The units that the order goes to."""
        return [unit for unit in self.units if unit["code"] not in (ROOT, ROOM)]

    def of(self, unit: str) -> list[Row]:
        """The people of a unit, its lead first."""
        return [person for person in self.people if person["unit"] == unit]

    def lead(self, unit: str) -> str:
        """The account name of a unit's lead."""
        return next(person["number"] for person in self.of(unit) if person["leads"])


def unit_rows() -> list[Row]:
    """One county, its control room and 28 units beneath."""
    found = [(ROOT, "Aldermoor Vale County", "Aldermoor Vale", "county", "")]
    found.append((ROOM, "County Control Room", "Control Room", "control_room", ROOT))
    for prefix, kind, names, form in (
        ("P", "parish", PARISHES, "{} Parish Council"),
        ("T", "market_town", TOWNS, "{} Town Council"),
        ("S", "service", SERVICES, "County {}"),
        ("G", "flood_group", GROUPS, "{} Flood Group"),
    ):
        for place, name in enumerate(names, 1):
            found.append((f"AV-{prefix}{place:02}", form.format(name), name, kind, ROOT))
    columns = ("code", "name", "short_name", "kind", "parent")
    more = {"scheme": "AV", "opened_on": "2022-04-01"}
    return [dict(zip(columns, parts, strict=True)) | more for parts in found]


def county() -> County:
    """Everybody: 189 members of 28 units and eleven people who are not called."""
    rng = stream(NAME, "people")
    names = rng.sample([f"{a} {b}" for a in FIRST_NAMES for b in SURNAMES], 200)
    # Ofcom keeps 07700 900000 to 900999 for drama: no subscriber ever has one of them
    phones = [f"07700900{number:03}" for number in rng.sample(range(1000), 200)]
    land = County(unit_rows())
    sizes = {unit["code"]: SIZES[unit["kind"]] for unit in land.called}
    while sum(sizes.values()) != MEMBERS:
        code = rng.choice(list(sizes))
        sizes[code] += 1 if sum(sizes.values()) < MEMBERS else -1 if sizes[code] > 3 else 0
    posts = []
    for unit in land.called:
        head, others = TITLES[unit["kind"]]
        posts.append((unit["code"], head, "yes"))
        posts += [(unit["code"], rng.choice(others), "") for _ in range(sizes[unit["code"]] - 1)]
    posts += [(code, title, leads) for code, title, leads, _, _ in BESIDE]
    for place, (code, title, leads) in enumerate(posts, 1):
        land.people.append({"number": f"av{place:03}", "name": names[place - 1], "unit": code,
                            "title": title, "leads": leads, "phone": phones[place - 1]})  # fmt: skip
    return land


@dataclass
class Play:
    """The events, gathered and then sorted."""

    land: County
    rng: random.Random
    clock: Daytime = field(default_factory=lambda: Daytime(ISSUED, LAST))
    rows: list[tuple[datetime, Row]] = field(default_factory=list)

    def add(self, at: datetime, action: str, by: str, unit: str, subject: str, **more: str) -> None:
        """One event of the mobilisation."""
        row = {"action": action, "by": by, "unit": unit, "subject": subject, **more}
        self.rows.append((at, row))

    def when(self, hours: float) -> datetime:
        """So many waking hours after the order, or among the stragglers."""
        return self.clock.after(ISSUED, hours, self.rng) or self.clock.late(moment("2022-11-18T08:00"), LAST, self.rng)

    def sorted(self) -> list[Row]:
        """The sheet's rows."""
        return [{"at": stamp(at), **row} for at, row in sorted(self.rows, key=lambda r: r[0])]


def answers(play: Play) -> None:
    """The controller issues alone; 28 units answer, one of them that it is cut off at first."""
    order = "stand-to/1"
    for action, minutes in (("draft_order", 25), ("issue_order", 0)):
        by = DUTY_CLERK if action == "draft_order" else CONTROLLER
        play.add(ISSUED - timedelta(minutes=minutes), action, by, ROOT, order, order=order)
    for unit in play.land.called:
        code, lead = unit["code"], play.land.lead(unit["code"])
        at = play.when(lognormal(play.rng, 1.6, 0.8))
        more = {"outcome": "will_do"}
        if unit["short_name"] == "Eel Pie Green":
            at = moment("2022-11-17T09:41:12")
            more = {"outcome": "cannot", "reason": "cut_off", "note": "Mill Lane under water"}
        play.add(max(ISSUED, at - timedelta(minutes=4)) + timedelta(seconds=9), "read_order", lead,
                 code, code, order=order)  # fmt: skip
        play.add(at, "acknowledge", lead, code, code, order=order, **more)
        if more["outcome"] == "cannot":
            play.add(moment("2022-11-17T10:15"), "answer_cannot", CONTROLLER, ROOT, code,
                     order=order, outcome="helped", note="A boat crew comes at 11:00")  # fmt: skip
            play.add(moment("2022-11-17T12:20:05"), "correct_acknowledgement", lead, code, code,
                     order=order, outcome="will_do", reason="road_open")  # fmt: skip


def people(play: Play) -> list[Row]:
    """Members report in, one in ten through the lead; two are excused by the controller."""
    called = {unit["code"] for unit in play.land.called}
    members = [person for person in play.land.people if person["unit"] in called]
    excused = play.rng.sample([person for person in members if not person["leads"]], 2)
    for person in members:
        if person in excused:
            continue
        at = play.when(lognormal(play.rng, 3.0, 0.8))
        by = person["number"] if play.rng.random() > 0.1 else play.land.lead(person["unit"])
        play.add(at, "report_in", by, person["unit"], person["number"], order="stand-to")
    moments = (moment("2022-11-17T11:05"), moment("2022-11-17T16:32"))
    return [
        {"at": stamp(at), "action": "excuse", "by": CONTROLLER, "unit": person["unit"],
         "subject": person["number"], "roll": CALL_UP, "reason": reason}
        for at, person, reason in zip(moments, excused, ("ill", "own_home"), strict=True)
    ]  # fmt: skip


def cast(land: County) -> list[Row]:
    """Who is offered on the demonstration's sign-in page."""
    parish = land.of("AV-P08")
    chosen = ((CONTROLLER, "commander", "County controller"), (DUTY_CLERK, "clerk", "Duty clerk"),
              (parish[0]["number"], "lead", "Clerk of Gosling Bridge"),
              (parish[1]["number"], "member", "Member at Gosling Bridge"),
              ("av195", "counsellor", "Welfare listener"), ("av197", "inspector", "Safety inspector"),
              (land.lead("AV-P15"), "outsider", "Clerk of another parish"))  # fmt: skip
    return [{"person": number, "role": role, "note": note} for number, role, note in chosen]


def make(folder: Path) -> None:
    """Write every sheet and file of the small scenario from the seed."""
    land = county()
    play = Play(land, stream(NAME, "play"))
    answers(play)
    excuses = people(play)
    first = len(land.people) - len(BESIDE) + 1
    order = {"key": "stand-to", "version": "1", "issuer": ROOT, "text": TEXT, "founding": "yes",
             "title": "Stand to: flood expected in the night of 17 November",
             "effective_at": stamp(ISSUED), "due_at": "2022-11-17T12:00",
             "audience": "kind:parish kind:market_town kind:service kind:flood_group",
             "call_up": "under:AVC -unit:AVC -unit:AVC-ROOM", "call_up_due_at": "2022-11-17T18:00",
             "attachment": "door-sheet.txt"}  # fmt: skip
    sheets: dict[str, list[Row]] = {
        "scenario": [{"key": key, "value": value} for key, value in SCENARIO.items()],
        "kinds": KINDS,
        "units": land.units,
        "sets": [{"set": "flood_net", "name": "Flood network", "unit": unit["code"]}
                 for unit in land.called],
        "people": land.people,
        "appointments": [],
        "grants": [{"person": f"av{place}", "role": role, "unit": unit}
                   for place, (_, _, _, role, unit) in enumerate(BESIDE, first) if role],
        "cast": cast(land),
        "reasons": REASONS,
        "incidents": [{"key": "flood-2022", "name": "River Aldermoor in flood", "kind": "flood",
                       "opened_at": "2022-11-16T18:00"}],
        "series": [{"issuer": ROOT, "pattern": "AVC-{n}/{year}"}],
        "orders": [order],
        "pledges": [{"order": "stand-to", "version": "1", "position": str(place), "text": text}
                    for place, text in enumerate(PLEDGES, 1)],
        "watch_items": [],
        "events/organisation": [],
        "events/roll": excuses,
        "events/mobilisation": play.sorted(),
    }  # fmt: skip
    for sheet, rows in sheets.items():
        write(folder, sheet, rows)
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / "door-sheet.txt").write_text(KIT, encoding="utf-8", newline="\n")
