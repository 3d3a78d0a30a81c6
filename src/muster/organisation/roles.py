"""The roles, fixed in code; a grant gives one of them at a unit, with dates (decision 22)."""

from __future__ import annotations

from dataclasses import dataclass

from muster.foundation.errors import Text, text


@dataclass(frozen=True)
class Role:
    """What a grant of this role opens.

    sees_subtree: rows of the unit and of everything under it. office: the pages of the office. gives: the roles
    that its holder may grant at the unit or below.
    """

    key: str
    label: Text
    sees_subtree: bool = False
    office: bool = False
    gives: tuple[str, ...] = ()


COMMANDER = "commander"
CLERK = "clerk"
LEAD = "lead"
TEAM_LEAD = "team_lead"
MEMBER = "member"
COUNSELLOR = "counsellor"
INSPECTOR = "inspector"
PRESS_OFFICER = "press_officer"
ADMINISTRATOR = "administrator"

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        Role(
            COMMANDER,
            text("Commander"),
            sees_subtree=True,
            office=True,
            gives=(COMMANDER, CLERK, LEAD, TEAM_LEAD, MEMBER, COUNSELLOR, INSPECTOR, PRESS_OFFICER),
        ),
        Role(CLERK, text("Clerk"), sees_subtree=True, office=True),
        Role(LEAD, text("Unit lead"), sees_subtree=True, office=True, gives=(LEAD, TEAM_LEAD, MEMBER)),
        Role(TEAM_LEAD, text("Team leader"), sees_subtree=True, gives=(MEMBER,)),
        Role(MEMBER, text("Member")),
        Role(COUNSELLOR, text("Counsellor")),
        Role(INSPECTOR, text("Inspector")),
        Role(PRESS_OFFICER, text("Press officer")),
        Role(ADMINISTRATOR, text("Technical administrator"), gives=(ADMINISTRATOR,)),
    )
}

SEEING = frozenset(role.key for role in ROLES.values() if role.sees_subtree)
"""Roles whose holder sees the rows of the subtree."""

DECIDE = frozenset((COMMANDER, LEAD))
"""Roles whose holder decides about the people and units under theirs, and may change what the register says of them."""

OFFICE = frozenset(role.key for role in ROLES.values() if role.office)
"""Roles whose holder may open the office."""
