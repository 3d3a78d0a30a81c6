"""Every address of the website, every operation of the API, every command; and how the walk asks for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import load_command_class
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from muster.foundation.models import AuditLine
from muster.mobilisation.actions import digest_of
from muster.organisation.command import ActingCommand
from muster.organisation.models import Account, Grant
from muster.organisation.scopes import ANSWERS, FIGURES, HEALTH, NAMES, OWN
from muster.website.api import api
from muster.website.cli import own_verbs
from tests.access.ground import PASSWORD, Ground
from tests.cast import REASON

AWAY_UNTIL = "2020-02-10T18:00"
FIGURE = "mobilisation.members_reported_in"


@dataclass(frozen=True)
class Example:
    """How one address is asked for: with what in its place, with which query or form."""

    args: tuple[Any, ...] = ()
    get: Mapping[str, Any] | None = None
    post: Mapping[str, Any] | None = None


Make = Callable[[Ground], Example]


def _of(*names: str, **more: Any) -> Make:
    """An address about some things of the ground, by their names."""
    return lambda ground: Example(tuple(getattr(ground, name).pk for name in names), **more)


def _entry(number: str, **post: Any) -> Make:
    return lambda ground: Example((ground.entry(number).pk,), post=post or None)


def _written(ground: Ground, **more: Any) -> dict[str, Any]:
    return {
        "key": "walked",
        "title": "Walked",
        "text": "Walked.",
        "effective_at": "2020-01-29T15:00",
        "audience": "under:A -unit:A",
        "covering_note": "As said.",
        **more,
    }


def _draft(name: str, **more: Any) -> Make:
    """A draft with the digest of what was read."""
    return lambda ground: Example(
        (getattr(ground, name).pk,), post={"seen": digest_of(getattr(ground, name)), **_written(ground), **more}
    )


def _choose(ground: Ground) -> Example:
    entry = ground.entry("A1")
    return Example((entry.pk,), post={"fact": str(entry.fact_id), "reason": REASON})


PAGES: dict[str, Make] = {
    "door": lambda ground: Example(),
    "sign_in": lambda ground: Example(post={"account": "none"}),
    "first_run": lambda ground: Example(post={"code": "none"}),
    "first_district": lambda ground: Example(post={"name": "Walked"}),
    "first_tree": lambda ground: Example(post={"what": "shipped"}),
    "first_accounts": lambda ground: Example(post={"commander": "Walked"}),
    "sign_out": lambda ground: Example(post={}),
    "set_language": lambda ground: Example(post={"language": "en"}),
    "set_theme": lambda ground: Example(post={"theme": "dark"}),
    "me": lambda ground: Example(),
    "password": lambda ground: Example(post={"name": "m_a1_1", "password": PASSWORD}),
    "second_factor": lambda ground: Example(post={"code": "000000"}),
    "passkey_ask": lambda ground: Example(post={}),
    "passkey_enter": lambda ground: Example(post={}),
    "passkey_ask_new": lambda ground: Example(post={}),
    "passkey_add": lambda ground: Example(post={}),
    "passkey_remove": lambda ground: Example(post={"id": str(ground.passkey)}),
    "type_code": lambda ground: Example(post={"code": ground.code}),
    "card": lambda ground: Example((ground.code,), post={"what": "not_me"}),
    "pin": lambda ground: Example(post={"pin": "0000"}),
    "ways": lambda ground: Example(post={"what": "others"}),
    "choose_pin": lambda ground: Example(post={"pin": "4831", "again": "4831"}),
    "own_password": lambda ground: Example(post={"old": "none", "password": "none", "again": "none"}),
    "factor": lambda ground: Example(post={"code": "000000"}),
    "tokens": lambda ground: Example(
        post={"name": "Walked", "scope": [FIGURES, NAMES, OWN, ANSWERS, HEALTH], "until": "2020-02-10"}
    ),
    "recovery_codes": lambda ground: Example(post={}),
    "organisation:accounts": lambda ground: Example(get={"show": "all", "q": "m_a1_1"}),
    "organisation:account": lambda ground: Example((Account.objects.get(name="m_a1_1").pk,), post={"what": "link"}),
    "organisation:cards": lambda ground: Example(get={"unit": "A1"}),
    "organisation:print_cards": lambda ground: Example(post={"unit": "A1"}),
    "organisation:cards_seen": lambda ground: Example(post={"unit": "A1"}),
    "organisation:shared_phone": lambda ground: Example(post={"unit": "A1"}),
    "organisation:card": lambda ground: Example((ground.cast.people["m_a1_1"].pk,), post={"what": "show"}),
    "audit": lambda ground: Example(get={"unit": "A1"}),
    "audit_line": lambda ground: Example((AuditLine.objects.filter(verb="mobilisation.acknowledge").first().pk,)),  # type: ignore[union-attr]
    "health": lambda ground: Example(),
    "alive": lambda ground: Example(),
    "organisation:grants": lambda ground: Example(get={"unit": "A", "role": "lead", "ended": "1"}),
    "organisation:give": lambda ground: Example(
        get={"unit": "A1", "q": "m_a1"},
        post={"unit": "A1", "role": "member", "account": str(Account.objects.get(name="m_a1_2").pk)},
    ),
    "organisation:stand_in": lambda ground: Example(
        get={"q": "m_a1"},
        post={"person": str(ground.cast.people["lead_a1"].pk), "account": "m_a1_2", "kind": "ill", "until": AWAY_UNTIL},
    ),
    "organisation:kept": lambda ground: Example(),
    "organisation:purpose": lambda ground: Example(
        ("contact",), post={"owner": "The office", "legal_basis": "Law, article 4", "days": "90"}
    ),
    "organisation:extension": _of("extension", post={}),
    "organisation:erase_person": lambda ground: Example((ground.cast.people["lead_a1"].pk,), post={}),
    "organisation:held": lambda ground: Example(),
    "organisation:print_held": lambda ground: Example(),
    "organisation:end_grant": lambda ground: Example((Grant.objects.get(account__name="lead_a1", role="lead").pk,)),
    "organisation:people": lambda ground: Example(get={"q": "a1", "sort": "name"}),
    "organisation:person": lambda ground: Example((ground.cast.people["lead_a1"].pk,), post={}),
    "organisation:search": lambda ground: Example(get={"q": "a1"}),
    "organisation:units": lambda ground: Example(get={"q": "A1"}),
    "organisation:unit": lambda ground: Example((ground.cast.village.pk,)),
    "organisation:list": lambda ground: Example(("people", "print"), get={"unit": "A1"}),
    "organisation:made_list": _of("made"),
    "organisation:made_file": _of("made"),
    "organisation:import_start": lambda ground: Example(post={"kind": "people"}),
    "organisation:import_template": lambda ground: Example(("people",)),
    "organisation:import": _of("asked"),
    "organisation:import_columns": _of("asked", post={"0-name": "0", "0-unit": "1"}),
    "organisation:import_apply": _of("asked", post={}),
    "organisation:import_answer": _of("asked", post={"position": "0", "answer": "new"}),
    "organisation:import_undo": _of("done", post={}),
    "organisation:import_refused": _of("asked"),
    "messages:outbox": lambda ground: Example(post={"all": "1", "do": "again"}),
    "messages:channels": lambda ground: Example(),
    "messages:new_channel": lambda ground: Example(
        post={"kind": "wecom", "name": "Walked", "unit": "A1", "url": "https://1.1.1.1/"}
    ),
    "messages:channel": _of("channel", post={"do": "pause"}),
    "messages:night": lambda ground: Example(post={"begins": "22:00", "ends": "07:00"}),
    "messages:own_mail": lambda ground: Example(post={"address": "", "language": "en"}),
    "roll:rolls": lambda ground: Example(),
    "roll:roll": _of("roll", get={"show": "expected"}),
    "roll:print": _of("roll"),
    "roll:export": _of("roll"),
    "roll:excuse": lambda ground: Example(
        (ground.roll.pk,), post={"entry": str(ground.entry("A2").pk), "reason": REASON}
    ),
    "roll:chase": lambda ground: Example((ground.roll.pk,), post={"do": "chase", "ladder": str(ground.ladder.pk)}),
    "roll:remind": _of("roll", get={"unit": "A1"}, post={}),
    "roll:copy": _of("roll", get={"unit": "A1"}),
    "roll:ladders": lambda ground: Example(post={"do": "ready"}),
    "roll:attempt": _entry("A2"),
    "roll:my_attempt": _entry("A2"),
    "roll:names": lambda ground: Example(
        (ground.roll.pk,), get={"q": "A1"}, post={"subject": str(ground.cast.units["H"].pk)}
    ),
    "roll:close": _of("roll", post={}),
    "roll:entry": _entry("A1"),
    "roll:excuse_entry": _entry("A2", reason=REASON),
    "roll:lift_excuse": _entry("A3"),
    "roll:remove": _entry("A1", reason=REASON),
    "roll:choose": _choose,
    "roll:phone": _entry("A1"),
    "roll:change_person": lambda ground: Example(
        (ground.cast.people["m_a1_1"].pk,), post={"do": "correct", "name": "Name of m_a1_1"}
    ),
    "roll:change_unit": lambda ground: Example(
        (ground.cast.village.pk,), post={"do": "rename", "name": "Unit A1", "short_name": "A1"}
    ),
    "roll:my": lambda ground: Example(),
    "roll:done": _entry("m_a1_1"),
    "mobilisation:orders": lambda ground: Example(),
    "mobilisation:order": _of("own_order"),
    "mobilisation:file": lambda ground: Example((ground.order.pk, ground.order.files.get().pk)),
    "mobilisation:withdraw": _of("own_order", post={}),
    "mobilisation:new": lambda ground: Example(post=_written(ground, issuer=str(ground.cast.town.pk))),
    "mobilisation:new_version": lambda ground: Example((ground.own_order.pk,), post=_written(ground)),
    "mobilisation:pass_on": lambda ground: Example((ground.order.pk, ground.cast.town.pk), post=_written(ground)),
    "mobilisation:draft": _of("draft"),
    "mobilisation:change": _draft("draft"),
    "mobilisation:draft_file": lambda ground: Example((ground.draft.pk, ground.draft.files.get().pk)),
    "mobilisation:discard": _of("draft", post={}),
    "mobilisation:sign": _draft("draft"),
    "mobilisation:issue": _draft("draft"),
    "mobilisation:acknowledge": _entry("A2", outcome="will_do"),
    "mobilisation:correct": _entry("A1", outcome="will_do"),
    "mobilisation:report_in": _entry("m_a1_2"),
    "mobilisation:take_back": _entry("A1", reason=REASON),
    "mobilisation:answer_cannot": lambda ground: Example((ground.told.pk,), post={"outcome": "helped"}),
    "mobilisation:my_order": _of("own_order"),
    "mobilisation:my_file": lambda ground: Example((ground.order.pk, ground.order.files.get().pk)),
    "mobilisation:my_acknowledge": _entry("A1"),
    "mobilisation:my_cannot": _entry("A1", reason=REASON),
    "mobilisation:my_report_in": _entry("m_a1_1"),
    "mobilisation:my_take_back": _entry("m_a1_1", reason=REASON),
    "mobilisation:my_unit": lambda ground: Example(),
    "mobilisation:write_down": _entry("m_a1_2"),
    "mobilisation:my_unit_badges": lambda ground: Example(post={"no": ground.badge.no, "what": "revoke"}),
    "mobilisation:my_badge": lambda ground: Example(),
    "mobilisation:my_badge_lost": lambda ground: Example(post={"no": ground.badge.no}),
    "mobilisation:entry_badge": lambda ground: Example(
        (ground.entry("m_a1_1").pk,), post={"no": ground.badge.no, "what": "revoke"}
    ),
    "mobilisation:badge_check": lambda ground: Example(post={"text": ground.badge.payload}),
    "briefing:incidents": lambda ground: Example(post={"name": "Walked", "kind": "flood"}),
    "briefing:incident": lambda ground: Example(("flood",), post={"do": "rest"}),
    "briefing:board": lambda ground: Example(get={"unit": "A"}),
    "briefing:figures": lambda ground: Example(get={"unit": "A"}),
    "briefing:figure": lambda ground: Example((FIGURE,), get={"unit": "A", "show": "expected"}),
    "briefing:figure_csv": lambda ground: Example((FIGURE,), get={"unit": "A", "show": "expected"}),
    "briefing:reports": lambda ground: Example(),
    "briefing:new_report": lambda ground: Example(get={"unit": "A"}),
    "briefing:report": _of("report"),
    "briefing:print_report": _of("report"),
    "briefing:report_json": _of("report"),
}
"""By the name of each address: an example about village A1 or town A, whose every answer is somebody's to have."""

LISTS: dict[str, Callable[[Ground], Mapping[str, Any]]] = {
    "audit": lambda ground: {"unit": "A"},
    "messages": lambda ground: {"show": "waiting"},
    "people": lambda ground: {"unit": "A1"},
    "units": lambda ground: {"q": "A1"},
    "rights": lambda ground: {"unit": "A", "ended": "1"},
    "rolls": lambda ground: {},
    "names": lambda ground: {"roll": str(ground.roll.pk), "show": "expected"},
    "orders": lambda ground: {},
    "figure": lambda ground: {"figure": FIGURE, "unit": "A", "show": "expected"},
    "reports": lambda ground: {},
}
"""By the key of each list: the query with which it is taken along as CSV; `organisation:list` above prints one."""

OPERATIONS: dict[tuple[str, str], Callable[[Ground], tuple[str, Any]]] = {
    ("GET", "/api/figures"): lambda ground: ("figures?unit=A", None),
    ("GET", "/api/figures/{key}"): lambda ground: (f"figures/{FIGURE}?unit=A", None),
    ("GET", "/api/figures/{key}/rows"): lambda ground: (f"figures/{FIGURE}/rows?unit=A", None),
    ("GET", "/api/rolls"): lambda ground: ("rolls?unit=A", None),
    ("GET", "/api/rolls/{roll}/missing"): lambda ground: (f"rolls/{FIGURE}/missing?unit=A1", None),
    ("GET", "/api/search"): lambda ground: ("search?q=a1", None),
    ("GET", "/api/report"): lambda ground: ("report?unit=A", None),
    ("GET", "/api/health"): lambda ground: ("health", None),
    ("GET", "/api/me"): lambda ground: ("me", None),
    ("POST", "/api/orders/{order}/acknowledge"): lambda ground: (
        f"orders/{ground.own_order.pk}/acknowledge",
        {"outcome": "will_do", "unit": "A1"},
    ),
    ("POST", "/api/report-in"): lambda ground: ("report-in", {"person": "m_a1_2"}),
}
"""The operations of the API: address and body of an example about village A1 or town A."""

WITHOUT = {"api:openapi-json", "api:api-root", ""}
"""Addresses that are the document of the API, or answer everybody that nothing is there."""


def addresses() -> dict[str, str]:
    """{name: address as the urls have it} of all pages, those of the API aside."""
    found = dict(_patterns(get_resolver().url_patterns))
    return {name: path for name, path in found.items() if name not in WITHOUT and not name.startswith("api:")}


def _patterns(patterns: Any, space: str = "", path: str = "/") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space, here)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}" if pattern.name else "", here


def operations() -> set[tuple[str, str]]:
    """All operations of the API, as its document has them."""
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


COMMANDS: dict[str, Callable[[Ground], list[str]]] = {
    "import": lambda ground: ["people", str(Path(__file__).with_name("people.csv")), "--dry-run"],
    "missing": lambda ground: [FIGURE, "--unit", "A1"],
    "report": lambda ground: ["--as-of", "2020-01-29T10:00", "--unit", "A1"],
    "rolls": lambda ground: ["--as-of", "2020-01-29T10:00"],
}
"""The commands that act with the rights of `--as ACCOUNT`, and what they are asked."""


def commands() -> dict[str, bool]:
    """{verb of the command line: whether it acts with somebody's rights}."""
    return {verb: isinstance(load_command_class(app, verb), ActingCommand) for verb, app in sorted(own_verbs().items())}


def page(client: Any, name: str, method: str, example: Example) -> Any:
    """Ask for an address of the website."""
    address = reverse(name, args=example.args)
    if method == "GET":
        return client.get(address, example.get or {})
    return client.post(address, example.post or {})


def operation(client: Any, method: str, path: str, body: Any) -> Any:
    """Ask for an operation of the API."""
    if method == "GET":
        return client.get(f"/api/{path}")
    return client.post(f"/api/{path}", json.dumps(body), content_type="application/json")
