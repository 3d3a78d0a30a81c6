"""What the room of messages registers."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Channels, the outbox, what was told."""

    name = "muster.messages"
    label = "messages"

    def ready(self) -> None:
        from muster.foundation.registry import PURPOSES
        from muster.messages import purposes

        for purpose in purposes.OWN:
            PURPOSES.add(purpose.key, purpose)
