"""The one box at 100,000 people on duty: the page, for a reader of the whole district and for one of a village.

`muster serve` on loopback, as bench/pages.py asks it. Raw is the plainest query that finds the same people in the same
table, without rights, without the other kinds, through the same driver in the same run.
"""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bench import ground
from bench.ground import Figure
from bench.pages import ask, p95, serving, session_of

PEOPLE = 100_000
P95_MS_MAX = 100
ROUNDS, WARM = 50, 5
"""Together fewer than the looks at telephones that somebody takes within an hour."""
SERIES = 3
"""Each by another reader, since one may look at telephones only so often; the best counts, as everywhere here."""
SLICE = 5_000
MOST = 7
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文华建国志红玉春梅海燕波辉宁鹏飞宇浩凯健俊帆雪晨旭东"
PREFIX = "SELECT id FROM organisation_person WHERE {0} >= %s AND {0} < %s ORDER BY {0} LIMIT 7"


@dataclass(frozen=True)
class Asked:
    """Some words, and how the table itself is asked for them: a statement with its values."""

    what: str
    words: str
    statement: str
    values: tuple[Any, ...]


def main() -> None:
    """Print the figures."""
    ground.set_up()
    here = ground.district()
    register(here)
    commanders, leads = readers(here)
    found = []
    with serving() as port:
        for one in questions():
            raw = raw_times(one)
            found.append(line(one.what, times(port, commanders, one.words), raw))
        for one in (questions()[1], questions()[4], questions()[-1]):
            found.append(line(f"the lead of one village: {one.what}", times(port, leads, one.words), raw_times(one)))
    ground.give_back(found)


def register(here: ground.District) -> None:
    """As many more people as are wanting, through the action, each with a telephone number."""
    from django.db import connection

    from muster.foundation import clock
    from muster.foundation.action import action
    from muster.foundation.rights import HOUSE, Actor, house
    from muster.organisation import actions
    from muster.vault.particulars import NewParticular, keep
    from muster.vault.purposes import CONTACT, end_of

    @action("bench.keep_phones", roles=(HOUSE,))
    def keep_phones(*, by: Actor, people: Sequence[Any], first: int) -> None:
        end = end_of(CONTACT, clock.now())
        keep([NewParticular("person", p.id, CONTACT, f"139{first + n:08d}", end) for n, p in enumerate(people)])

    chance, by, now = random.Random(2020), house("bench"), clock.now()
    for first in range(ground.PEOPLE, PEOPLE, SLICE):
        people = [
            actions.NewPerson(f"q{first + n:06}", _name(chance), here.units[(first + n) % len(here.units)].pk, "Member")
            for n in range(min(SLICE, PEOPLE - first))
        ]
        actions.register_people(by=by, people=people, since=now)
        keep_phones(by=by, people=people, first=first)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))


def readers(here: ground.District) -> tuple[list[str], list[str]]:
    """Sessions of commanders of the district, one a series, and of the lead of one village."""
    from muster.foundation import clock
    from muster.foundation.rights import house
    from muster.organisation.granting import grant_role
    from muster.organisation.models import Account, SignIn, Unit

    chiefs = list(Account.objects.filter(name__lt=f"p{SERIES:05}").order_by("name"))
    root = Unit.objects.get(parent__isnull=True)
    for chief in chiefs:
        grant_role(by=house("bench"), account=chief, role="commander", unit=root, since=clock.now())
    keys = [session_of(chief) for chief in chiefs], [session_of(Account.objects.get(name="p00100"))] * SERIES
    SignIn.objects.update(second_factor=True)
    return keys


def questions() -> list[Asked]:
    """What is typed, the plainest first."""
    from muster.foundation import keys
    from muster.foundation.sql import begins
    from muster.organisation.models import Person

    name = str(Person.objects.get(number="q050000").name)

    def prefix(what: str, column: str, words: str) -> Asked:
        bounds = [value for _name, value in begins(column, words).children]  # type: ignore[misc]
        return Asked(what, words, PREFIX.format(column), tuple(bounds))

    def holding(what: str, words: str) -> Asked:
        statement = "SELECT id FROM organisation_person WHERE folded LIKE %s OR pinyin LIKE %s LIMIT 7"
        return Asked(what, words, statement, (f"%{words}%", f"%{words}%"))

    hmac = keys.hmac_hex("matching", "phone_end:4321")
    matched = (
        "SELECT p.subject_id FROM vault_match m JOIN vault_particular p ON p.id = m.particular_id"
        " WHERE m.hmac = %s AND m.kind = 'phone_end'"
    )
    return [
        prefix("a whole name", "folded", name),
        prefix("a surname", "folded", name[0]),
        prefix("pinyin", "pinyin", "zhangwei"),
        prefix("initials", "initials", "lw"),
        prefix("one letter", "initials", "z"),
        Asked("a number", "q050000", "SELECT id FROM organisation_person WHERE number = %s", ("q050000",)),
        Asked("the last four digits", "4321", matched, (hmac,)),
        holding("part of many names", "ang"),
        holding("part of a name, three signs that nobody has", "建国志"),
        holding("nothing found, in letters", "qqxxzz"),
        holding("nothing found, in Chinese", "龘龘"),
    ]


def times(port: int, keys: Sequence[str], words: str) -> list[float]:
    """How long the page took for some words, in ms, again and again: the best of some series."""
    return min((_series(port, key, words) for key in keys), key=p95)


def _series(port: int, key: str, words: str) -> list[float]:
    line = http.client.HTTPConnection("127.0.0.1", port)

    def once() -> None:
        status, body = ask(line, key, f"/office/search/?q={quote(words)}")
        assert status == 200, (words, status, body[:300])

    return _timed(once)


def raw_times(asked: Asked) -> list[float]:
    """How long the table itself took, in ms."""
    from django.db import connection

    with connection.cursor() as cursor:

        def once() -> None:
            cursor.execute(asked.statement, asked.values)
            cursor.fetchall()

        return min((_timed(once) for _ in range(SERIES)), key=p95)


def _timed(once: Callable[[], None]) -> list[float]:
    taken = []
    for n in range(ROUNDS + WARM):
        began = time.perf_counter()
        once()
        if n >= WARM:
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def line(what: str, taken: Sequence[float], raw: Sequence[float]) -> Figure:
    """The page's times beside those of the query."""
    slow = p95(taken)
    shown = f"{slow:.0f} ({statistics.median(taken):.0f})"
    beside = f"{p95(raw):.2f} ({statistics.median(raw):.2f})"
    ratio = f"{slow / p95(raw):.0f}"
    return Figure(f"{what}, ms at p95 (p50)", shown, beside, ratio, f"p95 < {P95_MS_MAX} ms", slow < P95_MS_MAX)


if __name__ == "__main__":
    main()
