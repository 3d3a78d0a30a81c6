"""Tokens from the server: `muster token make|list|end`, for a program beside it and when one has leaked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import clock, database
from muster.foundation.command import MusterCommand
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import house
from muster.organisation import accounts, tokens
from muster.organisation.asking import zone
from muster.organisation.models import Account, ApiToken
from muster.organisation.scopes import SCOPES


class Command(MusterCommand):
    help = gettext_noop("Make, list or end the tokens by which programs ask the API as an account")

    option_of = {"account": "NAME", "id": "ID", "until": "--days", "scopes": "--scope"}

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="what", required=True, metavar="make|list|end")
        name = gettext("the account's name, as in the list of accounts")
        make = verbs.add_parser("make", help=gettext("make a token, which is printed this once"))
        make.add_argument("name", metavar="NAME", help=name)
        make.add_argument("--for", dest="purpose", metavar="WORDS", required=True, help=gettext("what it is for"))
        make.add_argument("--scope", dest="scopes", action="append", default=[], choices=list(SCOPES))
        make.add_argument("--days", type=int, default=90, help=gettext("it ends after so many days; 90"))
        listed = verbs.add_parser("list", help=gettext("list the tokens of an account that hold"))
        listed.add_argument("name", metavar="NAME", help=name)
        end = verbs.add_parser("end", help=gettext("end a token: it opens nothing any more"))
        end.add_argument("id", metavar="ID", help=gettext("its id, as in the list"))

    def run(self, **options: Any) -> None:
        """Do the verb, as the house: whoever may run it holds database and keys."""
        if database.is_empty():
            raise Refusal("database.empty", text("This database is empty."), text("Run `muster init` first."))
        {"make": _make, "list": _list, "end": _end}[options["what"]](options)


def _account(name: str) -> Account:
    found = Account.objects.select_related("person").filter(name=name).first()
    if found is None:
        raise invalid("account", text("There is no account %(account)s."), "account.unknown", account=name[:64])
    return found


def _make(options: dict[str, Any]) -> None:
    days = min(max(options["days"], 0), 100_000)
    words = tokens.make()
    new = tokens.NewToken(
        name=options["purpose"],
        hash=tokens.hash_of(words),
        scopes=options["scopes"],
        expires_at=clock.now() + timedelta(days=days),
        two_factors=True,
    )
    made = tokens.make_token(by=house("command"), account=_account(options["name"]), token=new)
    print(words)
    print(gettext("It holds until %(time)s and is shown this once.") % {"time": _day(made)})


def _day(row: ApiToken) -> str:
    return f"{row.expires_at.astimezone(zone()):%Y-%m-%d %H:%M}"


def _list(options: dict[str, Any]) -> None:
    rows = ApiToken.objects.filter(tokens.holding(clock.now()), account=_account(options["name"])).order_by("made_at")
    for row in rows:
        print(row.pk, _day(row), row.name, row.scopes, sep="  ")
    if not rows:
        print(gettext("none"))


def _end(options: dict[str, Any]) -> None:
    found = ApiToken.objects.filter(pk=_id(options["id"])).select_related("account__person").first()
    if found is None:
        raise invalid("id", text("There is no such token."), "token.unknown")
    accounts.end_token(by=house("command"), token=found)
    print(gettext("The token opens nothing any more."))


def _id(words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError:
        raise invalid("id", text("There is no such token."), "token.unknown") from None
