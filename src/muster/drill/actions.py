"""The verbs of a drill: begin and finish a play, keep the telephones of its people, name its cast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from muster.drill.models import Cast, Play
from muster.foundation import database
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.models import Account, Incident
from muster.vault import particulars
from muster.vault.purposes import CONTACT


def _only_in_a_drill() -> None:
    if not database.is_drill():
        raise database.not_a_drill()


@action("drill.begin_play", roles=(HOUSE,))
def begin_play(
    *, by: Actor, scenario: str, run: int, title: str, digest: str, days_later: int, ends_at: datetime
) -> Play:
    """Begin to play a scenario; one that is not finished may be gone on with, and no other begun."""
    _only_in_a_drill()
    return Play.objects.create(
        scenario=scenario, run=run, title=title, digest=digest, days_later=days_later, ends_at=ends_at
    )


@action("drill.set_stage", roles=(HOUSE,))
def set_stage(*, by: Actor, play: Play, incident: str, commander: str) -> None:
    """The incident of the play is open: name it by its key, and the account with whose rights commands act."""
    _only_in_a_drill()
    play.incident = Incident.objects.get(key=incident)
    play.commander = Account.objects.get(name=commander)
    play.save(update_fields=["incident", "commander"])
    current_line().note(play.incident.pk, play.commander.pk)


@action("drill.finish_play", roles=(HOUSE,))
def finish_play(*, by: Actor, play: Play) -> None:
    """The scenario is played to its end."""
    _only_in_a_drill()
    play.finished_at = locked()
    play.save(update_fields=["finished_at"])


@action("drill.load_contacts", roles=(HOUSE,))
def load_contacts(*, by: Actor, contacts: Sequence[tuple[UUID, str]], expires_at: datetime) -> None:
    """Keep the telephone numbers of people, by person id, in the vault."""
    _only_in_a_drill()
    particulars.keep(
        [particulars.NewParticular("person", person, CONTACT, phone, expires_at) for person, phone in contacts]
    )


@action("drill.set_cast", roles=(HOUSE,))
def set_cast(*, by: Actor, cast: Sequence[tuple[Account, str, str]]) -> None:
    """Say who is offered on the sign-in page: (account, part, note), in this order."""
    _only_in_a_drill()
    Cast.objects.all().delete()
    Cast.objects.bulk_create(
        Cast(account=account, role=role, note=note, position=i) for i, (account, role, note) in enumerate(cast, 1)
    )
