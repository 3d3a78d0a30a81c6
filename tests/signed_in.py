"""Somebody who is in, without the pages of signing in: a session of Django's with the sign-in that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muster.foundation import clock
from muster.organisation.models import Account, SignIn
from muster.website.letting_in import SEEN
from muster.website.who import SIGN_IN

if TYPE_CHECKING:
    from django.test import Client


def sign_in_behind(client: Client, account: Account) -> SignIn:
    """The sign-in of a session that Client.force_login made: by password and second factor, just now."""
    at = clock.now()
    made = SignIn.objects.create(
        account=account, way=SignIn.Way.PASSWORD, second_factor=True, made_at=at, last_seen_at=at, agent="?"
    )
    session = client.session
    session[SIGN_IN] = str(made.pk)
    session[SEEN] = int(clock.machine_now().timestamp())
    session.save()
    return made
