"""What the test of a killed clockwork runs in processes of its own: set-up, one who is killed while sending, a tick."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import timedelta

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    django.setup()

from django.conf import settings

from muster.foundation import clock
from muster.foundation.action import action
from muster.foundation.ids import new_id
from muster.foundation.rights import HOUSE, Actor, house
from muster.messages import sending
from muster.messages.channels import TRIAL, open_channel
from muster.messages.models import Message
from muster.messages.outbox import New, put
from muster.organisation.actions import NewPerson, register_people
from muster.organisation.models import Person, Unit
from muster.vault.particulars import NewParticular, keep
from muster.vault.purposes import CONTACT
from tests.faults import importing

MANY = 60


@action("test.fault_tell", roles=(HOUSE,))
def _tell(*, by: Actor) -> None:
    until, about = clock.now() + timedelta(days=1), new_id()
    people = list(Person.objects.order_by("number"))
    keep([NewParticular("person", p.pk, CONTACT, f"138{n:08d}", until) for n, p in enumerate(people)])
    put([New(p.pk, about, "first", TRIAL, urgent=True) for p in people])


def set_up(url: str) -> None:
    """A district with people who are all to be told by SMS."""
    importing.set_up()
    by, root = house("set-up"), Unit.objects.get(parent=None)
    register_people(
        by=by, people=[NewPerson(f"W{n}", f"W{n}", root.pk, "", False) for n in range(MANY)], since=clock.now()
    )
    template = json.dumps({"url": url, "json": {"to": "{phone}", "words": "{text}", "serial": "{id}"}})
    open_channel(by=by, unit=root, kind="sms", name="SMS", known={"template": template})
    _tell(by=by)


def killed(when: str, after: str) -> None:
    """Send, and be killed -9 by oneself at a point: before or after a message is taken, sent, or written down."""
    left = [int(after)]
    place, name = {"taken": (sending, "_begin"), "written": (sending, "_end"), "sent": (sending, "_speak")}[when]
    whole = getattr(place, name)

    def until(*args: object, **more: object) -> object:
        found = whole(*args, **more)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(place, name, until)
    sending.chore()


def tick(minutes: str) -> None:
    """The clockwork, so many minutes later; says how all messages stand."""
    with clock.played_at(clock.now() + timedelta(minutes=int(minutes))):
        for _tick in range(3):
            sending.chore()
    rows = Message.objects.values_list("pk", "state")
    print(json.dumps({pk.hex: state for pk, state in rows}))


if __name__ == "__main__":
    settings.PRIVATE_GATEWAYS = ("127.0.0.1",)
    globals()[sys.argv[1]](*sys.argv[2:])
