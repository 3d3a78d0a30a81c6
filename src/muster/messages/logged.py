"""How the log calls what is done about channels and messages."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "messages.open_channel": text("Channel opened"),
    "messages.pause_channel": text("Channel paused"),
    "messages.resume_channel": text("Channel resumed"),
    "messages.end_channel": text("Channel ended"),
    "messages.try_channel": text("Channel tried"),
    "messages.set_night": text("Night set"),
    "messages.choose_mail": text("Own mail address and language chosen"),
    "messages.take_batch": text("Messages sent"),
    "messages.send_again": text("Messages sent again"),
    "messages.tell_notices": text("Notices put into the outbox"),
    "messages.give_up": text("Messages given up"),
}
