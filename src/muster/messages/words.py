"""The words of the outbox: what a state, a kind of channel, a code of a failure is called."""

from __future__ import annotations

from collections.abc import Mapping

from muster.foundation.errors import Text, text
from muster.foundation.registry import MESSAGES
from muster.messages.models import Channel, Message

KINDS: Mapping[str, Text] = {
    Channel.Kind.SMS: text("SMS"),
    Channel.Kind.MAIL: text("mail"),
    Channel.Kind.WECOM: text("group in WeCom"),
    Channel.Kind.DINGTALK: text("group in DingTalk"),
    Channel.Kind.FEISHU: text("group in Feishu"),
}
STATES: Mapping[str, Text] = {
    Message.State.WAITING: text("waits"),
    Message.State.SENDING: text("is being sent"),
    Message.State.SENT: text("sent"),
    Message.State.UNSURE: text("may have arrived"),
    Message.State.FAILED: text("did not go"),
    Message.State.GIVEN_UP: text("given up"),
}
ERRORS: Mapping[str, Text] = {
    "channel.not_found": text("the name of its server is not found"),
    "channel.not_reached": text("its server is not reached"),
    "channel.sign_in": text("its server refuses user or password"),
    "channel.no_answer": text("it was handed over, and no answer came"),
    "channel.killed": text("Muster was stopped while it was being sent"),
    "channel.too_many": text("its server says: too many at once"),
    "channel.trouble": text("its server is in trouble"),
    "channel.refused": text("its server refuses it"),
    "channel.private": text("its address lies in the server's own network"),
    "channel.address": text("its address is none"),
    "channel.unreadable": text("its address cannot be read with the keys of this server"),
    "channel.ended": text("its channel was ended"),
    "message.gone": text("this person is not on duty any more"),
    "message.no_words": text("what it was about is not there any more"),
    "message.no_address": text("no number or address is kept any more"),
    "message.outdated": text("it was answered meanwhile"),
}


def label_of(template: str) -> Text:
    """What a message is about; its key where no room knows it any more."""
    known = MESSAGES.get(template)
    return known.label if known else template


def error_words(code: str) -> Text:
    """Why a try failed."""
    return ERRORS.get(code, code)
