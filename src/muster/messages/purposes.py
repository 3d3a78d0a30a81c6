"""What the room keeps in the vault: where somebody's mail goes, and by which address and secret a channel speaks."""

from __future__ import annotations

from muster.foundation.errors import text
from muster.vault.purposes import Purpose

MAIL = "mail"
GATEWAY = "gateway"

OWN = (
    Purpose(
        MAIL,
        text("Mail address"),
        text("To tell somebody on duty what is asked of them, in a mail."),
        cipher="contact",
        days=400,
    ),
    Purpose(
        GATEWAY,
        text("Address of a channel"),
        text("To speak to a mail server, an SMS gateway or the robot of a group; its secret stands in it."),
        cipher="bodies",
        days=3660,
        ends_with_the_emergency=False,
    ),
)
