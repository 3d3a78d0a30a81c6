"""The 8,163 members, one unit and one phone each, and the few people beside them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .jinyuan_names import Namer
from .jinyuan_units import COUNSELLORS, DEPARTMENTS, INSPECTORS, OFFICE, ROOT, Tree, Unit
from .sheets import Row, stream

MEMBERS = 8163
FIXED = {"140110003213": 38, "140110102205": 49}
TOWN_SIZES = {
    "140110001000": 46,
    "140110002000": 38,
    "140110003000": 44,
    "140110100000": 42,
    "140110101000": 47,
    "140110102000": 33,
}
# smallest, mean, largest
SIZES = {
    "community": (14, 31, 62),
    "village": (12, 31, 66),
    "station": (5, 13, 30),
    "clinic": (3, 9, 34),
    "school": (4, 13, 34),
    "enterprise": (3, 13, 40),
    "neighbourhood": (8, 17, 32),
}
TWO_BRANCHES = ("JY-B123", "JY-B125")  # the lead of the first leads the second as well
LEAD_TITLES = {
    "subdistrict": "街道党工委书记",
    "town": "镇党委书记",
    "community": "社区党支部书记",
    "village": "村党支部书记",
    "station": "党支部书记",
    "clinic": "党支部书记",
    "school": "党支部书记、校长",
    "enterprise": "党支部书记",
    "neighbourhood": "党支部书记",
}
# posts that are filled once, in this order, then what the others are, drawn at random
TITLES: dict[str, tuple[str, str]] = {
    "subdistrict": (
        "街道办主任 副书记 副主任 组织委员 宣传委员 武装部长 纪检委员",
        "科员 科员 干事",
    ),
    "town": ("镇长 副书记 副镇长 组织委员 宣传委员 武装部长 纪检委员", "科员 科员 干事"),
    "community": (
        "居委会主任 副书记 组织委员 宣传委员 居委会副主任",
        "网格员 楼栋长 党员 党员 党员 党员",
    ),
    "village": ("村委会主任 副书记 组织委员 宣传委员 会计 村医", "网格员 党员 党员 党员 党员 党员"),
    "station": ("副书记 组织委员 宣传委员", "科员 科员 工作人员 工作人员"),
    "clinic": ("副书记 组织委员", "医师 医师 护士 护士 药师 检验师"),
    "school": ("副校长 组织委员 教导主任", "教师 教师 教师 后勤人员"),
    "enterprise": ("副书记 组织委员 宣传委员", "车间主任 技术员 员工 员工 员工 驾驶员"),
    "neighbourhood": ("组织委员 宣传委员", "党员 党员 党员 网格员"),
    "department": ("副局长 副局长 办公室主任 组织委员", "科长 科员 科员 科员 工作人员"),
    "JY-D01": ("副主任 副主任 办公室主任", "主管医师 医师 医师 检验师 消毒员 科员"),
    "JY-D04": ("副局长 副局长 政工室主任", "民警 民警 民警 民警 内勤"),
    "JY-D03": ("副局长 副局长 办公室主任", "科员 执法员 执法员 驾驶员 养护工"),
}
HEADS = {"JY-D01": "主任", "JY-D25": "主任", "JY-D26": "馆长", "JY-D04": "分局长"}
WOMEN = {"school": 0.62, "clinic": 0.66, "community": 0.52, "JY-D04": 0.16}
# who is not called: unit, title, leads, role
BESIDE = (
    (ROOT, "总指挥", "yes", "commander"),
    (OFFICE, "办公室主任", "yes", "commander"),
    (OFFICE, "文书", "", "clerk"),
    (OFFICE, "物资专管员", "", "clerk"),
    (OFFICE, "人事专管员", "", "clerk"),
    (OFFICE, "信息发布员", "", "press_officer"),
    (OFFICE, "系统管理员", "", "administrator"),
    (INSPECTORS, "组长", "yes", "inspector"),
    (INSPECTORS, "副组长", "", "inspector"),
    (INSPECTORS, "考察员", "", "inspector"),
    (COUNSELLORS, "队长", "yes", "counsellor"),
    (COUNSELLORS, "心理咨询师", "", "counsellor"),
    (COUNSELLORS, "心理咨询师", "", "counsellor"),
    (COUNSELLORS, "心理咨询师", "", "counsellor"),
)


@dataclass(frozen=True)
class Person:
    """Somebody on duty; `number` is also the name of the account."""

    number: str
    name: str
    unit: str
    title: str
    leads: bool
    phone: str

    def row(self) -> Row:
        """The person as people.csv has it."""
        return {
            "number": self.number,
            "name": self.name,
            "unit": self.unit,
            "title": self.title,
            "leads": "yes" if self.leads else "",
            "phone": self.phone,
        }


class Register:
    """All people, by unit and by number, with who leads which unit."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people
        self.by_number = {person.number: person for person in people}
        self.of: dict[str, list[Person]] = {}
        for person in people:
            self.of.setdefault(person.unit, []).append(person)
        self.lead = {person.unit: person.number for person in people if person.leads}
        self.lead[TWO_BRANCHES[1]] = self.lead[TWO_BRANCHES[0]]
        self.members = [person for person in people if person.number < "jy9"]


def sizes(tree: Tree, rng: random.Random) -> dict[str, int]:
    """How many members each called unit has; the sum is `MEMBERS` exactly."""
    fixed = FIXED | TOWN_SIZES | {row["code"]: int(row["size"]) for row in DEPARTMENTS}
    found = dict(fixed)
    free: list[Unit] = [unit for unit in tree.called if unit.code not in fixed]
    for unit in free:
        low, mean, high = SIZES[unit.kind]
        found[unit.code] = round(min(high, max(low, mean * (0.45 + 1.1 * rng.random()))))
    while (short := MEMBERS - sum(found.values())) != 0:
        unit = rng.choice(free)
        low, _, high = SIZES[unit.kind]
        found[unit.code] = min(high, max(low, found[unit.code] + (1 if short > 0 else -1)))
    return found


def titles(unit: Unit, count: int, rng: random.Random) -> list[str]:
    """The titles of a unit's members, the lead's first where somebody leads from within."""
    key = unit.code if unit.code in TITLES else unit.kind
    once, often = (part.split() for part in TITLES[key])
    lead = LEAD_TITLES.get(unit.kind) or HEADS.get(unit.code, "局长")
    posts = once[: max(0, min(len(once), count // 3))]
    rest = [rng.choice(often) for _ in range(count - 1 - len(posts))]
    return [lead, *posts, *rest]


def phones(rng: random.Random) -> list[str]:
    """Distinct numbers of 11 digits from `1004`, a range in which nobody can have a telephone."""
    return [f"1004{number:07}" for number in rng.sample(range(10_000_000), MEMBERS + 100)]


def register(tree: Tree) -> Register:
    """Everybody: members in the order of their units, then those who are not called."""
    rng = stream("jinyuan-2020", "people")
    namer, phone = Namer(rng), iter(phones(rng))
    people: list[Person] = []
    counts = sizes(tree, rng)
    for unit in tree.called:
        code, count = unit.code, counts[unit.code]
        women = WOMEN.get(code, WOMEN.get(unit.kind, 0.3))
        for place, title in enumerate(titles(unit, count, rng)):
            leads = place == 0 and code != TWO_BRANCHES[1]
            if place == 0 and not leads:
                title = "副书记"
            number = f"jy{len(people) + 1:05}"
            people.append(Person(number, namer.draw(women), code, title, leads, next(phone)))
    for place, (code, title, leading, _) in enumerate(BESIDE, 1):
        name = namer.draw(0.4)
        people.append(Person(f"jy{90000 + place}", name, code, title, bool(leading), next(phone)))
    return Register(people)


def grants() -> list[Row]:
    """Roles beside member and lead; those that need the whole district have it from the root."""
    own = ("counsellor", "press_officer")
    return [
        {"person": f"jy{90000 + place}", "role": role, "unit": unit if role in own else ROOT}
        for place, (unit, _, _, role) in enumerate(BESIDE, 1)
    ]


def appointments(people: Register) -> list[Row]:
    """Second appointments: the lead of two branches, and two town cadres who help in a village."""
    first, second = TWO_BRANCHES
    helpers = [(people.of["140110102000"][9], "140110102208"),
               (people.of["140110100000"][11], "140110100214")]  # fmt: skip
    both = {"person": people.lead[first], "unit": second, "title": "党支部书记(兼)", "leads": "yes"}
    return [both] + [
        {"person": person.number, "unit": village, "title": "包村干部", "leads": ""} for person, village in helpers
    ]


def cast(people: Register) -> list[Row]:
    """Who is offered on the demonstration's sign-in page, one a role."""
    village = people.of["140110003213"]
    member = next(person for person in village[1:] if person.title == "党员")
    chosen = (
        ("jy90001", "commander", "区指挥部总指挥，看全区"),
        ("jy90003", "clerk", "区指挥部办公室文书，拟稿、收发、打印"),
        (people.lead["140110003213"], "lead", "南瓦窑村负责人，签收通知，看本村还差谁"),
        (member.number, "member", "南瓦窑村一名党员，报到，出示工作证"),
        ("jy90012", "counsellor", "心理疏导志愿者"),
        ("jy90010", "inspector", "区考察组成员"),
        (people.lead["140110102206"], "outsider", "固驿村负责人，在另一个镇，看不到南瓦窑村"),
    )
    return [{"person": number, "role": role, "note": note} for number, role, note in chosen]
