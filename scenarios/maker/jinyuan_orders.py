"""What is asked: the notice in two versions, a town's relay of it, a notice to the health units."""

from __future__ import annotations

from .jinyuan_units import ROOT
from .sheets import Row, table

RELAY_TOWN = "140110101000"
WATCHED_TOWN = "140110100000"

SCENARIO = {
    "key": "jinyuan-2020",
    "title": "晋源区 2020 年 1 月动员（演练）",
    "language": "zh-hans",
    "zone": "Asia/Shanghai",
    "day_starts_at": "00:00",
    "root": ROOT,
    "ends_at": "2020-02-12T08:00",
    "commander": "jy90001",
    "code_scheme_note": "CN-12 为 12 位统计用区划代码（2023-06-30 版，来源见 divisions.csv）；"
    "JY 为本演练自编的单位代码。单位、人员、电话、通知内容均为虚构，区划名称和代码除外。",
}
INCIDENTS = [
    {"key": "ncp-2020", "name": "新型冠状病毒感染的肺炎疫情防控", "kind": "疫情",
     "opened_at": "2020-01-19T08:00"},
]  # fmt: skip
SERIES = [
    {"issuer": ROOT, "pattern": "晋防指〔{year}〕{n}号", "needs_signature": "yes"},
    {"issuer": RELAY_TOWN, "pattern": "晋祠防指〔{year}〕{n}号", "needs_signature": ""},
]
REASONS = table(
    "use,code,text",
    """
    excuse|hospital|住院治疗
    excuse|observation|居家或集中医学观察
    excuse|out_of_area|滞留外地，交通中断
    excuse|parental_leave|产假或哺乳期
    excuse|bereavement|家中丧事
    excuse|sent_elsewhere|已由上级派往外地支援
    excuse|age_health|年事已高或行动不便
    cannot|no_staff|人手不足
    cannot|no_supplies|防护物资不足
    cannot|closed|单位停工停业，人员未返岗
    cannot|not_ours|不属本单位职责
    correction|help_arrived|已得到支援，可以落实
    correction|misread|原先理解有误
    correction|wrong_entry|录入有误
    hand_over|merged|组织合并
    hand_over|moved|隶属关系调整
    withdrawal|wrong_unit|签收的单位选错
    withdrawal|wrong_person|记错了人
    withdrawal|issued_in_error|误发
    """,
)

FIRST_TEXT = """\
各镇（街）、各村（社区），区直各部门，各有关单位：

为落实疫情防控各项措施，现就组织动员工作通知如下。

一、各单位收到本通知后应当在规定时间内签收，说明能否执行；确有困难的，如实填写原因，由区指挥部办公室逐件答复。

二、各单位在册党员、干部应当向所在单位报到。因住院、医学观察、滞留外地等原因不能到岗的，由上一级核实后准予不到岗，不作缺勤处理。

三、各村（社区）应当在主要出入口安排值守，每班不少于两人，登记进出车辆和外来人员，为救护、消防、供水供电车辆随时放行。

四、入户摸排以登记本户有无外地返回人员、有无发热症状为限，所登记的内容只用于防控，不得张贴、转发。

五、值守人员连续在岗不超过八小时，夜间不超过六小时。身体不适的，立即停止工作并报告。

附件：值守点基本配备清单。"""
SECOND_TEXT = """\
各镇（街）、各村（社区），区直各部门，各有关单位：

为落实疫情防控各项措施，现就组织动员工作通知如下。本版自发布时起代替第一版，各单位应当重新签收；人员已经报到的，不必再次报到。

一、各单位收到本通知后应当在规定时间内签收，说明能否执行；确有困难的，如实填写原因，由区指挥部办公室逐件答复。

二、各单位在册党员、干部应当向所在单位报到。因住院、医学观察、滞留外地等原因不能到岗的，由上一级核实后准予不到岗，不作缺勤处理。

三、各村（社区）保留一至两个出入口，其余出入口封闭的，应当保证消防和救护车辆可以打开通过。保留的出入口安排全天值守，每班不少于两人，登记进出车辆和外来人员。

四、入户摸排以登记本户有无外地返回人员、有无发热症状为限，所登记的内容只用于防控，不得张贴、转发。外地返回人员每天测量体温两次，由本人或家人报告，不要求到指定地点测量。

五、值守人员连续在岗不超过八小时，夜间不超过六小时。身体不适的，立即停止工作并报告。夜间气温低于零下五度时，值守点应当有取暖设施，并注意通风，防止煤气中毒。

六、各镇（街）每天十七时前核对一次本级尚未签收和尚未报到的名单，先问是否平安，再问能否到岗。

附件：值守点基本配备清单（第二版）。"""
TRIAGE_TEXT = """\
各医疗卫生单位：

一、设有发热门诊或预检分诊点的单位，应当二十四小时有人值班，并公布值班电话。没有设立的单位，遇发热病人应当登记后联系急救站转诊，不得自行留观。

二、转诊病人的信息只向接诊单位和区疾病预防控制中心提供。

三、各单位于二月二日中午前签收本通知，并指定一名联系人。"""
COVERING_NOTE = """\
各村（社区）、辖区各单位：

现将区指挥部通知（第二版）转发给你们。本镇游客较往年少，但晋祠景区周边道路仍有外来车辆，相关各村请优先安排好路口。签收截止时间提前到二月一日二十时，有困难的先给镇值班室打电话。"""

FIRST_FILE = """\
值守点基本配备清单

1. 登记本两本，签字笔若干
2. 体温计或额温枪一至两支
3. 口罩，按每人每班一只
4. 手电筒、反光背心
5. 消毒液一桶，喷壶一个
6. 值班表和联系电话表
"""
SECOND_FILE = """\
值守点基本配备清单（第二版）

1. 登记本两本，签字笔若干
2. 额温枪两支（低温下应当在室内保温后使用）
3. 口罩，按每人每班一只
4. 手电筒、反光背心
5. 消毒液一桶，喷壶一个
6. 值班表和联系电话表
7. 取暖设备一台，一氧化碳报警器一个
8. 封闭出入口的钥匙存放处和开启办法
"""
FILES = {"post-kit-1.txt": FIRST_FILE, "post-kit-2.txt": SECOND_FILE}
TITLE = "关于组织全区各单位和党员干部做好疫情防控工作的通知"

ORDERS: list[Row] = [
    {"key": "mobilise", "version": "1", "issuer": ROOT, "title": TITLE, "text": FIRST_TEXT,
     "effective_at": "2020-01-29T09:00", "due_at": "2020-01-30T18:00", "audience": "set:called",
     "call_up": "set:called", "call_up_due_at": "2020-02-03T18:00", "founding": "yes",
     "attachment": "post-kit-1.txt"},
    {"key": "mobilise", "version": "2", "issuer": ROOT, "title": TITLE + "（第二版）",
     "text": SECOND_TEXT, "effective_at": "2020-01-31T09:00", "due_at": "2020-02-02T18:00",
     "audience": "set:called", "re_acknowledge": "yes",
     "attachment": "post-kit-2.txt"},
    {"key": "jinci", "version": "1", "issuer": RELAY_TOWN,
     "title": "晋祠镇转发区指挥部通知（第二版）的通知", "text": COVERING_NOTE,
     "effective_at": "2020-01-31T09:20", "due_at": "2020-02-01T20:00",
     "audience": f"under:{RELAY_TOWN} -unit:{RELAY_TOWN}", "passes_on": "mobilise/2",
     "covering_note": COVERING_NOTE},
    {"key": "triage", "version": "1", "issuer": ROOT,
     "title": "关于医疗卫生单位预检分诊和转诊的通知", "text": TRIAGE_TEXT,
     "effective_at": "2020-02-01T10:00", "due_at": "2020-02-02T12:00",
     "audience": "set:health_system"},
]  # fmt: skip

FOUR = (
    "带头执行通知，先做后说",
    "带头到最需要的岗位值守",
    "带头做好防护，教家人邻居正确防护",
    "带头不传未经核实的消息",
)
PLEDGES: list[Row] = [
    {"order": "mobilise", "version": version, "position": str(position), "text": text}
    for version in ("1", "2")
    for position, text in enumerate(FOUR, 1)
]


def watch_items() -> list[Row]:
    """Six things that one town looks after; the owner is the unit that reports on each."""
    town = WATCHED_TOWN
    items = (
        ("外地返回人员每天的体温和需要", 24, town),
        ("各村（社区）出入口的值守和应急通行", 12, town),
        ("聚集活动：婚丧、棋牌、集市", 24, "140110100010"),
        ("商店、药店、公交站等公共场所的通风和消毒", 24, "140110100008"),
        ("独居老人、孕妇、慢性病人等需要照顾的家庭", 24, "140110100002"),
        ("防护物资和生活物资的存量", 12, town),
    )
    return [
        {"unit": town, "order": "mobilise", "position": str(position), "text": text,
         "cadence_hours": str(hours), "owner": owner}
        for position, (text, hours, owner) in enumerate(items, 1)
    ]  # fmt: skip
