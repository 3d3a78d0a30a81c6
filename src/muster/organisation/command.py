"""Commands that act with somebody's rights: `--as ACCOUNT`."""

from __future__ import annotations

from django.core.management.base import CommandParser
from django.db import connection
from django.utils.translation import gettext

from muster.foundation import database
from muster.foundation.command import MusterCommand
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import Actor, house
from muster.organisation.models import Account, District, Grant
from muster.organisation.people import actor_of
from muster.organisation.roles import COMMANDER


class ActingCommand(MusterCommand):
    """A command with `--as ACCOUNT`; names_people says whether its output does.

    Without it, in a drill: the rights of the scenario's commander. On a district's own database, what names people
    is refused without it, and figures are shown by the house.
    """

    names_people = False
    option_of = {"as": "--as"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as", dest="account", metavar="ACCOUNT", help=gettext("whose rights to act with"))

    def actor(self, name: str | None) -> Actor:
        """Whoever the command acts for."""
        if database.is_empty():
            raise Refusal("database.empty", text("This database is empty."), text("Run `muster init` first."))
        if name:
            account = Account.objects.filter(name=name).first()
            if account is None:
                raise invalid("as", text("There is no account %(account)s."), "account.unknown", account=name[:64])
            if account.disabled_at is not None:
                raise invalid("as", text("The account %(account)s has ended."), "account.ended", account=name[:64])
            return actor_of(account, "command")
        if database.is_drill():
            return _commander()
        if self.names_people:
            raise Refusal(
                "command.as_whom",
                text("This names people, so it must be known who asks."),
                text("Name your account with --as."),
                status=403,
            )
        return house("command")


def language() -> str | None:
    """The district's language; None while no district's table stands."""
    if District._meta.db_table not in connection.introspection.table_names():
        return None
    return District.objects.values_list("language", flat=True).first()


def _commander() -> Actor:
    """The commander of a drill's scenario: whoever was given that role at the root first."""
    grants = Grant.objects.filter(role=COMMANDER, unit__parent__isnull=True).order_by("pk")
    grant = grants.select_related("account").first()
    return actor_of(grant.account, "command") if grant else house("command")
