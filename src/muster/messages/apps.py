"""What the room of messages registers."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Channels, the outbox, what was told."""

    name = "muster.messages"
    label = "messages"

    def ready(self) -> None:
        from muster.foundation.checks import Check
        from muster.foundation.errors import text
        from muster.foundation.registry import CHECKS, CHORES, HEALTH, HELD, LISTS, MESSAGES, PURPOSES, TOUCHED, VERBS
        from muster.messages import channels, checks, held, lists, logged, notices, purposes, sending, tending, touched
        from muster.messages.texts import Template

        del tending  # a verb is registered by importing the module that makes it
        for purpose in purposes.OWN:
            PURPOSES.add(purpose.key, purpose)
        MESSAGES.add(channels.TRIAL, Template(channels.says_trial, label=text("Trial of a channel")))
        MESSAGES.add(notices.WAY_IN, Template(notices.way_in, notices.way_in_waits, text("Notice of a way in")))
        MESSAGES.add(notices.END_WAITS, Template(notices.end_waits, notices.end_still_waits, text("An end that waits")))
        CHORES.add("notices", notices.chore)
        CHORES.add("messages", sending.chore)
        HELD.add("messages", held.parts)
        CHECKS.add("messages", Check("messages", text("messages"), checks.faults))
        HEALTH.add("messages", checks.signs)
        LISTS.add("messages", lists.messages)
        VERBS.add_all(logged.WORDS)
        TOUCHED.add("channel", touched.channels)
