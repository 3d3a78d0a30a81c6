"""Accounts from the server: `muster account open|end|link NAME`, for the first one and when nobody can get in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from muster.foundation import clock, database
from muster.foundation.command import MusterCommand
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import house
from muster.organisation import accounts, codes
from muster.organisation.asking import zone
from muster.organisation.models import Account


class Command(MusterCommand):
    help = gettext_noop("Open or end an account, or make the link by which its owner chooses a password")

    option_of = {"account": "NAME"}

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="what", required=True, metavar="open|end|link")
        for what, words in (
            ("open", gettext("let an account in again that was ended")),
            ("end", gettext("end an account: whoever is in by it is out")),
            ("link", gettext("print a link, good once and for 7 days, to choose a password")),
        ):
            verb = verbs.add_parser(what, help=words)
            verb.add_argument("name", metavar="NAME", help=gettext("the account's name, as in the list of accounts"))
            if what == "link":
                verb.add_argument(
                    "--address", metavar="URL", default="", help=gettext("where this server is reached from outside")
                )

    def run(self, **options: Any) -> None:
        """Do the verb, as the house: whoever may run it holds database and keys."""
        if database.is_empty():
            raise Refusal("database.empty", text("This database is empty."), text("Run `muster init` first."))
        account = Account.objects.select_related("person").filter(name=options["name"]).first()
        if account is None:
            raise invalid(
                "account", text("There is no account %(account)s."), "account.unknown", account=options["name"][:64]
            )
        by = house("command")
        if options["what"] == "link":
            code = codes.make()
            accounts.issue_password_link(by=by, account=account, hash=codes.hash_of(code))
            _print_link(code, options["address"])
        elif options["what"] == "open":
            accounts.open_account(by=by, account=account)
            print(gettext("The account is open again. It needs a new link or a new card."))
        else:
            accounts.end_account(by=by, account=account)
            print(gettext("The account has ended, and whoever was in by it is out."))


def _print_link(code: str, address: str) -> None:
    host = next((name for name in settings.ALLOWED_HOSTS if name != "*"), "127.0.0.1")
    start = address.rstrip("/") or (f"https://{host}" if settings.HTTPS else f"http://{host}:8000")
    until = (clock.now() + accounts.LINK_VALID).astimezone(zone())
    print(f"{start}{reverse('card', args=[code])}")
    if not address:
        print(gettext("Is the server reached elsewhere? Give its address with --address, or have the code typed."))
    print(gettext("In letters: %(code)s") % {"code": codes.grouped(code)})
    print(gettext("Good once, until %(time)s. Give it to nobody but its owner.") % {"time": f"{until:%Y-%m-%d %H:%M}"})
