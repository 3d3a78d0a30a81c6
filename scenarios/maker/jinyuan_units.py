"""The district's tree: 118 real divisions, 26 departments, 269 more organisations that are called."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from .sheets import Row, stream, table, words

ROOT = "140110000000"
OFFICE, INSPECTORS, COUNSELLORS = "JY-ZHB", "JY-KCZ", "JY-XLZ"
OPENED = "2019-01-01"
TOWN_KINDS = ("subdistrict", "town")
PLACE_KINDS = ("community", "village")

KINDS = table(
    "kind,name,rank,team",
    """
    district|区|1|
    office|指挥部办公室|2|
    department|区直部门|2|
    subdistrict|街道|2|
    town|镇|2|
    community|社区|3|
    village|村|3|
    station|部门所属党支部|4|
    clinic|医疗机构党支部|4|
    school|学校党支部|4|
    enterprise|企业党支部|4|
    neighbourhood|片区党支部|4|
    team|队(组)|5|yes
    """,
)
DIVISION_KINDS = {
    "市辖区": "district",
    "街道": "subdistrict",
    "镇": "town",
    "居委会": "community",
    "村委会": "village",
}
# code, name, short name, members of the department's own
DEPARTMENTS = table(
    "code,name,short,size",
    """
    JY-D01|晋源区疾病预防控制中心|区疾控中心|46
    JY-D02|晋源区卫生健康局|区卫健局|34
    JY-D03|晋源区交通运输局|区交通局|36
    JY-D04|市公安局晋源分局|公安分局|68
    JY-D05|晋源区教育局|区教育局|31
    JY-D06|晋源区民政局|区民政局|22
    JY-D07|晋源区财政局|区财政局|27
    JY-D08|晋源区应急管理局|区应急局|24
    JY-D09|晋源区市场监督管理局|区市场监管局|33
    JY-D10|晋源区农业农村局|区农业农村局|29
    JY-D11|晋源区住房和城乡建设局|区住建局|26
    JY-D12|晋源区城乡管理局|区城管局|30
    JY-D13|晋源区人力资源和社会保障局|区人社局|25
    JY-D14|晋源区发展和改革局|区发改局|19
    JY-D15|晋源区工业和信息化局|区工信局|18
    JY-D16|晋源区文化和旅游局|区文旅局|21
    JY-D17|晋源区水务局|区水务局|17
    JY-D18|晋源区自然资源局|区自然资源局|24
    JY-D19|晋源区司法局|区司法局|16
    JY-D20|晋源区审计局|区审计局|14
    JY-D21|晋源区统计局|区统计局|12
    JY-D22|晋源区医疗保障局|区医保局|13
    JY-D23|晋源区退役军人事务局|区退役军人局|11
    JY-D24|晋源区行政审批服务管理局|区审批局|20
    JY-D25|晋源区融媒体中心|区融媒体中心|15
    JY-D26|晋源区档案馆|区档案馆|4
    """,
)
# Ninety branches of what belongs to a department.
STATIONS: dict[str, str] = {
    "JY-D01": "流行病学调查科 检验科 消毒与病媒科",
    "JY-D02": "区人民医院 区中医院 区妇幼保健院 卫生监督所 急救站 区第二医院 计生服务站 医学会",
    "JY-D03": "交通执法大队 公路段 农村公路服务中心 客运管理所 道路运输服务中心 治超一站 治超二站 养护中心",
    "JY-D04": "义井派出所 罗城派出所 晋源派出所 金胜派出所 晋祠派出所 姚村派出所 交警大队 治安大队 "
    "刑侦大队 巡警大队 看守所 户政科",
    "JY-D05": "区实验小学 区实验中学 区第一中学 区第二中学 区第三中学 区职业中学 区特殊教育学校 "
    "区教师进修学校 区实验幼儿园 区青少年宫",
    "JY-D06": "社会福利中心 救助管理站 婚姻登记处",
    "JY-D07": "国库支付中心 投资评审中心",
    "JY-D08": "安全生产执法队 地震服务中心 森林消防队",
    "JY-D09": "义井市场所 罗城市场所 晋源市场所 金胜市场所 晋祠市场所 姚村市场所 检验检测中心",
    "JY-D10": "农技推广中心 动物疫控中心 农机服务中心 林业站",
    "JY-D11": "房产服务中心 建筑质监站 供热服务中心",
    "JY-D12": "环卫一队 环卫二队 城管执法队 园林队",
    "JY-D13": "就业服务中心 社保中心 劳动监察队",
    "JY-D14": "价格认证中心",
    "JY-D15": "中小企业服务中心",
    "JY-D16": "区文化馆 区图书馆 景区服务中心",
    "JY-D17": "晋祠泉域管理所 河道管理站 供水服务中心",
    "JY-D18": "不动产登记中心 国土所",
    "JY-D19": "义井司法所 罗城司法所 晋源司法所 金胜司法所 晋祠司法所 姚村司法所",
    "JY-D22": "医保服务中心",
    "JY-D23": "军休服务站",
    "JY-D24": "政务服务大厅",
    "JY-D25": "广播电视站",
}
BRANDS = words(
    "恒晟 瑞禾 汾润 朔岳 宏沁 永漳 泽岭 峻昌 禾穗 晟源 岚峰 悦澜 绛辰 沃桐 凯漪 丰岫 昱川 祥霖 "
    "拓垣 嘉杼 润杉 卓汾 晨岩 瀚滹 鑫垚 博峪 盛圻 隆榆 启槐 达苇 立枫 安椿 同栎 惠梓 德棠 信柏"
)
TRADES = words(
    "机械制造 食品 建材 物流 商贸 物业服务 包装 汽车服务 园林绿化 电子科技 纺织 粮油 印刷 家具 "
    "酒店管理 农业开发 装饰工程 环保设备"
)
ENTERPRISES, NEIGHBOURHOODS, VILLAGE_CLINICS, VILLAGE_SCHOOLS = 62, 57, 24, 24
MERGING_ENTERPRISE = "恒晟机械制造有限公司"


@dataclass(frozen=True)
class Unit:
    """One node of the tree; `short` is what a tile or a list shows."""

    code: str
    name: str
    short: str
    kind: str
    parent: str
    scheme: str = "JY"

    def row(self) -> Row:
        """The unit as units.csv has it."""
        names = {"name": self.name, "short_name": self.short, "kind": self.kind}
        return {"code": self.code, "scheme": self.scheme, **names, "parent": self.parent,
                "opened_on": OPENED}  # fmt: skip


class Tree:
    """All units, and the short ways in which the other sheets ask for them."""

    def __init__(self, units: list[Unit]) -> None:
        self.units = units
        self.by_code = {unit.code: unit for unit in units}
        uncalled = {ROOT, OFFICE, INSPECTORS, COUNSELLORS}
        self.called = [unit for unit in units if unit.code not in uncalled]
        self.towns = [unit for unit in units if unit.kind in TOWN_KINDS]

    def above(self, code: str) -> list[str]:
        """The codes from the parent of `code` up to the root."""
        found: list[str] = []
        while self.by_code[code].parent:
            code = self.by_code[code].parent
            found.append(code)
        return found

    def line(self, code: str) -> str:
        """The town or department (second level) in which a unit lies, itself included."""
        return [code, *self.above(code)][-2] if code != ROOT else ROOT

    def under(self, code: str) -> list[Unit]:
        """The called units strictly below `code`."""
        return [unit for unit in self.called if code in self.above(unit.code)]


def divisions(path: Path) -> list[Unit]:
    """The 118 rows of the district's own divisions, towns with their full name as short name."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    units = []
    for row in rows:
        kind = DIVISION_KINDS[row["kind"]]
        parent = "" if kind == "district" else row["parent_code"]
        short = row["short_name"] if kind in PLACE_KINDS else row["name"]
        units.append(Unit(row["code12"], row["name"], short, kind, parent, "CN-12"))
    return units


def stations() -> list[Unit]:
    """Departments' own branches: hospitals, police stations, road sections, schools, depots."""
    units: list[Unit] = []
    for department, names in STATIONS.items():
        for name in names.split():
            kind = "station"
            if department == "JY-D02" and name.endswith(("医院", "保健院", "急救站")):
                kind = "clinic"
            if department == "JY-D05" and name.endswith(("学", "学校", "幼儿园")):
                kind = "school"
            code = f"JY-S{len(units) + 1:03}"
            units.append(Unit(code, f"{name}党支部", name, kind, department))
    return units


def branches(places: list[Unit], towns: list[Unit]) -> list[Unit]:
    """The branches under towns and villages: clinics, schools, enterprises, neighbourhoods."""
    rng = stream("jinyuan-2020", "units")
    found: list[tuple[str, str, str]] = []  # short name, kind, parent
    for town in towns:
        stem = town.short.removesuffix("街道").removesuffix("镇")
        centre = "中心卫生院" if town.kind == "town" else "社区卫生服务中心"
        found.append((stem + ("镇" if town.kind == "town" else "街道") + centre, "clinic", town.code))
        found.append((f"{stem}中心校", "school", town.code))
    for place in rng.sample(places, VILLAGE_CLINICS):
        room = "卫生所" if place.kind == "village" else "卫生服务站"
        found.append((place.short + room, "clinic", place.code))
    for place in rng.sample(places, VILLAGE_SCHOOLS):
        school = rng.choice(("小学", "小学", "幼儿园"))
        found.append((place.short.removesuffix("社区") + school, "school", place.code))
    firms = [brand + trade for brand in BRANDS for trade in TRADES]
    firms = [firm for firm in firms if firm[:2] != MERGING_ENTERPRISE[:2]]
    for firm in rng.sample(firms, ENTERPRISES - 2):
        home = rng.choice(places)
        parent = home.code if rng.random() < 0.55 else home.parent
        found.append((f"{firm}有限公司", "enterprise", parent))
    for part in ("第一", "第二"):
        found.append((f"{MERGING_ENTERPRISE}{part}", "enterprise", towns[0].code))
    found += neighbourhoods(rng.sample(places, NEIGHBOURHOODS // 3))
    return [
        Unit(f"JY-B{number:03}", f"{short}党支部", short, kind, parent)
        for number, (short, kind, parent) in enumerate(found, 1)
    ]


def neighbourhoods(places: list[Unit]) -> list[tuple[str, str, str]]:
    """Three parts each of a few large villages and communities, by their position."""
    return [(f"{place.short}{part}片", "neighbourhood", place.code) for place in places for part in ("东", "中", "西")]


def tree(divisions_path: Path) -> Tree:
    """The whole tree: 118 + 26 + 269 + the office and two groups that are not called."""
    given = divisions(divisions_path)
    towns = [unit for unit in given if unit.kind in TOWN_KINDS]
    places = [unit for unit in given if unit.kind in PLACE_KINDS]
    departments = [Unit(row["code"], row["name"], row["short"], "department", ROOT) for row in DEPARTMENTS]
    beside = [
        Unit(OFFICE, "晋源区疫情防控指挥部办公室", "区指挥部办公室", "office", ROOT),
        Unit(INSPECTORS, "晋源区专项工作考察组", "区考察组", "team", ROOT),
        Unit(COUNSELLORS, "晋源区心理疏导志愿服务队", "区心理疏导队", "team", ROOT),
    ]
    return Tree([*given, *beside, *departments, *stations(), *branches(places, towns)])


def sets(whole: Tree) -> list[Row]:
    """Named sets, one row a unit in it."""
    wanted = {
        "board": ("镇(街)", [u for u in whole.called if u.kind in TOWN_KINDS]),
        "called": ("全部动员单位", whole.called),
        "departments": ("区直部门", [u for u in whole.called if u.kind == "department"]),
        "health_system": ("卫生系统", [u for u in whole.called if u.kind == "clinic"
                                   or whole.line(u.code) in ("JY-D01", "JY-D02")]),
        "transport": ("交通运输系统", [u for u in whole.called if whole.line(u.code) == "JY-D03"]),
        "police": ("公安系统", [u for u in whole.called if whole.line(u.code) == "JY-D04"]),
        "schools": ("教育系统", [u for u in whole.called if u.kind == "school"
                             or whole.line(u.code) == "JY-D05"]),
        "enterprises": ("企业党组织", [u for u in whole.called if u.kind == "enterprise"]),
    }  # fmt: skip
    return [{"set": key, "name": name, "unit": unit.code} for key, (name, units) in wanted.items() for unit in units]
